#include "sim/import/function.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>

#include "sim/onnx/operators.h"

namespace rowcast {
namespace {

// Constants of an elementwise operand, in the shape in which they meet [1][channels][values].
onnx::Tensor for_channels(onnx::Tensor constant) {
  const int64_t size = constant.size();
  constant.dims = size == 1 ? onnx::Dims{} : onnx::Dims{1, size, 1};
  return constant;
}

onnx::Tensor scalar(float value) { return {onnx::Type::kFloat, {}, {value}, {}}; }

onnx::Node node_of(const char* op) {
  onnx::Node node;
  node.op = op;
  node.outputs = {"y"};
  return node;
}

}  // namespace

struct Function::Expression {
  onnx::Node node;
  int opset = 0;
  struct Operand {
    bool value = false;  // the function's own operand
    Pointer expression{};
    std::optional<onnx::Tensor> constant{};
  };
  std::vector<Operand> operands;

  bool is(std::string_view op) const { return node.op == op; }

  static onnx::Tensor evaluate(const Pointer& at, const Pointer& leaf, const onnx::Tensor& value,
                               std::map<const Expression*, onnx::Tensor>& known) {
    if (at == leaf) return value;
    if (const auto it = known.find(at.get()); it != known.end()) return it->second;
    std::vector<onnx::Value> values(at->operands.size());
    std::vector<const onnx::Value*> operands(values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      const Operand& operand = at->operands[i];
      if (!operand.value && !operand.expression && !operand.constant) continue;
      onnx::Tensor tensor = operand.constant ? *operand.constant
                            : operand.value  ? value
                                             : evaluate(operand.expression, leaf, value, known);
      values[i] = {"", tensor.type, tensor.dims, std::move(tensor)};
      operands[i] = &values[i];
    }
    const onnx::Operands all(at->node, operands, at->opset);
    const onnx::Operator* row = onnx::find_operator(at->node.op);
    onnx::Tensor result = row->evaluate(all, row->infer(all)).front();
    known.emplace(at.get(), result);
    return result;
  }

  // Whether the value is met without passing through `gate`.
  static bool reaches_value(const Pointer& at, const Pointer& gate, const Pointer& leaf) {
    if (at == gate) return false;
    if (at == leaf) return true;
    return std::ranges::any_of(at->operands, [&](const Operand& operand) {
      return operand.value || (operand.expression && reaches_value(operand.expression, gate, leaf));
    });
  }

  // at as a * value + b.
  static std::optional<Affine> affine(const Pointer& at, const Pointer& leaf, size_t channels) {
    const Affine same{std::vector<double>(channels, 1.0), std::vector<double>(channels, 0.0)};
    if (at == leaf) return same;
    const auto of = [&](const Operand& operand) -> std::optional<Affine> {
      if (operand.value) return same;
      return operand.expression ? affine(operand.expression, leaf, channels) : std::nullopt;
    };
    const auto constant = [&](const Operand& operand, size_t c) {
      const std::vector<float>& reals = operand.constant->reals;
      return static_cast<double>(reals.size() == 1 ? reals[0] : reals[c]);
    };
    if (at->is("Identity") || at->is("Dropout")) return of(at->operands[0]);
    if (at->is("Neg")) {
      std::optional<Affine> result = of(at->operands[0]);
      for (size_t c = 0; result && c < channels; ++c)
        result->a[c] = -result->a[c], result->b[c] = -result->b[c];
      return result;
    }
    if (at->is("BatchNormalization")) {
      std::optional<Affine> result = of(at->operands[0]);
      const auto* epsilon = at->node.attributes.contains("epsilon")
                                ? std::get_if<float>(&at->node.attributes.at("epsilon"))
                                : nullptr;
      for (size_t c = 0; result && c < channels; ++c) {
        const double by = constant(at->operands[1], c) /
                          std::sqrt(constant(at->operands[4], c) + (epsilon ? *epsilon : 1e-5f));
        result->b[c] =
            (result->b[c] - constant(at->operands[3], c)) * by + constant(at->operands[2], c);
        result->a[c] *= by;
      }
      return result;
    }
    const bool sum = at->is("Add") || at->is("Sub"), product = at->is("Mul"), ratio = at->is("Div");
    if (!sum && !product && !ratio) return std::nullopt;
    const bool left = !at->operands[0].constant;  // the operand that is no constant
    const Operand &first = at->operands[left ? 0 : 1], &second = at->operands[left ? 1 : 0];
    if (!second.constant || first.constant || (ratio && !left)) return std::nullopt;
    std::optional<Affine> result = of(first);
    for (size_t c = 0; result && c < channels; ++c) {
      const double by = constant(second, c);
      double &a = result->a[c], &b = result->b[c];
      if (product) a *= by, b *= by;
      if (ratio) a /= by, b /= by;
      if (at->is("Add")) b += by;
      if (at->is("Sub")) b = left ? b - by : by - b, a = left ? a : -a;
    }
    return result;
  }

