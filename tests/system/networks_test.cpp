// Whole networks: the numbers that flow are alive, and every layer in RTL equals golden and the
// model.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "generator/files.h"
#include "sim/formats/network_file.h"
#include "sim/host/run.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

Network network_of(const std::string& name, const std::string& variant) {
  return transform(find_network(name), *find_variant(variant));
}

ArrayConfig array_of(int rows, int cols) {
  ArrayConfig config;
  config.rows = rows;
  config.cols = cols;
  return config;
}

std::shared_ptr<const ModelCode> model_of(const ArrayConfig& config, View view = View::kVector) {
  return ModelCode::build({config, view, emit_modules(config, view)}, {});
}

RunOptions options_of(uint64_t seed, int threads, const std::filesystem::path& dump = {}) {
  RunOptions options;
  options.seed = seed;
  options.threads = threads;
  options.dump = dump;
  return options;
}

// ---------------------------------------------------------------- activations

// A comparison of zeros with zeros, or of saturated values, would prove little.
class Activations : public testing::TestWithParam<std::string> {};

TEST_P(Activations, of_every_layer_are_alive) {
  const Network network = network_of("mobilenet_v2", GetParam());
  size_t layers = 0;
  infer(network, ArrayConfig{}, 1, 2, [&](LayerCase layer) {
    ++layers;
    const Statistics& input = layer.input_statistics;
    EXPECT_LE(input.zero_fraction, 0.9) << layer.layer->name;
    EXPECT_LE(input.saturated_fraction, 0.2) << layer.layer->name;
    EXPECT_GE(input.distinct, 16) << layer.layer->name;
    // The statistics are those of the values that the array is given.
    const Statistics counted = statistics(*layer.input, 8);
    EXPECT_EQ(counted.distinct, input.distinct);
    EXPECT_EQ(counted.zero_fraction, input.zero_fraction);
    EXPECT_EQ(counted.saturated_fraction, input.saturated_fraction);
    const Statistics weights = statistics(layer.weights, 8);
    EXPECT_GE(weights.distinct, 48) << layer.layer->name;
    EXPECT_LE(weights.zero_fraction, 0.05) << layer.layer->name;
  });
  EXPECT_EQ(layers, 53u);
}

INSTANTIATE_TEST_SUITE_P(of_mobilenet_v2, Activations,
                         testing::Values("baseline", "full", "half", "full50", "half50"),
                         [](const auto& info) { return info.param; });

TEST(Inference, depends_on_the_seed_and_on_nothing_else) {
  const Network network = find_network("mobilenet_v2");
  struct Enough {};
  const auto first_layers = [&](uint64_t seed, int threads) {
    std::vector<LayerCase> cases;
    try {
      infer(network, ArrayConfig{}, seed, threads, [&](LayerCase layer) {
        cases.push_back(std::move(layer));
        if (cases.size() == 4) throw Enough{};
      });
    } catch (const Enough&) {
    }
    return cases;
  };
  const auto one = first_layers(5, 1), again = first_layers(5, 3), other = first_layers(6, 1);
  ASSERT_EQ(one.size(), 4u);
  ASSERT_EQ(again.size(), 4u);
  ASSERT_EQ(other.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(*one[i].input, *again[i].input) << i;
    EXPECT_EQ(one[i].weights, again[i].weights) << i;
    EXPECT_EQ(one[i].golden, again[i].golden) << i;
    EXPECT_NE(*one[i].input, *other[i].input) << i;
    EXPECT_NE(one[i].weights, other[i].weights) << i;
    EXPECT_NE(one[i].golden, other[i].golden) << i;
  }
}

TEST(Inference, gives_each_layer_what_the_one_before_made) {
  const Network network = find_network("mobilenet_v2");
  std::map<int, std::vector<int16_t>> made;  // by node
  struct Enough {};
  size_t checked = 0;
  try {
    infer(network, ArrayConfig{}, 3, 2, [&](LayerCase layer) {
      const Node& node = network.nodes[layer.node];
      if (const auto before = made.find(node.inputs.front()); before != made.end()) {
        EXPECT_EQ(*layer.input, before->second) << node.name;
        ++checked;
      }
      std::vector<int16_t>& values = made[layer.node];
      const Requantisation how =
          power_of_two(choose_shift(layer.golden, node.activation, 8), node.activation, 8);
      for (const int64_t sum : layer.golden)
        values.push_back(requantise(sum, how, 0, 8));
      if (node.name == "block4.dw") throw Enough{};
    });
  } catch (const Enough&) {
  }
  EXPECT_EQ(checked, 9u);  // all but the stem, and block4.expand, which reads an addition
}

// ---------------------------------------------------------------- layers in RTL

struct Part {
  std::string name, network, variant, mapping, layers;
  int rows, cols;
  size_t count;
};
void PrintTo(const Part& part, std::ostream* out) { *out << part.name; }

class NetworkPart : public testing::TestWithParam<Part> {};

