// Functions of single values, taken apart into what layers can do.
#include "sim/import/function.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace rowcast {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

onnx::Tensor constants(std::vector<float> values) {
  const auto size = static_cast<int64_t>(values.size());
  return {onnx::Type::kFloat, size == 1 ? onnx::Dims{} : onnx::Dims{size}, std::move(values), {}};
}

onnx::Node node(const char* op) {
  onnx::Node node;
  node.op = op;
  node.outputs = {"y"};
  return node;
}

Function unary(const char* op, const Function& x = {}) {
  return Function(node(op), 13, {{.function = x}});
}
Function with_constant(const char* op, const Function& x, std::vector<float> values) {
  return Function(node(op), 13, {{.function = x}, {.constant = constants(std::move(values))}});
}
Function both(const char* op, const Function& x, const Function& y) {
  return Function(node(op), 13, {{.function = x}, {.function = y}});
}
Function clip(const Function& x, float low, float high) {
  return Function(
      node("Clip"), 13,
      {{.function = x}, {.constant = constants({low})}, {.constant = constants({high})}});
}

const std::vector<float> kValues = {-5, -1, 0, 0.5, 2, 7};

TEST(Function, that_is_none_keeps_every_value) {
  const Function none;
  EXPECT_TRUE(none.is_identity());
  EXPECT_EQ(none(kValues, 1), kValues);
  const Function::Parts parts = none.parts(2);
  EXPECT_THAT(parts.affine.a, ElementsAre(1, 1));
  EXPECT_THAT(parts.affine.b, ElementsAre(0, 0));
  EXPECT_TRUE(std::isinf(parts.low) && std::isinf(parts.high) && parts.rest.is_identity());
}

TEST(Function, of_products_and_sums_is_affine_in_each_channel) {
  // ((x * {2, 3} + 1) - {0, 4}) / 2, and 5 - that, and its negative.
  Function f = with_constant("Mul", {}, {2, 3});
  f = with_constant("Add", f, {1});
  f = with_constant("Sub", f, {0, 4});
  f = with_constant("Div", f, {2});
  f = Function(node("Sub"), 13, {{.constant = constants({5})}, {.function = f}});
  f = unary("Neg", f);
  const Function::Parts parts = f.parts(2);
  EXPECT_THAT(parts.affine.a, ElementsAre(1, 1.5));
  EXPECT_THAT(parts.affine.b, ElementsAre(0.5 - 5, -1.5 - 5));
  EXPECT_TRUE(parts.rest.is_identity());
  EXPECT_THAT(f(std::vector<float>{1, 1}, 2), ElementsAre(-3.5, -5));
}

TEST(Function, of_a_batch_norm_is_affine) {
  onnx::Node norm = node("BatchNormalization");
  norm.attributes["epsilon"] = 0.0f;
  const Function f(norm, 13,
                   {{.function = Function()},
                    {.constant = constants({2, 4})},
                    {.constant = constants({1, -1})},
                    {.constant = constants({3, 0})},
                    {.constant = constants({4, 16})}});
  const Function::Parts parts = f.parts(2);
  EXPECT_THAT(parts.affine.a, ElementsAre(1, 1));
  EXPECT_THAT(parts.affine.b, ElementsAre(-2, -1));
  EXPECT_THAT(f(std::vector<float>{5, 5}, 2), ElementsAre(3, 4));
}

TEST(Function, of_clamps_behind_an_affine_part_is_one_clamp) {
  Function f = with_constant("Add", {}, {1});
  f = clip(unary("Relu", f), -3, 6);
  Function::Parts parts = f.parts(1);
  EXPECT_THAT(parts.affine.b, ElementsAre(1));
  EXPECT_EQ(parts.low, 0);
  EXPECT_EQ(parts.high, 6);
  EXPECT_TRUE(parts.rest.is_identity());
  // The outer one decides where they have nothing in common.
  parts = clip(clip({}, 2, 3), 0, 1).parts(1);
  EXPECT_EQ(parts.low, 1);
  EXPECT_EQ(parts.high, 1);
  // Min and Max with a constant on either side are clamps.
  f = Function(node("Max"), 13, {{.constant = constants({-2})}, {.function = Function()}});
  f = with_constant("Min", f, {4});
  parts = f.parts(1);
  EXPECT_EQ(parts.low, -2);
  EXPECT_EQ(parts.high, 4);
}

