// Whole networks: what conversion changes, what it must not change, and what it refuses.
#include "sim/convert/convert.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "generator/files.h"
#include "sim/convert/channels.h"
#include "sim/import/imported.h"
#include "sim/onnx/write.h"
#include "tests/import/answers.h"
#include "tests/import/small_networks.h"
#include "tests/unit/problems.h"

namespace rowcast {
namespace {

using test::problems_of;
using test::SmallNetwork;
using testing::ElementsAre;
using testing::HasSubstr;
using Ints = std::vector<int64_t>;

onnx::Graph graph_of(SmallNetwork& network, std::vector<std::string> outputs = {}) {
  return onnx::resolve(onnx::parse_model(network.bytes(std::move(outputs)), "m.onnx"), "m.onnx");
}

std::vector<std::vector<float>> random_samples(const onnx::Graph& graph, int count) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> value(-1, 1);
  const onnx::Dims& dims = graph.values[graph.inputs[0]].dims;
  std::vector<std::vector<float>> samples(count);
  for (std::vector<float>& sample : samples) {
    sample.resize(size_t(onnx::element_count(dims)));
    for (size_t i = 0; i < sample.size(); ++i)
      sample[i] = value(random) + 0.5f * (i > 0 ? sample[i - 1] : 0);
  }
  return samples;
}

std::map<std::string, onnx::Tensor> values_of(const onnx::Graph& graph,
                                              const std::vector<float>& sample) {
  const onnx::Value& input = graph.values[graph.inputs[0]];
  std::map<std::string, onnx::Tensor> tensors;
  for (onnx::Value& value : onnx::evaluate(graph, {{input.type, input.dims, sample, {}}}))
    if (value.constant) tensors[value.name] = std::move(*value.constant);
  return tensors;
}

std::vector<float> output_of(const onnx::Graph& graph, const std::vector<float>& sample) {
  return values_of(graph, sample).at(graph.values[graph.outputs[0]].name).reals;
}

float largest_difference(const std::vector<float>& x, const std::vector<float>& y) {
  EXPECT_EQ(x.size(), y.size());
  float largest = 0;
  for (size_t i = 0; i < x.size(); ++i) largest = std::max(largest, std::fabs(x[i] - y[i]));
  return largest;
}

const std::vector<float>& constant_of(const onnx::Graph& graph, const std::string& name) {
  const auto it = std::ranges::find(graph.values, name, &onnx::Value::name);
  if (it == graph.values.end() || !it->constant) throw std::runtime_error(name);
  return it->constant->reals;
}

std::map<std::string, Operator> all_of(const onnx::Graph& graph, Operator op) {
  std::map<std::string, Operator> operators;
  for (const DepthwiseLayer& layer : convertible_layers(graph)) operators[layer.node] = op;
  return operators;
}

onnx::Graph converted(const onnx::Graph& graph, Operator op) {
  return convert(graph, patch_statistics(graph, random_samples(graph, 2)), all_of(graph, op));
}

// A K×K depthwise convolution of kernels that are rows (where `rows` says so) or columns already:
// then conversion changes nothing but the channels' order.
std::string depthwise_of_lines(SmallNetwork& network, const std::string& x, int64_t k,
                               const std::vector<bool>& rows, bool bias, Ints strides = {1, 1}) {
  const auto c = static_cast<int64_t>(rows.size());
  const std::string w = network.constant({c, 1, k, k});
  std::vector<float>& weights = network.model().initialisers.at(w).reals;
  for (int64_t i = 0; i < c; ++i)
    for (int64_t u = 0; u < k; ++u)
      for (int64_t v = 0; v < k; ++v)
        if ((rows[i] ? u : v) != k / 2) weights[(i * k + u) * k + v] = 0;
  const int64_t pad = k / 2;
  std::vector<std::string> inputs = {x, w};
  if (bias) inputs.push_back(network.constant({c}));
  return network.add(
      "Conv", std::move(inputs),
      {{"group", c}, {"strides", std::move(strides)}, {"pads", Ints{pad, pad, pad, pad}}});
}

std::string batch_norm(SmallNetwork& network, const std::string& x, int64_t c) {
  const auto scale = network.constant({c}, 1.5f), shift = network.constant({c}),
             mean = network.constant({c}), variance = network.constant({c}, 2);
  return network.add("BatchNormalization", {x, scale, shift, mean, variance});
}

// A half of the channels are rows, at random.
std::vector<bool> random_rows(int64_t channels, std::mt19937& random) {
  std::vector<bool> rows(channels);
  std::fill_n(rows.begin(), channels / 2, true);
  do std::shuffle(rows.begin(), rows.end(), random);
  while (channels > 2 && std::is_sorted(rows.rbegin(), rows.rend()));
  return rows;
}

// ---------------------------------------------------------------- orders of channels

// What stands before and behind the depthwise convolution, from a tensor to one of as many
// channels.
using Between = std::string (*)(SmallNetwork&, const std::string& x, int64_t channels);

struct Around {
  const char* name;
  Between before, behind;
  bool affine = false;  // behind
};
void PrintTo(const Around& around, std::ostream* out) { *out << around.name; }

std::string nothing(SmallNetwork&, const std::string& x, int64_t) { return x; }
std::string relu6(SmallNetwork& n, const std::string& x, int64_t) {
  return n.add("Clip", {x, n.scalar(0), n.scalar(6)});
}
std::string norm_and_relu6(SmallNetwork& n, const std::string& x, int64_t c) {
  return relu6(n, batch_norm(n, x, c), c);
}

const Around kArounds[] = {
    {"nothing", nothing, nothing, true},
    {"clamps", relu6, relu6},
    {"batch_norms", batch_norm, batch_norm, true},
    {"batch_norms_and_clamps", norm_and_relu6, norm_and_relu6},
    {"products_and_sums", relu6,
     [](auto& n, const auto& x, int64_t c) {
       return n.add("Sub", {n.constant({1, c, 1, 1}), n.add("Mul", {n.constant({c, 1, 1}), x})});
     },
     true},
    {"slopes_of_channels",
     [](auto& n, const auto& x, int64_t c) {
       return n.add("PRelu", {x, n.constant({c, 1, 1})});
     },
     [](auto& n, const auto& x, int64_t c) {
       return n.add("PRelu", {x, n.constant({c, 1, 1})});
     }},
    {"hard_swish_as_exporters_write_it", norm_and_relu6,
     [](auto& n, const auto& x, int64_t c) {
       const auto norm = batch_norm(n, x, c);
       const auto gate =
           n.add("Clip", {n.add("Add", {norm, n.scalar(3)}), n.scalar(0), n.scalar(6)});
       return n.add("Div", {n.add("Mul", {norm, gate}), n.scalar(6)});
     }},
    {"squeeze_and_excite", norm_and_relu6,
     [](auto& n, const auto& x, int64_t c) {
       const auto squeezed = n.add("Relu", {n.conv(n.add("GlobalAveragePool", {x}), {2, c, 1, 1})});
       return n.add("Mul", {x, n.add("HardSigmoid", {n.conv(squeezed, {c, 2, 1, 1})})});
     }},
    {"pools",
     [](auto& n, const auto& x, int64_t) {
       return n.add("MaxPool", {x}, {{"kernel_shape", Ints{2, 2}}});
     },
     [](auto& n, const auto& x, int64_t) {
       return n.add("AveragePool", {x}, {{"kernel_shape", Ints{2, 2}}});
     },
     true},
    {"a_sum_with_another_convolution", relu6,
     [](auto& n, const auto& x, int64_t c) {
       const auto y = n.conv("x", {c, 4, 1, 1});
       return n.add("Add", {x, y});
     },
     true},
    {"a_mean_over_the_image", relu6,
     [](auto& n, const auto& x, int64_t) {
       return n.add("ReduceMean", {x}, {{"axes", Ints{2, 3}}});
     },
     true},
    {"pads", relu6,
     [](auto& n, const auto& x, int64_t) {
       return n.add("Pad", {x, n.numbers({0, 0, 1, 2, 0, 0, 0, 1})});
     },
     true},
    {"a_depthwise_convolution_that_is_none_to_convert", relu6,
     [](auto& n, const auto& x, int64_t c) {
       return n.conv(x, {c, 1, 1, 3}, {{"group", c}});
     },
     true},
};

class Order : public testing::TestWithParam<Around> {};
INSTANTIATE_TEST_SUITE_P(of_channels, Order, testing::ValuesIn(kArounds),
                         [](const auto& info) { return info.param.name; });

SmallNetwork network_around(const Around& around, uint32_t seed,
                            std::vector<bool>* rows = nullptr) {
  std::mt19937 random(seed);
  const int64_t c = 2 + random() % 9, k = 3 + 2 * (random() % 2);
  const bool bias = random() % 2;
  SmallNetwork network({1, 4, 9, 10}, seed);
  auto x = network.conv("x", {c, 4, 1, 1});
  x = around.before(network, x, c);
  const std::vector<bool> lines = random_rows(c, random);
  if (rows) *rows = lines;
  x = depthwise_of_lines(network, x, k, lines, bias);
  network.model().nodes.back().name = "depthwise";
  x = around.behind(network, x, c);
  network.conv(x, {3, c, 1, 1});
  return network;
}

TEST_P(Order, is_folded_into_what_makes_and_reads_the_channels) {
  int reordered = 0;
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::vector<bool> rows;
    SmallNetwork network = network_around(GetParam(), seed, &rows);
    const onnx::Graph teacher = graph_of(network), half = converted(teacher, Operator::kHalf);
    reordered += !std::is_sorted(rows.rbegin(), rows.rend());
    EXPECT_EQ(convertible_layers(teacher).at(0).no_order, "");
    for (const std::vector<float>& sample : random_samples(teacher, 3))
      EXPECT_LE(largest_difference(output_of(half, sample), output_of(teacher, sample)), 1e-4);
  }
  EXPECT_GT(reordered, 6);
}

