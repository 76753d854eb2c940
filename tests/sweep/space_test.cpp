// Designs and workloads of a sweep: how they are said, counted and refused, and their cycles.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "generator/error.h"
#include "sim/accelerator/compile.h"
#include "sim/accelerator/dram.h"
#include "sim/formats/network_file.h"
#include "sim/host/run.h"
#include "sim/sweep/space_file.h"
#include "sim/system/image.h"

namespace rowcast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> problems_in(const std::string& text) {
  try {
    SpaceRequest request;
    parse_space(text, "s.toml", request);
    (void)resolved(std::move(request));
    return {};
  } catch (const InputError& error) {
    return error.problems();
  }
}

DesignSpace space_in(const std::string& text) {
  SpaceRequest request;
  parse_space(text, "s.toml", request);
  return resolved(std::move(request));
}

TEST(SweepSpace, crosses_arrays_with_all_axes_the_last_the_fastest) {
  const std::vector<Design> designs = designs_of(
      space_in("array = [\"2x3\", \"4\"]\nbroadcast_stages = [0, 2]\noperand_width = [4, 8]\n"));
  std::vector<std::string> texts;
  for (const Design& design : designs) {
    const ArrayConfig& array = design.machine.array();
    EXPECT_EQ(array.data_width, array.weight_width);
    texts.push_back(fmt::format("{}x{} s{} w{}", array.rows, array.cols, array.broadcast_stages,
                                array.data_width));
  }
  EXPECT_THAT(texts, ElementsAre("2x3 s0 w4", "2x3 s0 w8", "2x3 s2 w4", "2x3 s2 w8", "4x4 s0 w4",
                                 "4x4 s0 w8", "4x4 s2 w4", "4x4 s2 w8"));
}

TEST(SweepSpace, has_every_shape_of_a_number_of_elements_once) {
  const DesignSpace space = space_in("array = \"16x64\"\nelements = [1024, 6]\n");
  std::set<std::pair<int, int>> shapes(space.arrays.begin(), space.arrays.end());
  EXPECT_EQ(shapes.size(), space.arrays.size());
  EXPECT_EQ(shapes.size(), 11u + 4u);
  for (const auto& [rows, cols] : shapes)
    EXPECT_TRUE(rows * cols == 1024 || rows * cols == 6) << rows << "x" << cols;
}

TEST(SweepSpace, sets_depths_around_those_that_an_array_has_by_itself) {
  const std::vector<Design> designs =
      designs_of(space_in("accelerator = true\narray = [\"8\", \"16\"]\na_depth = [100, 200]\n"));
  ASSERT_EQ(designs.size(), 4u);
  for (size_t i = 0; i < designs.size(); ++i) {
    const accelerator::AcceleratorConfig usual =
        accelerator::default_config(designs[i].machine.array());
    EXPECT_EQ(designs[i].machine.accelerator().a_depth, i % 2 ? 200 : 100);
    EXPECT_EQ(designs[i].machine.accelerator().b_depth, usual.b_depth);
  }
}

TEST(SweepSpace, keeps_designs_that_can_not_be_and_says_why) {
  const std::vector<Design> designs =
      designs_of(space_in("array = \"4\"\nrow_broadcast = [true, false]\nbroadcast_stages = 1\n"));
  ASSERT_EQ(designs.size(), 2u);
  EXPECT_EQ(designs[0].problem, "");
  EXPECT_THAT(designs[1].problem, HasSubstr("broadcast_stages: 1 needs the row broadcast"));
}