TEST(Function, hard_sigmoid_is_an_affine_part_and_a_clamp) {
  onnx::Node gate = node("HardSigmoid");
  gate.attributes["alpha"] = 0.25f;
  const Function f(gate, 7, {{.function = Function()}});
  const Function::Parts parts = f.parts(1);
  EXPECT_THAT(parts.affine.a, ElementsAre(0.25));
  EXPECT_THAT(parts.affine.b, ElementsAre(0.5));
  EXPECT_EQ(parts.low, 0);
  EXPECT_EQ(parts.high, 1);
  EXPECT_THAT(f(kValues, 1), ElementsAre(0, 0.25, 0.5, 0.625, 1, 1));
}

TEST(Function, hard_swish_as_exporters_write_it_has_its_batch_norm_as_affine_part) {
  // y = 2x + {1, -1}, then y * clip(y + 3, 0, 6) / 6
  const Function y = with_constant("Add", with_constant("Mul", {}, {2}), {1, -1});
  const Function gate = clip(with_constant("Add", y, {3}), 0, 6);
  const Function f = with_constant("Div", both("Mul", y, gate), {6});
  const Function::Parts parts = f.parts(2);
  EXPECT_THAT(parts.affine.a, ElementsAre(2, 2));
  EXPECT_THAT(parts.affine.b, ElementsAre(1, -1));
  ASSERT_FALSE(parts.rest.is_identity());
  std::vector<float> wanted, got, before;
  for (size_t c = 0; c < 2; ++c)
    for (const float x : kValues) {
      const float z = 2 * x + (c == 0 ? 1.0f : -1.0f);
      before.push_back(z);
      wanted.push_back(z * std::clamp(z + 3, 0.0f, 6.0f) / 6);
    }
  EXPECT_THAT(parts.rest(before, 2), Pointwise(FloatNear(1e-5f), wanted));
  std::vector<float> twice = kValues;
  twice.insert(twice.end(), kValues.begin(), kValues.end());
  EXPECT_THAT(f(twice, 2), Pointwise(FloatNear(1e-5f), wanted));
}

TEST(Function, a_clamp_before_something_else_is_no_clamp_of_the_layer) {
  // sigmoid(relu(x)): the table has both. relu(sigmoid(x)): likewise.
  for (const Function& f : {unary("Sigmoid", unary("Relu")), unary("Relu", unary("Sigmoid"))}) {
    const Function::Parts parts = f.parts(1);
    EXPECT_TRUE(std::isinf(parts.low) && std::isinf(parts.high));
    EXPECT_EQ(parts.rest(kValues, 1), f(kValues, 1));
  }
}

TEST(Function, slopes_of_channels_are_the_rest) {
  const Function f = with_constant("PRelu", with_constant("Add", {}, {1}), {0.5, 0.25});
  const Function::Parts parts = f.parts(2);
  EXPECT_THAT(parts.affine.b, ElementsAre(1, 1));
  EXPECT_THAT(parts.rest(std::vector<float>{-4, 4, -4, 4}, 2), ElementsAre(-2, 4, -1, 4));
}

TEST(Function, functions_are_the_same_if_the_same_nodes_made_them) {
  const Function f = unary("Relu");
  const Function copy = f;
  EXPECT_TRUE(f == copy);
  EXPECT_FALSE(f == unary("Relu"));
  EXPECT_TRUE(Function() == Function());
}

}  // namespace
}  // namespace rowcast
