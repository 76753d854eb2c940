#include <fmt/format.h>

#include <algorithm>

#include "sim/onnx/operators.h"

namespace rowcast::onnx {
namespace {

template <class T>
const T* attribute_as(const Operands& operands, std::string_view name, const char* wanted) {
  const Attribute* attribute = operands.attribute(name);
  if (!attribute) return nullptr;
  const T* value = std::get_if<T>(attribute);
  if (!value) throw NodeError(fmt::format("attribute {}: {} is needed", name, wanted));
  return value;
}

}  // namespace

const Value& Operands::operator[](size_t i) const {
  if (!has(i)) throw NodeError(fmt::format("input {} is left out, it is needed", i + 1));
  return *inputs_[i];
}

bool Operands::all_constant() const {
  return std::ranges::all_of(inputs_, [](const Value* v) { return !v || v->constant; });
}

const Attribute* Operands::attribute(std::string_view name) const {
  const auto it = node_.attributes.find(name);
  return it == node_.attributes.end() ? nullptr : &it->second;
}

int64_t Operands::integer(std::string_view name, int64_t otherwise) const {
  const auto* value = attribute_as<int64_t>(*this, name, "an integer");
  return value ? *value : otherwise;
}

float Operands::real(std::string_view name, float otherwise) const {
  const auto* value = attribute_as<float>(*this, name, "a number");
  return value ? *value : otherwise;
}

std::string Operands::text(std::string_view name, std::string otherwise) const {
  const auto* value = attribute_as<std::string>(*this, name, "a text");
  return value ? *value : otherwise;
}

std::optional<std::vector<int64_t>> Operands::integers(std::string_view name) const {
  const auto* values = attribute_as<std::vector<int64_t>>(*this, name, "a list of integers");
  return values ? std::optional(*values) : std::nullopt;
}

std::optional<std::vector<float>> Operands::reals(std::string_view name) const {
  const auto* values = attribute_as<std::vector<float>>(*this, name, "a list of numbers");
  return values ? std::optional(*values) : std::nullopt;
}

std::optional<std::vector<int64_t>> Operands::integers(std::string_view name, size_t input) const {
  if (auto values = integers(name)) return values;
  return has(input) ? std::optional(constant_integers(input)) : std::nullopt;
}

std::optional<std::vector<float>> Operands::reals(std::string_view name, size_t input) const {
  if (auto values = reals(name)) return values;
  return has(input) ? std::optional(constant_reals(input)) : std::nullopt;
}

std::vector<int64_t> Operands::constant_integers(size_t input) const {
  const Value& value = (*this)[input];
  if (!value.constant || is_real(value.type))
    throw NodeError(
        fmt::format("input {} ('{}'): constant integers are needed", input + 1, value.name));
  return value.constant->integers;
}

std::vector<float> Operands::constant_reals(size_t input) const {
  const Value& value = (*this)[input];
  if (!value.constant || !is_real(value.type))
    throw NodeError(
        fmt::format("input {} ('{}'): constant numbers are needed", input + 1, value.name));
  return value.constant->reals;
}

int axis_of(int64_t axis, size_t rank) {
  const auto size = static_cast<int64_t>(rank);
  if (axis < -size || axis >= size)
    throw NodeError(fmt::format("axis {} of a tensor of {} dimensions, allowed are {} to {}", axis,
                                rank, -size, size - 1));
  return static_cast<int>(axis < 0 ? axis + size : axis);
}

Operands operands_of(const Graph& graph, const Operation& operation) {
  std::vector<const Value*> inputs;
  for (const int input : operation.inputs)
    inputs.push_back(input < 0 ? nullptr : &graph.values[input]);
  return {operation.node, std::move(inputs), graph.opset};
}

std::vector<bool> reduced_axes(const Operands& o) {
  const auto axes = o.integers("axes", 1);
  const size_t rank = o[0].dims.size();
  const bool none_given = !axes || axes->empty();
  const bool none = axes && axes->empty() && o.integer("noop_with_empty_axes", 0) != 0;
  std::vector<bool> reduced(rank, none_given && !none);
  if (axes)
    for (const int64_t axis : *axes) reduced[axis_of(axis, rank)] = true;
  return reduced;
}

}  // namespace rowcast::onnx
