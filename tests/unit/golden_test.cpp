// Golden is checked by the definition of a convolution, written once more in the dullest way.
#include "sim/golden/convolution.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace rowcast::golden {
namespace {

// Seven loops and a bounds check. Every index is spelled out.
std::vector<int64_t> naive(const Convolution& s, const std::vector<int16_t>& input,
                           const std::vector<int16_t>& weights) {
  // Outputs: the starts of windows that end within the padded image.
  int out_h = 0, out_w = 0;
  while (out_h * s.stride_h + (s.kernel_h - 1) * s.dilation_h <
         s.pad_top + s.in_height + s.pad_bottom)
    ++out_h;
  while (out_w * s.stride_w + (s.kernel_w - 1) * s.dilation_w <
         s.pad_left + s.in_width + s.pad_right)
    ++out_w;
  const int group_in = s.in_channels / s.groups, group_out = s.out_channels / s.groups;
  std::vector<int64_t> output;
  for (int group = 0; group < s.groups; ++group)
    for (int o = 0; o < group_out; ++o)
      for (int y = 0; y < out_h; ++y)
        for (int x = 0; x < out_w; ++x) {
          int64_t sum = 0;
          for (int i = 0; i < group_in; ++i)
            for (int u = 0; u < s.kernel_h; ++u)
              for (int v = 0; v < s.kernel_w; ++v) {
                const int row = y * s.stride_h + u * s.dilation_h - s.pad_top;
                const int col = x * s.stride_w + v * s.dilation_w - s.pad_left;
                if (row < 0 || row >= s.in_height || col < 0 || col >= s.in_width) continue;
                const int channel = group * group_in + i, filter = group * group_out + o;
                sum += int64_t{input.at((channel * s.in_height + row) * s.in_width + col)} *
                       weights.at(((filter * group_in + i) * s.kernel_h + u) * s.kernel_w + v);
              }
          output.push_back(sum);
        }
  return output;
}

int random_in(std::mt19937_64& random, int min, int max) {
  return std::uniform_int_distribution(min, max)(random);
}

std::vector<int16_t> random_values(std::mt19937_64& random, int64_t count) {
  std::vector<int16_t> values(count);
  for (int16_t& value : values) value = static_cast<int16_t>(random_in(random, -32768, 32767));
  return values;
}

TEST(Golden, equals_the_naive_loops_for_random_shapes) {
  int strided = 0, padded = 0, dilated = 0, grouped = 0, multiplied = 0, even = 0, empty_taps = 0;
  for (uint64_t seed = 1; seed <= 6000; ++seed) {
    std::mt19937_64 random(seed);
    const int groups = random_in(random, 1, 4);
    const Convolution shape{.in_channels = groups * random_in(random, 1, 3),
                            .in_height = random_in(random, 1, 9),
                            .in_width = random_in(random, 1, 9),
                            .out_channels = groups * random_in(random, 1, 3),
                            .kernel_h = random_in(random, 1, 6),
                            .kernel_w = random_in(random, 1, 6),
                            .stride_h = random_in(random, 1, 4),
                            .stride_w = random_in(random, 1, 4),
                            .dilation_h = random_in(random, 1, 3),
                            .dilation_w = random_in(random, 1, 3),
                            .pad_top = random_in(random, 0, 6),
                            .pad_left = random_in(random, 0, 6),
                            .pad_bottom = random_in(random, 0, 6),
                            .pad_right = random_in(random, 0, 6),
                            .groups = groups};
    const int reach_h = shape.dilation_h * (shape.kernel_h - 1) + 1;
    const int reach_w = shape.dilation_w * (shape.kernel_w - 1) + 1;
    if (shape.in_height + shape.pad_top + shape.pad_bottom < reach_h ||
        shape.in_width + shape.pad_left + shape.pad_right < reach_w)
      continue;
    strided += shape.stride_h > 1 && shape.stride_w > 1 && shape.stride_h != shape.stride_w;
    padded += shape.pad_top != shape.pad_bottom && shape.pad_left != shape.pad_right &&
              shape.pad_top != shape.pad_left;
    dilated += shape.dilation_h != shape.dilation_w && shape.kernel_h > 1 && shape.kernel_w > 1;
    grouped += groups > 1;
    multiplied += groups > 1 && shape.in_channels == groups && shape.out_channels > groups;
    even += shape.kernel_h % 2 == 0 || shape.kernel_w % 2 == 0;
    empty_taps += shape.pad_top >= reach_h || shape.pad_right >= reach_w;
    const auto input =
        random_values(random, int64_t{shape.in_channels} * shape.in_height * shape.in_width);
    const auto weights = random_values(random, int64_t{shape.out_channels} * shape.in_channels /
                                                   groups * shape.kernel_h * shape.kernel_w);
    ASSERT_EQ(convolve(shape, input, weights), naive(shape, input, weights)) << fmt::format(
        "seed {}: {}x{}x{} -> {}, kernel {}x{}, stride {}x{}, dilation {}x{}, padding {}.{}.{}.{}, "
        "{} groups",
        seed, shape.in_channels, shape.in_height, shape.in_width, shape.out_channels,
        shape.kernel_h, shape.kernel_w, shape.stride_h, shape.stride_w, shape.dilation_h,
        shape.dilation_w, shape.pad_top, shape.pad_left, shape.pad_bottom, shape.pad_right, groups);
  }
  for (const int seen : {strided, padded, dilated, grouped, multiplied, even, empty_taps})
    EXPECT_GT(seen, 500);
}

TEST(Golden, equals_a_case_computed_by_hand) {
  // 1 2 3        0  1
  // 4 5 6   by  -1  2 , correlated as networks do it, not flipped
  // 7 8 9
  const Convolution shape{.in_channels = 1,
                          .in_height = 3,
                          .in_width = 3,
                          .out_channels = 1,
                          .kernel_h = 2,
                          .kernel_w = 2};
  const std::vector<int16_t> image = {1, 2, 3, 4, 5, 6, 7, 8, 9}, kernel = {0, 1, -1, 2};
  EXPECT_THAT(convolve(shape, image, kernel),
              testing::ElementsAre(2 - 4 + 10, 3 - 5 + 12, 5 - 7 + 16, 6 - 8 + 18));
}

TEST(Golden, pads_with_zeros_and_strides_from_the_padded_corner) {
  // 1 2   padded by one, a 3x3 kernel of powers of ten, stride 2: outputs see the corners
  // 3 4
  const Convolution shape{.in_channels = 1,
                          .in_height = 2,
                          .in_width = 2,
                          .out_channels = 1,
                          .kernel_h = 3,
                          .kernel_w = 3,
                          .stride_h = 2,
                          .stride_w = 2,
                          .pad_top = 1,
                          .pad_left = 1,
                          .pad_bottom = 1,
                          .pad_right = 1};
  const std::vector<int16_t> image = {1, 2, 3, 4}, kernel = {0, 0, 0, 0, 1, 10, 0, 100, 1000};
  EXPECT_THAT(convolve(shape, image, kernel), testing::ElementsAre(1 + 20 + 300 + 4000));
}

TEST(Golden, dilates_and_pads_and_strides_each_axis_by_itself) {
  // 1 2 3   padded by 1 above and 2 on the right; 2x2 taps, 2 lines and 1 column apart, every line
  // 4 5 6   and every second column:   0 0 0 0 0
  //                                    1 2 3 0 0
  //                                    4 5 6 0 0
  const Convolution shape{.in_channels = 1,
                          .in_height = 2,
                          .in_width = 3,
                          .out_channels = 1,
                          .kernel_h = 2,
                          .kernel_w = 2,
                          .stride_w = 2,
                          .dilation_h = 2,
                          .pad_top = 1,
                          .pad_right = 2};
  const std::vector<int16_t> image = {1, 2, 3, 4, 5, 6}, kernel = {1, 10, 100, 1000};
  EXPECT_THAT(convolve(shape, image, kernel), testing::ElementsAre(5400, 600));
}

TEST(Golden, groups_see_their_own_channels_only) {
  // Two channels, two groups, 1x1: each output is its own channel times its own weight.
  const Convolution shape{.in_channels = 2,
                          .in_height = 1,
                          .in_width = 2,
                          .out_channels = 2,
                          .kernel_h = 1,
                          .kernel_w = 1,
                          .groups = 2};
  EXPECT_THAT(convolve(shape, std::vector<int16_t>{1, 2, 3, 4}, std::vector<int16_t>{10, 100}),
              testing::ElementsAre(10, 20, 300, 400));
}

TEST(Golden, sums_are_exact_beyond_32_bits) {
  const int channels = 4608;
  const Convolution shape{.in_channels = channels,
                          .in_height = 1,
                          .in_width = 1,
                          .out_channels = 1,
                          .kernel_h = 1,
                          .kernel_w = 1};
  const std::vector<int16_t> lowest(channels, -32768);
  EXPECT_THAT(convolve(shape, lowest, lowest), testing::ElementsAre(int64_t{channels} << 30));
}

TEST(Golden, a_part_of_the_channels_touches_no_other) {
  const Convolution shape{.in_channels = 1,
                          .in_height = 1,
                          .in_width = 2,
                          .out_channels = 3,
                          .kernel_h = 1,
                          .kernel_w = 1};
  std::vector<int64_t> output = {1, 1, 1, 1, 1, 1};
  convolve(shape, std::vector<int16_t>{5, 7}, std::vector<int16_t>{1, 10, 100}, output, 1, 2);
  EXPECT_THAT(output, testing::ElementsAre(1, 1, 51, 71, 1, 1));
}

}  // namespace
}  // namespace rowcast::golden
