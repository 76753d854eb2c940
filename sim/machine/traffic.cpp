#include "sim/machine/traffic.h"

#include <algorithm>
#include <cstddef>

namespace rowcast::accelerator {
namespace {

// Beats of all runs of a group that read.
int64_t reads_of_a_group(const RowWalk& walk) {
  const int64_t length = int64_t{walk.runs - 1} * walk.run_advance + walk.run_beats;
  int64_t reads = 0, at = 0;
  // Beat `at` of the sequence is in every run that begins at most run_beats - 1 before it.
  const auto runs_with = [&](int64_t beat) {
    const int64_t first =
        std::max<int64_t>(0, (beat - walk.run_beats + walk.run_advance) / walk.run_advance);
    const int64_t last = std::min<int64_t>(walk.runs - 1, beat / walk.run_advance);
    return std::max<int64_t>(0, last - first + 1);
  };
  for (int64_t column = 0; at < length; ++column)
    for (const Segment& segment : walk.segments) {
      if (segment.count == 0 || at >= length) break;
      const bool zero = segment.zero || column < walk.first || column >= walk.last;
      const int64_t end = std::min<int64_t>(length, at + segment.count);
      if (zero)
        at = end;
      else
        for (; at < end; ++at) reads += runs_with(at);
    }
  return reads;
}

// Of a group's positions.
int64_t kept_positions(const Move& move) {
  const int64_t positions = int64_t{move.runs} * move.positions;
  const Kept& kept = move.kept;
  int64_t count = 0;
  for (int64_t column = 0; column < kept.columns; ++column)
    for (int64_t line = 0; line < kept.lines; ++line)
      count += line * kept.line_stride < move.pitch &&
               column * kept.column_stride * move.pitch + line * kept.line_stride < positions;
  return count;
}

}  // namespace

Traffic& Traffic::operator+=(const Traffic& other) {
  macs += other.macs;
  results += other.results;
  for (int i = 0; i < 3; ++i) {
    reads[i] += other.reads[i];
    writes[i] += other.writes[i];
  }
  return *this;
}

Traffic traffic(const Move& move, int lanes) {
  Traffic all;
  const auto all_but_last = [&](int count) { return int64_t{count - 1} * lanes; };
  if (move.windows) {
    const int64_t rows = all_but_last(move.groups) + move.last_rows - move.first_row;
    all.results = rows * kept_positions(move);
    all.macs = all.results * move.columns.count;
  } else {
    const int64_t rows = all_but_last(move.runs) + move.last_rows;
    all.results = rows * (all_but_last(move.groups) + move.last_columns);
    all.macs = all.results * move.beats;
  }
  all.reads[static_cast<size_t>(move.rows.from)] +=
      reads_of_a_group(move.rows) * move.rows.groups * lanes;
  all.reads[static_cast<size_t>(move.columns.from)] +=
      int64_t{move.columns.count} * move.runs * move.groups * lanes;
  if (move.results.residual) all.reads[static_cast<size_t>(Memory::kA)] += all.results;
  all.writes[static_cast<size_t>(move.results.to)] += all.results;
  return all;
}

}  // namespace rowcast::accelerator
