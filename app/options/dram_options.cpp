#include "app/options/dram_options.h"

#include "generator/error.h"

namespace rowcast {

void BusOptions::add_to(CommandOptions& command, const Condition& condition) {
  CommandOptions::Option& width =
      command.option("--axi-data-width", data_width_, "bits of a beat of the AXI4 bus")
          .one_of({"32", "64", "128", "256", "512"});
  CommandOptions::Option& address = command.number("--axi-address-width", address_width_, 32, 64,
                                                   "bits of an address of the AXI4 bus");
  if (condition) {
    width.only(condition);
    address.only(condition);
  }
}

accelerator::SystemConfig BusOptions::resolve(
    const accelerator::AcceleratorConfig& accelerator) const {
  accelerator::SystemConfig config{.accelerator = accelerator,
                                   .axi_data_width = std::stoi(data_width_),
                                   .axi_address_width = address_width_};
  if (auto problems = validate(config); !problems.empty()) throw InputError(std::move(problems));
  return config;
}

void DramOptions::add_fixed_to(CommandOptions& command, const Condition& condition) {
  CommandOptions::Option* const options[] = {
      &command.number("--dram-latency", latency_, 1, 100000,
                      "cycles from an address to its first beat, and from a last beat to its "
                      "response"),
      &command.number("--dram-beat-cycles", beat_cycles_, 1, 1000,
                      "cycles of a beat, in each direction")};
  if (condition)
    for (CommandOptions::Option* option : options) option->only(condition);
}

void DramOptions::add_to(CommandOptions& command, const Condition& condition) {
  add_fixed_to(command, condition);
  CommandOptions::Option& stalls =
      command.number("--dram-stalls", stalls_, 0, 90,
                     "of 100 cycles those in which a channel of the bus waits, at random; then no "
                     "cycles are predicted");
  if (condition) stalls.only(condition);
}

accelerator::DramTiming DramOptions::resolve(uint64_t seed) const {
  return {.fixed = {latency_, latency_, beat_cycles_}, .stalls = stalls_, .seed = seed};
}

}  // namespace rowcast
