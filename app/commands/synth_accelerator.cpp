#include "app/commands/synth_accelerator.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <vector>

#include "app/commands/commands.h"
#include "app/reports/synth_shared.h"
#include "sim/accelerator/emit.h"
#include "sim/accelerator/rams.h"
#include "sim/formats/csv.h"

namespace rowcast {
namespace {

using accelerator::AcceleratorConfig;
using accelerator::Ram;

struct MachineReport {
  AcceleratorConfig config;
  std::string liberty, library;
  MappedTop core, whole;          // whole: the machine and its core, without memories
  std::vector<MappedModule> own;  // of the machine's modules, mapped apart; largest first

  double machine_um2() const { return whole.netlist.area_um2() - core.netlist.area_um2(); }
  double area_ratio() const { return whole.netlist.area_um2() / core.netlist.area_um2(); }
  double fmax_change() const { return relative(core.timing.fmax_mhz(), whole.timing.fmax_mhz()); }
};

std::string text_of(const MachineReport& report) {
  std::string text = fmt::format("{}; {}\n\n", array_text(report.config.array), report.library);
  text += fmt::format("{:<34} {:>14} {:>9}\n", "area in um2, memories apart", "", "of rc_core");
  const auto row = [&](const std::string& name, double um2) {
    text += fmt::format("{:<34} {:>14.0f} {:>8.2f} %\n", name, um2,
                        100 * um2 / report.core.netlist.area_um2());
  };
  row("rc_core", report.core.netlist.area_um2());
  row("rc_accelerator, core included", report.whole.netlist.area_um2());
  row("around the core", report.machine_um2());
  text += "\neach module by itself, mapped with its borders kept:\n";
  for (const MappedModule& module : report.own)
    row(fmt::format("  {} ({})", module.name, module.instances), module.area_um2);
  text += fmt::format("\nfmax in MHz, register to register, no wires, memories' ports apart\n");
  text += fmt::format("{:<34} {:>14.2f}\n", "rc_core", report.core.timing.fmax_mhz());
  text += fmt::format("{:<34} {:>14.2f} {:>+8.2f} %\n", "rc_accelerator, core included",
                      report.whole.timing.fmax_mhz(), 100 * report.fmax_change());
  text += "\nmemories: lanes x words x bits, one write and one read port each\n";
  for (const Ram& ram : accelerator::rams(report.config))
    text += fmt::format("  {}  {:>5} x {:>7} x {:>2} {:>14} bits\n", ram.name, ram.lanes, ram.words,
                        ram.bits, ram.total_bits());
  return text;
}

nlohmann::ordered_json json_of(const MappedTop& top) {
  return {{"cells", top.netlist.cells()},
          {"area_um2", top.netlist.area_um2()},
          {"fmax_mhz", top.timing.fmax_mhz()},
          {"critical_path", {top.timing.from, top.timing.to}}};
}

nlohmann::ordered_json json_of(const MachineReport& report) {
  nlohmann::ordered_json json = {
      {"schema", 2},
      {"target", "accelerator"},
      {"liberty", report.liberty},
      {"library", report.library},
      {"array", fmt::format("{}x{}", report.config.lanes(), report.config.lanes())},
      {"core", json_of(report.core)},
      {"accelerator", json_of(report.whole)},
      {"area_ratio", report.area_ratio()},
      {"fmax_change", report.fmax_change()}};
  for (const MappedModule& module : report.own)
    json["modules"].push_back({{"name", module.name},
                               {"instances", module.instances},
                               {"cells", module.cells},
                               {"area_um2", module.area_um2}});
  for (const Ram& ram : accelerator::rams(report.config))
    json["memories"].push_back({{"name", ram.name},
                                {"lanes", ram.lanes},
                                {"words", ram.words},
                                {"word_bits", ram.bits},
                                {"bits", ram.total_bits()},
                                {"write_ports", 1},
                                {"read_ports", 1}});
  return json;
}

std::string csv_of(const MachineReport& report) {
  std::string csv = csv_record({"module", "instances", "cells", "area_um2"});
  for (const MappedModule& module : report.own)
    csv += csv_record({module.name, fmt::format("{}", module.instances),
                       fmt::format("{}", module.cells), fmt::format("{:.1f}", module.area_um2)});
  return csv;
}

}  // namespace

TopOptions machine_top(const AcceleratorConfig& config) {
  return {.top = accelerator::kTop,
          .modules = accelerator::emit_modules(config, View::kStructural),
          .hole = "rc_ram"};
}

int synth_accelerator(const AcceleratorConfig& config, const SynthOptions& options,
                      const Outputs& outputs) {
  const CellLibrary library = library_for_flow(options.liberty);
  if (options.progress)
    options.progress(fmt::format("mapping {0}x{0} and its accelerator onto {1} ...", config.lanes(),
                                 library.name));
  const Elements elements = map_elements(config.array, library, options.seeds, false);
  const auto top = [&](bool machine, bool split) {
    TopOptions how = machine ? machine_top(config) : TopOptions{};
    how.split = split;
    how.clock_ns = options.clock_ns;
    return map_top(config.array, library, elements.row_broadcast, how);
  };
  MachineReport report{.config = config,
                       .liberty = options.liberty,
                       .library = library.name,
                       .core = {},
                       .whole = {},
                       .own = {}};
  auto whole = std::async(std::launch::async, [&] { return top(true, false); });
  report.core = top(false, false);
  const std::vector<EmittedFile> core = emit_modules(config.array, View::kStructural);
  const auto is_the_cores = [&](const MappedModule& module) {
    return std::ranges::find(core, "rtl/" + module.name + ".v", &EmittedFile::path) != core.end();
  };
  for (MappedModule& module : top(true, true).netlist.modules)
    if (!is_the_cores(module) && module.cells > 0) report.own.push_back(std::move(module));
  report.whole = whole.get();
  end_progress();
  fmt::print(outputs.report(), "{}", text_of(report));
  outputs.write({{"--json", [&] { return json_text(json_of(report)); }},
                 {"--csv", [&] { return csv_of(report); }}});
  return 0;
}

}  // namespace rowcast
