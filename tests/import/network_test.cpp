// From ONNX to words: every operator lowers to the nodes it should, and with 16 bits the words are
// the float network's values but for rounding.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>
#include <span>

#include "generator/files.h"
#include "sim/formats/graph_file.h"
#include "sim/formats/network_file.h"
#include "sim/import/imported.h"
#include "sim/onnx/write.h"
#include "tests/import/answers.h"
#include "tests/import/small_networks.h"
#include "tests/names.h"
#include "tests/unit/problems.h"

namespace rowcast {
namespace {

using test::SmallNetwork;
using testing::ElementsAre;
using testing::HasSubstr;
using Ints = std::vector<int64_t>;

Imported imported(const std::string& bytes) {
  const TempFolder folder;
  write_file(folder.path() / "m.onnx", bytes);
  return read_onnx(folder.path() / "m.onnx", {}, "m");
}

std::vector<float> random_input(const Imported& network, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(-1, 1);
  std::vector<float> input(static_cast<size_t>(onnx::element_count(network.input_dims())));
  for (float& v : input) v = value(random);
  return input;
}

void quantise_on_random(Imported& network, int data_width, int weight_width) {
  network.options = {.data_width = data_width, .weight_width = weight_width, .percentile = 100};
  std::vector<std::vector<float>> inputs;
  for (uint32_t seed = 1; seed <= 6; ++seed) inputs.push_back(random_input(network, seed));
  network.quantised = quantise(network.graph, network.lowered, inputs, network.options);
  network.calibration_inputs = 6;
  measure(network, inputs, 1);
}

using test::answers;
using test::decibels;

struct Case {
  const char* name;
  const char* nodes;  // of the lowered network
  std::function<void(SmallNetwork&)> build;
  onnx::Dims input = {1, 4, 9, 10};
  int opset = 13;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

const Case kCases[] = {
    {"conv_of_all_channels", "conv",
     [](auto& n) {
       n.conv("x", {5, 4, 3, 3});
     }},
    {"conv_with_four_pads", "conv",
     [](auto& n) {
       n.conv("x", {5, 4, 3, 2}, {{"pads", Ints{0, 1, 2, 3}}});
     }},
    {"conv_with_two_strides", "conv",
     [](auto& n) {
       n.conv("x", {5, 4, 3, 3}, {{"strides", Ints{2, 1}}, {"pads", Ints{1, 1, 1, 1}}});
     }},
    {"conv_with_dilations", "conv",
     [](auto& n) {
       n.conv("x", {5, 4, 3, 2}, {{"dilations", Ints{2, 3}}});
     }},
    {"conv_padded_to_the_same_size", "conv",
     [](auto& n) {
       n.conv("x", {3, 4, 3, 3},
              {{"strides", Ints{2, 2}}, {"auto_pad", std::string("SAME_UPPER")}});
     }},
    {"conv_of_one_axis",
     "conv",
     [](auto& n) {
       n.conv("x", {3, 4, 3});
     },
     {1, 4, 11}},
    {"pointwise", "pw",
     [](auto& n) {
       n.conv("x", {6, 4, 1, 1});
     }},
    {"pointwise_with_a_stride", "pw",
     [](auto& n) {
       n.conv("x", {6, 4, 1, 1}, {{"strides", Ints{2, 3}}});
     }},
    {"depthwise", "dw",
     [](auto& n) {
       n.conv("x", {4, 1, 3, 3}, {{"group", int64_t{4}}, {"pads", Ints{1, 1, 1, 1}}});
     }},
    {"depthwise_with_several_filters", "dw",
     [](auto& n) {
       n.conv("x", {12, 1, 3, 5}, {{"group", int64_t{4}}, {"strides", Ints{2, 1}}});
     }},
    {"groups_of_several_channels", "gather conv gather conv concat",
     [](auto& n) {
       n.conv("x", {6, 2, 3, 3}, {{"group", int64_t{2}}});
     }},
    {"conv_transpose", "pw gather pw",
     [](auto& n) {
       const auto w = n.constant({4, 3, 2, 2}), b = n.constant({3});
       n.conv(n.add("ConvTranspose", {"x", w, b}, {{"strides", Ints{2, 2}}}), {5, 3, 1, 1});
     }},
    {"gemm_of_flattened_channels", "fc",
     [](auto& n) {
       const auto flat = n.add("Flatten", {"x"});
       n.add("Gemm", {flat, n.constant({7, 360}), n.constant({7})},
             {{"transB", int64_t{1}}, {"alpha", 0.5f}, {"beta", 2.0f}});
     }},
    {"matmul_and_bias", "pool fc",
     [](auto& n) {
       const auto pool = n.add("GlobalAveragePool", {"x"});
       const auto flat = n.add("Reshape", {pool, n.numbers({1, 4})});
       n.add("Add", {n.add("MatMul", {flat, n.constant({4, 6})}), n.constant({6})});
     }},
    {"matmul_of_lines", "pw gather",
     [](auto& n) {
       n.add("MatMul", {"x", n.constant({10, 6})});
     }},
    {"batch_norm_and_relu", "conv",
     [](auto& n) {
       const auto c = n.conv("x", {4, 4, 3, 3});
       const auto norm = n.add("BatchNormalization", {c, n.constant({4}), n.constant({4}),
                                                      n.constant({4}), n.constant({4}, 2)});
       n.add("Relu", {norm});
     }},
    {"batch_norm_as_product_and_sum", "dw",
     [](auto& n) {
       const auto c = n.conv("x", {4, 1, 3, 3}, {{"group", int64_t{4}}});
       const auto m = n.add("Mul", {c, n.constant({1, 4, 1, 1})});
       n.add("Clip", {n.add("Add", {m, n.constant({4, 1, 1})}), n.scalar(-0.5f), n.scalar(1.5f)});
     }},
    {"hard_swish_as_exporters_write_it", "conv pw",
     [](auto& n) {
       const auto c = n.conv("x", {4, 4, 3, 3});
       const auto gate = n.add("Clip", {n.add("Add", {c, n.scalar(3)}), n.scalar(0), n.scalar(6)});
       n.conv(n.add("Div", {n.add("Mul", {c, gate}), n.scalar(6)}), {3, 4, 1, 1});
     }},
    {"slopes_of_channels", "conv pw",
     [](auto& n) {
       n.conv(n.add("PRelu", {n.conv("x", {4, 4, 3, 3}), n.constant({4, 1, 1})}), {3, 4, 1, 1});
     }},
    {"sigmoid_between_layers", "conv pw",
     [](auto& n) {
       n.conv(n.add("Sigmoid", {n.conv("x", {4, 4, 3, 3})}), {3, 4, 1, 1});
     }},
    {"squeeze_and_excite", "dw pool pw pw scale pw",
     [](auto& n) {
       const auto d = n.conv("x", {4, 1, 3, 3}, {{"group", int64_t{4}}});
       const auto squeezed = n.add("Relu", {n.conv(n.add("GlobalAveragePool", {d}), {2, 4, 1, 1})});
       const auto gate = n.add("HardSigmoid", {n.conv(squeezed, {4, 2, 1, 1})});
       n.conv(n.add("Mul", {d, gate}), {3, 4, 1, 1});
     }},
    {"residual", "pw add pw",
     [](auto& n) {
       const auto p = n.conv("x", {4, 4, 1, 1});
       n.conv(n.add("Relu", {n.add("Add", {p, "x"})}), {3, 4, 1, 1});
     }},
    {"difference", "pw add pw",
     [](auto& n) {
       n.conv(n.add("Sub", {"x", n.conv("x", {4, 4, 1, 1})}), {3, 4, 1, 1});
     }},
    {"sum_with_a_repeated_operand", "pw pool gather add pw",
     [](auto& n) {
       const auto p = n.conv("x", {4, 4, 1, 1});
       n.conv(n.add("Add", {p, n.add("GlobalAveragePool", {"x"})}), {3, 4, 1, 1});
     }},
    {"a_layer_read_by_two_activations", "pw map map pw add pw",
     [](auto& n) {
       const auto p = n.conv("x", {4, 4, 1, 1});
       n.conv(n.add("Add", {n.conv(n.add("Relu", {p}), {4, 4, 1, 1}), n.add("Tanh", {p})}),
              {3, 4, 1, 1});
     }},
    {"max_pool", "max_pool pw",
     [](auto& n) {
       n.conv(
           n.add(
               "MaxPool", {"x"},
               {{"kernel_shape", Ints{3, 2}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 0, 1, 0}}}),
           {3, 4, 1, 1});
     }},
    {"max_pool_that_rounds_up", "max_pool pw",
     [](auto& n) {
       n.conv(
           n.add(
               "MaxPool", {"x"},
               {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}, {"ceil_mode", int64_t{1}}}),
           {3, 4, 1, 1});
     }},
    {"average_pool", "average_pool pw",
     [](auto& n) {
       n.conv(n.add("AveragePool", {"x"},
                    {{"kernel_shape", Ints{3, 3}},
                     {"pads", Ints{1, 1, 1, 1}},
                     {"count_include_pad", int64_t{1}}}),
              {3, 4, 1, 1});
     }},
    {"concat_of_channels", "pw pw concat pw",
     [](auto& n) {
       const auto a = n.conv("x", {2, 4, 1, 1}), b = n.conv("x", {3, 4, 1, 1});
       n.conv(n.add("Concat", {a, b}, {{"axis", int64_t{1}}}), {3, 5, 1, 1});
     }},
    {"concat_of_columns", "pw pw concat gather pw",
     [](auto& n) {
       const auto a = n.conv("x", {4, 4, 1, 1}), b = n.conv("x", {4, 4, 1, 1});
       n.conv(n.add("Concat", {a, b}, {{"axis", int64_t{3}}}), {3, 4, 1, 1});
     }},
    {"batch_norm_behind_a_concat", "pw pw concat map pw",
     [](auto& n) {
       const auto a = n.conv("x", {2, 4, 1, 1}), b = n.conv("x", {2, 4, 1, 1});
       const auto c = n.add("Concat", {a, b}, {{"axis", int64_t{1}}});
       n.conv(n.add("Mul", {c, n.constant({4, 1, 1})}), {3, 4, 1, 1});
     }},
    {"channels_padded_with_zeros", "pw gather pw",
     [](auto& n) {
       const auto p = n.conv("x", {2, 4, 1, 1});
       n.conv(n.add("Pad", {p, n.numbers({0, 1, 0, 0, 0, 1, 0, 0})}), {3, 4, 1, 1});
     }},
    {"channels_put_before_zeros", "pw gather pw",
     [](auto& n) {
       const auto p = n.conv("x", {2, 4, 1, 1});
       const auto zeros = n.constant(test::reals({1, 2, 9, 10}, std::vector<float>(180)));
       n.conv(n.add("Concat", {p, zeros}, {{"axis", int64_t{1}}}), {3, 4, 1, 1});
     }},
    {"sigmoid_of_padded_channels", "pw gather map pw",
     [](auto& n) {
       const auto p = n.conv("x", {2, 4, 1, 1});
       const auto padded = n.add("Pad", {p, n.numbers({0, 1, 0, 0, 0, 1, 0, 0})});
       n.conv(n.add("Sigmoid", {padded}), {3, 4, 1, 1});
     }},
    {"slices_and_splits", "pw gather pw gather pw add pw",
     [](auto& n) {
       const auto p = n.conv("x", {6, 4, 1, 1});
       const auto first = n.add("Split", {p, n.numbers({2, 4})}, {{"axis", int64_t{1}}}, 2);
       const auto a = n.conv(first, {3, 2, 1, 1}), b = n.conv(first + "_1", {3, 4, 1, 1});
       n.conv(n.add("Add", {a, b}), {3, 3, 1, 1});
     }},
    {"shuffled_channels", "pw gather pw",
     [](auto& n) {
       const auto p = n.conv("x", {6, 4, 1, 1});
       const auto parts = n.add("Reshape", {p, n.numbers({1, 2, 3, 9, 10})});
       const auto turned = n.add("Transpose", {parts}, {{"perm", Ints{0, 2, 1, 3, 4}}});
       n.conv(n.add("Reshape", {turned, n.numbers({1, 6, 9, 10})}), {3, 6, 1, 1});
     }},
    {"nearest_resize", "pw gather pw",
     [](auto& n) {
       const auto p = n.conv("x", {3, 4, 1, 1});
       const auto scales = n.constant(test::reals({4}, {1, 1, 2, 2}));
       n.conv(n.add("Resize", {p, "", scales},
                    {{"mode", std::string("nearest")},
                     {"coordinate_transformation_mode", std::string("asymmetric")},
                     {"nearest_mode", std::string("floor")}}),
              {3, 3, 1, 1});
     }},
    {"channels_last",
     "conv",
     [](auto& n) {
       const auto first = n.add("Transpose", {"x"}, {{"perm", Ints{0, 3, 1, 2}}});
       n.add("Transpose", {n.conv(first, {5, 3, 3, 3})}, {{"perm", Ints{0, 2, 3, 1}}});
     },
     {1, 9, 10, 3}},
    {"sum_of_two_with_channels_last", "pw pw add gather fc",
     [](auto& n) {
       const auto turn = [&](const std::string& x) {
         return n.add("Transpose", {x}, {{"perm", Ints{0, 2, 3, 1}}});
       };
       const auto a = turn(n.conv("x", {2, 4, 1, 1})), b = turn(n.conv("x", {2, 4, 1, 1}));
       const auto flat = n.add("Reshape", {n.add("Add", {a, b}), n.numbers({1, 180})});
       n.add("MatMul", {flat, n.constant({180, 3})});
     }},
    {"input_that_is_scaled_first", "conv",
     [](auto& n) {
       n.conv(n.add("Sub", {n.add("Div", {"x", n.scalar(0.25f)}), n.scalar(1)}), {3, 4, 3, 3});
     }},
    {"softmax_at_the_end", "pool fc",
     [](auto& n) {
       const auto flat = n.add("Flatten", {n.add("GlobalAveragePool", {"x"})});
       n.add("Softmax", {n.add("Gemm", {flat, n.constant({4, 6})})});
     }},
    {"fuse_half", "pw fuse pw",
     [](auto& n) {
       const auto p = n.conv("x", {6, 4, 1, 1});
       const auto axis = n.numbers({1});
       const auto a = n.add("Slice", {p, n.numbers({0}), n.numbers({3}), axis}),
                  b = n.add("Slice", {p, n.numbers({3}), n.numbers({6}), axis});
       const auto row =
                      n.conv(a, {3, 1, 1, 3}, {{"group", int64_t{3}}, {"pads", Ints{0, 1, 0, 1}}}),
                  column =
                      n.conv(b, {3, 1, 3, 1}, {{"group", int64_t{3}}, {"pads", Ints{1, 0, 1, 0}}});
       const auto both = n.add("Concat", {row, column}, {{"axis", int64_t{1}}});
       n.conv(n.add("Relu", {both}), {3, 6, 1, 1});
     }},
    {"fuse_full", "fuse pw",
     [](auto& n) {
       const auto row = n.conv("x", {4, 1, 1, 5},
                               {{"group", int64_t{4}}, {"pads", Ints{0, 2, 0, 2}}}),
                  column = n.conv("x", {4, 1, 5, 1},
                                  {{"group", int64_t{4}}, {"pads", Ints{2, 0, 2, 0}}});
       n.conv(n.add("Concat", {row, column}, {{"axis", int64_t{1}}}), {3, 8, 1, 1});
     }},
    {"two_halves_that_are_no_fuse", "gather dw gather dw concat pw",
     [](auto& n) {  // 1×K on the last channels
       const auto axis = n.numbers({1});
       const auto a = n.add("Slice", {"x", n.numbers({2}), n.numbers({4}), axis}),
                  b = n.add("Slice", {"x", n.numbers({0}), n.numbers({2}), axis});
       const auto row =
                      n.conv(a, {2, 1, 1, 3}, {{"group", int64_t{2}}, {"pads", Ints{0, 1, 0, 1}}}),
                  column =
                      n.conv(b, {2, 1, 3, 1}, {{"group", int64_t{2}}, {"pads", Ints{1, 0, 1, 0}}});
       n.conv(n.add("Concat", {row, column}, {{"axis", int64_t{1}}}), {3, 4, 1, 1});
     }},
};

class Lowered : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Of, Lowered, testing::ValuesIn(kCases),
                         [](const auto& info) { return info.param.name; });

