// Maps a configuration onto a cell library with Yosys and measures it with OpenSTA (the scripts
// beside).
#pragma once

#include <string>
#include <vector>

#include "generator/config.h"
#include "sim/host/model.h"
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
  double power_w[3][4] =
      {};  // sequential, combinational, total: internal, switching, leakage, total
  double fmax_mhz() const { return 1000 / critical_ns; }
};

// Smallest, mean and largest of several runs that differ in nothing but the order of names.
struct Interval {
  double low = 0, mean = 0, high = 0;  // low is what a designer would keep
};

struct Side {
  Netlist netlist;
  Interval pe_um2;
  Interval area_um2;  // the netlist's, with the element's area as it varies
  Timing timing{};
};

struct Synthesis {
  ArrayConfig config;  // of the side with the broadcast
  CellLibrary library;
  double clock_ns = 10, activity = 0.1;
  Side base{}, row_broadcast{};
};

struct SynthOptions {
  std::string liberty;
  double clock_ns = 10;
  int seeds = 4;  // runs of the element
  Progress progress;
};

// Both sides, each the same way, at the same time. Throws InputError for a bad liberty,
// std::runtime_error if a tool is missing or fails.
Synthesis synthesise(const ArrayConfig& config, const SynthOptions& options);

// The netlist alone; `flat` dissolves the hierarchy.
Netlist map_core(const ArrayConfig& config, const CellLibrary& library, bool flat);

}  // namespace rowcast
