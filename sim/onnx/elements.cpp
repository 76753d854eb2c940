#include "sim/onnx/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace rowcast::onnx {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw NodeError(what); }

const Tensor& constant(const Operands& o, size_t i) {
  if (!o[i].constant)
    refuse(fmt::format("input {} ('{}'): a constant is needed", i + 1, o[i].name));
  return *o[i].constant;
}

Tensor empty_like(const Result& result) { return {result.type, result.dims, {}, {}}; }

// Calls `visit` with every index of the shape in row-major order.
template <class Visit>
void for_each_index(const Dims& dims, Visit visit) {
  const int64_t count = element_count(dims);
  Dims index(dims.size(), 0);
  for (int64_t i = 0; i < count; ++i) {
    visit(index);
    for (size_t axis = dims.size(); axis-- > 0;) {
      if (++index[axis] < dims[axis]) break;
      index[axis] = 0;
    }
  }
}

int64_t dot(const Dims& index, const Dims& strides) {
  int64_t sum = 0;
  for (size_t i = 0; i < index.size(); ++i) sum += index[i] * strides[i];
  return sum;
}

void append(Tensor& to, const Tensor& from, int64_t element) {
  if (is_real(to.type))
    to.reals.push_back(from.reals[element]);
  else
    to.integers.push_back(from.integers[element]);
}

// Elements of the operand from where `source` says, for every index of the result.
template <class Source>
Tensor moved(const Tensor& operand, const Result& result, Source source) {
  Tensor tensor = empty_like(result);
  for_each_index(result.dims, [&](const Dims& index) { append(tensor, operand, source(index)); });
  return tensor;
}

int64_t wrapped(double value) {
  return value >= -9.2e18 && value <= 9.2e18 ? static_cast<int64_t>(value) : 0;
}

// Two's complement, as C++ does not promise for signed numbers.
int64_t add(int64_t a, int64_t b) { return static_cast<int64_t>(uint64_t(a) + uint64_t(b)); }
int64_t negative(int64_t a) { return static_cast<int64_t>(0 - uint64_t(a)); }
int64_t multiply(int64_t a, int64_t b) { return static_cast<int64_t>(uint64_t(a) * uint64_t(b)); }
int64_t divide(int64_t a, int64_t b) {
  if (b == 0) refuse("an integer is divided by 0");
  return b == -1 ? negative(a) : a / b;
}

using RealUnary = double (*)(double);
using RealBinary = double (*)(double, double);
using IntegerUnary = int64_t (*)(int64_t);
using IntegerBinary = int64_t (*)(int64_t, int64_t);

// One operator on numbers and on integers; nullptr: not on these.
struct UnaryRow {
  std::string_view op;
  RealUnary reals;
  IntegerUnary integers;
};
constexpr UnaryRow kUnary[] = {
    {"Abs", [](double a) { return std::fabs(a); },
     [](int64_t a) { return a < 0 ? negative(a) : a; }},
    {"Ceil", [](double a) { return std::ceil(a); }, nullptr},
    {"Exp", [](double a) { return std::exp(a); }, nullptr},
    {"Floor", [](double a) { return std::floor(a); }, nullptr},
    {"Log", [](double a) { return std::log(a); }, nullptr},
    {"Neg", [](double a) { return -a; }, [](int64_t a) { return negative(a); }},
    {"Not", nullptr, [](int64_t a) { return int64_t{a == 0}; }},
    {"Reciprocal", [](double a) { return 1 / a; }, nullptr},
    {"Relu", [](double a) { return a > 0 ? a : 0.0; },
     [](int64_t a) { return a > 0 ? a : int64_t{0}; }},
    {"Sigmoid", [](double a) { return 1 / (1 + std::exp(-a)); }, nullptr},
    {"Sqrt", [](double a) { return std::sqrt(a); }, nullptr},
    {"Tanh", [](double a) { return std::tanh(a); }, nullptr},
};

