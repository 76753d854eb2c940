// Random moves on a verilated machine: every word of every memory afterwards as the executor has
// it, every move in the cycles that the timeline says; and moves that are none.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/accelerator/memories.h"
#include "sim/machine/model.h"
#include "tests/accelerator/random_moves.h"

namespace rowcast::accelerator {

// What a host did while moves were there.
struct HostTraffic {
  int loads = 0, scales = 0, reads = 0;
  int late_loads = 0, late_reads = 0;  // that the machine made wait
};

// Each call: what is wrong first, or nothing. After something wrong nothing else may be asked.
class CheckedMoves {
 public:
  explicit CheckedMoves(const std::shared_ptr<const ModelCode>& code);

  // Up to `longest` moves, behind each other.
  std::string sequence(uint64_t seed, int longest);
  std::string sequence(const std::vector<Move>& moves, uint64_t seed);
  // The same, moves offered at random times, while the host loads, reads and writes scales at
  // random times where no move that is there or to come does.
  std::string beside_a_host(uint64_t seed, int longest, HostTraffic& traffic);
  // All that makes a move illegal, each between two legal moves: refused with its code, and only
  // the first move's results are there.
  std::string refusals(uint64_t seed);
  // All that breaks a move's promise, each behind a legal move: stopped with its code; nothing is
  // written outside of both's promised ranges, and nothing behind the error.
  std::string stops(uint64_t seed);

 private:
  Model model_;
  Memories memories_;
};

}  // namespace rowcast::accelerator