Imported made(const Case& c) {
  SmallNetwork network(c.input, 7, c.opset);
  c.build(network);
  return imported(network.bytes());
}

TEST_P(Lowered, becomes_these_nodes) {
  const Imported network = made(GetParam());
  std::vector<std::string> kinds;
  for (const Node& node : network.network().nodes)
    kinds.emplace_back(node.op == Op::kLayer ? to_string(node.layer.kind) : to_string(node.op));
  EXPECT_EQ(fmt::format("{}", fmt::join(kinds, " ")), GetParam().nodes);
}

TEST_P(Lowered, is_the_same_after_its_file_was_written_again) {
  SmallNetwork network(GetParam().input, 7, GetParam().opset);
  GetParam().build(network);
  const onnx::Model model = onnx::parse_model(network.bytes(), "m");
  const std::string bytes = onnx::write_model(model);
  EXPECT_EQ(onnx::parse_model(bytes, "m"), model);
  // And so is what became of its graph, with constants folded.
  const Imported first = imported(bytes),
                 again = imported(onnx::write_model(onnx::model_of(first.graph)));
  EXPECT_EQ(network_text(again.network()), network_text(first.network()));
  const std::vector<float> input = random_input(first, 3);
  const auto wanted = float_outputs(first, input), got = float_outputs(again, input);
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(got[i].name, wanted[i].name);
    EXPECT_EQ(got[i].dims, wanted[i].dims);
    EXPECT_EQ(got[i].values, wanted[i].values);
  }
}

