// The cycle models against published counts, hand calculations, closed formulas and each other.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "sim/formats/network_file.h"
#include "sim/host/run.h"
#include "sim/model/analytical.h"
#include "sim/model/choose.h"
#include "sim/schedule/gemm.h"
#include "tests/random_layers.h"

namespace rowcast {
namespace {

ArrayConfig array_of(int rows, int cols) {
  ArrayConfig config;
  config.rows = rows;
  config.cols = cols;
  return config;
}

// ---------------------------------------------------------------- the authors' model

struct Published {
  const char* variant;
  int64_t cycles;
};
void PrintTo(const Published& count, std::ostream* out) { *out << count.variant; }

class PublishedCount : public testing::TestWithParam<Published> {};

TEST_P(PublishedCount, of_mobilenet_v2_at_64x64_is_the_sum_of_the_date21_model) {
  const Network network =
      transform(find_network("mobilenet_v2"), *find_variant(GetParam().variant));
  int64_t published = 0, code = 0;
  for (const Node& node : network.nodes) {
    if (node.op != Op::kLayer) continue;
    published += date21_cycles(array_of(64, 64), node.layer, Rounding::kPublished);
    code += date21_cycles(array_of(64, 64), node.layer, Rounding::kCode);
  }
  EXPECT_EQ(published, GetParam().cycles);
  // The released code floors the output sizes: other totals, by less than 1 %.
  EXPECT_NE(code, published);
  EXPECT_NEAR(static_cast<double>(code), static_cast<double>(published),
              0.01 * static_cast<double>(published));
}

// DATE 2021, authors' repository.
INSTANTIATE_TEST_SUITE_P(variants, PublishedCount,
                         testing::Values(Published{"baseline", 2979156}, Published{"full", 576770},
                                         Published{"half", 411910}, Published{"full50", 1453926},
                                         Published{"half50", 1375054}),
                         [](const auto& info) { return info.param.variant; });

void expect_date21(const Layer& layer, Rounding rounding, int64_t at_8, int64_t at_32,
                   int64_t at_128) {
  EXPECT_EQ(date21_cycles(array_of(8, 8), layer, rounding), at_8);
  EXPECT_EQ(date21_cycles(array_of(32, 32), layer, rounding), at_32);
  EXPECT_EQ(date21_cycles(array_of(128, 128), layer, rounding), at_128);
}

TEST(Date21, pointwise_layer_is_as_computed_by_hand) {
  const Layer layer = make_pointwise("pw", 16, 112, 112, 96);  // 12544 pixels, K = 16
  for (const Rounding rounding : {Rounding::kPublished, Rounding::kCode})
    expect_date21(layer, rounding, 1568 * 12 * (16 + 8 + 8 - 1), 392 * 3 * (16 + 32 + 32 - 1),
                  98 * (16 + 128 + 96 - 1));
  EXPECT_EQ(date21_cycles(array_of(8, 32), layer, Rounding::kPublished),
            1568 * 3 * (16 + 8 + 32 - 1));
}

TEST(Date21, strided_depthwise_layer_is_as_computed_by_hand) {
  const Layer layer =
      make_depthwise("dw", 144, 56, 56, 3, 2);  // E = F = 28.5: 812.25 pixels, or 784
  expect_date21(layer, Rounding::kPublished, 144 * (101 * 17 + 13),  // 13.25
                144 * (25 * 41 + 21), 144 * (6 * 137 + 53));
  expect_date21(layer, Rounding::kCode, 144 * (98 * 17), 144 * (24 * 41 + 25),
                144 * (6 * 137 + 25));
}

TEST(Date21, fuse_layers_are_as_computed_by_hand) {
  // Half: 192 channels a branch, lines of 14, 16 with padding: 2688 lines.
  const Layer half = make_fuse(make_depthwise("dw", 384, 14, 14, 3, 1), true);
  expect_date21(half, Rounding::kPublished, 2 * 336 * 11 * 2, 2 * 84 * 35, 2 * 21 * 131);
  const Layer full = make_fuse(make_depthwise("dw", 384, 14, 14, 3, 1), false);
  expect_date21(full, Rounding::kPublished, 4 * 336 * 11 * 2, 4 * 84 * 35, 4 * 21 * 131);
  // Stride 2: 72 channels a branch, lines of 56, 58 with padding: 4032 lines, half of them counted.
  const Layer strided = make_fuse(make_depthwise("dw", 144, 56, 56, 3, 2), true);
  expect_date21(strided, Rounding::kPublished, 2 * 252 * 11 * 8, 2 * 63 * 35 * 2, 2 * 16 * 131);
}

TEST(Date21, fully_connected_layer_is_as_computed_by_hand) {
  expect_date21(make_fc("fc", 1280, 1000), Rounding::kPublished, 125 * (1280 + 1 + 8 - 1),
                31 * (1280 + 1 + 32 - 1) + (1280 + 1 + 8 - 1),
                7 * (1280 + 1 + 128 - 1) + (1280 + 1 + 104 - 1));
}

TEST(Date21, each_axis_has_its_own_stride_and_what_its_kernel_reaches) {
  // 3×3 taps, 2 lines apart, of 9×8 padded to 13×10: 5×8 outputs.
  Layer conv = make_conv("conv", 2, 9, 8, 4, 3, 1);
  conv.stride_h = conv.dilation_h = 2;
  pad_same(conv);
  EXPECT_EQ(date21_cycles(array_of(8, 8), conv, Rounding::kPublished), 5 * (18 + 8 + 4 - 1));
  // Half: 8 channels a branch, lines of 8 padded to 12, columns of 12 padded to 16.
  Layer depthwise = make_depthwise("dw", 16, 12, 8, 3, 1);
  depthwise.stride_h = 2;
  depthwise.dilation_h = depthwise.dilation_w = 2;
  pad_same(depthwise);
  EXPECT_EQ(date21_cycles(array_of(4, 8), make_fuse(depthwise, true), Rounding::kPublished),
            24 / 2 * (8 + 5) * 2 + 16 * (8 + 5) * 2);
}

TEST(Date21, filters_of_a_channel_are_columns_of_its_product) {
  Layer layer = make_depthwise("dw", 2, 8, 8, 3, 1);
  layer.out_channels = 6;
  EXPECT_EQ(date21_cycles(array_of(8, 8), layer, Rounding::kPublished), 2 * 8 * (9 + 8 + 3 - 1));
}

// ---------------------------------------------------------------- the rtl model

// Cycle of the last beat of n equal OS tiles of K beats and u used rows; design, section 2.
int64_t last_beat(int64_t K, int64_t u, int64_t n) {
  if (K % 2 == 0 && K >= 2 * u) return K - 1 + (n - 1) * K;
  const int64_t a = K | 1;
  if (a >= u) return K - 1 + (n - 1) * a;
  return K - 1 + (n - 1) / 2 * 2 * u + (n - 1) % 2 * a;
}

// ---------------------------------------------------------------- SCALE-Sim's model

TEST(ScaleSim, counts_the_outputs_that_there_are) {
  // 7x7 outputs of K 18 and three filters, on 8x6: 7 folds of 18 + 8 + 6 - 2 cycles, the last
  // cycle's number. SCALE-Sim would make it 8x8 outputs of the padded 16x16.
  const Layer layer = make_conv("conv", 2, 14, 14, 3, 3, 2);
  EXPECT_EQ(scale_sim_cycles(array_of(8, 6), layer, Dataflow::kOs), 7 * 30 - 1);
  EXPECT_EQ(scale_sim_cycles(array_of(8, 6), layer, Dataflow::kWs), 3 * (49 + 16 + 6 - 2) - 1);
  EXPECT_EQ(scale_sim_cycles(array_of(8, 6), layer, Dataflow::kIs), 3 * 9 * (3 + 16 + 6 - 2) - 1);
}

TEST(ScaleSim, a_channelwise_layer_is_a_gemm_per_channel) {
  const Layer depthwise = make_depthwise("dw", 5, 9, 9, 3, 2);
  const Layer channel = make_conv("channel", 1, 9, 9, 1, 3, 2);
  const Layer line = make_conv("line", 1, 5, 5, 1, 1, 1);  // as many outputs, and of three taps
  for (const Dataflow dataflow : {Dataflow::kOs, Dataflow::kWs, Dataflow::kIs})
    EXPECT_EQ(scale_sim_cycles(array_of(4, 3), depthwise, dataflow),
              5 * scale_sim_cycles(array_of(4, 3), channel, dataflow));
  Layer multiplied = depthwise, filters = channel;
  multiplied.out_channels = 5 * 4;
  filters.out_channels = 4;
  for (const Dataflow dataflow : {Dataflow::kOs, Dataflow::kWs, Dataflow::kIs})
    EXPECT_EQ(scale_sim_cycles(array_of(4, 3), multiplied, dataflow),
              5 * scale_sim_cycles(array_of(4, 3), filters, dataflow));
  EXPECT_EQ(scale_sim_cycles(array_of(4, 3), make_fuse(depthwise, true), Dataflow::kOs),
            5 * (scale_sim_cycles(array_of(4, 3), line, Dataflow::kOs) + 7 * 2));
}

// ---------------------------------------------------------------- the exact model

TEST(RtlModel, equals_the_closed_formula_for_equal_tiles) {
  int compute_bound = 0, odd_lane = 0, drain_bound = 0;
  for (const int cols : {1, 2, 5, 8})
    for (int u = 1; u <= 12; ++u)
      for (int K = 1; K <= 30; ++K)
        for (int n = 1; n <= 9; ++n) {
          // u pixels on u rows, n column tiles of filters.
          const Layer layer = make_pointwise("pw", K, 1, u, n * cols);
          const ArrayConfig config = array_of(12, cols);
          const auto schedule = gemm_schedule(config, layer, Orientation::kPixelRows);
          ASSERT_TRUE(schedule);
          const int64_t expected = last_beat(K, u, n) + 2 * (u - 1) + cols - 1 + 1;
          const Task task{&layer, &*schedule};
          ASSERT_EQ(rtl_cycles(config, layer, *schedule).total(), expected)
              << fmt::format("K {}, u {}, n {}, {} columns", K, u, n, cols);
          if (K % 7 == 3) {
            ASSERT_EQ(rtl_cycles_stalled(config, {&task, 1}, {}).total(), expected);
          }
          (K % 2 == 0 && K >= 2 * u ? compute_bound : (K | 1) >= u ? odd_lane : drain_bound) += 1;
        }
  for (const int cases : {compute_bound, odd_lane, drain_bound}) EXPECT_GT(cases, 100);
}

TEST(RtlModel, splits_one_tile_into_its_beats_and_its_drain) {
  const ArrayConfig config = array_of(5, 7);
  const Layer layer = make_pointwise("pw", 10, 1, 3, 7);  // 3 rows, 7 columns
  const auto schedule = gemm_schedule(config, layer, Orientation::kPixelRows);
  const Phases phases = rtl_cycles(config, layer, *schedule);
  EXPECT_EQ(phases, (Phases{.compute = 10, .drain = 2 * 2 + 6}));
}

TEST(RtlModel, im2col_takes_its_frozen_interval_per_channel) {
  // max(K, ROWS) | 1 beats a tile, one tile a channel; see im2col_schedule.
  for (const auto& [rows, kernel] :
       {std::pair(4, 3), std::pair(12, 3), std::pair(13, 3), std::pair(3, 1), std::pair(8, 5)}) {
    const ArrayConfig config = array_of(rows, 6);
    const int channels = 7;
    const Layer layer =
        make_depthwise("dw", channels, 1, rows, kernel, 1);  // as many pixels as rows
    const int interval = std::max(kernel * kernel, rows) | 1;
    EXPECT_EQ(rtl_cycles(config, layer, im2col_schedule(config, layer)).total(),
              channels * interval + 2 * (rows - 1))
        << rows << " rows, kernel " << kernel;
  }
}

struct Limit {
  const char *variant, *mapping;
  int64_t cycles;
};
void PrintTo(const Limit& limit, std::ostream* out) {
  *out << limit.variant << " under " << limit.mapping;
}

class MobileNetV2Total : public testing::TestWithParam<Limit> {};

TEST_P(MobileNetV2Total, at_64x64_stays_where_it_is_known_to_be_possible) {
  const auto& [variant, mapping, limit] = GetParam();
  const Network network = transform(find_network("mobilenet_v2"), *find_variant(variant));
  int64_t cycles = 0;
  for (const LayerPlan& plan :
       plan_layers(network, array_of(64, 64), *find_mapping(mapping), "", false)) {
    EXPECT_LE(plan.roofline, plan.choice.phases.total()) << plan.layer->name;
    cycles += plan.choice.phases.total();
  }
  EXPECT_LE(cycles, limit);
}

INSTANTIATE_TEST_SUITE_P(variants, MobileNetV2Total,
                         testing::Values(Limit{"half", "auto", 210000},
                                         Limit{"full", "auto", 314000},
                                         Limit{"baseline", "st-os", 271000}),
                         [](const auto& info) { return info.param.variant; });

// ---------------------------------------------------------------- mappings and bounds

TEST(Roofline, is_beaten_by_no_schedule) {
  int schedules = 0, tight = 0;
  for (uint64_t seed = 1; seed <= 1500; ++seed) {
    std::mt19937_64 random(seed);
    ArrayConfig config = random_array(random);
    config.row_broadcast = seed % 4 != 0;
    const Layer layer = random_layer(random);
    const int64_t bound = roofline_cycles(config, layer);
    for (const Schedule& schedule : all_schedules(config, layer, random)) {
      const int64_t cycles = rtl_cycles(config, layer, schedule).total();
      ASSERT_LE(bound, cycles) << fmt::format("seed {}: {} on {}x{} by {}: {}", seed,
                                              describe(layer), config.rows, config.cols,
                                              schedule.mapping, schedule.detail);
      ++schedules;
      tight += cycles <= 2 * bound;
    }
  }
  EXPECT_GT(schedules, 3000);
  EXPECT_GT(tight, schedules / 20);  // a bound of nothing would pass too
}

// One by one, what roofline_cycles() counts in closed form.
int64_t words_of(const Layer& layer) {
  std::vector<bool> used(layer.inputs());
  const auto use = [&](const Branch& branch) {
    const Axis &down = branch.vertical, &right = branch.horizontal;
    for (int c = 0; c < branch.channels; ++c)
      for (int y = 0; y < layer.out_height(); ++y)
        for (int x = 0; x < layer.out_width(); ++x)
          for (int u = 0; u < down.taps; ++u)
            for (int v = 0; v < right.taps; ++v) {
              const int row = y * layer.stride_h + u * layer.dilation_h - down.pad;
              const int col = x * layer.stride_w + v * layer.dilation_w - right.pad;
              if (row >= 0 && row < layer.in_height && col >= 0 && col < layer.in_width)
                used[(int64_t{branch.first_in_channel + c} * layer.in_height + row) *
                         layer.in_width +
                     col] = true;
            }
  };
  if (is_channelwise(layer))
    for (const Branch& branch : branches(layer)) use(branch);
  else
    use({layer.in_channels, 1, 0, 0, 0, layer.vertical(), layer.horizontal()});
  return std::ranges::count(used, true) + layer.weights();
}

TEST(Roofline, counts_each_word_that_is_used_once) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  int by_words = 0;
  for (int i = 0; i < 3000; ++i) {
    Layer layer = random_layer(random);
    if (layer.kind == LayerKind::kConv && random_in(random, 0, 1)) {  // gaps between windows
      layer.stride_h = random_in(random, 1, 9);
      layer.stride_w = random_in(random, 1, 9);
    }
    const ArrayConfig config = array_of(random_in(random, 1, 30), random_in(random, 1, 30));
    const int64_t lanes = 2 * config.rows + config.cols, elements = config.rows * config.cols;
    const int64_t words = (words_of(layer) + lanes - 1) / lanes;
    const int64_t others = std::max((layer.macs() + elements - 1) / elements,
                                    (layer.outputs() + config.cols - 1) / config.cols);
    EXPECT_EQ(roofline_cycles(config, layer), std::max(words, others)) << describe(layer);
    by_words += words > others;
  }
  EXPECT_GT(by_words, 300);
}

TEST(Roofline, is_the_largest_of_its_three_terms) {
  // 4 x 8: 32 products, 8 outputs, 4 + 8 + 4 words a cycle.
  const ArrayConfig config = array_of(4, 8);
  const Layer products = make_pointwise("pw", 100, 10, 10, 64);
  EXPECT_EQ(roofline_cycles(config, products), 100 * 100 * 64 / 32);
  const Layer outputs = make_pointwise("pw", 1, 10, 10, 64);
  EXPECT_EQ(roofline_cycles(config, outputs), 100 * 64 / 8);
  const Layer words = make_fc("fc", 1000, 8);
  EXPECT_EQ(roofline_cycles(config, words), (1000 + 8000 + 15) / 16);
  ArrayConfig plain = config;
  plain.row_broadcast = 0;
  EXPECT_EQ(roofline_cycles(plain, words), 9000 / 12);
  // A strided 1x1 layer reads every other pixel of every other line; padding is never read.
  Layer strided = make_depthwise("dw", 1000, 5, 5, 1, 2);
  EXPECT_EQ(roofline_cycles(config, strided), 1000 * 9 / 8);
  strided.pad_top = strided.pad_left = strided.pad_bottom = strided.pad_right =
      3;  // 6 x 6 outputs, 4 of which see pixels (1, 3)
  EXPECT_EQ(roofline_cycles(array_of(1, 1000), strided), 36);
}

TEST(Choice, auto_is_as_good_as_every_mapping_by_its_name) {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    std::mt19937_64 random(seed);
    const ArrayConfig config = random_array(random);
    const Layer layer = random_layer(random);
    std::string error;
    const auto best = choose(config, layer, *find_mapping("auto"), error);
    if (!best) continue;
    EXPECT_EQ(best->phases, rtl_cycles(config, layer, best->schedule));
    for (const Mapping& mapping : mappings()) {
      if (mapping.name == "im2col") continue;  // the frozen baseline is nobody's choice
      const auto other = choose(config, layer, mapping, error);
      if (!other) continue;
      EXPECT_LE(best->phases.total(), other->phases.total())
          << fmt::format("seed {}: {} on {}x{} by {}: {}", seed, describe(layer), config.rows,
                         config.cols, mapping.name, other->schedule.detail);
    }
  }
}

