#include "sim/search/ranking.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace rowcast {
namespace {

TEST(Mean, has_the_standard_error_of_its_values) {
  const std::vector<double> values = {2, 4, 4, 4, 5, 5, 7, 9};
  const Mean mean = mean_of(values);
  EXPECT_DOUBLE_EQ(mean.mean, 5);
  EXPECT_DOUBLE_EQ(*mean.error, std::sqrt(32.0 / 7 / 8));
  EXPECT_EQ(mean_of(std::vector<double>{3}).error, std::nullopt);
}

TEST(RankCorrelation, is_one_for_any_rising_and_minus_one_for_any_falling_relation) {
  const std::vector<double> a = {1, 2, 5, 9}, cubes = {1, 8, 125, 729}, falling = {7, 3, 2, -8};
  EXPECT_DOUBLE_EQ(*rank_correlation(a, cubes), 1);
  EXPECT_DOUBLE_EQ(*rank_correlation(a, falling), -1);
}

TEST(RankCorrelation, is_what_the_differences_of_ranks_say) {
  // 1 - 6 * sum of squared differences / (n (n² - 1)), without ties.
  const std::vector<double> a = {86, 97, 99, 100, 101, 103, 106, 110, 112, 113},
                            b = {2, 20, 28, 27, 50, 29, 7, 17, 6, 12};
  EXPECT_DOUBLE_EQ(*rank_correlation(a, b), 1 - 6.0 * 194 / 990);
}

TEST(RankCorrelation, gives_ties_the_mean_of_their_ranks) {
  // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4.
  EXPECT_DOUBLE_EQ(
      *rank_correlation(std::vector<double>{1, 2, 2, 3}, std::vector<double>{1, 2, 3, 4}),
      4.5 / std::sqrt(4.5 * 5));
}

TEST(RankCorrelation, says_nothing_of_two_pairs_or_of_equal_values) {
  EXPECT_EQ(rank_correlation(std::vector<double>{1, 2}, std::vector<double>{1, 2}), std::nullopt);
  EXPECT_EQ(rank_correlation(std::vector<double>{1, 1, 1}, std::vector<double>{1, 2, 3}),
            std::nullopt);
}

}  // namespace
}  // namespace rowcast