TEST_P(Order, is_no_matter_to_full_which_is_exact_for_lines) {
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SmallNetwork network = network_around(GetParam(), seed);
    const onnx::Graph teacher = graph_of(network), full = converted(teacher, Operator::kFull);
    EXPECT_EQ(channels_behind(teacher, convertible_layers(teacher).at(0).operation).affine,
              GetParam().affine);
    for (const std::vector<float>& sample : random_samples(teacher, 3))
      EXPECT_LE(largest_difference(output_of(full, sample), output_of(teacher, sample)), 1e-4);
    // As a file it has the same shapes.
    const std::string bytes = onnx::write_model(onnx::model_of(full));
    const onnx::Graph again = onnx::resolve(onnx::parse_model(bytes, "m"), "m");
    for (const onnx::Value& value : again.values)
      EXPECT_EQ(value.dims, std::ranges::find(full.values, value.name, &onnx::Value::name)->dims)
          << value.name;
  }
}

// Convolutions that share a constant of a tensor with these channels keep theirs.
TEST(Order, is_not_that_of_others_which_share_a_constant) {
  SmallNetwork network({1, 4, 9, 10});
  const auto slopes = network.constant({4, 1, 1});
  auto x = network.add("PRelu", {"x", slopes});
  x = network.add("PRelu", {network.conv(x, {4, 4, 1, 1}), slopes});
  x = depthwise_of_lines(network, x, 3, {false, true, false, true}, true);
  network.conv(x, {3, 4, 1, 1});
  const onnx::Graph teacher = graph_of(network), half = converted(teacher, Operator::kHalf);
  EXPECT_EQ(constant_of(half, slopes), constant_of(teacher, slopes));
  EXPECT_NE(constant_of(half, slopes + "_"), constant_of(teacher, slopes));
  for (const std::vector<float>& sample : random_samples(teacher, 3))
    EXPECT_LE(largest_difference(output_of(half, sample), output_of(teacher, sample)), 1e-4);
}

