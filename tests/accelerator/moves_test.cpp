// Moves of single tensors, executed, against the definitions of what they compute: bands, rings,
// gaps, lanes and rows of all kinds, whatever the compiler would choose.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "sim/accelerator/executor.h"
#include "sim/accelerator/moves.h"
#include "sim/accelerator/weights.h"
#include "sim/golden/convolution.h"
#include "sim/host/reference.h"
#include "tests/random_layers.h"

namespace rowcast::accelerator {
namespace {

constexpr int kWidth = 8;

struct Values {
  int channels, pixels;
  std::vector<int16_t> words;
  int16_t at(int c, int pixel) const { return words[static_cast<size_t>(c) * pixels + pixel]; }
};

class Moves : public testing::Test {
 protected:
  void begin(uint64_t seed) {
    random_.seed(seed);
    ArrayConfig array;
    array.rows = array.cols = in(4, 13);
    memories_.emplace(AcceleratorConfig{.array = array,
                                        .a_depth = 12000,
                                        .b_depth = 6000,
                                        .w_depth = 6000,
                                        .q_depth = 64,
                                        .s_depth = 512});
    for (Bank<int16_t>* bank : {&memories_->a, &memories_->b, &memories_->w})
      for (int16_t& word : bank->words) word = static_cast<int16_t>(in(-128, 127));
    for (Bank<ChannelScale>* bank : {&memories_->q, &memories_->s})
      for (ChannelScale& scale : bank->words)
        scale = {in(-1000, 1000), in(128, 255), in(0, 3), in(5, 15)};
  }

  int in(int min, int max) { return random_in(random_, min, max); }
  int lanes() const { return memories_->config.lanes(); }

  Tensor tensor(Memory memory, Layout layout, int channels, int height, int width, int band) {
    Tensor made{.name = "tensor",
                .memory = memory,
                .layout = layout,
                .channels = channels,
                .height = height,
                .width = width,
                .band = band};
    made.ring = made.pixels();
    return made;
  }

  // Words of the tensor, row-major, put where it lies.
  Values put(const Tensor& to) {
    Values values{to.channels, to.pixels(), random_values(random_, to.channels * to.pixels())};
    for (int c = 0; c < to.channels; ++c)
      for (int y = 0; y < to.height; ++y)
        for (int x = 0; x < to.width; ++x) {
          const int d = to.pixel(y, x);
          memories_->words(to.memory).at(to.lane(c, d, lanes()), to.address(c, d, lanes())) =
              values.at(c, y * to.width + x);
        }
    return values;
  }

  // Every word of the tensor, and that nothing else of its memory has changed.
  template <class Wanted>
  void expect(const Tensor& out, const Bank<int16_t>& before, const Wanted& wanted) {
    Bank<int16_t> want = before;
    for (int c = 0; c < out.channels; ++c)
      for (int y = 0; y < out.height; ++y)
        for (int x = 0; x < out.width; ++x) {
          const int d = out.pixel(y, x);
          want.at(out.lane(c, d, lanes()), out.address(c, d, lanes())) =
              wanted(c, y * out.width + x);
        }
    for (int place = 0; place < out.places(); ++place)  // a gap's are anything
      if (out.gap > 0 && place >= out.gap_at && place < out.gap_at + out.gap)
        for (int d = 0; d < out.pixels(); ++d) {
          const int address = out.base + place / lanes() * out.ring + d;
          want.at(place % lanes(), address) =
              memories_->words(out.memory).at(place % lanes(), address);
        }
    ASSERT_TRUE(memories_->words(out.memory).words == want.words);
  }

  void run(const Move& move) { ASSERT_NO_THROW(execute(move, *memories_)) << describe(move); }

  static std::string describe(const Move& move) {
    return fmt::format("windows {} runs {} groups {} beats {} pitch {} chain {}", move.windows,
                       move.runs, move.groups, move.beats, move.pitch, move.chain);
  }

