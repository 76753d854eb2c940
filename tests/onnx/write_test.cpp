// Writing ONNX files: what is written is read again as it was.
#include "sim/onnx/write.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "sim/onnx/graph.h"
#include "tests/names.h"
#include "tests/onnx/onnx_writer.h"
#include "tests/unit/problems.h"

namespace rowcast {
namespace {

using namespace onnx;
using testing::ElementsAre;

constexpr Type kTypes[] = {Type::kFloat,   Type::kUint8,   Type::kInt8,   Type::kUint16,
                           Type::kInt16,   Type::kInt32,   Type::kInt64,  Type::kBool,
                           Type::kDouble,  Type::kFloat16, Type::kUint32, Type::kUint64,
                           Type::kBfloat16};

// Models of what the reader keeps, whether or not they mean anything.
class RandomModel {
 public:
  explicit RandomModel(uint32_t seed) : random_(seed) {}

  Model model() {
    Model model;
    model.ir_version = 1 + below(10);
    model.opset = kFirstOpset + below(kLastOpset - kFirstOpset + 1);
    model.producer = name();
    model.graph_name = name();
    for (int i = below(6); i > 0; --i) model.initialisers.emplace(name(), tensor());
    for (int i = below(3); i > 0; --i) model.inputs.push_back(info());
    for (int i = below(3); i > 0; --i) model.outputs.push_back(info());
    for (int i = below(8); i > 0; --i) model.nodes.push_back(node());
    return model;
  }

 private:
  int below(int end) { return std::uniform_int_distribution(0, end - 1)(random_); }
  int64_t integer(int bits) {
    return static_cast<int64_t>(std::uniform_int_distribution<uint64_t>()(random_)) >> (64 - bits);
  }
  // Of few bits, so that the small types have it, too; and now and then at the ends.
  float real() {
    constexpr float kEnds[] = {0.0f, -0.0f, INFINITY, -INFINITY, 1.0f};
    if (below(8) == 0) return kEnds[below(5)];
    return std::ldexp(static_cast<float>(below(255) - 127), below(12) - 6);
  }
  std::string name() {
    std::string text = fmt::format("n{}", names_++);
    for (int i = below(5); i > 0; --i) text += static_cast<char>(' ' + below(95));
    return text;
  }
  std::vector<std::string> names() {
    std::vector<std::string> all(below(4));
    for (std::string& each : all)
      if (below(4) > 0) each = name();
    return all;
  }
  Dims dims() {
    Dims dims(below(4));
    for (int64_t& size : dims) size = 1 + below(4);
    return dims;
  }
  Tensor tensor() {
    Tensor tensor{kTypes[below(std::size(kTypes))], dims(), {}, {}};
    if (below(8) == 0) tensor.dims.push_back(0);
    const int64_t count = element_count(tensor.dims);
    for (int64_t i = 0; i < count; ++i) {
      if (is_real(tensor.type)) {
        tensor.reals.push_back(real());
        continue;
      }
      const Type type = tensor.type;
      const int64_t bits = integer(64);
      tensor.integers.push_back(type == Type::kBool     ? bits & 1
                                : type == Type::kUint8  ? static_cast<uint8_t>(bits)
                                : type == Type::kInt8   ? static_cast<int8_t>(bits)
                                : type == Type::kUint16 ? static_cast<uint16_t>(bits)
                                : type == Type::kInt16  ? static_cast<int16_t>(bits)
                                : type == Type::kUint32 ? static_cast<uint32_t>(bits)
                                : type == Type::kInt32  ? static_cast<int32_t>(bits)
                                                        : bits);
    }
    return tensor;
  }
  ValueInfo info() {
    ValueInfo info{name(), kTypes[below(std::size(kTypes))], {}, below(4) > 0};
    if (info.has_dims) info.dims = dims();
    for (int64_t& size : info.dims)
      if (below(4) == 0) size = -1;
    return info;
  }
  Attribute attribute() {
    switch (below(7)) {
      case 0:
        return real();
      case 1:
        return integer(1 + below(64));
      case 2:
        return name();
      case 3:
        return tensor();
      case 4: {
        std::vector<float> values(below(4));
        for (float& value : values) value = real();
        return values;
      }
      case 5: {
        std::vector<int64_t> values(below(4));
        for (int64_t& value : values) value = integer(1 + below(64));
        return values;
      }
      default:
        return names();
    }
  }
  Node node() {
    Node node{below(3) ? name() : "", name(), below(4) ? "" : "com.example", names(), names(), {}};
    for (int i = below(4); i > 0; --i) node.attributes.emplace(name(), attribute());
    return node;
  }

