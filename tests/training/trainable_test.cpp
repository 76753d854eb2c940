// Graphs as libtorch computes them: what comes out is what the plain loops of onnx::evaluate say.
#include "sim/torch/trainable.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <functional>
#include <random>

#include "tests/import/small_networks.h"
#include "tests/training/networks.h"
#include "tests/unit/problems.h"

namespace rowcast::training {
namespace {

using onnx::Dims;
using test::problems_of;
using test::SmallNetwork;
using testing::ElementsAre;
using testing::StartsWith;
using torch::Tensor;
using Ints = std::vector<int64_t>;

onnx::Graph resolved(SmallNetwork& network, const std::vector<std::string>& outputs = {}) {
  return onnx::resolve(onnx::parse_model(network.bytes(outputs), "m.onnx"), "m.onnx");
}

// Images from -1 to 1, [count][channels][height][width].
Tensor images_for(const onnx::Graph& graph, int64_t count) {
  torch::manual_seed(3);
  Dims dims = graph.values[graph.inputs[0]].dims;
  dims[0] = count;
  return torch::rand(dims) * 2 - 1;
}

// `value` of the graph for each image, by plain loops.
Tensor evaluated(const onnx::Graph& graph, const Tensor& images, int value) {
  std::vector<Tensor> rows;
  for (int64_t i = 0; i < images.size(0); ++i) {
    const Tensor image = images[i].contiguous();
    const float* data = image.data_ptr<float>();
    const onnx::Tensor input{
        onnx::Type::kFloat, graph.values[graph.inputs[0]].dims, {data, data + image.numel()}, {}};
    rows.push_back(torch::tensor(onnx::evaluate(graph, {input})[value].constant->reals));
  }
  return torch::stack(rows);
}

void expect_evaluates(const onnx::Graph& graph, int value) {
  const Trainable network(graph);
  const Tensor images = images_for(graph, 3);
  const Tensor exact = evaluated(graph, images, value);
  EXPECT_EQ(network.outputs(), exact.size(1));
  const double allowed = 1e-4 * exact.abs().max().item<double>();
  const auto off = [&](const Tensor& found) { return (found - exact).abs().max().item<double>(); };
  EXPECT_LE(off(network.forward(images, false)), allowed);
  const torch::NoGradGuard none;
  EXPECT_LE(off(network.forward(images.contiguous(at::MemoryFormat::ChannelsLast), false)),
            allowed);
}
void expect_evaluates(const onnx::Graph& graph) { expect_evaluates(graph, graph.outputs[0]); }

void expect_same(const onnx::Graph& a, const onnx::Graph& b) {
  ASSERT_EQ(a.values.size(), b.values.size());
  for (size_t i = 0; i < a.values.size(); ++i)
    EXPECT_EQ(a.values[i].constant, b.values[i].constant) << a.values[i].name;
  ASSERT_EQ(a.operations.size(), b.operations.size());
  for (size_t i = 0; i < a.operations.size(); ++i)
    EXPECT_EQ(a.operations[i].node, b.operations[i].node);
}

// Every kind of layer, activation and host operation that initial_model() writes.
const char* const kBlocks = R"(
[[block]]
type = "conv"
name = "stem"
out = 6
kernel = [3, 2]
stride = [2, 1]
activation = "ACTIVATION"
[[block]]
type = "inverted_residual"
expand = 3
out = 6
kernel = 3
repeat = 2
squeeze_excite = true
activation = "ACTIVATION"
fuse50 = true
[[block]]
type = "inverted_residual"
expand = 1
out = 7
kernel = 5
stride = 2
activation = "ACTIVATION"
[[block]]
type = "separable"
out = 9
kernel = 3
dilation = 2
activation = "ACTIVATION"
[[block]]
type = "pointwise"
name = "last"
out = 8
activation = "ACTIVATION"
[[block]]
type = "pool"
name = "pool"
[[block]]
type = "fc"
name = "hidden"
out = 6
activation = "ACTIVATION"
[[block]]
type = "fc"
name = "classes"
out = 5
)";

std::string blocks_with(const std::string& activation) {
  std::string blocks = kBlocks;
  const std::string hole = "ACTIVATION";
  for (size_t at; (at = blocks.find(hole)) != std::string::npos;)
    blocks.replace(at, hole.size(), activation);
  return blocks;
}

TEST(Trainable, networks_of_every_activation_and_variant_evaluate_as_the_plain_loops_say) {
  for (const Variant& variant : variants())
    for (const char* activation : {"none", "relu", "relu6", "hswish", "hsigmoid"}) {
      SCOPED_TRACE(fmt::format("{} {}", variant.name, activation));
      const onnx::Graph graph = test::random_graph(
          test::small_network("[3, 13, 12]", blocks_with(activation), std::string(variant.name)),
          5);
      expect_evaluates(graph);
      expect_same(Trainable(graph).graph(), graph);
    }
}

TEST(Trainable, networks_that_come_with_the_program_evaluate_as_the_plain_loops_say) {
  for (const char* name : {"mobilenet_v3_small", "mobilenet_v1", "fashion_e"})
    for (const char* variant : {"baseline", "half"}) {
      SCOPED_TRACE(fmt::format("{} {}", name, variant));
      Network network = find_network(name);
      network.input.height = network.input.width = 28;
      network = transform(network, *find_variant(variant));
      ASSERT_EQ(infer_shapes(network), "");
      const onnx::Graph graph = test::random_graph(network, 9);
      expect_evaluates(graph);
    }
}

TEST(Trainable, graphs_as_exporters_write_them_evaluate_as_the_plain_loops_say) {
  // [1][8 lines][9 columns][3 channels], as TensorFlow has images.
  SmallNetwork network({1, 8, 9, 3});
  const std::string image = network.add("Transpose", {"x"}, {{"perm", Ints{0, 3, 1, 2}}});
  const std::string centred = network.add("Sub", {image, network.constant({1, 3, 1, 1})});
  const std::string stem =
      network.add("PRelu", {network.conv(centred, {8, 3, 3, 3}, {{"pads", Ints{0, 1, 2, 1}}}),
                            network.constant({8, 1, 1})});
  const std::string dw =
      network.conv(stem, {8, 1, 3, 3},
                   {{"group", int64_t{8}}, {"pads", Ints{0, 0, 1, 1}}, {"strides", Ints{2, 2}}});
  const std::string twice =
      network.conv(network.add("Clip", {dw, network.scalar(-0.5F), network.scalar(0.75F)}),
                   {16, 1, 3, 1}, {{"group", int64_t{8}}, {"pads", Ints{1, 0, 1, 0}}});
  const std::string grouped =
      network.conv(network.add("HardSwish", {twice}), {6, 8, 1, 1}, {{"group", int64_t{2}}});
  const std::string norm = network.add("BatchNormalization",
                                       {grouped, network.constant({6}), network.constant({6}),
                                        network.constant({6}), network.constant({6}, 2)},
                                       {{"epsilon", 0.01F}});
  const std::string most =
      network.add("MaxPool", {norm}, {{"kernel_shape", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}});
  const std::string mean = network.add("AveragePool", {norm},
                                       {{"kernel_shape", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}});
  const std::string both = network.add("Concat", {most, mean}, {{"axis", int64_t{1}}});
  const std::string gate = network.add(
      "Sigmoid", {network.conv(network.add("GlobalAveragePool", {both}), {12, 12, 1, 1})});
  const std::string scaled = network.add("Mul", {both, gate});
  const std::string sliced =
      network.add("Split", {scaled, network.numbers({5, 7})}, {{"axis", int64_t{-3}}}, 2);
  const std::string bent = network.add("Tanh", {sliced + "_1"});
  const std::string picked =
      network.add("Gather", {bent, network.numbers({6, 0, -2, 3, 3})}, {{"axis", int64_t{1}}});
  const std::string sum = network.add("Add", {picked, sliced});
  const std::string back = network.add("Transpose", {sum}, {{"perm", Ints{0, 2, 3, 1}}});
  const std::string flat = network.add("Reshape", {back, network.numbers({1, -1})});
  const int64_t features = 5 * 5 * 5;
  const std::string hidden = network.add(
      "Add",
      {network.add("MatMul", {flat, network.constant({features, 6})}), network.constant({6})});
  const std::string logits = network.add(
      "Gemm", {network.add("HardSigmoid", {network.add("Div", {hidden, network.scalar(3)})}),
               network.constant({6, 4}), network.constant({4})});
  network.add("Softmax", {logits});
  const onnx::Graph graph = resolved(network);
  const auto softmax = std::ranges::find(graph.operations, "Softmax",
                                         [](const auto& operation) { return operation.node.op; });
  ASSERT_NE(softmax, graph.operations.end());
  expect_evaluates(graph, softmax->inputs[0]);
  expect_same(Trainable(graph).graph(), graph);
}

// What is written to a tensor of parameters() is where it was in the graph.
TEST(Trainable, what_was_learnt_is_in_the_graph) {
  const onnx::Graph graph =
      test::random_graph(test::small_network("[2, 9, 9]", blocks_with("relu"), "half"), 3);
  Trainable network(graph);
  EXPECT_FALSE(network.parameters().empty());
  {
    const torch::NoGradGuard none;
    for (auto* tensors : {&network.parameters(), &network.statistics()})
      for (auto& [name, tensor] : *tensors) tensor += torch::rand(tensor.sizes()) * 0.25;
  }
  const onnx::Graph learnt = network.graph();
  for (const auto* tensors : {&network.parameters(), &network.statistics()})
    for (const auto& [name, tensor] : *tensors) {
      const auto value = std::ranges::find(learnt.values, name, &onnx::Value::name);
      ASSERT_NE(value, learnt.values.end()) << name;
      EXPECT_TRUE(torch::tensor(value->constant->reals).equal(tensor.reshape({-1}))) << name;
    }
  const Tensor images = images_for(graph, 2);
  const Tensor found = network.forward(images, false);
  EXPECT_LE((found - evaluated(learnt, images, learnt.outputs[0])).abs().max().item<double>(),
            1e-4 * found.abs().max().item<double>());
  EXPECT_GT((found - evaluated(graph, images, graph.outputs[0])).abs().max().item<double>(), 0.01);
}

// A fully connected layer of a MatMul and an Add learns both; a single number is none's weight.
TEST(Trainable, constants_of_more_than_one_element_are_learnt) {
  SmallNetwork network({1, 5});
  const std::string product = network.add("MatMul", {"x", network.constant({5, 3})});
  const std::string sum = network.add("Add", {product, network.constant({3})});
  network.add("Mul", {sum, network.scalar(0.5F)});
  Trainable trainable(resolved(network));
  std::vector<std::string> names;
  for (const auto& [name, tensor] : trainable.parameters()) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("c0", "c1"));
}

