#include "sim/accelerator/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "sim/accelerator/encoding.h"
#include "sim/accelerator/refusal.h"

namespace rowcast::accelerator {
namespace {

// Codes.
constexpr int kUnfit = 7, kOperand = 8, kResult = 9;
constexpr int kOutside = 3;

constexpr int64_t kZero = -1;  // in place of an address: a beat of zeros

int64_t wrapped(int64_t address) { return address & ((int64_t{1} << kAddressBits) - 1); }

// Addresses of a group's sequence, its first `count` beats.
std::vector<int64_t> sequence(const RowWalk& walk, int64_t count) {
  std::vector<int64_t> addresses;
  addresses.reserve(static_cast<size_t>(count));
  for (int64_t column = 0;; ++column)
    for (const Segment& segment : walk.segments) {
      if (segment.count == 0) break;
      for (int line = 0; line < segment.count; ++line) {
        if (static_cast<int64_t>(addresses.size()) == count) return addresses;
        const bool zero = segment.zero || column < walk.first || column >= walk.last;
        addresses.push_back(
            zero ? kZero : segment.base + column * segment.step + int64_t{line} * walk.line_step);
      }
    }
}

int check(int64_t address, const Range& range, std::string_view of, int code) {
  const int64_t in = wrapped(address);
  if (in < range.first || in > range.last)
    throw MoveError(
        fmt::format("{}: address {} is not in {} to {}", of, in, range.first, range.last), code);
  return static_cast<int>(in);
}

// Addresses of all beats for the rows, checked; kZero for zeros.
std::vector<int> row_beats(const RowWalk& walk) {
  const std::vector<int64_t> local =
      sequence(walk, int64_t{walk.runs - 1} * walk.run_advance + walk.run_beats);
  std::vector<int> beats;
  for (int64_t group = 0; group < walk.groups; ++group)
    for (int64_t run = 0; run < walk.runs; ++run)
      for (int64_t beat = 0; beat < walk.run_beats; ++beat) {
        const int64_t address = local[static_cast<size_t>(run * walk.run_advance + beat)];
        beats.push_back(address == kZero ? static_cast<int>(kZero)
                                         : check(address + group * walk.group_step, walk.range,
                                                 "rows", kOperand));
      }
  beats.insert(beats.end(), static_cast<size_t>(walk.tail), static_cast<int>(kZero));
  return beats;
}

// One group's addresses for the columns, or of the taps.
std::vector<int> column_beats(const ColumnWalk& walk, int group) {
  std::vector<int> beats;
  for (int64_t i = 0; i < walk.count; ++i)
    beats.push_back(check(walk.base + int64_t{group} * walk.group_step + i * walk.line_step,
                          walk.range, "columns", kOperand));
  return beats;
}

class Execution {
 public:
  Execution(const Move& move, Memories& memories)
      : move_(move),
        memories_(memories),
        rows_(memories.words(move.rows.from)),
        columns_(memories.words(move.columns.from)),
        to_(memories.words(move.results.to)),
        n_(memories.config.lanes()),
        width_(memories.config.array.data_width),
        acc_width_(effective_acc_width(memories.config.array)),
        zeros_(static_cast<size_t>(n_)),
        beats_(row_beats(move.rows)) {}

  void tiles() {
    std::vector<int64_t> sums(static_cast<size_t>(n_) * n_);
    const int* beat = beats_.data();
    for (int group = 0; group < move_.groups; ++group) {
      const std::vector<int> columns = column_beats(move_.columns, group);
      const int used_columns = group == move_.groups - 1 ? move_.last_columns : n_;
      for (int run = 0; run < move_.runs; ++run) {
        const int used_rows = run == move_.runs - 1 ? move_.last_rows : n_;
        std::ranges::fill(sums, 0);
        for (const int column : columns) {
          const int16_t* left = sample(*beat++);
          const int16_t* top = columns_.row(column);
          for (int r = 0; r < used_rows; ++r)
            for (int c = 0; c < used_columns; ++c)
              sums[static_cast<size_t>(r) * n_ + c] += int64_t{left[r]} * top[c];
        }
        for (int r = 0; r < used_rows; ++r)
          for (int c = 0; c < used_columns; ++c)
            tile_result(group, run, r, c, sums[static_cast<size_t>(r) * n_ + c]);
      }
    }
  }

