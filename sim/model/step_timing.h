// When rc_core takes beats: the rules of its sequencer, and nothing else. The cycle model plays
// layers by them; `generate --systemc` emits this file as it stands for the transaction-level
// model, so it is C++17 and needs no other file of the project.
//
// Cycles are clock edges counted from anywhere. A result captured for a beat of cycle t is at an
// output port in cycle t + (edges from a handshake to the array's edge, and those that registers
// inside the elements add).
#pragma once

#include <array>
#include <cstdint>

namespace rowcast {

struct StepTiming {
  int array_rows = 1, array_cols = 1;
  int64_t next = 0;                      // earliest cycle of the next beat
  std::array<int64_t, 2> free = {0, 0};  // OS: a last beat may be at t iff t >= free[t mod 2]
  int64_t window_free = 0;               // ST-OS: a capture may be at t iff t >= this
  int64_t stream_free = 0;               // ST-OS: a stream may start at t iff t >= this

  // OS: any beat but a tile's last may be at any t >= next.
  bool tile_may_end(int64_t t) const { return t >= free[t & 1]; }
  // The last beat of a tile of `rows` used rows was at t; result (r,c) is at a port 2r + c cycles
  // after (0,0). A stream waits until the last tile has left.
  void end_tile(int64_t t, int rows) {
    free[t & 1] = t + 2 * rows;
    stream_free = t + 2 * (array_rows - 1) + array_cols;
    next = t + 1;
  }

  // ST-OS: the first of `beats` beats may be at t; they follow without a gap. `captures`: the pass
  // is the last of its window.
  bool stream_may_start(int64_t t, int64_t beats, bool captures) const {
    return t >= stream_free && (!captures || t + beats - 1 >= window_free);
  }
  // The last beat of a window of `rows` used rows was at t; row r is at all ports r cycles after
  // row 0.
  void end_window(int64_t t, int rows) {
    free = {t + rows, t + rows};
    window_free = t + rows;
    next = t + 1;
  }
};

}  // namespace rowcast
