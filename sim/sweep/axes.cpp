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
                    .members = {[member = field.member](Machine& machine) -> int& {
                      return machine.array().*member;
                    }}});
  }
  const ConfigField& width = *find_config_field("data_width");
  axes.push_back(
      {.key = "operand_width",
       .option = "operand-width",
       .help = "data_width and weight_width at once",
       .min = width.min,
       .max = width.max,
       .members = {[](Machine& machine) -> int& { return machine.array().data_width; },
                   [](Machine& machine) -> int& { return machine.array().weight_width; }}});
  for (const accelerator::DepthField& field : accelerator::depth_fields())
    axes.push_back({.key = field.key,
                    .option = std::string(field.option),
                    .help = std::string(field.help),
                    .min = field.least,
                    .max = field.most,
                    .of = DesignAxis::Of::kMemories,
                    .members = {[member = field.member](Machine& machine) -> int& {
                      return machine.accelerator().*member;
                    }}});
  axes.push_back(
      {.key = "axi_data_width",
       .option = "axi-data-width",
       .help = "bits of the bus, a power of two",
       .min = 32,
       .max = 512,
       .of = DesignAxis::Of::kBus,
       .members = {[](Machine& machine) -> int& { return machine.system.axi_data_width; }}});
  axes.push_back(
      {.key = "dram_latency",
       .option = "dram-latency",
       .help = "cycles of DRAM to a burst's first beat and to a write's response",
       .min = 1,
       .max = 10000,
       .of = DesignAxis::Of::kBus,
       .members = {[](Machine& machine) -> int& { return machine.dram.read_latency; },
                   [](Machine& machine) -> int& { return machine.dram.write_latency; }}});
  axes.push_back({.key = "dram_beat_cycles",
                  .option = "dram-beat-cycles",
                  .help = "cycles of DRAM for each beat of a direction",
                  .min = 1,
                  .max = 1000,
                  .of = DesignAxis::Of::kBus,
                  .members = {[](Machine& machine) -> int& { return machine.dram.beat_cycles; }}});
  return axes;
}

}  // namespace

std::span<const DesignAxis> design_axes() {
  static const std::vector<DesignAxis> axes = all_axes();
  return axes;
}

}  // namespace rowcast
