// The estimate beside the exact timeline: the same but for a constant where its formula is exact,
// and near it elsewhere.
#include "sim/accelerator/estimate.h"

#include <gtest/gtest.h>

#include "sim/accelerator/timing.h"
#include "tests/accelerator/random_moves.h"

namespace rowcast::accelerator {
namespace {

class Estimates : public testing::TestWithParam<int> {
 protected:
  // By how much the estimate is above the timeline.
  int64_t above(const Move& move) const {
    Estimate estimate(config_);
    Timeline timeline(config_);
    estimate.add(move);
    return estimate.cycles() - timeline.add(move).done;
  }

  AcceleratorConfig config_{.array = {.rows = GetParam(), .cols = GetParam(), .max_reduction = 200},
                            .a_depth = 4000,
                            .b_depth = 4000,
                            .w_depth = 7000,
                            .q_depth = 100,
                            .s_depth = 1000};
};
INSTANTIATE_TEST_SUITE_P(Of, Estimates, testing::Values(4, 5, 8, 13, 32),
                         [](const auto& info) { return "n" + std::to_string(info.param); });

TEST_P(Estimates, are_the_timeline_s_plus_a_constant_of_streams_and_of_tiles_that_do_not_wait) {
  Random random(1);
  int streams = 0, tiles = 0;
  for (int i = 0; i < 1500; ++i) {
    const Move move = random_move(random, config_);
    if (move.windows) {
      ASSERT_EQ(above(move), 2) << "move " << i << ": " << dump(move);
      ++streams;
    } else if (move.runs * move.groups > 1 && move.beats % 2 == 0 && move.beats >= 2 * GetParam()) {
      ASSERT_EQ(above(move), 4) << "move " << i << ": " << dump(move);
      ++tiles;
    }
  }
  EXPECT_GT(streams, 300);
  EXPECT_GT(tiles, 20);
}

TEST_P(Estimates, of_one_tile_are_the_timeline_s_or_a_row_s_cycles_more) {
  Random random(2);
  int tiles = 0;
  for (int i = 0; i < 1500; ++i) {
    const Move move = random_move(random, config_);
    if (move.windows || move.runs * move.groups > 1) continue;
    ASSERT_GE(above(move), 4) << "move " << i << ": " << dump(move);
    ASSERT_LT(above(move), 4 + GetParam()) << "move " << i << ": " << dump(move);
    ++tiles;
  }
  EXPECT_GT(tiles, 200);
}

TEST_P(Estimates, of_sequences_are_from_2_percent_below_to_20_above) {
  Random random(3);
  for (int i = 0; i < 200; ++i) {
    Estimate estimate(config_);
    Timeline timeline(config_);
    for (int m = 0; m < 12; ++m) {
      const Move move = random_move(random, config_);
      estimate.add(move);
      timeline.add(move);
    }
    ASSERT_GE(100 * estimate.cycles(), 98 * timeline.end()) << "sequence " << i;
    ASSERT_LE(100 * estimate.cycles(), 120 * timeline.end()) << "sequence " << i;
  }
}

}  // namespace
}  // namespace rowcast::accelerator
