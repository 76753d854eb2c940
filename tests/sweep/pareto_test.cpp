// The front of many points, against its definition.
#include <gtest/gtest.h>

#include <random>

#include "sim/sweep/pareto.h"

namespace rowcast {
namespace {

using Points = std::vector<std::pair<double, double>>;

// By definition, every point against every other.
std::vector<bool> front_by_definition(const Points& points) {
  std::vector<bool> front;
  for (const auto& [x, y] : points) {
    bool beaten = false;
    for (const auto& [a, b] : points) beaten |= a <= x && b <= y && (a < x || b < y);
    front.push_back(!beaten);
  }
  return front;
}

TEST(Pareto, front_is_what_no_other_point_beats_for_random_points) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 3000; ++i) {
    // Few values, so that many points share one or both.
    const int values = 1 + static_cast<int>(random() % 30);
    Points points(random() % 60);
    for (auto& [x, y] : points)
      x = static_cast<double>(random() % values), y = static_cast<double>(random() % values);
    ASSERT_EQ(pareto_front(points), front_by_definition(points));
  }
}

TEST(Pareto, front_keeps_equals_and_drops_what_is_worse_in_one_only) {
  const Points points = {{1, 5}, {1, 5}, {1, 6}, {2, 5}, {2, 4}, {3, 4}, {0.5, 9}};
  EXPECT_EQ(pareto_front(points), (std::vector{true, true, false, false, true, false, true}));
}

TEST(Pareto, front_of_nothing_is_empty) { EXPECT_TRUE(pareto_front(Points{}).empty()); }

}  // namespace
}  // namespace rowcast
