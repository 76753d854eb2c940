// A whole network on the machine, from its image in DRAM to its scores: every tensor compared with
// golden when the moves that make it have ended, and cycles with the model.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/accelerator/dram.h"
#include "sim/machine/device.h"
#include "sim/machine/golden.h"
#include "sim/machine/traffic.h"
#include "sim/system/image.h"
#include "sim/system/timing.h"

namespace rowcast::accelerator {

// A move's feed begins, and its results are in the memories; cycle 0 is that of the program's first
// fetch.
struct MoveTime {
  int64_t start = 0, done = 0;
  friend bool operator==(const MoveTime&, const MoveTime&) = default;
};

struct MoveResult {
  int node = 0;
  std::string label{};
  MoveTime measured{}, predicted{};
  Traffic traffic{};
  // From the end of the move before to its own.
  int64_t measured_cycles = 0, predicted_cycles = 0;
  bool on_time = true;  // as predicted, if it could be
};

struct TensorResult {
  std::string name{};
  int node = 0;
  Comparison comparison{};
};

struct NetworkRun {
  std::vector<MoveResult> moves{};
  std::vector<TensorResult> tensors{};
  SystemCycles measured{};
  std::optional<SystemCycles> predicted{};  // of a memory that answers in fixed time
  int64_t loaded_cycles = 0;                // of the moves alone, all loads being in time
  DramBytes bytes{};
  double sim_seconds = 0;

  bool exact() const;  // no mismatch, everything on time
};

// Writes the registers of a program and starts it; it lies in the memory at `base`.
void start(Device& device, uint64_t base, const Launch& launch);
// Cycles until the interrupt. Throws HardwareFault where the program ends with an error, or not
// within `limit` cycles.
void finish(Device& device, int64_t limit);
SystemCycles counted(Device& device);

// Throws HardwareFault, InputError.
NetworkRun run_program(const Program& program, const Golden& golden,
                       const std::shared_ptr<const DeviceCode>& code, const DramTiming& timing,
                       uint64_t seed);

}  // namespace rowcast::accelerator