TEST(Choice, constrains_channelwise_layers_only) {
  std::string error;
  for (const Mapping& mapping : mappings()) {
    for (const Layer& layer : {make_pointwise("pw", 3, 4, 4, 5),
                               make_conv("conv", 3, 9, 9, 5, 3, 2), make_fc("fc", 9, 9)})
      EXPECT_EQ(choose(array_of(4, 4), layer, mapping, error)->schedule.mapping, "gemm")
          << mapping.name;
    const auto depthwise =
        choose(array_of(4, 4), make_depthwise("dw", 3, 8, 8, 3, 1), mapping, error);
    if (mapping.name == "auto" || !depthwise) continue;
    EXPECT_EQ(depthwise->schedule.mapping, mapping.name);
  }
}

TEST(Choice, says_why_an_array_can_not_run_a_layer) {
  std::string error;
  ArrayConfig config = array_of(4, 4);
  config.row_broadcast = 0;
  EXPECT_FALSE(choose(config, make_depthwise("dw", 3, 8, 8, 3, 1), *find_mapping("st-os"), error));
  EXPECT_THAT(error, testing::StartsWith("mapping st-os: needs an array with row_broadcast"));
  config.max_reduction = 8;
  EXPECT_FALSE(choose(config, make_pointwise("wide", 9, 1, 1, 1), *find_mapping("auto"), error));
  EXPECT_EQ(error,
            "layer wide: its reduction of 9 is longer than max_reduction 8 (--max-reduction allows "
            "more)");
  EXPECT_TRUE(choose(config, make_pointwise("fits", 8, 1, 1, 1), *find_mapping("auto"), error));
  EXPECT_FALSE(choose(config, make_depthwise("dw", 3, 8, 8, 3, 1), *find_mapping("im2col"), error));
  EXPECT_EQ(error, "layer dw: mapping im2col needs steps longer than max_reduction 8");
}

