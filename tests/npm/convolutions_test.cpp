// Sums of convolutions are ONNX Runtime's ConvInteger's, bit for bit: golden's and the RTL's.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "generator/files.h"
#include "sim/host/driver.h"
#include "sim/host/reference.h"
#include "sim/import/lower.h"
#include "sim/model/choose.h"
#include "tests/import/small_networks.h"
#include "tests/npm/npm.h"
#include "tests/random_layers.h"

namespace rowcast {
namespace {

using Ints = std::vector<int64_t>;

struct Convolution {
  const char* name;
  int channels, height, width, filters, kernel_h, kernel_w;
  Ints strides = {1, 1}, dilations = {1, 1}, pads = {0, 0, 0, 0};  // top, left, bottom, right
  int group = 1;
};

const Convolution kConvolutions[] = {
    {"all_channels_3x3", 5, 7, 9, 6, 3, 3},
    {"same_size", 3, 8, 5, 4, 3, 3, {1, 1}, {1, 1}, {1, 1, 1, 1}},
    {"four_pads", 4, 6, 7, 3, 3, 3, {1, 1}, {1, 1}, {0, 1, 2, 3}},
    {"pads_at_the_end", 3, 8, 8, 5, 3, 3, {2, 2}, {1, 1}, {0, 0, 1, 1}},
    {"strides_2_1", 3, 12, 9, 7, 3, 3, {2, 1}, {1, 1}, {1, 1, 1, 1}},
    {"strides_1_3", 2, 5, 13, 3, 2, 3, {1, 3}},
    {"dilations_2", 4, 11, 10, 3, 3, 3, {1, 1}, {2, 2}, {2, 2, 2, 2}},
    {"dilations_1_3", 2, 5, 12, 5, 3, 3, {1, 1}, {1, 3}},
    {"kernel_5x2_of_7x11", 3, 7, 11, 4, 5, 2, {1, 2}, {1, 1}, {2, 0, 2, 1}},
    {"kernel_as_large_as_the_image", 6, 3, 5, 13, 3, 5},
    {"one_pixel", 7, 1, 1, 11, 1, 1},
    {"one_channel_7x7", 1, 13, 11, 3, 7, 7, {2, 2}, {1, 1}, {3, 3, 3, 3}},
    {"pointwise", 17, 5, 7, 19, 1, 1},
    {"pointwise_strides_2", 9, 7, 9, 5, 1, 1, {2, 2}},
    {"pointwise_strides_2_1", 5, 8, 7, 6, 1, 1, {2, 1}},
    {"depthwise_3x3", 5, 9, 8, 5, 3, 3, {1, 1}, {1, 1}, {1, 1, 1, 1}, 5},
    {"depthwise_5x5_strides_2", 4, 11, 13, 4, 5, 5, {2, 2}, {1, 1}, {2, 2, 2, 2}, 4},
    {"depthwise_strides_2_1", 6, 10, 7, 6, 5, 5, {2, 1}, {1, 1}, {2, 2, 2, 2}, 6},
    {"depthwise_pads_at_the_end", 3, 8, 8, 3, 3, 3, {2, 2}, {1, 1}, {0, 0, 1, 1}, 3},
    {"depthwise_dilations_2", 3, 11, 9, 3, 3, 3, {1, 1}, {2, 2}, {2, 2, 2, 2}, 3},
    {"depthwise_dilations_2_1", 3, 9, 9, 3, 3, 3, {1, 2}, {2, 1}, {1, 0, 2, 1}, 3},
    {"depthwise_two_filters", 3, 7, 6, 6, 3, 3, {1, 1}, {1, 1}, {1, 1, 1, 1}, 3},
    {"depthwise_three_filters_strides_2", 2, 9, 9, 6, 3, 3, {2, 2}, {1, 1}, {1, 0, 1, 0}, 2},
    {"depthwise_1x7", 4, 5, 15, 4, 1, 7, {1, 1}, {1, 1}, {0, 3, 0, 3}, 4},
    {"depthwise_7x1", 4, 15, 5, 4, 7, 1, {2, 1}, {1, 1}, {3, 0, 3, 0}, 4},
};

test::SmallNetwork::Attributes attributes_of(const Convolution& c) {
  return {{"strides", c.strides},
          {"dilations", c.dilations},
          {"pads", c.pads},
          {"group", int64_t{c.group}}};
}
onnx::Dims input_of(const Convolution& c) { return {1, c.channels, c.height, c.width}; }
onnx::Dims weights_of(const Convolution& c) {
  return {c.filters, c.channels / c.group, c.kernel_h, c.kernel_w};
}

// The layer that import makes of it.
Layer layer_of(const Convolution& c) {
  test::SmallNetwork network(input_of(c));
  network.conv("x", weights_of(c), attributes_of(c));
  const Lowered lowered = lower(onnx::resolve(onnx::parse_model(network.bytes(), "m"), "m"), "m");
  EXPECT_EQ(lowered.network.nodes.size(), 1u);
  return lowered.network.nodes.at(0).layer;
}

// Words are given as uint8 with a zero of 128.
std::string conv_integer(const Convolution& c, const std::vector<int16_t>& weights) {
  test::SmallNetwork network(input_of(c), 1, 10);
  network.model().inputs[0].type = onnx::Type::kUint8;
  const std::string w = network.constant(
      onnx::Tensor{onnx::Type::kInt8, weights_of(c), {}, {weights.begin(), weights.end()}});
  const std::string zero = network.constant(onnx::Tensor{onnx::Type::kUint8, {}, {}, {128}});
  const std::string y = network.add("ConvInteger", {"x", w, zero}, attributes_of(c));
  network.model().outputs = {{y, onnx::Type::kInt32, {}, false}};
  return test::model_bytes(network.model());
}

TEST(ConvInteger, of_onnx_runtime_gives_the_sums_of_golden_and_of_the_rtl) {
  constexpr uint64_t kSeed = 3;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937_64 random(kSeed);
  const TempFolder folder;
  struct Given {
    Layer layer;
    std::vector<int16_t> input, weights;
  };
  std::vector<Given> given;
  std::vector<test::RuntimeJob> jobs;
  for (const Convolution& c : kConvolutions) {
    Given& one = given.emplace_back(Given{layer_of(c), {}, {}});
    one.input = random_values(random, one.layer.inputs());
    one.weights = random_values(random, one.layer.weights());
    std::string bytes;
    for (const int16_t value : one.input) bytes += static_cast<char>(value + 128);
    jobs.push_back({folder.path() / fmt::format("{}.onnx", c.name), "uint8", input_of(c), {bytes}});
    write_file(jobs.back().model, conv_integer(c, one.weights));
  }
  std::vector<std::vector<test::RuntimeOutput>> answers;
  ROWCAST_SKIP_IF_UNAVAILABLE(answers = test::run_onnx_runtime(jobs));

  // An array that has the row paths, and a plain one.
  for (const bool row_broadcast : {true, false}) {
    ArrayConfig config{.rows = 4, .cols = 3};
    config.row_broadcast = row_broadcast;
    Model model(ModelCode::build({config, View::kVector, emit_modules(config, View::kVector)}, {}),
                1);
    for (size_t i = 0; i < given.size(); ++i) {
      SCOPED_TRACE(kConvolutions[i].name);
      ASSERT_EQ(answers[i].size(), 1u);
      ASSERT_EQ(answers[i][0].type, "int32");
      const auto sums = answers[i][0].values<int32_t>();
      const std::vector<int64_t> expected(sums.begin(), sums.end());
      const Layer& layer = given[i].layer;
      EXPECT_EQ(answers[i][0].dims,
                (onnx::Dims{1, layer.out_channels, layer.out_height(), layer.out_width()}));
      EXPECT_EQ(golden_outputs(layer, given[i].input, given[i].weights), expected);
      std::string error;
      const auto choice = choose(config, layer, *find_mapping("auto"), error);
      ASSERT_TRUE(choice) << error;
      const Work work{.layer = &layer,
                      .schedule = &choice->schedule,
                      .input = given[i].input,
                      .weights = given[i].weights};
      const Measurement measured = run_works(model, {&work, 1});
      EXPECT_EQ(measured.outputs.at(0), expected);
      EXPECT_EQ(measured.violation_count, 0);
      EXPECT_EQ(measured.cycles, choice->phases.total());
    }
  }
}

}  // namespace
}  // namespace rowcast