struct Unfoldable {
  const char* name;
  const char* also;  // in what else the channels are
  void (*build)(SmallNetwork&);
  std::vector<std::string> outputs = {};
  int layers = 1;
};
void PrintTo(const Unfoldable& u, std::ostream* out) { *out << u.name; }

std::string depthwise(SmallNetwork& n, const std::string& x, int64_t c = 4) {
  return n.conv(x, {c, 1, 3, 3}, {{"group", c}, {"pads", Ints{1, 1, 1, 1}}});
}

const Unfoldable kUnfoldable[] = {
    {"the_network_s_input", "the network's input 'x'",
     [](auto& n) {
       n.conv(depthwise(n, "x"), {3, 4, 1, 1});
     }},
    {"the_network_s_output", "the network's output 'Relu2'",
     [](auto& n) {
       n.add("Relu", {depthwise(n, n.conv("x", {4, 4, 1, 1}))});
     }},
    {"a_residual_from_the_input", "the network's input 'x'",
     [](auto& n) {
       const auto y = depthwise(n, n.conv("x", {4, 4, 1, 1}));
       n.conv(n.add("Add", {y, "x"}), {3, 4, 1, 1});
     }},
    {"a_residual_through_other_depthwise_layers",
     "node 'Conv3' (Conv)",
     [](auto& n) {
       auto x = n.conv("x", {4, 4, 1, 1});
       x = n.add("Add", {x, depthwise(n, x)});
       x = n.add("Add", {x, depthwise(n, x)});
       n.conv(x, {3, 4, 1, 1});
     },
     {},
     2},
    {"a_concatenation", "node 'Concat2' (Concat)",
     [](auto& n) {
       const auto x = n.conv("x", {4, 4, 1, 1});
       n.conv(n.add("Concat", {x, depthwise(n, x)}, {{"axis", int64_t{1}}}), {3, 8, 1, 1});
     }},
    {"groups_of_several_channels", "node 'Conv0' (Conv)",
     [](auto& n) {
       n.conv(depthwise(n, n.conv("x", {4, 2, 1, 1}, {{"group", int64_t{2}}})), {3, 4, 1, 1});
     }},
    {"a_softmax_of_channels", "node 'Softmax2' (Softmax)",
     [](auto& n) {
       const auto y =
           n.add("Softmax", {depthwise(n, n.conv("x", {4, 4, 1, 1}))}, {{"axis", int64_t{1}}});
       n.conv(y, {3, 4, 1, 1});
     }},
    {"a_gemm", "node 'Flatten2' (Flatten)",
     [](auto& n) {
       const auto flat = n.add("Flatten", {depthwise(n, n.conv("x", {4, 4, 1, 1}))});
       n.add("Gemm", {flat, n.constant({360, 3})});
     }},
};

