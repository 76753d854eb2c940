// Gradients of whole networks, of every number that is learnt, by finite differences; and that the
// check finds a layer whose gradient is wrong.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <map>
#include <random>

#include "sim/torch/trainable.h"
#include "tests/import/small_networks.h"
#include "tests/training/networks.h"

namespace rowcast::training {
namespace {

using test::SmallNetwork;
using testing::ElementsAre;
using testing::IsEmpty;
using torch::Tensor;
using Ints = std::vector<int64_t>;
using Gradients = std::map<std::string, Tensor>;

// A network in training, and a loss of random weights of its outputs, in double.
class Checked {
 public:
  explicit Checked(const onnx::Graph& graph, const Scaffold& scaffold = {})
      : network_(graph, scaffold) {
    torch::manual_seed(4);
    onnx::Dims dims = graph.values[graph.inputs[0]].dims;
    dims[0] = 6;
    images_ = torch::rand(dims) * 2 - 1;
    weights_ = torch::randn({6, network_.outputs()}, torch::kDouble);
  }
  Trainable& network() { return network_; }

  Gradients analytic() {
    for (auto& [name, tensor] : network_.parameters()) tensor.mutable_grad() = Tensor();
    loss().backward();
    Gradients gradients;
    for (auto& [name, tensor] : network_.parameters())
      gradients[name] = tensor.grad().defined() ? tensor.grad().clone() : torch::zeros_like(tensor);
    return gradients;
  }

  Gradients numeric() {
    const torch::NoGradGuard none;
    Gradients gradients;
    for (auto& [name, tensor] : network_.parameters()) {
      const Tensor flat = torch::zeros(tensor.numel());
      const Tensor values = tensor.detach();
      // In the order of memory, as the view of the gradient below has it.
      float* at = values.data_ptr<float>();
      for (int64_t i = 0; i < values.numel(); ++i) {
        const float kept = at[i];
        const auto moved = [&](float by) {
          at[i] = kept + by;
          return loss().item<double>();
        };
        flat[i] = (moved(kStep) - moved(-kStep)) / (2 * double{kStep});
        at[i] = kept;
      }
      gradients[name] = flat.as_strided(values.sizes(), values.strides());
    }
    return gradients;
  }

 private:
  static constexpr float kStep = 2e-3F;

  Tensor loss() { return (network_.forward(images_, true).to(torch::kDouble) * weights_).sum(); }

