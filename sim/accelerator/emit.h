// The files of an accelerator's hardware: the core's modules and those around it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "generator/emit.h"
#include "generator/package.h"
#include "generator/sheet.h"
#include "generator/template.h"
#include "sim/accelerator/config.h"

namespace rowcast::accelerator {

inline constexpr const char* kTop = "rc_accelerator";

// "a_depth", "--a-depth", "A_DEPTH" and so on: one table for options, manifest and Verilog.
struct DepthField {
  std::string_view key, option, parameter;
  int AcceleratorConfig::*member;
  std::string_view help;
  int least = kLeastDepth, most = kMostDepth;
};
std::span<const DepthField> depth_fields();

// As rowcast::emit_modules is for the core alone; the top module is last.
std::vector<EmittedFile> emit_modules(const AcceleratorConfig& config, View view,
                                      const std::string& prefix = kPrefix);

// What stands around them: the modules with an imprint that something larger has, and the values of
// their templates' marks.
std::vector<EmittedFile> emit_modules(const AcceleratorConfig& config, const Imprint& imprint);
TemplateValues template_values(const AcceleratorConfig& config);
// Configuration and depths, the ports of the emitted top module, and the sheet's tables of all.
void add_to_manifest(const AcceleratorConfig& config, nlohmann::ordered_json& manifest);
std::vector<Port> ports_of(const AcceleratorConfig& config, std::string_view text);
void add_sheet_values(const AcceleratorConfig& config, TemplateValues& values);
// The `generate` options that give this configuration's depths, with a space before each.
std::string depth_options(const AcceleratorConfig& config);
// "localparam KIND PREFIX_NAME = VALUE;" for those of `constants` that a template's text speaks of.
struct Constant {
  std::string name;
  std::string value;
};
std::string localparams(std::string_view text, std::string_view kind, std::string_view prefix,
                        std::span<const Constant> constants);

// Stable one-line form of the configuration, as canonical_text of the array's.
std::string canonical_text(const AcceleratorConfig& config);

}  // namespace rowcast::accelerator
