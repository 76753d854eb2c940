// About how many cycles moves take: the rules of timing.h with a formula in place of every tile's
// turn, for choosing among many programs.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/accelerator/config.h"
#include "sim/accelerator/move.h"

namespace rowcast::accelerator {

class Estimate {
 public:
  explicit Estimate(const AcceleratorConfig& config);
  void add(const Move& move);
  // Until all results are in the memories.
  int64_t cycles() const { return done_; }

 private:
  int lanes_, to_port_;
  std::optional<Move> before_{};
  int64_t start_ = 0, next_ = 0;        // of the move before: its start, and one behind its last beat
  int64_t done_ = 0, done_before_ = 0;  // its results are there, and those of the move before it
  int64_t stream_free_ = 0;             // a stream may start
  int64_t tile_free_ = 0;               // a tile's last beat may be
};

}  // namespace rowcast::accelerator