struct BinaryRow {
  std::string_view op;
  RealBinary reals;
  IntegerBinary integers;
};
constexpr BinaryRow kBinary[] = {
    {"Add", [](double a, double b) { return a + b; }, add},
    {"And", nullptr, [](int64_t a, int64_t b) { return int64_t{a && b}; }},
    {"Div", [](double a, double b) { return a / b; }, divide},
    {"Equal", [](double a, double b) { return double(a == b); },
     [](int64_t a, int64_t b) { return int64_t{a == b}; }},
    {"Greater", [](double a, double b) { return double(a > b); },
     [](int64_t a, int64_t b) { return int64_t{a > b}; }},
    {"Less", [](double a, double b) { return double(a < b); },
     [](int64_t a, int64_t b) { return int64_t{a < b}; }},
    {"Max", [](double a, double b) { return a > b ? a : b; },
     [](int64_t a, int64_t b) { return a > b ? a : b; }},
    {"Min", [](double a, double b) { return a < b ? a : b; },
     [](int64_t a, int64_t b) { return a < b ? a : b; }},
    {"Mul", [](double a, double b) { return a * b; }, multiply},
    {"Or", nullptr, [](int64_t a, int64_t b) { return int64_t{a || b}; }},
    {"Pow", [](double a, double b) { return std::pow(a, b); },
     [](int64_t a, int64_t b) {
       return wrapped(std::pow(static_cast<double>(a), static_cast<double>(b)));
     }},
    {"Sub", [](double a, double b) { return a - b; },
     [](int64_t a, int64_t b) { return add(a, negative(b)); }},
};

template <class Row, size_t N>
const Row& row_of(const Row (&rows)[N], std::string_view op, Type type) {
  const Row& row = *std::ranges::find(rows, op, &Row::op);
  if (is_real(type) ? !row.reals : !row.integers)
    refuse(fmt::format("{} can not be taken of {}", op, to_string(type)));
  return row;
}

// To the bits of an integer type.
int64_t narrowed(int64_t value, Type type) {
  switch (type) {
    case Type::kBool:
      return value != 0;
    case Type::kInt8:
      return static_cast<int8_t>(value);
    case Type::kUint8:
      return static_cast<uint8_t>(value);
    case Type::kInt16:
      return static_cast<int16_t>(value);
    case Type::kUint16:
      return static_cast<uint16_t>(value);
    case Type::kInt32:
      return static_cast<int32_t>(value);
    case Type::kUint32:
      return static_cast<uint32_t>(value);
    default:
      return value;
  }
}

// Two operands, broadcast; `result` has their type, or is bool.
Tensor combine(std::string_view op, const Tensor& a, const Tensor& b, const Result& result) {
  const BinaryRow& row = row_of(kBinary, op, a.type);
  const Dims at_a = broadcast_strides(a.dims, result.dims.size());
  const Dims at_b = broadcast_strides(b.dims, result.dims.size());
  Tensor tensor = empty_like(result);
  for_each_index(result.dims, [&](const Dims& index) {
    const int64_t i = dot(index, at_a), j = dot(index, at_b);
    if (is_real(a.type)) {
      const double value =
          row.reals(a.reals[i], is_real(b.type) ? b.reals[j] : static_cast<double>(b.integers[j]));
      if (is_real(result.type))
        tensor.reals.push_back(static_cast<float>(value));
      else
        tensor.integers.push_back(value != 0);
    } else {
      const int64_t second = is_real(b.type) ? wrapped(b.reals[j]) : b.integers[j];
      tensor.integers.push_back(narrowed(row.integers(a.integers[i], second), result.type));
    }
  });
  return tensor;
}

}  // namespace

