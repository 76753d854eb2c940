#include "tests/accelerator/random_moves.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <optional>

#include "sim/accelerator/encoding.h"
#include "sim/accelerator/executor.h"
#include "sim/accelerator/moves.h"

namespace rowcast::accelerator {
namespace {

bool chance(Random& random, int of) { return between(random, 1, of) == 1; }

// Somewhere in its memory; false if it does not fit.
bool place(Random& random, const AcceleratorConfig& config, Tensor& tensor) {
  const int size = tensor.size(config.lanes()), depth = depth_of(config, tensor.memory);
  if (size > depth) return false;
  tensor.base = between(random, 0, depth - size);
  return true;
}

Tensor image(Random& random, int channels) {
  Tensor tensor{
      .channels = channels, .height = between(random, 1, 9), .width = between(random, 1, 9)};
  tensor.band = between(random, 1, tensor.height);
  tensor.ring = tensor.pixels();
  return tensor;
}

Span part_of(Random& random, int end) {
  const int first = between(random, 0, end - 1);
  return {first, between(random, first + 1, end)};
}

class Maker {
 public:
  Maker(Random& random, const AcceleratorConfig& config)
      : random_(random), config_(config), n_(config.lanes()) {
    const int most = (1 << (config.array.data_width - 1)) - 1;
    operands_.lanes = n_;
    operands_.low = between(random, -most - 1, most);
    operands_.high = between(random, operands_.low, most);
    if (chance(random, 2)) operands_.low = -most - 1, operands_.high = most;
    operands_.table = between(random, 0, config.tables);
  }

  std::optional<Move> any() {
    switch (between(random_, 0, 6)) {
      case 0:
        return channelwards();
      case 1:
      case 2:
        return pixelwards();
      case 3:
        return pooled();
      default:
        return streamed();
    }
  }

 private:
  Memory a_or_b() { return chance(random_, 2) ? Memory::kA : Memory::kB; }
  int channels() { return between(random_, 1, 3 * n_); }

  // `scales` of Q or S, `weights` addresses of W, or of where taps are.
  bool place_operands(Memory of_scales, int scales, int weights) {
    const int depth = depth_of(config_, of_scales), words = depth_of(config_, operands_.taps);
    if (scales > depth || weights > words) return false;
    operands_.scales = between(random_, 0, depth - scales);
    operands_.weights = between(random_, 0, words - weights);
    return true;
  }

  std::optional<Move> channelwards() {
    Tensor in = image(random_, channels());
    Tensor out = in;
    in.memory = out.memory = Memory::kA;
    if (chance(random_, 4)) out.memory = Memory::kB;
    out.layout = Layout::kChannels;
    out.channels = channels();
    const Span pixels = part_of(random_, ceil_div(in.pixels(), n_));
    const Span filters = part_of(random_, ceil_div(out.places(), n_));
    if (!place(random_, config_, in) || !place(random_, config_, out) ||
        !place_operands(Memory::kQ, filters.size(), filters.size() * in.channels))
      return std::nullopt;
    return to_channels(in, out, pixels, filters, operands_);
  }

  std::optional<Move> pixelwards() {
    Tensor in = image(random_, channels());
    in.memory = Memory::kB;
    Tensor out = in;
    out.channels = channels();
    out.memory = a_or_b();
    Tensor added = out;
    added.memory = Memory::kA;
    const Span pixels = part_of(random_, ceil_div(in.pixels(), n_));
    const Span filters = part_of(random_, ceil_div(out.channels, n_));
    if (!place(random_, config_, in) || !place(random_, config_, out) ||
        !place(random_, config_, added) ||
        !place_operands(Memory::kS, filters.size() * n_, filters.size() * n_ * in.channels))
      return std::nullopt;
    if (out.memory == Memory::kA && chance(random_, 3)) added.base = out.base;  // in place
    return to_pixels(in, out, chance(random_, 2) ? &added : nullptr, pixels, filters, operands_);
  }

  std::optional<Move> pooled() {
    Tensor in = image(random_, channels());
    in.memory = Memory::kA;
    in.layout = Layout::kChannels;
    Tensor out{.memory = a_or_b(), .channels = in.channels};
    if (!place(random_, config_, in) || !place(random_, config_, out) ||
        !place_operands(Memory::kS, ceil_div(in.channels, n_) * n_, 1))
      return std::nullopt;
    return pool(in, out, operands_);
  }