  std::mt19937 random_;
  int names_ = 0;
};

class WrittenModel : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(random, WrittenModel, testing::Range(1, 6), test::seed_name);

TEST_P(WrittenModel, is_read_as_it_was) {
  RandomModel random(static_cast<uint32_t>(GetParam()));
  for (int i = 0; i < 400; ++i) {
    const Model model = random.model();
    ASSERT_EQ(parse_model(write_model(model), "m.onnx"), model) << "model " << i;
  }
}

TEST(WrittenModel, of_an_old_version_has_its_initialisers_among_the_inputs) {
  Model model;
  model.opset = 8;
  model.initialisers = {{"w", test::reals({2, 3}, std::vector<float>(6))}};
  model.ir_version = 4;
  const std::string newer = write_model(model);
  model.ir_version = 3;
  const std::string older = write_model(model);
  test::Proto shape;
  for (const int64_t size : {2, 3}) shape.message(1, test::Proto().integer(1, size));
  const test::Proto input = test::Proto().text(1, "w").message(
      2, test::Proto().message(1, test::Proto().integer(1, 1).message(2, shape)));
  const std::string field = test::Proto().message(11, input).bytes();
  EXPECT_EQ(newer.find(field), newer.npos);
  EXPECT_NE(older.find(field), older.npos);
  EXPECT_EQ(parse_model(older, "m.onnx"), model);
}

// Of a model with one tensor of one number.
float written(Type type, float value) {
  Model model;
  model.opset = 13;
  model.initialisers = {{"t", Tensor{type, {}, {value}, {}}}};
  return parse_model(write_model(model), "m.onnx").initialisers.at("t").reals.at(0);
}

// What the reader makes of raw 16 bits.
float read(Type type, uint16_t bits) {
  test::Proto raw, tensor, model;
  raw.append(bits);
  tensor.integer(2, static_cast<int>(type)).text(8, "t").text(9, raw.bytes());
  model.message(7, test::Proto().message(5, tensor)).message(8, test::Proto().integer(2, 13));
  return parse_model(model.bytes(), "m.onnx").initialisers.at("t").reals.at(0);
}

TEST(WrittenModel, keeps_every_number_of_16_bits) {
  for (const Type type : {Type::kFloat16, Type::kBfloat16})
    for (int bits = 0; bits < 65536; ++bits) {
      const float value = read(type, static_cast<uint16_t>(bits)), back = written(type, value);
      if (std::isnan(value))
        EXPECT_TRUE(std::isnan(back));
      else
        ASSERT_EQ(std::bit_cast<uint32_t>(back), std::bit_cast<uint32_t>(value))
            << to_string(type) << " " << bits;
    }
}

TEST(WrittenModel, has_the_nearest_number_of_16_bits_and_of_two_the_even_one) {
  for (const Type type : {Type::kFloat16, Type::kBfloat16})
    for (uint16_t bits = 0; bits < (type == Type::kFloat16 ? 31 << 10 : 255 << 7) - 1; ++bits) {
      const float low = read(type, bits), high = read(type, bits + 1);
      const float middle =
          static_cast<float>((static_cast<double>(low) + static_cast<double>(high)) / 2);
      ASSERT_EQ(written(type, middle), bits % 2 ? high : low) << to_string(type) << " " << bits;
      ASSERT_EQ(written(type, std::nextafter(middle, 0.0f)), low) << to_string(type) << " " << bits;
      ASSERT_EQ(written(type, std::nextafter(middle, INFINITY)), high)
          << to_string(type) << " " << bits;
    }
  EXPECT_EQ(written(Type::kFloat16, 65519), 65504);
  EXPECT_EQ(written(Type::kFloat16, 65520), INFINITY);
  EXPECT_EQ(written(Type::kBfloat16, std::numeric_limits<float>::max()), INFINITY);
}

TEST(WrittenModel, can_not_have_what_the_reader_did_not_keep) {
  Model model;
  model.opset = 13;
  model.nodes = {{"conv1", "Conv", "", {"x"}, {"y"}, {{"body", Unsupported{"a graph"}}}}};
  EXPECT_THAT(
      test::problems_of([&] { write_model(model); }),
      ElementsAre("node 'conv1' (Conv): attribute 'body' is a graph, which can not be written"));
}

}  // namespace
}  // namespace rowcast
