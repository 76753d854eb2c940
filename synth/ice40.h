// Places and routes a configuration on a Lattice iCE40 HX8K with Yosys and nextpnr.
#pragma once

#include <string>
#include <vector>

#include "generator/config.h"
#include "sim/host/model.h"
#include "synth/flow.h"

namespace rowcast {

inline constexpr int kIce40Cells = 7680;  // logic cells of the HX8K, the largest iCE40

// The whole design: rc_core and the harness around it (ice40_harness.v.in).
struct Ice40Side {
  int element_luts = 0;          // LUTs of one element mapped by itself
  int luts = 0, flip_flops = 0;  // as mapped
  int carries = 0, rams = 0, dsps = 0;
  int element_flip_flops = 0;    // of all elements, where they stand in the array
  int harness_cells = 0;         // logic cells of the harness: one per port bit
  int logic_cells = 0;           // as packed; one holds up to a LUT, a carry and a flip-flop
  std::vector<double> runs_mhz;  // fmax after routing, of each seed
  Interval fmax_mhz;
  std::string from, to;  // ends of the fastest run's longest path: module and signal
  int core_cells() const { return logic_cells - harness_cells; }
};

struct Ice40 {
  ArrayConfig config;  // of the side with the broadcast
  Ice40Side base, row_broadcast;
};

// Both sides, each the same way, at the same time; placed and routed with seeds 1 to `seeds`.
// Throws InputError if the array does not fit or a tool is missing, std::runtime_error if one
// fails.
Ice40 place_and_route_ice40(const ArrayConfig& config, int seeds, const Progress& progress);

}  // namespace rowcast