  Axis axis(int inputs, int taps, int stride) {
    Axis axis{inputs, 1, taps, stride, 1, taps / 2};
    if (chance(random_, 4)) axis.pad = between(random_, 0, taps / 2);
    axis.outputs = (inputs + 2 * axis.pad - taps) / stride + 1;
    return axis;
  }

  std::optional<Move> streamed() {
    Tensor in = image(random_, channels());
    in.memory = Memory::kA;
    in.layout = Layout::kChannels;
    const int kernel = 2 * between(random_, 0, 3) + 1, stride = between(random_, 1, 2);
    const int shape = between(random_, 0, 2);
    StreamPart part;
    part.places = part_of(random_, in.channels);
    part.vertical = axis(in.height, shape == 0 ? 1 : kernel, stride);
    part.horizontal = axis(in.width, shape == 1 ? 1 : kernel, stride);
    if (in.height + 2 * part.vertical.pad < part.vertical.taps ||
        in.width + 2 * part.horizontal.pad < part.horizontal.taps)
      return std::nullopt;
    Tensor out{.memory = a_or_b(),
               .channels = part.places.size() + between(random_, 0, n_),
               .height = part.vertical.outputs,
               .width = part.horizontal.outputs};
    part.out = between(random_, 0, out.channels - part.places.size());
    out.band = between(random_, 1, out.height);
    out.ring = out.pixels();
    const int band = between(random_, 0, out.bands() - 1);
    const int groups = part.groups(n_);
    if (chance(random_, 4)) operands_.taps = Memory::kB;
    if (segments_of(in, out, part, band) > kSegments || !place(random_, config_, in) ||
        !place(random_, config_, out) ||
        !place_operands(Memory::kS, out.channels, groups * part.taps()))
      return std::nullopt;
    const std::vector<Move> moves = stream(in, out, part, band, operands_);
    return moves[static_cast<size_t>(between(random_, 0, static_cast<int>(moves.size()) - 1))];
  }

