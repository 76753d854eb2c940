// Programs executed move by move: every tensor of every network as golden inference has it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <tuple>

#include "generator/error.h"
#include "sim/accelerator/dram.h"
#include "sim/formats/network_file.h"
#include "tests/accelerator/random_networks.h"
#include "tests/accelerator/replay.h"

namespace rowcast::accelerator {
namespace {

ArrayConfig array_of(int side) {
  ArrayConfig array;
  array.rows = array.cols = side;
  return array;
}

void expect_golden(const Program& program, const Golden& golden) {
  for (const auto& preference : {kEarly, kLate, kEarlyLoads, kEarlyStores})
    ASSERT_EQ(replay(program, golden, preference), "");
}

class Random : public testing::TestWithParam<Spilling> {};

TEST_P(Random, networks_equal_golden_in_random_memories) {
  constexpr int kNetworks = 700;
  const uint64_t seed = std::random_device{}();
  int compiled = 0, rings = 0, split = 0, spilled = 0, waiting = 0;
  for (int i = 0; i < kNetworks; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, network {}", seed, i));
    std::mt19937_64 random(seed + i);
    const Network network = random_network(random);
    const AcceleratorConfig config = random_config(random);
    const Golden golden = golden_of(network, config.array, seed + i);
    Program program;
    try {
      program = compile(network, golden.values, config, GetParam());
    } catch (const InputError& error) {
      ASSERT_THAT(error.what(), testing::HasSubstr("memories"));
      continue;
    }
    ++compiled;
    for (const Tensor& tensor : program.tensors) rings += tensor.ring < tensor.pixels();
    for (const Step& step : program.moves) split += step.label.find("filters") != std::string::npos;
    spilled += dram_bytes(program).spilled_stores > 0;
    for (const Step& step : program.moves) waiting += step.stores > 0;
    expect_golden(program, golden);
    if (HasFailure()) return;
  }
  EXPECT_GT(compiled, kNetworks / 2);
  EXPECT_GT(rings, 0);
  EXPECT_GT(split, 0);
  EXPECT_GT(spilled, kNetworks / 30);
  EXPECT_GT(waiting, 0);
}
INSTANTIATE_TEST_SUITE_P(Spilled, Random, testing::Values(Spilling::kWhereNeeded, Spilling::kAll),
                         [](const auto& info) {
                           return info.param == Spilling::kAll ? "all" : "where_needed";
                         });

class Builtin : public testing::TestWithParam<std::tuple<std::string, std::string, int>> {};

Network builtin(const std::string& name, const std::string& variant, int side) {
  Network network = find_network(name);
  network.input.height = network.input.width = side;
  infer_shapes(network);
  return transform(network, *find_variant(variant));
}

TEST_P(Builtin, network_of_small_images_equals_golden) {
  const auto& [name, variant, side] = GetParam();
  const Network network = builtin(name, variant, 32);
  const AcceleratorConfig config = default_config(array_of(side));
  const Golden golden = golden_of(network, config.array, 1);
  expect_golden(compile(network, golden.values, config), golden);
}

std::string name_of(const testing::TestParamInfo<Builtin::ParamType>& info) {
  const auto& [name, variant, side] = info.param;
  return fmt::format("{}_{}_{}", name, variant, side);
}

INSTANTIATE_TEST_SUITE_P(
    All, Builtin,
    testing::Combine(testing::Values("mobilenet_v1", "mobilenet_v2", "mnasnet_b1"),
                     testing::Values("baseline", "half", "full"), testing::Values(8, 16, 32, 64)),
    name_of);

// The goals of mobilenet_v2 in cycles, operands always there.
struct Goal {
  std::string variant;
  int side;
  int64_t cycles;
};

TEST(Whole, mobilenet_v2_takes_no_more_cycles_than_its_goals) {
  for (const Goal& goal : {Goal{"half", 16, 1560000}, Goal{"half", 32, 530000},
                           Goal{"half", 64, 255000}, Goal{"baseline", 16, 1750000},
                           Goal{"baseline", 32, 585000}, Goal{"baseline", 64, 280000}}) {
    SCOPED_TRACE(fmt::format("{} {}", goal.variant, goal.side));
    const Program program =
        compile(builtin("mobilenet_v2", goal.variant, 224), default_config(array_of(goal.side)));
    EXPECT_LE(cycles_of(program), goal.cycles);
  }
}

TEST(Whole, mobilenet_v2_half_fits_640_128_and_256_KB_and_equals_golden) {
  AcceleratorConfig config = default_config(array_of(32));
  config.a_depth = (640 << 10) / 32;
  config.b_depth = (128 << 10) / 32;
  config.w_depth = (256 << 10) / 32;
  const Network network = builtin("mobilenet_v2", "half", 224);
  const Golden golden = golden_of(network, config.array, 1);
  const Program program = compile(network, golden.values, config);
  EXPECT_LE(cycles_of(program), 530000);
  expect_golden(program, golden);
}

TEST(Whole, networks_of_whole_images_equal_golden) {
  for (const char* name : {"mobilenet_v1", "mobilenet_v2", "mnasnet_b1"})
    for (const char* variant : {"baseline", "half", "full"})
      for (const int side : {8, 32}) {
        SCOPED_TRACE(fmt::format("{} {} {}", name, variant, side));
        const Network network = builtin(name, variant, 224);
        const AcceleratorConfig config = default_config(array_of(side));
        const Golden golden = golden_of(network, config.array, 1);
        expect_golden(compile(network, golden.values, config), golden);
        if (HasFailure()) return;
      }
}

// ---------------------------------------------------------------- what is refused

std::vector<std::string> refusal(const Network& network, const AcceleratorConfig& config) {
  try {
    compile(network, config);
  } catch (const InputError& error) {
    return error.problems();
  }
  return {};
}

TEST(Refused, is_what_the_accelerator_has_no_operator_for_by_its_name) {
  const auto problems = refusal(find_network("mobilenet_v3_small"), default_config(array_of(16)));
  for (const char* problem :
       {"stem: its activation (hswish) is no clamp, the accelerator has clamps only",
        "block1.se.scale: the accelerator has no scale, allowed are layers, add and pool"})
    EXPECT_THAT(problems, testing::Contains(problem));
}

TEST(Refused, is_a_tensor_that_does_not_fit_with_what_it_needs) {
  AcceleratorConfig config = default_config(array_of(16));
  config.b_depth = 100;
  const auto problems = refusal(builtin("mobilenet_v2", "half", 32), config);
  ASSERT_FALSE(problems.empty());
  EXPECT_THAT(problems.front(),
              testing::MatchesRegex(".*: [0-9]+ channels of [0-9]+x[0-9]+ do not fit the "
                                    "accelerator's memories: with what must be there beside it, it "
                                    "needs [0-9]+ words of a lane in B, there are 100"));
}

TEST(Refused, are_arrays_that_are_no_squares_of_4_or_more_with_a_broadcast) {
  AcceleratorConfig config = default_config(array_of(3));
  config.array.cols = 4;
  config.array.weight_width = 7;
  config.array.row_broadcast = 0;
  config.array.tag_width = 12;
  config.w_depth = 0;
  EXPECT_THAT(
      validate(config),
      testing::ElementsAre(
          "array: the accelerator's is square, 3x4 given, allowed is NxN, N from 4",
          "weight_width: the accelerator's edges carry either, 7 given, allowed is data_width's 8",
          "row_broadcast: false, the accelerator needs it, allowed is true",
          "tag_width: 12 bits do not count the steps of every move, the accelerator needs at least "
          "16",
          "w_depth: 0 is out of range, allowed is 2 to 1048576"));
}

}  // namespace
}  // namespace rowcast::accelerator
