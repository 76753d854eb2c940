// Networks that others have trained: what import makes of them, against ONNX Runtime, and in RTL.
#include "tests/npm/networks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "generator/files.h"
#include "sim/convert/convert.h"
#include "sim/host/run.h"
#include "sim/onnx/write.h"
#include "tests/import/answers.h"
#include "tests/unit/problems.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

struct Expected {
  const char* name;
  int layers, host, floats;  // of the array, host operations, operations in float
  // In words of 8 bits, calibrated on this and two other inputs, the outputs are at least so near
  // to float (see decibels()).
  double decibels;
  const char* refused = "";  // the node
};
void PrintTo(const Expected& e, std::ostream* out) { *out << e.name; }

// Of npm_models(), in order.
const Expected kExpected[] = {
    {"blazeface_front", 37, 30, 8, 20},
    {"blazeface_back", 69, 36, 8, 19},
    {"line_classifier", 54, 27, 1, 28},
    {"text_detection", 64, 41, 1, 0},
    {"text_recognition", 0, 0, 0, 0, "'p2o.Div.28' (Div): "},
    {"fr_detect", 52, 2, 37, 44},
    {"fr_landmark", 41, 9, 0, 40},
    {"fr_liveness", 57, 18, 0, 14},
    {"fr_feature", 50, 12, 1, 15},
    {"fr_eye", 23, 9, 1, 28},
    {"fr_age", 32, 22, 6, 36},
    {"fr_gender", 32, 22, 6, 39},
    {"fr_pose", 59, 47, 0, 0},
    {"fr_expression", 121, 125, 0, 0},
};

TEST(NpmNetworks, are_all_in_the_table) {
  std::vector<std::string> models, expected;
  for (const test::NpmModel& model : test::npm_models()) models.emplace_back(model.name);
  for (const Expected& e : kExpected) expected.emplace_back(e.name);
  EXPECT_EQ(models, expected);
}

class NpmNetwork : public testing::TestWithParam<Expected> {};

TEST_P(NpmNetwork, becomes_layers_that_answer_as_onnx_runtime_does) {
  const Expected& expected = GetParam();
  Imported network;
  std::vector<std::string> problems;
  ROWCAST_SKIP_IF_UNAVAILABLE(
      problems = test::problems_of([&] { network = test::npm_network(expected.name); }));
  if (*expected.refused) {
    EXPECT_THAT(problems, ElementsAre(HasSubstr(expected.refused)));
    return;
  }
  ASSERT_THAT(problems, ElementsAre());
  const auto& nodes = network.network().nodes;
  const auto layers = std::ranges::count(nodes, Op::kLayer, &Node::op);
  EXPECT_EQ(layers, expected.layers);
  EXPECT_EQ(std::ssize(nodes) - layers, expected.host);
  EXPECT_EQ(std::ssize(network.lowered.tail.operations), expected.floats);

  const std::vector<float> input = test::sample_input(network, 1);
  std::vector<std::vector<test::RuntimeOutput>> answers;
  ROWCAST_SKIP_IF_UNAVAILABLE(
      answers = test::run_onnx_runtime({{test::npm_file(test::npm_model(expected.name)),
                                         "float32",
                                         network.input_dims(),
                                         {test::raw_bytes(input)}}}));
  const std::vector<Output> outputs = float_outputs(network, input);
  ASSERT_EQ(outputs.size(), answers[0].size());
  double farthest = 0;  // of the outputs' differences, relative to the output's largest value
  for (size_t i = 0; i < outputs.size(); ++i) {
    SCOPED_TRACE(outputs[i].name);
    EXPECT_EQ(outputs[i].name, answers[0][i].name);
    EXPECT_EQ(outputs[i].dims, answers[0][i].dims);
    const auto wanted = answers[0][i].values<float>();
    ASSERT_EQ(outputs[i].values.size(), wanted.size());
    // Float sums in another order; and ONNX Runtime's sigmoid is 0 where ours is 1e-8.
    constexpr double kBound = 1e-4, kLeast = 1e-7;
    double largest = 0, difference = 0;
    for (size_t k = 0; k < wanted.size(); ++k) {
      largest = std::max(largest, std::fabs(double{wanted[k]}));
      difference = std::max(difference, std::fabs(double{wanted[k]} - outputs[i].values[k]));
    }
    EXPECT_LE(difference, kBound * largest + kLeast);
    if (largest > 0) farthest = std::max(farthest, difference / largest);
  }
  test::quantise_on_samples(network, 3);
  const double got = test::decibels(test::answers(network, input), outputs);
  EXPECT_GT(got, expected.decibels);
  fmt::print("{}: float is within {:.1e} of ONNX Runtime's, 8 bits {:.1f} dB from it\n",
             expected.name, farthest, got);
}

