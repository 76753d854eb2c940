#include "sim/sweep/axes.h"

#include "generator/config.h"
#include "sim/accelerator/emit.h"

namespace rowcast {
namespace {

std::vector<DesignAxis> all_axes() {
  std::vector<DesignAxis> axes;
  for (const ConfigField& field : config_fields()) {
    if (field.option.empty()) continue;  // a side
    axes.push_back({.key = field.key,
                    .option = std::string(field.option),
                    .help = std::string(field.help),
                    .min = field.min,
                    .max = field.max,
                    .flag = field.flag,
                    .array = {field.member}});
  }
  const ConfigField& width = *find_config_field("data_width");
  axes.push_back({.key = "operand_width",
                  .option = "operand-width",
                  .help = "data_width and weight_width at once",
                  .min = width.min,
                  .max = width.max,
                  .array = {&ArrayConfig::data_width, &ArrayConfig::weight_width}});
  for (const accelerator::DepthField& field : accelerator::depth_fields())
    axes.push_back({.key = field.key,
                    .option = std::string(field.option),
                    .help = std::string(field.help),
                    .min = accelerator::kLeastDepth,
                    .max = accelerator::kMostDepth,
                    .machine = field.member});
  return axes;
}

}  // namespace

std::span<const DesignAxis> design_axes() {
  static const std::vector<DesignAxis> axes = all_axes();
  return axes;
}

}  // namespace rowcast