  Trainable network_;
  Tensor images_, weights_;
};

// Those that differ by more than a share of their largest number.
std::vector<std::string> differing(const Gradients& found, const Gradients& exact, double share) {
  std::vector<std::string> names;
  for (const auto& [name, gradient] : exact) {
    const double largest = std::max(0.05, gradient.abs().max().item<double>());
    if (!((found.at(name) - gradient).abs().max().item<double>() <= share * largest))
      names.push_back(name);
  }
  return names;
}

constexpr double kShare = 0.03;

const char* const kBlocks = R"(
[[block]]
type = "conv"
name = "stem"
out = 4
kernel = 3
stride = 2
activation = "hswish"
[[block]]
type = "inverted_residual"
expand = 2
out = 4
kernel = 3
squeeze_excite = true
activation = "hswish"
[[block]]
type = "pool"
name = "pool"
[[block]]
type = "fc"
name = "classes"
out = 3
)";

TEST(Gradients, of_small_networks_are_those_of_finite_differences) {
  for (const char* variant : {"baseline", "full", "half"}) {
    SCOPED_TRACE(variant);
    Checked checked(test::random_graph(test::small_network("[2, 7, 8]", kBlocks, variant), 6));
    EXPECT_THAT(differing(checked.analytic(), checked.numeric(), kShare), IsEmpty());
  }
}

TEST(Gradients, of_what_exporters_write_are_those_of_finite_differences) {
  SmallNetwork network({1, 6, 7, 2}, 5);
  const std::string image = network.add("Transpose", {"x"}, {{"perm", Ints{0, 3, 1, 2}}});
  const std::string stem =
      network.add("PRelu", {network.conv(image, {4, 2, 3, 3}, {{"pads", Ints{0, 1, 2, 1}}}),
                            network.constant({4, 1, 1})});
  const std::string dw =
      network.conv(stem, {4, 1, 3, 3},
                   {{"group", int64_t{4}}, {"pads", Ints{0, 0, 1, 1}}, {"strides", Ints{2, 2}}});
  const std::string norm =
      network.add("BatchNormalization", {dw, network.constant({4}), network.constant({4}),
                                         network.constant({4}), network.constant({4}, 2)});
  const std::string clipped = network.add("Relu", {norm});
  const std::string parts =
      network.add("Split", {clipped, network.numbers({1, 3})}, {{"axis", int64_t{1}}}, 2);
  const std::string both =
      network.add("Concat", {network.add("Tanh", {parts + "_1"}), parts}, {{"axis", int64_t{1}}});
  const std::string scaled = network.add("Mul", {both, network.constant({1, 4, 1, 1})});
  const std::string gathered =
      network.add("Gather", {scaled, network.numbers({3, 0, -2, 2})}, {{"axis", int64_t{1}}});
  const std::string sum = network.add("Add", {gathered, clipped});
  const std::string pooled =
      network.add("AveragePool", {sum}, {{"kernel_shape", Ints{2, 2}}, {"pads", Ints{0, 0, 0, 0}}});
  const std::string flat = network.add("Flatten", {pooled});
  const std::string hidden =
      network.add("Sigmoid", {network.add("MatMul", {flat, network.constant({4 * 2 * 2, 5})})});
  network.add("Gemm", {hidden, network.constant({3, 5}), network.constant({3})},
              {{"transB", int64_t{1}}});
  Checked checked(onnx::resolve(onnx::parse_model(network.bytes(), "m.onnx"), "m.onnx"));
  EXPECT_THAT(differing(checked.analytic(), checked.numeric(), kShare), IsEmpty());
}

// A layer that learns by a tenth too much, or not at all, is found by its name.
TEST(Gradients, a_planted_fault_is_found_and_named) {
  Checked checked(test::random_graph(test::small_network("[2, 7, 8]", kBlocks, "half"), 6));
  const Gradients exact = checked.numeric();
  const auto parameters = checked.network().parameters();
  ASSERT_GE(parameters.size(), 15u);
  for (const auto& [name, tensor] : parameters)
    for (const double by : {1.1, 0.0}) {
      SCOPED_TRACE(fmt::format("{} times {}", name, by));
      const unsigned hook = tensor.register_hook([by = by](const Tensor& g) { return g * by; });
      EXPECT_THAT(differing(checked.analytic(), exact, kShare), ElementsAre(name));
      tensor.remove_hook(hook);
    }
  EXPECT_THAT(differing(checked.analytic(), exact, kShare), IsEmpty());
}

TEST(Gradients, of_scaffolded_layers_are_those_of_finite_differences_whatever_is_drawn) {
  const onnx::Graph graph =
      test::random_graph(test::small_network("[2, 7, 8]", kBlocks, "half"), 6);
  const auto fuse = std::ranges::find(graph.operations, "Concat",
                                      [](const auto& operation) { return operation.node.op; });
  ASSERT_NE(fuse, graph.operations.end());
  std::mt19937 random(2);
  std::uniform_real_distribution<float> value(-1, 1);
  const auto values = [&](size_t count) {
    std::vector<float> values(count);
    for (float& each : values) each = value(random);
    return values;
  };
  const Scaffold scaffold{.layers = {{fuse->node.name, {values(8 * 9), values(27), values(27)}}}};
  for (const char depthwise : {0, 1}) {
    SCOPED_TRACE(depthwise ? "depthwise" : "FuSe");
    Checked checked(graph, scaffold);
    ASSERT_EQ(checked.network().depthwise().size(), 1u);
    checked.network().depthwise()[0] = depthwise;
    const Gradients found = checked.analytic();
    EXPECT_THAT(differing(found, checked.numeric(), kShare), IsEmpty());
    EXPECT_GT(found.at(fuse->node.name + ".kernels").abs().max().item<double>(), 0.1);
    EXPECT_EQ(found.at(fuse->node.name + ".row.adapter").abs().max().item<double>() > 0,
              !depthwise);
  }
}

}  // namespace
}  // namespace rowcast::training
