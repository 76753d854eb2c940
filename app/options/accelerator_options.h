// --accelerator, the depths of its memories, and what goes to DRAM between layers.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "app/options/command_options.h"
#include "sim/accelerator/choose.h"
#include "sim/accelerator/config.h"

namespace rowcast {

class AcceleratorOptions {
 public:
  // `help` of --accelerator.
  void add_to(CommandOptions& command, const std::string& help);
  // The depths alone, where it is about the accelerator anyway.
  void add_depths(CommandOptions& command, const Condition& condition = {});
  // --spill.
  void add_spill(CommandOptions& command, const Condition& condition = {});
  bool given() const { return on_; }
  accelerator::Spilling spilling() const;
  // Around the array, with default depths where none are given. Throws InputError with all
  // problems.
  accelerator::AcceleratorConfig resolve(const ArrayConfig& array) const;

 private:
  bool on_ = false;
  std::string spill_ = "as-needed";
  std::map<std::string_view, std::string> depths_;  // by key, as they were given
};

}  // namespace rowcast
