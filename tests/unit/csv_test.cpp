// SCALE-Sim topologies in and out, values from .npy files, and the published numbers of parameters.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "generator/files.h"
#include "sim/formats/network_file.h"
#include "sim/formats/npy.h"
#include "sim/formats/topology_file.h"
#include "sim/host/inference.h"
#include "tests/shell.h"
#include "tests/unit/problems.h"

namespace rowcast {
namespace {

using test::Problems;
using test::problems_of;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kHeader =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
    "Strides,\n";

Topology read(const std::string& rows, DepthwiseReading reading = DepthwiseReading::kEncoded) {
  return parse_topology(kHeader + rows, "dir/t.csv", reading);
}
Problems topology_problems(const std::string& text) {
  return problems_of([&] { parse_topology(text, "t.csv", DepthwiseReading::kEncoded); });
}

// ---------------------------------------------------------------- reading topologies

TEST(Topology, layers_have_inputs_of_their_own_without_padding) {
  const Network network = read(
                              "stem,  33, 29,  3, 5,   3,   8,  2,\nmix, 9, 9, 1, 1, 8, 16, 1,\n"
                              "down, 9, 9, 1, 1, 8, 16, 2,\nfc, 1, 1, 1, 1, 16, 10, 1,\n")
                              .network;
  EXPECT_EQ(network.name, "t");
  ASSERT_EQ(network.nodes.size(), 4u);
  const Layer& stem = network.nodes[0].layer;
  EXPECT_EQ(stem.name, "stem");
  EXPECT_EQ(stem.kind, LayerKind::kConv);
  EXPECT_EQ(network.input_of(network.nodes[0]), (Shape{3, 33, 29}));
  EXPECT_EQ(network.nodes[0].shape, (Shape{8, 16, 13}));
  EXPECT_EQ(stem.macs(), 8 * 16 * 13 * 3 * 3 * 5);
  EXPECT_EQ(network.nodes[1].layer.kind, LayerKind::kPointwise);
  EXPECT_EQ(network.nodes[2].layer.kind, LayerKind::kConv);
  EXPECT_EQ(network.nodes[2].shape, (Shape{16, 5, 5}));
  EXPECT_EQ(network.nodes[3].layer.kind, LayerKind::kFc);
  for (const Node& node : network.nodes) {
    EXPECT_TRUE(node.inputs.empty());
    EXPECT_EQ(node.layer.pad_h + node.layer.pad_w, 0);
  }
  Network again = network;
  EXPECT_EQ(infer_shapes(again), "");
  EXPECT_EQ(again.nodes[0].shape, network.nodes[0].shape);
}

TEST(Topology, several_channels_and_one_filter_are_read_as_asked) {
  const std::string rows =
      "spatial, 11, 11, 3, 3, 8, 1, 2,\nlines, 9, 11, 1, 3, 8, 1, 1,\nlast, 9, 9, 1, 1, 8, 1, 1,\n"
      "grey, 9, 9, 3, 3, 1, 1, 1,\n";
  const Topology encoded = read(rows), channels = read(rows, DepthwiseReading::kChannels);
  EXPECT_THAT(encoded.encoded, ElementsAre("spatial", "lines"));
  EXPECT_THAT(channels.encoded, IsEmpty());
  for (const int i : {0, 1}) {
    EXPECT_EQ(encoded.network.nodes[i].layer.kind, LayerKind::kConv);
    EXPECT_EQ(encoded.network.nodes[i].shape.channels, 1);
    EXPECT_EQ(channels.network.nodes[i].layer.kind, LayerKind::kDepthwise);
    EXPECT_EQ(channels.network.nodes[i].shape.channels, 8);
  }
  for (const int i : {2, 3})
    EXPECT_EQ(encoded.network.nodes[i].layer.kind, channels.network.nodes[i].layer.kind);
  EXPECT_EQ(encoded.network.macs(), channels.network.macs());
}

TEST(Topology, dp_in_a_name_is_depthwise_in_both_readings) {
  for (const DepthwiseReading reading : {DepthwiseReading::kEncoded, DepthwiseReading::kChannels}) {
    const Topology topology = read("conv_DP1, 11, 11, 3, 3, 8, 1, 1,\n", reading);
    EXPECT_EQ(topology.network.nodes[0].layer.kind, LayerKind::kDepthwise);
    EXPECT_THAT(topology.encoded, IsEmpty());
  }
  EXPECT_THAT(topology_problems(kHeader + "DP1, 11, 11, 3, 3, 8, 2, 1,\n"),
              ElementsAre("t.csv:2: Num Filter: 2 filters per channel, for \"DP\" in the name "
                          "means depthwise, allowed is 1"));
}

TEST(Topology, what_the_simulators_own_files_contain_is_understood) {
  const std::string text =
      "\xef\xbb\xbfLayer Name,\tIFMAP height, IFMAP Width,Filter height,Filter width,Channels,Num "
      "filter,"
      "Strides,,,Eh\r\n,,,,,,,,,,\r\n\r\n\tfirst,5,5,3,3,2,4,1,,,9\r\nsecond,5,5,1,1,2,4,1";
  const Topology topology = parse_topology(text, "t.csv", DepthwiseReading::kEncoded);
  ASSERT_EQ(topology.network.nodes.size(), 2u);
  EXPECT_EQ(topology.network.nodes[0].name, "first");
  EXPECT_EQ(topology.network.nodes[1].layer.out_channels, 4);
  EXPECT_THAT(topology.unread, ElementsAre("t.csv:4: column 11 is '9'"));
}

TEST(Topology, two_strides_must_be_equal) {
  const std::string header =
      "Layer name,IFMAP height,IFMAP width,Filter height,Filter width,Channels,Num filter,"
      "Stride height,Stride width,\n";
  EXPECT_THAT(topology_problems(header + "a,5,5,3,3,2,4,2,2,\n"), IsEmpty());
  EXPECT_THAT(
      topology_problems(header + "a,5,5,3,3,2,4,2,1,\nb,5,5,3,3,2,4,2,\n"),
      ElementsAre("t.csv:2: Stride Width: 1 is not the stride along the height, allowed is 2",
                  "t.csv:3: Stride Width: '' is no integer, allowed is 1 to 65536"));
}

TEST(Topology, problems_name_file_line_column_value_and_what_is_allowed) {
  EXPECT_THAT(
      topology_problems(
          kHeader + "a, 0, 5, 3, 3x, 2.0, 65537, 99999999999999999999,\n\n, 5, 5, 7, 3, 2, 4, 1,\n"
                    "c, 5, 5, 7, 6, 2, 4, 1,\nd, 5, 5, 3,\n"),
      ElementsAre("t.csv:2: IFMAP Height: '0' is out of range, allowed is 1 to 65536",
                  "t.csv:2: Filter Width: '3x' is no integer, allowed is 1 to 65536",
                  "t.csv:2: Channels: '2.0' is no integer, allowed is 1 to 65536",
                  "t.csv:2: Num Filter: '65537' is out of range, allowed is 1 to 65536",
                  "t.csv:2: Strides: '99999999999999999999' is out of range, allowed is 1 to 65536",
                  "t.csv:4: Layer name: '' is no name, allowed are 1 to 100 printable ASCII "
                  "characters without "
                  "commas and quotes",
                  "t.csv:5: Filter Height: 7 is larger than IFMAP Height, allowed is 1 to 5",
                  "t.csv:5: Filter Width: 6 is larger than IFMAP Width, allowed is 1 to 5",
                  "t.csv:6: Filter Width: '' is no integer, allowed is 1 to 65536",
                  "t.csv:6: Channels: '' is no integer, allowed is 1 to 65536",
                  "t.csv:6: Num Filter: '' is no integer, allowed is 1 to 65536",
                  "t.csv:6: Strides: '' is no integer, allowed is 1 to 65536"));
  EXPECT_THAT(topology_problems("\nLayer, M, N, K,\n"),
              ElementsAre(StartsWith("t.csv:2: header: column 2 is 'M', allowed is IFMAP Height "
                                     "(the columns are Layer name, ")));
  EXPECT_THAT(topology_problems(""),
              ElementsAre(StartsWith("t.csv:1: header: is missing, allowed is Layer name, IFMAP")));
  EXPECT_THAT(topology_problems(kHeader),
              ElementsAre("t.csv:1: layers: there are none, at least one is needed"));
  EXPECT_THAT(topology_problems(kHeader + "a, 65536, 65536, 1, 1, 65536, 1, 1,\n"),
              ElementsAre("t.csv:2: size: a tensor has 2^31 elements or more"));
}

// ---------------------------------------------------------------- variants of independent layers

TEST(Topology, fused_layers_keep_their_outputs_and_their_neighbours_shapes) {
  const Network network =
      read("a, 11, 9, 3, 3, 8, 1, 2,\nb, 5, 4, 1, 1, 8, 6, 1,\nc, 9, 9, 1, 3, 8, 1, 1,\n",
           DepthwiseReading::kChannels)
          .network;
  for (const char* name : {"full", "half"}) {
    Network fused = transform(network, *find_variant(name));
    EXPECT_EQ(infer_shapes(fused), "");
    EXPECT_EQ(fused.nodes[0].layer.kind, LayerKind::kFuse);
    EXPECT_EQ(fused.nodes[0].layer.in_height, 9);
    EXPECT_EQ(fused.nodes[0].layer.pad_h, 1);
    EXPECT_EQ(fused.nodes[0].shape, (Shape{name == std::string("full") ? 16 : 8, 5, 4}));
    EXPECT_EQ(fused.nodes[1].layer.in_channels, 8);
    EXPECT_EQ(fused.nodes[2].layer.kind, LayerKind::kDepthwise);  // 1×3 can not be fused
  }
}

TEST(Topology, every_layer_gets_its_own_random_input) {
  const Network network = read("a, 6, 6, 3, 3, 2, 4, 1,\nb, 6, 6, 3, 3, 2, 4, 1,\n").network;
  std::vector<std::vector<int16_t>> inputs;
  infer(network, {}, 7, 1, [&](LayerCase layer) {
    EXPECT_EQ(std::ssize(*layer.input), layer.layer->inputs());
    EXPECT_EQ(std::ssize(layer.golden), layer.layer->outputs());
    inputs.push_back(*layer.input);
  });
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_NE(inputs[0], inputs[1]);
}

// ---------------------------------------------------------------- writing topologies

TEST(Topology, is_written_with_padding_inside_and_fuse_layers_as_two_rows) {
  const Network network = parse_network(
      "name = \"n\"\ninput = [3, 15, 14]\n[[block]]\ntype = \"conv\"\nname = \"stem\"\n"
      "out = 5\nkernel = 3\nstride = 2\n[[block]]\ntype = \"separable\"\nout = 6\n"
      "kernel = 5\n[[block]]\ntype = \"fc\"\nname = \"fc\"\nout = 4\n",
      "n.toml");
  EXPECT_EQ(topology_of(network),
            kHeader +
                "stem, 17, 16, 3, 3, 3, 5, 2,\nblock1.dw, 12, 11, 5, 5, 5, 1, 1,\n"
                "block1.project, 8, 7, 1, 1, 5, 6, 1,\nfc, 1, 1, 1, 1, 336, 4, 1,\n");
  EXPECT_EQ(topology_of(transform(network, *find_variant("half"))),
            kHeader +
                "stem, 17, 16, 3, 3, 3, 5, 2,\nblock1.fuse.row, 8, 11, 1, 5, 2, 1, 1,\n"
                "block1.fuse.col, 12, 7, 5, 1, 3, 1, 1,\nblock1.project, 8, 7, 1, 1, 5, 6, 1,\n"
                "fc, 1, 1, 1, 1, 336, 4, 1,\n");
}

TEST(Topology, written_and_read_again_is_the_same_work) {
  for (const std::string& name : builtin_networks())
    for (const Variant& variant : variants()) {
      const Network network = transform(find_network(name), variant);
      const std::string text = topology_of(network);
      const Network channels = parse_topology(text, "t.csv", DepthwiseReading::kChannels).network;
      EXPECT_EQ(channels.macs(), network.macs()) << name << ' ' << variant.name;
      EXPECT_EQ(channels.weights(), network.weights());
      EXPECT_EQ(topology_of(channels), text);
      size_t at = 0;
      for (const Node& node : network.nodes) {
        if (node.op != Op::kLayer) continue;
        if (node.layer.kind == LayerKind::kFuse) {
          ASSERT_LT(at + 1, channels.nodes.size());
          const Layer &row = channels.nodes[at].layer, &col = channels.nodes[at + 1].layer;
          EXPECT_EQ(row.kind, LayerKind::kDepthwise);
          EXPECT_EQ(row.outputs() + col.outputs(), node.layer.outputs()) << node.name;
          EXPECT_EQ(row.macs() + col.macs(), node.layer.macs()) << node.name;
          at += 2;
          continue;
        }
        ASSERT_LT(at, channels.nodes.size());
        EXPECT_EQ(channels.nodes[at].name, node.name);
        EXPECT_EQ(channels.nodes[at].layer.kind == LayerKind::kDepthwise,
                  node.layer.kind == LayerKind::kDepthwise);
        EXPECT_EQ(channels.nodes[at].layer.macs(), node.layer.macs()) << node.name;
        EXPECT_EQ(channels.nodes[at].shape, node.shape) << node.name;
        ++at;
      }
      EXPECT_EQ(at, channels.nodes.size());
    }
}

// ---------------------------------------------------------------- .npy in

class Values : public testing::Test {
 protected:
  TempFolder folder_;
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }

  static std::string npy(const std::string& header, const std::string& data) {
    return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
           data;
  }
  static Problems refusal(const std::string& bytes) {
    return problems_of([&] { parse_npy(bytes, "a.npy", {2, 2}, 8); });
  }
};

TEST_F(Values, are_read_as_they_were_written) {
  const std::vector<int16_t> values = {-128, 127, 0, 1, -1, 5};
  write_npy(path("a.npy"), values, {3, 2});
  EXPECT_EQ(read_npy(path("a.npy"), {3, 2}, 8), values);
  write_npy(path("a.npy"), std::vector<int64_t>(values.begin(), values.end()), {6});
  EXPECT_EQ(read_npy(path("a.npy"), {6}, 8), values);
  // Other orders, quotes and spaces that Python allows.
  EXPECT_EQ(parse_npy(npy("{\"shape\":(2,2),'fortran_order':False , 'descr' : '|i1'}  \n",
                          "\x01\x02\xff\x80"),
                      "a.npy", {2, 2}, 8),
            (std::vector<int16_t>{1, 2, -1, -128}));
}

TEST_F(Values, of_another_type_order_shape_or_width_are_refused_with_what_is_allowed) {
  const auto header = [](const char* descr, const char* order, const char* shape) {
    return fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}\n", descr, order,
                       shape);
  };
  const std::string two = "\x01\x02\x03\x04";
  EXPECT_THAT(refusal(npy(header("<f4", "False", "(2, 2)"), two)),
              ElementsAre("a.npy: descr: '<f4' is not supported, allowed are |i1, <i2, <i4, <i8"));
  EXPECT_THAT(refusal(npy(header(">i2", "False", "(2, 2)"), two)),
              ElementsAre(StartsWith("a.npy: descr: '>i2'")));
  EXPECT_THAT(refusal(npy(header("|i1", "True", "(2, 2)"), two)),
              ElementsAre(StartsWith("a.npy: fortran_order: is True, allowed is False")));
  for (const char* shape : {"(4,)", "()", "(2, 2, 1)", "(2, 3)", "(1152921504606846976, 2)"})
    EXPECT_THAT(
        refusal(npy(header("|i1", "False", shape), two)),
        ElementsAre(fmt::format("a.npy: shape: {} does not match, allowed is (2, 2)", shape)));
  EXPECT_THAT(refusal(npy(header("|i1", "False", "(2, -2)"), two)),
              ElementsAre(StartsWith("a.npy: header: '-2)")));
  EXPECT_THAT(refusal(npy(header("|i1", "False", "(2, 2)"), "\x01")),
              ElementsAre("a.npy: data: has 1 bytes, allowed is 4 for (2, 2) of |i1"));
  EXPECT_THAT(
      refusal(npy(header("<i2", "False", "(2, 2)"), std::string("\x7f\0\x80\xff\x80\0\0\0", 8))),
      ElementsAre("a.npy: [1, 0]: 128 does not fit 8 bits, allowed is -128 to 127"));
  EXPECT_THAT(refusal(npy("{'descr': '|i1', 'shape': (2, 2)}\n", two)),
              ElementsAre("a.npy: fortran_order: is missing"));
  EXPECT_THAT(refusal(std::string("\x93NUMPY\x03\x00\x10\0\0\0", 12)),
              ElementsAre("a.npy: version: 3.0 is unknown, allowed are 1.0 and 2.0"));
  EXPECT_THAT(refusal("PK\x03\x04 an .npz"),
              ElementsAre(StartsWith("a.npy: magic: is no .npy file")));
}

