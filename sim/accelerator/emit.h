// The files of an accelerator's hardware: the core's modules and those around it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "generator/emit.h"
#include "sim/accelerator/config.h"

namespace rowcast::accelerator {

inline constexpr const char* kTop = "rc_accelerator";

// "a_depth", "--a-depth", "A_DEPTH" and so on: one table for options, manifest and Verilog.
struct DepthField {
  std::string_view key, option, parameter;
  int AcceleratorConfig::*member;
  std::string_view help;
};
std::span<const DepthField> depth_fields();

// As rowcast::emit_modules and emit are for the core alone; the top module is last.
std::vector<EmittedFile> emit_modules(const AcceleratorConfig& config, View view,
                                      const std::string& prefix = kPrefix);
std::vector<EmittedFile> emit(const AcceleratorConfig& config, View view,
                              const std::string& prefix = kPrefix);

// Stable one-line form of the configuration, as canonical_text of the array's.
std::string canonical_text(const AcceleratorConfig& config);

}  // namespace rowcast::accelerator
