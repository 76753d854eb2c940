// Maps a configuration onto a cell library with Yosys and measures it with OpenSTA (the scripts
// beside).
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "generator/config.h"
#include "sim/host/model.h"
#include "synth/activity.h"
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
  // What limits the clock once the broadcast has a length.
  double wired_ns() const { return std::max(timing.critical_ns, wire.path_ns); }
  std::vector<LayerPower> layers;  // of the workload
  Power blanket;                   // without a workload
};

struct Synthesis {
  ArrayConfig config;  // of the side with the broadcast
  CellLibrary library;
  double clock_ns = 10, activity = 0.1;
  std::optional<Workload> workload;
  double mac_um2 = 0;  // of an element, on both sides
  Side base{}, row_broadcast{};
  // The area if elements were mapped as one.
  Interval dissolved_area_um2(const Side& side) const;
  std::vector<std::pair<int, Side>> stages{};  // with other BROADCAST_STAGES: area and timing only
};

struct SynthOptions {
  std::string liberty{};
  double clock_ns = 10;
  int seeds = 8;                       // of ABC's order
  std::optional<Workload> workload{};  // whose activity the power is for; none: a blanket activity
  bool power = true;                   // false: area and timing only
  int64_t most_cycles = 4000;          // of a layer's simulation
  WireModel wires{};
  std::vector<int> stages{};  // other BROADCAST_STAGES to measure
  uint64_t seed = 1;          // registers' values at power-up
  Progress progress{};
};

// Both sides, each the same way, at the same time. Throws InputError for a bad liberty,
// std::runtime_error if a tool is missing or fails.
Synthesis synthesise(const ArrayConfig& config, const SynthOptions& options);

struct Elements {
  Element base, row_broadcast;
  double mac_um2 = 0;
};
// Both sides' elements for an array of any size; `dissolved` asks for dissolved_um2, too.
Elements map_elements(const ArrayConfig& config, const CellLibrary& library, int seeds,
                      bool dissolved);

// The same of elements that are mapped already; throws std::runtime_error if a tool fails.
Synthesis synthesise(const ArrayConfig& config, const CellLibrary& library,
                     const Elements& elements, const SynthOptions& options);

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

}  // namespace rowcast