TEST_P(Lowered, in_words_of_16_bits_is_near_float) {
  Imported network = made(GetParam());
  quantise_on_random(network, 16, 16);
  const std::vector<float> input = random_input(network, 3);  // one of the calibrated
  EXPECT_GT(decibels(answers(network, input), float_outputs(network, input)), 55);
}

TEST_P(Lowered, in_words_of_8_bits_is_less_near) {
  Imported network = made(GetParam());
  quantise_on_random(network, 8, 8);
  const std::vector<float> input = random_input(network, 3);
  const double got = decibels(answers(network, input), float_outputs(network, input));
  EXPECT_GT(got, 22);
  EXPECT_LT(got, 80);  // the last layer's words are wider
}

TEST_P(Lowered, is_the_same_after_its_folder_was_read_again) {
  Imported network = made(GetParam());
  quantise_on_random(network, 8, 8);
  const TempFolder folder;
  const auto path = folder.path() / "f";
  write_files(folder_files(network), path, false);
  const Imported again = read_import(path);
  EXPECT_EQ(again.quantised.input_scale, network.quantised.input_scale);
  ASSERT_EQ(again.quantised.nodes.size(), network.quantised.nodes.size());
  for (size_t i = 0; i < network.quantised.nodes.size(); ++i) {
    const QuantisedNode &x = network.quantised.nodes[i], &y = again.quantised.nodes[i];
    EXPECT_EQ(x.arithmetic.requantisation, y.arithmetic.requantisation) << i;
    EXPECT_EQ(x.arithmetic.factors, y.arithmetic.factors) << i;
    EXPECT_EQ(x.arithmetic.indices, y.arithmetic.indices) << i;
    EXPECT_EQ(x.weights, y.weights) << i;
    EXPECT_EQ(x.scale, y.scale) << i;
  }
  const std::vector<float> input = random_input(network, 9);
  const auto one = answers(network, input), other = answers(again, input);
  for (size_t i = 0; i < one.size(); ++i) EXPECT_EQ(one[i].values, other[i].values);
}

