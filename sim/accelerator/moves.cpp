#include "sim/accelerator/moves.h"

#include <algorithm>

namespace rowcast::accelerator {
namespace {

// Addresses that a regular walk of `counts` times `steps` covers.
Range covered(int base, std::initializer_list<std::pair<int, int>> counts_and_steps) {
  Range range{base, base};
  for (const auto& [count, step] : counts_and_steps)
    (step < 0 ? range.first : range.last) += (count - 1) * step;
  return range;
}

// Words [first, end) of the pixel groups or filter groups that hold `all` numbers.
int last_of(Span groups, int all, int lanes) {
  return std::min(lanes, all - (groups.end - 1) * lanes);
}

// `runs` tiles' rows: `count` addresses each, one run behind the other.
RowWalk row_runs(Memory from, int base, int count, int runs, int groups) {
  RowWalk walk{.from = from,
               .first = 0,
               .last = runs,
               .run_beats = count,
               .run_advance = count,
               .runs = runs,
               .groups = groups};
  walk.segments[0] = {.count = count, .base = base, .step = count};
  walk.range = covered(base, {{runs * count, 1}});
  return walk;
}

ColumnWalk column_groups(Memory from, int base, int count, int groups) {
  return {.from = from,
          .base = base,
          .count = count,
          .group_step = count,
          .range = covered(base, {{groups * count, 1}})};
}

}  // namespace

Move to_channels(const Tensor& in, const Tensor& out, Span pixels, Span filters,
                 const Operands& operands) {
  const int n = operands.lanes, reduction = in.channels;
  Move move{.runs = pixels.size(), .groups = filters.size()};
  move.last_rows = last_of(pixels, in.pixels(), n);
  move.last_columns = last_of(filters, out.places(), n);
  move.beats = reduction;
  move.rows =
      row_runs(Memory::kA, in.address(0, pixels.first * n, n), reduction, move.runs, move.groups);
  move.columns = column_groups(Memory::kW, operands.weights, reduction, move.groups);
  const int rows = (move.runs - 1) * n + move.last_rows;
  const int base = out.base + filters.first * out.ring + pixels.first * n % out.ring;
  move.results = {.to = out.memory,
                  .base = base,
                  .step = out.ring,
                  .range = covered(base, {{rows, 1}, {move.groups, out.ring}}),
                  .by_column = true,
                  .scales = operands.scales,
                  .low = operands.low,
                  .high = operands.high,
                  .table = operands.table};
  return move;
}

Move to_pixels(const Tensor& in, const Tensor& out, const Tensor* residual, Span pixels,
               Span filters, const Operands& operands) {
  const int n = operands.lanes, reduction = in.channels;
  Move move{.runs = filters.size(), .groups = pixels.size()};
  move.last_rows = last_of(filters, out.channels, n);
  move.last_columns = last_of(pixels, in.pixels(), n);
  move.beats = reduction;
  move.rows = row_runs(Memory::kW, operands.weights, reduction, move.runs, move.groups);
  move.columns =
      column_groups(Memory::kB, in.address(0, pixels.first * n, n), reduction, move.groups);
  const int rows = (move.runs - 1) * n + move.last_rows;
  const int base = out.address(filters.first * n, pixels.first * n, n);
  move.results = {.to = out.memory,
                  .base = base,
                  .step = out.channels,
                  .range = covered(base, {{rows, 1}, {move.groups, out.channels}}),
                  .scales = operands.scales,
                  .low = operands.low,
                  .high = operands.high,
                  .table = operands.table};
  if (residual) {
    move.results.residual = true;
    move.results.residual_offset = residual->address(filters.first * n, pixels.first * n, n) - base;
  }
  return move;
}

std::vector<Move> turn(const Tensor& in, const Tensor& out, Span pixels, Span filters,
                       const Operands& operands) {
  const int n = operands.lanes;
  std::vector<Move> moves;
  const auto add = [&](int first, int groups, int channels) {
    Operands of = operands;
    of.scales += first - filters.first;
    Move move = to_channels(in, out, pixels, {first, first + groups}, of);
    // Of a pixel the group's own channels alone.
    move.beats = channels;
    move.rows = {.last = move.runs,
                 .run_beats = channels,
                 .run_advance = channels,
                 .runs = move.runs,
                 .groups = groups,
                 .group_step = n};
    const int base = in.address(first * n, pixels.first * n, n);
    move.rows.segments[0] = {.count = channels, .base = base, .step = in.channels};
    move.rows.range = covered(base, {{channels, 1}, {move.runs, in.channels}, {groups, n}});
    move.columns = column_groups(Memory::kW, operands.weights, channels, 1);
    move.columns.group_step = 0;
    moves.push_back(move);
  };
  const int full = std::min(filters.end, out.channels / n);
  if (full > filters.first) add(filters.first, full - filters.first, n);
  if (full < filters.end) add(full, 1, out.channels - full * n);
  return moves;
}

Move pool(const Tensor& in, const Tensor& out, const Operands& operands) {
  const int n = operands.lanes, groups = ceil_div(in.places(), n);
  Move move{.runs = groups, .groups = 1};
  move.last_rows = last_of({0, groups}, in.places(), n);
  move.last_columns = 1;
  move.beats = in.pixels();
  move.rows = row_runs(Memory::kA, in.base, in.pixels(), groups, 1);
  const int step = in.pad > 0;
  move.columns = {.from = Memory::kW,
                  .base = operands.weights,
                  .count = in.pixels(),
                  .line_step = step,
                  .range = covered(operands.weights, {{in.pixels(), step}})};
  move.results = {.to = out.memory,
                  .base = out.base,
                  .step = 0,
                  .range = covered(out.base, {{out.channels, 1}}),
                  .scales = operands.scales,
                  .low = operands.low,
                  .high = operands.high,
                  .table = operands.table};
  return move;
}

Span input_lines(const Axis& vertical, int first_line, int lines) {
  const int first = first_line * vertical.stride - vertical.pad;
  const int end = (first_line + lines - 1) * vertical.stride - vertical.pad + vertical.taps;
  return {std::clamp(first, 0, vertical.inputs), std::clamp(end, 0, vertical.inputs)};
}

namespace {

// The lines of a stream's column.
struct Column {
  int first = 0, step = 1, count = 0;  // lines first + i * step of the image, or outside of it
};

Column column_of(const StreamPart& part, int first_line, int lines) {
  const Axis& v = part.vertical;
  const int first = first_line * v.stride - v.pad;
  // A single tap wants the lines that it meets and no others.
  return v.taps == 1 ? Column{first, v.stride, lines}
                     : Column{first, 1, (lines - 1) * v.stride + v.taps};
}

// Lines of a column that lie in one band, or outside of the image (-1).
struct Piece {
  int band, first, count;  // first: the column's line
};

std::vector<Piece> pieces_of(const Tensor& in, const Column& column) {
  std::vector<Piece> pieces;
  for (int i = 0; i < column.count; ++i) {
    const int line = column.first + i * column.step;
    const int band = line < 0 || line >= in.height ? -1 : line / in.band;
    if (pieces.empty() || pieces.back().band != band) pieces.push_back({band, i, 0});
    ++pieces.back().count;
  }
  return pieces;
}

}  // namespace

int segments_of(const Tensor& in, const Tensor& out, const StreamPart& part, int band) {
  const Column column = column_of(part, out.first_line(band), out.lines(band));
  const int last = column.first + (column.count - 1) * column.step;
  // The column's lines inside of the image: numbers [above, end) of its own.
  const int above =
      std::min(column.count, column.first < 0 ? ceil_div(-column.first, column.step) : 0);
  const int below =
      last < in.height ? 0 : std::min(column.count, (last - in.height) / column.step + 1);
  const int inside = column.count - above - below;
  int bands = inside;  // one line of each
  if (inside > 0 && column.step <= in.band)
    bands = (column.first + (column.count - below - 1) * column.step) / in.band -
            (column.first + above * column.step) / in.band + 1;
  return bands + (above > 0) + (below > 0);
}

std::vector<Move> stream(const Tensor& in, const Tensor& out, const StreamPart& part, int band,
                         const Operands& operands) {
  const int n = operands.lanes;
  const Axis &v = part.vertical, &h = part.horizontal;
  const int lines = out.lines(band), first_line = out.first_line(band);
  const Column column = column_of(part, first_line, lines);
  const std::vector<Piece> pieces = pieces_of(in, column);
  // A single tap across wants the columns that it meets and no others.
  const int column_step = h.taps == 1 ? h.stride : 1;
  // Of the walk's columns, those inside of the image; there may be none.
  const int first = ceil_div(h.pad, column_step);
  const int last = std::max(first + 1, (in.width - 1 + h.pad) / column_step + 1);
  const bool inside = first * column_step < h.pad + in.width;

  Move move{.windows = true};
  move.groups = part.groups(n);
  move.first_row = part.places.first % n;
  move.last_rows = (part.places.end - 1) % n + 1;
  move.command_rows = move.groups == 1 ? move.last_rows : n;
  move.positions = n;
  move.taps = v.taps;
  move.pitch = column.count;
  move.beats = (h.taps - 1) * move.pitch + v.taps;
  move.chain = move.beats <= n;
  move.kept = {.line_stride = v.taps == 1 ? 1 : v.stride,
               .lines = lines,
               .column_stride = h.taps == 1 ? 1 : h.stride,
               .columns = out.width};

  RowWalk& rows = move.rows;
  rows.line_step = column.step;
  rows.first = first;
  rows.last = last;
  rows.groups = move.groups;
  rows.group_step = in.ring;
  const int group = part.places.first / n;
  bool any = false;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Piece& piece = pieces[i];
    Segment& segment = rows.segments[i];
    segment.count = piece.count;
    if (piece.band < 0 || !inside) {
      segment.zero = true;
      continue;
    }
    const int height = in.lines(piece.band);
    const int line = column.first + piece.first * column.step - in.first_line(piece.band);
    segment.step = height * column_step;
    segment.base =
        in.base + group * in.ring + in.first_pixel(piece.band) % in.ring + line - h.pad * height;
    const Range own =
        covered(segment.base + first * segment.step, {{last - first, segment.step},
                                                      {piece.count, rows.line_step},
                                                      {move.groups, rows.group_step}});
    rows.range =
        any ? Range{std::min(rows.range.first, own.first), std::max(rows.range.last, own.last)}
            : own;
    any = true;
  }
  if (!any) rows.range = {in.base, in.base};

