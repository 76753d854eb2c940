// What a network does with each value by itself, between two operations that look at several:
// batch norms, biases, activations, hard-swish written as a product. Such chains become a layer's
// weights and bias, its clamps, or a table.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/onnx/model.h"

namespace rowcast {

// A function of one value, perhaps another one for each channel.
class Function {
 public:
  // An operand: the function's so far, or constants, one for all or one for each channel. An
  // operand that is left out has neither.
  struct Argument;

  Function() = default;  // every value is itself
  // An elementwise node of functions of the same value.
  Function(const onnx::Node& node, int opset, std::vector<Argument> arguments);

  bool is_identity() const { return root_ == leaf_; }
  // Its values times one positive factor for each channel; a Relu stays the last.
  Function times(const std::vector<float>& factors) const;
  // Of a tensor [channels][...].
  std::vector<float> operator()(std::span<const float> values, int64_t channels) const;

  // The same function of the same value: made by the same nodes.
  friend bool operator==(const Function& x, const Function& y) {
    return x.root_ == y.root_ && x.leaf_ == y.leaf_;
  }

  // A function as: each channel's a * value + b, then the rest.
  struct Affine {
    std::vector<double> a, b;
  };
  struct Parts;
  Parts parts(int64_t channels) const;

 private:
  struct Expression;
  using Pointer = std::shared_ptr<const Expression>;
  Pointer root_;
  Pointer leaf_;  // what stands for the value; null: the operand of the innermost nodes
};

struct Function::Argument {
  std::optional<Function> function{};
  std::optional<onnx::Tensor> constant{};
};

struct Function::Parts {
  Affine affine;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  Function rest;  // of a function that is no clamp; then low and high are infinite
};

}  // namespace rowcast
