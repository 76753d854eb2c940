#include "synth/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <future>
#include <map>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/host/process.h"
#include "synth/flat_netlist.h"
#include "synth/flow.h"
#include "synth/fold_constants.h"
#include "synth/repeaters.h"
#include "synth/tools.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

constexpr double kClockNs = 10;  // fmax does not depend on it
constexpr const char* kClockBuffer = "CLKBUF1";
constexpr size_t kClockLoads = 16;  // of a buffer

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

void require_tools() {
  const auto need = [](const std::vector<std::string>& command, const char* package) {
    if (run_process(command).status != 0)
      throw InputError(fmt::format(
          "{}: can not be run, --target layout needs it (Debian package {})", command[0], package));
  };
  need({"yosys", "-V"}, "yosys");
  need({"sta", "-version"}, "opensta");
  need({"qflow", "--version"}, "qflow");
}

std::string net_name(int net) {
  return net == 0 ? "gnd" : net == 1 ? "vdd" : fmt::format("n{}", net);
}

// The netlist under names that every tool takes, and what they stand for.
struct Named {
  FlatNetlist netlist;
  std::vector<std::string> cells;                                  // names, by cell
  std::map<std::string, size_t> numbers;                           // and back
  std::vector<std::vector<std::pair<size_t, std::string>>> loads;  // cells and pins, by net
  std::vector<int> elements;                        // by cell, as PlacedCell::element
  std::set<int> inputs, outputs, broadcast, clock;  // nets; the clock's are its tree's
  int clock_port = 0;
};

// "u_array/gen_row[1].gen_col[2].u_pe/..." -> 1 * cols + 2
int element_of(const std::string& path, int cols) {
  const size_t at = path.find("gen_row[");
  int row = 0, col = 0;
  if (at == std::string::npos ||
      std::sscanf(path.c_str() + at, "gen_row[%d].gen_col[%d].u_pe/", &row, &col) != 2)
    return -1;
  return row * cols + col;
}

int clock_port_of(const FlatNetlist& netlist) {
  for (const GatePort& port : netlist.ports)
    if (port.name == "clk_i") return port.nets.at(0);
  throw std::runtime_error("the netlist has no port clk_i");
}

// Puts buffers between the clock's port and the registers, at most kClockLoads behind each, those
// next to the registers in their element. Returns the nets of the tree.
std::set<int> add_clock_tree(FlatNetlist& netlist, int cols) {
  const int root = clock_port_of(netlist);
  std::set<int> nets = {root};
  std::vector<std::pair<size_t, size_t>> sinks;  // cells and their pins
  for (size_t i = 0; i < netlist.cells.size(); ++i)
    for (size_t pin = 0; pin < netlist.cells[i].pins.size(); ++pin)
      if (netlist.cells[i].pins[pin].second == root) sinks.emplace_back(i, pin);
  const auto element = [&](size_t sink) {
    return element_of(netlist.cells[sinks[sink].first].path, cols);
  };
  int made = 0;
  for (bool leaves = true; sinks.size() > kClockLoads; leaves = false) {
    std::vector<std::pair<size_t, size_t>> buffers;
    for (size_t first = 0, last = 0; first < sinks.size(); first = last) {
      const std::string& path = netlist.cells[sinks[first].first].path;
      const std::string folder = leaves ? path.substr(0, path.rfind('/') + 1) : "";
      const int net = netlist.nets++;
      for (; last < sinks.size() && last - first < kClockLoads &&
             (!leaves || element(last) == element(first));
           ++last)
        netlist.cells[sinks[last].first].pins[sinks[last].second].second = net;
      nets.insert(net);
      buffers.emplace_back(netlist.cells.size(), 0);
      netlist.cells.push_back(
          {fmt::format("{}clock_{}", folder, ++made), kClockBuffer, {{"A", root}, {"Y", net}}});
    }
    sinks = buffers;
  }
  return nets;
}

