#include "sim/system/emit.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>

#include "generator/files.h"
#include "generator/package.h"
#include "generator/version.h"
#include "sim/accelerator/emit.h"
#include "sim/system/bench.h"
#include "sim/system/driver.h"
#include "sim/system/image.h"
#include "sim/system/registers.h"

namespace rowcast::accelerator {
namespace {

// Leaves first; they stand behind the accelerator's.
constexpr std::string_view kModules[] = {"rc_bursts",  "rc_gather", "rc_read", "rc_fetch",
                                         "rc_load",    "rc_store",  "rc_dma",  "rc_registers",
                                         "rc_control", kSystemTop};

Imprint imprint(const SystemConfig& config, View view, const std::string& prefix) {
  std::string command = generate_command(config.accelerator.array, view, false, prefix);
  constexpr std::string_view kGenerate = "rowcast generate";
  command.insert(kGenerate.size(),
                 fmt::format(" --accelerator{} --axi-data-width {} --axi-address-width {}",
                             depth_options(config.accelerator), config.axi_data_width,
                             config.axi_address_width));
  return {view, prefix,
          hash_text(fmt::format("rowcast {} {} view={}", kVersion, canonical_text(config),
                                to_string(view))),
          command};
}

std::vector<Constant> register_constants() {
  std::vector<Constant> constants;
  for (const Register& one : registers())
    constants.push_back({std::string(one.name), fmt::format("12'h{:03X}", one.offset)});
  return constants;
}

std::vector<Constant> failure_constants() {
  std::vector<Constant> constants;
  for (const Failure& one : failures())
    constants.push_back({std::string(one.name), std::to_string(one.code)});
  return constants;
}

std::vector<Constant> unit_constants() {
  std::vector<Constant> constants;
  for (const Part part : kParts)
    constants.push_back(
        {std::string(part_name(part)), std::to_string(static_cast<uint32_t>(part))});
  return constants;
}

TemplateValues system_values(const SystemConfig& config) {
  TemplateValues values = template_values(config.accelerator);
  values.texts["AXI_DATA_W"] = std::to_string(config.axi_data_width);
  values.texts["AXI_ADDR_W"] = std::to_string(config.axi_address_width);
  // Defaults of the modules inside, legal as they stand.
  const int beat = config.beat_bytes(), line = config.line_bytes();
  const auto log2 = [](int value) { return std::countr_zero(static_cast<unsigned>(value)); };
  values.texts["BEAT_INDEX_W"] = std::to_string(32 - log2(beat));
  values.texts["LINE_W"] = std::to_string(8 * line);
  values.texts["AT_W"] = std::to_string(std::max(1, log2(beat) - log2(line)));
  values.texts["CONFIG_HASH"] = fmt::format("32'h{:08X}", program_hash(config.accelerator));
  return values;
}

// Those constants that a template speaks of.
void add_constants(const std::string& name, TemplateValues& values) {
  const std::string text = read_file(source_path("rtl_templates/" + name));
  values.texts["REGISTERS"] = localparams(text, "[11:0]", "R", register_constants());
  values.texts["ERRORS"] = localparams(text, "[3:0]", "E", failure_constants());
  values.texts["UNITS"] = localparams(text, "[3:0]", "U", unit_constants());
}

// ---------------------------------------------------------------- the test bench

constexpr const char* kBench = "testbench/rc_accel_tb.v";

// A line for each beat, its highest byte first, as $readmemh takes it.
std::string hex_text(const Bytes& bytes, size_t beat) {
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += beat) {
    for (size_t i = beat; i-- > 0;) text += fmt::format("{:02x}", bytes[at + i]);
    text += '\n';
  }
  return text;
}

std::vector<EmittedFile> bench_files(const SystemConfig& config, const Bench& bench,
                                     const Imprint& own) {
  TemplateValues values = system_values(config);
  add_constants(kBench, values);
  const Launch& launch = bench.image.launch;
  const auto number = [&](const char* name, uint64_t value) {
    values.texts[name] = std::to_string(value);
  };
  number("REGION_BYTES", launch.size);
  number("WRITABLE", launch.writable);
  number("CHECKS", bench.checks.size());
  // What the bus takes beside them: some cycles for each byte, on the slowest.
  number("LIMIT", 1000 + 4 * (static_cast<uint64_t>(bench.cycles) + bench.region.size()));
  number("LOAD_OFFSET", launch.loads.offset);
  number("LOAD_COUNT", launch.loads.count);
  number("MOVE_OFFSET", launch.moves.offset);
  number("MOVE_COUNT", launch.moves.count);
  number("STORE_OFFSET", launch.stores.offset);
  number("STORE_COUNT", launch.stores.count);
  std::string checks;
  for (const Bench::Check& check : bench.checks)
    checks += fmt::format("{:08x}{:02x}\n", check.offset, check.value);
  if (checks.empty()) checks = "0000000000\n";
  return {emit_file("tb/rc_accel_tb.v", kBench, values, "//", own),
          {"tb/image.hex", hex_text(bench.region, static_cast<size_t>(config.beat_bytes()))},
          {"tb/checks.hex", checks}};
}

// ---------------------------------------------------------------- SystemC

std::vector<EmittedFile> systemc_files(const SystemConfig& config, View view,
                                       const std::string& prefix, const Imprint& own) {
  TemplateValues values = system_values(config);
  values.texts["EXAMPLE"] = prefix == kPrefix ? "example" : prefix + "_example";
  values.texts["COMPILE_OPTIONS"] =
      view == View::kVector ? "OPT_FAST -O3 -march=native" : "OPT_FAST -O1 OPT_SLOW -O0";
  std::vector<EmittedFile> files;
  for (const auto& [name, comment] :
       {std::pair{"rc_accel_tlm.h", "//"}, std::pair{"example.cpp", "//"}, {"CMakeLists.txt", "#"}})
    files.push_back(emit_file(fmt::format("systemc/{}", name),
                              fmt::format("systemc_accelerator/{}", name), values, comment, own));
  return files;
}

// ---------------------------------------------------------------- the sheet

std::string register_table() {
  std::string text = "| offset | register | access | meaning |\n| --- | --- | --- | --- |";
  for (const Register& one : registers())
    text += fmt::format("\n| 0x{:02X} | `{}` | {} | {} |", one.offset, one.name,
                        one.access == Access::kRead    ? "read"
                        : one.access == Access::kWrite ? "write"
                                                       : "read, write",
                        one.text);
  return text;
}

std::string failure_table() {
  std::string text = "| unit | code | |\n| --- | --- | --- |";
  for (const Part part : kParts)
    for (uint32_t code = 1; code <= kMostFailure; ++code)
      if (const std::string_view said = failure_text(part, code); !said.empty())
        text += fmt::format("\n| {} {} | {} | {} |", static_cast<uint32_t>(part), part_name(part),
                            code, said);
  return text;
}

std::string header_table() {
  std::string text = "| word | | |\n| --- | --- | --- |";
  size_t word = 0;
  for (const HeaderWord& one : header_words())
    text += fmt::format("\n| {} | `{}` | {} |", word++, one.name, one.text);
  return text;
}

EmittedFile sheet_of(const SystemConfig& config, View view, const Bench& bench,
                     const std::vector<Port>& ports, const std::vector<Port>& inner, bool systemc,
                     const Imprint& own) {
  TemplateValues values = system_values(config);
  values.conditions["SYSTEMC"] = systemc;
  add_sheet_values(config.accelerator, values);
  values.conditions["VECTOR"] = view == View::kVector;
  values.texts["VERSION"] = kVersion;
  values.texts["HASH"] = own.hash;
  values.texts["COMMAND"] = own.command;
  values.texts["PROGRAM_HASH"] = fmt::format("0x{:08X}", program_hash(config.accelerator));
  values.texts["PORT_TABLE"] = port_table(ports);
  values.texts["INNER_PORT_TABLE"] = port_table(inner);
  values.texts["INSTANCE"] = instantiation(kSystemTop, ports);
  values.texts["REGISTER_TABLE"] = register_table();
  values.texts["FAILURE_TABLE"] = failure_table();
  values.texts["HEADER_TABLE"] = header_table();
  values.texts["BENCH"] = bench.what;
  values.texts["WORD_BYTES"] = std::to_string(config.word_bytes());
  values.texts["LINE_BYTES"] = std::to_string(config.line_bytes());
  return emit_file("README.md", "accelerator_sheet.md", values, "", own);
}

}  // namespace

