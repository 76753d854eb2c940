// The `rtl` cycle model: what the generated hardware takes for a schedule, exactly.
//
// A cycle is a clock edge. A layer's cycles go from the edge that finds its first operand at the
// array's edge to the edge that brings its last wanted result to an output port, both included,
// from and to an empty array. Derived from the array's contract alone, never from a run:
//  - OS: PE (r,c)'s result of a tile whose last beat is at E is on port c at E + 2r + c; a last
//  beat may
//    be at t iff t >= free[t mod 2], and then free[t mod 2] = t + 2 * rows.
//  - ST-OS: a stream of n positions leads with n - 1 samples; row r's results are at all ports r
//  cycles
//    after the last tap; captures are at least `rows` apart.
//  - With MAC_STAGES all results are mac_latency later, and nothing else is.
//  - ST-OS after OS starts when the last tile has left: E + 2(ROWS-1) + COLS.
#pragma once

#include <cstdint>
#include <span>

#include "generator/config.h"
#include "sim/schedule/schedule.h"

namespace rowcast {

// How a layer's cycles split. They sum to the total.
struct Phases {
  int64_t fill = 0;       // a sample enters, no tap: windows being brought into place (ST-OS)
  int64_t compute = 0;    // a beat enters that is multiplied
  int64_t lane_wait = 0;  // operands are held back until the drain is free
  int64_t drain = 0;      // after the last beat, until the last wanted result is out
  int64_t gap = 0;        // no operand or no command was offered
  int64_t total() const { return fill + compute + lane_wait + drain + gap; }
  friend bool operator==(const Phases&, const Phases&) = default;
};

// A layer and how it is run. Several of them, back to back, leave no empty array in between.
struct Task {
  const Layer* layer;
  const Schedule* schedule;
};

// Cycles under a source that always offers. Closed forms per command; every command costs O(1)
// steps.
Phases rtl_cycles(const ArrayConfig& config, std::span<const Task> tasks);
Phases rtl_cycles(const ArrayConfig& config, const Layer& layer, const Schedule& schedule);

// The same, beat by beat, with the cycles in which the hardware was ready but nothing was offered:
// ascending, counted from the first beat (cycle 0). With no such cycle it equals rtl_cycles.
Phases rtl_cycles_stalled(const ArrayConfig& config, std::span<const Task> tasks,
                          std::span<const int64_t> stalls);

}  // namespace rowcast
