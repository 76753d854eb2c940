// About how many cycles moves take, operands always there: what the compiler chooses by.
#pragma once

#include <cstdint>
#include <span>

#include "sim/accelerator/move.h"

namespace rowcast::accelerator {

class Estimate {
 public:
  explicit Estimate(int lanes) : lanes_(lanes) {}
  void add(const Move& move);
  // Until the last result is in its memory.
  int64_t cycles() const;

 private:
  struct Pending {
    Memory to = Memory::kA;
    Range range{};
    int64_t done = 0;
  };
  int lanes_;
  int64_t next_ = 0;         // the earliest beat of the next move
  int64_t stream_free_ = 0;  // a stream may start
  int64_t tile_free_ = 0;    // a tile's last beat may be
  Pending pending_[2]{};
};

}  // namespace rowcast::accelerator
