// Maps a configuration onto a cell library with Yosys and measures it with OpenSTA (the scripts
// beside).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "generator/config.h"
#include "sim/host/model.h"
#include "synth/activity.h"
#include "synth/liberty.h"

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

struct Timing {
  double critical_ns = 0;  // the longest path from register to register, with its setup time
  double slack_ns = 0;     // at the clock asked for
  std::string from, to;    // the path's ends
  double fmax_mhz() const { return 1000 / critical_ns; }
};

struct PowerSplit {
  double internal_w = 0, switching_w = 0, leakage_w = 0;
  double total_w() const { return internal_w + switching_w + leakage_w; }
};
struct Power {
  PowerSplit sequential, combinational;
  double total_w() const { return sequential.total_w() + combinational.total_w(); }
};

// A layer on the mapped netlist, and the power that its activity draws.
struct LayerPower {
  GateRun run;
  Power power;
  // What the array draws while the layer runs, over the layer's multiply-accumulates.
  double joule_per_mac(double clock_ns) const;
};

// Smallest, mean and largest of several runs that differ in nothing but the order of names.
struct Interval {
  double low = 0, mean = 0, high = 0;  // low is what a designer would keep
};

struct Side {
  Netlist netlist;  // with the best run's element
  Interval pe_um2;
  Interval area_um2;  // the netlist's, with the element's area as it varies
  // The element with its multiplier mapped apart, into the same cells on both sides: free of ABC's
  // luck with the multiplier.
  double pe_apart_um2 = 0;
  Timing timing{};
  std::vector<LayerPower> layers;  // of the workload
  Power blanket;                   // without a workload
};

struct Synthesis {
  ArrayConfig config;  // of the side with the broadcast
  CellLibrary library;
  double clock_ns = 10, activity = 0.1;
  std::optional<Workload> workload;
  Side base{}, row_broadcast{};
};

struct SynthOptions {
  std::string liberty{};
  double clock_ns = 10;
  int seeds = 8;                     // runs of the element
  std::optional<Workload> workload{};  // whose activity the power is for; none: a blanket activity
  int64_t most_cycles = 4000;        // of a layer's simulation
  uint64_t seed = 1;                 // registers' values at power-up
  Progress progress{};
};

// Both sides, each the same way, at the same time. Throws InputError for a bad liberty,
// std::runtime_error if a tool is missing or fails.
Synthesis synthesise(const ArrayConfig& config, const SynthOptions& options);

// A processing element, mapped with several seeds of ABC's order: the best is kept.
struct Element {
  Interval um2;
  double apart_um2 = 0;
  std::string rtlil;  // the best
};
Element map_element(const ArrayConfig& config, const CellLibrary& library, int seeds);

// The netlist alone; `flat` dissolves the hierarchy.
Netlist map_core(const ArrayConfig& config, const CellLibrary& library, bool flat);

}  // namespace rowcast