TEST_P(NetworkPart, in_rtl_equals_golden_and_the_model) {
  const Part& part = GetParam();
  const Network network = network_of(part.network, part.variant);
  const ArrayConfig config = array_of(part.rows, part.cols);
  const auto plans = plan_layers(network, config, *find_mapping(part.mapping), part.layers, false);
  ASSERT_EQ(plans.size(), part.count);
  const RunResult result = run_network(network, model_of(config), plans, options_of(11, 2));
  ASSERT_EQ(result.layers.size(), part.count);
  int channelwise = 0;
  for (const LayerResult& layer : result.layers) {
    SCOPED_TRACE(layer.plan.layer->name);
    EXPECT_TRUE(layer.exact()) << fmt::format("{}", fmt::join(layer.messages, "\n"));
    EXPECT_EQ(layer.mismatches, 0);
    EXPECT_EQ(layer.violations, 0);
    EXPECT_EQ(layer.measured_cycles, layer.plan.choice.phases.total());
    EXPECT_EQ(layer.measured, layer.plan.choice.phases);
    EXPECT_GE(layer.measured_cycles, layer.plan.roofline);
    if (is_channelwise(*layer.plan.layer) && part.mapping != "auto") {
      ++channelwise;
      EXPECT_EQ(layer.plan.choice.schedule.mapping, part.mapping);
    }
  }
  EXPECT_TRUE(channelwise > 0 || part.mapping == "auto");
}

INSTANTIATE_TEST_SUITE_P(
    parts, NetworkPart,
    testing::Values(
        Part{"half_im2col", "mobilenet_v2", "half", "im2col", "block1,block7,block17", 16, 16, 8},
        Part{"half_st_os_line", "mobilenet_v2", "half", "st-os-line", "block1,block7,block17", 16,
             16, 8},
        Part{"half_auto", "mobilenet_v2", "half", "auto", "block1,block7,block17", 16, 16, 8},
        Part{"baseline_st_os", "mobilenet_v2", "baseline", "st-os", "1..12", 12, 20, 12},
        Part{"baseline_auto_tail", "mobilenet_v2", "baseline", "auto", "43..53", 12, 20, 11},
        Part{"full_st_os", "mobilenet_v2", "full", "st-os", "block8,block14.fuse", 20, 12, 4}),
    [](const auto& info) { return info.param.name; });

TEST(Run, does_not_depend_on_the_number_of_threads) {
  const Network network = network_of("mobilenet_v2", "half");
  const ArrayConfig config = array_of(16, 16);
  const auto code = model_of(config);
  const auto plans =
      plan_layers(network, config, *find_mapping("auto"), "block1,block3.fuse", false);
  const TempFolder one, three;
  const RunResult first = run_network(network, code, plans, options_of(2, 1, one.path()));
  const RunResult second = run_network(network, code, plans, options_of(2, 3, three.path()));
  ASSERT_EQ(first.layers.size(), 3u);
  ASSERT_EQ(second.layers.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(first.layers[i].plan.number, second.layers[i].plan.number);
    EXPECT_EQ(first.layers[i].measured, second.layers[i].measured);
    EXPECT_TRUE(first.layers[i].exact());
  }
  EXPECT_EQ(test::run_command(
                fmt::format("diff -rq '{}' '{}'", one.path().string(), three.path().string()))
                .text,
            "");
}

// ---------------------------------------------------------------- dumps

std::string values_of(const std::string& npy) {
  const size_t header =
      10 + static_cast<unsigned char>(npy.at(8)) + 256 * static_cast<unsigned char>(npy.at(9));
  return npy.substr(header);
}

TEST(Dump, holds_every_tensor_of_every_selected_layer) {
  const Network network = network_of("mobilenet_v2", "half");
  const ArrayConfig config = array_of(16, 16);
  const auto plans = plan_layers(network, config, *find_mapping("auto"), "1..3", false);
  const TempFolder folder;
  const RunResult result =
      run_network(network, model_of(config), plans, options_of(4, 2, folder.path()));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 12);
  const auto file = [&](const std::string& name) { return read_file(folder.path() / name); };
  EXPECT_THAT(file("01_stem_input.npy"),
              testing::HasSubstr("'<i2', 'fortran_order': False, 'shape': (3, 224, 224, )"));
  EXPECT_THAT(file("01_stem_weights.npy"), testing::HasSubstr("'shape': (32, 3, 3, 3, )"));
  EXPECT_THAT(file("02_block1.fuse_weights.npy"), testing::HasSubstr("'shape': (32, 3, )"));
  for (const char* name : {"01_stem", "02_block1.fuse", "03_block1.project"}) {
    const std::string golden = values_of(file(fmt::format("{}_golden.npy", name)));
    EXPECT_EQ(golden, values_of(file(fmt::format("{}_rtl.npy", name)))) << name;
    EXPECT_EQ(golden.size(), 112u * 112 * 8 * (name[1] == '3' ? 16 : 32));
  }
  // What the files say is what was given to the array: the values of the same seed.
  struct Enough {};
  try {
    infer(network, config, 4, 1, [&](LayerCase layer) {
      const auto bytes = [](const auto& values) {
        return std::string(reinterpret_cast<const char*>(values.data()),
                           values.size() * sizeof(values[0]));
      };
      const std::string prefix = fmt::format("0{}_{}_", layer.node + 1, layer.layer->name);
      EXPECT_TRUE(values_of(file(prefix + "input.npy")) == bytes(*layer.input));
      EXPECT_TRUE(values_of(file(prefix + "weights.npy")) == bytes(layer.weights));
      EXPECT_TRUE(values_of(file(prefix + "golden.npy")) == bytes(layer.golden));
      if (layer.node == 2) throw Enough{};
    });
  } catch (const Enough&) {
  }
  EXPECT_EQ(result.layers.size(), 3u);
}

}  // namespace
}  // namespace rowcast
