#include "sim/accelerator/emit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "generator/files.h"
#include "generator/package.h"
#include "generator/sheet.h"
#include "generator/version.h"
#include "sim/accelerator/encoding.h"
#include "sim/accelerator/memories.h"

namespace rowcast::accelerator {
namespace {

// Leaves first; they stand behind the core's.
constexpr std::string_view kModules[] = {
    "rc_ram",        "rc_memory", "rc_walk",    "rc_column_walk",
    "rc_requantise", "rc_routes", "rc_squeeze", "rc_move_check",
    "rc_places",     "rc_moves",  kTop};

constexpr DepthField kDepths[] = {
    {"a_depth", "a-depth", "A_DEPTH", &AcceleratorConfig::a_depth,
     "words of a lane of memory A, activations for rows"},
    {"b_depth", "b-depth", "B_DEPTH", &AcceleratorConfig::b_depth,
     "words of a lane of memory B, activations for columns"},
    {"w_depth", "w-depth", "W_DEPTH", &AcceleratorConfig::w_depth,
     "words of a lane of memory W, weights and taps"},
    {"q_depth", "q-depth", "Q_DEPTH", &AcceleratorConfig::q_depth,
     "scales of a lane of memory Q, the columns'"},
    {"s_depth", "s-depth", "S_DEPTH", &AcceleratorConfig::s_depth, "scales of memory S, the rows'"},
    {"tables", "tables", "TABLES", &AcceleratorConfig::tables,
     "tables for activations that are no clamp, of a word for each "
     "word, in every lane",
     0, kMostTables}};

Imprint imprint(const AcceleratorConfig& config, View view, const std::string& prefix) {
  std::string command = generate_command(config.array, view, false, prefix);
  constexpr std::string_view kGenerate = "rowcast generate";
  command.insert(kGenerate.size(), " --accelerator" + depth_options(config));
  return {view, prefix,
          hash_text(fmt::format("rowcast {} {} view={}", kVersion, canonical_text(config),
                                to_string(view))),
          command};
}

// Where each of a move's fields begins.
std::vector<Constant> move_fields() {
  std::vector<Constant> constants;
  int at = 0;
  for (const Field& field : fields({})) {
    std::string name = field.name;
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
    constants.push_back({name, std::to_string(at)});
    at += field.bits;
  }
  return constants;
}

std::string depth_table(const AcceleratorConfig& config) {
  std::string text = "| parameter | Verilog | value | meaning |\n| --- | --- | --- | --- |";
  for (const DepthField& depth : kDepths)
    text += fmt::format("\n| `{}` | `{}` | {} | {} |", depth.key, depth.parameter,
                        config.*depth.member, depth.help);
  return text;
}

std::string move_table() {
  std::string text = "| field | lowest bit | bits | kind |\n| --- | --- | --- | --- |";
  int at = 0;
  for (const Field& field : fields({})) {
    text += fmt::format("\n| `{}` | {} | {} | {} |", field.name, at, field.bits,
                        field.address     ? "address"
                        : field.is_signed ? "signed"
                        : field.bits == 1 ? "flag"
                                          : "number");
    at += field.bits;
  }
  return text;
}

}  // namespace

std::span<const DepthField> depth_fields() { return kDepths; }

std::string canonical_text(const AcceleratorConfig& config) {
  std::string text = rowcast::canonical_text(config.array);
  for (const DepthField& depth : kDepths)
    text += fmt::format(" {}={}", depth.key, config.*depth.member);
  return text;
}

std::string depth_options(const AcceleratorConfig& config) {
  std::string text;
  for (const DepthField& depth : kDepths)
    text += fmt::format(" --{} {}", depth.option, config.*depth.member);
  return text;
}

TemplateValues template_values(const AcceleratorConfig& config) {
  TemplateValues values = rowcast::template_values(config.array);
  values.texts["N"] = values.texts["ROWS"];
  for (const DepthField& depth : kDepths)
    values.texts[std::string(depth.parameter)] = std::to_string(config.*depth.member);
  values.texts["MOVE_BITS"] = std::to_string(move_bits());
  values.texts["MOVE_TOP"] = std::to_string(move_bits() - 1);
  values.texts["TABLE_DEPTH"] = std::to_string(depth_of(config, Memory::kTables));
  values.texts["ADDRESS_BITS"] = std::to_string(kAddressBits);
  return values;
}

std::string localparams(std::string_view text, std::string_view kind, std::string_view prefix,
                        std::span<const Constant> constants) {
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  std::string lines;
  for (const Constant& constant : constants) {
    const std::string name = fmt::format("{}_{}", prefix, constant.name);
    bool used = false;
    for (size_t i = text.find(name); i != std::string_view::npos && !used;
         i = text.find(name, i + 1))
      used = (i == 0 || !is_word(text[i - 1])) &&
             (i + name.size() == text.size() || !is_word(text[i + name.size()]));
    if (used)
      lines += fmt::format("{}localparam {} {} = {};", lines.empty() ? "" : "\n  ", kind, name,
                           constant.value);
  }
  return lines;
}

std::vector<EmittedFile> emit_modules(const AcceleratorConfig& config, View view,
                                      const std::string& prefix) {
  return emit_modules(config, imprint(config, view, prefix));
}

std::vector<EmittedFile> emit_modules(const AcceleratorConfig& config, const Imprint& own) {
  // The core's files say how these are made again.
  std::vector<EmittedFile> files = emit_core_modules(config.array, own);
  TemplateValues values = template_values(config);
  const std::vector<Constant> places = move_fields();
  for (const std::string_view& module : kModules) {
    values.texts["MOVE_FIELDS"] =
        localparams(read_file(source_path(fmt::format("rtl_templates/accelerator/{}.v", module))),
                    "integer", "F", places);
    files.push_back(rowcast::emit_modules("accelerator", {&module, 1}, values, own).front());
  }
  return files;
}

void add_to_manifest(const AcceleratorConfig& config, nlohmann::ordered_json& manifest) {
  add_config(manifest, config.array);
  for (const DepthField& depth : kDepths) manifest["accelerator"][depth.key] = config.*depth.member;
}

std::vector<Port> ports_of(const AcceleratorConfig& config, std::string_view text) {
  const std::vector<Port> ports =
      read_ports({{"N", config.lanes()}, {"DATA_W", config.array.data_width}}, text);
  if (std::ranges::find(ports, "move_i", &Port::name)->width != move_bits())
    throw std::logic_error(fmt::format("{}: move_i has not {} bits", kTop, move_bits()));
  return ports;
}

void add_sheet_values(const AcceleratorConfig& config, TemplateValues& values) {
  values.texts["CONFIG_TABLE"] = config_table(config.array);
  values.texts["DEPTH_TABLE"] = depth_table(config);
  values.texts["MOVE_TABLE"] = move_table();
}

}  // namespace rowcast::accelerator
