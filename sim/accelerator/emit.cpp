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

namespace rowcast::accelerator {
namespace {

// Leaves first; they stand behind the core's.
constexpr std::string_view kModules[] = {
    "rc_ram",        "rc_memory", "rc_walk",    "rc_column_walk",
    "rc_requantise", "rc_routes", "rc_squeeze", "rc_move_check",
    "rc_places",     "rc_moves",  kTop};

constexpr DepthField kDepths[] = {{"a_depth", "a-depth", "A_DEPTH", &AcceleratorConfig::a_depth,
                                   "words of a lane of memory A, activations for rows"},
                                  {"b_depth", "b-depth", "B_DEPTH", &AcceleratorConfig::b_depth,
                                   "words of a lane of memory B, activations for columns"},
                                  {"w_depth", "w-depth", "W_DEPTH", &AcceleratorConfig::w_depth,
                                   "words of a lane of memory W, weights and taps"},
                                  {"q_depth", "q-depth", "Q_DEPTH", &AcceleratorConfig::q_depth,
                                   "scales of a lane of memory Q, the columns'"},
                                  {"s_depth", "s-depth", "S_DEPTH", &AcceleratorConfig::s_depth,
                                   "scales of memory S, the rows'"}};

Imprint imprint(const AcceleratorConfig& config, View view, const std::string& prefix) {
  std::string command = generate_command(config.array, view, false, prefix);
  std::string own = " --accelerator";
  for (const DepthField& depth : kDepths)
    own += fmt::format(" --{} {}", depth.option, config.*depth.member);
  constexpr std::string_view kGenerate = "rowcast generate";
  command.insert(kGenerate.size(), own);
  return {view, prefix,
          hash_text(fmt::format("rowcast {} {} view={}", kVersion, canonical_text(config),
                                to_string(view))),
          command};
}

// Where a field begins, F_NAME, of those that a module speaks of.
std::string move_fields(const std::string& module) {
  std::string text;
  int at = 0;
  for (const Field& field : fields({})) {
    std::string name = "F_" + field.name;
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
    const auto ends = [&](size_t end) {
      return end == module.size() ||
             (!std::isalnum(static_cast<unsigned char>(module[end])) && module[end] != '_');
    };
    bool used = false;
    for (size_t i = module.find(name); i != std::string::npos && !used;
         i = module.find(name, i + 1))
      used = ends(i + name.size());
    if (used)
      text += fmt::format("{}localparam integer {} = {};", text.empty() ? "" : "\n  ", name, at);
    at += field.bits;
  }
  return text;
}

TemplateValues template_values(const AcceleratorConfig& config) {
  TemplateValues values = rowcast::template_values(config.array);
  values.texts["N"] = values.texts["ROWS"];
  for (const DepthField& depth : kDepths)
    values.texts[std::string(depth.parameter)] = std::to_string(config.*depth.member);
  values.texts["MOVE_BITS"] = std::to_string(move_bits());
  values.texts["MOVE_TOP"] = std::to_string(move_bits() - 1);
  values.texts["ADDRESS_BITS"] = std::to_string(kAddressBits);
  return values;
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

std::vector<EmittedFile> emit_modules(const AcceleratorConfig& config, View view,
                                      const std::string& prefix) {
  // The core's files say how these are made again.
  const Imprint own = imprint(config, view, prefix);
  std::vector<EmittedFile> files = emit_core_modules(config.array, own);
  TemplateValues values = template_values(config);
  for (const std::string_view& module : kModules) {
    values.texts["MOVE_FIELDS"] =
        move_fields(read_file(source_path(fmt::format("rtl_templates/accelerator/{}.v", module))));
    files.push_back(rowcast::emit_modules("accelerator", {&module, 1}, values, own).front());
  }
  return files;
}

std::vector<EmittedFile> emit(const AcceleratorConfig& config, View view,
                              const std::string& prefix) {
  const Imprint own = imprint(config, view, prefix);
  std::vector<EmittedFile> modules = emit_modules(config, view, prefix);
  nlohmann::ordered_json manifest = begin_manifest(kTop, own);
  add_config(manifest, config.array);
  for (const DepthField& depth : kDepths) manifest["accelerator"][depth.key] = config.*depth.member;
  const std::vector<Port> ports =
      read_ports({{"N", config.lanes()}, {"DATA_W", config.array.data_width}}, modules.back().text);
  if (std::ranges::find(ports, "move_i", &Port::name)->width != move_bits())
    throw std::logic_error(fmt::format("{}: move_i has not {} bits", kTop, move_bits()));
  add_ports(manifest, ports);

  TemplateValues sheet = template_values(config);
  sheet.conditions["VECTOR"] = view == View::kVector;
  sheet.texts["VERSION"] = kVersion;
  sheet.texts["HASH"] = own.hash;
  sheet.texts["COMMAND"] = own.command;
  sheet.texts["CONFIG_TABLE"] = config_table(config.array);
  sheet.texts["DEPTH_TABLE"] = depth_table(config);
  sheet.texts["MOVE_TABLE"] = move_table();
  sheet.texts["PORT_TABLE"] = port_table(ports);
  sheet.texts["INSTANCE"] = instantiation(kTop, ports);
  return packed(std::move(manifest), std::move(modules),
                {emit_file("README.md", "accelerator_sheet.md", sheet, "", own)});
}

}  // namespace rowcast::accelerator