// ---------------------------------------------------------------- what is refused

std::string refusal(const std::function<void(SmallNetwork&)>& build,
                    onnx::Dims input = {1, 4, 9, 10}) {
  SmallNetwork network(std::move(input));
  build(network);
  const auto problems = test::problems_of([&] { imported(network.bytes()); });
  if (problems.empty()) return "";
  return problems[0].substr(problems[0].find(": ") + 2);
}

TEST(Refused, is_a_node_by_its_name_and_what_is_allowed) {
  const auto last = [](SmallNetwork& n, const std::string& x) { n.conv(x, {3, 4, 1, 1}); };
  EXPECT_EQ(refusal([&](auto& n) {
              last(n, n.add("Softmax", {"x"}, {{"axis", int64_t{1}}}));
            }),
            "node 'Softmax0' (Softmax): the operator is not supported before a layer of the array, "
            "allowed there are Conv, ConvTranspose, Gemm, MatMul, pools, Concat, what takes each "
            "element by itself and what moves elements");
  EXPECT_THAT(refusal([&](auto& n) {
                last(n, n.add("Div", {n.conv("x", {4, 4, 1, 1}), "x"}));
              }),
              HasSubstr("node 'Div1' (Div): several tensors are supported as operands of Add, Sub "
                        "and Mul only"));
  EXPECT_THAT(refusal([&](auto& n) {
                last(n, n.add("AveragePool", {"x"},
                              {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}}));
              }),
              HasSubstr("pads that do not count are not supported"));
  EXPECT_THAT(
      refusal([&](auto& n) {
        last(n, n.add("MaxPool", {"x"}, {{"kernel_shape", Ints{3, 3}}, {"dilations", Ints{2, 2}}}));
      }),
      HasSubstr("dilations are not supported"));
  EXPECT_THAT(refusal([&](auto& n) {
                last(n, n.add("Resize", {"x", "", n.constant(test::reals({4}, {1, 1, 2, 2}))},
                              {{"mode", std::string("linear")}}));
              }),
              HasSubstr("node 'Resize0' (Resize): mode 'linear' is not supported, allowed is "
                        "'nearest'"));
  EXPECT_THAT(refusal([&](auto& n) {
                n.add("Conv", {"x", n.add("Relu", {"x"})});
              }),
              HasSubstr("(Conv): "));
  EXPECT_THAT(refusal([&](auto& n) {
                last(n, n.add("Add", {"x", n.constant({1, 4, 9, 10})}));
              }),
              HasSubstr("a constant operand with other values inside a channel is not supported, "
                        "allowed is one value, or one for each channel"));
  EXPECT_THAT(
      refusal([&](auto& n) {
        last(n, n.add("ConvTranspose", {"x", n.constant({4, 4, 3, 3})}, {{"strides", Ints{2, 2}}}));
      }),
      HasSubstr("windows that overlap, groups and pads are not supported, allowed are "
                "strides equal to the kernel"));
}

