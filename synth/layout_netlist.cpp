#include "synth/layout_netlist.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "synth/repeaters.h"

namespace rowcast {
namespace {

// "u_array/gen_row[1].gen_col[2].u_pe", or inside it -> 1 * cols + 2
int element_of(const std::string& path, int cols) {
  const size_t at = path.find("gen_row[");
  int row = 0, col = 0, length = 0;
  if (at == std::string::npos ||
      std::sscanf(path.c_str() + at, "gen_row[%d].gen_col[%d].u_pe%n", &row, &col, &length) != 2 ||
      length == 0)
    return -1;
  return row * cols + col;
}

int clock_port_of(const FlatNetlist& flat) {
  for (const GatePort& port : flat.ports)
    if (port.name == "clk_i") return port.nets.at(0);
  throw std::runtime_error("the netlist has no port clk_i");
}

// Puts buffers between the clock's port and the registers, those next to the registers in their
// element. Returns the nets of the tree.
std::set<int> add_clock_tree(FlatNetlist& flat, const CellLibrary& library, int cols) {
  const int root = clock_port_of(flat);
  std::set<int> nets = {root};
  std::vector<std::pair<size_t, size_t>> sinks;  // cells and their pins
  for (size_t i = 0; i < flat.cells.size(); ++i)
    for (size_t pin = 0; pin < flat.cells[i].pins.size(); ++pin)
      if (flat.cells[i].pins[pin].second == root) sinks.emplace_back(i, pin);
  const auto element = [&](size_t sink) {
    return element_of(flat.cells[sinks[sink].first].path, cols);
  };
  int made = 0;
  for (bool leaves = true; sinks.size() > kClockLoads; leaves = false) {
    std::vector<std::pair<size_t, size_t>> buffers;
    for (size_t first = 0, last = 0; first < sinks.size(); first = last) {
      const std::string& path = flat.cells[sinks[first].first].path;
      const std::string folder = leaves ? path.substr(0, path.rfind('/') + 1) : "";
      const int net = flat.nets++;
      for (; last < sinks.size() && last - first < kClockLoads &&
             (!leaves || element(last) == element(first));
           ++last)
        flat.cells[sinks[last].first].pins[sinks[last].second].second = net;
      nets.insert(net);
      buffers.emplace_back(flat.cells.size(), 0);
      flat.cells.push_back({fmt::format("{}clock_{}", folder, ++made),
                            library.buffer,
                            {{library.buffer_in, root}, {library.buffer_out, net}}});
    }
    sinks = buffers;
  }
  return nets;
}

std::string names_of_nets(const std::set<int>& nets, const char* separator) {
  std::vector<std::string> names;
  for (const int net : nets) names.push_back(net_name(net));
  return fmt::format("{}", fmt::join(names, separator));
}

// What a cell covers of an axis.
struct Span {
  double low = 0, high = 0;
};

// How much of the axis wires have at least to bridge between the outermost of the cells, if those
// between them carry the net from end to end.
double least_bridge(const std::vector<Span>& cells) {
  if (cells.empty()) return 0;
  const double from = std::ranges::min_element(cells, {}, &Span::high)->high,
               to = std::ranges::max_element(cells, {}, &Span::low)->low;
  double open = to - from;
  for (const Span& cell : cells)
    if (cell.high > from && cell.low < to) open -= cell.high - cell.low;
  return std::max(0.0, open);
}

}  // namespace

LayoutNetlist layout_netlist(FlatNetlist flat, const CellLibrary& library, int cols) {
  LayoutNetlist netlist;
  netlist.clock = add_clock_tree(flat, library, cols);
  netlist.clock_port = clock_port_of(flat);
  netlist.pins.resize(static_cast<size_t>(flat.nets));
  std::map<std::string, int> counts;
  for (size_t i = 0; i < flat.cells.size(); ++i) {
    const FlatCell& cell = flat.cells[i];
    // So does qflow's blif2cel.tcl name them.
    netlist.cells.push_back(fmt::format("{}_{}", cell.type, ++counts[cell.type]));
    netlist.numbers[netlist.cells.back()] = i;
    netlist.elements.push_back(element_of(cell.path, cols));
    for (const auto& [pin, net] : cell.pins)
      netlist.pins[static_cast<size_t>(net)].emplace_back(i, pin);
  }
  for (const GatePort& port : flat.ports)
    for (const int net : port.nets)
      if (net > 1) (port.input ? netlist.inputs : netlist.outputs).insert(net);
  for (const int net : netlist.outputs)
    if (netlist.inputs.contains(net))
      throw std::runtime_error("the netlist has a port that is input and output in one");
  for (const FlatInstance& instance : flat.instances)
    for (const GatePort& port : instance.ports)
      if (element_of(instance.path, cols) >= 0 && is_broadcast_port(port.name))
        for (const int net : port.nets)
          if (net > 1) netlist.broadcast.insert(net);
  netlist.flat = std::move(flat);
  return netlist;
}

std::string net_name(int net) {
  return net == 0 ? "gnd" : net == 1 ? "vdd" : fmt::format("n{}", net);
}

std::string blif_of(const LayoutNetlist& netlist) {
  std::string text =
      fmt::format(".model rc_core\n.inputs {}\n.outputs {}\n", names_of_nets(netlist.inputs, " "),
                  names_of_nets(netlist.outputs, " "));
  for (const FlatCell& cell : netlist.flat.cells) {
    text += ".gate " + cell.type;
    for (const auto& [pin, net] : cell.pins) text += fmt::format(" {}={}", pin, net_name(net));
    text += '\n';
  }
  return text + ".end\n";
}

std::string verilog_of(const LayoutNetlist& netlist) {
  std::set<int> ports = netlist.inputs;
  ports.insert(netlist.outputs.begin(), netlist.outputs.end());
  std::string text =
      fmt::format("module rc_core ({});\ninput {};\noutput {};\n", names_of_nets(ports, ", "),
                  names_of_nets(netlist.inputs, ", "), names_of_nets(netlist.outputs, ", "));
  for (size_t i = 0; i < netlist.cells.size(); ++i) {
    std::vector<std::string> pins;
    for (const auto& [pin, net] : netlist.flat.cells[i].pins)
      pins.push_back(fmt::format(".{}({})", pin,
                                 net == 0   ? "1'b0"
                                 : net == 1 ? "1'b1"
                                            : net_name(net)));
    text += fmt::format("{} {} ({});\n", netlist.flat.cells[i].type, netlist.cells[i],
                        fmt::join(pins, ", "));
  }
  return text + "endmodule\n";
}

void check_layout(const LayoutNetlist& netlist, const Lef& lef, const Def& def) {
  const auto fail = [](const std::string& what) { throw std::runtime_error("the layout " + what); };
  std::map<std::string, const DefComponent*> placed;
  for (const DefComponent& component : def.components) {
    if (!lef.cells.contains(component.cell))
      fail(fmt::format("has a cell that the LEF lacks: {}", component.cell));
    const auto at = netlist.numbers.find(component.name);
    if (at == netlist.numbers.end()) continue;  // a filler
    if (netlist.flat.cells[at->second].type != component.cell)
      fail(fmt::format("makes {} a {}", component.name, component.cell));
    placed[component.name] = &component;
  }
  if (placed.size() != netlist.cells.size())
    fail(fmt::format("holds {} of {} cells", placed.size(), netlist.cells.size()));

  for (int net = 0; net < netlist.flat.nets; ++net) {
    const std::string name = net_name(net);
    std::set<std::pair<std::string, std::string>> wanted, found;
    for (const auto& [cell, pin] : netlist.pins[static_cast<size_t>(net)])
      wanted.emplace(netlist.cells[cell], pin);
    if (netlist.inputs.contains(net) || netlist.outputs.contains(net)) wanted.emplace("PIN", name);
    const auto routed = def.nets.find(name);
    if (routed == def.nets.end()) {
      if (wanted.size() > 1) fail(fmt::format("lacks net {}", name));
      continue;  // it leads nowhere
    }
    found.insert(routed->second.pins.begin(), routed->second.pins.end());
    if (found != wanted) fail(fmt::format("connects other pins than those of net {}", name));
    std::vector<Span> across, upwards;
    for (const auto& [component, pin] : found) {
      if (component == "PIN") continue;
      const DefComponent& at = *placed.at(component);
      const LefCell& size = lef.cells.at(at.cell);
      across.push_back({at.x_um, at.x_um + size.width_um});
      upwards.push_back({at.y_um, at.y_um + size.height_um});
    }
    double um = 0;
    for (const DefWire& wire : routed->second.wires) {
      if (!lef.layers.contains(wire.layer))
        fail(fmt::format("has a layer that the LEF lacks: {}", wire.layer));
      um += wire.length_um();
    }
    if ((found.size() > 1 && routed->second.wires.empty()) ||
        um + 1e-6 < least_bridge(across) + least_bridge(upwards))
      fail(fmt::format("leaves net {} open", name));
  }
}

}  // namespace rowcast
