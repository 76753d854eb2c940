// A program of moves on rc_accelerator alone, as fast as it takes them.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/accelerator/program.h"
#include "sim/machine/model.h"

namespace rowcast::accelerator {

// Cycles of a move, 0 the run's first: offered, taken, its feed begun, its results in the memories.
struct MoveTimes {
  int64_t offered = 0, taken = 0, started = 0, done = 0;
  friend bool operator==(const MoveTimes&, const MoveTimes&) = default;
};

// Gives the machine one move after the other, each as soon as the move before is taken and its
// loads are written, in the cycle in which the last move that they wait for ends. Loads are of
// constants and cost no cycles; the program has no stores. Throws HardwareFault, naming the move,
// where the machine reports an error or makes no progress.
std::vector<MoveTimes> run(Model& model, const Program& program);

}  // namespace rowcast::accelerator