// ---------------------------------------------------------------- weights and inputs of a network

const Network& small() {
  static const Network network = parse_network(
      "name = \"n\"\ninput = [3, 8, 7]\n[[block]]\ntype = \"separable\"\nout = 4\nkernel = "
      "3\nrepeat = 2\n"
      "[[block]]\ntype = \"fc\"\nname = \"fc\"\nout = 5\n",
      "n.toml");
  return network;
}

std::vector<LayerCase> cases_of(const Network& network, uint64_t seed,
                                const GivenValues& given = {}) {
  std::vector<LayerCase> cases;
  infer(
      network, {}, seed, 1, [&](LayerCase layer) { cases.push_back(std::move(layer)); }, given);
  return cases;
}

TEST_F(Values, given_to_a_run_of_another_seed_make_the_same_outputs) {
  for (const char* variant : {"baseline", "full", "half"}) {
    const Network network = transform(small(), *find_variant(variant));
    const std::vector<LayerCase> first = cases_of(network, 1);
    int number = 0;
    for (const LayerCase& layer : first)  // both ways of naming
      write_npy(path(++number % 2 ? dump_name(number, *layer.layer, "weights")
                                  : layer.layer->name + ".npy"),
                layer.weights, weights_shape(*layer.layer));
    write_npy(path("image.npy"), *first[0].input, {3, 8, 7});
    const std::vector<LayerCase> again =
        cases_of(network, 2, read_values(network, {}, folder_.path(), path("image.npy")));
    ASSERT_EQ(again.size(), first.size());
    for (size_t i = 0; i < first.size(); ++i)
      EXPECT_EQ(again[i].golden, first[i].golden) << first[i].layer->name;
    EXPECT_NE(cases_of(network, 2).front().golden, first.front().golden);
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      std::filesystem::remove(entry.path());
  }
}