Named named(FlatNetlist netlist, int cols) {
  Named design;
  design.clock = add_clock_tree(netlist, cols);
  design.clock_port = clock_port_of(netlist);
  design.loads.resize(static_cast<size_t>(netlist.nets));
  std::map<std::string, int> counts;
  for (size_t i = 0; i < netlist.cells.size(); ++i) {
    const FlatCell& cell = netlist.cells[i];
    // So does qflow's blif2cel.tcl name them.
    design.cells.push_back(fmt::format("{}_{}", cell.type, ++counts[cell.type]));
    design.numbers[design.cells.back()] = i;
    design.elements.push_back(element_of(cell.path, cols));
    for (const auto& [pin, net] : cell.pins)
      design.loads[static_cast<size_t>(net)].emplace_back(i, pin);
  }
  for (const GatePort& port : netlist.ports) {
    for (const int net : port.nets)
      if (net > 1) (port.input ? design.inputs : design.outputs).insert(net);
  }
  for (const FlatInstance& instance : netlist.instances)
    for (const GatePort& port : instance.ports)
      if (element_of(instance.path + "/", cols) >= 0 && is_broadcast_port(port.name))
        for (const int net : port.nets)
          if (net > 1) design.broadcast.insert(net);
  design.netlist = std::move(netlist);
  return design;
}

template <class Nets>
std::string names_of_nets(const Nets& nets, const char* separator) {
  std::vector<std::string> names;
  for (const int net : nets) names.push_back(net_name(net));
  return fmt::format("{}", fmt::join(names, separator));
}

std::string blif_of(const Named& design) {
  std::string text =
      fmt::format(".model rc_core\n.inputs {}\n.outputs {}\n", names_of_nets(design.inputs, " "),
                  names_of_nets(design.outputs, " "));
  for (const FlatCell& cell : design.netlist.cells) {
    text += ".gate " + cell.type;
    for (const auto& [pin, net] : cell.pins) text += fmt::format(" {}={}", pin, net_name(net));
    text += '\n';
  }
  return text + ".end\n";
}

std::string verilog_of(const Named& design) {
  std::set<int> ports = design.inputs;
  ports.insert(design.outputs.begin(), design.outputs.end());
  std::string text =
      fmt::format("module rc_core ({});\ninput {};\noutput {};\n", names_of_nets(ports, ", "),
                  names_of_nets(design.inputs, ", "), names_of_nets(design.outputs, ", "));
  for (size_t i = 0; i < design.cells.size(); ++i) {
    std::vector<std::string> pins;
    for (const auto& [pin, net] : design.netlist.cells[i].pins)
      pins.push_back(fmt::format(".{}({})", pin,
                                 net == 0   ? "1'b0"
                                 : net == 1 ? "1'b1"
                                            : net_name(net)));
    text += fmt::format("{} {} ({});\n", design.netlist.cells[i].type, design.cells[i],
                        fmt::join(pins, ", "));
  }
  return text + "endmodule\n";
}

// qflow's scripts end well after most failures; its logs tell.
void run_qflow(const char* stage, const char* log, const fs::path& folder) {
  const ProcessResult result = run_process(
      {"qflow", "-T", kLayoutTechnology, "-p", folder.string(), stage, "rc_core"}, folder.string());
  const fs::path file = folder / "log" / log;
  const std::string text = fs::exists(file) ? read_file(file) : result.output;
  if (result.status != 0 || !fs::exists(file) || text.find("error condition") != std::string::npos)
    throw std::runtime_error(
        fmt::format("qflow {} fails: {}", stage,
                    text.substr(text.size() - std::min<size_t>(text.size(), 600))));
}

Def place_and_route(const Named& design, const fs::path& folder, const Progress& progress,
                    const std::string& side) {
  for (const char* name : {"source", "synthesis", "layout", "log"})
    fs::create_directories(folder / name);
  write_file(folder / "source" / "rc_core.v", verilog_of(design));
  write_file(folder / "synthesis" / "rc_core.blif", blif_of(design));
  write_file(folder / "synthesis" / "rc_core_powerground", "set vddnet=vdd\nset gndnet=gnd\n");
  // Cells that fill the floor leave the router no way to the last pins.
  write_file(folder / "project_vars.sh",
             fmt::format("#!/usr/bin/tcsh -f\nset graywolf_options=-n\nset initial_density={}\n",
                         WireModel{}.utilisation));
  progress(fmt::format("placing {}, {} cells ...", side, design.cells.size()));
  run_qflow("place", "place.log", folder);
  progress(fmt::format("routing {}, {} nets ...", side, design.netlist.nets - 2));
  run_qflow("route", "route.log", folder);
  return read_def(folder / "layout" / "rc_core.def");
}