  void windows() {
    const std::vector<int> offsets = tap_offsets(move_);
    const int n = move_.positions;
    const int64_t step = move_.chain ? n : n - 1 + move_.beats;
    std::vector<int64_t> sums(static_cast<size_t>(n_));
    for (int group = 0; group < move_.groups; ++group) {
      const std::vector<int> taps = column_beats(move_.columns, group);
      const int first = group == 0 ? move_.first_row : 0;
      const int end = group == move_.groups - 1 ? move_.last_rows : n_;
      int64_t kept = 0;
      for (int run = 0; run < move_.runs; ++run) {
        const int* window = beats_.data() + (int64_t{group} * move_.runs + run) * step;
        const int64_t kept_before = kept;
        for (int position = 0; position < n; ++position) {
          if (!keeps(int64_t{run} * n + position)) continue;
          std::ranges::fill(sums, 0);
          for (size_t i = 0; i < taps.size(); ++i) {
            const int16_t* samples = sample(window[position + offsets[i]]);
            const int16_t* weights = columns_.row(taps[i]);
            for (int r = first; r < end; ++r) sums[r] += int64_t{samples[r]} * weights[r];
          }
          if (kept - kept_before >= n_)
            throw MoveError(fmt::format("kept: window {} of a group keeps more positions than "
                                        "there are lanes",
                                        run),
                            kUnfit);
          for (int r = first; r < end; ++r) window_result(group, r, kept, sums[r]);
          ++kept;
        }
      }
    }
  }

 private:
  const int16_t* sample(int address) const {
    return address == kZero ? zeros_.data() : rows_.row(address);
  }

  bool keeps(int64_t position) const {
    const auto kept = [](int64_t at, int stride, int count) {
      return at % stride == 0 && at / stride < count;
    };
    const Kept& keep = move_.kept;
    return kept(position / move_.pitch, keep.column_stride, keep.columns) &&
           kept(position % move_.pitch, keep.line_stride, keep.lines);
  }

  int requantised(int64_t sum, const Bank<ChannelScale>& scales, int lane, int64_t address) const {
    if (const int64_t limit = int64_t{1} << (acc_width_ - 1); sum < -limit || sum >= limit)
      throw MoveError(fmt::format("results: the sum {} does not fit {} bits of an accumulator", sum,
                                  acc_width_),
                      kUnfit);
    const int in = check(address, {0, scales.depth - 1}, "scales", kOutside);
    const int word =
        rescaled(sum, scales.at(lane, in), move_.results.low, move_.results.high, width_);
    if (move_.results.table == 0) return word;
    const int words = 1 << width_;
    return memories_.tables.at(0, (move_.results.table - 1) * words + (word & (words - 1)));
  }

  void tile_result(int group, int run, int r, int c, int64_t sum) {
    const Results& out = move_.results;
    const int64_t row = int64_t{run} * n_ + r;
    const int address =
        check(out.base + int64_t{group} * out.step + row, out.range, "results", kResult);
    int value = out.by_column ? requantised(sum, memories_.q, c, int64_t{out.scales} + group)
                              : requantised(sum, memories_.s, 0, out.scales + row);
    if (out.residual) {
      const int from = check(int64_t{address} + out.residual_offset, {0, memories_.a.depth - 1},
                             "residual", kOutside);
      const int limit = 1 << (width_ - 1);
      value = std::clamp(value + memories_.a.at(c, from), -limit, limit - 1);
    }
    to_.at(c, address) = static_cast<int16_t>(value);
  }

  void window_result(int group, int r, int64_t kept, int64_t sum) {
    const Results& out = move_.results;
    const int64_t pixel = out.lane + kept, row = int64_t{group} * n_ + r;
    const int address =
        check(out.base + pixel / n_ * out.step + row, out.range, "results", kResult);
    to_.at(static_cast<int>(pixel % n_), address) =
        static_cast<int16_t>(requantised(sum, memories_.s, 0, out.scales + row));
  }

