#include "sim/onnx/write.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "generator/error.h"
#include "sim/onnx/wire.h"

namespace rowcast::onnx {
namespace {

// ONNX 1.10 and later; in files before version 4 initialisers are inputs, too.
constexpr int64_t kIrVersion = 8, kFirstOfOwnInitialisers = 4;

// The nearest number of `bits` bits of fraction that is a multiple of 2^least, ties to even.
float rounded(float value, int bits, int least) {
  if (value == 0 || !std::isfinite(value)) return value;
  const int unit = std::max(std::ilogb(value) - bits, least);
  return static_cast<float>(std::ldexp(std::nearbyint(std::ldexp(double{value}, -unit)), unit));
}

uint16_t to_half(float value) {
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value)) return sign | 0x7e00;
  const float magnitude = std::fabs(rounded(value, 10, -24));
  if (magnitude > 65504) return sign | 0x7c00;
  if (magnitude < std::ldexp(1.0f, -14))
    return static_cast<uint16_t>(sign | static_cast<int>(std::ldexp(magnitude, 24)));
  const int exponent = std::ilogb(magnitude);
  return static_cast<uint16_t>(
      sign | ((exponent + 14) * 1024 + static_cast<int>(std::ldexp(magnitude, 10 - exponent))));
}

uint16_t to_bfloat(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

std::string raw_of(const Tensor& tensor) {
  std::string raw;
  switch (tensor.type) {
    case Type::kFloat:
      for (const float value : tensor.reals) append_bytes(raw, value);
      break;
    case Type::kDouble:
      for (const float value : tensor.reals) append_bytes(raw, double{value});
      break;
    case Type::kFloat16:
      for (const float value : tensor.reals) append_bytes(raw, to_half(value));
      break;
    case Type::kBfloat16:
      for (const float value : tensor.reals) append_bytes(raw, to_bfloat(value));
      break;
    case Type::kUint8:
    case Type::kInt8:
    case Type::kBool:
      for (const int64_t value : tensor.integers) append_bytes(raw, static_cast<uint8_t>(value));
      break;
    case Type::kUint16:
    case Type::kInt16:
      for (const int64_t value : tensor.integers) append_bytes(raw, static_cast<uint16_t>(value));
      break;
    case Type::kUint32:
    case Type::kInt32:
      for (const int64_t value : tensor.integers) append_bytes(raw, static_cast<uint32_t>(value));
      break;
    default:
      for (const int64_t value : tensor.integers) append_bytes(raw, value);
  }
  return raw;
}

MessageWriter tensor_proto(const std::string& name, const Tensor& tensor) {
  MessageWriter proto;
  proto.integers(1, tensor.dims);
  proto.integer(2, static_cast<int>(tensor.type));
  proto.text(8, name);
  proto.text(9, raw_of(tensor));
  return proto;
}

// The field of a value is not the number of its type (AttributeProto.AttributeType).
MessageWriter attribute_proto(const Node& node, const std::string& name,
                              const Attribute& attribute) {
  MessageWriter proto;
  proto.text(1, name);
  int type = 0;
  if (const auto* real = std::get_if<float>(&attribute)) {
    proto.real(2, *real);
    type = 1;
  } else if (const auto* integer = std::get_if<int64_t>(&attribute)) {
    proto.integer(3, *integer);
    type = 2;
  } else if (const auto* text = std::get_if<std::string>(&attribute)) {
    proto.text(4, *text);
    type = 3;
  } else if (const auto* tensor = std::get_if<Tensor>(&attribute)) {
    proto.message(5, tensor_proto("", *tensor));
    type = 4;
  } else if (const auto* reals = std::get_if<std::vector<float>>(&attribute)) {
    proto.reals(7, *reals);
    type = 6;
  } else if (const auto* integers = std::get_if<std::vector<int64_t>>(&attribute)) {
    proto.integers(8, *integers);
    type = 7;
  } else if (const auto* texts = std::get_if<std::vector<std::string>>(&attribute)) {
    for (const std::string& each : *texts) proto.text(9, each);
    type = 8;
  } else {
    throw InputError(fmt::format("{}: attribute '{}' is {}, which can not be written",
                                 described(node), name, std::get<Unsupported>(attribute).what));
  }
  proto.integer(20, type);
  return proto;
}

MessageWriter node_proto(const Node& node) {
  MessageWriter proto;
  for (const std::string& name : node.inputs) proto.text(1, name);
  for (const std::string& name : node.outputs) proto.text(2, name);
  proto.text(3, node.name);
  proto.text(4, node.op);
  for (const auto& [name, attribute] : node.attributes)
    proto.message(5, attribute_proto(node, name, attribute));
  if (!node.domain.empty()) proto.text(7, node.domain);
  return proto;
}

MessageWriter value_proto(const ValueInfo& info) {
  MessageWriter tensor;
  tensor.integer(1, static_cast<int>(info.type));
  if (info.has_dims) {
    MessageWriter shape;
    for (const int64_t size : info.dims) {
      MessageWriter dimension;  // an open one has no field
      if (size >= 0) dimension.integer(1, size);
      shape.message(1, dimension);
    }
    tensor.message(2, shape);
  }
  MessageWriter type;
  type.message(1, tensor);
  MessageWriter proto;
  proto.text(1, info.name);
  proto.message(2, type);
  return proto;
}

}  // namespace

std::string write_model(const Model& model) {
  MessageWriter graph;
  for (const Node& node : model.nodes) graph.message(1, node_proto(node));
  graph.text(2, model.graph_name);
  for (const auto& [name, tensor] : model.initialisers)
    graph.message(5, tensor_proto(name, tensor));
  for (const ValueInfo& info : model.inputs) graph.message(11, value_proto(info));
  if (model.ir_version < kFirstOfOwnInitialisers)
    for (const auto& [name, tensor] : model.initialisers)
      graph.message(11, value_proto({name, tensor.type, tensor.dims, true}));
  for (const ValueInfo& info : model.outputs) graph.message(12, value_proto(info));
  MessageWriter opset;
  opset.text(1, "");
  opset.integer(2, model.opset);
  MessageWriter proto;
  proto.integer(1, model.ir_version);
  proto.text(2, model.producer);
  proto.message(7, graph);
  proto.message(8, opset);
  return proto.bytes();
}

Model model_of(const Graph& graph) {
  Model model;
  model.ir_version = kIrVersion;
  model.opset = graph.opset;
  model.producer = "rowcast";
  model.graph_name = "network";
  const auto info = [&](int value) {
    const Value& of = graph.values[value];
    return ValueInfo{of.name, of.type, of.dims, true};
  };
  const auto keep_constant = [&](int value) {
    if (value >= 0 && graph.values[value].constant)
      model.initialisers.emplace(graph.values[value].name, *graph.values[value].constant);
  };
  const auto name_of = [&](int value) {
    return value < 0 ? std::string() : graph.values[value].name;
  };
  for (const Operation& operation : graph.operations) {
    Node& node = model.nodes.emplace_back(operation.node);
    node.inputs.clear();
    node.outputs.clear();
    for (const int value : operation.inputs) {
      node.inputs.push_back(name_of(value));
      keep_constant(value);
    }
    for (const int value : operation.outputs) node.outputs.push_back(name_of(value));
  }
  for (const int value : graph.inputs) model.inputs.push_back(info(value));
  for (const int value : graph.outputs) {
    model.outputs.push_back(info(value));
    keep_constant(value);
  }
  return model;
}

}  // namespace rowcast::onnx