TEST_F(Values, that_are_absent_are_random) {
  write_npy(path("fc.npy"), std::vector<int16_t>(5 * 4 * 8 * 7, 1), {5, 224, 1, 1});
  const GivenValues given = read_values(small(), {}, folder_.path(), "");
  EXPECT_EQ(given.weights.size(), 1u);
  EXPECT_TRUE(given.inputs.empty());
  const std::vector<LayerCase> random = cases_of(small(), 3), mixed = cases_of(small(), 3, given);
  for (size_t i = 0; i + 1 < random.size(); ++i) EXPECT_EQ(mixed[i].golden, random[i].golden);
  EXPECT_NE(mixed.back().golden, random.back().golden);
}

TEST_F(Values, that_do_not_fit_the_network_are_refused) {
  EXPECT_THAT(problems_of([&] { read_values(small(), {}, path("none"), ""); }),
              ElementsAre(path("none").string() +
                          ": is no folder, a folder with .npy files of weights is needed"));
  EXPECT_THAT(
      problems_of([&] { read_values(small(), {}, folder_.path(), ""); }),
      ElementsAre(folder_.path().string() + ": has no layer's weights, allowed are files named "
                                            "like block1.dw.npy or 01_block1.dw_weights.npy"));
  ArrayConfig narrow;
  narrow.weight_width = 4;
  write_npy(path("block1.dw.npy"), std::vector<int16_t>(27, 8), {3, 3, 3});
  write_npy(path("block1.project.npy"), std::vector<int16_t>(12, 1), {4, 3});
  write_npy(path("fc.npy"), std::vector<int16_t>(1120, 1), {5, 224, 1, 1});
  write_npy(path("05_fc_weights.npy"), std::vector<int16_t>(1120, 1), {5, 224, 1, 1});
  write_npy(path("image.npy"), std::vector<int16_t>(3 * 8 * 7, -129), {3, 8, 7});
  EXPECT_THAT(
      problems_of([&] { read_values(small(), narrow, folder_.path(), path("image.npy")); }),
      ElementsAre(
          path("block1.dw.npy").string() + ": [0, 0, 0]: 8 does not fit 4 bits, allowed is -8 to 7",
          path("block1.project.npy").string() +
              ": shape: (4, 3, ) does not match, allowed is (4, 3, 1, 1)",
          path("fc.npy").string() + ": there is 05_fc_weights.npy, too, allowed is one of them",
          path("image.npy").string() +
              ": [0, 0, 0]: -129 does not fit 8 bits, allowed is -128 to 127"));
  const Network independent = read("a, 6, 6, 3, 3, 2, 4, 1,\nb, 6, 6, 3, 3, 2, 4, 1,\n").network;
  EXPECT_THAT(problems_of([&] { read_values(independent, {}, "", path("image.npy")); }),
              ElementsAre(EndsWith("image.npy: there are 2 layers with an input of their own, "
                                   "allowed is a network with one input")));
}

