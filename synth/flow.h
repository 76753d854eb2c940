// Maps a configuration onto a cell library with Yosys and measures it with OpenSTA (the scripts
// beside).
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "generator/config.h"
#include "generator/emit.h"
#include "sim/host/model.h"
#include "synth/activity.h"
#include "synth/edge_wires.h"
#include "synth/liberty.h"
#include "synth/sta_report.h"

namespace rowcast {

// One kind of module in the mapped hierarchy; its cells are its own, without those of modules
// inside.
struct MappedModule {
  std::string name;  // rc_pe, ...; rc_delay stands for delay lines of all lengths
  int64_t instances = 0;
  int64_t cells = 0;    // of all instances
  double area_um2 = 0;  // of all instances
};

struct Netlist {
  std::vector<MappedModule> modules;  // largest first
  int64_t cells() const;
  double area_um2() const;
};

// A layer on the mapped netlist, and the power that its activity draws.
struct LayerPower {
  GateRun run;
  Power power;
  // What the array draws while the layer runs, over the layer's multiply-accumulates.
  double joule_per_mac(double clock_ns) const;
};

// A wire by its length. Defaults: metal4 of osu018, minimum width, from osu018_stdcells.lef: 0.07
// ohm per square over 0.3 um; 8e-6 pF/um2 of area and twice 4.1e-5 pF/um of edge. Neighbours'
// coupling is not in that file, and so not here.
struct WireModel {
  double ohm_per_um = 0.07 / 0.3;
  double ff_per_um = 1e3 * (8e-6 * 0.3 + 2 * 4.1e-5);
  double utilisation = 0.7;  // share of the floor that cells cover
  // From an element of this area to its neighbour.
  double pitch_um(double element_um2) const { return std::sqrt(element_um2 / utilisation); }
};

// The bit of the row broadcast that loads most: a wire along a row, with the pins of an element, or
// of a group's repeater, every now and then.
struct BroadcastWire {
  double pitch_um = 0, length_um = 0;
  int groups = 0;  // behind repeaters; 0: there are none
  double wire_pf = 0, pins_pf = 0;
  double elmore_ns = 0;  // driver's end to far end: R (C/2), C spread over the length
  double path_ns = 0;    // longest path through the broadcast: gates, load and wire
};

// The wires along the array's sides (edge_wires.h): an element's pitch for each row or column.
struct Edge {
  double pitch_um = 0, ff_per_um = 0;
  std::vector<EdgeWire> wires{};
  double length_um = 0;  // the longest
  double elmore_ns = 0;  // of the slowest, its driver's end to its far end
  double path_ns = 0;    // the longest path through one of them, with its wire
};

// Paths from and to the core's ports, which have no budget of the user's in them.
struct PortPaths {
  std::optional<Timing> input;    // an input port to a register, with its setup time
  std::optional<Timing> output;   // a register to an output port
  std::optional<Timing> through;  // an input port to an output port
  // The shortest period in which these and `register_ns` fit if the user's logic takes a share of
  // it in front of each input and behind each output.
  double period_ns(double register_ns, double share) const;
};

// Smallest, mean and largest of several runs that differ in nothing but the order of names.
struct Interval {
  double low = 0, mean = 0, high = 0;  // low is what a designer would keep
};

// A processing element around a multiplier and adder (rc_mac) that were mapped alone: the same
// cells with and without the broadcast, so that what differs is not ABC's luck.
struct Element {
  double um2 = 0;
  // Mapped as one, as its designer would: leaner, but by luck.
  Interval dissolved_um2;
  std::string rtlil, mac_rtlil;
};

struct Side {
  Netlist netlist;
  Element element;
  double area_um2() const { return netlist.area_um2(); }
  Timing timing{};
  BroadcastWire wire{};  // where there is a broadcast
  Edge edge{};
  // What limits the clock once the broadcast and the wires along the sides have a length.
  double wired_ns() const { return std::max({timing.critical_ns, wire.path_ns, edge.path_ns}); }
  double wired_mhz() const { return 1000 / wired_ns(); }
  PortPaths io{};
  std::vector<LayerPower> layers;  // of the workload
  Power blanket;                   // without a workload
};

struct Synthesis {
  ArrayConfig config;  // of the side with the broadcast
  CellLibrary library;
  double clock_ns = 10, activity = 0.1, io_budget = 0;
  std::optional<Workload> workload;
  double mac_um2 = 0;  // of an element, on both sides
  Side base{}, row_broadcast{};
  // The shortest with wires and ports.
  double period_ns(const Side& side) const { return side.io.period_ns(side.wired_ns(), io_budget); }
  // The area if elements were mapped as one.
  Interval dissolved_area_um2(const Side& side) const;
  std::vector<std::pair<int, Side>> stages{};  // with other BROADCAST_STAGES: area and timing only
};

inline constexpr const char* kDefaultLiberty =
    "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";  // of qflow-tech-osu018

struct SynthOptions {
  std::string liberty{};
  double clock_ns = 10;
  int seeds = 8;                       // of ABC's order
  std::optional<Workload> workload{};  // whose activity the power is for; none: a blanket activity
  bool power = true;                   // false: area and timing only
  int64_t most_cycles = 4000;          // of a layer's simulation
  WireModel wires{};
  double io_budget = 0.3;     // of PortPaths
  std::vector<int> stages{};  // other BROADCAST_STAGES to measure
  uint64_t seed = 1;          // registers' values at power-up
  Progress progress{};
};

// Both sides, each the same way, at the same time. Throws InputError for a bad liberty or a tool
// that is missing, ToolError if a tool fails that would not with another library.
Synthesis synthesise(const ArrayConfig& config, const SynthOptions& options);

// A cell library for it. Throws InputError for a bad one, or if a tool is missing.
CellLibrary library_for_flow(const std::string& liberty);

struct Elements {
  Element base, row_broadcast;
  double mac_um2 = 0;
};
// Both sides' elements for an array of any size; `dissolved` asks for dissolved_um2, too.
Elements map_elements(const ArrayConfig& config, const CellLibrary& library, int seeds,
                      bool dissolved);

// The same of elements that are mapped already.
Synthesis synthesise(const ArrayConfig& config, const CellLibrary& library,
                     const Elements& elements, const SynthOptions& options);

// One side alone: that of `config`, around its element.
Side synthesise_side(const ArrayConfig& config, const CellLibrary& library, const Element& element,
                     const SynthOptions& options);

// What the sequencer and the edges are mapped for; a whole core is mapped for speed.
enum class Goal { kArea, kSpeed };

// A core alone, around an element from map_elements; `dissolve` keeps nothing of array and elements
// but the multiplier and adder.
struct MappedCore {
  Netlist netlist;
  GateNetlist gates;
};
MappedCore map_core(const ArrayConfig& config, const CellLibrary& library, const Element& element,
                    Goal goal, bool dissolve);

// A core, or what is built around one, mapped for speed around an element from map_elements; timing is
// from register to register, without wires, buffer trees behind flip-flops that drive much.
struct TopOptions {
  std::string top = "rc_core";
  std::vector<EmittedFile> modules{};  // the top's, leaves first; empty: the core's
  std::string hole{};                  // a module of these that stays a hole: a memory
  bool split = false;  // modules keep their place: their areas, and no timing
  double clock_ns = 10;
};
struct MappedTop {
  Netlist netlist;
  Timing timing{};
};
MappedTop map_top(const ArrayConfig& config, const CellLibrary& library, const Element& element,
                  const TopOptions& options);

}  // namespace rowcast
