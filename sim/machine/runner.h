// A program of moves on the machine, as fast as it takes them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/accelerator/program.h"
#include "sim/accelerator/refusal.h"
#include "sim/machine/model.h"

namespace rowcast::accelerator {

// Cycles of a move, 0 the run's first: offered, taken, its feed begun, its results in the memories.
struct MoveTimes {
  int64_t offered = 0, taken = 0, started = 0, done = 0;
  friend bool operator==(const MoveTimes&, const MoveTimes&) = default;
};

// The program's tensors in DRAM before it runs: its inputs, and zeros.
std::vector<std::vector<int16_t>> dram_of(const Program& program);

// Gives the machine one move after the other, each as soon as the move before is taken and its
// loads are written, in the cycle in which the last move that they wait for ends; loads and stores
// cost no cycles, a store reads in the cycle behind the end of the last move that it waits for.
// `dram`: the program's tensors in DRAM, by tensor, [line][lane]. `finished` is called with the
// number of finished moves, from 0 on, when the memories hold all their results, and nothing yet of
// the move behind the next. Throws HardwareFault, naming the move, where the machine reports an
// error or makes no progress.
std::vector<MoveTimes> run(Model& model, const Program& program,
                           std::vector<std::vector<int16_t>>& dram,
                           const std::function<void(int moves)>& finished = {});

}  // namespace rowcast::accelerator
