// Runs a layer's schedule on a model through rc_core's ports.
//
// The driver offers commands and operands when the hardware asks and never waits for a cycle that a
// model predicts. The monitor only watches the ports: what it counts is what happened.
#pragma once

#include <functional>
#include <limits>
#include <span>

#include "sim/host/model.h"
#include "sim/host/monitor.h"
#include "sim/host/trace.h"
#include "sim/schedule/beats.h"

namespace rowcast {

// Tests hold back commands and operands: true offers in this cycle. Null: always.
struct Throttle {
  std::function<bool()> command, operand;
};

// Runs the works back to back, from and to an empty array. With a trace, the range's cycles are
// written to its file, as FST whatever the name says; none if the range is behind the last cycle.
// An array that is not done in `cycle_limit` is given up, as one that does nothing is.
Measurement run_works(Model& model, std::span<const Work> works, const Throttle& throttle = {},
                      const TraceOptions* trace = nullptr,
                      int64_t cycle_limit = std::numeric_limits<int64_t>::max());

}  // namespace rowcast