class Stays : public testing::TestWithParam<Unfoldable> {};
INSTANTIATE_TEST_SUITE_P(with, Stays, testing::ValuesIn(kUnfoldable),
                         [](const auto& info) { return info.param.name; });

TEST_P(Stays, the_order_where_it_can_not_be_folded) {
  SmallNetwork network({1, 4, 9, 10});
  GetParam().build(network);
  const onnx::Graph teacher = graph_of(network, GetParam().outputs),
                    half = converted(teacher, Operator::kHalf);
  const std::vector<DepthwiseLayer> layers = convertible_layers(teacher);
  ASSERT_EQ(std::ssize(layers), GetParam().layers);
  EXPECT_EQ(layers[0].no_order, fmt::format("its channels are also those of {}", GetParam().also));
  // Every other constant is as it was.
  for (const onnx::Operation& operation : half.operations)
    for (const int input : operation.inputs) {
      const onnx::Value& value = half.values[input];
      const auto before = std::ranges::find(teacher.values, value.name, &onnx::Value::name);
      if (before == teacher.values.end()) continue;
      EXPECT_EQ(value.constant, before->constant) << value.name;
    }
  const std::string name = layers[0].node;
  const std::vector<float>& bias =
      constant_of(teacher, teacher.input(teacher.operations[layers[0].operation], 2).name);
  EXPECT_THAT(constant_of(half, name + ".row.bias"), ElementsAre(bias[0], bias[1]));
  EXPECT_THAT(constant_of(half, name + ".col.bias"), ElementsAre(bias[2], bias[3]));
}