  Random& random_;
  const AcceleratorConfig& config_;
  int n_;
  Operands operands_{};
};

}  // namespace

int between(Random& random, int least, int most) {
  return std::uniform_int_distribution<int>(least, most)(random);
}

void fill_with_noise(Memories& memories, Random& random) {
  const int most = (1 << (memories.config.array.data_width - 1)) - 1;
  for (Bank<int16_t>* bank : {&memories.a, &memories.b, &memories.w, &memories.tables})
    for (int16_t& word : bank->words) word = static_cast<int16_t>(between(random, -most - 1, most));
  for (Bank<ChannelScale>* bank : {&memories.q, &memories.s})
    for (ChannelScale& scale : bank->words) {
      scale.bias = static_cast<int32_t>(random());
      scale.scale = between(random, 128, 255);
      scale.pre = between(random, 0, kMaxPre);
      scale.post = between(random, 0, kMaxPost);
      if (chance(random, 2)) {
        scale.bias /= 1 << 16;
        scale.pre = between(random, 0, 4);
        scale.post = between(random, 12, kMaxPost);
      }
    }
}

Move random_move(Random& random, const AcceleratorConfig& config) {
  const Memories zeros(config);
  for (;;) {
    const std::optional<Move> move = Maker(random, config).any();
    if (!move || !problems(*move, config).empty()) continue;
    Memories trial = zeros;  // sums of zeros do not overflow; addresses are those of all words
    try {
      execute(*move, trial);
    } catch (const MoveError&) {
      continue;
    }
    return *move;
  }
}

std::vector<Move> long_moves(const AcceleratorConfig& config) {
  const int n = config.lanes(), most = (1 << kCountBits) - 1;
  const auto repeated = [](Memory from, int beats, int groups) {
    RowWalk walk{.from = from, .run_beats = beats, .run_advance = beats, .groups = groups};
    walk.segments[0].count = 1;
    return walk;
  };
  // One element, again and again, into the same words.
  Move steps{.groups = most};
  steps.rows = repeated(Memory::kW, 1, most);
  steps.columns.from = Memory::kB;
  steps.results.high = (1 << (config.array.data_width - 1)) - 1;
  steps.results.low = -steps.results.high - 1;
  // Tiles in two commands a group, all of a group into the same words.
  Move tiles = steps;
  tiles.runs = std::min(config.s_depth, config.a_depth) / n;
  tiles.groups = most / tiles.runs;
  tiles.rows.runs = tiles.runs;
  tiles.rows.groups = tiles.groups;
  tiles.results.range.last = (tiles.runs - 1) * n;
  // Of the longest reduction, with operands behind each other, and zeros behind them.
  Move beats = steps;
  beats.groups = 2;
  beats.beats = beats.columns.count = config.array.max_reduction;
  beats.rows = repeated(Memory::kW, 1, 1);
  beats.rows.tail = 2 * beats.beats - 1;
  beats.columns.range.last = beats.columns.count - 1;
  // Windows of which one pixel is kept, chained and not.
  Move chained{.windows = true, .runs = most, .positions = n, .chain = true};
  chained.rows = repeated(Memory::kA, most * (n - 1), 1);
  chained.rows.tail = most;
  chained.rows.segments[0].count = most;
  chained.rows.segments[0].step = 1;
  chained.rows.line_step = 0;
  chained.rows.last = 2;
  chained.rows.range.last = 1;
  chained.results = steps.results;
  chained.results.to = Memory::kB;
  Move windows = chained;
  windows.chain = false;
  windows.pitch = (1 << std::bit_width(static_cast<unsigned>(config.array.max_reduction + 1))) - 1;
  windows.beats = windows.taps = windows.columns.count = config.array.max_reduction;
  windows.runs = most / windows.beats;
  windows.columns.range.last = windows.columns.count - 1;
  windows.rows = repeated(Memory::kA, n - 1 + windows.beats, windows.runs);
  std::vector<Move> moves = {steps, tiles, beats, chained, windows};
  // All lines of long segments but one, which is of the next column: a line too many or too few is
  // another word.
  for (const std::array<int, kSegments> lines :
       {std::array{0x5555, 0x2aaa, 0x5555, 0x2aaa}, std::array{0x8000, 0x4000, 0x2000, 0x1ffe}})
    for (int first = 0; first < kSegments; ++first) {
      Move segments = steps;
      segments.rows.run_beats = segments.rows.run_advance = most;
      segments.rows.groups = 1;
      segments.rows.line_step = 0;
      segments.rows.last = 2;
      for (int i = 0; i < kSegments; ++i)
        segments.rows.segments[i] = {
            .count = lines[(first + i) % kSegments], .base = i, .step = kSegments};
      segments.rows.range.last = 2 * kSegments - 1;
      moves.push_back(segments);
    }
  return moves;
}

std::vector<Spoiled> refused(const Move& move, const AcceleratorConfig& config) {
  std::vector<Spoiled> all;
  const auto add = [&](std::string what, int code, const std::function<void(Move&)>& change) {
    Move other = move;
    change(other);
    all.push_back({.what = std::move(what), .code = code, .move = other});
  };
  const int n = config.lanes();
  add("no runs", 1, [](Move& m) { m.runs = 0; });
  add("no groups", 1, [](Move& m) { m.groups = 0; });
  add("no last rows", 1, [](Move& m) { m.last_rows = 0; });
  add("no beats", 1, [](Move& m) { m.beats = 0; });
  add("no segment", 1, [](Move& m) { m.rows.segments[0].count = 0; });
  add("no beats of a run", 1, [](Move& m) { m.rows.run_beats = 0; });
  add("no advance", 1, [](Move& m) { m.rows.run_advance = 0; });
  add("no runs of the rows", 1, [](Move& m) { m.rows.runs = 0; });
  add("no groups of the rows", 1, [](Move& m) { m.rows.groups = 0; });
  add("no beats of the columns", 1, [](Move& m) { m.columns.count = 0; });
  add("too many steps", 2, [](Move& m) { m.runs = 256, m.groups = 257; });
  add("too many last rows", 2, [n](Move& m) { m.last_rows = n + 1; });
  add("an advance that leaves beats out", 2,
      [](Move& m) { m.rows.run_advance = m.rows.run_beats + 1; });
  add("rows out of memory", 3, [&](Move& m) { m.rows.range.last = depth_of(config, m.rows.from); });
  add("rows of no range", 3, [](Move& m) { m.rows.range = {1, 0}; });
  add("columns out of memory", 3,
      [&](Move& m) { m.columns.range.last = depth_of(config, m.columns.from); });
  add("results out of memory", 3,
      [&](Move& m) { m.results.range.last = depth_of(config, m.results.to); });
  add("scales out of memory", 3,
      [&](Move& m) { m.results.scales = m.results.by_column ? config.q_depth : config.s_depth; });
  if (move.rows.from == Memory::kA)
    add("results over the operands of rows", 5, [](Move& m) {
      m.results.to = m.rows.from;
      m.results.range = m.rows.range;
    });
  if (config.tables < kMostTables)
    add("a table that does not exist", 2, [&](Move& m) { m.results.table = config.tables + 1; });
  add("a longer reduction than the core's", 2,
      [&](Move& m) { m.beats = config.array.max_reduction + 1; });
  if (move.windows) {
    add("no rows of the command", 1, [](Move& m) { m.command_rows = 0; });
    add("no positions", 1, [](Move& m) { m.positions = 0; });
    add("no taps", 1, [](Move& m) { m.taps = 0; });
    add("no pitch", 1, [](Move& m) { m.pitch = 0; });
    add("no stride of lines", 1, [](Move& m) { m.kept.line_stride = 0; });
    add("no stride of columns", 1, [](Move& m) { m.kept.column_stride = 0; });
    add("too many rows of the command", 2, [n](Move& m) { m.command_rows = n + 1; });
    add("too many positions", 2, [n](Move& m) { m.positions = n + 1; });
    add("a lane that is none", 2, [n](Move& m) { m.results.lane = n; });
    add("scales by column", 4, [](Move& m) { m.results.by_column = true; });
    add("a residual", 4, [](Move& m) { m.results.residual = true; });
    if (!move.chain) add("a chain that is none", 4, [](Move& m) { m.chain = true; });
  } else {
    add("no last columns", 1, [](Move& m) { m.last_columns = 0; });
    add("too many last columns", 2, [n](Move& m) { m.last_columns = n + 1; });
  }
  if (move.results.residual)
    add("a residual out of memory", 3,
        [&](Move& m) { m.results.residual_offset = config.a_depth - m.results.range.first; });
  return all;
}

std::vector<Spoiled> stopped(const Move& move) {
  std::vector<Spoiled> all;
  const auto narrow = [&](std::string what, int code, Range& (*range)(Move&)) {
    Move other = move;
    Range& of = range(other);
    if (of.first == of.last) return;
    all.push_back({.what = what + ", the last address", .code = code, .move = other});
    --range(all.back().move).last;
    all.push_back({.what = what + ", the first address", .code = code, .move = other});
    ++range(all.back().move).first;
  };
  narrow("results", 9, [](Move& m) -> Range& { return m.results.range; });
  narrow("columns", 8, [](Move& m) -> Range& { return m.columns.range; });
  narrow("rows", 8, [](Move& m) -> Range& { return m.rows.range; });
  Move more = move, fewer = move;
  ++more.rows.tail;
  all.push_back({.what = "a beat too many", .code = 7, .move = more});
  if (move.rows.tail > 0) {
    --fewer.rows.tail;
    all.push_back({.what = "a beat too few", .code = 7, .move = fewer});
  }
  if (!move.windows && move.rows.run_beats > 1) {
    Move short_of = move;
    --short_of.rows.run_beats, --short_of.rows.run_advance;
    all.push_back(
        {.what = "a tile's last operands without a partner", .code = 7, .move = short_of});
  }
  if (const int ahead = move.columns.range.first - 1;
      ahead >= 0 && (move.columns.from != move.results.to || ahead < move.results.range.first ||
                     ahead > move.results.range.last)) {
    Move more_of = move;
    --more_of.columns.base, --more_of.columns.range.first;
    ++more_of.columns.count;
    all.push_back({.what = "columns' operands too many", .code = 7, .move = more_of});
  }
  return all;
}

std::string dump(const Move& move) {
  std::string text;
  for (const Field& field : fields(move))
    if (field.value != 0) text += fmt::format("{}={} ", field.name, field.value);
  return text;
}

}  // namespace rowcast::accelerator
