// First oracle: schedules carried out in plain C++ equal golden, over thousands of random shapes;
// and the cycle model's closed forms equal its beat-by-beat form.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "sim/host/reference.h"
#include "sim/model/choose.h"
#include "sim/schedule/execute.h"
#include "sim/schedule/gemm.h"
#include "sim/schedule/stream.h"
#include "tests/random_layers.h"

namespace rowcast {
namespace {

class Schedules : public testing::TestWithParam<int> {};

TEST_P(Schedules, of_random_shapes_equal_golden_and_both_model_forms_agree) {
  const int shapes = 260;
  for (int i = 0; i < shapes; ++i) {
    const uint64_t seed = uint64_t(GetParam()) * 1000 + i;
    std::mt19937_64 random(seed);
    const ArrayConfig config = random_array(random);
    const Layer layer = random_layer(random);
    SCOPED_TRACE(
        fmt::format("seed {}: {} on {}x{}", seed, describe(layer), config.rows, config.cols));
    const std::vector<int16_t> input = random_values(random, layer.inputs());
    const std::vector<int16_t> weights = random_values(random, layer.weights());
    const std::vector<int64_t> expected = golden_outputs(layer, input, weights);
    const std::vector<Schedule> schedules = all_schedules(config, layer, random);
    ASSERT_FALSE(schedules.empty());
    for (const Schedule& schedule : schedules) {
      SCOPED_TRACE(fmt::format("{}: {}", schedule.mapping, schedule.detail));
      std::vector<int64_t> outputs;
      ASSERT_NO_THROW(outputs = execute(config, layer, schedule, input, weights));
      ASSERT_EQ(outputs, expected);
      const Phases closed = rtl_cycles(config, layer, schedule);
      const Task task{&layer, &schedule};
      const Phases played = rtl_cycles_stalled(config, {&task, 1}, {});
      ASSERT_EQ(closed.total(), played.total());
      ASSERT_EQ(closed, played);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, Schedules, testing::Range(1, 11));

}  // namespace
}  // namespace rowcast