  // The innermost nodes first.
  static void collect(const Pointer& at, const Pointer& leaf, std::vector<Pointer>& all) {
    if (at == leaf || std::ranges::find(all, at) != all.end()) return;
    for (const Operand& operand : at->operands)
      if (operand.expression) collect(operand.expression, leaf, all);
    all.push_back(at);
  }
};

Function::Function(const onnx::Node& node, int opset, std::vector<Argument> arguments) {
  const auto operand_of = [](Argument& argument) {
    Expression::Operand operand;
    if (argument.function) {
      operand.expression = argument.function->root_;
      operand.value = !operand.expression;
    }
    operand.constant = std::move(argument.constant);
    return operand;
  };
  const auto number = [&](const char* name, float otherwise) {
    const auto it = node.attributes.find(name);
    const float* value = it == node.attributes.end() ? nullptr : std::get_if<float>(&it->second);
    return value ? *value : otherwise;
  };
  if (node.op == "HardSigmoid") {  // a product, a sum and a clamp
    const auto made = [](const char* op, Expression::Operand x, std::vector<float> constants) {
      Expression expression{node_of(op), 13, {std::move(x)}};
      for (const float constant : constants)
        expression.operands.push_back({.constant = scalar(constant)});
      return std::make_shared<const Expression>(std::move(expression));
    };
    const Pointer product = made("Mul", operand_of(arguments[0]), {number("alpha", 0.2f)});
    const Pointer sum = made("Add", {.expression = product}, {number("beta", 0.5f)});
    root_ = made("Clip", {.expression = sum}, {0.0f, 1.0f});
    return;
  }
  Expression expression{node, opset, {}};
  for (size_t i = 0; i < arguments.size(); ++i) {
    Expression::Operand operand = operand_of(arguments[i]);
    if (operand.constant && node.op != "BatchNormalization" && node.op != "Clip")
      operand.constant = for_channels(std::move(*operand.constant));
    expression.operands.push_back(std::move(operand));
  }
  root_ = std::make_shared<const Expression>(std::move(expression));
}

Function Function::times(const std::vector<float>& factors) const {
  if (root_ && root_ != leaf_ && root_->is("Relu")) {
    Function inner;
    inner.root_ = root_->operands[0].expression;
    inner.leaf_ = leaf_;
    return Function(root_->node, root_->opset, {{.function = inner.times(factors)}});
  }
  onnx::Tensor constant{onnx::Type::kFloat, {static_cast<int64_t>(factors.size())}, factors, {}};
  return Function(node_of("Mul"), 13, {{.function = *this}, {.constant = std::move(constant)}});
}

std::vector<float> Function::operator()(std::span<const float> values, int64_t channels) const {
  const onnx::Tensor tensor{onnx::Type::kFloat,
                            {1, channels, static_cast<int64_t>(values.size()) / channels},
                            {values.begin(), values.end()},
                            {}};
  std::map<const Expression*, onnx::Tensor> known;
  return Expression::evaluate(root_, leaf_, tensor, known).reals;
}

Function::Parts Function::parts(int64_t count) const {
  const auto channels = static_cast<size_t>(count);
  Parts parts;
  parts.affine = *Expression::affine(leaf_, leaf_, channels);
  if (is_identity()) return parts;
  // The largest affine part that everything else goes through.
  std::vector<Pointer> nodes;
  Expression::collect(root_, leaf_, nodes);
  Pointer gate = leaf_;
  for (const Pointer& node : nodes)
    if (!Expression::reaches_value(root_, node, leaf_))
      if (auto affine = Expression::affine(node, leaf_, channels)) {
        parts.affine = std::move(*affine);
        gate = node;
      }
  // What follows, from the outside in, while it is clamps.
  Pointer at = root_;
  const auto bound = [](const Expression::Operand& operand) {
    return operand.constant && operand.constant->size() == 1
               ? std::optional<double>(operand.constant->reals[0])
               : std::nullopt;
  };
  while (at != gate) {
    const Expression& node = *at;
    double low = -std::numeric_limits<double>::infinity(), high = -low;
    size_t argument = 0;
    if (node.is("Relu")) {
      low = 0;
    } else if (node.is("Clip")) {
      for (const auto& [name, index, limit] :
           {std::tuple("min", size_t{1}, &low), {"max", size_t{2}, &high}}) {
        const auto it = node.node.attributes.find(name);
        if (it != node.node.attributes.end())
          if (const float* value = std::get_if<float>(&it->second)) *limit = *value;
        if (index < node.operands.size() && node.operands[index].constant)
          *limit = *bound(node.operands[index]);
      }
    } else if ((node.is("Min") || node.is("Max")) && node.operands.size() == 2) {
      argument = node.operands[0].constant ? 1 : 0;
      const auto limit = bound(node.operands[1 - argument]);
      if (!limit) break;
      (node.is("Max") ? low : high) = *limit;
    } else {
      break;
    }
    // An outer clamp limits what the inner ones give.
    parts.low = std::clamp(low, parts.low, parts.high);
    parts.high = std::clamp(high, parts.low, parts.high);
    at = node.operands[argument].value ? leaf_ : node.operands[argument].expression;
  }
  if (at == gate) return parts;
  parts.low = -std::numeric_limits<double>::infinity();
  parts.high = -parts.low;
  parts.rest.root_ = root_;
  parts.rest.leaf_ = gate;
  return parts;
}

}  // namespace rowcast
