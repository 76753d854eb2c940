// What a sweep can vary of an array and of the accelerator around it: a row each.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/system/timing.h"

namespace rowcast {

// An array; with an accelerator also what is around it: its memories, its bus, and DRAM behind it.
struct Machine {
  accelerator::SystemConfig system{};
  accelerator::FixedMemory dram{};

  accelerator::AcceleratorConfig& accelerator() { return system.accelerator; }
  const accelerator::AcceleratorConfig& accelerator() const { return system.accelerator; }
  ArrayConfig& array() { return system.accelerator.array; }
  const ArrayConfig& array() const { return system.accelerator.array; }
};

struct DesignAxis {
  // What a value changes. Programs of the accelerator are the same for all buses.
  enum class Of { kArray, kMemories, kBus };

  std::string_view key;  // of TOML, JSON and CSV
  std::string option;    // without the leading dashes
  std::string help;
  int min = 0, max = 0;
  bool flag = false;  // a TOML boolean rather than an integer
  Of of = Of::kArray;
  std::vector<std::function<int&(Machine&)>> members{};  // which take the value

  bool of_accelerator() const { return of != Of::kArray; }
};

// In the order in which points are counted, the last the fastest: the field table's, without the
// sides, the accelerator's, and the bus's.
std::span<const DesignAxis> design_axes();

}  // namespace rowcast
