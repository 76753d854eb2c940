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
  const int out_h = (s.in_height + 2 * s.pad_h - s.kernel_h) / s.stride_h + 1;
  const int out_w = (s.in_width + 2 * s.pad_w - s.kernel_w) / s.stride_w + 1;
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
                const int row = y * s.stride_h + u - s.pad_h, col = x * s.stride_w + v - s.pad_w;
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
  int strided = 0, padded = 0, grouped = 0, even = 0, empty_taps = 0;
  for (uint64_t seed = 1; seed <= 4000; ++seed) {
    std::mt19937_64 random(seed);
    Convolution shape{};
    shape.groups = random_in(random, 1, 4);
    shape.in_channels = shape.groups * random_in(random, 1, 3);
    shape.out_channels = shape.groups * random_in(random, 1, 3);
    shape.in_height = random_in(random, 1, 9);
    shape.in_width = random_in(random, 1, 9);
    shape.kernel_h = random_in(random, 1, 6);
    shape.kernel_w = random_in(random, 1, 6);
    shape.stride_h = random_in(random, 1, 4);
    shape.stride_w = random_in(random, 1, 4);
    shape.pad_h = random_in(random, 0, 6);
    shape.pad_w = random_in(random, 0, 6);
    if (shape.in_height + 2 * shape.pad_h < shape.kernel_h ||
        shape.in_width + 2 * shape.pad_w < shape.kernel_w)
      continue;
    strided += shape.stride_h > 1 && shape.stride_w > 1 && shape.stride_h != shape.stride_w;
    padded += shape.pad_h > 0 && shape.pad_w > 0;
    grouped += shape.groups > 1;
    even += shape.kernel_h % 2 == 0 || shape.kernel_w % 2 == 0;
    empty_taps += shape.pad_h >= shape.kernel_h || shape.pad_w >= shape.kernel_w;
    const auto input =
        random_values(random, int64_t{shape.in_channels} * shape.in_height * shape.in_width);
    const auto weights = random_values(random, int64_t{shape.out_channels} * shape.in_channels /
                                                   shape.groups * shape.kernel_h * shape.kernel_w);
    ASSERT_EQ(convolve(shape, input, weights), naive(shape, input, weights)) << fmt::format(
        "seed {}: {}x{}x{} -> {}, kernel {}x{}, stride {}x{}, padding {}x{}, {} groups", seed,
        shape.in_channels, shape.in_height, shape.in_width, shape.out_channels, shape.kernel_h,
        shape.kernel_w, shape.stride_h, shape.stride_w, shape.pad_h, shape.pad_w, shape.groups);
  }
  for (const int seen : {strided, padded, grouped, even, empty_taps}) EXPECT_GT(seen, 500);
}

TEST(Golden, equals_a_case_computed_by_hand) {
  // 1 2 3        0  1
  // 4 5 6   by  -1  2 , correlated as networks do it, not flipped
  // 7 8 9
  const Convolution shape{1, 3, 3, 1, 2, 2, 1, 1, 0, 0, 1};
  const std::vector<int16_t> image = {1, 2, 3, 4, 5, 6, 7, 8, 9}, kernel = {0, 1, -1, 2};
  EXPECT_THAT(convolve(shape, image, kernel),
              testing::ElementsAre(2 - 4 + 10, 3 - 5 + 12, 5 - 7 + 16, 6 - 8 + 18));
}

TEST(Golden, pads_with_zeros_and_strides_from_the_padded_corner) {
  // 1 2   padded by one, a 3x3 kernel of powers of ten, stride 2: outputs see the corners
  // 3 4
  const Convolution shape{1, 2, 2, 1, 3, 3, 2, 2, 1, 1, 1};
  const std::vector<int16_t> image = {1, 2, 3, 4}, kernel = {0, 0, 0, 0, 1, 10, 0, 100, 1000};
  EXPECT_THAT(convolve(shape, image, kernel), testing::ElementsAre(1 + 20 + 300 + 4000));
}

TEST(Golden, groups_see_their_own_channels_only) {
  // Two channels, two groups, 1x1: each output is its own channel times its own weight.
  const Convolution shape{2, 1, 2, 2, 1, 1, 1, 1, 0, 0, 2};
  EXPECT_THAT(convolve(shape, std::vector<int16_t>{1, 2, 3, 4}, std::vector<int16_t>{10, 100}),
              testing::ElementsAre(10, 20, 300, 400));
}

TEST(Golden, sums_are_exact_beyond_32_bits) {
  const int channels = 4608;
  const Convolution shape{channels, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1};
  const std::vector<int16_t> lowest(channels, -32768);
  EXPECT_THAT(convolve(shape, lowest, lowest), testing::ElementsAre(int64_t{channels} << 30));
}

TEST(Golden, a_part_of_the_channels_touches_no_other) {
  const Convolution shape{1, 1, 2, 3, 1, 1, 1, 1, 0, 0, 1};
  std::vector<int64_t> output = {1, 1, 1, 1, 1, 1};
  convolve(shape, std::vector<int16_t>{5, 7}, std::vector<int16_t>{1, 10, 100}, output, 1, 2);
  EXPECT_THAT(output, testing::ElementsAre(1, 1, 51, 71, 1, 1));
}

}  // namespace
}  // namespace rowcast::golden