TEST(DumpName, has_no_characters_that_have_a_meaning_in_paths) {
  Layer layer;
  layer.name = "../a/b.dw";
  EXPECT_EQ(dump_name(3, layer, "weights"), "03_.._a_b.dw_weights.npy");
}

// ---------------------------------------------------------------- command line

class CommandLine : public Values {
 protected:
  test::CommandResult rowcast(const std::string& arguments) const {
    return test::run_command(fmt::format("{} {}", ROWCAST_BINARY, arguments), folder_.path());
  }
};

TEST_F(CommandLine, warns_once_of_encoded_depthwise_layers_and_takes_both_readings) {
  write_file(
      path("t.csv"),
      kHeader + "a, 9, 9, 3, 3, 4, 1, 1,\nb, 7, 7, 1, 1, 4, 6, 1,\nc, 9, 9, 3, 3, 6, 1, 1,\n");
  const test::CommandResult plain = rowcast("show t.csv"),
                            encoded = rowcast("show t.csv --depthwise-as encoded"),
                            channels = rowcast("show t.csv --depthwise-as channels");
  EXPECT_THAT(
      plain.text,
      HasSubstr("warning: t.csv: 2 of 3 layers (a, ...) have several channels and one filter"));
  EXPECT_THAT(encoded.text, testing::Not(HasSubstr("warning")));
  EXPECT_THAT(channels.text, testing::AllOf(HasSubstr(" dw "), testing::Not(HasSubstr("warning"))));
  EXPECT_EQ(plain.status + encoded.status + channels.status, 0);
  const test::CommandResult unknown = rowcast("show t.csv --depthwise-as groups"),
                            other = rowcast("show mobilenet_v1 --depthwise-as encoded");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_EQ(unknown.text,
            "error: --depthwise-as: 'groups' is unknown, allowed are encoded, channels\n");
  EXPECT_EQ(other.status, 2);
  EXPECT_EQ(rowcast("estimate t.csv --array 8x8 --depthwise-as channels --variant half").status, 0);
}

