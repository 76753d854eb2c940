#include "sim/accelerator/timing.h"

#include <algorithm>
#include <utility>

namespace rowcast::accelerator {
namespace {

bool meet(const Range& a, const Range& b) { return a.first <= b.last && b.first <= a.last; }

Range residual_range(const Results& results) {
  const auto wrapped = [](int address) { return address & ((1 << kAddressBits) - 1); };
  return {wrapped(results.range.first + results.residual_offset),
          wrapped(results.range.last + results.residual_offset)};
}

}  // namespace

bool must_wait(const Move& before, const Move& next) {
  const Results& wrote = before.results;
  const Results& writes = next.results;
  const bool reads_a = next.rows.from == Memory::kA;
  return (reads_a && wrote.to == Memory::kA && meet(next.rows.range, wrote.range)) ||
         (next.columns.from == Memory::kB && wrote.to == Memory::kB &&
          meet(next.columns.range, wrote.range)) ||
         (writes.residual && wrote.to == Memory::kA && meet(residual_range(writes), wrote.range)) ||
         // The residual's reads take A's port, and may come behind the next tile's results.
         (wrote.residual && reads_a) ||
         (wrote.residual && writes.to == Memory::kA && meet(residual_range(wrote), writes.range)) ||
         // The last rows of a tile may leave behind the first of the next.
         (!before.windows && !next.windows && wrote.to == writes.to &&
          meet(wrote.range, writes.range));
}

Timeline::Timeline(const AcceleratorConfig& config)
    : lanes_(config.lanes()), to_port_(edge_latency(config.array) + 1 + mac_latency(config.array)) {
  steps_.array_rows = steps_.array_cols = lanes_;
}

MoveCycles Timeline::add(const Move& move, int64_t offered, PortUse* ports) {
  MoveCycles cycles;
  cycles.taken = std::max(offered, start_);
  int64_t chosen = std::max({cycles.taken + kCheck, last_beat_ + 1, done_before_ + 1});
  if (before_ && must_wait(*before_, move)) chosen = std::max(chosen, done_ + 1);
  cycles.start = chosen + kChosen;
  steps_.next = std::max(steps_.next, cycles.start + kToBeat);
  const int64_t done =
      move.windows ? play_windows(move, cycles, ports) : play_tiles(move, cycles, ports);
  // In the order of the moves, one a cycle.
  cycles.done = std::max(done, done_ + 1);
  start_ = cycles.start;
  last_beat_ = cycles.last_beat;
  done_before_ = std::exchange(done_, cycles.done);
  before_ = move;
  return cycles;
}

// Written in the cycle before the one that says done; a row comes every other cycle to column 0,
// and a column later to every other. A residual's words are read two cycles before they are
// written.
void Timeline::use_of_tile(const Move& move, int64_t first_row, int rows, bool last_group,
                           PortUse& ports) const {
  const int64_t last = 2 * (rows - 1), first = first_row + kTileDone;
  const int columns = last_group ? move.last_columns : lanes_;
  (move.results.to == Memory::kA ? ports.a_written : ports.b_written)
      .push_back({first, first + last + columns - 1, columns == 1 ? 2 : 1});
  if (move.results.residual) ports.a_added.push_back({first - 2, first - 2 + last + lanes_ - 1});
}

void Timeline::use_of_window(const Move& move, int64_t first_row, PortUse& ports) const {
  const int64_t first = first_row + kWindowDone - 1;
  (move.results.to == Memory::kA ? ports.a_written : ports.b_written)
      .push_back({first, first + move.command_rows - 1});
}

int64_t Timeline::play_tiles(const Move& move, MoveCycles& cycles, PortUse* ports) {
  cycles.first_beat = steps_.next;
  int64_t last_row = 0;  // on column 0's port
  for (int64_t group = 0; group < move.groups; ++group)
    for (int run = 0; run < move.runs; ++run) {
      const int rows = run == move.runs - 1 ? move.last_rows : lanes_;
      int64_t t = steps_.next + move.beats - 1;
      while (!steps_.tile_may_end(t)) ++t;
      steps_.end_tile(t, rows);
      last_row = std::max(last_row, t + to_port_ + 2 * (rows - 1));
      if (ports) use_of_tile(move, t + to_port_, rows, group == move.groups - 1, *ports);
      cycles.last_beat = t;
      if (group == 0 && run == 0 && move.beats == 1) cycles.first_beat = t;
    }
  return last_row + kTileDone + lanes_;
}

int64_t Timeline::play_windows(const Move& move, MoveCycles& cycles, PortUse* ports) {
  const int64_t windows = int64_t{move.runs} * move.groups;
  const int64_t beats = move.positions - 1 + move.beats;  // of a window by itself
  const auto start_stream = [&](int64_t t) {
    while (!steps_.stream_may_start(t, beats, true))
      t = std::max({t + 1, steps_.stream_free, steps_.window_free - beats + 1});
    return t;
  };
  if (move.chain) {
    cycles.first_beat = start_stream(steps_.next);
    cycles.last_beat = cycles.first_beat + beats - 1 + (windows - 1) * move.positions;
    steps_.end_window(cycles.last_beat, move.command_rows);
    for (int64_t window = 0; ports && window < windows; ++window)
      use_of_window(move, cycles.first_beat + beats - 1 + window * move.positions + to_port_,
                    *ports);
  } else {
    for (int64_t window = 0; window < windows; ++window) {
      const int64_t first = start_stream(steps_.next);
      if (window == 0) cycles.first_beat = first;
      cycles.last_beat = first + beats - 1;
      steps_.end_window(cycles.last_beat, move.command_rows);
      if (ports) use_of_window(move, cycles.last_beat + to_port_, *ports);
    }
  }
  return cycles.last_beat + to_port_ + move.command_rows - 1 + kWindowDone;
}

}  // namespace rowcast::accelerator
