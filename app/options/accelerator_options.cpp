#include "app/options/accelerator_options.h"

#include <fmt/format.h>

#include <vector>

#include "generator/error.h"
#include "sim/accelerator/emit.h"
#include "sim/accelerator/move.h"

namespace rowcast {

void AcceleratorOptions::add_to(CommandOptions& command, const std::string& help) {
  command.flag("--accelerator", on_, help);
  add_depths(command, with("--accelerator"));
}

void AcceleratorOptions::add_depths(CommandOptions& command, const Condition& condition) {
  const accelerator::AcceleratorConfig usual = accelerator::default_config({});
  for (const accelerator::DepthField& field : accelerator::depth_fields()) {
    CommandOptions::Option& option = command.option(
        fmt::format("--{}", field.option), depths_[field.key],
        fmt::format("{}, {}", field.help, number_range(field.least, field.most)),
        field.least == 0
            ? fmt::format("{}", usual.*field.member)
            : fmt::format("as MobileNets at 224 x 224 need, {} at 32x32", usual.*field.member));
    if (condition) option.only(condition);
  }
}

void AcceleratorOptions::add_spill(CommandOptions& command, const Condition& condition) {
  CommandOptions::Option& option =
      command
          .option(
              "--spill", spill_,
              "tensors that go to DRAM and come back: those that do not fit the memories, or all "
              "between two layers, layer by layer")
          .one_of({"as-needed", "all"});
  if (condition) option.only(condition);
}

accelerator::Spilling AcceleratorOptions::spilling() const {
  return spill_ == "all" ? accelerator::Spilling::kAll : accelerator::Spilling::kWhereNeeded;
}

accelerator::AcceleratorConfig AcceleratorOptions::resolve(const ArrayConfig& array) const {
  accelerator::AcceleratorConfig config = accelerator::default_config(array);
  std::vector<std::string> problems;
  for (const accelerator::DepthField& field : accelerator::depth_fields()) {
    const auto text = depths_.find(field.key);
    if (text == depths_.end() || text->second.empty()) continue;
    if (std::string problem = read_number(fmt::format("--{}", field.option), text->second,
                                          field.least, field.most, config.*field.member);
        !problem.empty())
      problems.push_back(std::move(problem));
  }
  for (std::string& problem : accelerator::validate(config)) problems.push_back(std::move(problem));
  if (!problems.empty()) throw InputError(std::move(problems));
  return config;
}

}  // namespace rowcast