Dims strides_of(const Dims& dims) {
  Dims strides(dims.size(), 1);
  for (size_t i = dims.size(); i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  return strides;
}

Dims broadcast_strides(const Dims& dims, size_t rank) {
  const Dims own = strides_of(dims);
  Dims strides(rank, 0);
  for (size_t i = 0; i < dims.size(); ++i)
    if (dims[i] != 1) strides[rank - dims.size() + i] = own[i];
  return strides;
}

Tensors evaluate_constant(const Operands& o, const std::vector<Result>&) {
  if (const Attribute* value = o.attribute("value")) {
    if (const Tensor* tensor = std::get_if<Tensor>(value)) return {*tensor};
  } else if (const Attribute* value = o.attribute("value_float")) {
    if (const float* real = std::get_if<float>(value)) return {{Type::kFloat, {}, {*real}, {}}};
  } else if (const Attribute* value = o.attribute("value_int")) {
    if (const int64_t* integer = std::get_if<int64_t>(value))
      return {{Type::kInt64, {}, {}, {*integer}}};
  } else if (const auto reals = o.reals("value_floats")) {
    return {{Type::kFloat, {static_cast<int64_t>(reals->size())}, *reals, {}}};
  } else if (const auto integers = o.integers("value_ints")) {
    return {{Type::kInt64, {static_cast<int64_t>(integers->size())}, {}, *integers}};
  }
  refuse("a value of numbers is needed");
}

Tensors evaluate_shape(const Operands& o, const std::vector<Result>&) {
  const auto rank = static_cast<int64_t>(o[0].dims.size());
  const auto place = [&](int64_t at) {
    return std::clamp(at < 0 ? at + rank : at, int64_t{0}, rank);
  };
  const int64_t start = place(o.integer("start", 0)), end = place(o.integer("end", rank));
  const Dims part(o[0].dims.begin() + start, o[0].dims.begin() + std::max(start, end));
  return {{Type::kInt64, {static_cast<int64_t>(part.size())}, {}, part}};
}

Tensors evaluate_size(const Operands& o, const std::vector<Result>&) {
  return {{Type::kInt64, {}, {}, {element_count(o[0].dims)}}};
}

Tensors evaluate_same_elements(const Operands& o, const std::vector<Result>& results) {
  Tensor tensor = constant(o, 0);
  tensor.dims = results[0].dims;
  return {tensor};
}

Tensors evaluate_cast(const Operands& o, const std::vector<Result>& results) {
  const Tensor& from = constant(o, 0);
  Tensor to = empty_like(results[0]);
  for (int64_t i = 0; i < from.size(); ++i) {
    if (is_real(to.type))
      to.reals.push_back(is_real(from.type) ? from.reals[i] : static_cast<float>(from.integers[i]));
    else if (to.type == Type::kBool)
      to.integers.push_back(is_real(from.type) ? from.reals[i] != 0 : from.integers[i] != 0);
    else
      to.integers.push_back(
          narrowed(is_real(from.type) ? wrapped(from.reals[i]) : from.integers[i], to.type));
  }
  return {to};
}

Tensors evaluate_constant_of_shape(const Operands& o, const std::vector<Result>& results) {
  Tensor tensor = empty_like(results[0]);
  const Attribute* value = o.attribute("value");
  const Tensor* given = value ? std::get_if<Tensor>(value) : nullptr;
  const auto count = static_cast<size_t>(element_count(tensor.dims));
  if (is_real(tensor.type))
    tensor.reals.assign(count, given ? given->reals[0] : 0.0f);
  else
    tensor.integers.assign(count, given->integers[0]);
  return {tensor};
}

Tensors evaluate_unary(const Operands& o, const std::vector<Result>& results) {
  const Tensor& from = constant(o, 0);
  const UnaryRow& row = row_of(kUnary, o.node().op, from.type);
  Tensor to = empty_like(results[0]);
  for (const float value : from.reals) to.reals.push_back(static_cast<float>(row.reals(value)));
  for (const int64_t value : from.integers)
    to.integers.push_back(narrowed(row.integers(value), to.type));
  return {to};
}

// Clip's bounds are attributes up to operator set 10, inputs later.
Tensors evaluate_activation(const Operands& o, const std::vector<Result>& results) {
  const std::string& op = o.node().op;
  const auto bound = [&](const char* name, size_t input, float otherwise) {
    return o.has(input) ? o.constant_reals(input).at(0) : o.real(name, otherwise);
  };
  const float low = bound("min", 1, -INFINITY), high = bound("max", 2, INFINITY);
  const float alpha = o.real("alpha", op == "HardSigmoid" ? 0.2f
                                      : op == "HardSwish" ? 1.0f / 6
                                                          : 0.01f);
  const float beta = o.real("beta", 0.5f);
  Tensor to = empty_like(results[0]);
  if (!is_real(to.type)) refuse(fmt::format("{} can not be taken of {}", op, to_string(to.type)));
  for (const float x : constant(o, 0).reals) {
    const float hard = std::clamp(alpha * x + beta, 0.0f, 1.0f);
    to.reals.push_back(op == "Clip"          ? std::min(std::max(x, low), high)
                       : op == "HardSigmoid" ? hard
                       : op == "HardSwish"   ? x * hard
                       : x < 0               ? alpha * x  // LeakyRelu
                                             : x);
  }
  return {to};
}

Tensors evaluate_prelu(const Operands& o, const std::vector<Result>& results) {
  const Tensor &x = constant(o, 0), &slope = constant(o, 1);
  if (!is_real(x.type) || !is_real(slope.type)) refuse("numbers are needed");
  const Dims at = strides_of(x.dims), at_slope = broadcast_strides(slope.dims, x.dims.size());
  Tensor to = empty_like(results[0]);
  for_each_index(x.dims, [&](const Dims& index) {
    const float value = x.reals[dot(index, at)];
    to.reals.push_back(value < 0 ? value * slope.reals[dot(index, at_slope)] : value);
  });
  return {to};
}

Tensors evaluate_binary(const Operands& o, const std::vector<Result>& results) {
  const std::string& op = o.node().op;
  Tensor tensor = constant(o, 0);
  if (o.count() == 2) return {combine(op, tensor, constant(o, 1), results[0])};
  for (size_t i = 1; i < o.count(); ++i) {  // Max and Min of any number
    const Tensor& next = constant(o, i);
    const size_t rank = results[0].dims.size();
    Dims dims(rank, 1);
    for (const Dims& part : {tensor.dims, next.dims})
      for (size_t k = 0; k < part.size(); ++k)
        dims[rank - part.size() + k] = std::max(dims[rank - part.size() + k], part[k]);
    tensor = combine(op, tensor, next, {tensor.type, dims});
  }
  return {tensor};
}

Tensors evaluate_where(const Operands& o, const std::vector<Result>& results) {
  const Tensor &condition = constant(o, 0), &yes = constant(o, 1), &no = constant(o, 2);
  const size_t rank = results[0].dims.size();
  const Dims at = broadcast_strides(condition.dims, rank),
             at_yes = broadcast_strides(yes.dims, rank), at_no = broadcast_strides(no.dims, rank);
  Tensor tensor = empty_like(results[0]);
  for_each_index(results[0].dims, [&](const Dims& index) {
    if (condition.integers[dot(index, at)])
      append(tensor, yes, dot(index, at_yes));
    else
      append(tensor, no, dot(index, at_no));
  });
  return {tensor};
}

Tensors evaluate_expand(const Operands& o, const std::vector<Result>& results) {
  const Dims strides = broadcast_strides(o[0].dims, results[0].dims.size());
  return {
      moved(constant(o, 0), results[0], [&](const Dims& index) { return dot(index, strides); })};
}

Tensors evaluate_gather(const Operands& o, const std::vector<Result>& results) {
  const Tensor& indices = constant(o, 1);
  const int axis = axis_of(o.integer("axis", 0), o[0].dims.size());
  const int64_t size = o[0].dims[axis];
  const Dims strides = strides_of(o[0].dims), index_strides = strides_of(indices.dims);
  const size_t index_rank = indices.dims.size();
  return {moved(constant(o, 0), results[0], [&](const Dims& index) {
    int64_t from = 0;
    for (int i = 0; i < axis; ++i) from += index[i] * strides[i];
    for (size_t i = axis + index_rank; i < index.size(); ++i)
      from += index[i] * strides[i - index_rank + 1];
    int64_t place = 0;
    for (size_t i = 0; i < index_rank; ++i) place += index[axis + i] * index_strides[i];
    const int64_t at = indices.integers[place];
    if (at < -size || at >= size) refuse(fmt::format("index {} of {} elements", at, size));
    return from + (at < 0 ? at + size : at) * strides[axis];
  })};
}

Tensors evaluate_concat(const Operands& o, const std::vector<Result>& results) {
  const int axis = axis_of(o.integer("axis", 1), o[0].dims.size());
  const Dims& dims = results[0].dims;
  const int64_t before = element_count(Dims(dims.begin(), dims.begin() + axis));
  Tensor tensor = empty_like(results[0]);
  for (int64_t i = 0; i < before; ++i)
    for (size_t k = 0; k < o.count(); ++k) {
      const Tensor& part = constant(o, k);
      const int64_t run = part.size() / before;
      for (int64_t j = 0; j < run; ++j) append(tensor, part, i * run + j);
    }
  return {tensor};
}

std::vector<int> permutation_of(const Operands& o) {
  const size_t rank = o[0].dims.size();
  std::vector<int> order(rank);
  for (size_t i = 0; i < rank; ++i) order[i] = static_cast<int>(rank - 1 - i);
  const auto given = o.integers("perm");
  if (!given) return order;
  std::vector<bool> used(rank);
  if (given->size() != rank)
    refuse(fmt::format("perm: {} axes, {} are needed", given->size(), rank));
  for (size_t i = 0; i < rank; ++i) {
    order[i] = axis_of((*given)[i], rank);
    if (used[order[i]]) refuse(fmt::format("perm: axis {} is there twice", (*given)[i]));
    used[order[i]] = true;
  }
  return order;
}

std::vector<Slice> slices_of(const Operands& o) {
  const Dims& dims = o[0].dims;
  const auto starts = o.integers("starts", 1), ends = o.integers("ends", 2),
             axes = o.integers("axes", 3);
  const auto steps = o.has(4) ? std::optional(o.constant_integers(4)) : std::nullopt;
  if (!starts || !ends || starts->size() != ends->size() ||
      (axes && axes->size() != starts->size()) || (steps && steps->size() != starts->size()) ||
      starts->size() > dims.size())
    refuse("starts, ends, axes and steps of one length are needed");
  std::vector<Slice> parts;
  for (const int64_t size : dims) parts.push_back({0, 1, size});
  for (size_t i = 0; i < starts->size(); ++i) {
    const int axis = axis_of(axes ? (*axes)[i] : static_cast<int64_t>(i), dims.size());
    const int64_t size = dims[axis], step = steps ? (*steps)[i] : 1;
    if (step == 0 || step == INT64_MIN) refuse(fmt::format("a step of {} can not be", step));
    const auto place = [&](int64_t at, int64_t least, int64_t most) {
      return std::clamp(at < 0 ? at + size : at, least, most);
    };
    const int64_t first =
        step > 0 ? place((*starts)[i], 0, size) : place((*starts)[i], 0, size - 1);
    const int64_t end = step > 0 ? place((*ends)[i], 0, size) : place((*ends)[i], -1, size - 1);
    const int64_t room = step > 0 ? end - first : first - end;
    const int64_t stride = step > 0 ? step : -step;
    parts[axis] = {first, step, room <= 0 ? 0 : (room - 1) / stride + 1};
  }
  return parts;
}

std::vector<Slice> pads_of(const Operands& o) {
  const Dims& dims = o[0].dims;
  const auto pads = o.integers("pads", 1);
  const auto axes = o.has(3) ? std::optional(o.constant_integers(3)) : std::nullopt;
  const size_t count = axes ? axes->size() : dims.size();
  if (!pads || pads->size() != 2 * count)
    refuse(fmt::format("pads: {} numbers are needed", 2 * count));
  std::vector<Slice> parts;
  for (const int64_t size : dims) parts.push_back({0, 1, size});
  for (size_t i = 0; i < count; ++i) {
    const int axis = axis_of(axes ? (*axes)[i] : static_cast<int64_t>(i), dims.size());
    const int64_t begin = (*pads)[i], end = (*pads)[count + i];
    constexpr int64_t kMost = int64_t{1} << 31;
    if (std::llabs(begin) > kMost || std::llabs(end) > kMost || dims[axis] + begin + end < 1)
      refuse(fmt::format("pads: {} and {} around {} can not be", begin, end, dims[axis]));
    parts[axis] = {-begin, 1, dims[axis] + begin + end};
  }
  return parts;
}

Tensors evaluate_slice(const Operands& o, const std::vector<Result>& results) {
  const std::vector<Slice> parts = slices_of(o);
  const Dims strides = strides_of(o[0].dims);
  return {moved(constant(o, 0), results[0], [&](const Dims& index) {
    int64_t from = 0;
    for (size_t i = 0; i < parts.size(); ++i)
      from += (parts[i].first + index[i] * parts[i].step) * strides[i];
    return from;
  })};
}

// Constant: a value around; edge: the nearest element; reflect: mirrored at the outermost element.
Tensors evaluate_pad(const Operands& o, const std::vector<Result>& results) {
  const Tensor& from = constant(o, 0);
  const std::vector<Slice> parts = pads_of(o);
  const std::string mode = o.text("mode", "constant");
  Tensor around{from.type, {}, {o.real("value", 0)}, {0}};
  if (o.has(2)) around = constant(o, 2);
  if (around.type != from.type || around.size() != 1)
    refuse("one value of the image's type is needed");
  const Dims strides = strides_of(from.dims);
  Tensor to = empty_like(results[0]);
  for_each_index(to.dims, [&](const Dims& index) {
    int64_t at = 0;
    bool outside = false;
    for (size_t i = 0; i < parts.size(); ++i) {
      const int64_t size = from.dims[i];
      int64_t place = parts[i].first + index[i];
      if (mode == "reflect" && size > 1) {
        place = std::llabs(place) % (2 * (size - 1));
        if (place >= size) place = 2 * (size - 1) - place;
      } else if (mode != "constant") {
        place = std::clamp(place, int64_t{0}, size - 1);
      }
      outside = outside || place < 0 || place >= size;
      at += place * strides[i];
    }
    append(to, outside ? around : from, outside ? 0 : at);
  });
  return {to};
}

std::vector<int64_t> parts_of(const Operands& o, int axis) {
  const int64_t size = o[0].dims[axis];
  const auto outputs = static_cast<int64_t>(o.node().outputs.size());
  const int64_t count = o.integer("num_outputs", outputs);
  if (count < 1 || count != outputs)
    refuse(fmt::format("num_outputs: {}, the node has {}", count, outputs));
  if (auto parts = o.integers("split", 1)) {
    int64_t sum = 0;
    for (const int64_t part : *parts) {
      if (part < 0 || part > size) refuse(fmt::format("split: {} of {} can not be", part, size));
      sum += part;
    }
    if (sum != size || static_cast<int64_t>(parts->size()) != count)
      refuse(fmt::format("split: {} parts of {} elements, {} parts of {} are needed", parts->size(),
                         sum, count, size));
    return *parts;
  }
  const int64_t part = (size + count - 1) / count;
  std::vector<int64_t> parts(count, part);
  parts.back() = size - part * (count - 1);
  if (parts.back() < 0) refuse(fmt::format("{} elements can not be split into {}", size, count));
  return parts;
}

Tensors evaluate_split(const Operands& o, const std::vector<Result>& results) {
  const int axis = axis_of(o.integer("axis", 0), o[0].dims.size());
  const Dims strides = strides_of(o[0].dims);
  Tensors tensors;
  int64_t first = 0;
  for (const Result& result : results) {
    tensors.push_back(moved(constant(o, 0), result, [&](const Dims& index) {
      return dot(index, strides) + first * strides[axis];
    }));
    first += result.dims[axis];
  }
  return tensors;
}

Tensors evaluate_tile(const Operands& o, const std::vector<Result>& results) {
  const Dims strides = strides_of(o[0].dims);
  return {moved(constant(o, 0), results[0], [&](const Dims& index) {
    int64_t from = 0;
    for (size_t i = 0; i < index.size(); ++i) from += index[i] % o[0].dims[i] * strides[i];
    return from;
  })};
}

Tensors evaluate_transpose(const Operands& o, const std::vector<Result>& results) {
  const std::vector<int> order = permutation_of(o);
  const Dims strides = strides_of(o[0].dims);
  return {moved(constant(o, 0), results[0], [&](const Dims& index) {
    int64_t from = 0;
    for (size_t i = 0; i < index.size(); ++i) from += index[i] * strides[order[i]];
    return from;
  })};
}

int64_t range_count(const Operands& o) {
  double part[3];
  for (size_t i = 0; i < 3; ++i) {
    const Tensor& tensor = constant(o, i);
    if (tensor.size() != 1 || tensor.type != o[0].type)
      refuse("three numbers of one type are needed");
    part[i] = is_real(tensor.type) ? tensor.reals[0] : static_cast<double>(tensor.integers[0]);
  }
  const double count = std::max(0.0, std::ceil((part[1] - part[0]) / part[2]));
  if (!(count <= static_cast<double>(kMaxFolded))) refuse("the range does not end");
  return static_cast<int64_t>(count);
}

Tensors evaluate_range(const Operands& o, const std::vector<Result>& results) {
  Tensor tensor = empty_like(results[0]);
  const Tensor &start = constant(o, 0), &step = constant(o, 2);
  for (int64_t i = 0; i < results[0].dims[0]; ++i)
    if (is_real(tensor.type))
      tensor.reals.push_back(start.reals[0] + static_cast<float>(i) * step.reals[0]);
    else
      tensor.integers.push_back(add(start.integers[0], multiply(i, step.integers[0])));
  return {tensor};
}

}  // namespace rowcast::onnx