TEST(Refused, is_what_is_computed_in_float_only_at_the_end) {
  // The same nodes behind the last layer stay in float.
  SmallNetwork network({1, 4, 9, 10});
  const auto c = network.conv("x", {4, 4, 1, 1});
  network.add("Div", {c, network.add("Exp", {c})});
  EXPECT_EQ(imported(network.bytes()).lowered.tail.operations.size(), 2u);
}

TEST(Refused, are_values_that_are_not_finite) {
  SmallNetwork network({1, 4, 9, 10});
  network.conv(network.add("Log", {network.conv("x", {4, 4, 1, 1})}), {3, 4, 1, 1});
  Imported made = imported(network.bytes());
  const auto problems = test::problems_of([&] { quantise_on_random(made, 8, 8); });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0], HasSubstr("a value is not finite in calibration"));
}

// ---------------------------------------------------------------- scales

TEST(Scales, of_channels_keep_small_filters_apart) {
  SmallNetwork network({1, 4, 9, 10});
  network.conv("x", {4, 4, 3, 3});
  std::vector<float>& weights = network.model().initialisers.at("c0").reals;
  for (size_t i = 0; i < weights.size() / 2; ++i) weights[i] *= 0.001f;
  Imported one = imported(network.bytes());
  quantise_on_random(one, 8, 8);
  EXPECT_GT(*std::ranges::max_element(std::span(one.quantised.nodes[0].weights).first(72)), 100);
  one.options.per_tensor = true;
  one.quantised = quantise(one.graph, one.lowered, {random_input(one, 1)}, one.options);
  EXPECT_LE(*std::ranges::max_element(std::span(one.quantised.nodes[0].weights).first(72)), 1);
}

