#include "sim/accelerator/refusal.h"

#include <algorithm>
#include <iterator>

#include "generator/config.h"

namespace rowcast::accelerator {
namespace {

// As rc_move_check calls them.
enum Code { kLegal = 0, kZero = 1, kSize = 2, kMemory = 3, kForm = 4, kOverlap = 5, kUnfit = 7 };

constexpr int64_t wrapped(int64_t address) { return address & ((int64_t{1} << kAddressBits) - 1); }

struct Places {
  int64_t first, last;
};
Places of(const Range& range, int64_t by = 0) {
  return {wrapped(range.first + by), wrapped(range.last + by)};
}
bool meet(const Places& a, const Places& b) { return a.first <= b.last && b.first <= a.last; }

// Behind the last scale that is read.
int64_t scales_end(const Move& move, int n) {
  const Results& out = move.results;
  const int64_t groups = move.windows || out.by_column ? move.groups : move.runs;
  const int64_t dropped = move.windows ? move.first_row : 0;
  const int64_t first = wrapped(out.scales + dropped);
  return first + (out.by_column ? groups : groups * n - n - dropped + move.last_rows);
}

}  // namespace

std::string_view error_text(uint32_t code) {
  // rc_move_check's, rc_moves' and rc_accelerator's.
  constexpr std::string_view kTexts[] = {"no error",
                                         "a count of zero",
                                         "more rows, columns, steps or tables than there are",
                                         "addresses that a memory does not have",
                                         "a form that does not exist",
                                         "results where the move's own operands lie",
                                         "a command that the core refuses",
                                         "more or fewer beats than the steps need",
                                         "an operand outside of the promised range",
                                         "a result outside of the promised range"};
  return code < std::size(kTexts) ? kTexts[code] : "an unknown code";
}

int check_code(const Move& move, const AcceleratorConfig& config) {
  const int n = config.lanes();
  const RowWalk& rows = move.rows;
  const Results& out = move.results;
  const bool from_w = rows.from == Memory::kW, from_b = move.columns.from == Memory::kB,
             to_b = out.to == Memory::kB;
  const auto is_zero = [](std::initializer_list<int> counts) {
    return std::ranges::find(counts, 0) != counts.end();
  };
  if (is_zero({move.runs, move.groups, move.last_rows, move.beats, rows.segments[0].count,
               rows.run_beats, rows.run_advance, rows.runs, rows.groups, move.columns.count}) ||
      (move.windows ? is_zero({move.command_rows, move.positions, move.taps, move.pitch,
                               move.kept.line_stride, move.kept.lines, move.kept.column_stride,
                               move.kept.columns})
                    : move.last_columns == 0))
    return kZero;
  if (move.last_rows > n || int64_t{move.runs} * move.groups >= int64_t{1} << kCountBits ||
      rows.run_advance > rows.run_beats || out.table > config.tables ||
      move.beats > config.array.max_reduction ||
      (move.windows ? move.command_rows > n || move.positions > n ||
                          move.pitch > (1 << beat_field_width(config.array)) - 1 ||
                          move.first_row >= n || out.lane >= n
                    : move.last_columns > n))
    return kSize;
  if ((move.windows && (from_w || out.by_column || out.residual)) || (from_w && !from_b) ||
      (out.residual && (out.by_column || !from_w)) || (move.windows && move.taps > move.pitch) ||
      (move.windows && move.chain &&
       (move.beats > move.positions || move.command_rows > move.positions)))
    return kForm;
  const auto beyond = [](const Places& places, int depth) {
    return places.first > places.last || places.last >= depth;
  };
  const Places read = of(rows.range), above = of(move.columns.range), written = of(out.range),
               added = of(out.range, out.residual_offset);
  if (beyond(read, from_w ? config.w_depth : config.a_depth) ||
      beyond(above, from_b ? config.b_depth : config.w_depth) ||
      beyond(written, to_b ? config.b_depth : config.a_depth) ||
      (out.residual && beyond(added, config.a_depth)) ||
      scales_end(move, n) > (out.by_column ? config.q_depth : config.s_depth))
    return kMemory;
  if ((!from_w && !to_b && meet(read, written)) || (from_b && to_b && meet(above, written)) ||
      (out.residual && !to_b && added.first != written.first && meet(added, written)))
    return kOverlap;
  return kLegal;
}

int refusal_code(const Move& move, const AcceleratorConfig& config) {
  const int code = check_code(move, config);
  return code == kLegal ? kUnfit : code;
}

}  // namespace rowcast::accelerator
