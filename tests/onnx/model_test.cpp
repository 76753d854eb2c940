// Reading ONNX files: what is written is read, and what is broken is one clear error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "generator/files.h"
#include "sim/onnx/graph.h"
#include "sim/onnx/model.h"
#include "tests/onnx/onnx_writer.h"
#include "tests/unit/problems.h"

namespace rowcast {
namespace {

using namespace onnx;
using test::model_bytes;
using test::Problems;
using test::problems_of;
using test::Proto;
using testing::ElementsAre;
using testing::HasSubstr;

Model small_model() {
  Model model;
  model.ir_version = 8;
  model.opset = 13;
  model.producer = "a test";
  model.graph_name = "small";
  model.initialisers = {{"w", test::reals({2, 1, 3, 3}, std::vector<float>(18, 0.5f))},
                        {"shape", test::integers({2}, {1, -1})}};
  model.inputs = {{"x", Type::kFloat, {-1, 1, 8, 8}, true}};
  model.outputs = {{"y", Type::kFloat, {1, 72}, true}};
  Node conv{"conv1", "Conv", "", {"x", "w"}, {"c"}, {}};
  conv.attributes = {{"strides", std::vector<int64_t>{1, 1}}, {"auto_pad", std::string("VALID")}};
  model.nodes = {conv, {"", "Reshape", "", {"c", "shape"}, {"y"}, {}}};
  return model;
}

Problems problems(const std::string& bytes) {
  return problems_of([&] { resolve(parse_model(bytes, "m.onnx"), "m.onnx"); });
}
std::string problem(const Model& model) {
  const Problems all = problems(model_bytes(model));
  return all.empty() ? "" : all[0];
}

TEST(OnnxModel, a_file_is_read_as_it_was_written) {
  const Model written = small_model();
  const Model read = parse_model(model_bytes(written), "m.onnx");
  EXPECT_EQ(read.ir_version, 8);
  EXPECT_EQ(read.opset, 13);
  EXPECT_EQ(read.producer, "a test");
  EXPECT_EQ(read.initialisers, written.initialisers);
  ASSERT_EQ(read.nodes.size(), 2u);
  EXPECT_EQ(read.nodes[0].op, "Conv");
  EXPECT_THAT(read.nodes[0].inputs, ElementsAre("x", "w"));
  EXPECT_EQ(std::get<std::string>(read.nodes[0].attributes.at("auto_pad")), "VALID");
  EXPECT_EQ(read.inputs.at(0).dims, (Dims{-1, 1, 8, 8}));
}

TEST(OnnxModel, a_batch_that_is_open_is_one) {
  const Graph graph = resolve(parse_model(model_bytes(small_model()), "m.onnx"), "m.onnx");
  EXPECT_EQ(graph.values[graph.inputs.at(0)].dims, (Dims{1, 1, 8, 8}));
  EXPECT_EQ(graph.values[graph.outputs.at(0)].dims, (Dims{1, 72}));
}

TEST(OnnxModel, elements_of_every_type_are_read_from_raw_data) {
  struct Case {
    Type type;
    std::string raw;
    double value;
  };
  using namespace std::string_literals;
  for (const Case& c :
       {Case{Type::kFloat, "\0\0\xc0\xbf"s, -1.5},
        Case{Type::kDouble, "\0\0\0\0\0\0\xf8\xbf"s, -1.5}, Case{Type::kFloat16, "\0\xbe"s, -1.5},
        Case{Type::kFloat16, "\x01\0"s, std::ldexp(1.0, -24)},
        Case{Type::kFloat16, "\xff\x7b"s, 65504}, Case{Type::kBfloat16, "\xc0\xbf"s, -1.5},
        Case{Type::kInt8, "\xfe"s, -2}, Case{Type::kUint8, "\xfe"s, 254},
        Case{Type::kInt16, "\xfe\xff"s, -2}, Case{Type::kUint16, "\xfe\xff"s, 65534},
        Case{Type::kInt32, "\xfe\xff\xff\xff"s, -2},
        Case{Type::kUint32, "\xfe\xff\xff\xff"s, 4294967294.0},
        Case{Type::kInt64, "\xfe\xff\xff\xff\xff\xff\xff\xff"s, -2},
        Case{Type::kBool, "\x01"s, 1}}) {
    Proto tensor;
    tensor.integers(1, {1}).integer(2, static_cast<int>(c.type)).text(8, "t").text(9, c.raw);
    Proto model;
    model.message(7, Proto().message(5, tensor)).message(8, Proto().integer(2, 13));
    const Tensor read = parse_model(model.bytes(), "m.onnx").initialisers.at("t");
    EXPECT_EQ(is_real(c.type) ? read.reals.at(0) : static_cast<double>(read.integers.at(0)),
              c.value)
        << to_string(c.type);
  }
}

TEST(OnnxModel, data_beside_the_file_is_read_and_nothing_outside_its_folder) {
  TempFolder folder;
  write_file(folder.path() / "w.bin", std::string("....") + std::string(8, '\0') + "....");
  const auto read = [&](const std::string& location, const char* length) {
    const Proto tensor = test::external_proto("t", {2}, location, "4", length);
    Proto model;
    model.message(7, Proto().message(5, tensor)).message(8, Proto().integer(2, 13));
    return parse_model(model.bytes(), "m.onnx", folder.path());
  };
  EXPECT_EQ(read("w.bin", "8").initialisers.at("t").reals, (std::vector<float>{0, 0}));
  EXPECT_THAT(
      problems_of([&] { read("w.bin", "13"); }),
      ElementsAre("m.onnx: tensor 't': external data: 13 bytes from 4 on end behind the file"));
  for (const char* location : {"../w.bin", "/etc/passwd", "a/../../w.bin", ""})
    EXPECT_THAT(problems_of([&] { read(location, "8"); }),
                ElementsAre(HasSubstr("is no file beside the model")))
        << location;
}

TEST(OnnxModel, what_is_no_model_is_refused_with_the_place) {
  EXPECT_THAT(problems(""),
              ElementsAre("m.onnx: there is no graph in it, an ONNX model is needed"));
  EXPECT_THAT(problems("\x0a\x7f"),
              ElementsAre("m.onnx: byte 2: the file ends inside a field, an ONNX model is needed"));
  EXPECT_THAT(problems("\x0f"),
              ElementsAre("m.onnx: byte 0: no field's type, an ONNX model is needed"));
}

TEST(OnnxModel, faults_name_the_node_or_tensor_and_what_is_allowed) {
  Model model = small_model();
  model.opset = 21;
  EXPECT_EQ(problem(model), "m.onnx: opset: 21 is not supported, allowed are 7 to 20");

  model = small_model();
  model.nodes[0].op = "Convolve";
  EXPECT_THAT(problem(model), HasSubstr("m.onnx: node 'conv1' (Convolve): the operator is not "
                                        "supported, allowed are Abs, Add, "));

  model = small_model();
  model.nodes[0].domain = "com.example";
  EXPECT_THAT(problem(model),
              HasSubstr("node 'conv1' (com.example.Conv): the operator is not supported"));

  model = small_model();
  model.nodes[0].inputs[1] = "v";
  EXPECT_EQ(problem(model),
            "m.onnx: node 'conv1' (Conv): its input 'v' comes from no node before it");

  model = small_model();
  model.nodes[1].inputs[0] = "x";
  EXPECT_EQ(problem(model), "");  // the convolution is dropped

  model = small_model();
  model.initialisers["w"].dims = {2, 2, 3, 3};
  EXPECT_EQ(problem(model), "m.onnx: tensor 'w': 18 elements, its shape 2x2x3x3 needs 36");

  model = small_model();
  model.initialisers["w"] = test::reals({2, 2, 3, 3}, std::vector<float>(36));
  EXPECT_EQ(problem(model),
            "m.onnx: node 'conv1' (Conv): weights of 2x2x3x3 do not fit 1 channels in 1 groups");

  model = small_model();
  model.nodes[0].attributes["auto_pad"] = std::string("SOME");
  EXPECT_EQ(problem(model),
            "m.onnx: node 'conv1' (Conv): auto_pad: 'SOME' is unknown, allowed are NOTSET, "
            "SAME_UPPER, SAME_LOWER, VALID");

  model = small_model();
  model.nodes[0].attributes["strides"] = std::vector<int64_t>{1, 0};
  EXPECT_EQ(problem(model),
            "m.onnx: node 'conv1' (Conv): strides: [1, 0], allowed are 2 numbers from 1");

  model = small_model();
  model.inputs[0].dims = {-1, 1, -1, 8};
  EXPECT_EQ(problem(model), "m.onnx: input 'x': its shape ?x1x?x8 is open, it has to be given");
  const auto with_shape = [&](Dims dims) {
    return problems_of([&] {
      resolve(parse_model(model_bytes(model), "m.onnx"), "m.onnx", {{"x", dims}});
    });
  };
  EXPECT_THAT(with_shape({1, 1, 8, 8}), ElementsAre());
  EXPECT_THAT(with_shape({1, 3, 8, 8}),
              ElementsAre("m.onnx: input 'x': a shape of 1x3x8x8 was given, allowed is ?x1x?x8"));
  EXPECT_THAT(
      with_shape({1, 1, 2, 8}),
      ElementsAre(
          "m.onnx: node 'conv1' (Conv): a window of 3 does not fit 2 with pads of 0 and 0"));

  model = small_model();
  model.nodes[0].attributes["body"] = Unsupported{"a graph"};
  EXPECT_EQ(problem(model), "");  // an attribute that Conv does not have is not read
}

// Bytes changed, removed, doubled: a model or an error, in bounded time and memory.
TEST(OnnxModel, survives_random_mutations) {
  const uint32_t seed = 1;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const std::string whole = model_bytes(small_model());
  int read = 0, refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = whole;
    const int changes = 1 + random() % 3;
    for (int k = 0; k < changes && !bytes.empty(); ++k) {
      const size_t at = random() % bytes.size();
      switch (random() % 5) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes[at] = static_cast<char>(bytes[at] ^ 1 << random() % 8);
          break;
        case 2:
          bytes.resize(at);
          break;
        case 3:
          bytes.erase(at, random() % 8);
          break;
        case 4:
          bytes.insert(at, bytes.substr(at, random() % 16));
          break;
      }
    }
    (problems(bytes).empty() ? read : refused) += 1;
  }
  EXPECT_GT(read, 1000);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace rowcast
