// The memory model against brute force: every operand word of every step by its place in the
// tensor, as the schedule's own gather functions find it, in buffers that hold words. And its
// options and what it reports.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <set>

#include "app/reports/memory_report.h"
#include "sim/model/choose.h"
#include "sim/model/memory.h"
#include "sim/schedule/gemm.h"
#include "tests/names.h"
#include "tests/random_layers.h"
#include "tests/unit/problems.h"

namespace rowcast {
namespace {

// What a step of the schedule asks for, in the order in which it enters, repeated words included.
struct Step {
  std::vector<int64_t> inputs, weights;
  int outputs = 0;
  int interval = 0;              // cycles that an equal step after it takes
  int product = 0;               // matrix product that the step is part of
  std::vector<LaneItem> rows{};  // its row side
};

std::vector<int16_t> places(
    int64_t size) {  // a tensor whose words say where they are; zero is no word
  std::vector<int16_t> values(size);
  std::iota(values.begin(), values.end(), int16_t{1});
  return values;
}

void append_words(std::vector<int64_t>& words, const std::vector<int16_t>& values) {
  for (const int16_t value : values)
    if (value != 0) words.push_back(value);
}

std::vector<Step> steps_of(const ArrayConfig& config, const Layer& layer, const Schedule& schedule,
                           bool stored_im2col) {
  const std::vector<int16_t> inputs = places(layer.inputs()), weights = places(layer.weights());
  const std::vector<int16_t> no_inputs(inputs.size()), no_weights(weights.size());
  std::vector<int16_t> values;
  std::vector<Step> steps;
  int window = 0;
  for (const Command& command : schedule.commands)
    for (int number = 0; number < command.count; ++number) {
      Step step;
      if (command.stream) {
        const StreamPlan& plan = std::get<StreamPlan>(schedule.plan);
        const bool ends = !command.chain || number + 1 == command.count;
        const int samples = ends ? command.cols - 1 + command.beats : command.cols;
        for (int pass = 0; pass < command.passes; ++pass) {
          values.assign(size_t(samples) * config.rows, 0);
          gather_samples(plan, layer, command, number, pass, 0, samples, config.rows, inputs,
                         values.data());
          append_words(step.inputs, values);
          values.assign(size_t(plan.pass_taps) * config.rows, 0);
          gather_taps(plan, command, number, pass, config.rows, weights, values.data());
          append_words(step.weights, values);
        }
        for (int r = 0; r < command.rows; ++r)
          for (int c = 0; c < config.cols; ++c)
            step.outputs += window_result(plan, layer, command, number, r, c) >= 0;
        const int pass = command.cols - 1 + command.beats;
        step.interval =
            command.chain ? command.cols : std::max(command.passes * pass, command.rows);
        step.rows = {{LaneItem::kLine, window++}};  // every window its own row side
      } else {
        const GemmPlan& plan = std::get<GemmPlan>(schedule.plan);
        const Tile tile = tile_at(config, plan, layer, command, number);
        for (const auto& [side, lanes] :
             {std::pair{&tile.rows, config.rows}, {&tile.cols, config.cols}}) {
          values.resize(size_t(command.beats) * lanes);
          gather_tile_side(plan, layer, command, tile, *side, lanes, no_inputs, weights,
                           values.data());
          append_words(step.weights, values);
          if (stored_im2col) {  // the matrix is [group][pixel][tap]
            const int64_t taps = !plan.channelwise()
                                     ? layer.reduction()
                                     : plan.branches[group_at(plan, tile.group).branch].taps();
            for (const LaneItem& item : *side)
              for (int64_t k = 0; item.kind == LaneItem::kPixel && k < taps; ++k)
                step.inputs.push_back((tile.group * layer.pixels() + item.index) * taps + k);
          } else {
            gather_tile_side(plan, layer, command, tile, *side, lanes, inputs, no_weights,
                             values.data());
            append_words(step.inputs, values);
          }
        }
        for (int r = 0; r < config.rows; ++r)
          for (int c = 0; c < config.cols; ++c)
            step.outputs += tile_result(plan, layer, tile, r, c) >= 0;
        // Tiles of an even length alternate between the results' two places if the array drains
        // meanwhile.
        const bool even = command.beats % 2 == 0 && command.beats / 2 >= command.rows;
        step.interval = even ? command.beats : std::max(command.beats | 1, command.rows);
        step.product = tile.group;
        step.rows = tile.rows;
      }
      steps.push_back(std::move(step));
    }
  return steps;
}

// Number of each step's block under one kind of block.
using Numbering = std::vector<int>;

// All kinds of blocks, coarse to fine, as memory.h lists them.
std::vector<Numbering> numberings(const std::vector<Step>& steps) {
  std::vector<Numbering> result{Numbering(steps.size(), 0)};
  for (const bool by_row_tiles : {true, false})
    for (size_t size = size_t{1} << 20; size >= 1; size /= 2) {
      Numbering numbering;
      int block = 0;
      size_t units = 1;
      for (size_t i = 0; i < steps.size(); ++i) {
        const bool new_product = i > 0 && steps[i].product != steps[i - 1].product;
        const bool new_row_tile = new_product || (i > 0 && steps[i].rows != steps[i - 1].rows);
        if (by_row_tiles ? new_product : new_row_tile)
          ++block, units = 1;
        else if (i > 0 && (by_row_tiles ? new_row_tile : true) && ++units > size)
          ++block, units = 1;
        numbering.push_back(block);
      }
      result.push_back(std::move(numbering));
    }
  return result;
}

// Words that each step loads into a buffer of `capacity` words; nothing if it overflows.
std::vector<int64_t> simulate(const std::vector<Step>& steps, std::vector<int64_t> Step::*operand,
                              const Numbering& blocks, int64_t capacity) {
  std::vector<int64_t> loads;
  std::set<int64_t> buffer;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (i > 0 && blocks[i] != blocks[i - 1]) buffer.clear();
    loads.push_back(0);
    for (const int64_t word : steps[i].*operand) loads.back() += buffer.insert(word).second;
    if (std::ssize(buffer) > capacity) return {};
  }
  return loads;
}

std::vector<int64_t> brute_force(const std::vector<Step>& steps,
                                 std::vector<int64_t> Step::*operand, int64_t capacity) {
  for (const Numbering& blocks : numberings(steps))
    if (std::vector<int64_t> loads = simulate(steps, operand, blocks, capacity); !loads.empty())
      return loads;
  std::vector<int64_t> loads;
  for (const Step& step : steps) loads.push_back(std::ssize(step.*operand));
  return loads;
}

int64_t sum_of(const std::vector<int64_t>& values) {
  return std::accumulate(values.begin(), values.end(), int64_t{0});
}

int64_t distinct(const std::vector<Step>& steps, std::vector<int64_t> Step::*operand) {
  std::set<int64_t> words;
  for (const Step& step : steps) words.insert((step.*operand).begin(), (step.*operand).end());
  return std::ssize(words);
}

// Transfers and computation on one clock, from per-step figures: `cycles` in proportion to the
// steps' intervals. Counted in parts of a word so small that all are whole: quarters, as many as
// intervals. A cycle moves `quarters` of a word.
int64_t buffered_by_hand(int64_t cycles, const std::vector<int64_t>& loads,
                         const std::vector<Step>& steps, int64_t quarters, bool overlapped) {
  int64_t intervals = 0;
  for (const Step& step : steps) intervals += step.interval;
  const int64_t word = 4 * intervals;
  int64_t time = loads.front() * word;
  for (size_t i = 0; i < steps.size(); ++i) {
    int64_t meanwhile = i + 1 < steps.size() ? loads[i + 1] : 0;
    if (overlapped && i > 0) meanwhile += steps[i - 1].outputs;
    time += std::max(cycles * steps[i].interval * quarters, meanwhile * word);
    if (!overlapped) time += steps[i].outputs * word;
  }
  if (overlapped) time += steps.back().outputs * word;
  return (time + quarters * intervals - 1) / (quarters * intervals);
}

class MemoryModel : public testing::TestWithParam<int> {};

TEST_P(MemoryModel, counts_the_words_that_a_simulation_of_every_buffer_loads) {
  constexpr double kRates[] = {0.25, 0.5, 1, 3, 16};
  for (int i = 0; i < 60; ++i) {
    const uint64_t seed = uint64_t(GetParam()) * 1000 + i;
    std::mt19937_64 random(seed);
    const ArrayConfig config = random_array(random);
    const Layer layer = random_layer(random, 12);
    for (const Schedule& schedule : all_schedules(config, layer, random)) {
      const bool stored = random_in(random, 0, 2) == 0 &&
                          (schedule.mapping == "im2col" || schedule.mapping == "gemm");
      SCOPED_TRACE(fmt::format("seed {}: {} on {}x{}, {}: {}{}", seed, describe(layer), config.rows,
                               config.cols, schedule.mapping, schedule.detail,
                               stored ? ", stored im2col" : ""));
      const std::vector<Step> steps = steps_of(config, layer, schedule, stored);
      const int64_t cycles = rtl_cycles(config, layer, schedule).total();
      Memory memory{
          .activation_sram = 1, .weight_sram = 1, .output_sram = 1, .stored_im2col = stored};
      MemoryEstimate before{.input_words = INT64_MAX, .weight_words = INT64_MAX};
      for (int growth = 0; growth < 8; ++growth) {
        memory.dram_words_per_cycle = kRates[random_in(random, 0, 4)];
        const MemoryEstimate estimate = memory_estimate(config, layer, schedule, cycles, memory);
        std::vector<int64_t> loads = brute_force(steps, &Step::inputs, memory.activation_sram / 2);
        ASSERT_EQ(estimate.input_words, sum_of(loads))
            << "activation SRAM of " << memory.activation_sram;
        const std::vector<int64_t> weights =
            brute_force(steps, &Step::weights, memory.weight_sram / 2);
        ASSERT_EQ(estimate.weight_words, sum_of(weights))
            << "weight SRAM of " << memory.weight_sram;
        std::ranges::transform(loads, weights, loads.begin(), std::plus{});
        const bool overlapped = std::ranges::all_of(
            steps, [&](const Step& step) { return step.outputs <= memory.output_sram / 2; });
        ASSERT_EQ(
            estimate.buffered_cycles,
            buffered_by_hand(cycles, loads, steps,
                             static_cast<int64_t>(4 * memory.dram_words_per_cycle), overlapped))
            << "output SRAM of " << memory.output_sram << ", " << memory.dram_words_per_cycle
            << " words per cycle";
        ASSERT_EQ(estimate.output_words, layer.outputs());
        ASSERT_LE(estimate.input_words, before.input_words);
        ASSERT_LE(estimate.weight_words, before.weight_words);
        ASSERT_GE(estimate.buffered_cycles, std::max(cycles, estimate.dram_cycles));
        ASSERT_LE(estimate.buffered_cycles, cycles + estimate.dram_cycles);
        ASSERT_EQ(estimate.dram_cycles, std::ceil(static_cast<double>(estimate.dram_words()) /
                                                  memory.dram_words_per_cycle));
        before = estimate;
        for (int64_t* sram : {&memory.activation_sram, &memory.weight_sram, &memory.output_sram})
          *sram += random_in(random, 0, static_cast<int>(*sram) + 8);
      }
      memory.activation_sram = memory.weight_sram = int64_t{1} << 40;
      const MemoryEstimate endless = memory_estimate(config, layer, schedule, cycles, memory);
      ASSERT_EQ(endless.input_words, distinct(steps, &Step::inputs));
      ASSERT_EQ(endless.weight_words, distinct(steps, &Step::weights));
      ASSERT_EQ(endless.weight_words, layer.weights());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, MemoryModel, testing::Range(1, 7), test::seed_name);

// ---------------------------------------------------------------- by hand

ArrayConfig array_of(int rows, int cols) {
  ArrayConfig config;
  config.rows = rows;
  config.cols = cols;
  return config;
}

TEST(MemoryByHand, an_image_is_loaded_once_if_it_fits_else_by_overlapping_blocks_of_output_lines) {
  // One channel of 6×4, no padding, 3×3: 4×2 outputs; a tile of 2 rows is one output line, 12
  // inputs.
  Layer layer = make_depthwise("dw", 1, 6, 4, 3, 1);
  layer.pad_top = layer.pad_left = layer.pad_bottom = layer.pad_right = 0;
  const ArrayConfig config = array_of(2, 1);
  const Schedule schedule = im2col_schedule(config, layer);
  const auto inputs = [&](int64_t half, bool stored = false) {
    const Memory memory{.activation_sram = 2 * half, .stored_im2col = stored};
    return memory_estimate(config, layer, schedule, 100, memory).input_words;
  };
  EXPECT_EQ(inputs(24), 24);      // the image
  EXPECT_EQ(inputs(23), 2 * 16);  // blocks of two output lines: four image lines each
  EXPECT_EQ(inputs(16), 2 * 16);
  EXPECT_EQ(inputs(15), 4 * 12);  // one output line
  EXPECT_EQ(inputs(12), 4 * 12);
  EXPECT_EQ(inputs(11), 8 * 9);  // nothing is kept: nine words an output
  EXPECT_EQ(inputs(1000, true), 8 * 9);
  EXPECT_EQ(inputs(1, true), 8 * 9);
}

TEST(MemoryByHand, weights_are_loaded_for_every_row_tile_unless_they_all_fit) {
  // 8 pixels and 6 filters of 5 on 2x3: 4 row tiles of 2 tiles; a tile needs 10 inputs and 15
  // weights.
  const Layer layer = make_pointwise("pw", 5, 2, 4, 6);
  const ArrayConfig config = array_of(2, 3);
  const Schedule schedule = *gemm_schedule(config, layer, Orientation::kPixelRows);
  const auto estimate = [&](int64_t activations, int64_t weights, int64_t outputs = 1000) {
    return memory_estimate(config, layer, schedule, 40,
                           {.activation_sram = 2 * activations,
                            .weight_sram = 2 * weights,
                            .output_sram = 2 * outputs,
                            .dram_words_per_cycle = 1});
  };
  EXPECT_EQ(estimate(40, 30).weight_words, 30);
  EXPECT_EQ(estimate(40, 29).weight_words, 4 * 30);
  EXPECT_EQ(estimate(40, 1).weight_words, 4 * 30);
  EXPECT_EQ(estimate(10, 30).input_words, 40);     // kept through its row tile
  EXPECT_EQ(estimate(9, 30).input_words, 2 * 40);  // enters with each of two tiles
  EXPECT_EQ(estimate(40, 30).output_words, 48);
}

TEST(MemoryByHand, transfers_hide_behind_computation_but_for_the_first_load_and_the_last_store) {
  // The layer above: loads of 25, 15, then 10 with every second tile; 8 tiles of 6 outputs.
  const Layer layer = make_pointwise("pw", 5, 2, 4, 6);
  const ArrayConfig config = array_of(2, 3);
  const Schedule schedule = *gemm_schedule(config, layer, Orientation::kPixelRows);
  const std::vector<int64_t> loads{25, 15, 10, 0, 10, 0, 10, 0};
  std::vector<Step> steps = steps_of(config, layer, schedule, false);
  ASSERT_EQ(steps.size(), 8u);
  for (const int64_t rate : {1, 2, 5}) {
    for (const int64_t outputs : {6, 5}) {  // half the SRAM: a tile's outputs, or less
      const MemoryEstimate estimate = memory_estimate(
          config, layer, schedule, 80,
          {.output_sram = 2 * outputs, .dram_words_per_cycle = static_cast<double>(rate)});
      EXPECT_EQ(estimate.buffered_cycles,
                buffered_by_hand(80, loads, steps, 4 * rate, outputs == 6));
    }
  }
  const auto cycles = [&](double rate) {
    return memory_estimate(config, layer, schedule, 80, {.dram_words_per_cycle = rate})
        .buffered_cycles;
  };
  EXPECT_EQ(cycles(5), 5 + 80 + 2);  // 25/5, all hidden, 6/5 rounded up
  EXPECT_EQ(cycles(1),
            25 + 15 + 16 + 10 + 16 + 10 + 16 + 10 + 10 + 6);  // 10 cycles, or 10 loads + 6 stores
  EXPECT_EQ(cycles(1000), 81);
}

TEST(MemoryByHand, a_layers_cycles_are_its_steps_in_proportion_to_their_intervals) {
  // Three channels of two pixels, 3×3, two channels at once and then one: tiles of 18 and 9 beats.
  const Layer layer = make_depthwise("dw", 3, 1, 2, 3, 1);
  const ArrayConfig config = array_of(2, 2);
  const Schedule schedule = *dwc_schedule(config, layer, {.channels = 2});
  const MemoryEstimate estimate =
      memory_estimate(config, layer, schedule, 27 * 9, {.dram_words_per_cycle = 1.0 / 16});
  // 4 + 18 words come first; then 162 cycles or 2 + 9 words, 81 cycles or 4 outputs; 2 outputs go
  // last.
  EXPECT_EQ(estimate.buffered_cycles, 22 * 16 + 11 * 16 + 81 + 2 * 16);
}

TEST(MemoryByHand, a_full_fuse_layer_reads_the_words_of_both_branches_once_if_all_fit) {
  const Layer layer = make_fuse(make_depthwise("fuse", 4, 6, 5, 3, 1), false);
  const ArrayConfig config = array_of(4, 5);
  std::string error;
  for (const char* mapping : {"im2col", "gemm-dwc", "st-os-line", "st-os"}) {
    SCOPED_TRACE(mapping);
    const Choice choice = choose(config, layer, *find_mapping(mapping), error).value();
    const MemoryEstimate estimate =
        memory_estimate(config, layer, choice.schedule, choice.phases.total(), {});
    EXPECT_EQ(estimate.input_words, 4 * 6 * 5);
    EXPECT_EQ(estimate.weight_words, layer.weights());
    EXPECT_EQ(estimate.output_words, layer.outputs());
  }
}

// ---------------------------------------------------------------- options and reports

Memory memory_of(const std::string& arguments, const ArrayConfig& config = {}) {
  CLI::App app;
  CommandOptions command(app);
  MemoryOptions options;
  options.add_to(command);
  app.parse(arguments);
  command.check();
  EXPECT_EQ(options.given(), !arguments.empty());
  return options.resolve(config);
}

TEST(MemoryOptions, without_any_are_64_KB_each_and_16_words_per_cycle) {
  for (const char* arguments : {"", "--memory"}) {
    const Memory memory = memory_of(arguments);
    EXPECT_EQ(memory.activation_sram, 65536);
    EXPECT_EQ(memory.weight_sram, 65536);
    EXPECT_EQ(memory.output_sram, 65536);
    EXPECT_EQ(memory.dram_words_per_cycle, 16);
    EXPECT_FALSE(memory.stored_im2col);
  }
}

TEST(MemoryOptions, turn_KB_into_words_of_the_wider_operand_or_of_the_width_given) {
  ArrayConfig config;
  config.data_width = 8;
  config.weight_width = 12;
  EXPECT_EQ(memory_of("--memory --sram-activations 3", config).activation_sram, 3 * 8192 / 12);
  const Memory memory = memory_of(
      "--memory --sram-weights 1 --sram-outputs 2 --word-bits 16 --dram-words-per-cycle 0.5 "
      "--im2col "
      "stored");
  EXPECT_EQ(memory.weight_sram, 512);
  EXPECT_EQ(memory.output_sram, 1024);
  EXPECT_EQ(memory.dram_words_per_cycle, 0.5);
  EXPECT_TRUE(memory.stored_im2col);
}

TEST(MemoryOptions, that_are_wrong_are_named_all_at_once) {
  const auto wrong = [] {
    memory_of(
        "--memory --sram-activations x --sram-weights 0 --sram-outputs 1.5 "
        "--dram-words-per-cycle nan --im2col both");
  };
  EXPECT_THAT(
      test::problems_of(wrong),
      testing::ElementsAre("--sram-activations: 'x' is no integer, allowed is 1 to 1048576",
                           "--sram-weights: 0 is out of range, allowed is 1 to 1048576",
                           "--sram-outputs: '1.5' is no integer, allowed is 1 to 1048576",
                           "--dram-words-per-cycle: 'nan' is no number, allowed is 0.001 to 65536",
                           "--im2col: 'both' is unknown, allowed are addressed, stored"));
  EXPECT_THAT(test::problems_of([] { memory_of("--memory --word-bits 7"); }),
              testing::ElementsAre("--word-bits: 7 is out of range, allowed is 8 to 64"));
}

TEST(MemoryReports, add_columns_at_the_end_and_keys_to_layers_and_totals) {
  const MemoryReport estimates{{1, 2, 3, 4, 5}, {10, 20, 30, 40, 50}};
  EXPECT_EQ(with_memory("a,b\nx,y\nz,w\n", estimates),
            "a,b,dram_input_words,dram_weight_words,dram_output_words,dram_words,dram_cycles,"
            "buffered_cycles\n"
            "x,y,1,2,3,6,4,5\nz,w,10,20,30,60,40,50\n");
  nlohmann::ordered_json json{{"layers", {{{"name", "a"}}, {{"name", "b"}}}},
                              {"totals", {{"cycles", 7}}}};
  add_memory(json, {}, estimates);
  EXPECT_EQ(json["layers"][1]["dram_words"], 60);
  EXPECT_EQ(json["layers"][1]["buffered_cycles"], 50);
  EXPECT_EQ(json["totals"]["cycles"], 7);
  EXPECT_EQ(json["totals"]["dram_words"], 66);
  EXPECT_EQ(json["totals"]["dram_cycles"], 44);
  EXPECT_EQ(json["totals"]["buffered_cycles"], 55);
  EXPECT_EQ(json["memory"]["im2col"], "addressed");
}

}  // namespace
}  // namespace rowcast
