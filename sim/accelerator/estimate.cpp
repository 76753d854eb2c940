#include "sim/accelerator/estimate.h"

#include <algorithm>

namespace rowcast::accelerator {
namespace {

constexpr int kMoveCost = 12;  // cycles from a move's last beat to the next one's first
constexpr int kDrain = 8;      // cycles from the array's ports into a memory, and to the next read

// From a tile of K beats to the next, `rows` of it used: results leave in two lanes, by the parity
// of the cycle.
int64_t interval(int64_t beats, int64_t rows) {
  if (beats % 2 == 0 && beats >= 2 * rows) return beats;
  return std::max(beats | 1, rows);
}

bool overlap(const Range& a, const Range& b) { return a.first <= b.last && b.first <= a.last; }

}  // namespace

void Estimate::add(const Move& move) {
  int64_t start = next_ + kMoveCost;
  for (const Pending& before : pending_) {
    const auto waits = [&](Memory from, const Range& range) {
      if (before.to == from && overlap(before.range, range)) start = std::max(start, before.done);
    };
    waits(move.rows.from, move.rows.range);
    waits(move.columns.from, move.columns.range);
    if (move.results.residual) {
      const int offset = move.results.residual_offset;
      waits(Memory::kA, {move.results.range.first + offset, move.results.range.last + offset});
    }
  }
  const int64_t steps = int64_t{move.runs} * move.groups;
  int64_t done = 0;
  if (move.windows) {
    start = std::max(start, stream_free_);
    next_ =
        start + (move.chain ? steps * move.positions + move.beats - 1
                            : steps * std::max(move.positions - 1 + move.beats, move.command_rows));
    tile_free_ = next_ + move.command_rows;
    done = next_ + move.command_rows;
  } else {
    start = std::max(start, tile_free_ - move.beats);
    next_ = start + int64_t{move.groups} * ((move.runs - 1) * interval(move.beats, lanes_) +
                                            interval(move.beats, move.last_rows));
    stream_free_ = next_ + 2 * (lanes_ - 1) + lanes_;
    done = next_ + 2 * move.last_rows + lanes_;
  }
  pending_[0] = pending_[1];
  pending_[1] = {move.results.to, move.results.range, done + kDrain};
}

int64_t Estimate::cycles() const { return std::max(pending_[0].done, pending_[1].done); }

}  // namespace rowcast::accelerator