  move.columns = column_groups(operands.taps, operands.weights, part.taps(), move.groups);
  // The group's first row may be of another part's channel: its address and scale are not used.
  const int channel = part.out - move.first_row;
  const int pixel = out.first_pixel(band);
  Results& results = move.results;
  results.to = out.memory;
  results.base = out.address(0, pixel, n) + channel;
  results.step = out.channels;
  results.lane = pixel % n;
  results.range = covered(
      results.base + move.first_row,
      {{part.places.size(), 1}, {ceil_div(results.lane + lines * out.width, n), results.step}});
  results.scales = operands.scales + channel;
  results.low = operands.low;
  results.high = operands.high;
  results.table = operands.table;

  const int positions = ((out.width - 1) * move.kept.column_stride) * move.pitch +
                        (lines - 1) * move.kept.line_stride + 1;
  const auto windows = [n](int beats) { return std::max(1, ceil_div(beats, n)); };
  if (!move.chain) {
    move.runs = rows.runs = windows(positions);
    rows.run_beats = n - 1 + move.beats;
    rows.run_advance = n;
    return {move};
  }
  // Behind a group's last samples come the next group's zeros before its first ones.
  const int head = pieces.front().band < 0 ? pieces.front().count : 0;
  const int foot = pieces.back().band < 0 ? pieces.back().count : 0;
  const int needed = positions + move.beats - 1;
  const int zeros_before = first * move.pitch + head;
  const int samples = any ? std::min(needed, last * move.pitch - foot) : 0;
  const int together =
      windows(std::max({positions, samples, needed - (any ? zeros_before : needed)}));
  const int apart = windows(positions);
  const int tail = move.beats - 1;
  const auto run = [](Move of, int count, int beats_behind) {
    of.runs = count;
    of.rows.run_beats = of.rows.run_advance = count * of.positions;
    of.rows.tail = beats_behind;
    return of;
  };
  // Cycles from a stream to the next, and what they are to save to be worth a move each.
  constexpr int kMoveCost = 12;
  if (move.groups == 1 || int64_t{move.groups} * together * n + tail <=
                              int64_t{move.groups} * (apart * n + tail + kMoveCost)) {
    if (move.groups > 1) return {run(move, together, tail)};
    // One group alone: its own samples behind its windows.
    Move alone = run(move, apart, 0);
    alone.rows.run_beats = apart * n + tail;
    alone.rows.run_advance = alone.rows.run_beats;
    return {alone};
  }
  std::vector<Move> moves;
  for (int g = 0; g < move.groups; ++g) {
    Move alone = run(move, apart, 0);
    alone.groups = alone.rows.groups = 1;
    alone.rows.run_beats = alone.rows.run_advance = apart * n + tail;
    if (g > 0) alone.first_row = 0;
    if (g < move.groups - 1) alone.last_rows = n;
    alone.command_rows = alone.last_rows;
    for (Segment& segment : alone.rows.segments)
      if (segment.count > 0 && !segment.zero) segment.base += g * rows.group_step;
    alone.columns.base += g * move.columns.group_step;
    alone.results.base += g * n;
    alone.results.scales += g * n;
    moves.push_back(alone);
  }
  return moves;
}

}  // namespace rowcast::accelerator
