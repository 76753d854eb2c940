// An ONNX file as a value: nodes, tensors, shapes as they are declared. Meaning comes in graph.h.
//
// ONNX is protocol buffers (onnx.proto of the ONNX standard, IR versions 3 to 10); the few messages
// that a network needs are read here by their wire format, so that no protobuf runtime stands
// between a user and a network. Operator sets 7 to 20 of the default domain.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rowcast::onnx {

// TensorProto.DataType.
enum class Type : int {
  kUndefined = 0,
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kFloat16 = 10,
  kDouble = 11,
  kUint32 = 12,
  kUint64 = 13,
  kBfloat16 = 16,
};
// "float", "int64", ...; "type 17" for what is not above.
std::string to_string(Type type);
// float, float16, double and bfloat16; all of them are kept as float.
bool is_real(Type type);

using Dims = std::vector<int64_t>;
// Product of the sizes; -1 if one is negative or the product does not fit 2^40.
int64_t element_count(const Dims& dims);
// "3x48x192"; "scalar" without dimensions.
std::string to_string(const Dims& dims);

// Row-major. One of the two vectors holds the elements, the other is empty: `reals` where
// is_real(type), else `integers` (also booleans, as 0 and 1).
struct Tensor {
  Type type = Type::kUndefined;
  Dims dims;
  std::vector<float> reals;
  std::vector<int64_t> integers;

  int64_t size() const {
    return static_cast<int64_t>(is_real(type) ? reals.size() : integers.size());
  }
  friend bool operator==(const Tensor&, const Tensor&) = default;
};

// Graphs, type protos and sparse tensors as attributes are kept as Unsupported, with what they are.
struct Unsupported {
  std::string what;
  friend bool operator==(const Unsupported&, const Unsupported&) = default;
};
using Attribute = std::variant<float, int64_t, std::string, Tensor, std::vector<float>,
                               std::vector<int64_t>, std::vector<std::string>, Unsupported>;

struct Node {
  std::string name, op, domain;
  std::vector<std::string> inputs,
      outputs;  // names of values; "" where an optional one is left out
  std::map<std::string, Attribute, std::less<>> attributes;
  friend bool operator==(const Node&, const Node&) = default;
};

// A graph's input or output. An unknown size is -1: a batch, or what the exporter left open.
struct ValueInfo {
  std::string name;
  Type type = Type::kUndefined;
  Dims dims;
  bool has_dims = false;
  friend bool operator==(const ValueInfo&, const ValueInfo&) = default;
};

struct Model {
  int64_t ir_version = 0;
  int opset = 0;  // of the default domain
  std::string producer;
  std::string graph_name;
  std::vector<Node> nodes;  // in the file's order, which is topological
  std::map<std::string, Tensor, std::less<>> initialisers;
  std::vector<ValueInfo> inputs;  // initialisers are not among them
  std::vector<ValueInfo> outputs;
  std::map<std::string, std::string> files;  // external data that was read, by its location
  friend bool operator==(const Model&, const Model&) = default;
};

constexpr int kFirstOpset = 7, kLastOpset = 20;

// How messages call a node: "node 'conv1' (Conv)", by its first output where it has no name.
std::string described(const Node& node);

// `file` is how messages call the bytes, `folder` where external data is looked for (nowhere if
// empty; never outside of it). Throws InputError: "FILE: byte N: ..." for what is no protocol
// buffer, "FILE: ..." naming the tensor, node or version otherwise. What is allocated is bounded by
// the bytes given.
Model parse_model(std::string_view bytes, const std::string& file,
                  const std::filesystem::path& folder = {});
Model read_model(const std::filesystem::path& path);

}  // namespace rowcast::onnx
