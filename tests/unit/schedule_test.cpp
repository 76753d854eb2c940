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

// The output that each PE makes in a step, row by row; -1: none.
using Results = std::vector<int64_t>;

Results results_one_by_one(const ArrayConfig& config, const Layer& layer, const Schedule& schedule,
                           const Command& command, int step) {
  Results results;
  const auto* gemm = std::get_if<GemmPlan>(&schedule.plan);
  const Tile tile = gemm ? tile_at(config, *gemm, layer, command, step) : Tile{};
  for (int r = 0; r < command.rows; ++r)
    for (int c = 0; c < config.cols; ++c)
      results.push_back(
          gemm ? tile_result(*gemm, layer, tile, r, c)
               : window_result(std::get<StreamPlan>(schedule.plan), layer, command, step, r, c));
  return results;
}

Results results_in_runs(const ArrayConfig& config, const Layer& layer, const Schedule& schedule,
                        const Command& command, int step) {
  Results results(size_t(command.rows) * config.cols, -1);
  const auto place = [&](int row, const ResultRun& run) {
    for (int i = 0; i < run.count; ++i)
      results.at(size_t(row) * config.cols + run.col + i * run.col_step) =
          run.index + i * run.index_step;
  };
  if (const auto* gemm = std::get_if<GemmPlan>(&schedule.plan)) {
    std::vector<ResultGrid> grids;
    tile_results(*gemm, layer, tile_at(config, *gemm, layer, command, step), grids);
    for (const ResultGrid& grid : grids)
      for (int r = 0; r < grid.rows; ++r) {
        ResultRun run = grid.first;
        run.index += r * grid.row_step;
        place(grid.first_row + r, run);
      }
    return results;
  }
  std::vector<ResultRun> runs;
  for (int r = 0; r < command.rows; ++r) {
    window_results(std::get<StreamPlan>(schedule.plan), layer, command, step, r, runs);
    for (const ResultRun& run : runs) place(r, run);
  }
  return results;
}

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

TEST_P(Schedules, have_runs_of_results_that_are_those_of_the_single_elements) {
  for (int i = 0; i < 200; ++i) {
    const uint64_t seed = uint64_t(GetParam()) * 1000 + i;
    std::mt19937_64 random(seed);
    const ArrayConfig config = random_array(random);
    const Layer layer = random_layer(random);
    for (const Schedule& schedule : all_schedules(config, layer, random)) {
      SCOPED_TRACE(fmt::format("seed {}: {} on {}x{} by {}: {}", seed, describe(layer), config.rows,
                               config.cols, schedule.mapping, schedule.detail));
      for (const Command& command : schedule.commands)
        for (int step = 0; step < command.count; ++step)
          ASSERT_EQ(results_in_runs(config, layer, schedule, command, step),
                    results_one_by_one(config, layer, schedule, command, step));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, Schedules, testing::Range(1, 11));

}  // namespace
}  // namespace rowcast
