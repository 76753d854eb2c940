#include "app/reports/synth_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "sim/formats/csv.h"
#include "synth/figures.h"

namespace rowcast {
namespace {

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

const LayerPower* layer_of(const Side& side, std::string_view kind) {
  const auto at = std::ranges::find(
      side.layers, kind, [](const LayerPower& layer) { return std::string_view(layer.run.kind); });
  return at == side.layers.end() ? nullptr : &*at;
}

// What kind of layer stands for the channel-wise ones of a variant.
const char* channelwise_kind(const std::string& variant) {
  return variant == "baseline" ? "depthwise" : "fuse";
}

// Energy of a network in joule per inference; 0: a kind of layer was not simulated.
double joule_of(const Synthesis& synthesis, const Side& side, const NetworkCycles& cycles) {
  const LayerPower* gemm = layer_of(side, "gemm");
  const LayerPower* channelwise = layer_of(side, channelwise_kind(cycles.variant));
  if (!gemm || !channelwise) return 0;
  return energy_joule(std::array{std::pair(gemm->power.total_w(), cycles.gemm),
                                 std::pair(channelwise->power.total_w(), cycles.channelwise)},
                      synthesis.clock_ns);
}

// Mean power over the network, its kinds of layers weighted by their cycles.
double network_w(const Synthesis& synthesis, const Side& side, const NetworkCycles& cycles) {
  return joule_of(synthesis, side, cycles) /
         (static_cast<double>(cycles.gemm + cycles.channelwise) * synthesis.clock_ns * 1e-9);
}

// The power that overheads speak of: the GEMM layer's, which both sides run alike.
const Power& headline_power(const Side& side) {
  const LayerPower* gemm = layer_of(side, "gemm");
  return gemm ? gemm->power : side.layers.empty() ? side.blanket : side.layers.front().power;
}

}  // namespace

std::pair<double, double> area_overhead_interval(const Interval& base, const Interval& extended) {
  return {relative(base.high, extended.low), relative(base.low, extended.high)};
}

std::vector<NetworkPerformance> performance_of(const Synthesis& synthesis) {
  std::vector<NetworkPerformance> rows;
  if (!synthesis.workload) return rows;
  for (const bool row_broadcast : {false, true}) {
    const Side& side = row_broadcast ? synthesis.row_broadcast : synthesis.base;
    for (const NetworkCycles& cycles :
         row_broadcast ? synthesis.workload->row_broadcast : synthesis.workload->base) {
      NetworkPerformance row{cycles.variant, row_broadcast, cycles.gemm + cycles.channelwise};
      row.joule = joule_of(synthesis, side, cycles);
      if (row.joule == 0) continue;
      row.per_second = side.timing.fmax_mhz() * 1e6 / static_cast<double>(row.cycles);
      row.per_second_mm2 = row.per_second / (side.area_um2() * 1e-6);
      rows.push_back(row);
    }
  }
  return rows;
}

namespace {

class Table {
 public:
  Table() { line("", "base", "row broadcast", "overhead"); }
  void row(const std::string& name, double base, double extended, int digits) {
    line(name, fmt::format("{:.{}f}", base, digits), fmt::format("{:.{}f}", extended, digits),
         base > 0 && extended > 0 ? fmt::format("{:+.2f} %", 100 * relative(base, extended)) : "");
  }
  void power(const std::string& name, const Power& base, const Power& extended) {
    row("power, " + name + ", mW", 1e3 * base.total_w(), 1e3 * extended.total_w(), 2);
    const std::pair<const char*, PowerSplit Power::*> groups[] = {
        {"sequential", &Power::sequential}, {"combinational", &Power::combinational}};
    const std::pair<const char*, double PowerSplit::*> parts[] = {
        {"internal", &PowerSplit::internal_w},
        {"switching", &PowerSplit::switching_w},
        {"leakage", &PowerSplit::leakage_w}};
    for (const auto& [group, of] : groups)
      for (const auto& [part, watts] : parts)
        row(fmt::format("  {}, {}", group, part), 1e3 * (base.*of).*watts,
            1e3 * (extended.*of).*watts, part[0] == 'l' ? 4 : 2);
  }
  const std::string& text() const { return text_; }

