// Every operator on small operands, worked out by hand from the ONNX standard's definitions: once
// as constants, which are folded, and once as inputs of the network, which are computed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/onnx/graph.h"
#include "sim/onnx/operators.h"
#include "tests/onnx/onnx_writer.h"
#include "tests/unit/problems.h"

namespace rowcast {
namespace {

using namespace onnx;
using Attributes = std::map<std::string, Attribute, std::less<>>;
using Ints = std::vector<int64_t>;
using test::integers;
using test::problems_of;
using test::reals;

Tensor booleans(Dims dims, Ints values) {
  return {Type::kBool, std::move(dims), {}, std::move(values)};
}
Tensor scalar(float value) { return reals({}, {value}); }

struct Case {
  const char* name;
  const char* op;
  Attributes attributes;
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
  int opset = 13;
  size_t runtime = 1;  // so many of the inputs are the network's, where not all are constant
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

Model model_of(const Case& c, size_t runtime) {
  Model model;
  model.ir_version = 8;
  model.opset = c.opset;
  Node node{"n", c.op, "", {}, {}, c.attributes};
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    const std::string name = "i" + std::to_string(i);
    const Tensor& tensor = c.inputs[i];
    node.inputs.push_back(tensor.type == Type::kUndefined ? "" : name);
    if (tensor.type == Type::kUndefined) continue;
    if (i < runtime)
      model.inputs.push_back({name, tensor.type, tensor.dims, true});
    else
      model.initialisers[name] = tensor;
  }
  for (size_t i = 0; i < c.outputs.size(); ++i) {
    node.outputs.push_back("o" + std::to_string(i));
    model.outputs.push_back({node.outputs.back(), c.outputs[i].type, c.outputs[i].dims, true});
  }
  model.nodes = {node};
  return model;
}

void expect_equal(const Tensor& found, const Tensor& expected) {
  EXPECT_EQ(to_string(found.type), to_string(expected.type));
  EXPECT_EQ(found.dims, expected.dims);
  EXPECT_EQ(found.integers, expected.integers);
  ASSERT_EQ(found.reals.size(), expected.reals.size());
  for (size_t i = 0; i < found.reals.size(); ++i)
    EXPECT_FLOAT_EQ(found.reals[i], expected.reals[i]) << "element " << i;
}

class OnnxOperator : public testing::TestWithParam<Case> {};

TEST_P(OnnxOperator, is_folded_where_its_operands_are_constant) {
  const Case& c = GetParam();
  const Graph graph = resolve(parse_model(test::model_bytes(model_of(c, 0)), "m.onnx"), "m.onnx");
  EXPECT_TRUE(graph.operations.empty());
  for (size_t i = 0; i < c.outputs.size(); ++i) {
    const Value& value = graph.values[graph.outputs[i]];
    ASSERT_TRUE(value.constant);
    expect_equal(*value.constant, c.outputs[i]);
  }
}

TEST_P(OnnxOperator, is_computed_where_an_operand_is_the_networks_input) {
  const Case& c = GetParam();
  if (c.inputs.empty() || c.runtime == 0) GTEST_SKIP() << "has constant operands only";
  const Graph graph =
      resolve(parse_model(test::model_bytes(model_of(c, c.runtime)), "m.onnx"), "m.onnx");
  const std::vector<Value> values =
      evaluate(graph, std::vector<Tensor>(c.inputs.begin(), c.inputs.begin() + c.runtime));
  for (size_t i = 0; i < c.outputs.size(); ++i) {
    EXPECT_EQ(graph.values[graph.outputs[i]].dims, c.outputs[i].dims);
    expect_equal(*values[graph.outputs[i]].constant, c.outputs[i]);
  }
}

const Tensor kLine = reals({1, 1, 1, 4}, {1, 2, 3, 4});
const Tensor kSquare = reals({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
const Tensor kNone{};

const Case kCases[] = {
    {"Abs", "Abs", {}, {reals({2}, {-1, 2})}, {reals({2}, {1, 2})}},
    {"Abs_of_integers", "Abs", {}, {integers({2}, {-1, 2})}, {integers({2}, {1, 2})}},
    {"Add_broadcasts",
     "Add",
     {},
     {reals({2, 1}, {1, 2}), reals({3}, {10, 20, 30})},
     {reals({2, 3}, {11, 21, 31, 12, 22, 32})}},
    {"And", "And", {}, {booleans({2}, {1, 1}), booleans({2}, {0, 1})}, {booleans({2}, {0, 1})}},
    {"AveragePool_leaves_pads_out",
     "AveragePool",
     {{"kernel_shape", Ints{2, 2}}, {"pads", Ints{1, 1, 0, 0}}},
     {kSquare},
     {reals({1, 1, 3, 3}, {1, 1.5, 2.5, 2.5, 3, 4, 5.5, 6, 7})}},
    {"AveragePool_counts_pads",
     "AveragePool",
     {{"kernel_shape", Ints{2, 2}},
      {"pads", Ints{1, 1, 0, 0}},
      {"strides", Ints{2, 2}},
      {"count_include_pad", int64_t{1}}},
     {kSquare},
     {reals({1, 1, 2, 2}, {0.25, 1.25, 2.75, 7})}},
    {"AveragePool_rounds_up",
     "AveragePool",
     {{"kernel_shape", Ints{1, 3}}, {"strides", Ints{1, 2}}, {"ceil_mode", int64_t{1}}},
     {kLine},
     {reals({1, 1, 1, 2}, {2, 3.5})}},
    {"BatchNormalization",
     "BatchNormalization",
     {{"epsilon", 0.0f}},
     {reals({1, 2, 1, 1}, {5, 7}), reals({2}, {2, 3}), reals({2}, {1, -1}), reals({2}, {1, 2}),
      reals({2}, {4, 25})},
     {reals({1, 2, 1, 1}, {5, 2})}},
    {"Cast_to_integers_cuts",
     "Cast",
     {{"to", int64_t{7}}},
     {reals({3}, {-1.7f, 1.7f, 2})},
     {integers({3}, {-1, 1, 2})}},
    {"Cast_to_int8_wraps",
     "Cast",
     {{"to", int64_t{3}}},
     {integers({2}, {200, 5})},
     {Tensor{Type::kInt8, {2}, {}, {-56, 5}}}},
    {"Ceil", "Ceil", {}, {reals({2}, {1.2f, -1.2f})}, {reals({2}, {2, -1})}},
    {"Clip_by_attributes",
     "Clip",
     {{"min", 0.0f}, {"max", 6.0f}},
     {reals({3}, {-1, 3, 9})},
     {reals({3}, {0, 3, 6})},
     10},
    {"Clip_by_inputs",
     "Clip",
     {},
     {reals({3}, {-1, 3, 9}), scalar(0), scalar(6)},
     {reals({3}, {0, 3, 6})}},
    {"Clip_above_only",
     "Clip",
     {},
     {reals({3}, {-1, 3, 9}), kNone, scalar(6)},
     {reals({3}, {-1, 3, 6})}},
    {"Concat",
     "Concat",
     {{"axis", int64_t{-1}}},
     {reals({2, 1}, {1, 2}), reals({2, 2}, {3, 4, 5, 6})},
     {reals({2, 3}, {1, 3, 4, 2, 5, 6})}},
    {"Constant", "Constant", {{"value", reals({2}, {1, 2})}}, {}, {reals({2}, {1, 2})}},
    {"Constant_of_integers", "Constant", {{"value_ints", Ints{3, 4}}}, {}, {integers({2}, {3, 4})}},
    {"Constant_of_a_number", "Constant", {{"value_float", 2.5f}}, {}, {scalar(2.5)}},
    {"ConstantOfShape",
     "ConstantOfShape",
     {{"value", integers({1}, {7})}},
     {integers({2}, {1, 2})},
     {integers({1, 2}, {7, 7})},
     13,
     0},
    {"ConstantOfShape_of_zeros",
     "ConstantOfShape",
     {},
     {integers({1}, {2})},
     {reals({2}, {0, 0})},
     13,
     0},
    {"Conv",
     "Conv",
     {},
     {kSquare, reals({1, 1, 2, 2}, {1, 0, 0, 10}), reals({1}, {0.5})},
     {reals({1, 1, 2, 2}, {51.5, 62.5, 84.5, 95.5})}},
    {"Conv_pads_asymmetrically",
     "Conv",
     {{"pads", Ints{0, 1, 0, 2}}},
     {kLine, reals({1, 1, 1, 3}, {1, 10, 100})},
     {reals({1, 1, 1, 5}, {210, 321, 432, 43, 4})}},
    {"Conv_strides_of_two_kinds",
     "Conv",
     {{"strides", Ints{2, 1}}},
     {kSquare, reals({1, 1, 1, 1}, {2})},
     {reals({1, 1, 2, 3}, {2, 4, 6, 14, 16, 18})}},
    {"Conv_dilates",
     "Conv",
     {{"dilations", Ints{1, 2}}},
     {kLine, reals({1, 1, 1, 2}, {1, 10})},
     {reals({1, 1, 1, 2}, {31, 42})}},
    {"Conv_pads_to_the_same_size_above",
     "Conv",
     {{"auto_pad", std::string("SAME_UPPER")}},
     {kLine, reals({1, 1, 1, 2}, {1, 10})},
     {reals({1, 1, 1, 4}, {21, 32, 43, 4})}},
    {"Conv_pads_to_the_same_size_below",
     "Conv",
     {{"auto_pad", std::string("SAME_LOWER")}},
     {kLine, reals({1, 1, 1, 2}, {1, 10})},
     {reals({1, 1, 1, 4}, {10, 21, 32, 43})}},
    {"Conv_in_groups",
     "Conv",
     {{"group", int64_t{2}}},
     {reals({1, 2, 1, 2}, {1, 2, 3, 4}), reals({4, 1, 1, 1}, {1, 10, 100, 1000})},
     {reals({1, 4, 1, 2}, {1, 2, 10, 20, 300, 400, 3000, 4000})}},
    {"Conv_over_channels",
     "Conv",
     {},
     {reals({1, 2, 1, 2}, {1, 2, 3, 4}), reals({1, 2, 1, 1}, {1, 10})},
     {reals({1, 1, 1, 2}, {31, 42})}},
    {"Conv_along_one_axis",
     "Conv",
     {{"pads", Ints{1, 0}}},
     {reals({1, 1, 3}, {1, 2, 3}), reals({1, 1, 2}, {1, 10})},
     {reals({1, 1, 3}, {10, 21, 32})}},
    {"ConvTranspose",
     "ConvTranspose",
     {{"strides", Ints{1, 2}}},
     {reals({1, 1, 1, 2}, {1, 2}), reals({1, 1, 1, 2}, {1, 10}), reals({1}, {100})},
     {reals({1, 1, 1, 4}, {101, 110, 102, 120})}},
    {"ConvTranspose_overlaps",
     "ConvTranspose",
     {{"pads", Ints{0, 1, 0, 0}}},
     {reals({1, 1, 1, 2}, {1, 2}), reals({1, 1, 1, 3}, {1, 10, 100})},
     {reals({1, 1, 1, 3}, {12, 120, 200})}},
    {"ConvTranspose_in_groups",
     "ConvTranspose",
     {{"group", int64_t{2}}},
     {reals({1, 2, 1, 1}, {1, 2}), reals({2, 1, 1, 2}, {3, 4, 5, 6})},
     {reals({1, 2, 1, 2}, {3, 4, 10, 12})}},
    {"Div", "Div", {}, {reals({2}, {3, 1}), scalar(2)}, {reals({2}, {1.5, 0.5})}},
    {"Div_of_integers_cuts",
     "Div",
     {},
     {integers({2}, {7, -7}), integers({}, {2})},
     {integers({2}, {3, -3})}},
    {"Dropout", "Dropout", {}, {reals({2}, {1, 2})}, {reals({2}, {1, 2})}},
    {"Equal", "Equal", {}, {integers({2}, {1, 2}), integers({2}, {1, 3})}, {booleans({2}, {1, 0})}},
    {"Exp", "Exp", {}, {reals({2}, {0, 1})}, {reals({2}, {1, std::exp(1.0f)})}},
    {"Expand",
     "Expand",
     {},
     {reals({2, 1}, {1, 2}), integers({3}, {2, 1, 2})},
     {reals({2, 2, 2}, {1, 1, 2, 2, 1, 1, 2, 2})}},
    {"Flatten",
     "Flatten",
     {{"axis", int64_t{2}}},
     {reals({1, 2, 1, 2}, {1, 2, 3, 4})},
     {reals({2, 2}, {1, 2, 3, 4})}},
    {"Floor", "Floor", {}, {reals({2}, {1.8f, -1.2f})}, {reals({2}, {1, -2})}},
    {"Gather",
     "Gather",
     {{"axis", int64_t{1}}},
     {reals({2, 3}, {1, 2, 3, 4, 5, 6}), integers({2}, {2, -3})},
     {reals({2, 2}, {3, 1, 6, 4})}},
    {"Gather_one",
     "Gather",
     {},
     {integers({3}, {5, 6, 7}), integers({}, {1})},
     {integers({}, {6})}},
    {"Gemm",
     "Gemm",
     {{"transB", int64_t{1}}, {"alpha", 2.0f}, {"beta", 10.0f}},
     {reals({1, 2}, {1, 2}), reals({3, 2}, {1, 0, 0, 1, 1, 1}), reals({3}, {1, 2, 3})},
     {reals({1, 3}, {12, 24, 36})}},
    {"Gemm_transposed",
     "Gemm",
     {{"transA", int64_t{1}}},
     {reals({2, 1}, {1, 2}), reals({2, 2}, {1, 2, 3, 4})},
     {reals({1, 2}, {7, 10})}},
    {"GlobalAveragePool",
     "GlobalAveragePool",
     {},
     {reals({1, 2, 1, 2}, {1, 2, 3, 5})},
     {reals({1, 2, 1, 1}, {1.5, 4})}},
    {"GlobalMaxPool",
     "GlobalMaxPool",
     {},
     {reals({1, 2, 1, 2}, {1, 2, 5, 3})},
     {reals({1, 2, 1, 1}, {2, 5})}},
    {"Greater", "Greater", {}, {reals({2}, {1, 3}), scalar(2)}, {booleans({2}, {0, 1})}},
    {"HardSigmoid",
     "HardSigmoid",
     {{"alpha", 0.5f}},
     {reals({3}, {-2, 0.5, 2})},
     {reals({3}, {0, 0.75, 1})}},
    {"HardSwish",
     "HardSwish",
     {},
     {reals({3}, {-4, 1, 4})},
     {reals({3}, {0, 1.0f / 6 + 0.5f, 4})},
     14},
    {"Identity", "Identity", {}, {integers({1}, {3})}, {integers({1}, {3})}},
    {"LeakyRelu", "LeakyRelu", {{"alpha", 0.1f}}, {reals({2}, {-1, 2})}, {reals({2}, {-0.1f, 2})}},
    {"Less", "Less", {}, {reals({2}, {1, 3}), scalar(2)}, {booleans({2}, {1, 0})}},
    {"Log", "Log", {}, {reals({1}, {2})}, {reals({1}, {std::log(2.0f)})}},
    {"LogSoftmax",
     "LogSoftmax",
     {},
     {reals({1, 2}, {0, 0})},
     {reals({1, 2}, {-std::log(2.0f), -std::log(2.0f)})}},
    {"MatMul",
     "MatMul",
     {},
     {reals({1, 2}, {1, 2}), reals({2, 2}, {1, 2, 3, 4})},
     {reals({1, 2}, {7, 10})}},
    {"MatMul_of_stacks",
     "MatMul",
     {},
     {reals({2, 1, 2}, {1, 2, 3, 4}), reals({2, 1}, {1, 10})},
     {reals({2, 1, 1}, {21, 43})}},
    {"MatMul_of_vectors", "MatMul", {}, {reals({2}, {1, 2}), reals({2}, {3, 4})}, {scalar(11)}},
    {"Max",
     "Max",
     {},
     {reals({2}, {1, 5}), scalar(3), reals({2, 1}, {0, 4})},
     {reals({2, 2}, {3, 5, 4, 5})}},
    {"MaxPool",
     "MaxPool",
     {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{1, 1}}, {"pads", Ints{0, 0, 1, 0}}},
     {kSquare},
     {reals({1, 1, 3, 2}, {5, 6, 8, 9, 8, 9})}},
    {"Min", "Min", {}, {integers({2}, {1, 5}), integers({1}, {3})}, {integers({2}, {1, 3})}},
    {"Mul", "Mul", {}, {reals({2}, {1, 5}), scalar(3)}, {reals({2}, {3, 15})}},
    {"Neg", "Neg", {}, {reals({2}, {1, -5})}, {reals({2}, {-1, 5})}},
    {"Not", "Not", {}, {booleans({2}, {1, 0})}, {booleans({2}, {0, 1})}},
    {"Or", "Or", {}, {booleans({2}, {1, 0}), booleans({2}, {0, 0})}, {booleans({2}, {1, 0})}},
    {"PRelu",
     "PRelu",
     {},
     {reals({1, 2, 1, 2}, {-1, 1, -1, 1}), reals({2, 1, 1}, {0.5, 0.25})},
     {reals({1, 2, 1, 2}, {-0.5, 1, -0.25, 1})}},
    {"Pad",
     "Pad",
     {},
     {reals({1, 2}, {1, 2}), integers({4}, {0, 1, 1, 0}), scalar(9)},
     {reals({2, 3}, {9, 1, 2, 9, 9, 9})}},
    {"Pad_by_attributes_and_cuts",
     "Pad",
     {{"pads", Ints{0, -1, 0, 1}}},
     {reals({1, 2}, {1, 2})},
     {reals({1, 2}, {2, 0})},
     10},
    {"Pad_by_the_edge",
     "Pad",
     {{"mode", std::string("edge")}},
     {reals({3}, {1, 2, 3}), integers({2}, {2, 1})},
     {reals({6}, {1, 1, 1, 2, 3, 3})}},
    {"Pad_by_reflection",
     "Pad",
     {{"mode", std::string("reflect")}},
     {reals({3}, {1, 2, 3}), integers({2}, {2, 1})},
     {reals({6}, {3, 2, 1, 2, 3, 2})}},
    {"Pow", "Pow", {}, {reals({2}, {2, 3}), scalar(2)}, {reals({2}, {4, 9})}},
    {"Range",
     "Range",
     {},
     {integers({}, {1}), integers({}, {6}), integers({}, {2})},
     {integers({3}, {1, 3, 5})},
     13,
     0},
    {"Reciprocal", "Reciprocal", {}, {reals({1}, {4})}, {reals({1}, {0.25})}},
    {"ReduceMax",
     "ReduceMax",
     {{"axes", Ints{0}}, {"keepdims", int64_t{0}}},
     {reals({2, 2}, {1, 5, 3, 4})},
     {reals({2}, {3, 5})}},
    {"ReduceMean",
     "ReduceMean",
     {{"axes", Ints{-1}}},
     {reals({2, 2}, {1, 5, 3, 4})},
     {reals({2, 1}, {3, 3.5})}},
    {"ReduceSum_of_all",
     "ReduceSum",
     {{"keepdims", int64_t{0}}},
     {reals({2, 2}, {1, 5, 3, 4})},
     {scalar(13)}},
    {"ReduceSum_by_input",
     "ReduceSum",
     {},
     {reals({2, 2}, {1, 5, 3, 4}), integers({1}, {1})},
     {reals({2, 1}, {6, 7})}},
    {"Relu", "Relu", {}, {reals({2}, {-1, 2})}, {reals({2}, {0, 2})}},
    {"Reshape",
     "Reshape",
     {},
     {reals({2, 3}, {1, 2, 3, 4, 5, 6}), integers({3}, {0, -1, 1})},
     {reals({2, 3, 1}, {1, 2, 3, 4, 5, 6})}},
    {"Resize_to_the_nearest",
     "Resize",
     {{"coordinate_transformation_mode", std::string("asymmetric")},
      {"nearest_mode", std::string("floor")}},
     {reals({1, 1, 1, 2}, {1, 2}), kNone, reals({4}, {1, 1, 2, 2})},
     {reals({1, 1, 2, 4}, {1, 1, 2, 2, 1, 1, 2, 2})}},
    {"Resize_bilinearly",
     "Resize",
     {{"mode", std::string("linear")}},
     {reals({1, 1, 1, 2}, {1, 2}), kNone, kNone, integers({4}, {1, 1, 1, 4})},
     {reals({1, 1, 1, 4}, {1, 1.25, 1.75, 2})}},
    {"Resize_between_corners",
     "Resize",
     {{"mode", std::string("linear")},
      {"coordinate_transformation_mode", std::string("align_corners")}},
     {reals({1, 1, 1, 2}, {1, 4}), kNone, kNone, integers({4}, {1, 1, 1, 4})},
     {reals({1, 1, 1, 4}, {1, 2, 3, 4})}},
    {"Resize_of_old",
     "Resize",
     {},
     {reals({1, 1, 1, 2}, {1, 2}), reals({4}, {1, 1, 1, 2})},
     {reals({1, 1, 1, 4}, {1, 1, 2, 2})},
     10},
    {"Shape", "Shape", {}, {reals({1, 2, 3}, std::vector<float>(6))}, {integers({3}, {1, 2, 3})}},
    {"Shape_of_a_part",
     "Shape",
     {{"start", int64_t{1}}, {"end", int64_t{-1}}},
     {reals({1, 2, 3}, std::vector<float>(6))},
     {integers({1}, {2})},
     15},
    {"Sigmoid",
     "Sigmoid",
     {},
     {reals({2}, {0, 1})},
     {reals({2}, {0.5, 1 / (1 + std::exp(-1.0f))})}},
    {"Size", "Size", {}, {reals({2, 3}, std::vector<float>(6))}, {integers({}, {6})}},
    {"Slice",
     "Slice",
     {},
     {reals({2, 3}, {1, 2, 3, 4, 5, 6}), integers({1}, {-2}), integers({1}, {100}),
      integers({1}, {1})},
     {reals({2, 2}, {2, 3, 5, 6})}},
    {"Slice_backwards",
     "Slice",
     {},
     {reals({4}, {1, 2, 3, 4}), integers({1}, {-1}), integers({1}, {-100}), integers({1}, {0}),
      integers({1}, {-2})},
     {reals({2}, {4, 2})}},
    {"Slice_by_attributes",
     "Slice",
     {{"starts", Ints{1}}, {"ends", Ints{3}}, {"axes", Ints{0}}},
     {reals({4}, {1, 2, 3, 4})},
     {reals({2}, {2, 3})},
     9},
    {"Softmax",
     "Softmax",
     {},
     {reals({2, 2}, {0, 0, 0, std::log(3.0f)})},
     {reals({2, 2}, {0.5, 0.5, 0.25, 0.75})}},
    {"Softmax_along_another_axis",
     "Softmax",
     {{"axis", int64_t{0}}},
     {reals({2, 2}, {0, 0, 0, std::log(3.0f)})},
     {reals({2, 2}, {0.5, 0.25, 0.5, 0.75})}},
    {"Softmax_of_old_is_over_all_from_the_axis_on",
     "Softmax",
     {},
     {reals({1, 2, 2}, {0, 0, 0, 0})},
     {reals({1, 2, 2}, {0.25, 0.25, 0.25, 0.25})},
     12},
    {"Split",
     "Split",
     {{"axis", int64_t{1}}},
     {reals({1, 3}, {1, 2, 3}), integers({2}, {1, 2})},
     {reals({1, 1}, {1}), reals({1, 2}, {2, 3})}},
    {"Split_evenly",
     "Split",
     {},
     {reals({4}, {1, 2, 3, 4})},
     {reals({2}, {1, 2}), reals({2}, {3, 4})}},
    {"Split_by_attribute",
     "Split",
     {{"split", Ints{3, 1}}},
     {reals({4}, {1, 2, 3, 4})},
     {reals({3}, {1, 2, 3}), reals({1}, {4})},
     11},
    {"Sqrt", "Sqrt", {}, {reals({1}, {9})}, {reals({1}, {3})}},
    {"Squeeze",
     "Squeeze",
     {},
     {reals({1, 2, 1}, {1, 2}), integers({1}, {-1})},
     {reals({1, 2}, {1, 2})}},
    {"Squeeze_all", "Squeeze", {}, {reals({1, 2, 1}, {1, 2})}, {reals({2}, {1, 2})}, 11},
    {"Sub", "Sub", {}, {integers({2}, {5, 1}), integers({2}, {2, 3})}, {integers({2}, {3, -2})}},
    {"Tanh", "Tanh", {}, {reals({1}, {0.5})}, {reals({1}, {std::tanh(0.5f)})}},
    {"Tile",
     "Tile",
     {},
     {reals({1, 2}, {1, 2}), integers({2}, {2, 2})},
     {reals({2, 4}, {1, 2, 1, 2, 1, 2, 1, 2})}},
    {"Transpose",
     "Transpose",
     {{"perm", Ints{0, 2, 1}}},
     {reals({1, 2, 3}, {1, 2, 3, 4, 5, 6})},
     {reals({1, 3, 2}, {1, 4, 2, 5, 3, 6})}},
    {"Transpose_reverses",
     "Transpose",
     {},
     {reals({2, 3}, {1, 2, 3, 4, 5, 6})},
     {reals({3, 2}, {1, 4, 2, 5, 3, 6})}},
    {"Unsqueeze",
     "Unsqueeze",
     {},
     {reals({2}, {1, 2}), integers({2}, {0, -1})},
     {reals({1, 2, 1}, {1, 2})}},
    {"Unsqueeze_by_attribute",
     "Unsqueeze",
     {{"axes", Ints{1}}},
     {reals({2}, {1, 2})},
     {reals({2, 1}, {1, 2})},
     11},
    {"Upsample",
     "Upsample",
     {},
     {reals({1, 1, 1, 2}, {1, 2}), reals({4}, {1, 1, 1, 2})},
     {reals({1, 1, 1, 4}, {1, 1, 2, 2})},
     9},
    {"Where",
     "Where",
     {},
     {booleans({2}, {1, 0}), reals({2}, {1, 2}), scalar(9)},
     {reals({2}, {1, 9})}},
};

INSTANTIATE_TEST_SUITE_P(, OnnxOperator, testing::ValuesIn(kCases),
                         [](const testing::TestParamInfo<Case>& info) { return info.param.name; });

TEST(Operators, each_has_a_case_above) {
  for (size_t at = 0; at < operator_names().size();) {
    const std::string names = operator_names();
    const size_t end = std::min(names.find(", ", at), names.size());
    const std::string name = names.substr(at, end - at);
    EXPECT_TRUE(std::ranges::any_of(kCases, [&](const Case& c) { return c.op == name; })) << name;
    at = end + 2;
  }
}

std::string problem_of(const Case& c, size_t runtime) {
  const auto problems = problems_of([&] {
    const Graph graph =
        resolve(parse_model(test::model_bytes(model_of(c, runtime)), "m.onnx"), "m.onnx");
    evaluate(graph, std::vector<Tensor>(c.inputs.begin(), c.inputs.begin() + runtime));
  });
  return problems.empty() ? "" : problems[0];
}

TEST(Operators, refuse_what_does_not_go_together) {
  const auto expect = [](const Case& c, size_t runtime, const std::string& what) {
    EXPECT_EQ(problem_of(c, runtime), "m.onnx: node 'n' (" + std::string(c.op) + "): " + what);
  };
  const Tensor pair = reals({2}, {1, 2}), triple = reals({3}, {1, 2, 3});
  expect({"", "Add", {}, {pair, triple}, {pair}}, 1, "shapes 2 and 3 do not go together");
  expect({"", "Add", {}, {pair, integers({2}, {1, 2})}, {pair}}, 1,
         "inputs of float and int64, one type is needed");
  expect({"", "Add", {}, {pair}, {pair}}, 1, "1 inputs, allowed are 2 to 2");
  expect({"", "Relu", {}, {pair}, {pair, pair}}, 1, "2 outputs, allowed are up to 1");
  expect({"", "Div", {}, {integers({1}, {1}), integers({1}, {0})}, {pair}}, 0,
         "an integer is divided by 0");
  expect({"", "Reshape", {}, {pair, integers({1}, {3})}, {pair}}, 1, "2 elements can not be 3");
  expect({"", "Reshape", {}, {pair, integers({2}, {-1, -1})}, {pair}}, 1,
         "shape: -1 is there twice");
  expect({"", "Reshape", {}, {pair, integers({1}, {2})}, {pair}}, 2,
         "input 2 ('i1'): constant integers are needed");
  expect({"", "Gather", {}, {pair, integers({1}, {2})}, {pair}}, 1, "index 2 of 2 elements");
  expect({"", "Transpose", {{"perm", Ints{0, 0}}}, {reals({1, 2}, {1, 2})}, {pair}}, 1,
         "perm: axis 0 is there twice");
  expect({"", "Transpose", {{"perm", 1.0f}}, {pair}, {pair}}, 1,
         "attribute perm: a list of integers is needed");
  expect({"", "Squeeze", {}, {pair, integers({1}, {0})}, {pair}}, 1,
         "axis 0 of 2 has a size of 2, 1 is needed");
  expect({"", "Concat", {{"axis", int64_t{2}}}, {pair, pair}, {pair}}, 1,
         "axis 2 of a tensor of 1 dimensions, allowed are -1 to 0");
  expect({"", "ConstantOfShape", {}, {integers({2}, {1 << 20, 1 << 30})}, {pair}}, 0,
         "a result of 1048576x1073741824 can not be");
  expect({"", "Range", {}, {integers({}, {0}), integers({}, {1}), integers({}, {0})}, {pair}}, 0,
         "the range does not end");
}

}  // namespace
}  // namespace rowcast
