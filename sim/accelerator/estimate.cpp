#include "sim/accelerator/estimate.h"

#include <algorithm>
#include <utility>

#include "sim/accelerator/timing.h"

namespace rowcast::accelerator {
namespace {

// From a tile of so many beats to the next, `rows` of it used: results leave in two lanes, by the
// parity of the cycle.
int64_t interval(int64_t beats, int64_t rows) {
  if (beats % 2 == 0 && beats >= 2 * rows) return beats;
  return std::max(beats | 1, rows);
}

}  // namespace

Estimate::Estimate(const AcceleratorConfig& config)
    : lanes_(config.lanes()), to_port_(edge_latency(config.array) + 1 + mac_latency(config.array)) {}

void Estimate::add(const Move& move) {
  int64_t chosen = std::max({start_ + kCheck, next_, done_before_});
  if (before_ && must_wait(*before_, move)) chosen = std::max(chosen, done_);
  start_ = chosen + kChosen;
  const int64_t first = start_ + kToBeat, steps = int64_t{move.runs} * move.groups;
  int64_t done = 0;
  if (move.windows) {
    const int64_t beats = move.positions - 1 + move.beats;
    next_ = std::max(first, stream_free_) +
            (move.chain ? beats + (steps - 1) * move.positions
                        : steps * std::max<int64_t>(beats, move.command_rows));
    tile_free_ = next_ + move.command_rows;
    done = next_ + move.command_rows;
  } else {
    next_ = std::max(first, tile_free_ - move.beats) +
            int64_t{move.groups} * ((move.runs - 1) * interval(move.beats, lanes_) +
                                    interval(move.beats, move.last_rows));
    stream_free_ = next_ + 2 * (lanes_ - 1) + lanes_;
    done = next_ + 2 * move.last_rows + lanes_;
  }
  done_before_ = std::exchange(done_, done + to_port_ + kWindowDone);
  before_ = move;
}

}  // namespace rowcast::accelerator
