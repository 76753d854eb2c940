// What a sweep can vary of an array and of the accelerator around it: a row each.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/accelerator/config.h"

namespace rowcast {

struct DesignAxis {
  std::string_view key;  // of TOML, JSON and CSV
  std::string option;    // without the leading dashes
  std::string help;
  int min = 0, max = 0;
  bool flag = false;  // a TOML boolean rather than an integer
  // What takes the value: members of the array, or one of the accelerator, which the axis is then
  // of.
  std::vector<int ArrayConfig::*> array{};
  int accelerator::AcceleratorConfig::*machine = nullptr;
};

// In the order in which points are counted, the last the fastest: the field table's, without the
// sides, and the accelerator's.
std::span<const DesignAxis> design_axes();

}  // namespace rowcast