TEST(Scales, factors_of_layers_are_exact) {
  // A word's value is the sum times input scale times weight scale: the weights moved, not the
  // factor.
  SmallNetwork network({1, 4, 9, 10});
  network.conv("x", {4, 4, 3, 3});
  Imported one = imported(network.bytes());
  quantise_on_random(one, 8, 8);
  const QuantisedNode& node = one.quantised.nodes[0];
  const std::vector<float>& exact = one.lowered.nodes[0].weights;
  for (size_t c = 0; c < 4; ++c) {
    const ChannelScale& by = node.arithmetic.requantisation.channels[c];
    const double weight_scale =
        std::ldexp(by.scale, -by.pre - by.post) * node.scale / one.quantised.input_scale;
    for (size_t k = c * 36; k < (c + 1) * 36; ++k)
      EXPECT_LE(std::fabs(node.weights[k] * weight_scale - exact[k]), weight_scale / 2 * 1.0001);
  }
}

TEST(Scales, of_a_residual_chain_are_one) {
  SmallNetwork network({1, 4, 9, 10});
  std::string x = network.conv("x", {4, 4, 1, 1});
  const auto p = network.conv(x, {4, 4, 1, 1});
  network.conv(network.add("Add", {p, x}), {3, 4, 1, 1});
  // Of like ranges: the second layer's are made so.
  for (const char* name : {"c2", "c3"})
    for (float& w : network.model().initialisers.at(name).reals) w *= 0.3f;
  for (float& w : network.model().initialisers.at("c2").reals) w *= 2;
  Imported one = imported(network.bytes());
  quantise_on_random(one, 8, 8);
  const auto& nodes = one.quantised.nodes;
  EXPECT_EQ(nodes[0].scale, nodes[2].scale);
  EXPECT_EQ(nodes[1].scale, nodes[2].scale);
  EXPECT_TRUE(nodes[2].arithmetic.factors.empty());
  EXPECT_EQ(nodes[2].arithmetic.requantisation.channels, std::vector<ChannelScale>(1));
}

