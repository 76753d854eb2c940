// Programs executed move by move: every tensor of every network as golden inference has it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <tuple>

#include "generator/error.h"
#include "sim/accelerator/dram.h"
#include "sim/formats/network_file.h"
#include "tests/accelerator/random_networks.h"
#include "tests/accelerator/replay.h"

namespace rowcast::accelerator {
void PrintTo(Spilling spilling, std::ostream* out) {
  *out << (spilling == Spilling::kAll ? "all" : "as_needed");
}

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
  int compiled = 0, rings = 0, split = 0, spilled = 0, waiting = 0, scaled = 0, reloaded = 0;
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
      ASSERT_THAT(error.what(), testing::AnyOf(testing::HasSubstr("memories"),
                                               testing::HasSubstr("adds tensors of two shapes")));
      continue;
    }
    ++compiled;
    for (const Tensor& tensor : program.tensors) rings += tensor.ring < tensor.pixels();
    for (const Step& step : program.moves) {
      split += step.label.find("filters") != std::string::npos;
      scaled += step.move.windows && step.move.columns.from == Memory::kB;
      waiting += step.stores > 0;
    }
    spilled += dram_bytes(program).spilled_stores > 0;
    for (const Load& load : program.loads) reloaded += load.memory == Memory::kTables && load.after;
    expect_golden(program, golden);
    if (HasFailure()) return;
  }
  EXPECT_GT(compiled, kNetworks / 2);
  EXPECT_GT(rings, 0);
  EXPECT_GT(split, 0);
  EXPECT_GT(spilled, kNetworks / 30);
  EXPECT_GT(waiting, 0);
  EXPECT_GT(scaled, 0);
  EXPECT_GT(reloaded, 0);
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

// With a table for each activation that is no clamp.
AcceleratorConfig config_for(const std::string& name, int side) {
  AcceleratorConfig config = default_config(array_of(side));
  if (name.starts_with("mobilenet_v3")) config.tables = 2;
  return config;
}

TEST_P(Builtin, network_of_small_images_equals_golden) {
  const auto& [name, variant, side] = GetParam();
  const Network network = builtin(name, variant, 32);
  const AcceleratorConfig config = config_for(name, side);
  const Golden golden = golden_of(network, config.array, 1);
  expect_golden(compile(network, golden.values, config), golden);
}

std::string name_of(const testing::TestParamInfo<Builtin::ParamType>& info) {
  const auto& [name, variant, side] = info.param;
  return fmt::format("{}_{}_{}", name, variant, side);
}

INSTANTIATE_TEST_SUITE_P(All, Builtin,
                         testing::Combine(testing::Values("mobilenet_v1", "mobilenet_v2",
                                                          "mobilenet_v3_small",
                                                          "mobilenet_v3_large", "mnasnet_b1"),
                                          testing::Values("baseline", "half", "full"),
                                          testing::Values(8, 16, 32, 64)),
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
  for (const char* name :
       {"mobilenet_v1", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "mnasnet_b1"})
    for (const char* variant : {"baseline", "half", "full"})
      for (const int side : {8, 32}) {
        SCOPED_TRACE(fmt::format("{} {} {}", name, variant, side));
        const Network network = builtin(name, variant, 224);
        const AcceleratorConfig config = config_for(name, side);
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

// A network of 4 channels of 6 x 6 and a depthwise layer, which `change` goes on with.
Network small_network(const std::function<void(Network&)>& change) {
  Network network{.name = "small", .title = "small", .source = "", .input = {4, 6, 6}};
  const auto node = [](Layer layer, int input) {
    return Node{.name = layer.name, .layer = layer, .inputs = {input}};
  };
  network.nodes = {node(make_pointwise("pw", 4, 6, 6, 8), -1),
                   node(make_depthwise("dw", 8, 6, 6, 3, 1), 0)};
  change(network);
  infer_shapes(network);
  return network;
}

TEST(Refused, is_what_the_accelerator_has_no_operator_for_by_its_name) {
  const Network whole = small_network([](Network& network) {
    network.nodes.push_back({.name = "product", .op = Op::kScale, .inputs = {1, 0}});
  });
  EXPECT_THAT(refusal(whole, default_config(array_of(4))),
              testing::ElementsAre("product: is a product of whole tensors, allowed on the "
                                   "accelerator is one by channel"));
  const Network pooled = small_network([](Network& network) {
    network.nodes.push_back({.name = "pool", .op = Op::kPool, .inputs = {1}});
    network.nodes.push_back({.name = "by_sums", .op = Op::kScale, .inputs = {1, 2}});
  });
  EXPECT_THAT(refusal(pooled, default_config(array_of(4))),
              testing::ElementsAre("pool: scales channels, the accelerator needs a pointwise "
                                   "layer's results there"));
  const Network mapped = small_network([](Network& network) {
    network.nodes.push_back({.name = "map", .op = Op::kMap, .inputs = {1}});
  });
  EXPECT_THAT(refusal(mapped, default_config(array_of(4))),
              testing::ElementsAre("map: the accelerator has no map, allowed are layers, add, pool "
                                   "and scale"));
}

TEST(Refused, is_an_activation_that_needs_a_table_where_there_is_none) {
  Network network = small_network([](Network& network) {
    network.nodes[0].activation = Activation::kHswish;
    network.nodes[1].activation = Activation::kHsigmoid;
  });
  AcceleratorConfig config = default_config(array_of(4));
  const auto text = [](const char* node, const char* activation) {
    return fmt::format(
        "{}: its activation ({}) is no clamp and needs a table, the accelerator has none (give it "
        "some with --tables)",
        node, activation);
  };
  EXPECT_THAT(refusal(network, config),
              testing::ElementsAre(text("pw", "hswish"), text("dw", "hsigmoid")));
  config.tables = 1;
  EXPECT_THAT(refusal(network, config), testing::IsEmpty());

  Golden golden = golden_of(network, config.array, 1);
  std::vector<int16_t>& table = golden.values.arithmetic.at(0).requantisation.table;
  table.back() = 128;
  const auto given = [&] {
    try {
      compile(network, golden.values, config);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(given(),
            "pw: its activation gives -8 to 128, words of the accelerator are -128 to 127");
  table.back() = 127;
  EXPECT_EQ(given(), "");
  table.insert(table.end(), 7 * 256, 0);
  EXPECT_EQ(given(),
            "pw: its activation is a table for each channel, the accelerator's tables are for all");
}

TEST(Tables, are_loaded_again_where_there_are_fewer_than_the_network_has) {
  for (const int tables : {1, 2, 3}) {
    AcceleratorConfig config = default_config(array_of(8));
    config.tables = tables;
    const Network network = builtin("mobilenet_v3_small", "half", 32);
    const Golden golden = golden_of(network, config.array, 1);
    const Program program = compile(network, golden.values, config);
    const auto loads = std::ranges::count(program.loads, Memory::kTables, &Load::memory);
    // The stem's, then one for each of nine squeeze and excites, and one for what comes behind it.
    EXPECT_EQ(loads, tables == 1 ? 19 : 2);
    expect_golden(program, golden);
  }
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