// Throws unless the layout's cells and nets are the netlist's, and each net's wires are long enough
// to join its cells.
void check(const Named& design, const Lef& lef, const Def& def) {
  std::map<std::string, std::set<std::string>> wanted;
  for (int net = 2; net < design.netlist.nets; ++net)
    for (const auto& [cell, pin] : design.loads[static_cast<size_t>(net)])
      wanted[net_name(net)].insert(design.cells[cell] + " " + pin);
  std::map<std::string, const DefComponent*> placed;
  for (const DefComponent& component : def.components)
    if (const auto at = design.numbers.find(component.name); at != design.numbers.end()) {
      if (design.netlist.cells[at->second].type != component.cell)
        throw std::runtime_error(
            fmt::format("the layout makes {} a {}", component.name, component.cell));
      placed[component.name] = &component;
    }
  if (placed.size() != design.cells.size())
    throw std::runtime_error(
        fmt::format("the layout holds {} of {} cells", placed.size(), design.cells.size()));
  for (const auto& [name, net] : def.nets) {
    if (name == "vdd" || name == "gnd") continue;
    // From the outermost cell's inner edge to the other's, in x and in y. Cells between them may
    // carry the net a part of the way, by the metal of their pins.
    double first_right = INFINITY, last_left = -INFINITY, first_top = INFINITY,
           last_bottom = -INFINITY, um = 0;
    std::set<std::string> found;
    for (const auto& [component, pin] : net.pins) {
      if (component == "PIN") continue;
      found.insert(component + " " + pin);
      if (!placed.contains(component)) continue;
      const DefComponent& at = *placed.at(component);
      const LefCell& size = lef.cells.at(at.cell);
      first_right = std::min(first_right, at.x_um + size.width_um);
      last_left = std::max(last_left, at.x_um);
      first_top = std::min(first_top, at.y_um + size.height_um);
      last_bottom = std::max(last_bottom, at.y_um);
      if (net.pins.size() > 2) um += size.width_um + size.height_um;
    }
    if (found != wanted[name])
      throw std::runtime_error(fmt::format("the layout connects other pins than net {}", name));
    for (const DefWire& wire : net.wires) um += wire.length_um();
    if (um + 1e-6 < std::max(0.0, last_left - first_right) + std::max(0.0, last_bottom - first_top))
      throw std::runtime_error(fmt::format("the layout leaves net {} open", name));
    wanted.erase(name);
  }
  for (const auto& [name, pins] : wanted)  // an output that nothing reads is no net of a layout
    if (pins.size() > 1) throw std::runtime_error(fmt::format("the layout lacks net {}", name));
}

Class class_of(const Named& design, int net) {
  if (design.clock.contains(net)) return kClock;
  if (design.broadcast.contains(net)) return kBroadcast;
  if (design.inputs.contains(net) || design.outputs.contains(net)) return kPorts;
  std::set<int> elements;
  for (const auto& [cell, pin] : design.loads[static_cast<size_t>(net)])
    elements.insert(design.elements[cell]);
  if (elements == std::set{-1}) return kOutside;
  if (elements.contains(-1)) return kMixed;
  return elements.size() == 1 ? kInside : kBetween;
}

Timing in_our_names(Timing timing, const Named& design) {
  for (std::string* end : {&timing.from, &timing.to})
    if (const auto at = design.numbers.find(*end); at != design.numbers.end())
      *end = design.netlist.cells[at->second].path;
  return timing;
}

// Cells and floor; everything's origin is the floor's lower left corner from here on.
void measure_floor(const Named& design, const Lef& lef, Def& def, LayoutSide& side) {
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
    const auto at = design.numbers.find(component.name);
    if (at == design.numbers.end()) continue;  // a filler
    const LefCell& size = lef.cells.at(component.cell);
    side.placed.push_back({component.x_um - left, component.y_um - low, size.width_um,
                           size.height_um, design.elements[at->second]});
    side.cells_um2 += size.width_um * size.height_um;
  }
  side.cells = static_cast<int>(side.placed.size());
  for (auto& [name, net] : def.nets)
    for (DefWire& wire : net.wires) {
      wire.x0_um -= left;
      wire.x1_um -= left;
      wire.y0_um -= low;
      wire.y1_um -= low;
    }
}

