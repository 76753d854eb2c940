// A whole network on the machine: every tensor compared with golden when the moves that make it
// have ended, every move's cycles with the timeline.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/accelerator/timing.h"
#include "sim/machine/golden.h"
#include "sim/machine/runner.h"
#include "sim/machine/traffic.h"

namespace rowcast::accelerator {

struct MoveResult {
  int node = 0;
  std::string label{};
  MoveTimes measured{};
  MoveCycles predicted{};
  Traffic traffic{};
  // From the end of the move before to its own.
  int64_t measured_cycles = 0, predicted_cycles = 0;
  bool on_time() const {
    return measured.taken == predicted.taken && measured.started == predicted.start &&
           measured.done == predicted.done;
  }
};

struct TensorResult {
  std::string name{};
  int node = 0;
  Comparison comparison{};
};

struct NetworkRun {
  std::vector<MoveResult> moves{};
  std::vector<TensorResult> tensors{};
  int64_t cycles = 0, predicted_cycles = 0;
  double sim_seconds = 0;

  bool exact() const;  // no mismatch, every move on time
};

// Throws HardwareFault, InputError.
NetworkRun run_program(const Program& program, const Golden& golden,
                       const std::shared_ptr<const ModelCode>& code, uint64_t seed);

}  // namespace rowcast::accelerator