INSTANTIATE_TEST_SUITE_P(of_npm, NpmNetwork, testing::ValuesIn(kExpected),
                         [](const auto& info) { return std::string(info.param.name); });

// ---------------------------------------------------------------- written again

class WrittenNetwork : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(of_npm, WrittenNetwork,
                         testing::Values("blazeface_front", "line_classifier"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(WrittenNetwork, answers_in_onnx_runtime_as_before) {
  fs::path file;
  ROWCAST_SKIP_IF_UNAVAILABLE(file = test::npm_file(test::npm_model(GetParam())));
  const onnx::Model model = onnx::read_model(file);
  const onnx::Graph graph = onnx::resolve(model, GetParam(), test::npm_shapes(GetParam()));
  const TempFolder folder;
  write_file(folder.path() / "model.onnx", onnx::write_model(model));
  write_file(folder.path() / "graph.onnx", onnx::write_model(onnx::model_of(graph)));
  EXPECT_EQ(onnx::read_model(folder.path() / "model.onnx"), model);

  const std::vector<float> input = test::sample_input(test::npm_network(GetParam()), 1);
  const onnx::Dims& dims = graph.values[graph.inputs[0]].dims;
  std::vector<test::RuntimeJob> jobs;
  for (const fs::path& model_file :
       {file, folder.path() / "model.onnx", folder.path() / "graph.onnx"})
    jobs.push_back({model_file, "float32", dims, {test::raw_bytes(input)}});
  std::vector<std::vector<test::RuntimeOutput>> answers;
  ROWCAST_SKIP_IF_UNAVAILABLE(answers = test::run_onnx_runtime(jobs));
  for (size_t i = 0; i < answers[0].size(); ++i) {
    const test::RuntimeOutput &before = answers[0][i], &model_s = answers[1].at(i),
                              &graph_s = answers[2].at(i);
    EXPECT_EQ(model_s.name, before.name);
    EXPECT_EQ(model_s.bytes, before.bytes);
    EXPECT_EQ(graph_s.name, before.name);
    EXPECT_EQ(graph_s.dims, before.dims);
    const auto wanted = before.values<float>(), got = graph_s.values<float>();
    ASSERT_EQ(got.size(), wanted.size());
    for (size_t k = 0; k < wanted.size(); ++k)  // shapes that are known may change what it fuses
      ASSERT_NEAR(got[k], wanted[k], 1e-5 * std::max(1.0f, std::fabs(wanted[k])));
  }
}

TEST_P(WrittenNetwork, converted_to_fuse_answers_as_ours_does) {
  Imported network;
  ROWCAST_SKIP_IF_UNAVAILABLE(network = test::npm_network(GetParam()));
  const std::vector<float> input = test::sample_input(network, 1);
  const PatchStatistics statistics = patch_statistics(network.graph, {input});
  const TempFolder folder;
  std::vector<onnx::Graph> graphs;
  std::vector<test::RuntimeJob> jobs;
  for (const Operator op : {Operator::kHalf, Operator::kFull}) {
    std::map<std::string, Operator> operators;
    for (const DepthwiseLayer& layer : convertible_layers(network.graph)) {
      EXPECT_EQ(layer.no_full, "");
      operators[layer.node] = op;
    }
    graphs.push_back(convert(network.graph, statistics, operators));
    const fs::path file = folder.path() / to_string(op);
    write_file(file, onnx::write_model(onnx::model_of(graphs.back())));
    jobs.push_back({file, "float32", network.input_dims(), {test::raw_bytes(input)}});
    EXPECT_EQ(std::ranges::count(lower(graphs.back(), "m").network.nodes, LayerKind::kFuse,
                                 [](const Node& node) { return node.layer.kind; }),
              std::ssize(operators));
  }
  std::vector<std::vector<test::RuntimeOutput>> answers;
  ROWCAST_SKIP_IF_UNAVAILABLE(answers = test::run_onnx_runtime(jobs));
  for (size_t i = 0; i < graphs.size(); ++i) {
    network.graph = graphs[i];
    const std::vector<Output> ours = float_outputs(network, input);
    ASSERT_EQ(answers[i].size(), ours.size());
    for (size_t k = 0; k < ours.size(); ++k) {
      const auto theirs = answers[i][k].values<float>();
      ASSERT_EQ(theirs.size(), ours[k].values.size());
      float largest = 0, difference = 0;
      for (size_t n = 0; n < theirs.size(); ++n) {
        largest = std::max(largest, std::fabs(theirs[n]));
        difference = std::max(difference, std::fabs(theirs[n] - ours[k].values[n]));
      }
      EXPECT_LE(difference, 1e-4 * largest + 1e-7) << ours[k].name;
    }
  }
}

// ---------------------------------------------------------------- words

TEST(NpmWords, of_every_node_are_those_of_the_formula_in_another_language) {
  Imported network;
  ROWCAST_SKIP_IF_UNAVAILABLE(network = test::npm_network("blazeface_front"));
  test::quantise_on_samples(network, 2);
  ArrayConfig config;
  const int width = config.data_width;
  const auto& nodes = network.network().nodes;
  std::vector<int> layers;
  for (size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].op == Op::kLayer) layers.push_back(static_cast<int>(i));
  std::vector<std::vector<int64_t>> sums;
  const std::vector<std::vector<int16_t>> words = infer(
      network.network(), config, 1, 2,
      [&](const LayerCase& layer) { sums.push_back(layer.golden); },
      values_of(network, test::sample_input(network, 7)), {}, layers);
  ASSERT_EQ(sums.size(), layers.size());
  const TempFolder folder;
  nlohmann::json jobs = nlohmann::json::array();
  for (size_t i = 0; i < layers.size(); ++i) {
    const Requantisation& how = network.quantised.nodes[layers[i]].arithmetic.requantisation;
    nlohmann::json channels = nlohmann::json::array();
    for (const ChannelScale& c : how.channels) channels.push_back({c.bias, c.scale, c.pre, c.post});
    const std::string file = (folder.path() / std::to_string(i)).string();
    write_file(file, test::raw_bytes(sums[i]));
    const Shape& shape = nodes[layers[i]].shape;
    jobs.push_back({{"sums", file},
                    {"width", width},
                    {"plane", shape.height * shape.width},
                    {"low", how.low},
                    {"high", how.high},
                    {"channels", channels},
                    {"table", how.table},
                    {"words", file + ".words"}});
  }
  write_file(folder.path() / "jobs.json", jobs.dump());
  ROWCAST_SKIP_IF_UNAVAILABLE(test::run_node("words.js", {(folder.path() / "jobs.json").string()}));
  int64_t limited = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    const std::string& name = nodes[layers[i]].name;
    EXPECT_EQ(read_file(folder.path() / (std::to_string(i) + ".words")), test::raw_bytes(words[i]))
        << name;
    const Requantisation& how = network.quantised.nodes[layers[i]].arithmetic.requantisation;
    limited +=
        std::ranges::count_if(words[i], [&](int16_t w) { return w == how.low || w == how.high; });
    EXPECT_GT(std::set<int16_t>(words[i].begin(), words[i].end()).size(), 30u) << name;
  }
  EXPECT_GT(limited, 1000);  // clamps are met
}

