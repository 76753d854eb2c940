// Runs a layer's schedule on a model through rc_core's ports.
//
// The driver offers commands and operands when the hardware asks and never waits for a cycle that a
// model predicts. The monitor only watches the ports: what it counts is what happened.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/host/model.h"
#include "sim/model/rtl_model.h"
#include "sim/schedule/schedule.h"

namespace rowcast {

// Tests hold back commands and operands: true offers in this cycle. Null: always.
struct Throttle {
  std::function<bool()> command, operand;
};

// A layer to run: shapes, schedule and values. All outlive the run.
struct Work {
  const Layer* layer;
  const Schedule* schedule;
  std::span<const int16_t> input, weights;
  bool whole = true;  // false: the schedule is only the beginning of the layer's
};

struct Measurement {
  std::vector<std::vector<int64_t>> outputs;  // of each work; ACC_W bits, sign-extended
  std::vector<std::vector<bool>> made;        // outputs that came
  int64_t cycles = 0;                         // as rtl_model.h defines them
  Phases phases;                              // of the measured cycles
  std::vector<int64_t> stalls;  // cycles, from the first beat on, in which nothing was offered
  // What went against the protocol: a valid without a result due, a wrong tag, an error output, a
  // result that never came. Empty in a sound array. The first few, for people.
  std::vector<std::string> violations;
  int64_t violation_count = 0;
};

// Runs the works back to back, from and to an empty array.
Measurement run_works(Model& model, std::span<const Work> works, const Throttle& throttle = {});

}  // namespace rowcast