// ---------------------------------------------------------------- what it is near to

struct Trained {
  onnx::Graph graph;
  std::vector<std::vector<float>> samples;
  PatchStatistics statistics;
  std::vector<std::string> behind;  // weights of the convolution behind each
};

// Two inverted residuals, as far as they matter here: one has a residual, the other a stride.
Trained small_trained(int64_t channels, int opset = 13) {
  SmallNetwork network({1, 3, 9, 10}, 5, opset);
  const auto clamp = [&](const std::string& x) { return network.add("Relu", {x}); };
  auto x =
      clamp(batch_norm(network, network.conv("x", {4, 3, 3, 3}, {{"pads", Ints{1, 1, 1, 1}}}), 4));
  auto y = clamp(batch_norm(network, network.conv(x, {channels, 4, 1, 1}), channels));
  y = network.conv(y, {channels, 1, 3, 3}, {{"group", channels}, {"pads", Ints{1, 1, 1, 1}}});
  network.model().nodes.back().name = "first";
  y = network.conv(clamp(batch_norm(network, y, channels)), {4, channels, 1, 1});
  x = network.add("Add", {x, y});
  y = clamp(network.conv(x, {channels, 4, 1, 1}));
  y = network.conv(y, {channels, 1, 5, 5},
                   {{"group", channels}, {"pads", Ints{2, 2, 2, 2}}, {"strides", Ints{2, 2}}});
  network.model().nodes.back().name = "second";
  network.conv(clamp(y), {5, channels, 1, 1});
  Trained trained{graph_of(network), {}, {}, {}};
  for (const auto& [node, behind] : {std::pair{"first", 9}, {"second", 15}})
    trained.behind.push_back(network.model().nodes[behind].inputs[1]);
  trained.samples = random_samples(trained.graph, 4);
  trained.statistics = patch_statistics(trained.graph, trained.samples);
  return trained;
}

