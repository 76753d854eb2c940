// The bus of the accelerator and the memory behind it.
#pragma once

#include <string>

#include "app/options/command_options.h"
#include "sim/machine/dram.h"
#include "sim/system/config.h"

namespace rowcast {

// --axi-data-width, --axi-address-width.
class BusOptions {
 public:
  void add_to(CommandOptions& command, const Condition& condition = {});
  // Throws InputError with all problems.
  accelerator::SystemConfig resolve(const accelerator::AcceleratorConfig& accelerator) const;

 private:
  std::string data_width_ = "128";
  int address_width_ = 32;
};

// --dram-latency, --dram-beat-cycles, --dram-stalls.
class DramOptions {
 public:
  void add_to(CommandOptions& command, const Condition& condition = {});
  // Without --dram-stalls: a memory that answers in fixed time.
  void add_fixed_to(CommandOptions& command, const Condition& condition = {});
  // With stalls at random from `seed`.
  accelerator::DramTiming resolve(uint64_t seed) const;

 private:
  int latency_ = 40, beat_cycles_ = 1, stalls_ = 0;
};

}  // namespace rowcast
