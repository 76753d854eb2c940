// Files in and out: TOML read strictly with every problem named, networks with known sizes, .npy to
// the byte.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "generator/files.h"
#include "sim/formats/config_file.h"
#include "sim/formats/network_file.h"
#include "sim/formats/npy.h"
#include "tests/shell.h"
#include "tests/unit/problems.h"

namespace rowcast {
namespace {

using test::Problems;
using test::problems_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// ---------------------------------------------------------------- configurations

class ConfigFile : public testing::Test {
 protected:
  TempFolder folder_;
  std::filesystem::path file_ = folder_.path() / "a.toml";
  ArrayConfig config_;

  // What reading the text into config_ complains of, the file's name shortened to FILE.
  Problems read(const std::string& text) {
    write_file(file_, text);
    Problems problems = problems_of([&] { read_config_file(file_, config_); });
    for (std::string& problem : problems)
      if (problem.starts_with(file_.string())) problem.replace(0, file_.string().size(), "FILE");
    return problems;
  }
};

TEST_F(ConfigFile, sets_what_it_says_and_nothing_else) {
  EXPECT_EQ(read("rows = 7\ncols = 13\nacc_width = 40\nrow_broadcast = false\n"), Problems{});
  ArrayConfig expected;
  expected.rows = 7;
  expected.cols = 13;
  expected.acc_width = 40;
  expected.row_broadcast = 0;
  EXPECT_EQ(config_, expected);
  EXPECT_EQ(read(""), Problems{});
  EXPECT_EQ(config_, expected);
}

TEST_F(ConfigFile, can_set_every_field) {
  std::string text;
  ArrayConfig expected;
  for (const ConfigField& field : config_fields()) {
    text += fmt::format("{} = {}\n", field.key, field.flag ? "false" : std::to_string(field.max));
    expected.*field.member = field.flag ? 0 : field.max;
  }
  EXPECT_EQ(read(text), Problems{});
  EXPECT_EQ(config_, expected);
}

TEST_F(ConfigFile, reports_all_problems_with_their_lines) {
  EXPECT_THAT(read("# an array\nrows = 0\ncols = \"32\"\ndata_width = 8.0\nrow_broadcast = "
                   "1\ntag_width = [1]\n\n"
                   "acc_width = 3\n[weight_width]\n"),
              ElementsAre("FILE:2: rows: 0 is out of range, allowed is 1 to 1024",
                          "FILE:3: cols: is a string, allowed is an integer from 1 to 1024",
                          "FILE:4: data_width: is a float, allowed is an integer from 2 to 16",
                          "FILE:9: weight_width: is a table, allowed is an integer from 2 to 16",
                          "FILE:8: acc_width: 3 is out of range, allowed is 4 to 64",
                          "FILE:6: tag_width: is an array, allowed is an integer from 1 to 24",
                          "FILE:5: row_broadcast: is an integer, allowed is true or false"));
}

TEST_F(ConfigFile, does_not_truncate_large_numbers) {
  EXPECT_THAT(
      read("rows = 4294967297\ncols = -9223372036854775808\n"),
      ElementsAre("FILE:1: rows: 4294967297 is out of range, allowed is 1 to 1024",
                  "FILE:2: cols: -9223372036854775808 is out of range, allowed is 1 to 1024"));
}

TEST_F(ConfigFile, names_every_unknown_key_and_the_known_ones) {
  const std::string allowed =
      "unknown key, allowed are acc_width, broadcast_stages, cols, data_width, mac_stages, "
      "max_reduction, "
      "row_broadcast, rows, "
      "tag_width, weight_width";
  EXPECT_THAT(
      read("columns = 4\n\nRows = 4\n"),
      testing::UnorderedElementsAre("FILE:1: columns: " + allowed, "FILE:3: Rows: " + allowed));
}

TEST_F(ConfigFile, that_is_no_toml_is_named_with_its_line) {
  EXPECT_THAT(read("rows = 4\ncols = = 4\n"),
              ElementsAre(StartsWith("FILE:2: is no valid TOML: ")));
  EXPECT_THAT(read("rows = 4\nrows = 5\n"), ElementsAre(StartsWith("FILE:2: is no valid TOML: ")));
  EXPECT_EQ(config_, ArrayConfig{});
}

TEST_F(ConfigFile, that_is_not_there_or_a_folder_is_named) {
  const std::string missing = (file_.parent_path() / "no.toml").string(),
                    folder = file_.parent_path().string();
  EXPECT_THAT(problems_of([&] { read_config_file(missing, config_); }),
              ElementsAre(missing + ": can not be read, a readable file is needed"));
  EXPECT_THAT(problems_of([&] { read_config_file(folder, config_); }),
              ElementsAre(folder + ": can not be read, a readable file is needed"));
}

// ---------------------------------------------------------------- networks

Problems network_problems(const std::string& text) {
  return problems_of([&] { parse_network(text, "n.toml"); });
}

const std::string kHead = "name = \"n\"\ninput = [3, 8, 8]\n";  // two lines

TEST(NetworkFile, missing_keys_are_all_named) {
  EXPECT_THAT(network_problems(""), ElementsAre(StartsWith("n.toml:1: name: is missing"),
                                                StartsWith("n.toml:1: input: is missing"),
                                                StartsWith("n.toml:1: block: is missing")));
  EXPECT_THAT(network_problems(kHead + "[[block]]\ntype = \"conv\"\n\n[[block]]\nname = \"a\"\n"),
              ElementsAre("n.toml:3: name: is missing", "n.toml:3: out: is missing",
                          "n.toml:3: kernel: is missing",
                          testing::MatchesRegex("n.toml:6: type: is missing"),
                          HasSubstr("n.toml:6: out: is missing"),
                          HasSubstr("n.toml:6: kernel: is missing")));
}

TEST(NetworkFile, unknown_block_types_activations_and_keys_are_named) {
  EXPECT_THAT(
      network_problems(kHead +
                       "[[block]]\ntype = \"convolution\"\nname = \"a\"\nout = 1\nkernel = 1\n"),
      ElementsAre(StartsWith(
          "n.toml:4: type: 'convolution' is unknown, allowed are conv, pointwise, depthwise")));
  EXPECT_THAT(
      network_problems(
          kHead +
          "[[block]]\ntype = \"conv\"\nname = \"a\"\nout = 1\nkernel = 1\nactivation = \"gelu\"\n"),
      ElementsAre(StartsWith("n.toml:8: activation: 'gelu' is unknown, allowed are none, relu, "
                             "relu6, hswish, hsigmoid")));
  EXPECT_THAT(
      network_problems(
          kHead +
          "inputs = 3\n[[block]]\ntype = \"pointwise\"\nname = \"a\"\nout = 1\nkernel = 3\n"),
      ElementsAre("n.toml:8: kernel: unknown key, allowed are activation, name, out, padding, "
                  "stride, type",
                  "n.toml:3: inputs: unknown key, allowed are block, input, name, node, source, title"));
}

TEST(NetworkFile, values_of_wrong_type_or_range_are_named) {
  EXPECT_THAT(
      network_problems(
          "name = 3\ninput = [3, 8]\n[[block]]\ntype = \"conv\"\nname = \"a\"\nout = 0\nkernel = "
          "100\nstride = 1.0\n"),
      ElementsAre(
          "n.toml:1: name: is an integer, allowed is a string",
          "n.toml:2: input: allowed is [channels, height, width], each from 1 to 16777216, and up "
          "to 2^36 elements",
          "n.toml:6: out: 0 is out of range, allowed is 1 to 16777216",
          "n.toml:7: kernel: 100 is out of range, allowed is 1 to 99",
          "n.toml:8: stride: is a float, allowed is an integer from 1 to 99, or [height, width]"));
  for (const char* input : {"[0, 8, 8]", "[3, 8, 8, 8]", "[3, 16777217, 8]", "[3, 8.0, 8]",
                            "\"3x8x8\"", "[]", "[1024, 16384, 16384]"})
    EXPECT_THAT(network_problems(fmt::format(
                    "name = \"n\"\ninput = {}\n[[block]]\ntype = \"pool\"\nname = \"p\"\n", input)),
                ElementsAre("n.toml:2: input: allowed is [channels, height, width], each from 1 to "
                            "16777216, and up "
                            "to 2^36 elements"))
        << input;
  for (const char* block : {"block = 3\n", "block = []\n", "block = [1, 2]\n"})
    EXPECT_THAT(network_problems(kHead + block),
                ElementsAre("n.toml:3: block: allowed are 1 to 1000 tables [[block]]"));
}

TEST(NetworkFile, inverted_residuals_need_exactly_one_expansion) {
  const std::string block =
      kHead + "[[block]]\ntype = \"inverted_residual\"\nout = 4\nkernel = 3\n";
  const std::string problem =
      "n.toml:3: expand: needs exactly one of expand (a ratio) and expanded (channels)";
  EXPECT_THAT(network_problems(block), ElementsAre(problem));
  EXPECT_THAT(network_problems(block + "expand = 2\nexpanded = 6\n"), ElementsAre(problem));
  EXPECT_EQ(network_problems(block + "expand = 2\n"), Problems{});
  EXPECT_EQ(network_problems(block + "expanded = 6\n"), Problems{});
}

TEST(NetworkFile, shapes_that_can_not_exist_are_named_by_their_layer) {
  const std::string block = "[[block]]\ntype = \"conv\"\nname = \"big\"\nout = 1\nkernel = 4\n";
  EXPECT_THAT(network_problems("name = \"n\"\ninput = [3, 1, 8]\n" + block),
              ElementsAre("n.toml: big: kernel: 4x4 is larger than the padded input 3x10"));
  EXPECT_THAT(network_problems("name = \"n\"\ninput = [16777216, 1, 1]\n[[block]]\ntype = "
                               "\"inverted_residual\"\nexpand = 3\n"
                               "out = 1\nkernel = 3\n"),
              ElementsAre("n.toml: block1.expand: out_channels: 50331648 is out of range, allowed "
                          "is 1 to 16777216"));
  EXPECT_THAT(
      network_problems("name = \"n\"\ninput = [3, 3000, 3000]\n[[block]]\ntype = \"fc\"\nname = "
                       "\"fc\"\nout = 1\n"),
      ElementsAre("n.toml: fc: in_channels: 27000000 is out of range, allowed is 1 to 16777216"));
  EXPECT_THAT(
      network_problems("name = \"n\"\ninput = [16, 32768, 32768]\n[[block]]\ntype = "
                       "\"pointwise\"\nname = \"p\"\n"
                       "out = 65\n"),
      ElementsAre("n.toml: p: size: a tensor has more than 2^36 elements, padding included"));
}

TEST(NetworkFile, names_and_texts_are_printable) {
  const std::string allowed =
      " is not allowed, a text is up to 200 bytes of UTF-8 without control characters";
  EXPECT_THAT(
      network_problems("name = \"a\\u001b[31m\"\ntitle = \"two\\nlines\"\nsource = \"" +
                       std::string(201, 'x') +
                       "\"\ninput = [3, 8, 8]\n\"k\\u0007\" = 1\n"
                       "[[block]]\ntype = \"po\\u0000ol\"\nname = \"\"\n"),
      testing::UnorderedElementsAre(
          "n.toml:1: name: 'a\\x1b[31m'" + allowed, "n.toml:2: title: 'two\\x0alines'" + allowed,
          "n.toml:3: source: '" + std::string(40, 'x') + "...'" + allowed,
          "n.toml:5: k\\x07: unknown key, allowed are block, input, name, node, source, title",
          "n.toml:7: type: 'po\\x00ol'" + allowed,
          "n.toml:7: type: 'po\\x00ol' is unknown, allowed are conv, pointwise, depthwise, "
          "separable, "
          "inverted_residual, pool, fc",
          "n.toml:8: name: is empty, allowed is a name", "n.toml:6: out: is missing",
          "n.toml:6: kernel: is missing"));
}

TEST(NetworkFile, that_is_no_toml_is_named_with_its_line) {
  EXPECT_THAT(network_problems("name = \"n\"\ninput = [3, 8\n[[block]]\n"),
              ElementsAre(StartsWith("n.toml:")));
  EXPECT_THAT(network_problems("name\n"), ElementsAre(StartsWith("n.toml:1: is no valid TOML: ")));
}

TEST(NetworkFile, windows_have_sides_of_their_own) {
  const Network network = parse_network(
      kHead +
          "[[block]]\ntype = \"conv\"\nname = \"a\"\nout = 4\nkernel = [1, 3]\nstride = [2, 1]\n"
          "[[block]]\ntype = \"depthwise\"\nname = \"b\"\nkernel = 3\ndilation = [1, 2]\n"
          "padding = [0, 1, 2, 3]\nmultiplier = 3\n"
          "[[block]]\ntype = \"pointwise\"\nname = \"c\"\nout = 5\nstride = 2\n"
          "padding = [1, 0, 0, 0]\n"
          "[[block]]\ntype = \"separable\"\nout = 4\nkernel = 5\ndilation = 2\n",
      "n.toml");
  const auto shape = [&](size_t node) { return network.nodes[node].shape; };
  const auto text = [&](size_t node) {
    const Layer& layer = network.nodes[node].layer;
    return size_text(layer.kernel_h, layer.kernel_w) + " " +
           size_text(layer.stride_h, layer.stride_w) + " " + padding_text(layer) +
           unusual_text(layer);
  };
  EXPECT_EQ(text(0), "1x3 2x1 0.1.0.1");
  EXPECT_EQ(shape(0), (Shape{4, 4, 8}));
  EXPECT_EQ(text(1), "3 1 0.1.2.3 d1x2 p0.1.2.3");
  EXPECT_EQ(shape(1), (Shape{12, 4, 8}));
  EXPECT_EQ(network.nodes[1].layer.weights(), 12 * 9);
  EXPECT_EQ(text(2), "1 2 1.0.0.0 p1.0.0.0");
  EXPECT_EQ(shape(2), (Shape{5, 3, 4}));
  EXPECT_EQ(text(3), "5 1 4.4.4.4 d2");
  EXPECT_EQ(shape(4), (Shape{4, 3, 4}));
}

TEST(NetworkFile, wrong_windows_are_named) {
  const std::string block = "[[block]]\ntype = \"depthwise\"\nname = \"a\"\n";
  EXPECT_THAT(
      network_problems(kHead + block +
                       "kernel = [3, 0]\nstride = [1, 2, 3]\ndilation = \"2\"\npadding = 1\n"
                       "multiplier = 0\n"),
      ElementsAre("n.toml:6: kernel: allowed is [height, width], each from 1 to 99",
                  "n.toml:8: dilation: is a string, allowed is an integer from 1 to 99, or "
                  "[height, width]",
                  "n.toml:7: stride: allowed is [height, width], each from 1 to 99",
                  "n.toml:9: padding: allowed is [top, left, bottom, right], each from 0 to "
                  "16777216",
                  "n.toml:10: multiplier: 0 is out of range, allowed is 1 to 16777216"));
  EXPECT_THAT(
      network_problems(kHead + block + "kernel = 3\ndilation = 9\npadding = [0, 0, 0, 0]\n"),
      ElementsAre("n.toml: a: kernel: 3x3 with dilation 9x9, which is 19x19, is larger "
                  "than the padded input 8x8"));
  EXPECT_THAT(network_problems(kHead + block + "kernel = 3\nmultiplier = 16777216\n"),
              ElementsAre("n.toml: a: out_channels: 50331648 is out of range, allowed is 1 to "
                          "16777216"));
}

TEST(NetworkFile, fully_connected_layers_flatten_and_strides_belong_to_the_first_repetition) {
  const Network network = parse_network(
      kHead +
          "[[block]]\ntype = \"separable\"\nout = 4\nkernel = 3\nstride = 2\nrepeat = 2\n"
          "[[block]]\ntype = \"fc\"\nname = \"fc\"\nout = 5\n",
      "n.toml");
  ASSERT_EQ(network.nodes.size(), 5u);
  EXPECT_EQ(network.nodes[0].layer.stride_h, 2);
  EXPECT_EQ(network.nodes[0].layer.stride_w, 2);
  EXPECT_EQ(network.nodes[2].layer.stride_h, 1);
  EXPECT_EQ(network.nodes[3].shape, (Shape{4, 4, 4}));
  EXPECT_EQ(network.nodes[4].layer.in_channels, 64);
  EXPECT_EQ(network.nodes[4].shape, (Shape{5, 1, 1}));
  EXPECT_EQ(network.title, "n");
}

TEST(NetworkFile, squeeze_and_excite_scales_what_enters_the_projection) {
  const Network network = parse_network(kHead +
                                            "[[block]]\ntype = \"inverted_residual\"\nexpanded = "
                                            "16\nout = 3\nkernel = 3\nsqueeze_excite = true\n"
                                            "activation = \"hswish\"\n",
                                        "n.toml");
  std::vector<std::string> names;
  for (const Node& node : network.nodes) names.push_back(node.name);
  EXPECT_THAT(names,
              ElementsAre("block1.expand", "block1.dw", "block1.se.pool", "block1.se.reduce",
                          "block1.se.expand", "block1.se.scale", "block1.project", "block1.add"));
  const Network full = transform(network, *find_variant("full"));  // twice the channels
  for (const auto& [tested, channels] : {std::pair(&network, 16), std::pair(&full, 32)}) {
    EXPECT_EQ(tested->nodes[3].layer.in_channels, channels);
    EXPECT_EQ(tested->nodes[3].layer.out_channels, channels / 4);
    EXPECT_EQ(tested->nodes[3].activation, Activation::kRelu);
    EXPECT_EQ(tested->nodes[4].layer.out_channels, channels);
    EXPECT_EQ(tested->nodes[4].activation, Activation::kHsigmoid);
    EXPECT_EQ(tested->nodes[6].layer.in_channels, channels);
    EXPECT_EQ(tested->nodes[7].shape, (Shape{3, 8, 8}));
  }
}

TEST(NetworkFile, networks_that_come_with_rowcast_are_found_by_name_and_others_by_path) {
  EXPECT_THAT(builtin_networks(), testing::Contains("mobilenet_v2"));
  EXPECT_TRUE(std::ranges::is_sorted(builtin_networks()));
  for (const std::string& name : builtin_networks()) EXPECT_EQ(find_network(name).name, name);
  EXPECT_THAT(published_networks(),
              testing::ElementsAre("mnasnet_b1", "mobilenet_v1", "mobilenet_v2",
                                   "mobilenet_v3_large", "mobilenet_v3_small"));
  const std::string path = source_path("sim/networks/mobilenet_v2.toml").string();
  EXPECT_EQ(find_network(path).nodes.size(), find_network("mobilenet_v2").nodes.size());
  EXPECT_THAT(
      problems_of([] { find_network("mobilenet"); }),
      ElementsAre(testing::AllOf(StartsWith("network: 'mobilenet' is unknown, allowed are "),
                                 HasSubstr("mobilenet_v2"), HasSubstr(".toml"))));
}

// ---------------------------------------------------------------- MobileNet-V2 by its known sizes

std::vector<const Node*> layers_of(const Network& network) {
  std::vector<const Node*> layers;
  for (const Node& node : network.nodes)
    if (node.op == Op::kLayer) layers.push_back(&node);
  return layers;
}

TEST(MobileNetV2, has_the_papers_layers) {
  const Network network = find_network("mobilenet_v2");
  std::vector<std::string> expected = {"stem", "block1.dw", "block1.project"};
  for (int block = 2; block <= 17; ++block)
    for (const char* part : {"expand", "dw", "project"})
      expected.push_back(fmt::format("block{}.{}", block, part));
  expected.insert(expected.end(), {"head", "classifier"});
  std::vector<std::string> names;
  for (const Node* node : layers_of(network)) {
    names.push_back(node->name);
    EXPECT_EQ(node->layer.name, node->name);
  }
  EXPECT_EQ(names, expected);
  EXPECT_EQ(names.size(), 53u);
  // Shortcuts join every block that keeps stride and channels.
  std::vector<std::string> sums;
  for (const Node& node : network.nodes)
    if (node.op == Op::kAdd) sums.push_back(node.name);
  EXPECT_THAT(
      sums, ElementsAre("block3.add", "block5.add", "block6.add", "block8.add", "block9.add",
                        "block10.add", "block12.add", "block13.add", "block15.add", "block16.add"));
  EXPECT_EQ(network.nodes.back().shape, (Shape{1000, 1, 1}));
}

TEST(MobileNetV2, has_the_papers_shapes) {
  for (const Node* node : layers_of(find_network("mobilenet_v2"))) {
    const Layer& layer = node->layer;
    const auto is = [&](LayerKind kind, Shape in, Shape out, int kernel, int stride) {
      EXPECT_EQ(layer.kind, kind) << node->name;
      EXPECT_EQ((Shape{layer.in_channels, layer.in_height, layer.in_width}), in) << node->name;
      EXPECT_EQ(node->shape, out) << node->name;
      EXPECT_EQ(layer.kernel_h, kernel) << node->name;
      EXPECT_EQ(layer.stride_h, stride) << node->name;
      EXPECT_EQ(layer.stride_w, stride) << node->name;
    };
    if (node->name == "stem") is(LayerKind::kConv, {3, 224, 224}, {32, 112, 112}, 3, 2);
    if (node->name == "block2.dw") is(LayerKind::kDepthwise, {96, 112, 112}, {96, 56, 56}, 3, 2);
    if (node->name == "block14.expand")
      is(LayerKind::kPointwise, {96, 14, 14}, {576, 14, 14}, 1, 1);
    if (node->name == "block17.project") is(LayerKind::kPointwise, {960, 7, 7}, {320, 7, 7}, 1, 1);
    if (node->name == "classifier") is(LayerKind::kFc, {1280, 1, 1}, {1000, 1, 1}, 1, 1);
  }
}

struct VariantSize {
  const char* name;
  int64_t macs;
  int fused;
};
void PrintTo(const VariantSize& size, std::ostream* out) { *out << size.name; }

class MobileNetV2Variant : public testing::TestWithParam<VariantSize> {};

TEST_P(MobileNetV2Variant, has_the_known_number_of_macs_and_fused_layers) {
  const Network network = transform(find_network("mobilenet_v2"), *find_variant(GetParam().name));
  EXPECT_EQ(network.macs(), GetParam().macs);
  int fused = 0;
  for (const Node* node : layers_of(network)) {
    EXPECT_EQ(node->name.ends_with(".fuse"), node->layer.kind == LayerKind::kFuse) << node->name;
    EXPECT_EQ(node->name.ends_with(".dw"), node->layer.kind == LayerKind::kDepthwise) << node->name;
    fused += node->layer.kind == LayerKind::kFuse;
  }
  EXPECT_EQ(fused, GetParam().fused);
  EXPECT_EQ(layers_of(network).size(), 53u);
}

INSTANTIATE_TEST_SUITE_P(variants, MobileNetV2Variant,
                         testing::Values(VariantSize{"baseline", 300774272, 0},
                                         VariantSize{"full", 411983104, 17},
                                         VariantSize{"half", 286963328, 17},
                                         VariantSize{"full50", 344653184, 9},
                                         VariantSize{"half50", 292194176, 9}),
                         [](const auto& info) { return info.param.name; });

TEST(MobileNetV2, baseline_has_the_known_number_of_weights) {
  EXPECT_EQ(find_network("mobilenet_v2").weights(), 3469760);
}

// ---------------------------------------------------------------- .npy

class Npy : public testing::Test {
 protected:
  TempFolder folder_;
  std::filesystem::path file_ = folder_.path() / "a.npy";
};

TEST_F(Npy, is_version_1_to_the_byte) {
  write_npy(file_, std::vector<int16_t>{1, -2, 0x1234, -32768, 32767, 0}, {2, 3});
  const std::string text = read_file(file_);
  std::string header = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3, ), }";
  header += std::string(128 - 10 - header.size() - 1, ' ') + "\n";
  const std::string values("\x01\x00\xfe\xff\x34\x12\x00\x80\xff\x7f\x00\x00", 12);
  EXPECT_EQ(text, std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + values);
}

