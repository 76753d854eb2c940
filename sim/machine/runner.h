// A program of moves on the machine, as fast as it takes them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/accelerator/program.h"
#include "sim/machine/model.h"

namespace rowcast::accelerator {

// Cycles of a move, 0 the run's first: offered, taken, its feed begun, its results in the memories.
struct MoveTimes {
  int64_t offered = 0, taken = 0, started = 0, done = 0;
  friend bool operator==(const MoveTimes&, const MoveTimes&) = default;
};

// What an error code of the hardware's says.
std::string_view error_text(uint32_t code);

// Gives the machine one move after the other, each as soon as the move before is taken and its
// loads are written, in the cycle in which the last move that they wait for ends; loads cost no
// cycles. `finished` is called with the number of finished moves, from 0 on, when the memories hold
// all their results, and nothing yet of the move behind the next. Throws HardwareFault, naming the
// move, where the machine reports an error or makes no progress.
std::vector<MoveTimes> run(Model& model, const Program& program,
                           const std::function<void(int moves)>& finished = {});

}  // namespace rowcast::accelerator