TEST(Trainable, what_can_not_be_trained_is_refused_by_its_nodes_name) {
  const std::string allowed = "can not be trained, allowed are Add, ";
  struct Case {
    std::string described, problem;
    std::function<void(SmallNetwork&)> add;
  };
  const auto alone = [](const char* op) { return [op](SmallNetwork& n) { n.add(op, {"x"}); }; };
  const std::vector<Case> cases = {
      {"'Abs0' (Abs)", allowed, alone("Abs")},
      {"'Exp0' (Exp)", allowed, alone("Exp")},
      {"'Neg0' (Neg)", allowed, alone("Neg")},
      {"'Sqrt0' (Sqrt)", allowed, alone("Sqrt")},
      {"'LeakyRelu0' (LeakyRelu)", allowed, alone("LeakyRelu")},
      {"'GlobalMaxPool0' (GlobalMaxPool)", allowed, alone("GlobalMaxPool")},
      {"'LogSoftmax0' (LogSoftmax)", allowed, alone("LogSoftmax")},
      {"'Softmax0' (Softmax)", allowed,
       [](SmallNetwork& n) { n.add("Relu", {n.add("Softmax", {"x"})}); }},
      {"'ReduceMean0' (ReduceMean)", allowed,
       [](SmallNetwork& n) {
         n.add("ReduceMean", {"x"}, {{"axes", Ints{2, 3}}});
       }},
      {"'Max0' (Max)", allowed,
       [](SmallNetwork& n) {
         n.add("Max", {"x", n.scalar(0)});
       }},
      {"'Pow0' (Pow)", allowed,
       [](SmallNetwork& n) {
         n.add("Pow", {"x", n.scalar(2)});
       }},
      {"'Pad0' (Pad)", allowed,
       [](SmallNetwork& n) {
         n.add("Pad", {"x", n.numbers({0, 0, 1, 1, 0, 0, 1, 1})});
       }},
      {"'Slice0' (Slice)", allowed,
       [](SmallNetwork& n) {
         n.add("Slice", {"x", n.numbers({1}), n.numbers({3}), n.numbers({1})});
       }},
      {"'Tile0' (Tile)", allowed,
       [](SmallNetwork& n) {
         n.add("Tile", {"x", n.numbers({1, 2, 1, 1})});
       }},
      {"'Resize0' (Resize)", allowed,
       [](SmallNetwork& n) {
         n.add("Resize", {"x", "", n.constant(test::reals({4}, {1, 1, 2, 2}))});
       }},
      {"'ConvTranspose0' (ConvTranspose)", allowed,
       [](SmallNetwork& n) {
         n.add("ConvTranspose", {"x", n.constant({4, 2, 2, 2})});
       }},
      {"'MatMul0' (MatMul)", allowed,
       [](SmallNetwork& n) {
         n.add("MatMul", {"x", "x"});
       }},
      {"'Gather0' (Gather)", "allowed are axes from 1",
       [](SmallNetwork& n) {
         n.add("Gather", {"x", n.numbers({0})});
       }},
      {"'Transpose0' (Transpose)", "allowed is a batch that stays in front",
       [](SmallNetwork& n) {
         n.add("Transpose", {"x"}, {{"perm", Ints{1, 0, 2, 3}}});
       }},
      {"'Reshape0' (Reshape)", "a result of 4x36, allowed is a batch of 1 in front",
       [](SmallNetwork& n) {
         n.add("Reshape", {"x", n.numbers({4, 36})});
       }},
      {"'Concat0' (Concat)", "allowed are axes from 1",
       [](SmallNetwork& n) {
         n.add("Concat", {"x", "x"}, {{"axis", int64_t{0}}});
       }},
      {"'Concat0' (Concat)", "a part is constant, allowed are results of other nodes",
       [](SmallNetwork& n) {
         n.add("Concat", {"x", n.constant({1, 2, 6, 6})}, {{"axis", int64_t{1}}});
       }},
      {"'Add0' (Add)", "a result of 2x4x6x6, allowed is a batch of 1 in front",
       [](SmallNetwork& n) {
         n.add("Add", {"x", n.constant({2, 4, 6, 6})});
       }},
      {"'Mul0' (Mul)", "an operand of 4 dimensions, allowed are the result's 5",
       [](SmallNetwork& n) {
         n.add("Mul", {"x", n.constant({1, 1, 4, 6, 6})});
       }},
      {"'Mul2' (Mul)", "an operand of 2 dimensions, allowed are the result's 4",
       [](SmallNetwork& n) {
         n.add("Mul", {"x", n.add("MatMul", {n.add("Flatten", {"x"}), n.constant({144, 6})})});
       }},
      {"'MaxPool0' (MaxPool)", "allowed are equal pads on both sides, and ceil_mode 0",
       [](SmallNetwork& n) {
         n.add("MaxPool", {"x"}, {{"kernel_shape", Ints{2, 2}}, {"pads", Ints{0, 0, 1, 1}}});
       }},
      {"'Gemm1' (Gemm)", "allowed are alpha 1, beta 1, transA 0",
       [](SmallNetwork& n) {
         n.add("Gemm", {n.add("Flatten", {"x"}), n.constant({144, 2})}, {{"alpha", 0.5F}});
       }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.described);
    SmallNetwork network({1, 4, 6, 6});
    c.add(network);
    // Of several nodes the one that is meant.
    const onnx::Graph graph = resolved(network);
    EXPECT_THAT(problems_of([&] { Trainable trainable(graph); }),
                ElementsAre(StartsWith("m.onnx: node " + c.described + ": " + c.problem)));
  }
}

TEST(Trainable, images_of_one_axis_are_refused) {
  SmallNetwork network({1, 4, 9});
  network.add("GlobalAveragePool", {"x"});
  const onnx::Graph graph = resolved(network);
  EXPECT_THAT(problems_of([&] { Trainable trainable(graph); }),
              ElementsAre("m.onnx: node 'GlobalAveragePool0' (GlobalAveragePool): allowed are "
                          "images, of 4 dimensions"));
}

}  // namespace
}  // namespace rowcast::training
