#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "app/commands.h"
#include "app/options.h"
#include "app/outputs.h"
#include "app/overhead.h"
#include "app/synth_ice40.h"
#include "generator/error.h"
#include "synth/flow.h"

namespace rowcast {
namespace {

constexpr const char* kDefaultLiberty =
    "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";  // of qflow-tech-osu018
constexpr const char* kPowerRows[] = {"sequential", "combinational", "total"};

double power_w(const Side& side) { return side.timing.power_w[2][3]; }

// What the runs of the element allow at most: the best against the worst, and the other way round.
std::pair<double, double> area_overhead_interval(const Synthesis& synthesis) {
  const Interval &base = synthesis.base.area_um2, &extended = synthesis.row_broadcast.area_um2;
  return {relative(base.high, extended.low), relative(base.low, extended.high)};
}

// Names on either side, the larger first.
std::vector<std::string> module_names(const Synthesis& synthesis) {
  std::vector<std::string> names;
  for (const Side* side : {&synthesis.row_broadcast, &synthesis.base})
    for (const MappedModule& module : side->netlist.modules)
      if (std::ranges::find(names, module.name) == names.end()) names.push_back(module.name);
  return names;
}

MappedModule module_named(const Side& side, const std::string& name) {
  const auto at = std::ranges::find(side.netlist.modules, name, &MappedModule::name);
  return at == side.netlist.modules.end() ? MappedModule{.name = name} : *at;
}

std::string text_of(const Synthesis& synthesis) {
  const Side &base = synthesis.base, &extended = synthesis.row_broadcast;
  const auto& c = synthesis.config;
  std::string text =
      fmt::format("{}x{}, {}x{} bit, {} bit accumulators, {} broadcast stages; library {}\n\n",
                  c.rows, c.cols, c.data_width, c.weight_width, effective_acc_width(c),
                  c.broadcast_stages, synthesis.library.name);
  const std::string line = "{:<26} {:>16} {:>16} {:>9}\n";
  text += fmt::format(fmt::runtime(line), "", "base", "row broadcast", "overhead");
  const auto row = [&](const std::string& name, double a, double b, int digits) {
    text += fmt::format(fmt::runtime(line), name, fmt::format("{:.{}f}", a, digits),
                        fmt::format("{:.{}f}", b, digits),
                        a > 0 ? fmt::format("{:+.2f} %", 100 * relative(a, b)) : "");
  };
  for (const std::string& name : module_names(synthesis))
    row(name + ", um2", module_named(base, name).area_um2, module_named(extended, name).area_um2,
        0);
  row("cells", static_cast<double>(base.netlist.cells()),
      static_cast<double>(extended.netlist.cells()), 0);
  row("one element, um2, best", base.pe_um2.low, extended.pe_um2.low, 0);
  row("one element, um2, mean", base.pe_um2.mean, extended.pe_um2.mean, 0);
  row("area, um2, best", base.area_um2.low, extended.area_um2.low, 0);
  row("area, um2, mean", base.area_um2.mean, extended.area_um2.mean, 0);
  row("gate equivalents", base.area_um2.low / synthesis.library.nand2_area,
      extended.area_um2.low / synthesis.library.nand2_area, 0);
  row("um2 per element of all", base.area_um2.low / (c.rows * c.cols),
      extended.area_um2.low / (c.rows * c.cols), 0);
  row("critical path, ns", base.timing.critical_ns, extended.timing.critical_ns, 3);
  row("fmax, MHz", base.timing.fmax_mhz(), extended.timing.fmax_mhz(), 2);
  row(fmt::format("slack at {} ns, ns", synthesis.clock_ns), base.timing.slack_ns,
      extended.timing.slack_ns, 3);
  for (int i = 0; i < 3; ++i)
    row(fmt::format("power, {}, W", kPowerRows[i]), base.timing.power_w[i][3],
        extended.timing.power_w[i][3], 4);
  const auto [low, high] = area_overhead_interval(synthesis);
  text += fmt::format(
      "\nArea overhead {:+.2f} %, best run of the element on either side; {:+.2f} % of the means; "
      "any two runs allow {:+.2f} to "
      "{:+.2f} % (elements of {:.0f} to {:.0f} and {:.0f} to {:.0f} um2).\n",
      100 * relative(base.area_um2.low, extended.area_um2.low),
      100 * relative(base.area_um2.mean, extended.area_um2.mean), 100 * low, 100 * high,
      base.pe_um2.low, base.pe_um2.high, extended.pe_um2.low, extended.pe_um2.high);
  text += fmt::format("Critical paths, base: {} to {}; row broadcast: {} to {}.\n",
                      base.timing.from, base.timing.to, extended.timing.from, extended.timing.to);
  text += fmt::format(
      "Power is at {} ns with a blanket activity of {} transitions per net and cycle, not a "
      "workload's.\n",
      synthesis.clock_ns, synthesis.activity);
  text += "No clock tree, no wires, no SRAM.\n";
  return text;
}

nlohmann::ordered_json json_of(const Side& side, double nand2_area) {
  nlohmann::ordered_json json{{"area_um2", side.area_um2.low},
                              {"area_um2_mean", side.area_um2.mean},
                              {"area_um2_highest", side.area_um2.high},
                              {"pe_area_um2", side.pe_um2.low},
                              {"pe_area_um2_mean", side.pe_um2.mean},
                              {"pe_area_um2_highest", side.pe_um2.high},
                              {"cells", side.netlist.cells()},
                              {"gate_equivalents", side.area_um2.low / nand2_area},
                              {"fmax_mhz", side.timing.fmax_mhz()},
                              {"critical_path_ns", side.timing.critical_ns},
                              {"critical_path", {side.timing.from, side.timing.to}},
                              {"slack_ns", side.timing.slack_ns},
                              {"power_w", power_w(side)}};
  for (int i = 0; i < 3; ++i) {
    const double(&p)[4] = side.timing.power_w[i];
    json["power"][kPowerRows[i]] = {
        {"internal_w", p[0]}, {"switching_w", p[1]}, {"leakage_w", p[2]}, {"total_w", p[3]}};
  }
  json["modules"] = nlohmann::ordered_json::array();
  for (const MappedModule& module : side.netlist.modules)
    json["modules"].push_back({{"name", module.name},
                               {"instances", module.instances},
                               {"cells", module.cells},
                               {"area_um2", module.area_um2},
                               {"gate_equivalents", module.area_um2 / nand2_area}});
  return json;
}

nlohmann::ordered_json json_of(const Synthesis& synthesis, const std::string& liberty) {
  const Side &base = synthesis.base, &extended = synthesis.row_broadcast;
  nlohmann::ordered_json json{
      {"schema", 1},
      {"liberty", liberty},
      {"library", synthesis.library.name},
      {"array", fmt::format("{}x{}", synthesis.config.rows, synthesis.config.cols)},
      {"broadcast_stages", synthesis.config.broadcast_stages},
      {"clock_ns", synthesis.clock_ns},
      {"activity", fmt::format("blanket {}", synthesis.activity)}};
  json["base"] = json_of(base, synthesis.library.nand2_area);
  json["row_broadcast"] = json_of(extended, synthesis.library.nand2_area);
  const auto [low, high] = area_overhead_interval(synthesis);
  json["overhead"] = {{"area", relative(base.area_um2.low, extended.area_um2.low)},
                      {"area_mean", relative(base.area_um2.mean, extended.area_um2.mean)},
                      {"area_lowest", low},
                      {"area_highest", high},
                      {"fmax", relative(base.timing.fmax_mhz(), extended.timing.fmax_mhz())},
                      {"power", relative(power_w(base), power_w(extended))}};
  return json;
}

std::string csv_of(const Synthesis& synthesis) {
  std::string csv = "side,module,instances,cells,area_um2,gate_equivalents\n";
  for (const auto& [name, side] :
       {std::pair{"base", &synthesis.base}, {"row_broadcast", &synthesis.row_broadcast}})
    for (const MappedModule& module : side->netlist.modules)
      csv +=
          fmt::format("{},{},{},{},{},{:.1f}\n", name, module.name, module.instances, module.cells,
                      module.area_um2, module.area_um2 / synthesis.library.nand2_area);
  return csv;
}

}  // namespace

Action add_synth(CLI::App& command) {
  struct Options {
    ArrayOptions array;
    Outputs outputs;
    std::string liberty = kDefaultLiberty, clock = "10", target = "asic";
    CLI::Option *liberty_option = nullptr, *clock_option = nullptr;
  };
  const auto options = std::make_shared<Options>();
  options->array.add_to(command);
  command.add_option("--target", options->target,
                     "asic (default), or ice40: placed and routed on an FPGA");
  options->liberty_option =
      command.add_option("--liberty", options->liberty,
                         fmt::format("cell library, also as .gz (default {})", kDefaultLiberty));
  options->clock_option = command.add_option("--clock", options->clock,
                                             "period in ns for slack and power (default 10)");
  options->outputs.add_to(command);
  return [options] {
    const ArrayConfig config = options->array.resolve();
    if (!config.row_broadcast)
      throw InputError("--no-row-broadcast: synth measures both sides, allowed is to leave it out");
    if (options->target == "ice40") {
      for (const CLI::Option* option : {options->liberty_option, options->clock_option})
        if (option->count() > 0)
          throw InputError(
              fmt::format("{}: says nothing with --target ice40, allowed is --target asic",
                          option->get_name()));
      options->outputs.check();
      return synth_ice40(config, options->outputs);
    }
    if (options->target != "asic")
      throw InputError(
          fmt::format("--target: '{}' is unknown, allowed are asic, ice40", options->target));
    SynthOptions synth{.liberty = options->liberty, .progress = terminal_progress()};
    char* end = nullptr;
    synth.clock_ns = std::strtod(options->clock.c_str(), &end);
    if (*end != '\0' || !(synth.clock_ns >= 0.01 && synth.clock_ns <= 10000))
      throw InputError(
          fmt::format("--clock: '{}' is no period, allowed is 0.01 to 10000 ns", options->clock));
    options->outputs.check();
    const Synthesis synthesis = synthesise(config, synth);
    end_progress();
    fmt::print("{}", text_of(synthesis));
    options->outputs.write(json_of(synthesis, options->liberty), csv_of(synthesis));
    return 0;
  };
}

}  // namespace rowcast