  std::mt19937_64 random_;
  std::optional<Memories> memories_;
};

std::vector<int> cuts_of(std::mt19937_64& random, int end) {
  std::vector<int> cuts{0};
  while (cuts.back() < end) cuts.push_back(std::min(end, cuts.back() + random_in(random, 1, end)));
  return cuts;
}

// One channel-wise layer with an own branch for each kind of kernel.
Layer random_channelwise(std::mt19937_64& random) {
  const auto in = [&](int min, int max) { return random_in(random, min, max); };
  Layer layer{.name = "stream", .kind = LayerKind::kDepthwise};
  layer.in_channels = layer.out_channels = in(1, 40);
  layer.in_height = in(1, 16);
  layer.in_width = in(1, 16);
  constexpr int kKernels[] = {1, 3, 5, 7};
  layer.kernel_h = layer.kernel_w = kKernels[in(0, 3)];
  layer.stride_h = in(1, 3);
  layer.stride_w = in(1, 3);
  pad_same(layer);
  if (in(0, 1) == 0) {
    layer.kernel_w = in(1, 7);
    layer.pad_top = in(0, layer.kernel_h);
    layer.pad_left = in(0, layer.kernel_w);
    layer.pad_bottom = in(0, layer.kernel_h);
    layer.pad_right = in(0, layer.kernel_w);
  }
  if (layer.padded_height() < layer.kernel_h) layer.pad_bottom = layer.kernel_h;
  if (layer.padded_width() < layer.kernel_w) layer.pad_right = layer.kernel_w;
  if (in(0, 1) == 0 && can_fuse(layer)) return make_fuse(layer, in(0, 1) == 0);
  return layer;
}

TEST_F(Moves, streams_of_random_shapes_equal_golden) {
  constexpr int kMoves = 2500;
  const uint64_t seed = std::random_device{}();
  int chained = 0, done = 0;
  for (int i = 0; done < kMoves; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, stream {}", seed, i));
    begin(seed + i);
    const Layer layer = random_channelwise(random_);
    Tensor from = tensor(Memory::kA, Layout::kChannels, layer.in_channels, layer.in_height,
                         layer.in_width, in(1, layer.in_height));
    from.base = in(0, 50);
    if (layer.half && in(0, 1) == 0) {
      from.gap_at = layer.row_channels;
      from.gap = in(1, lanes());
    }
    Tensor to = tensor(in(0, 1) ? Memory::kA : Memory::kB, Layout::kPixels, layer.out_channels,
                       layer.out_height(), layer.out_width(), in(1, layer.out_height()));
    to.base = to.memory == Memory::kA ? from.base + from.size(lanes()) + in(0, 20) : in(0, 50);
    if (to.base + to.size(lanes()) > depth_of(memories_->config, to.memory)) continue;

    // The branches, some of them as part of a kernel of both.
    Design design{.config = memories_->config};
    design.stages.tensors = {from, to};
    design.stages.stages = {{.kind = StageKind::kStream, .node = 0, .input = 0, .output = 1}};
    Network network;
    network.nodes.push_back({.name = layer.name, .layer = layer});
    design.parts.resize(1);
    design.together.resize(1);
    set_together(design, network, 0, in(0, 1) == 0);
    bool fits = true;
    for (const StreamPart& part : design.parts[0])
      for (int band = 0; band < to.bands(); ++band)
        fits &= segments_of(from, to, part, band) <= kSegments;
    if (!fits) continue;
    ++done;

    const Values input = put(from);
    const std::vector<int16_t> weights = random_values(random_, layer.weights());
    const std::vector<int64_t> sums = golden_outputs(layer, input.words, weights, 1);
    const Bank<int16_t> before = memories_->words(to.memory);
    const int scales = in(0, 100), low = in(-128, 0), high = in(1, 127);
    int at = in(0, 30);
    for (int item = 0; item < static_cast<int>(design.parts[0].size()); ++item) {
      const auto words = weight_words_of(design, network, 0, item, weights);
      const int depth = weight_words(design, 0, item);
      for (int lane = 0; lane < lanes(); ++lane)
        for (int w = 0; w < depth; ++w)
          memories_->w.at(lane, at + w) = words[static_cast<size_t>(lane) * depth + w];
      for (int band = 0; band < to.bands(); ++band) {
        const auto moves =
            stream(from, to, design.parts[0][item], band, {lanes(), at, scales, low, high});
        for (const Move& move : moves) {
          chained += move.chain;
          ASSERT_NO_FATAL_FAILURE(run(move));
        }
      }
      at += depth;
    }
    ASSERT_NO_FATAL_FAILURE(expect(to, before, [&](int c, int pixel) {
      return rescaled(sums[static_cast<size_t>(c) * to.pixels() + pixel],
                      memories_->s.at(0, scales + c), low, high, kWidth);
    }));
  }
  EXPECT_GT(chained, 0);
}

TEST_F(Moves, groups_whose_windows_would_be_as_good_as_empty_together_are_moves_of_their_own) {
  // 48 positions fill a window of 48; a group's last samples are in the next one.
  const int side = 48;
  const Tensor from = tensor(Memory::kA, Layout::kChannels, 2 * side, 1, side, 1);
  const Tensor to = tensor(Memory::kB, Layout::kPixels, 2 * side, 1, side, 1);
  const StreamPart part{.places = {0, 2 * side},
                        .out = 0,
                        .vertical = {1, 1, 1, 1, 1, 0},
                        .horizontal = {side, side, 3, 1, 1, 1},
                        .branches = {0}};
  const auto moves = stream(from, to, part, 0, {side, 0, 0, -128, 127});
  ASSERT_EQ(moves.size(), 2u);
  for (const Move& move : moves) EXPECT_EQ(move.runs * move.groups, 1);
  EXPECT_EQ(stream(from, to, part, 0, {side + 2, 0, 0, -128, 127}).size(), 1u);
}

TEST_F(Moves, tiles_of_random_shapes_equal_golden) {
  constexpr int kMoves = 1500;
  const uint64_t seed = std::random_device{}();
  for (int i = 0; i < kMoves; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, gemm {}", seed, i));
    begin(seed + i);
    const bool to_pixels_move = in(0, 1) == 0, residual = to_pixels_move && in(0, 1) == 0;
    const int channels = in(1, 40), filters = in(1, 40), height = in(1, 9), width = in(1, 9);
    const int band = in(1, height);
    Tensor from = tensor(to_pixels_move ? Memory::kB : Memory::kA, Layout::kPixels, channels,
                         height, width, band);
    from.base = in(0, 30);
    Tensor to =
        tensor(to_pixels_move && !residual && in(0, 1) ? Memory::kB : Memory::kA,
               to_pixels_move ? Layout::kPixels : Layout::kChannels, filters, height, width, band);
    to.base = from.base + from.size(lanes()) + in(0, 30);
    if (!to_pixels_move && in(0, 1) == 0) {
      to.gap_at = in(0, filters);
      to.gap = in(1, lanes());
    }
    Tensor added = to;
    added.base = to.base + to.size(lanes()) + in(0, 9);
    const Values input = put(from);
    const Values other = residual ? put(added) : Values{};

    Design design{.config = memories_->config};
    design.stages.tensors = {from, to};
    design.stages.stages = {{.kind = to_pixels_move ? StageKind::kToPixels : StageKind::kToChannels,
                             .node = 0,
                             .input = 0,
                             .output = 1}};
    const std::vector<int16_t> weights = random_values(random_, int64_t{filters} * channels);
    const std::vector<int64_t> sums = golden_outputs(
        make_pointwise("gemm", channels, height, width, filters), input.words, weights, 1);
    const Bank<int16_t> before = memories_->words(to.memory);
    const int scales = in(0, 20), low = in(-128, 0), high = in(1, 127);
    // In pieces of pixels and filters.
    const std::vector<int> groups = cuts_of(random_, ceil_div(to.places(), lanes())),
                           pixels = cuts_of(random_, ceil_div(to.pixels(), lanes()));
    design.filters = {{}};
    for (size_t g = 0; g + 1 < groups.size(); ++g)
      design.filters[0].push_back({groups[g], groups[g + 1]});
    int at = in(0, 30);
    for (size_t g = 0; g + 1 < groups.size(); ++g) {
      const auto words = weight_words_of(design, {}, 0, static_cast<int>(g), weights);
      const int depth = weight_words(design, 0, static_cast<int>(g));
      for (int lane = 0; lane < lanes(); ++lane)
        for (int w = 0; w < depth; ++w)
          memories_->w.at(lane, at + w) = words[static_cast<size_t>(lane) * depth + w];
      const int step = to_pixels_move ? lanes() : 1;
      for (size_t p = 0; p + 1 < pixels.size(); ++p) {
        const Span of{pixels[p], pixels[p + 1]};
        const Operands operands{lanes(), at, scales + groups[g] * step, low, high};
        ASSERT_NO_FATAL_FAILURE(
            run(to_pixels_move ? to_pixels(from, to, residual ? &added : nullptr, of,
                                           design.filters[0][g], operands)
                               : to_channels(from, to, of, design.filters[0][g], operands)));
      }
      at += depth;
    }
    ASSERT_NO_FATAL_FAILURE(expect(to, before, [&](int c, int pixel) {
      const int place = to.place(c);
      const ChannelScale& by = to_pixels_move
                                   ? memories_->s.at(0, scales + c)
                                   : memories_->q.at(place % lanes(), scales + place / lanes());
      const int own =
          rescaled(sums[static_cast<size_t>(c) * to.pixels() + pixel], by, low, high, kWidth);
      return residual ? std::clamp(own + other.at(c, pixel), -128, 127) : own;
    }));
  }
}

TEST_F(Moves, pools_of_random_shapes_sum_all_pixels) {
  const uint64_t seed = std::random_device{}();
  for (int i = 0; i < 300; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, pool {}", seed, i));
    begin(seed + i);
    const int height = in(1, 9);
    Tensor from = tensor(Memory::kA, Layout::kChannels, in(1, 60), height, in(1, 9), in(1, height));
    from.base = in(0, 30);
    Tensor to = tensor(Memory::kB, Layout::kPixels, from.channels, 1, 1, 1);
    to.base = in(0, 30);
    const Values input = put(from);
    const Bank<int16_t> before = memories_->b;
    memories_->w.at(0, 5) = 1;
    const int scales = in(0, 20);
    ASSERT_NO_FATAL_FAILURE(run(pool(from, to, {lanes(), 5, scales, -128, 127})));
    ASSERT_NO_FATAL_FAILURE(expect(to, before, [&](int c, int) {
      int64_t sum = 0;
      for (int d = 0; d < from.pixels(); ++d) sum += input.at(c, d);
      return rescaled(sum, memories_->s.at(0, scales + c), -128, 127, kWidth);
    }));
  }
}

// ---------------------------------------------------------------- illegal moves

class Illegal : public Moves {
 protected:
  void SetUp() override {
    begin(1);
    ArrayConfig array;
    array.rows = array.cols = 4;
    memories_.emplace(AcceleratorConfig{
        .array = array, .a_depth = 64, .b_depth = 64, .w_depth = 64, .q_depth = 8, .s_depth = 8});
    Tensor from = tensor(Memory::kA, Layout::kChannels, 4, 3, 3, 3);
    Tensor to = tensor(Memory::kB, Layout::kPixels, 4, 3, 3, 3);
    const StreamPart part{.places = {0, 4},
                          .out = 0,
                          .vertical = {3, 3, 3, 1, 1, 1},
                          .horizontal = {3, 3, 1, 1, 1, 0},
                          .branches = {0}};
    windows_ = stream(from, to, part, 0, {4, 0, 0, -128, 127}).front();
    Tensor pixels = tensor(Memory::kA, Layout::kPixels, 3, 2, 2, 2);
    Tensor channels = tensor(Memory::kA, Layout::kChannels, 4, 2, 2, 2);
    channels.base = 10;
    tiles_ = to_channels(pixels, channels, {0, 1}, {0, 1}, {4, 0, 0, -128, 127});
  }