// ---------------------------------------------------------------- whole networks in RTL

struct Whole {
  const char* name;
  int side;  // of the array
};
void PrintTo(const Whole& w, std::ostream* out) { *out << w.name << " " << w.side; }

class NpmInRtl : public testing::TestWithParam<Whole> {};

TEST_P(NpmInRtl, every_output_is_golden_s_and_cycles_are_the_model_s) {
  const auto [name, side] = GetParam();
  Imported network;
  ROWCAST_SKIP_IF_UNAVAILABLE(network = test::npm_network(name));
  test::quantise_on_samples(network, 2);
  ArrayConfig config;
  config.rows = config.cols = side;
  const auto code =
      ModelCode::build({config, View::kVector, emit_modules(config, View::kVector)}, {});
  const auto plans = plan_layers(network.network(), config, *find_mapping("auto"), "", false);
  ASSERT_EQ(std::ssize(plans), std::ranges::count(network.network().nodes, Op::kLayer, &Node::op));
  RunOptions options;
  options.threads = 2;
  options.given = values_of(network, test::sample_input(network, 7));
  int64_t cycles = 0, outputs = 0;
  for (const LayerResult& layer : run_network(network.network(), code, plans, options).layers) {
    EXPECT_TRUE(layer.exact()) << layer.plan.layer->name << ": "
                               << fmt::format("{}", fmt::join(layer.messages, "\n"));
    EXPECT_GE(layer.input.distinct, 2) << layer.plan.layer->name;
    cycles += layer.measured_cycles;
    outputs += layer.plan.layer->outputs();
  }
  fmt::print("{} at {}x{}: {} outputs, {} cycles\n", name, side, side, outputs, cycles);
}

INSTANTIATE_TEST_SUITE_P(whole, NpmInRtl,
                         testing::Values(Whole{"blazeface_front", 16}, Whole{"blazeface_front", 32},
                                         Whole{"line_classifier", 16}, Whole{"line_classifier", 32},
                                         Whole{"fr_detect", 16}, Whole{"fr_detect", 32},
                                         Whole{"fr_landmark", 16}, Whole{"fr_landmark", 32}),
                         [](const auto& info) {
                           return fmt::format("{}_{}x{}", info.param.name, info.param.side,
                                              info.param.side);
                         });

}  // namespace
}  // namespace rowcast