 private:
  void line(const std::string& name, const std::string& base, const std::string& extended,
            const std::string& overhead) {
    text_ += fmt::format("{:<36} {:>16} {:>16} {:>9}\n", name, base, extended, overhead);
  }
  std::string text_;
};

std::string text_of(const GateRun& run, const char* side) {
  return fmt::format(
      "  {:<13} {:<9} {:<18} {:<9} {:>6} of {:>6} steps, {:>7} of {:>8} cycles: {}, {} results, {} "
      "mismatches, {:.4f} toggles per cell and cycle\n",
      side, run.kind, run.layer, run.mapping, run.steps, run.layer_steps, run.cycles,
      run.layer_cycles,
      run.cycles == run.predicted_cycles ? "as predicted"
                                         : fmt::format("predicted are {}", run.predicted_cycles),
      run.results, run.mismatches, run.toggles_per_cycle);
}

// What a core takes of a period from and to its ports.
struct PortPath {
  const char *label, *key;
  std::optional<Timing> PortPaths::*of;
};
constexpr PortPath kPortPaths[] = {{"input port to register", "input", &PortPaths::input},
                                   {"register to output port", "output", &PortPaths::output},
                                   {"input port to output port", "through", &PortPaths::through}};

double path_ns(const std::optional<Timing>& path) { return path ? path->critical_ns : 0; }

// What the figures leave out.
constexpr const char* kNotMeant =
    "What these numbers do not mean: there is no clock tree and no SRAM in them; nothing is placed "
    "or\n"
    "routed: only the broadcast's wires and those along the array's sides have a length, by a "
    "model;\n"
    "all others have none. Nets change at most once a cycle: glitches, which multipliers have "
    "plenty of,\n"
    "are not counted on either side. Registers' clock pins draw their power every cycle, as "
    "nothing is\n"
    "gated. fmax alone is of paths from register to register.\n";

}  // namespace

std::string text_of(const SynthReport& report) {
  const Synthesis& synthesis = report.synthesis;
  const Side &base = synthesis.base, &extended = synthesis.row_broadcast;
  const auto& c = synthesis.config;
  std::string text = fmt::format("{}; library {}\n\n", array_text(c), synthesis.library.name);
  const double pes = static_cast<double>(c.rows) * c.cols;
  Table table;
  for (const std::string& name : module_names(synthesis))
    table.row(name + ", um2", module_named(base, name).area_um2,
              module_named(extended, name).area_um2, 0);
  table.row("cells", static_cast<double>(base.netlist.cells()),
            static_cast<double>(extended.netlist.cells()), 0);
  table.row("area, um2", base.area_um2(), extended.area_um2(), 0);
  table.row("gate equivalents", base.area_um2() / synthesis.library.nand2_area,
            extended.area_um2() / synthesis.library.nand2_area, 0);
  table.row("um2 per element of all", base.area_um2() / pes, extended.area_um2() / pes, 0);
  table.row("one element, um2", base.element.um2, extended.element.um2, 0);
  table.row("one element dissolved, um2, best", base.element.dissolved_um2.low,
            extended.element.dissolved_um2.low, 0);
  table.row("one element dissolved, um2, mean", base.element.dissolved_um2.mean,
            extended.element.dissolved_um2.mean, 0);
  table.row("critical path, ns", base.timing.critical_ns, extended.timing.critical_ns, 3);
  table.row("fmax, MHz", base.timing.fmax_mhz(), extended.timing.fmax_mhz(), 2);
  table.row("fmax with wires, MHz", 1000 / base.wired_ns(), 1000 / extended.wired_ns(), 2);
  for (const PortPath& path : kPortPaths)
    if (base.io.*path.of || extended.io.*path.of)
      table.row(fmt::format("{}, ns", path.label), path_ns(base.io.*path.of),
                path_ns(extended.io.*path.of), 3);
  table.row("fmax with wires and ports, MHz", 1000 / synthesis.period_ns(base),
            1000 / synthesis.period_ns(extended), 2);
  table.row(fmt::format("slack at {} ns, ns", synthesis.clock_ns), base.timing.slack_ns,
            extended.timing.slack_ns, 3);
  if (!synthesis.workload)
    table.power(fmt::format("blanket activity {}", synthesis.activity), base.blanket,
                extended.blanket);
  for (size_t i = 0; i < base.layers.size(); ++i) {
    const LayerPower &plain = base.layers[i], &wide = extended.layers[i];
    table.power(plain.run.kind + " layer", plain.power, wide.power);
    table.row("  pJ per MAC", 1e12 * plain.joule_per_mac(synthesis.clock_ns),
              1e12 * wide.joule_per_mac(synthesis.clock_ns), 4);
  }
  if (synthesis.workload)
    for (size_t i = 0; i < synthesis.workload->base.size(); ++i) {
      const NetworkCycles &plain = synthesis.workload->base[i],
                          &wide = synthesis.workload->row_broadcast[i];
      if (joule_of(synthesis, base, plain) > 0)
        table.row(fmt::format("power, {} {}, mW", synthesis.workload->network, plain.variant),
                  1e3 * network_w(synthesis, base, plain),
                  1e3 * network_w(synthesis, extended, wide), 2);
    }
  text += table.text();

  const Interval plain = synthesis.dissolved_area_um2(base),
                 wide = synthesis.dissolved_area_um2(extended);
  const auto [low, high] = area_overhead_interval(plain, wide);
  text += fmt::format(
      "\nArea overhead {:+.2f} %, {:.0f} um2 per element, of which {:.0f} are in it. The "
      "multiplier "
      "and adder, {:.0f} um2, are mapped alone and are the same cells on both sides.\n"
      "Where ABC maps each element as one, its luck decides: {:+.2f} % of the means, {:+.2f} to "
      "{:+.2f} % for any two runs.\n",
      100 * relative(base.area_um2(), extended.area_um2()),
      (extended.area_um2() - base.area_um2()) / pes, extended.element.um2 - base.element.um2,
      synthesis.mac_um2, 100 * relative(plain.mean, wide.mean), 100 * low, 100 * high);
  if (const auto& left_out = synthesis.library.left_out; !left_out.empty()) {
    std::map<std::string, std::vector<std::string>> by_reason;
    for (const auto& [cell, why] : left_out) by_reason[why].push_back(cell);
    std::vector<std::string> reasons;
    for (const auto& [why, cells] : by_reason)
      reasons.push_back(fmt::format("{} ({})", cells.size(), why));
    text += fmt::format("Cells of the library that are not for logic and not used: {}.\n",
                        fmt::join(reasons, ", "));
  }
  text += fmt::format("Critical paths, base: {} to {}; row broadcast: {} to {}.\n",
                      base.timing.from, base.timing.to, extended.timing.from, extended.timing.to);
  const BroadcastWire& wire = extended.wire;
  text += fmt::format(
      "The broadcast is a wire of {:.0f} um (elements at a pitch of {:.0f} um), {:.2f} pF, with "
      "pins of "
      "{:.2f} pF, its most loaded bit in {} groups of columns behind repeaters: the longest path "
      "through it takes {:.2f} ns, {:.2f} of them along the wire (Elmore).\n",
      wire.length_um, wire.pitch_um, wire.wire_pf, wire.pins_pf, wire.groups, wire.path_ns,
      wire.elmore_ns);
  for (const auto& [name, side] : {std::pair{"base", &base}, {"row broadcast", &extended}}) {
    if (side->edge.wires.empty()) continue;
    text += fmt::format(
        "Along the array's sides, {}: {} wires of up to {:.0f} um between the sequencer and the "
        "rows "
        "and columns: the longest path through one takes {:.2f} ns, up to {:.2f} of them along "
        "it.\n",
        name, side->edge.wires.size(), side->edge.length_um, side->edge.path_ns,
        side->edge.elmore_ns);
  }
  text += fmt::format(
      "With ports, the user's logic has {:.0f} % of the period in front of each input and behind "
      "each "
      "output (--io-budget); the paths above are the core's own.\n",
      100 * synthesis.io_budget);
  for (const auto& [stages, side] : synthesis.stages)
    text += fmt::format(
        "BROADCAST_STAGES {}: area {:.0f} um2, fmax {:.2f} MHz, {:.2f} MHz with the wire.\n",
        stages, side.area_um2(), side.timing.fmax_mhz(), 1000 / side.wired_ns());
  if (synthesis.workload) {
    text += fmt::format(
        "\nPower at {} ns; every pin's activity is measured on the mapped netlist, running {}:\n",
        synthesis.clock_ns, synthesis.workload->network);
    for (const LayerPower& layer : base.layers) text += text_of(layer.run, "base");
    for (const LayerPower& layer : extended.layers) text += text_of(layer.run, "row broadcast");
    text +=
        "The gemm layer is the same work on both sides. Channel-wise layers run by the best plain "
        "mapping on the base and by st-os on the other. A network's power weights its kinds of "
        "layers by their cycles.\n";
  } else {
    text += fmt::format(
        "\nPower is at {} ns with a blanket activity of {} transitions per net and cycle, not a "
        "workload's.\n",
        synthesis.clock_ns, synthesis.activity);
  }
  if (const auto rows = performance_of(synthesis); !rows.empty()) {
    text += fmt::format("\n{:<14} {:<14} {:>12} {:>12} {:>14} {:>14} {:>14}\n",
                        synthesis.workload->network, "hardware", "cycles", "inferences/s",
                        "/s per mm2", "mJ/inference", "/s per W");
    for (const NetworkPerformance& row : rows)
      text += fmt::format("{:<14} {:<14} {:>12} {:>12.2f} {:>14.3f} {:>14.4f} {:>14.2f}\n",
                          row.variant, row.row_broadcast ? "row broadcast" : "plain", row.cycles,
                          row.per_second, row.per_second_mm2, 1e3 * row.joule, 1 / row.joule);
    text += "Each side at its own fmax.\n";
  }
  text += "\n";
  text += kNotMeant;
  return text;
}

namespace {

nlohmann::ordered_json json_of(const PowerSplit& power) {
  return {{"internal_w", power.internal_w},
          {"switching_w", power.switching_w},
          {"leakage_w", power.leakage_w},
          {"total_w", power.total_w()}};
}

nlohmann::ordered_json json_of(const Power& power) {
  return {
      {"sequential", json_of(power.sequential)},
      {"combinational", json_of(power.combinational)},
      {"total", json_of(PowerSplit{power.sequential.internal_w + power.combinational.internal_w,
                                   power.sequential.switching_w + power.combinational.switching_w,
                                   power.sequential.leakage_w + power.combinational.leakage_w})}};
}

nlohmann::ordered_json json_of(const Synthesis& synthesis, const Side& side) {
  const double nand2 = synthesis.library.nand2_area;
  const auto interval = [](const Interval& um2) {
    return nlohmann::ordered_json{{"lowest", um2.low}, {"mean", um2.mean}, {"highest", um2.high}};
  };
  nlohmann::ordered_json json{{"area_um2", side.area_um2()},
                              {"area_um2_dissolved", interval(synthesis.dissolved_area_um2(side))},
                              {"pe_area_um2", side.element.um2},
                              {"pe_area_um2_dissolved", interval(side.element.dissolved_um2)},
                              {"cells", side.netlist.cells()},
                              {"gate_equivalents", side.area_um2() / nand2},
                              {"fmax_mhz", side.timing.fmax_mhz()},
                              {"critical_path_ns", side.timing.critical_ns},
                              {"critical_path", {side.timing.from, side.timing.to}},
                              {"slack_ns", side.timing.slack_ns},
                              {"power_w", headline_power(side).total_w()},
                              {"power", json_of(headline_power(side))}};
  json["fmax_mhz_with_wire"] = 1000 / side.wired_ns();
  json["fmax_mhz_with_ports"] = 1000 / synthesis.period_ns(side);
  for (const PortPath& path : kPortPaths)
    if (const auto& found = side.io.*path.of)
      json["ports"][path.key] = {{"path_ns", found->critical_ns},
                                 {"path", {found->from, found->to}}};
  json["edge_wires"] = {{"nets", side.edge.wires.size()},
                        {"length_um", side.edge.length_um},
                        {"elmore_ns", side.edge.elmore_ns},
                        {"path_ns", side.edge.path_ns}};
  if (side.wire.length_um > 0)
    json["broadcast_wire"] = {
        {"pitch_um", side.wire.pitch_um},      {"length_um", side.wire.length_um},
        {"repeater_groups", side.wire.groups}, {"wire_pf", side.wire.wire_pf},
        {"pins_pf", side.wire.pins_pf},        {"elmore_ns", side.wire.elmore_ns},
        {"path_ns", side.wire.path_ns}};
  json["layers"] = nlohmann::ordered_json::array();
  for (const LayerPower& layer : side.layers) {
    const GateRun& run = layer.run;
    json["layers"].push_back({{"role", run.kind},
                              {"variant", run.variant},
                              {"name", run.layer},
                              {"mapping", run.mapping},
                              {"layer_cycles", run.layer_cycles},
                              {"layer_steps", run.layer_steps},
                              {"steps", run.steps},
                              {"cycles", run.cycles},
                              {"predicted_cycles", run.predicted_cycles},
                              {"results", run.results},
                              {"mismatches", run.mismatches},
                              {"violations", run.violations},
                              {"macs", run.macs},
                              {"toggles_per_cell_and_cycle", run.toggles_per_cycle},
                              {"power_w", layer.power.total_w()},
                              {"power", json_of(layer.power)},
                              {"joule_per_mac", layer.joule_per_mac(synthesis.clock_ns)}});
  }
  json["modules"] = nlohmann::ordered_json::array();
  for (const MappedModule& module : side.netlist.modules)
    json["modules"].push_back({{"name", module.name},
                               {"instances", module.instances},
                               {"cells", module.cells},
                               {"area_um2", module.area_um2},
                               {"gate_equivalents", module.area_um2 / nand2}});
  return json;
}

}  // namespace

nlohmann::ordered_json json_of(const SynthReport& report) {
  const Synthesis& synthesis = report.synthesis;
  const Side &base = synthesis.base, &extended = synthesis.row_broadcast;
  const LayerPower* gemm = layer_of(base, "gemm");
  nlohmann::ordered_json json{
      {"schema", 4},
      {"liberty", report.liberty},
      {"library", synthesis.library.name},
      {"cells_left_out", synthesis.library.left_out},
      {"array", fmt::format("{}x{}", synthesis.config.rows, synthesis.config.cols)},
      {"data_width", synthesis.config.data_width},
      {"weight_width", synthesis.config.weight_width},
      {"acc_width", effective_acc_width(synthesis.config)},
      {"broadcast_stages", synthesis.config.broadcast_stages},
      {"mac_stages", synthesis.config.mac_stages},
      {"clock_ns", synthesis.clock_ns},
      {"io_budget", synthesis.io_budget},
      {"activity", synthesis.workload ? fmt::format("measured on {}", synthesis.workload->network)
                                      : fmt::format("blanket {}", synthesis.activity)},
      {"power_of", gemm                  ? "gemm layer"
                   : base.layers.empty() ? "blanket activity"
                                         : base.layers.front().run.kind + " layer"}};
  json["base"] = json_of(synthesis, base);
  json["row_broadcast"] = json_of(synthesis, extended);
  const Interval plain = synthesis.dissolved_area_um2(base),
                 wide = synthesis.dissolved_area_um2(extended);
  const auto [low, high] = area_overhead_interval(plain, wide);
  json["overhead"] = {
      {"area", relative(base.area_um2(), extended.area_um2())},
      {"area_dissolved",
       {{"lowest", low}, {"mean", relative(plain.mean, wide.mean)}, {"highest", high}}},
      {"fmax", relative(base.timing.fmax_mhz(), extended.timing.fmax_mhz())},
      {"power", relative(headline_power(base).total_w(), headline_power(extended).total_w())}};
  json["overhead"]["fmax_with_wire"] = relative(1 / base.wired_ns(), 1 / extended.wired_ns());
  json["overhead"]["fmax_with_ports"] =
      relative(1 / synthesis.period_ns(base), 1 / synthesis.period_ns(extended));
  json["stages"] = nlohmann::ordered_json::array();
  for (const auto& [stages, side] : synthesis.stages)
    json["stages"].push_back({{"broadcast_stages", stages},
                              {"area_um2", side.area_um2()},
                              {"fmax_mhz", side.timing.fmax_mhz()},
                              {"fmax_mhz_with_wire", 1000 / side.wired_ns()}});
  json["networks"] = nlohmann::ordered_json::array();
  for (const NetworkPerformance& row : performance_of(synthesis))
    json["networks"].push_back({{"network", synthesis.workload->network},
                                {"variant", row.variant},
                                {"hardware", row.row_broadcast ? "row_broadcast" : "base"},
                                {"cycles", row.cycles},
                                {"inferences_per_second", row.per_second},
                                {"inferences_per_second_mm2", row.per_second_mm2},
                                {"joule_per_inference", row.joule},
                                {"inferences_per_second_w", 1 / row.joule}});
  return json;
}

std::string csv_of(const SynthReport& report) {
  const Synthesis& synthesis = report.synthesis;
  std::vector<std::string> names = {"side",     "module",           "instances", "cells",
                                    "area_um2", "gate_equivalents", "fmax_mhz"};
  for (const PortPath& path : kPortPaths) names.push_back(fmt::format("{}_path_ns", path.key));
  names.push_back("fmax_mhz_with_ports");
  std::string csv = csv_record(names);
  for (const auto& [name, side] :
       {std::pair{"base", &synthesis.base}, {"row_broadcast", &synthesis.row_broadcast}})
    for (const MappedModule& module : side->netlist.modules) {
      std::vector<std::string> cells = {
          name,
          module.name,
          fmt::to_string(module.instances),
          fmt::to_string(module.cells),
          fmt::to_string(module.area_um2),
          fmt::format("{:.1f}", module.area_um2 / synthesis.library.nand2_area),
          fmt::format("{:.3f}", side->timing.fmax_mhz())};
      for (const PortPath& path : kPortPaths)
        cells.push_back(side->io.*path.of ? fmt::format("{:.4f}", path_ns(side->io.*path.of)) : "");
      cells.push_back(fmt::format("{:.3f}", 1000 / synthesis.period_ns(*side)));
      csv += csv_record(cells);
    }
  return csv;
}

}  // namespace rowcast