TEST_F(CommandLine, show_writes_what_estimate_reads) {
  EXPECT_EQ(rowcast("show mobilenet_v2 --variant half --scale-sim m.csv").status, 0);
  EXPECT_EQ(read_file(path("m.csv")),
            topology_of(transform(find_network("mobilenet_v2"), *find_variant("half"))));
  EXPECT_EQ(rowcast("estimate m.csv --depthwise-as channels --json m.json").status, 0);
  EXPECT_THAT(read_file(path("m.json")), HasSubstr("286963328"));
  EXPECT_EQ(rowcast("show mobilenet_v2 --variant all --scale-sim m.csv").status, 2);
}

TEST_F(CommandLine, a_dump_given_to_another_run_makes_the_same_outputs) {
  write_file(path("n.toml"),
             "name = \"n\"\ninput = [3, 8, 7]\n[[block]]\ntype = \"inverted_residual\"\nout = "
             "3\nkernel = 3\n"
             "expand = 2\nsqueeze_excite = true\nactivation = \"relu\"\n");
  const test::CommandResult first = rowcast("run n.toml --variant half --array 4x4 --dump one");
  ASSERT_EQ(first.status, 0) << first.text;
  const test::CommandResult again = rowcast(
      "run n.toml --variant half --array 4x4 --seed 5 --weights one --input "
      "one/01_block1.expand_input.npy --dump two");
  ASSERT_EQ(again.status, 0) << again.text;
  EXPECT_EQ(test::run_command("diff -r one two", folder_.path()).text, "");
  EXPECT_THAT(test::run_command("ls one", folder_.path()).text,
              HasSubstr("05_block1.project_rtl.npy"));
  const test::CommandResult bad = rowcast("run n.toml --variant full --array 4x4 --weights one");
  EXPECT_EQ(bad.status, 2);
  EXPECT_THAT(bad.text, HasSubstr("error: one/02_block1.fuse_weights.npy: shape: (6, 3, ) does not "
                                  "match, allowed is (12, 3)"));
}