  const Move& move_;
  Memories& memories_;
  const Bank<int16_t>&rows_, &columns_;
  Bank<int16_t>& to_;
  int n_, width_, acc_width_;
  std::vector<int16_t> zeros_;
  std::vector<int> beats_;
};

bool overlap(const Range& a, const Range& b) { return a.first <= b.last && b.first <= a.last; }

}  // namespace

std::vector<int> tap_offsets(const Move& move) {
  std::vector<int> offsets;
  for (int o = 0; o < move.beats; ++o)
    if (o % move.pitch < move.taps) offsets.push_back(o);
  return offsets;
}

std::vector<std::string> problems(const Move& move, const AcceleratorConfig& config) {
  std::vector<std::string> found = field_problems(move);
  if (!found.empty()) return found;
  const int n = config.lanes();
  const auto within = [&](const char* name, int64_t value, int64_t least, int64_t most) {
    if (value < least || value > most)
      found.push_back(
          fmt::format("{}: {} is out of range, allowed is {} to {}", name, value, least, most));
  };
  const auto range = [&](const char* name, const Range& value, Memory memory) {
    const int depth = depth_of(config, memory);
    if (value.first > value.last || value.last >= depth)
      found.push_back(fmt::format("{}: {} to {} is no range of {}, allowed is within 0 to {}", name,
                                  value.first, value.last, to_string(memory), depth - 1));
  };
  constexpr int64_t kAny = INT64_MAX;
  const RowWalk& rows = move.rows;
  within("runs", move.runs, 1, kAny);
  within("groups", move.groups, 1, kAny);
  within("last_rows", move.last_rows, 1, n);
  within("last_columns", move.last_columns, 1, n);
  within("beats", move.beats, 1, config.array.max_reduction);
  within("rows_runs", rows.runs, 1, kAny);
  within("rows_groups", rows.groups, 1, kAny);
  within("rows_run_beats", rows.run_beats, 1, kAny);
  within("rows_run_advance", rows.run_advance, 1, rows.run_beats);
  within("segment0_count", rows.segments[0].count, 1, kAny);
  within("columns_count", move.columns.count, 1, kAny);
  within("columns_line_step", move.columns.line_step, 0, 1);
  within("table", move.results.table, 0, config.tables);
  if (rows.from != Memory::kA && rows.from != Memory::kW)
    found.emplace_back("rows: come from A or W");
  if (move.columns.from != Memory::kB && move.columns.from != Memory::kW)
    found.emplace_back("columns: come from W or B");
  if (move.results.to != Memory::kA && move.results.to != Memory::kB)
    found.emplace_back("results: go to A or B");
  range("rows_range", rows.range, rows.from);
  range("columns_range", move.columns.range, move.columns.from);
  range("results_range", move.results.range, move.results.to);
  if (rows.from == move.results.to && overlap(rows.range, move.results.range))
    found.emplace_back("results_range: overlaps what the rows read");
  if (move.columns.from == move.results.to && overlap(move.columns.range, move.results.range))
    found.emplace_back("results_range: overlaps what the columns read");
  // In place, a word is read before it is written; elsewhere what is added must not change.
  if (const int by = move.results.residual_offset;
      move.results.residual && move.results.to == Memory::kA && by != 0 &&
      overlap({move.results.range.first + by, move.results.range.last + by}, move.results.range))
    found.emplace_back("residual_offset: what is added overlaps the results without being theirs");
  if (!found.empty()) return found;

  const int64_t steps = int64_t{move.runs} * move.groups;
  int64_t wanted = steps * move.beats, taps = move.beats;
  if (move.windows) {
    within("positions", move.positions, 1, n);
    within("taps", move.taps, 1, move.pitch);
    within("pitch", move.pitch, 1, kAny);
    within("command_rows", move.command_rows, 1, n);
    within("first_row", move.first_row, 0, move.command_rows - 1);
    within("last_rows", move.last_rows, move.groups == 1 ? move.first_row + 1 : 1,
           move.command_rows);
    within("lane", move.results.lane, 0, n - 1);
    within("kept_line_stride", move.kept.line_stride, 1, kAny);
    within("kept_lines", move.kept.lines, 1, kAny);
    within("kept_column_stride", move.kept.column_stride, 1, kAny);
    within("kept_columns", move.kept.columns, 1, kAny);
    if (move.groups > 1) within("command_rows", move.command_rows, n, n);
    if (move.chain) {
      within("positions", move.positions, std::max(move.beats, move.command_rows), n);
      wanted = steps * move.positions + move.beats - 1;
    } else {
      wanted = steps * (move.positions - 1 + move.beats);
    }
    if (move.results.by_column) found.emplace_back("by_column: is of tiles");
    if (move.results.residual) found.emplace_back("residual: is of tiles");
    if (!found.empty()) return found;
    taps = static_cast<int64_t>(tap_offsets(move).size());
  } else if (move.results.residual && move.results.by_column) {
    found.emplace_back("residual: is of tiles whose scales are by row");
  }
  if (const int64_t beats = int64_t{rows.runs} * rows.groups * rows.run_beats + rows.tail;
      beats != wanted)
    found.push_back(fmt::format("rows: {} beats, the steps take {}", beats, wanted));
  if (move.columns.count != taps)
    found.push_back(fmt::format("columns_count: {}, a step takes {}", move.columns.count, taps));
  return found;
}

void execute(const Move& move, Memories& memories) {
  if (const auto found = problems(move, memories.config); !found.empty())
    throw MoveError(found.front(), refusal_code(move, memories.config));
  Execution execution(move, memories);
  move.windows ? execution.windows() : execution.tiles();
}

}  // namespace rowcast::accelerator