TEST(SweepSpace, refuses_what_a_file_can_not_mean) {
  const std::pair<std::string, std::string> cases[] = {
      {"arrays = [\"4\"]\n", "s.toml:1: arrays: unknown key, allowed are a_depth, acc_width, "},
      {"\n\narray = \"0x4\"\n",
       "s.toml:3: array: '0x4' is no array size, allowed is ROWSxCOLS or a single side, from 1 to "
       "1024"},
      {"array = 4\n", "s.toml:1: array: allowed are strings, one or [several] of them"},
      {"array = []\n", "s.toml:1: array: allowed are strings, one or [several] of them"},
      {"array = [\"4\", [\"5\"]]\n",
       "s.toml:1: array: allowed are strings, one or [several] of them"},
      {"data_width = [8, 17]\n",
       "s.toml:1: data_width: '17' is not allowed, each is an integer from 2 to 16"},
      {"data_width = [8, 8.0]\n",
       "s.toml:1: data_width: allowed are integers, one or [several] of them"},
      {"row_broadcast = 1\n",
       "s.toml:1: row_broadcast: allowed are booleans, one or [several] of them"},
      {"variants = [\"half\", \"halve\"]\n",
       "s.toml:1: variants: 'halve' is unknown, allowed are baseline, full, half, full50, half50"},
      {"mappings = \"gemm\"\n",
       "s.toml:1: mappings: 'gemm' is unknown, allowed are auto, im2col, gemm-dwc, st-os-line, "
       "st-os"},
      {"networks = \"\"\n", "s.toml:1: networks: '' is no network, allowed are names and files"},
      {"elements = 0\n",
       "s.toml:1: elements: '0' is not allowed, each is an integer from 1 to 1048576"},
      {"elements = 1031\n", "elements: no array has 1031, allowed are products of two sides"},
      {"array = [\"4\", \"4x4\"]\n", "array: 4x4 is there twice, allowed is once"},
      {"mac_stages = [1, 1]\n", "mac_stages: 1 is there twice, allowed is once"},
      {"a_depth = 100\n", "a_depth: is of the accelerator, allowed is with accelerator"},
      {"operand_width = 8\ndata_width = 8\n",
       "operand_width: says what data_width says, allowed is one of them"},
      {"accelerator = true\nmappings = \"auto\"\n",
       "mappings: the accelerator's compiler chooses them, allowed is to leave them out"},
      {"accelerator = 1\n", "s.toml:1: accelerator: is an integer, allowed is true or false"},
      {"= 4\n", "s.toml:1: is no valid TOML: "},
  };
  for (const auto& [text, problem] : cases)
    EXPECT_THAT(problems_in(text), ElementsAre(testing::StartsWith(problem))) << text;
}

TEST(SweepSpace, refuses_more_points_than_the_limit_before_it_makes_any) {
  std::string all = "elements = 720720\nvariants = \"half\"\nnetworks = \"mobilenet_v1\"\n";
  EXPECT_THAT(problems_in(all), testing::IsEmpty());
  all = "array = \"4\"\n";
  for (const auto& [key, first, last] : {std::tuple{"data_width", 2, 16},
                                         {"weight_width", 2, 16},
                                         {"acc_width", 4, 64},
                                         {"tag_width", 1, 24},
                                         {"max_reduction", 1, 2000},
                                         {"broadcast_stages", 0, 8}}) {
    all += fmt::format("{} = [{}", key, first);
    for (int value = first + 1; value <= last; ++value) all += fmt::format(", {}", value);
    all += "]\n";
  }
  EXPECT_THAT(problems_in(all),
              ElementsAre("points: more than 100000 are too many, allowed are up to 100000"));
}

// Every way in which a sweep says an array, by the functions behind estimate.
TEST(SweepCycles, are_those_of_plan_layers_for_random_designs_of_every_network) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const auto from = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<uint64_t>(high - low + 1));
  };
  size_t ran = 0, failed = 0;
  for (int i = 0; i < 12; ++i) {
    const int width = from(2, 12);
    SpaceRequest request;
    parse_space(fmt::format("array = \"{}x{}\"\ndata_width = {}\nweight_width = {}\n"
                            "row_broadcast = {}\nacc_width = {}\nmappings = [\"auto\", \"im2col\", "
                            "\"gemm-dwc\", \"st-os-line\", \"st-os\"]\n",
                            from(1, 90), from(1, 90), width, from(0, 1) ? width : from(2, 12),
                            from(0, 3) != 0, from(0, 3) ? 64 : from(width, 30)),
                "random", request);
    request.space.networks = {builtin_networks()[random() % builtin_networks().size()]};
    const DesignSpace space = resolved(std::move(request));
    std::vector<Network> networks;
    for (const Variant* variant : space.variants) {
      networks.push_back(transform(find_network(space.networks.front()), *variant));
      ASSERT_EQ(infer_shapes(networks.back()), "");
    }
    const std::vector<Design> designs = designs_of(space);
    ASSERT_EQ(designs.size(), 1u);
    const std::vector<RunCycles> runs = run_cycles(space, designs, networks, false).front();
    ASSERT_EQ(runs.size(), 25u);
    // A few of them: estimate remembers nothing.
    for (int k = 0; k < 5; ++k) {
      const size_t r = random() % runs.size();
      const Mapping& mapping = *space.mappings[r % 5];
      SCOPED_TRACE(fmt::format("{} {} {} {}", canonical_text(designs.front().machine.array()),
                               space.networks.front(), space.variants[r / 5]->name, mapping.name));
      int64_t cycles = 0, macs = 0;
      std::string problem;
      if (const auto illegal = validate(designs.front().machine.array()); !illegal.empty())
        problem = illegal.front();
      else
        try {
          for (const LayerPlan& plan :
               plan_layers(networks[r / 5], designs.front().machine.array(), mapping, "", false)) {
            cycles += plan.choice.phases.total();
            macs += plan.layer->macs();
          }
        } catch (const InputError& error) {
          problem = error.what();
          cycles = macs = 0;
        }
      EXPECT_EQ(runs[r].cycles, cycles);
      EXPECT_EQ(runs[r].macs, macs);
      EXPECT_EQ(runs[r].problem.substr(0, problem.size()), problem);
      EXPECT_EQ(runs[r].problem.empty(), problem.empty());
      EXPECT_EQ(runs[r].by_kind[0] + runs[r].by_kind[1] + runs[r].by_kind[2], cycles);
      ++(problem.empty() ? ran : failed);
    }
  }
  EXPECT_GT(ran, 10u);
  EXPECT_GT(failed, 0u);
}