TEST(Choice, says_which_layers_are_too_large_for_rtl) {
  const Mapping& mapping = *find_mapping("auto");
  for (const Layer& layer :
       {make_fc("large", 65537, 1), make_pointwise("large", 1, 65536, 32768, 1),
        make_fc("large", 65536, 32768), make_depthwise("large", 65537, 1, 1, 3, 1)}) {
    std::string error;
    EXPECT_EQ(validate(layer), std::vector<std::string>{});
    EXPECT_FALSE(choose(array_of(8, 8), layer, mapping, error));
    EXPECT_EQ(error,
              "layer large: is too large for RTL and its model, allowed are dimensions up to 65536 "
              "and tensors of less than 2^31 elements (estimate --model scale-sim, date21 and "
              "roofline take larger ones)");
  }
}

TEST(Overflow, is_a_problem_exactly_where_the_worst_sum_does_not_fit) {
  ArrayConfig config = array_of(4, 4);
  config.acc_width = 20;
  // The worst product is 2^14; 2^19 / 2^14 = 32 of them are one too many.
  EXPECT_EQ(overflow_problem(config, make_pointwise("pw", 31, 1, 1, 1)), "");
  EXPECT_EQ(overflow_problem(config, make_pointwise("pw", 32, 1, 1, 1)),
            "layer pw: a sum of 32 products of 8 x 8 bits can overflow the 20-bit accumulator (a "
            "wider acc_width, or "
            "--allow-overflow to wrap around)");
  EXPECT_EQ(overflow_problem(config, make_depthwise("dw", 100, 9, 9, 5, 1)),
            "");  // 25 products, whatever the channels
  for (const int width : {16, 17, 24, 33, 64}) {
    config.acc_width = width;
    for (const int64_t reduction : {1, 2, 3, 4, 255, 511, 512, 513, 65535}) {
      const bool fits = width > 40 || reduction << 14 < int64_t{1} << (width - 1);
      EXPECT_EQ(overflow_problem(config, make_pointwise("pw", static_cast<int>(reduction), 1, 1, 1))
                    .empty(),
                fits)
          << width << " " << reduction;
    }
  }
}

}  // namespace
}  // namespace rowcast