// ---------------------------------------------------------------- channels of different sizes

TEST(LastLayer, keeps_bits_that_the_array_s_words_have_not) {
  SmallNetwork network({1, 4, 9, 10});
  const auto hidden = network.conv("x", {5, 4, 1, 1});
  network.conv(hidden, {3, 5, 1, 1});
  Imported made = imported(network.bytes());
  for (const int width : {5, 8, 10, 16}) {
    SCOPED_TRACE(width);
    made.quantised = {};
    quantise_on_random(made, width, width);
    const Requantisation &first = made.quantised.nodes[0].arithmetic.requantisation,
                         &last = made.quantised.nodes[1].arithmetic.requantisation;
    EXPECT_EQ(first.high, (1 << (width - 1)) - 1);
    EXPECT_EQ(last.high, width == 5 ? 4095 : 32767);
    ArrayConfig config;
    config.data_width = config.weight_width = width;
    const std::vector<int> kept = {0, 1};
    const auto words = infer(
        made.network(), config, 1, 1, [](const LayerCase&) {},
        values_of(made, random_input(made, 3)), {}, kept);
    EXPECT_LE(*std::ranges::max_element(words[0]), first.high);
    EXPECT_GT(*std::ranges::max_element(words[1]), width == 5 ? 4 * first.high : last.high / 4);
  }
}

// A depthwise channel a few hundred times larger than the others, as trained networks have them.
std::string network_with_a_large_channel(bool relu, bool read_twice) {
  SmallNetwork network({1, 4, 9, 10});
  network.conv("x", {4, 1, 3, 3}, {{"group", int64_t{4}}, {"pads", Ints{1, 1, 1, 1}}});
  auto d = network.model().nodes.back().outputs[0];
  for (const char* name : {"c0", "c1"}) {
    auto& values = network.model().initialisers.at(name).reals;
    for (size_t k = 0; k < values.size() / 4; ++k) values[k] *= 300;
  }
  if (relu) d = network.add("Relu", {d});
  const auto p = network.conv(d, {4, 4, 1, 1});
  auto& weights = network.model().initialisers.at("c2").reals;
  for (size_t k = 0; k < weights.size(); k += 4) weights[k] /= 300;
  network.conv(read_twice ? network.add("Add", {d, p}) : p, {3, 4, 1, 1});
  return network.bytes();
}

TEST(Equalise, leaves_bits_to_the_smaller_channels_of_a_layer) {
  for (const bool relu : {false, true}) {
    SCOPED_TRACE(relu);
    Imported plain = imported(network_with_a_large_channel(relu, false)), equal = plain;
    std::vector<std::vector<float>> inputs;
    for (uint32_t seed = 1; seed <= 6; ++seed) inputs.push_back(random_input(plain, seed));
    equalise(equal.graph, equal.lowered, inputs);
    quantise_on_random(plain, 8, 8);
    quantise_on_random(equal, 8, 8);
    // No table: the Relu is still a clamp.
    EXPECT_TRUE(equal.quantised.nodes[0].arithmetic.requantisation.table.empty());
    const std::vector<float> input = random_input(plain, 9);
    const std::vector<Output> wanted = float_outputs(plain, input);
    const double before = decibels(answers(plain, input), wanted),
                 after = decibels(answers(equal, input), wanted);
    EXPECT_LT(before, 15);
    EXPECT_GT(after, 30);
  }
}

TEST(Equalise, leaves_alone_what_others_read) {
  Imported network = imported(network_with_a_large_channel(false, true));
  const std::vector<float> before = network.lowered.nodes[1].weights;
  equalise(network.graph, network.lowered, {random_input(network, 1)});
  EXPECT_EQ(network.lowered.nodes[1].weights, before);
  EXPECT_TRUE(network.lowered.nodes[0].function.is_identity());
}

}  // namespace
}  // namespace rowcast
