#include "generator/emit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>

#include "generator/files.h"
#include "generator/package.h"
#include "generator/sheet.h"
#include "generator/template.h"
#include "generator/text.h"
#include "generator/version.h"

namespace rowcast {
namespace {

// Leaves first, as tools without a file order expect.
constexpr std::array kModules = {"rc_delay",    "rc_mac",       "rc_pe",        "rc_array",
                                 "rc_skew",     "rc_wash",      "rc_countdown", "rc_repeat",
                                 "rc_commands", "rc_steps",     "rc_tiles",     "rc_streams",
                                 "rc_results",  "rc_sequencer", "rc_core"};
// The vector view has no elements of its own, an array without the row broadcast no streams.
bool has_module(const ArrayConfig& config, View view, std::string_view module) {
  if (module == "rc_streams") return config.row_broadcast;
  return view == View::kStructural || (module != "rc_mac" && module != "rc_pe");
}

// The SystemC files, and how a comment of theirs begins.
struct SystemcFile {
  std::string_view name, comment;
};
constexpr std::array kSystemcFiles = {
    SystemcFile{"rc_core_types.h", "//"}, SystemcFile{"rc_core_transactor.h", "//"},
    SystemcFile{"rc_core_tlm.h", "//"}, SystemcFile{"example.cpp", "//"},
    SystemcFile{"CMakeLists.txt", "#"}};

// In the emission and among the templates.
constexpr const char* kConstraints = "constraints/rc_core.sdc";

Imprint imprint(const ArrayConfig& config, View view, const std::string& prefix,
                bool systemc = false) {
  return {view, prefix, config_hash(config, view), generate_command(config, view, systemc, prefix)};
}

// In C++ the shared timing has a namespace of its own.
std::string renamed_timing(std::string text, const std::string& prefix) {
  if (prefix == kPrefix) return text;
  for (const std::string_view use : {"namespace rowcast", "rowcast::"})
    for (size_t at = 0; (at = text.find(use, at)) != std::string::npos;
         at += prefix.size() + use.size())
      text.insert(at + use.find("rowcast"), prefix + "_");
  return text;
}

// A parameter's value, its bounds, and the module that is missing where they are not kept: its name
// is what a tool prints.
void add_parameter(const ArrayConfig& config, const ConfigField& field, TemplateValues& values) {
  const std::string name(field.parameter);
  const bool sum = field.member == &ArrayConfig::acc_width;
  values.texts[name] = std::to_string(field_value(config, field));
  values.texts[name + "_MIN"] = std::to_string(field.min);
  values.texts[name + "_MAX"] = std::to_string(field.max);
  values.texts[name + "_RANGE"] = sum ? fmt::format("DATA_W + WEIGHT_W .. {}", field.max)
                                      : fmt::format("{}..{}", field.min, field.max);
  values.texts[name + "_BOUNDS"] =
      fmt::format("{}_must_be_from_{}_to_{}", name,
                  sum ? "DATA_W_plus_WEIGHT_W" : std::to_string(field.min), field.max);
}

}  // namespace

std::string_view to_string(View view) { return view == View::kVector ? "vector" : "structural"; }

std::string config_hash(const ArrayConfig& config, View view) {
  return hash_text(
      fmt::format("rowcast {} {} view={}", kVersion, canonical_text(config), to_string(view)));
}

std::string prefix_problem(std::string_view prefix) {
  constexpr size_t kMost = 32;
  // These are SystemC's own sc_core and tlm_core.
  constexpr std::string_view kTaken[] = {"sc", "tlm"};
  const auto legal = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  bool good = !prefix.empty() && prefix.size() <= kMost && prefix.front() >= 'a' &&
              prefix.front() <= 'z' && prefix.back() != '_' && !prefix.starts_with("rc_") &&
              prefix.find("__") == std::string_view::npos &&
              std::ranges::find(kTaken, prefix) == std::end(kTaken);
  for (const char c : prefix) good = good && (legal(c) || c == '_');
  return good ? ""
              : fmt::format(
                    "{} is no prefix of names, allowed are 1 to {} lower-case letters, "
                    "digits and single underscores between them, from a letter on, but "
                    "not sc, tlm or rc_...",
                    in_quotes(prefix), kMost);
}

std::string generate_command(const ArrayConfig& config, View view, bool systemc,
                             const std::string& prefix) {
  std::string command = fmt::format("rowcast generate --array {}x{}", config.rows, config.cols);
  for (const ConfigField& field : config_fields()) {
    if (field.option.empty()) continue;
    const int value = field_value(config, field);
    if (field.member == &ArrayConfig::broadcast_stages && !config.row_broadcast) continue;
    if (!field.flag)
      command += fmt::format(" --{} {}", field.option, value);
    else if (!value)
      command += fmt::format(" --no-{}", field.option);
  }
  if (view == View::kVector) command += " --view vector";
  if (systemc) command += " --systemc";
  if (prefix != kPrefix) command += " --prefix " + prefix;
  return command + " -o DIR";
}

TemplateValues template_values(const ArrayConfig& config) {
  TemplateValues values;
  for (const ConfigField& field : config_fields()) {
    if (field.flag)
      values.conditions[std::string(field.parameter)] = config.*field.member != 0;
    else
      add_parameter(config, field, values);
  }
  values.texts["ROW_W"] = std::to_string(row_field_width(config));
  values.texts["COL_W"] = std::to_string(col_field_width(config));
  values.texts["BEAT_W"] = std::to_string(beat_field_width(config));
  values.texts["EDGE"] = std::to_string(edge_latency(config));
  values.texts["MAC_LATENCY"] = std::to_string(mac_latency(config));
  return values;
}

std::vector<EmittedFile> emit_core_modules(const ArrayConfig& config, const Imprint& imprint) {
  std::vector<std::string_view> modules;
  std::ranges::copy_if(kModules, std::back_inserter(modules), [&](std::string_view module) {
    return has_module(config, imprint.view, module);
  });
  return emit_modules("core", modules, template_values(config), imprint);
}

std::vector<EmittedFile> emit_modules(const ArrayConfig& config, View view,
                                      const std::string& prefix) {
  return emit_core_modules(config, imprint(config, view, prefix));
}

std::vector<std::string> verilator_loop_options(const ArrayConfig& config, View view) {
  const int side = std::max(config.rows, config.cols);
  std::vector<std::string> options = {"--unroll-count", std::to_string(std::max(300, 2 * side))};
  if (view == View::kVector) options.insert(options.end(), {"--unroll-stmts", "1"});
  return options;
}

EmittedFile emit_trace_module(const ArrayConfig& config, View view, const std::string& prefix) {
  return emit_file("rtl/rc_core_trace.v", "testbench/rc_core_trace.v", template_values(config),
                   "//", imprint(config, view, prefix));
}

void add_config(nlohmann::ordered_json& manifest, const ArrayConfig& config) {
  for (const ConfigField& field : config_fields()) {
    if (field.flag)
      manifest["config"][field.key] = config.*field.member != 0;
    else
      manifest["config"][field.key] = config.*field.member;
  }
  manifest["config"]["acc_width"] = effective_acc_width(config);
}

std::vector<EmittedFile> emit(const ArrayConfig& config, View view, bool systemc,
                              const std::string& prefix) {
  std::vector<EmittedFile> files = emit_modules(config, view, prefix);
  nlohmann::ordered_json manifest =
      begin_manifest("rc_core", imprint(config, view, prefix, systemc));
  add_config(manifest, config);
  manifest["edge_latency"] = edge_latency(config);
  manifest["constraints"] = renamed(kConstraints, prefix);
  manifest["mac_latency"] = mac_latency(config);
  const std::vector<Port> ports = core_ports(config, files.back().text);
  add_ports(manifest, ports);

  std::vector<EmittedFile> others;
  const auto add_rendered = [&](const std::string& path, const std::string& name,
                                const TemplateValues& values, std::string_view comment,
                                bool systemc_part) {
    others.push_back(
        emit_file(path, name, values, comment, imprint(config, view, prefix, systemc_part)));
  };
  add_rendered("tb/rc_core_tb.v", "testbench/rc_core_tb.v", template_values(config), "//", false);
  TemplateValues constraints = template_values(config);
  for (const Port& port : ports)
    if (port.name != "clk_i") {
      std::string& names = constraints.texts[port.input ? "INPUTS" : "OUTPUTS"];
      // A pattern for the bits of a bus.
      names += fmt::format("{}{}{}", names.empty() ? "" : " ", port.name,
                           port.formula == "1" ? "" : "*");
    }
  add_rendered(kConstraints, kConstraints, constraints, "#", false);
  const std::string example = prefix == kPrefix ? "example" : prefix + "_example";
  TemplateValues sheet = template_values(config);
  add_sheet_values(config, view, ports, sheet);
  sheet.conditions["SYSTEMC"] = systemc;
  sheet.texts["COMMAND"] = generate_command(config, view, systemc, prefix);
  sheet.texts["EXAMPLE"] = example;
  add_rendered("README.md", "integration_sheet.md", sheet, "", false);
  if (systemc) {
    TemplateValues values = template_values(config);
    values.texts["LOOP_OPTIONS"] =
        fmt::format("{}", fmt::join(verilator_loop_options(config, view), " "));
    values.texts["COMPILE_OPTIONS"] =
        view == View::kVector ? "OPT_FAST -O3 -march=native" : "OPT_FAST -O1 OPT_SLOW -O0";
    values.texts["EXAMPLE"] = example;
    for (const SystemcFile& file : kSystemcFiles) {
      const std::string path = fmt::format("systemc/{}", file.name);
      add_rendered(path, path, values, file.comment, true);
      others.back().text = renamed_timing(std::move(others.back().text), prefix);
    }
    const std::string timing = read_file(source_path("sim/model/step_timing.h"));
    others.push_back({renamed("systemc/rc_step_timing.h", prefix),
                      banner("//", imprint(config, view, prefix, true)) +
                          renamed_timing(renamed(timing, prefix), prefix)});
  }
  return packed(std::move(manifest), std::move(files), std::move(others));
}

}  // namespace rowcast
