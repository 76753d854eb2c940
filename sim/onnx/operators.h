// What is known of the operators: shapes of their results, and the results where operands are
// constant.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sim/onnx/graph.h"

namespace rowcast::onnx {

// What is wrong with a node: "input 1: ..., allowed ...". resolve() adds file and node.
struct NodeError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A node and its operands.
class Operands {
 public:
  Operands(const Node& node, std::vector<const Value*> inputs, int opset)
      : node_(node), inputs_(std::move(inputs)), opset_(opset) {}

  int opset() const { return opset_; }
  const Node& node() const { return node_; }
  size_t count() const { return inputs_.size(); }
  bool has(size_t i) const { return i < inputs_.size() && inputs_[i]; }
  // Throws NodeError if it is left out.
  const Value& operator[](size_t i) const;
  bool all_constant() const;

  // Attributes, with the operator's default. Throw NodeError where the type is another.
  int64_t integer(std::string_view name, int64_t otherwise) const;
  float real(std::string_view name, float otherwise) const;
  std::string text(std::string_view name, std::string otherwise) const;
  std::optional<std::vector<int64_t>> integers(std::string_view name) const;
  std::optional<std::vector<float>> reals(std::string_view name) const;
  const Attribute* attribute(std::string_view name) const;

  // What older operator sets have as an attribute and newer ones as an input that must be constant.
  // Nothing where neither is there.
  std::optional<std::vector<int64_t>> integers(std::string_view name, size_t input) const;
  std::optional<std::vector<float>> reals(std::string_view name, size_t input) const;
  // The constant elements of an input. Throw NodeError if they are not.
  std::vector<int64_t> constant_integers(size_t input) const;
  std::vector<float> constant_reals(size_t input) const;

 private:
  const Node& node_;
  std::vector<const Value*> inputs_;
  int opset_;
};

// Of an operation of a graph, which outlives them.
Operands operands_of(const Graph& graph, const Operation& operation);

// An axis from -rank to rank - 1, as 0 to rank - 1. Throws NodeError.
int axis_of(int64_t axis, size_t rank);

// Of each axis of a reduction's operand, whether it is reduced. Throws NodeError.
std::vector<bool> reduced_axes(const Operands& operands);

// Type and shape of a result.
struct Result {
  Type type;
  Dims dims;
};

// One row of the table of operators.
struct Operator {
  std::string_view name;
  size_t least_inputs, most_inputs;
  std::vector<Result> (*infer)(const Operands&);
  // The results, of infer()'s types and shapes; all operands must be constant.
  std::vector<Tensor> (*evaluate)(const Operands&, const std::vector<Result>&);
  // The result depends on the shapes of the operands alone.
  bool of_shapes = false;
};
const Operator* find_operator(std::string_view name);
// Of the default domain, sorted, as messages list them.
std::string operator_names();

// Takes every operand by itself, element by element: Relu, Mul, BatchNormalization, ...
bool is_elementwise(std::string_view op);

// Windows of Conv, ConvTranspose and pools along the image's axes.
struct Windows {
  std::vector<int64_t> kernel, strides, dilations, pads_begin, pads_end;
};
// `kernel` where no attribute says it; `sizes` are the image's, for auto_pad. Throws NodeError.
Windows windows_of(const Operands& operands, std::vector<int64_t> kernel, const Dims& sizes);

// The most elements that one result of folding may have.
constexpr int64_t kMaxFolded = int64_t{1} << 26;

}  // namespace rowcast::onnx