TEST(Conversion, errors_are_those_measured_on_the_same_samples) {
  const Trained trained = small_trained(7);
  const std::vector<DepthwiseLayer> layers = convertible_layers(trained.graph);
  const std::vector<ConversionError> errors = conversion_errors(trained.graph, trained.statistics);
  ASSERT_EQ(errors.size(), 2u);
  for (size_t i = 0; i < 2; ++i)
    for (const Operator op : {Operator::kHalf, Operator::kFull}) {
      SCOPED_TRACE(fmt::format("{} {}", layers[i].node, to_string(op)));
      // One layer alone, so that it reads what the teacher's reads.
      const onnx::Graph graph = convert(trained.graph, trained.statistics, {{layers[i].node, op}});
      const onnx::Operation& before = trained.graph.operations[layers[i].operation];
      const std::string result = trained.graph.values[before.outputs[0]].name;
      const std::vector<float>&biases =
                constant_of(trained.graph, trained.graph.input(before, 2).name),
            &rows = constant_of(graph, layers[i].node + ".row.bias"),
            &columns = constant_of(graph, layers[i].node + ".col.bias");
      std::vector<float> moved = rows;  // biases tell the channels apart
      moved.insert(moved.end(), columns.begin(), columns.end());
      // Of Full, each channel's share is in the convolution behind.
      const std::string& behind = trained.behind[i];
      double distance = 0, energy = 0;
      for (const std::vector<float>& sample : trained.samples) {
        const auto wanted = values_of(trained.graph, sample).at(result),
                   got = values_of(graph, sample).at(result);
        const size_t plane = size_t(wanted.dims[2] * wanted.dims[3]);
        for (size_t c = 0; c < biases.size(); ++c)
          for (size_t k = 0; k < plane; ++k) {
            const double teacher = double{wanted.reals[c * plane + k]} - biases[c];
            double student = 0;
            if (op == Operator::kHalf) {
              const auto at = size_t(std::ranges::find(moved, biases[c]) - moved.begin());
              student = double{got.reals[at * plane + k]} - biases[c];
            } else {
              const double share =
                  double{constant_of(graph, behind)[c]} / constant_of(trained.graph, behind)[c];
              student = share * got.reals[c * plane + k] +
                        (1 - share) * got.reals[(c + biases.size()) * plane + k] - biases[c];
            }
            distance += (student - teacher) * (student - teacher);
            energy += teacher * teacher;
          }
      }
      const double predicted = op == Operator::kHalf ? errors[i].half : errors[i].full.value();
      EXPECT_GT(predicted, 0.01);
      EXPECT_NEAR(distance / energy, predicted, 1e-5 * predicted);
    }
}

TEST(Conversion, gives_rows_to_the_channels_that_they_fit_better) {
  SmallNetwork network({1, 4, 9, 10});
  auto x = network.conv("x", {4, 4, 1, 1});
  x = depthwise_of_lines(network, x, 3, {false, true, true, false}, true);
  network.conv(x, {3, 4, 1, 1});
  const onnx::Graph teacher = graph_of(network), half = converted(teacher, Operator::kHalf);
  const std::vector<float>&bias = constant_of(teacher, "c3"), &kernels = constant_of(teacher, "c2");
  EXPECT_THAT(constant_of(half, "Conv1.row.bias"), ElementsAre(bias[1], bias[2]));
  EXPECT_THAT(constant_of(half, "Conv1.col.bias"), ElementsAre(bias[0], bias[3]));
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(constant_of(half, "Conv1.row.weight")[i], kernels[9 + 3 + i], 1e-6);
    EXPECT_NEAR(constant_of(half, "Conv1.col.weight")[i], kernels[1 + 3 * i], 1e-6);
  }
  const auto error =
      conversion_errors(teacher, patch_statistics(teacher, random_samples(teacher, 2)));
  EXPECT_LE(error[0].half, 1e-12);
  EXPECT_LE(error[0].full.value(), 1e-12);
}

// ---------------------------------------------------------------- what it becomes

std::vector<std::string> kinds_of(const Network& network) {
  std::vector<std::string> kinds;
  for (const Node& node : network.nodes)
    kinds.emplace_back(node.op == Op::kLayer ? node.layer.kind == LayerKind::kFuse
                                                   ? node.layer.half ? "half" : "full"
                                                   : to_string(node.layer.kind)
                                             : to_string(node.op));
  return kinds;
}

struct Chosen {
  const char* name;
  std::map<std::string, Operator> operators;
  std::vector<std::string> kinds;
};
void PrintTo(const Chosen& chosen, std::ostream* out) { *out << chosen.name; }

const Chosen kChosen[] = {
    {"none", {}, {"conv", "pw", "dw", "pw", "add", "pw", "dw", "pw"}},
    {"half",
     {{"first", Operator::kHalf}, {"second", Operator::kHalf}},
     {"conv", "pw", "half", "pw", "add", "pw", "half", "pw"}},
    {"full",
     {{"first", Operator::kFull}, {"second", Operator::kFull}},
     {"conv", "pw", "full", "pw", "add", "pw", "full", "pw"}},
    {"a_hybrid",
     {{"first", Operator::kDepthwise}, {"second", Operator::kHalf}},
     {"conv", "pw", "dw", "pw", "add", "pw", "half", "pw"}},
    {"half_and_full",
     {{"first", Operator::kFull}, {"second", Operator::kHalf}},
     {"conv", "pw", "full", "pw", "add", "pw", "half", "pw"}},
};