TEST_F(Npy, has_8_byte_values_for_sums) {
  write_npy(file_, std::vector<int64_t>{-1, int64_t{1} << 40}, {2});
  const std::string text = read_file(file_);
  EXPECT_THAT(text, HasSubstr("{'descr': '<i8', 'fortran_order': False, 'shape': (2, ), }"));
  EXPECT_EQ(text.substr(text.size() - 16),
            std::string("\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x01\x00\x00", 16));
}

TEST_F(Npy, data_starts_at_a_multiple_of_64_whatever_the_shape_takes) {
  std::vector<int> shape;
  for (int dimensions = 1; dimensions <= 30; ++dimensions) {
    shape.push_back(dimensions == 1 ? 4 : 1);
    write_npy(file_, std::vector<int16_t>{7, 8, 9, 10}, shape);
    const std::string text = read_file(file_);
    const size_t length =
        static_cast<unsigned char>(text[8]) + 256 * static_cast<unsigned char>(text[9]);
    EXPECT_EQ((10 + length) % 64, 0u) << dimensions;
    EXPECT_EQ(text[10 + length - 1], '\n');
    ASSERT_EQ(text.size(), 10 + length + 8);
    EXPECT_EQ(text.substr(10 + length), std::string("\x07\0\x08\0\x09\0\x0a\0", 8));
  }
}

TEST_F(Npy, can_be_read_by_numpy) {
  if (test::run_command("python3 -c 'import numpy'").status != 0)
    GTEST_SKIP() << "python3 has no numpy here";
  write_npy(file_, std::vector<int16_t>{1, -2, 3, -4, 5, -6}, {1, 2, 3});
  const test::CommandResult read = test::run_command(
      "python3 -c 'import numpy; a = numpy.load(\"a.npy\"); print(a.dtype, a.shape, a.tolist())'",
      file_.parent_path());
  EXPECT_EQ(read.text, "int16 (1, 2, 3) [[[1, -2, 3], [-4, 5, -6]]]\n");
}

TEST_F(Npy, that_can_not_be_written_is_named) {
  EXPECT_THAT(
      problems_of([] { write_npy("/dev/null/a.npy", std::vector<int16_t>{1}, {1}); }),
      ElementsAre("/dev/null/a.npy: can not be written, a file in a writable folder is needed"));
}

}  // namespace
}  // namespace rowcast