std::string canonical_text(const SystemConfig& config) {
  return fmt::format("{} axi_data_width={} axi_address_width={}",
                     canonical_text(config.accelerator), config.axi_data_width,
                     config.axi_address_width);
}

uint32_t program_hash(const AcceleratorConfig& config) {
  const std::string hash =
      hash_text(fmt::format("program {} {}", kVersion, canonical_text(config)));
  return static_cast<uint32_t>(std::stoul(hash.substr(0, 8), nullptr, 16));
}

std::vector<EmittedFile> emit_modules(const SystemConfig& config, View view,
                                      const std::string& prefix) {
  const Imprint own = imprint(config, view, prefix);
  std::vector<EmittedFile> files = emit_modules(config.accelerator, own);
  TemplateValues values = system_values(config);
  for (const std::string_view& module : kModules) {
    add_constants(fmt::format("bus/{}.v", module), values);
    files.push_back(rowcast::emit_modules("bus", {&module, 1}, values, own).front());
  }
  return files;
}

std::vector<EmittedFile> emit(const SystemConfig& config, View view, const std::string& prefix,
                              bool systemc) {
  Imprint own = imprint(config, view, prefix);
  if (systemc) own.command.insert(own.command.find(" --accelerator") + 1, "--systemc ");
  std::vector<EmittedFile> modules = emit_modules(config, view, prefix);
  nlohmann::ordered_json manifest = begin_manifest(kSystemTop, own);
  add_to_manifest(config.accelerator, manifest);
  manifest["accelerator"]["axi_data_width"] = config.axi_data_width;
  manifest["accelerator"]["axi_address_width"] = config.axi_address_width;
  manifest["accelerator"]["program_config"] =
      fmt::format("{:08x}", program_hash(config.accelerator));
  const std::vector<Port> ports = read_ports({{"AXI_DATA_W", config.axi_data_width},
                                              {"AXI_DATA_W/8", config.beat_bytes()},
                                              {"AXI_ADDR_W", config.axi_address_width}},
                                             modules.back().text);
  add_ports(manifest, ports);
  const std::string inner = renamed(fmt::format("rtl/{}.v", kTop), prefix);
  const std::vector<Port> inner_ports =
      ports_of(config.accelerator, std::ranges::find(modules, inner, &EmittedFile::path)->text);

  const Bench bench = bench_of(config);
  std::vector<EmittedFile> others = bench_files(config, bench, own);
  others.push_back(sheet_of(config, view, bench, ports, inner_ports, systemc, own));
  const std::string comment = fmt::format("/* Generated by rowcast {}. */\n", kVersion);
  others.push_back(
      {renamed("driver/rc_registers.h", prefix), comment + renamed(driver_registers(), prefix)});
  for (const char* name : {"driver/rc_accel.h", "driver/rc_accel.c"}) {
    others.push_back(emit_file(name, name, {}, "", own));
    others.back().text.insert(0, comment);
  }
  if (systemc)
    for (EmittedFile& file : systemc_files(config, view, prefix, own))
      others.push_back(std::move(file));
  return packed(std::move(manifest), std::move(modules), std::move(others));
}

}  // namespace rowcast::accelerator