// Of the nets, by class; `loads` gets the commands that give OpenSTA their capacitance.
void measure_wires(const Named& design, const Lef& lef, const CellLibrary& library, const Def& def,
                   LayoutSide& side, std::string& loads) {
  for (const auto& [label, key] : kClasses) side.wires.push_back({label, key});
  for (int net = 2; net < design.netlist.nets; ++net) {
    const auto routed = def.nets.find(net_name(net));
    if (routed == def.nets.end() || routed->second.pins.size() < 2) continue;
    const Class kind = class_of(design, net);
    double um = 0, ohm = 0, wire_pf = 0, pins_pf = 0;
    for (const DefWire& wire : routed->second.wires) {
      const LefLayer& layer = lef.layers.at(wire.layer);
      um += wire.length_um();
      ohm += wire.length_um() * layer.ohm_per_um();
      wire_pf += wire.length_um() * layer.pf_per_um();
      if (kind == kBroadcast) side.broadcast.push_back(wire);
    }
    for (const auto& [cell, pin] : design.loads[static_cast<size_t>(net)]) {
      const auto& inputs = library.cells.at(design.netlist.cells[cell].type).input_pf;
      if (const auto at = inputs.find(pin); at != inputs.end()) pins_pf += at->second;
    }
    side.vias += routed->second.vias;
    WireClass& wires = side.wires[kind];
    ++wires.nets;
    wires.total_um += um;
    wires.most_um = std::max(wires.most_um, um);
    if (kind != kClock)  // ohm times pF is ps
      side.elmore_ns = std::max(side.elmore_ns, 1e-3 * ohm * (wire_pf / 2 + pins_pf));
    loads += fmt::format("set_load {} [get_nets {}]\n", wire_pf / library.capacitance_unit_pf,
                         net_name(net));
  }
}

LayoutSide layout_of(const ArrayConfig& config, const CellLibrary& library, const Lef& lef,
                     const Element& element, const Progress& progress) {
  const TempFolder folder;
  const std::string name = config.row_broadcast ? "row broadcast" : "base";
  FlatNetlist flat = flatten(map_core(config, library, element, Goal::kSpeed, false).gates);
  fold_constants(flat, library);
  const Named design = named(std::move(flat), config.cols);
  Def def = place_and_route(design, folder.path(), progress, name);
  check(design, lef, def);

  LayoutSide side;
  std::string loads;
  measure_floor(design, lef, def, side);
  measure_wires(design, lef, library, def, side, loads);

  write_file(folder.path() / "cells.lib", library.text);
  write_file(folder.path() / "rc_core.v", verilog_of(design));
  write_file(folder.path() / "wires.tcl", loads);
  TemplateValues values;
  values.texts = {{"CLOCK", fmt::format("{}", kClockNs)},
                  {"CLOCK_PORT", net_name(design.clock_port)}};
  write_file(folder.path() / "timing.tcl", rendered("layout_timing.tcl.in", values));
  const std::string report = run_tool({"sta", "-no_splash", "-exit", "timing.tcl"}, folder.path());
  side.bare = in_our_names(timing_of(section(report, "without wires"), kClockNs), design);
  side.routed = in_our_names(timing_of(section(report, "with wires"), kClockNs), design);
  return side;
}

}  // namespace

double LayoutSide::wire_um() const {
  return std::accumulate(wires.begin(), wires.end(), 0.0,
                         [](double sum, const WireClass& kind) { return sum + kind.total_um; });
}

Layout place_and_route_layout(const ArrayConfig& config, int seeds, const Progress& progress) {
  require_tools();
  const fs::path files = kLayoutFiles;
  const CellLibrary library = read_liberty(files / "osu018_stdcells.lib");
  const Lef lef = read_lef(files / "osu018_stdcells.lef");
  std::mutex mutex;
  const Progress say = [&](const std::string& what) {
    const std::scoped_lock lock(mutex);
    if (progress) progress(what);
  };
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
