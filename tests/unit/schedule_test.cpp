// First oracle: schedules carried out in plain C++ equal golden, over thousands of random shapes;
// and the cycle model's closed forms equal its beat-by-beat form.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <tuple>

#include "sim/host/reference.h"
#include "sim/model/choose.h"
#include "sim/schedule/beginning.h"
#include "sim/schedule/execute.h"
#include "sim/schedule/gemm.h"
#include "sim/schedule/stream.h"
#include "tests/names.h"
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

// Which of the plan's steps a step of a command is, and what the sequencer is told of it.
auto identity(const Command& command, int step) {
  return std::tuple(command.first_step + step, command.repeat, command.edge, command.first_group,
                    command.rows, command.beats, command.cols, command.passes);
}

TEST_P(Schedules, cut_anywhere_and_back_to_back_have_the_cycles_that_playing_their_beats_has) {
  int cut_behind_the_last_result = 0;
  for (int i = 0; i < 900; ++i) {
    const uint64_t seed = uint64_t(GetParam()) * 1000 + i;
    std::mt19937_64 random(seed);
    const ArrayConfig config = random_array(random);
    std::vector<Layer> layers;
    std::vector<Schedule> schedules;
    for (int n = random_in(random, 1, 3); n > 0; --n) {
      layers.push_back(random_layer(random));
      const std::vector<Schedule> all = all_schedules(config, layers.back(), random);
      const Schedule& whole = all[random_in(random, 0, static_cast<int>(all.size()) - 1)];
      const int steps = random_in(random, 1, static_cast<int>(whole.commands.steps()));
      SCOPED_TRACE(fmt::format("seed {}: {} of {} on {}x{} by {}: {}", seed, steps,
                               describe(layers.back()), config.rows, config.cols, whole.mapping,
                               whole.detail));
      schedules.push_back(beginning(whole, steps));
      ASSERT_EQ(schedules.back().commands.steps(), steps);
      std::vector<decltype(identity({}, 0))> expected, found;
      for (const auto& [commands, into] :
           {std::pair(&whole.commands, &expected), {&schedules.back().commands, &found}})
        for (const Command& command : *commands) {
          ASSERT_LT(command.count, 1 << config.tag_width);
          for (int step = 0; step < command.count; ++step) into->push_back(identity(command, step));
        }
      expected.resize(steps);
      ASSERT_EQ(found, expected);
      if (const auto* plan = std::get_if<StreamPlan>(&whole.plan))
        cut_behind_the_last_result += last_window(*plan, steps).window < steps - 1;
    }
    std::vector<Task> tasks;
    for (size_t n = 0; n < layers.size(); ++n) tasks.push_back({&layers[n], &schedules[n]});
    ASSERT_EQ(rtl_cycles(config, tasks), rtl_cycles_stalled(config, tasks, {})) << "seed " << seed;
  }
  EXPECT_GT(cut_behind_the_last_result, 0);
}

TEST_P(Schedules, have_the_last_windows_with_results_that_looking_at_all_of_them_finds) {
  for (int i = 0; i < 200; ++i) {
    const uint64_t seed = uint64_t(GetParam()) * 1000 + i;
    std::mt19937_64 random(seed);
    const ArrayConfig config = random_array(random);
    const Layer layer = random_layer(random);
    for (const Schedule& schedule : all_schedules(config, layer, random)) {
      const auto* plan = std::get_if<StreamPlan>(&schedule.plan);
      if (!plan) continue;
      SCOPED_TRACE(fmt::format("seed {}: {} on {}x{} by {}: {}", seed, describe(layer), config.rows,
                               config.cols, schedule.mapping, schedule.detail));
      LastWindow expected;
      for (const Command& command : schedule.commands)
        for (int step = 0; step < command.count; ++step) {
          const int64_t window = command.first_step + step;
          for (int r = 0; r < command.rows; ++r)
            for (int c = 0; c < config.cols; ++c)
              if (window_result(*plan, layer, command, step, r, c) >= 0) expected = {window, r};
          const LastWindow found = last_window(*plan, window + 1);
          ASSERT_EQ(found.window, expected.window);
          ASSERT_EQ(found.row, expected.row);
        }
      ASSERT_EQ(expected.window, schedule.commands.steps() - 1);  // no useless windows at the end
    }
  }
}

TEST(Mappings, take_every_channelwise_geometry) {
  int kernels = 0, strides = 0, dilations = 0, pads = 0, multipliers = 0, dilated_rasters = 0;
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    std::mt19937_64 random(seed);
    const ArrayConfig config = random_array(random);
    const Layer layer = random_layer(random);
    SCOPED_TRACE(
        fmt::format("seed {}: {} on {}x{}", seed, describe(layer), config.rows, config.cols));
    kernels += layer.kernel_h != layer.kernel_w;
    strides += layer.stride_h != layer.stride_w;
    dilations += layer.vertical().dilation > 1 || layer.horizontal().dilation > 1;
    pads += layer.pad_top != layer.pad_bottom && layer.pad_left != layer.pad_right &&
            layer.pad_top != layer.pad_left;
    multipliers += layer.multiplier() > 1;
    if (!is_channelwise(layer)) continue;
    EXPECT_FALSE(im2col_schedule(config, layer).commands.empty());
    EXPECT_TRUE(dwc_schedule(config, layer, {}));
    EXPECT_TRUE(dwc_schedule(config, layer, {.band = 1}));
    EXPECT_TRUE(line_schedule(config, layer));
    EXPECT_TRUE(stream_schedule(config, layer, {}));
    // A raster's taps are runs of neighbours, one run a line.
    const Axis along = branches(layer).front().along(), across = branches(layer).front().across();
    const std::optional<Schedule> raster = stream_schedule(config, layer, {.raster = true});
    EXPECT_EQ(raster.has_value(), across.taps == 1 || along.dilation == 1);
    dilated_rasters += raster && across.taps > 1 && across.dilation > 1;
  }
  // Whatever all these tests draw.
  for (const int seen : {kernels, strides, dilations, pads, multipliers}) EXPECT_GT(seen, 100);
  EXPECT_GT(dilated_rasters, 10);
}

INSTANTIATE_TEST_SUITE_P(seeds, Schedules, testing::Range(1, 11), test::seed_name);

TEST(Commands, are_made_of_runs_that_repeat_and_are_cut_where_a_count_is_full) {
  ArrayConfig config;
  config.tag_width = 2;  // counts up to 3
  const Commands commands(config, {{.runs = {{{.rows = 4}, 5}, {{.rows = 1}, 2}}, .repeats = 3},
                                   {.runs = {{{.rows = 2}, 3}}, .repeats = 1, .first_repeat = 7}});
  EXPECT_EQ(commands.steps(), 3 * 7 + 3);
  std::string text;
  for (const Command& command : commands)
    text += fmt::format("{}: {} of {} rows from {}; ", command.repeat, command.count, command.rows,
                        command.first_step);
  EXPECT_EQ(text,
            "0: 3 of 4 rows from 0; 0: 2 of 4 rows from 3; 0: 2 of 1 rows from 0; "
            "1: 3 of 4 rows from 0; 1: 2 of 4 rows from 3; 1: 2 of 1 rows from 0; "
            "2: 3 of 4 rows from 0; 2: 2 of 4 rows from 3; 2: 2 of 1 rows from 0; "
            "7: 3 of 2 rows from 0; ");
}

}  // namespace
}  // namespace rowcast