TEST(SweepCycles, of_the_accelerator_are_those_of_its_program_behind_its_bus) {
  const DesignSpace space = space_in(
      "accelerator = true\nnetworks = \"mobilenet_v1\"\nvariants = \"half\"\narray = [\"16\", "
      "\"24x8\"]\na_depth = [49152, 2]\naxi_data_width = [64, 256]\ndram_latency = 30\n");
  Network network = parse_network(
      "name = \"n\"\ninput = [3, 24, 24]\n[[block]]\ntype = \"conv\"\nname = \"c\"\nout = 12\n"
      "kernel = 3\nactivation = \"relu\"\n[[block]]\ntype = \"separable\"\nout = 20\nkernel = 3\n",
      "n.toml");
  network = transform(network, *find_variant("half"));
  ASSERT_EQ(infer_shapes(network), "");
  const std::vector<Design> designs = designs_of(space);
  ASSERT_EQ(designs.size(), 8u);
  const auto all = run_cycles(space, designs, {{network}}, false);
  const auto run = [&](size_t d) { return all.at(d).at(0); };
  for (const size_t d : {size_t{0}, size_t{1}}) {
    const Machine& machine = designs[d].machine;
    EXPECT_EQ(machine.system.axi_data_width, d ? 256 : 64);
    const accelerator::Program program = accelerator::compile(network, machine.accelerator());
    EXPECT_EQ(run(d).problem, "");
    EXPECT_EQ(run(d).moves_cycles, cycles_of(program));
    EXPECT_EQ(run(d).dram_bytes, dram_bytes(program).total());
    EXPECT_EQ(run(d).cycles, times_of(image_of(program, machine.system).instructions,
                                      machine.system, {.read_latency = 30, .write_latency = 30})
                                 .counted.cycles);
    EXPECT_GT(run(d).cycles, run(d).moves_cycles);
  }
  EXPECT_GT(run(0).cycles, run(1).cycles);
  EXPECT_NE(run(2).problem, "");  // tensors that do not fit
  EXPECT_EQ(run(2).cycles, 0);
  EXPECT_THAT(run(4).problem, HasSubstr("the accelerator's is square, 24x8 given"));
}

TEST(SweepCycles, say_whether_synth_has_simulated_what_runs) {
  const auto simulated = [](const std::string& mapping, const char* broadcast) {
    const DesignSpace space = space_in(
        fmt::format("networks = \"mobilenet_v1\"\nvariants = \"half\"\narray = \"16\"\nmappings = "
                    "\"{}\"\nrow_broadcast = {}\n",
                    mapping, broadcast));
    Network network = transform(find_network("mobilenet_v1"), *find_variant("half"));
    EXPECT_EQ(infer_shapes(network), "");
    return run_cycles(space, designs_of(space), {{network}}, false).at(0).at(0).as_simulated;
  };
  EXPECT_TRUE(simulated("st-os", "true"));
  EXPECT_FALSE(simulated("im2col", "true"));
  EXPECT_FALSE(simulated("gemm-dwc", "true"));
  EXPECT_TRUE(simulated("gemm-dwc", "false"));
  EXPECT_FALSE(simulated("im2col", "false"));
}

}  // namespace
}  // namespace rowcast
