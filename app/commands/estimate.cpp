#include <fmt/format.h>

#include <memory>
#include <optional>

#include "app/commands/commands.h"
#include "app/options/options.h"
#include "app/options/outputs.h"
#include "app/reports/memory_report.h"
#include "sim/model/analytical.h"

namespace rowcast {
namespace {

enum class ModelKind { kRtl, kDate21, kScaleSim, kRoofline };

constexpr Named<ModelKind> kModels[] = {{"rtl", ModelKind::kRtl},
                                        {"date21", ModelKind::kDate21},
                                        {"scale-sim", ModelKind::kScaleSim},
                                        {"roofline", ModelKind::kRoofline}};
constexpr Named<Rounding> kRoundings[] = {{"published", Rounding::kPublished},
                                          {"code", Rounding::kCode}};
constexpr Named<Dataflow> kDataflows[] = {
    {"os", Dataflow::kOs}, {"ws", Dataflow::kWs}, {"is", Dataflow::kIs}};

// Which models ask for more of the array than its sides.
void say_which_models(CommandOptions& command) {
  for (const ConfigField& field : config_fields())
    if (!field.option.empty())
      command.at(option_name(field))
          .only(with("--model", field.member == &ArrayConfig::row_broadcast
                                    ? std::vector<std::string>{"rtl", "roofline"}
                                    : std::vector<std::string>{"rtl"}));
  for (const char* name : {"--mapping", "--allow-overflow"})
    command.at(name).only(with("--model", {"rtl"}));
}

}  // namespace

Action add_estimate(CommandOptions& command) {
  struct Options {
    ArrayOptions array;
    WorkloadOptions workload;
    MemoryOptions memory;
    Outputs outputs;
    std::string model = "rtl", rounding = "published", dataflow = "os";
  };
  const auto options = std::make_shared<Options>();
  options->workload.add_to(command, true);
  options->array.add_to(command);
  command.option("--model", options->model, "rtl is exact for the generated hardware")
      .one_of(names_of(kModels));
  command.option("--rounding", options->rounding, "of date21")
      .one_of(names_of(kRoundings))
      .only(with("--model", {"date21"}));
  command.option("--dataflow", options->dataflow, "of scale-sim")
      .one_of(names_of(kDataflows))
      .only(with("--model", {"scale-sim"}));
  options->memory.add_to(command, with("--model", {"rtl"}));
  say_which_models(command);
  options->outputs.add_to(command);
  return [options] {
    const ArrayConfig config = options->array.resolve();
    const Mapping& mapping = options->workload.mapping();
    const ModelKind model = value_of(kModels, options->model);
    const Rounding rounding = value_of(kRoundings, options->rounding);
    const Dataflow dataflow = value_of(kDataflows, options->dataflow);
    std::optional<Memory> memory;
    if (options->memory.given()) memory = options->memory.resolve(config);
    const auto cycles_of = [&](const Layer& layer, const Choice& choice) {
      switch (model) {
        case ModelKind::kRtl:
          return choice.phases.total();
        case ModelKind::kDate21:
          return date21_cycles(config, layer, rounding);
        case ModelKind::kScaleSim:
          return scale_sim_cycles(config, layer, dataflow);
        case ModelKind::kRoofline:
          return roofline_cycles(config, layer);
      }
      __builtin_unreachable();
    };
    const auto networks = options->workload.resolve([&](const Layer& layer) {
      return cycles_of(layer,
                       model == ModelKind::kRtl ? must_choose(config, layer, mapping) : Choice{});
    });
    Outputs& outputs = options->outputs;
    options->workload.declare_inputs(outputs);
    options->array.declare_inputs(outputs);
    outputs.check();
    std::vector<Report> reports;
    std::vector<MemoryReport> traffic;
    for (const auto& [variant, network] : networks) {
      Report report{.config = config,
                    .network = network.name,
                    .title = network.title,
                    .variant = std::string(variant->name),
                    .mapping = std::string(mapping.name),
                    .model = options->model,
                    .rounding = model == ModelKind::kDate21 ? options->rounding : "",
                    .dataflow = model == ModelKind::kScaleSim ? options->dataflow : "",
                    .view = {},
                    .layers = {},
                    .predicted = {}};
      const std::string& selection = options->workload.layers();
      for (LayerPlan& plan : model == ModelKind::kRtl
                                 ? plan_layers(network, config, mapping, selection,
                                               options->workload.allow_overflow())
                                 : select_layers(network, config, selection)) {
        report.predicted.push_back(cycles_of(*plan.layer, plan.choice));
        LayerResult result;
        result.plan = std::move(plan);
        report.layers.push_back(std::move(result));
      }
      reports.push_back(std::move(report));
      fmt::print(outputs.report(), "{}{}", reports.size() > 1 ? "\n" : "", text_of(reports.back()));
      if (!memory) continue;
      traffic.push_back(memory_report(reports.back(), *memory));
      fmt::print(outputs.report(), "{}", text_of(reports.back(), *memory, traffic.back()));
    }
    outputs.write({{"--json",
                    [&] {
                      nlohmann::ordered_json json = json_of(reports);
                      for (size_t i = 0; i < traffic.size(); ++i)
                        add_memory(traffic.size() == 1 ? json : json["runs"][i], *memory,
                                   traffic[i]);
                      return json_text(json);
                    }},
                   {"--csv", [&] {
                      if (!memory) return csv_of(reports);
                      MemoryReport all;
                      for (const MemoryReport& estimates : traffic)
                        all.insert(all.end(), estimates.begin(), estimates.end());
                      return with_memory(csv_of(reports), all);
                    }}});
    return 0;
  };
}

}  // namespace rowcast
