// Small ONNX files for tests, written by the wire format: what the reader must take apart again.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/onnx/model.h"

namespace rowcast::test {

// A protocol buffers message under construction.
class Proto {
 public:
  Proto& integer(int field, int64_t value) {
    varint(static_cast<uint64_t>(field) << 3);
    varint(static_cast<uint64_t>(value));
    return *this;
  }
  Proto& text(int field, std::string_view value) {
    varint(static_cast<uint64_t>(field) << 3 | 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  Proto& message(int field, const Proto& value) { return text(field, value.bytes_); }
  Proto& real(int field, float value) {
    varint(static_cast<uint64_t>(field) << 3 | 5);
    append(std::bit_cast<uint32_t>(value));
    return *this;
  }
  // Packed, as files of today write repeated numbers.
  Proto& integers(int field, const std::vector<int64_t>& values) {
    Proto packed;
    for (const int64_t value : values) packed.varint(static_cast<uint64_t>(value));
    return text(field, packed.bytes_);
  }
  Proto& reals(int field, const std::vector<float>& values) {
    Proto packed;
    for (const float value : values) packed.append(std::bit_cast<uint32_t>(value));
    return text(field, packed.bytes_);
  }
  template <class T>
  void append(T value) {
    for (size_t i = 0; i < sizeof(T); ++i) bytes_ += static_cast<char>(value >> (8 * i));
  }
  void varint(uint64_t value) {
    for (; value >= 128; value >>= 7) bytes_ += static_cast<char>(value | 128);
    bytes_ += static_cast<char>(value);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// TensorProto, its data in the typed fields.
inline Proto tensor_proto(const std::string& name, const onnx::Tensor& tensor) {
  Proto proto;
  proto.integers(1, tensor.dims).integer(2, static_cast<int>(tensor.type)).text(8, name);
  if (onnx::is_real(tensor.type))
    proto.reals(4, tensor.reals);
  else
    proto.integers(tensor.type == onnx::Type::kInt64 ? 7 : 5, tensor.integers);
  return proto;
}

inline onnx::Tensor reals(onnx::Dims dims, std::vector<float> values) {
  return {onnx::Type::kFloat, std::move(dims), std::move(values), {}};
}
inline onnx::Tensor integers(onnx::Dims dims, std::vector<int64_t> values) {
  return {onnx::Type::kInt64, std::move(dims), {}, std::move(values)};
}

// AttributeProto.
inline Proto attribute_proto(const std::string& name, const onnx::Attribute& attribute) {
  Proto proto;
  proto.text(1, name);
  if (const auto* real = std::get_if<float>(&attribute)) proto.real(2, *real).integer(20, 1);
  if (const auto* integer = std::get_if<int64_t>(&attribute))
    proto.integer(3, *integer).integer(20, 2);
  if (const auto* text = std::get_if<std::string>(&attribute)) proto.text(4, *text).integer(20, 3);
  if (const auto* tensor = std::get_if<onnx::Tensor>(&attribute))
    proto.message(5, tensor_proto("", *tensor)).integer(20, 4);
  if (const auto* list = std::get_if<std::vector<float>>(&attribute))
    proto.reals(7, *list).integer(20, 6);
  if (const auto* list = std::get_if<std::vector<int64_t>>(&attribute))
    proto.integers(8, *list).integer(20, 7);
  if (std::get_if<onnx::Unsupported>(&attribute)) proto.text(6, "").integer(20, 5);
  return proto;
}

// TensorProto whose elements lie in a file beside the model.
inline Proto external_proto(const std::string& name, const onnx::Dims& dims,
                            const std::string& location, const std::string& offset,
                            const std::string& length) {
  Proto proto;
  proto.integers(1, dims).integer(2, 1).text(8, name).integer(14, 1);
  for (const auto& [key, value] : {std::pair<std::string, std::string>{"location", location},
                                   {"offset", offset},
                                   {"length", length}})
    proto.message(13, Proto().text(1, key).text(2, value));
  return proto;
}

// A model of the default domain, with more initialisers; inputs without has_dims have no shape in
// the file.
inline std::string model_bytes(const onnx::Model& model, const std::vector<Proto>& more = {}) {
  const auto value_info = [](const onnx::ValueInfo& info) {
    Proto type;
    type.integer(1, static_cast<int>(info.type));
    if (info.has_dims) {
      Proto shape;
      for (const int64_t size : info.dims)
        shape.message(1, size < 0 ? Proto().text(2, "open") : Proto().integer(1, size));
      type.message(2, shape);
    }
    return Proto().text(1, info.name).message(2, Proto().message(1, type));
  };
  Proto graph;
  for (const onnx::Node& node : model.nodes) {
    Proto proto;
    for (const std::string& name : node.inputs) proto.text(1, name);
    for (const std::string& name : node.outputs) proto.text(2, name);
    proto.text(3, node.name).text(4, node.op);
    for (const auto& [name, attribute] : node.attributes)
      proto.message(5, attribute_proto(name, attribute));
    if (!node.domain.empty()) proto.text(7, node.domain);
    graph.message(1, proto);
  }
  graph.text(2, model.graph_name);
  for (const auto& [name, tensor] : model.initialisers)
    graph.message(5, tensor_proto(name, tensor));
  for (const Proto& tensor : more) graph.message(5, tensor);
  for (const onnx::ValueInfo& info : model.inputs) graph.message(11, value_info(info));
  for (const onnx::ValueInfo& info : model.outputs) graph.message(12, value_info(info));
  Proto proto;
  proto.integer(1, model.ir_version).text(2, model.producer).message(7, graph);
  proto.message(8, Proto().text(1, "").integer(2, model.opset));
  return proto.bytes();
}

}  // namespace rowcast::test