  void expect_refused(const Move& move, const std::string& why) {
    const Memories before = *memories_;
    try {
      execute(move, *memories_);
      ADD_FAILURE() << "was executed";
    } catch (const MoveError& error) {
      EXPECT_EQ(error.what(), why);
    }
    EXPECT_TRUE(before.a.words == memories_->a.words && before.b.words == memories_->b.words);
  }

  Move windows_, tiles_;
};

TEST_F(Illegal, moves_are_legal_as_they_are) {
  run(windows_);
  run(tiles_);
}

TEST_F(Illegal, counts_of_zero_are_refused) {
  Move move = tiles_;
  move.runs = 0;
  expect_refused(move, "runs: 0 is out of range, allowed is 1 to 9223372036854775807");
  move = windows_;
  move.kept.lines = 0;
  expect_refused(move, "kept_lines: 0 is out of range, allowed is 1 to 9223372036854775807");
}

TEST_F(Illegal, addresses_outside_of_their_range_are_refused) {
  Move move = tiles_;
  move.rows.range.last = 1;
  expect_refused(move, "rows: address 2 is not in 0 to 1");
  move = tiles_;
  move.columns.base = 62;
  expect_refused(move, "columns: address 62 is not in 0 to 2");
}

TEST_F(Illegal, ranges_outside_of_their_memory_are_refused) {
  Move move = windows_;
  move.results.range.last = 64;
  expect_refused(move, "results_range: 0 to 64 is no range of B, allowed is within 0 to 63");
}

TEST_F(Illegal, results_in_what_is_read_are_refused) {
  Move move = tiles_;
  move.results.range.first = 2;
  expect_refused(move, "results_range: overlaps what the rows read");
}

TEST_F(Illegal, chains_that_are_none_are_refused) {
  Move move = windows_;
  move.positions = 2;
  expect_refused(move, "positions: 2 is out of range, allowed is 4 to 4");
}

TEST_F(Illegal, walks_of_other_lengths_than_the_steps_are_refused) {
  Move move = windows_;
  ++move.rows.tail;
  EXPECT_THAT(problems(move, memories_->config),
              testing::ElementsAre(testing::MatchesRegex("rows: [0-9]+ beats, the steps take .*")));
  move = tiles_;
  ++move.columns.count;
  expect_refused(move, "columns_count: 4, a step takes 3");
}

TEST_F(Illegal, sums_of_other_words_than_the_results_own_are_refused) {
  Move move = tiles_;
  move.results.by_column = false;
  move.results.residual = true;
  move.results.residual_offset = 1;
  expect_refused(move, "residual_offset: what is added overlaps the results without being theirs");
}

}  // namespace
}  // namespace rowcast::accelerator
