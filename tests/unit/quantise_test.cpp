// Integers between the array and the next layer.
#include "sim/quantise/requantise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <tuple>

namespace rowcast {
namespace {

using testing::ElementsAre;

int requantise(int64_t sum, int shift, Activation activation, int width) {
  static std::map<std::tuple<int, Activation, int>, Requantisation> known;  // tables are long
  const auto [how, fresh] = known.try_emplace({shift, activation, width});
  if (fresh) how->second = power_of_two(shift, activation, width);
  return rowcast::requantise(sum, how->second, 0, width);
}

// value * scale, of which 2^(width-1) stands for one.
int scaled(int value, int scale, int width) {
  return requantise(int64_t{value} * scale, width - 1, Activation::kNone, width);
}

std::vector<int> requantised(const std::vector<int64_t>& sums, Activation activation,
                             int width = 8) {
  std::vector<int> values;
  for (const int64_t sum : sums) values.push_back(requantise(sum, 0, activation, width));
  return values;
}

TEST(Quantise, shift_rounds_to_nearest_and_halves_up) {
  EXPECT_EQ(rounded_shift(5, 0), 5);
  EXPECT_EQ(rounded_shift(-5, 0), -5);
  EXPECT_EQ(rounded_shift(5, 1), 3);    // 2.5
  EXPECT_EQ(rounded_shift(-5, 1), -2);  // -2.5
  EXPECT_EQ(rounded_shift(-6, 2), -1);  // -1.5
  EXPECT_EQ(rounded_shift(-7, 2), -2);  // -1.75
  for (int64_t value = -600; value <= 600; ++value)
    for (int shift = 0; shift <= 9; ++shift)
      ASSERT_EQ(rounded_shift(value, shift),
                std::floor(std::ldexp(static_cast<double>(value), -shift) + 0.5))
          << value << " " << shift;
}

TEST(Quantise, values_saturate_at_both_ends_of_the_width) {
  EXPECT_THAT(requantised({-1000000, -129, -128, -127, 0, 126, 127, 128, int64_t{1} << 40},
                          Activation::kNone),
              ElementsAre(-128, -128, -128, -127, 0, 126, 127, 127, 127));
  EXPECT_THAT(requantised({-3, -2, -1, 0, 1, 2}, Activation::kNone, 2),
              ElementsAre(-2, -2, -1, 0, 1, 1));
  EXPECT_THAT(requantised({-32769, 32768}, Activation::kNone, 16), ElementsAre(-32768, 32767));
}

TEST(Quantise, saturation_comes_after_the_shift) {
  EXPECT_EQ(requantise(1024, 3, Activation::kNone, 8), 127);
  EXPECT_EQ(requantise(1011, 3, Activation::kNone, 8), 126);    // 126.375
  EXPECT_EQ(requantise(1012, 3, Activation::kNone, 8), 127);    // 126.5
  EXPECT_EQ(requantise(-1028, 3, Activation::kNone, 8), -128);  // -128.5
}

TEST(Quantise, relu_and_relu6_cut_negatives_and_saturation_is_the_six) {
  for (const Activation activation : {Activation::kRelu, Activation::kRelu6})
    EXPECT_THAT(requantised({-129, -128, -1, 0, 1, 127, 128}, activation),
                ElementsAre(0, 0, 0, 0, 1, 127, 127));
}

// The definitions in real numbers, 2^(width-1) standing for 6.
double hsigmoid(double x) { return std::clamp(x / 6 + 0.5, 0.0, 1.0); }
double hswish(double x) { return x * hsigmoid(x); }

TEST(Quantise, hard_swish_and_hard_sigmoid_follow_their_definitions) {
  for (const int width : {4, 8, 11, 16}) {
    const int one = 1 << (width - 1);
    for (int value = -one; value < one; ++value) {
      const double real = 6.0 * value / one;
      ASSERT_EQ(requantise(value, 0, Activation::kHsigmoid, width),
                std::min(hsigmoid(real) * one, one - 1.0))
          << value;
      ASSERT_NEAR(requantise(value, 0, Activation::kHswish, width), hswish(real) * one / 6, 0.5)
          << value;
    }
  }
}

TEST(Quantise, hard_swish_and_hard_sigmoid_at_their_ends) {
  EXPECT_THAT(
      requantised({-1000, -128, -65, -64, -63, 0, 63, 64, 127, 1000}, Activation::kHsigmoid),
      ElementsAre(0, 0, 0, 0, 1, 64, 127, 127, 127, 127));
  // Its lowest value, -0.375, is at -1.5: -8 of 128 at -32.
  EXPECT_THAT(
      requantised({-1000, -128, -64, -32, 0, 32, 63, 64, 126, 127, 1000}, Activation::kHswish),
      ElementsAre(0, 0, 0, -8, 0, 24, 63, 64, 126, 127, 127));
}

// How many sums do not fit after a shift, by the definition.
int64_t saturating(const std::vector<int64_t>& sums, int shift, bool negatives_count, int width) {
  const int64_t one = int64_t{1} << (width - 1);
  return std::ranges::count_if(sums, [&](int64_t sum) {
    const int64_t value = rounded_shift(sum, shift);
    return value >= one || (negatives_count && value < -one);
  });
}

TEST(Quantise, chosen_shift_is_the_smallest_with_at_most_one_percent_saturated) {
  for (int seed = 1; seed <= 600; ++seed) {
    std::mt19937_64 random(seed);
    const int width = 2 + seed % 15, bits = 1 + seed % 40,
              count = 1 + static_cast<int>(random() % 700);
    std::vector<int64_t> sums(count);
    for (int64_t& sum : sums) {
      sum = static_cast<int64_t>(random()) >> (64 - 1 - random() % bits);
      // Many values close to powers of two, where rounding decides.
      if (random() % 2)
        sum = (int64_t{1} << (random() % bits)) + static_cast<int64_t>(random() % 5) - 2;
      if (random() % 2) sum = -sum;
    }
    for (const Activation activation :
         {Activation::kNone, Activation::kRelu, Activation::kHswish}) {
      const bool negatives = activation != Activation::kRelu;
      const int shift = choose_shift(sums, activation, width);
      ASSERT_LE(saturating(sums, shift, negatives, width) * 100, count)
          << "seed " << seed << ", shift " << shift;
      if (shift > 0) {
        ASSERT_GT(saturating(sums, shift - 1, negatives, width) * 100, count)
            << "seed " << seed << ", shift " << shift;
      }
    }
  }
}

TEST(Quantise, shift_allows_one_in_a_hundred_to_saturate_and_no_more) {
  std::vector<int64_t> sums(100, 127);
  EXPECT_EQ(choose_shift(sums, Activation::kNone, 8), 0);
  sums[0] = 1000000;
  EXPECT_EQ(choose_shift(sums, Activation::kNone, 8), 0);
  sums[1] = 200;
  EXPECT_EQ(choose_shift(sums, Activation::kNone, 8), 1);
  sums[1] = -200;
  EXPECT_EQ(choose_shift(sums, Activation::kNone, 8), 1);
  EXPECT_EQ(choose_shift(sums, Activation::kRelu6, 8), 0);
  EXPECT_EQ(choose_shift({}, Activation::kNone, 8), 0);
}

TEST(Quantise, rounding_up_to_the_limit_counts_as_saturation) {
  EXPECT_EQ(choose_shift(std::vector<int64_t>{254}, Activation::kNone, 8), 1);  // 127
  EXPECT_EQ(choose_shift(std::vector<int64_t>{255}, Activation::kNone, 8),
            2);  // 127.5 would be 128
  EXPECT_EQ(choose_shift(std::vector<int64_t>{-128}, Activation::kNone, 8),
            0);  // the lowest value fits
  EXPECT_EQ(choose_shift(std::vector<int64_t>{-257}, Activation::kNone, 8), 1);  // -128.5 is -128
  EXPECT_EQ(choose_shift(std::vector<int64_t>{-258}, Activation::kNone, 8), 2);
}

TEST(Quantise, scaling_takes_half_the_range_of_the_width_for_one) {
  EXPECT_EQ(scaled(100, 64, 8), 50);
  EXPECT_EQ(scaled(-100, 64, 8), -50);
  EXPECT_EQ(scaled(100, 0, 8), 0);
  EXPECT_EQ(scaled(127, 127, 8), 126);  // 126.008
  EXPECT_EQ(scaled(-128, 127, 8), -127);
  EXPECT_EQ(scaled(1, 64, 8), 1);   // 0.5
  EXPECT_EQ(scaled(-1, 64, 8), 0);  // -0.5
}

// The formula of requantise.h in real numbers, where floor is a shift.
int by_definition(int64_t sum, const ChannelScale& by, int low, int high, int width) {
  const double limit = std::ldexp(1.0, width + 7);
  const double v = std::clamp(std::floor(std::ldexp(static_cast<double>(sum + by.bias), -by.pre)),
                              -limit, limit - 1);
  const double half = by.post == 0 ? 0 : std::ldexp(1.0, by.post - 1);
  return static_cast<int>(
      std::clamp<double>(std::floor(std::ldexp(v * by.scale + half, -by.post)), low, high));
}

TEST(Quantise, words_follow_the_formula_for_any_channel) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const int width = 2 + static_cast<int>(random() % 15), top = (1 << (width - 1)) - 1;
    Requantisation how;
    how.channels.resize(3);
    for (ChannelScale& by : how.channels)
      by = {static_cast<int32_t>(random()), 128 + static_cast<int>(random() % 128),
            static_cast<int>(random() % (kMaxPre + 1)),
            static_cast<int>(random() % (kMaxPost + 1))};
    how.low = random() % 2 ? 0 : -top - 1;
    how.high = random() % 2 ? top : static_cast<int>(random() % (top + 1));
    const int64_t sum = static_cast<int64_t>(random()) >> (16 + random() % 48);
    for (size_t c = 0; c < 3; ++c)
      ASSERT_EQ(rowcast::requantise(sum, how, c, width),
                by_definition(sum, how.channels[c], how.low, how.high, width))
          << i;
  }
}