// ---------------------------------------------------------------- parameters

struct Published {
  const char* network;
  std::array<double, 5> millions;  // baseline, full, half, full50, half50
};
constexpr Published kPublished[] = {
    {"mobilenet_v1", {4.23, 7.36, 4.20, 4.35, 4.22}},
    {"mobilenet_v2", {3.50, 4.46, 3.46, 3.61, 3.49}},
    {"mnasnet_b1", {4.38, 5.66, 4.25, 4.47, 4.35}},
    {"mobilenet_v3_small", {2.93, 4.44, 2.89, 3.18, 2.92}},
    {"mobilenet_v3_large", {5.47, 10.57, 5.40, 5.57, 5.46}},
};

TEST(Parameters, are_the_published_ones) {
  for (const Published& row : kPublished)
    for (size_t i = 0; i < variants().size(); ++i) {
      const Network network = transform(find_network(row.network), variants()[i]);
      EXPECT_NEAR(static_cast<double>(network.parameters()) / 1e6, row.millions[i], 0.02)
          << row.network << ' ' << variants()[i].name;
      // The published models' squeeze-and-excite layers seem to have no bias: without theirs, and
      // cut off instead of rounded, all 25 figures are the printed ones.
      int64_t biases = 0;
      for (const Node& node : network.nodes)
        if (node.layer.kind == LayerKind::kFc && node.name.find(".se.") != std::string::npos)
          biases += node.layer.out_channels;
      EXPECT_EQ((network.parameters() - biases) / 10000, std::lround(row.millions[i] * 100))
          << row.network << ' ' << variants()[i].name;
    }
}

}  // namespace
}  // namespace rowcast