class Converted : public testing::TestWithParam<Chosen> {};
INSTANTIATE_TEST_SUITE_P(as, Converted, testing::ValuesIn(kChosen),
                         [](const auto& info) { return info.param.name; });

TEST_P(Converted, is_lowered_to_fuse_layers_whose_words_are_near_float) {
  for (const int opset : {11, 13}) {
    SCOPED_TRACE(testing::Message() << "opset " << opset);
    const Trained trained = small_trained(7, opset);
    const onnx::Graph graph = convert(trained.graph, trained.statistics, GetParam().operators);
    const TempFolder folder;
    write_file(folder.path() / "m.onnx", onnx::write_model(onnx::model_of(graph)));
    Imported imported = read_onnx(folder.path() / "m.onnx", {}, "m");
    EXPECT_EQ(kinds_of(imported.network()), GetParam().kinds);
    imported.options = {.data_width = 16, .weight_width = 16, .percentile = 100};
    imported.quantised =
        quantise(imported.graph, imported.lowered, trained.samples, imported.options);
    const std::vector<Output> wanted = float_outputs(imported, trained.samples[0]);
    EXPECT_EQ(wanted[0].values, output_of(graph, trained.samples[0]));
    EXPECT_GT(test::decibels(test::answers(imported, trained.samples[0]), wanted), 55);
  }
}

TEST(Conversion, calls_its_nodes_after_the_layer_s) {
  const Trained trained = small_trained(4);
  const onnx::Graph graph = convert(trained.graph, trained.statistics,
                                    {{"first", Operator::kHalf}, {"second", Operator::kFull}});
  std::vector<std::string> nodes;
  for (const onnx::Operation& operation : graph.operations)
    if (operation.node.name.starts_with("first") || operation.node.name.starts_with("second"))
      nodes.push_back(onnx::described(operation.node));
  EXPECT_THAT(nodes, ElementsAre("node 'first.split' (Split)", "node 'first.row' (Conv)",
                                 "node 'first.col' (Conv)", "node 'first' (Concat)",
                                 "node 'second.row' (Conv)", "node 'second.col' (Conv)",
                                 "node 'second' (Concat)"));
  for (const char* name : {"first.row.weight", "first.row.bias", "first.col.weight",
                           "first.col.bias", "second.row.weight", "second.col.bias"})
    EXPECT_FALSE(constant_of(graph, name).empty());
}

TEST(Conversion, of_nodes_without_names_of_their_own_takes_their_results) {
  SmallNetwork network({1, 4, 9, 10});
  auto x = depthwise(network, network.conv("x", {4, 4, 1, 1}));
  network.model().nodes.back().name = "";
  x = network.conv(x, {4, 4, 1, 1});
  network.model().nodes.back().name = "twice";
  x = depthwise(network, x);
  network.model().nodes.back().name = "twice";
  network.conv(x, {3, 4, 1, 1});
  std::vector<std::string> names;
  for (const DepthwiseLayer& layer : convertible_layers(graph_of(network)))
    names.push_back(layer.node);
  EXPECT_THAT(names, ElementsAre("Conv1", "Conv3"));
}

