#include "synth/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string_view>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/host/process.h"
#include "synth/flat_netlist.h"
#include "synth/flow.h"
#include "synth/fold_constants.h"
#include "synth/layout_netlist.h"
#include "synth/tools.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

constexpr double kClockNs = 10;  // fmax does not depend on it

constexpr std::pair<const char*, const char*> kClasses[] = {
    {"row broadcast", "row_broadcast"},
    {"inside an element", "inside_element"},
    {"between elements", "between_elements"},
    {"elements and edges", "elements_and_edges"},
    {"sequencer and edges", "sequencer_and_edges"},
    {"ports", "ports"},
    {"clock", "clock"},
};
enum Class { kBroadcast, kInside, kBetween, kMixed, kOutside, kPorts, kClock, kClassCount };
static_assert(std::size(kClasses) == kClassCount);

// qflow's scripts are tcsh's and hand paths on without quotes.
void require_plain_temporary_folder() {
  const std::string path = fs::temp_directory_path().string();
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";
  if (path.find_first_not_of(kPlain) != path.npos)
    throw InputError(
        "TMPDIR: qflow can not work in a folder of this name, letters, digits and / . _ - are "
        "allowed");
}

// qflow's scripts end well after most failures; what they leave behind tells.
void run_qflow(const std::string& stage, const fs::path& folder) {
  const ProcessResult result = run_process(
      {"qflow", "-T", kLayoutTechnology, "-p", folder.string(), stage, "rc_core"}, folder.string());
  const fs::path log = folder / "log" / (stage + ".log");
  const std::string text = fs::exists(log) ? read_file(log) : result.output;
  // qrouter counts what is open after each of its rounds; router.sh waits for another file.
  const bool open =
      stage == "route" && (fs::exists(folder / "layout" / "fail.out") ||
                           text.find("Final: No failed routes!") == std::string::npos);
  if (result.status != 0 || open || text.find("error condition") != std::string::npos ||
      !fs::exists(folder / "layout" / "rc_core.def"))
    throw std::runtime_error(
        fmt::format("qflow {} {}: {}", stage, open ? "leaves nets open" : "fails",
                    text.substr(text.size() - std::min<size_t>(text.size(), 600))));
}

Def place_and_route(const LayoutNetlist& netlist, const fs::path& folder, const Progress& progress,
                    const std::string& side) {
  for (const char* name : {"source", "synthesis", "layout", "log"})
    fs::create_directories(folder / name);
  write_file(folder / "source" / "rc_core.v", verilog_of(netlist));
  write_file(folder / "synthesis" / "rc_core.blif", blif_of(netlist));
  write_file(folder / "synthesis" / "rc_core_powerground", "set vddnet=vdd\nset gndnet=gnd\n");
  // Cells that fill the floor leave the router no way to the last pins.
  write_file(folder / "project_vars.sh",
             fmt::format("#!/usr/bin/tcsh -f\nset graywolf_options=-n\nset initial_density={}\n",
                         WireModel{}.utilisation));
  progress(fmt::format("placing {}, {} cells ...", side, netlist.cells.size()));
  run_qflow("place", folder);
  progress(fmt::format("routing {}, {} nets ...", side, netlist.flat.nets - 2));
  run_qflow("route", folder);
  return read_def(folder / "layout" / "rc_core.def");
}

Class class_of(const LayoutNetlist& netlist, int net) {
  if (netlist.clock.contains(net)) return kClock;
  if (netlist.broadcast.contains(net)) return kBroadcast;
  if (netlist.inputs.contains(net) || netlist.outputs.contains(net)) return kPorts;
  std::set<int> elements;
  for (const auto& [cell, pin] : netlist.pins[static_cast<size_t>(net)])
    elements.insert(netlist.elements[cell]);
  if (elements == std::set{-1}) return kOutside;
  if (elements.contains(-1)) return kMixed;
  return elements.size() == 1 ? kInside : kBetween;
}

Timing in_our_names(Timing timing, const LayoutNetlist& netlist) {
  for (std::string* end : {&timing.from, &timing.to})
    if (const auto at = netlist.numbers.find(*end); at != netlist.numbers.end())
      *end = netlist.flat.cells[at->second].path;
  return timing;
}

// Cells and floor; everything's origin is the floor's lower left corner from here on.
void measure_floor(const LayoutNetlist& netlist, const Lef& lef, Def& def, LayoutSide& side) {
  double left = INFINITY, right = -INFINITY, low = INFINITY, high = -INFINITY;
  for (const DefComponent& component : def.components) {
    const LefCell& size = lef.cells.at(component.cell);
    left = std::min(left, component.x_um);
    low = std::min(low, component.y_um);
    right = std::max(right, component.x_um + size.width_um);
    high = std::max(high, component.y_um + size.height_um);
  }
  side.width_um = right - left;
  side.height_um = high - low;
  for (const DefComponent& component : def.components) {
    const auto at = netlist.numbers.find(component.name);
    if (at == netlist.numbers.end()) continue;  // a filler
    const LefCell& size = lef.cells.at(component.cell);
    side.placed.push_back({component.x_um - left, component.y_um - low, size.width_um,
                           size.height_um, netlist.elements[at->second]});
    side.cells_um2 += size.width_um * size.height_um;
  }
  for (auto& [name, net] : def.nets)
    for (DefWire& wire : net.wires) {
      wire.x0_um -= left;
      wire.x1_um -= left;
      wire.y0_um -= low;
      wire.y1_um -= low;
    }
}

