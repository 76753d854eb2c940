// Sums that are worth having, against all sums there are.
#include "sim/search/front.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "generator/error.h"
#include "sim/sweep/pareto.h"

namespace rowcast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using Pairs = std::vector<std::pair<double, double>>;
using Stages = std::vector<std::vector<Option>>;

Pairs pairs_of(const std::vector<Sum>& sums) {
  Pairs pairs;
  for (const Sum& sum : sums) pairs.emplace_back(static_cast<double>(sum.cycles), sum.loss);
  return pairs;
}

// All sums, and then those that pareto_front() leaves.
Pairs by_force(const Stages& stages, int64_t fixed) {
  Pairs all = {{static_cast<double>(fixed), 0}};
  for (const std::vector<Option>& options : stages) {
    Pairs longer;
    for (const auto& [cycles, loss] : all)
      for (const Option& option : options)
        longer.emplace_back(cycles + static_cast<double>(option.cycles), loss + option.loss);
    all = std::move(longer);
  }
  const std::vector<bool> front = pareto_front(all);
  Pairs kept;
  for (size_t i = 0; i < all.size(); ++i)
    if (front[i]) kept.push_back(all[i]);
  std::ranges::sort(kept);
  kept.erase(std::ranges::unique(kept).begin(), kept.end());
  return kept;
}

TEST(Front, equals_that_of_all_sums) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    // Small numbers, so that sums meet; large ones, so that they do not. Losses that round.
    const int64_t range = round % 2 ? 6 : 100000;
    Stages stages(1 + random() % 7);
    for (std::vector<Option>& options : stages)
      for (size_t k = 1 + random() % 3; k > 0; --k)
        options.push_back({static_cast<int64_t>(random() % range) - range / 2,
                           static_cast<double>(random() % range) / 7 - 1});
    const auto fixed = static_cast<int64_t>(random() % 1000);
    const std::vector<Sum> sums = front_of(stages, fixed);
    ASSERT_EQ(pairs_of(sums), by_force(stages, fixed)) << "round " << round;
    for (const Sum& sum : sums) {
      Sum again{.cycles = fixed};
      ASSERT_EQ(sum.options.size(), stages.size());
      for (size_t s = 0; s < stages.size(); ++s) {
        again.cycles += stages[s].at(sum.options[s]).cycles;
        again.loss += stages[s][sum.options[s]].loss;
      }
      EXPECT_EQ(again.cycles, sum.cycles);
      EXPECT_EQ(again.loss, sum.loss);
    }
  }
}

TEST(Front, of_no_stage_is_what_is_fixed) {
  EXPECT_THAT(pairs_of(front_of({}, 7)), ElementsAre(Pair(7, 0)));
}

TEST(Front, refuses_more_sums_than_memory_is_meant_for) {
  // Each stage doubles what is worth keeping: binary numbers against their complement.
  Stages stages;
  for (int bit = 0; bit < 24; ++bit)
    stages.push_back({{0, static_cast<double>(1 << bit)}, {1 << bit, 0}});
  try {
    (void)front_of(stages, 0);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "--operators: more than 4000000 sums of cycles and losses are worth keeping, "
                 "allowed are fewer operators or layers");
  }
}

TEST(Spread, takes_the_ends_and_what_is_nearest_to_equal_steps) {
  EXPECT_THAT(spread({10, 11, 12, 40, 60, 61, 90, 110}, 3), ElementsAre(0, 4, 7));
  EXPECT_THAT(spread({10, 11, 12, 100}, 3), ElementsAre(0, 2, 3));
  EXPECT_THAT(spread({10, 11, 12, 13, 1000}, 4), ElementsAre(0, 3, 4));  // none twice
  EXPECT_THAT(spread({10, 20, 30}, 1), ElementsAre(2));
  EXPECT_THAT(spread({10, 20}, 5), ElementsAre(0, 1));
  EXPECT_THAT(spread({}, 5), IsEmpty());
}

}  // namespace
}  // namespace rowcast