TEST(Quantise, channels_follow_each_other_and_tables_come_last) {
  Requantisation how = no_requantisation(3);
  how.channels = {{.bias = 1}, {.bias = -1}};
  EXPECT_THAT(rowcast::requantise(std::vector<int64_t>{0, 2, 0, -9}, how, 2, 3),
              ElementsAre(1, 3, -1, -4));
  how.table = {3, 2, 1, 0, -1, -2, -3, -4};  // of -4, -3, ... 3
  EXPECT_THAT(rowcast::requantise(std::vector<int64_t>{0, 2, 0, -9}, how, 2, 3),
              ElementsAre(-2, -4, 0, 3));
  for (int i = 0; i < 8; ++i) how.table.push_back(static_cast<int16_t>(i == 3 ? 2 : 1));
  EXPECT_THAT(rowcast::requantise(std::vector<int64_t>{0, 2, 0, -9}, how, 2, 3),
              ElementsAre(-2, -4, 2, 1));
}

TEST(Quantise, statistics_count_zeros_both_limits_and_distinct_values) {
  const Statistics found =
      statistics(std::vector<int16_t>{0, 0, 127, -128, 5, 5, 5, 126, -127, 0}, 8);
  EXPECT_DOUBLE_EQ(found.zero_fraction, 0.3);
  EXPECT_DOUBLE_EQ(found.saturated_fraction, 0.2);
  EXPECT_EQ(found.distinct, 6);
  EXPECT_EQ(statistics({}, 8).distinct, 0);
}

}  // namespace
}  // namespace rowcast