TEST(Conversion, is_of_square_kernels_whose_branches_fit) {
  const auto convertible = [](onnx::Dims weights, SmallNetwork::Attributes attributes) {
    SmallNetwork network({1, 4, 9, 10});
    attributes["group"] = int64_t{4};
    network.conv("x", std::move(weights), std::move(attributes));
    return convertible_layers(graph_of(network)).size();
  };
  EXPECT_EQ(convertible({4, 1, 3, 3}, {{"pads", Ints{1, 1, 1, 1}}}), 1u);
  EXPECT_EQ(
      convertible({4, 1, 3, 3}, {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{2, 2}}}),
      1u);
  EXPECT_EQ(convertible({4, 1, 3, 3}, {}), 0u);  // without pads the row branch has more lines
  EXPECT_EQ(convertible({4, 1, 3, 5}, {{"pads", Ints{1, 2, 1, 2}}}), 0u);
  EXPECT_EQ(convertible({4, 1, 1, 1}, {}), 0u);
  EXPECT_EQ(convertible({8, 1, 3, 3}, {{"pads", Ints{1, 1, 1, 1}}}), 0u);
  EXPECT_EQ(convertible({4, 1, 3, 3}, {{"pads", Ints{2, 2, 2, 2}}, {"dilations", Ints{2, 2}}}), 1u);
  // The own pixel lies between two taps.
  EXPECT_EQ(convertible({4, 1, 3, 3}, {{"pads", Ints{1, 2, 3, 2}}, {"dilations", Ints{2, 2}}}), 0u);
}

// ---------------------------------------------------------------- refused

TEST(Conversion, refuses_what_is_not_there) {
  const Trained trained = small_trained(4), other = small_trained(6);
  EXPECT_THAT(
      problems_of([&] {
        convert(trained.graph, trained.statistics, {{"third", Operator::kHalf}});
      }),
      ElementsAre("m.onnx: 'third' is no depthwise convolution that can be FuSe, allowed are "
                  "first, second"));
  EXPECT_THAT(problems_of([&] {
                convert(trained.graph, other.statistics, {{"first", Operator::kHalf}});
              }),
              ElementsAre("m.onnx: the statistics are another network's, they have no 'first' of 4 "
                          "channels, 3x3"));
}

TEST(Conversion, refuses_full_where_channels_can_not_double) {
  SmallNetwork network({1, 4, 9, 10});
  auto x = network.conv("x", {4, 4, 1, 1});
  x = network.add("Add", {x, depthwise(network, x)});
  network.conv(x, {3, 4, 1, 1});
  const onnx::Graph graph = graph_of(network);
  const PatchStatistics statistics = patch_statistics(graph, random_samples(graph, 1));
  EXPECT_EQ(conversion_errors(graph, statistics).at(0).full, std::nullopt);
  EXPECT_THAT(problems_of([&] {
                convert(graph, statistics, {{"Conv1", Operator::kFull}});
              }),
              ElementsAre("m.onnx: node 'Conv1' can not be FuSe Full: its channels are also those "
                          "of node 'Conv1' (Conv)"));
}

TEST(Conversion, refuses_kernels_whose_moments_fit_no_memory) {
  SmallNetwork network({1, 8, 91, 91});
  network.conv("x", {8, 1, 91, 91}, {{"group", int64_t{8}}, {"pads", Ints{45, 45, 45, 45}}});
  const onnx::Graph graph = graph_of(network);
  EXPECT_THAT(problems_of([&] { patch_statistics(graph, random_samples(graph, 1)); }),
              ElementsAre("m.onnx: the moments of the patches of its 1 depthwise layers need 4389 "
                          "MB, allowed are 2000 (a KxK kernel has K^4 for each channel)"));
}

TEST(Conversion, refuses_inputs_that_are_not_finite) {
  SmallNetwork network({1, 4, 9, 10});
  network.conv(depthwise(network, network.add("Log", {"x"})), {3, 4, 1, 1});
  const onnx::Graph graph = graph_of(network);
  EXPECT_THAT(problems_of([&] { patch_statistics(graph, random_samples(graph, 1)); }),
              ElementsAre("m.onnx: node 'Conv1' (Conv): a value of its input is not finite, for "
                          "input 1"));
}

}  // namespace
}  // namespace rowcast