// Of the nets, by class; `loads` gets the commands that give OpenSTA their capacitance.
void measure_wires(const LayoutNetlist& netlist, const Lef& lef, const CellLibrary& library,
                   const Def& def, LayoutSide& side, std::string& loads) {
  for (const auto& [label, key] : kClasses) side.wires.push_back({label, key});
  for (int net = 2; net < netlist.flat.nets; ++net) {
    const auto routed = def.nets.find(net_name(net));
    if (routed == def.nets.end() || routed->second.pins.size() < 2) continue;
    const Class kind = class_of(netlist, net);
    double um = 0, ohm = 0, wire_pf = 0, pins_pf = 0;
    for (const DefWire& wire : routed->second.wires) {
      const LefLayer& layer = lef.layers.at(wire.layer);
      um += wire.length_um();
      ohm += wire.length_um() * layer.ohm_per_um();
      wire_pf += wire.length_um() * layer.pf_per_um();
      if (kind == kBroadcast) side.broadcast.push_back(wire);
    }
    for (const auto& [cell, pin] : netlist.pins[static_cast<size_t>(net)]) {
      const auto& inputs = library.cells.at(netlist.flat.cells[cell].type).input_pf;
      if (const auto at = inputs.find(pin); at != inputs.end()) pins_pf += at->second;
    }
    side.vias += routed->second.vias;
    WireClass& wires = side.wires[kind];
    ++wires.nets;
    wires.total_um += um;
    wires.most_um = std::max(wires.most_um, um);
    if (kind != kClock)  // ohm times pF is ps
      side.elmore_ns = std::max(side.elmore_ns, 1e-3 * ohm * (wire_pf + pins_pf));
    loads += fmt::format("set_load {} [get_nets {}]\n", wire_pf, net_name(net));
  }
}

LayoutSide layout_of(const ArrayConfig& config, const CellLibrary& library, const Lef& lef,
                     const Element& element, const Progress& progress) {
  const TempFolder folder;
  FlatNetlist flat = flatten(map_core(config, library, element, Goal::kSpeed, false).gates);
  fold_constants(flat, library);
  const LayoutNetlist netlist = layout_netlist(std::move(flat), library, config.cols);
  Def def = place_and_route(netlist, folder.path(), progress, side_name(config));
  check_layout(netlist, lef, def);

  LayoutSide side;
  std::string loads;
  measure_floor(netlist, lef, def, side);
  measure_wires(netlist, lef, library, def, side, loads);

  write_file(folder.path() / "cells.lib", library.text);
  write_file(folder.path() / "rc_core.v", verilog_of(netlist));
  write_file(folder.path() / "wires.tcl", loads);
  TemplateValues values;
  values.texts = {{"CLOCK", fmt::format("{}", kClockNs)},
                  {"CLOCK_PORT", net_name(netlist.clock_port)}};
  write_file(folder.path() / "timing.tcl", rendered("layout_timing.tcl.in", values));
  const std::string report = run_tool({"sta", "-no_splash", "-exit", "timing.tcl"}, folder.path());
  side.bare = in_our_names(timing_of(section(report, "without wires"), kClockNs), netlist);
  side.routed = in_our_names(timing_of(section(report, "with wires"), kClockNs), netlist);
  return side;
}

}  // namespace

double LayoutSide::wire_um() const {
  return std::accumulate(wires.begin(), wires.end(), 0.0,
                         [](double sum, const WireClass& kind) { return sum + kind.total_um; });
}

Layout place_and_route_layout(const ArrayConfig& config, int seeds, const Progress& progress) {
  if (int64_t{config.rows} * config.cols > kMostLayoutElements)
    throw InputError(fmt::format(
        "--array: {}x{} would take graywolf and qrouter days, allowed with --target layout are {} "
        "elements",
        config.rows, config.cols, kMostLayoutElements));
  require_tool({"yosys", "-V"}, "layout", "yosys");
  require_tool({"sta", "-version"}, "layout", "opensta");
  require_tool({"qflow", "--version"}, "layout", "qflow");
  require_plain_temporary_folder();
  const fs::path files = kLayoutFiles;
  const CellLibrary library = read_liberty(files / "osu018_stdcells.lib");
  const Lef lef = read_lef(files / "osu018_stdcells.lef");
  const Progress say = one_at_a_time(progress);
  Layout layout{.config = with_broadcast(config), .base = {}, .row_broadcast = {}};
  say("mapping both sides ...");
  const Elements elements = map_elements(config, library, seeds, false);
  auto base = std::async(std::launch::async, [&] {
    return layout_of(without_broadcast(config), library, lef, elements.base, say);
  });
  layout.row_broadcast = layout_of(layout.config, library, lef, elements.row_broadcast, say);
  layout.base = base.get();
  layout.estimated_um = config.cols * WireModel{}.pitch_um(elements.row_broadcast.um2);
  return layout;
}

}  // namespace rowcast
