#include "sim/onnx/operators.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sim/onnx/evaluate.h"

namespace rowcast::onnx {
namespace {

using Results = std::vector<Result>;
constexpr size_t kAny = std::numeric_limits<size_t>::max();
constexpr int64_t kMaxSize = int64_t{1} << 31;  // of a window, a stride, a pad

[[noreturn]] void refuse(const std::string& what) { throw NodeError(what); }

void need_rank(const Operands& o, size_t input, size_t rank) {
  if (o[input].dims.size() != rank)
    refuse(fmt::format("input {} ('{}') is {}, {} dimensions are needed", input + 1, o[input].name,
                       to_string(o[input].dims), rank));
}

Results same(const Operands& o) { return {{o[0].type, o[0].dims}}; }

// NumPy's broadcasting.
Dims broadcast(const Dims& a, const Dims& b) {
  Dims dims(std::max(a.size(), b.size()));
  for (size_t i = 0; i < dims.size(); ++i) {
    const int64_t x = i < dims.size() - a.size() ? 1 : a[i - (dims.size() - a.size())];
    const int64_t y = i < dims.size() - b.size() ? 1 : b[i - (dims.size() - b.size())];
    if (x != y && x != 1 && y != 1)
      refuse(fmt::format("shapes {} and {} do not go together", to_string(a), to_string(b)));
    dims[i] = x == 1 ? y : x;
  }
  return dims;
}

Results elementwise(const Operands& o) {
  Dims dims = o[0].dims;
  for (size_t i = 1; i < o.count(); ++i) {
    if (o[i].type != o[0].type)
      refuse(fmt::format("inputs of {} and {}, one type is needed", to_string(o[0].type),
                         to_string(o[i].type)));
    dims = broadcast(dims, o[i].dims);
  }
  return {{o[0].type, dims}};
}

Results compare(const Operands& o) { return {{Type::kBool, elementwise(o)[0].dims}}; }

Results where(const Operands& o) {
  if (o[0].type != Type::kBool || o[1].type != o[2].type)
    refuse("a condition of bool and two values of one type are needed");
  return {{o[1].type, broadcast(o[0].dims, broadcast(o[1].dims, o[2].dims))}};
}

Results power(const Operands& o) { return {{o[0].type, broadcast(o[0].dims, o[1].dims)}}; }

// ---------------------------------------------------------------- shapes and constants

Results constant(const Operands& o) {
  const std::vector<Tensor> tensors = evaluate_constant(o, {});
  return {{tensors[0].type, tensors[0].dims}};
}

Results cast(const Operands& o) {
  const int64_t to = o.integer("to", 0);
  if (to < 1 || to > 16 || to == 8 || to == 14 || to == 15)
    refuse(fmt::format("to: {} is no type that is supported", to));
  return {{static_cast<Type>(to), o[0].dims}};
}

Results shape(const Operands& o) {
  return {{Type::kInt64, {static_cast<int64_t>(evaluate_shape(o, {})[0].integers.size())}}};
}

Results size(const Operands&) { return {{Type::kInt64, {}}}; }

Results constant_of_shape(const Operands& o) {
  const Attribute* value = o.attribute("value");
  const Tensor* tensor = value ? std::get_if<Tensor>(value) : nullptr;
  if (value && (!tensor || tensor->size() != 1)) refuse("value: a tensor of one element is needed");
  return {{tensor ? tensor->type : Type::kFloat, o.constant_integers(0)}};
}

Results expand(const Operands& o) {
  return {{o[0].type, broadcast(o[0].dims, o.constant_integers(1))}};
}

Results gather(const Operands& o) {
  if (is_real(o[1].type)) refuse("indices: integers are needed");
  const int axis = axis_of(o.integer("axis", 0), o[0].dims.size());
  Dims dims(o[0].dims.begin(), o[0].dims.begin() + axis);
  dims.insert(dims.end(), o[1].dims.begin(), o[1].dims.end());
  dims.insert(dims.end(), o[0].dims.begin() + axis + 1, o[0].dims.end());
  return {{o[0].type, dims}};
}

Results unsqueeze(const Operands& o) {
  const auto axes = o.integers("axes", 1);
  if (!axes) refuse("axes are needed");
  const size_t rank = o[0].dims.size() + axes->size();
  std::vector<bool> is_new(rank);
  for (const int64_t axis : *axes) {
    const int at = axis_of(axis, rank);
    if (is_new[at]) refuse(fmt::format("axis {} is there twice", axis));
    is_new[at] = true;
  }
  Dims dims;
  size_t next = 0;
  for (size_t i = 0; i < rank; ++i) dims.push_back(is_new[i] ? 1 : o[0].dims[next++]);
  return {{o[0].type, dims}};
}

Results squeeze(const Operands& o) {
  const auto axes = o.integers("axes", 1);
  std::vector<bool> gone(o[0].dims.size());
  for (size_t i = 0; i < gone.size() && !axes; ++i) gone[i] = o[0].dims[i] == 1;
  if (axes)
    for (const int64_t axis : *axes) {
      const int at = axis_of(axis, gone.size());
      if (o[0].dims[at] != 1)
        refuse(fmt::format("axis {} of {} has a size of {}, 1 is needed", axis,
                           to_string(o[0].dims), o[0].dims[at]));
      gone[at] = true;
    }
  Dims dims;
  for (size_t i = 0; i < gone.size(); ++i)
    if (!gone[i]) dims.push_back(o[0].dims[i]);
  return {{o[0].type, dims}};
}

Results reshape(const Operands& o) {
  Dims dims = o.constant_integers(1);
  const bool allow_zero = o.integer("allowzero", 0) != 0;
  int64_t known = 1;
  int open = -1;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0 && !allow_zero) {
      if (i >= o[0].dims.size()) refuse(fmt::format("shape: 0 at place {} copies nothing", i + 1));
      dims[i] = o[0].dims[i];
    }
    if (dims[i] == -1) {
      if (open >= 0) refuse("shape: -1 is there twice");
      open = static_cast<int>(i);
    } else if (dims[i] < 0 || (known = element_count({known, dims[i]})) < 0) {
      refuse(fmt::format("shape: {} can not be", to_string(dims)));
    }
  }
  const int64_t count = element_count(o[0].dims);
  if (open >= 0) dims[open] = known == 0 ? 0 : count / known;
  if (element_count(dims) != count)
    refuse(fmt::format("{} elements can not be {}", count, to_string(dims)));
  return {{o[0].type, dims}};
}

Results flatten(const Operands& o) {
  const auto rank = static_cast<int64_t>(o[0].dims.size());
  int64_t axis = o.integer("axis", 1);
  if (axis < -rank || axis > rank) refuse(fmt::format("axis {} of {} dimensions", axis, rank));
  if (axis < 0) axis += rank;
  const auto middle = o[0].dims.begin() + axis;
  return {{o[0].type,
           {element_count(Dims(o[0].dims.begin(), middle)),
            element_count(Dims(middle, o[0].dims.end()))}}};
}

Results transpose(const Operands& o) {
  Dims dims;
  for (const int from : permutation_of(o)) dims.push_back(o[0].dims[from]);
  return {{o[0].type, dims}};
}

Results concat(const Operands& o) {
  const int axis = axis_of(o.integer("axis", 1), o[0].dims.size());
  Dims dims = o[0].dims;
  for (size_t i = 1; i < o.count(); ++i) {
    Dims others = dims;
    if (o[i].dims.size() == dims.size()) others[axis] = o[i].dims[axis];
    if (o[i].dims != others || o[i].type != o[0].type)
      refuse(fmt::format("input {} ('{}') of {} {} does not fit {} {} along axis {}", i + 1,
                         o[i].name, to_string(o[i].type), to_string(o[i].dims),
                         to_string(o[0].type), to_string(dims), axis));
    dims[axis] += others[axis];
  }
  return {{o[0].type, dims}};
}

Results slice(const Operands& o) {
  Dims dims;
  for (const Slice& part : slices_of(o)) dims.push_back(part.count);
  return {{o[0].type, dims}};
}

Results split(const Operands& o) {
  const int axis = axis_of(o.integer("axis", 0), o[0].dims.size());
  Results results;
  for (const int64_t part : parts_of(o, axis)) {
    Dims dims = o[0].dims;
    dims[axis] = part;
    results.push_back({o[0].type, dims});
  }
  return results;
}

Results tile(const Operands& o) {
  const std::vector<int64_t> repeats = o.constant_integers(1);
  Dims dims = o[0].dims;
  if (repeats.size() != dims.size()) refuse("repeats: one for each dimension is needed");
  for (size_t i = 0; i < dims.size(); ++i)
    if (repeats[i] < 0 || (dims[i] = element_count({dims[i], repeats[i]})) < 0)
      refuse(fmt::format("repeats: {} is not possible", repeats[i]));
  return {{o[0].type, dims}};
}

Results pad(const Operands& o) {
  if (const std::string mode = o.text("mode", "constant");
      mode != "constant" && mode != "edge" && mode != "reflect")
    refuse(fmt::format("mode: '{}' is not supported, allowed are constant, edge, reflect", mode));
  Dims dims;
  const std::vector<Slice> parts = pads_of(o);
  for (const Slice& part : parts) dims.push_back(part.count);
  return {{o[0].type, dims}};
}

Results range(const Operands& o) { return {{o[0].type, {range_count(o)}}}; }

// ---------------------------------------------------------------- layers

// Spatial sizes behind sliding windows.
void slide(const Windows& w, bool ceil, Dims& dims) {
  for (size_t i = 0; i < w.kernel.size(); ++i) {
    const int64_t span = (w.kernel[i] - 1) * w.dilations[i] + 1;
    const int64_t room = dims[i + 2] + w.pads_begin[i] + w.pads_end[i] - span;
    if (room < 0)
      refuse(fmt::format("a window of {} does not fit {} with pads of {} and {}", span, dims[i + 2],
                         w.pads_begin[i], w.pads_end[i]));
    int64_t count = room / w.strides[i] + 1;
    // The last window must begin in the image or in the pad in front of it.
    if (ceil && room % w.strides[i] != 0 && count * w.strides[i] < dims[i + 2] + w.pads_begin[i])
      ++count;
    dims[i + 2] = count;
  }
}

Results conv(const Operands& o) {
  const Dims &x = o[0].dims, &w = o[1].dims;
  if (x.size() < 3 || x.size() != w.size())
    refuse(fmt::format("an image of {} and weights of {} do not go together", to_string(x),
                       to_string(w)));
  const int64_t groups = o.integer("group", 1);
  if (groups < 1 || x[1] % groups != 0 || w[0] % groups != 0 || x[1] / groups != w[1])
    refuse(fmt::format("weights of {} do not fit {} channels in {} groups", to_string(w), x[1],
                       groups));
  if (o.has(2) && o[2].dims != Dims{w[0]})
    refuse(fmt::format("a bias of {}, {} are needed", to_string(o[2].dims), w[0]));
  Dims dims = x;
  dims[1] = w[0];
  slide(windows_of(o, Dims(w.begin() + 2, w.end()), x), false, dims);
  return {{o[0].type, dims}};
}

Results conv_transpose(const Operands& o) {
  const Dims &x = o[0].dims, &w = o[1].dims;
  if (x.size() < 3 || x.size() != w.size() || x[1] != w[0])
    refuse(fmt::format("an image of {} and weights of {} do not go together", to_string(x),
                       to_string(w)));
  const int64_t groups = o.integer("group", 1);
  if (groups < 1 || x[1] % groups != 0)
    refuse(fmt::format("{} channels in {} groups", x[1], groups));
  if (o.attribute("output_shape") || o.text("auto_pad", "NOTSET") != "NOTSET")
    refuse("output_shape and auto_pad are not supported, pads are");
  const Windows win = windows_of(o, Dims(w.begin() + 2, w.end()), x);
  const std::vector<int64_t> more =
      o.integers("output_padding").value_or(std::vector<int64_t>(win.kernel.size(), 0));
  if (more.size() != win.kernel.size() ||
      std::ranges::any_of(more, [](int64_t m) { return m < 0 || m > kMaxSize; }))
    refuse("output_padding: one number from 0 for each axis is needed");
  Dims dims = x;
  dims[1] = w[1] * groups;
  for (size_t i = 0; i < win.kernel.size(); ++i) {
    dims[i + 2] = (x[i + 2] - 1) * win.strides[i] + more[i] +
                  (win.kernel[i] - 1) * win.dilations[i] + 1 - win.pads_begin[i] - win.pads_end[i];
    if (dims[i + 2] < 1) refuse(fmt::format("a result of {} can not be", to_string(dims)));
  }
  return {{o[0].type, dims}};
}

Results pool(const Operands& o) {
  const auto kernel = o.integers("kernel_shape");
  if (!kernel) refuse("kernel_shape is needed");
  Dims dims = o[0].dims;
  if (dims.size() < 3) refuse(fmt::format("an image is needed, not {}", to_string(dims)));
  slide(windows_of(o, *kernel, dims), o.integer("ceil_mode", 0) != 0, dims);
  return {{o[0].type, dims}};
}

Results global_pool(const Operands& o) {
  Dims dims = o[0].dims;
  if (dims.size() < 3) refuse(fmt::format("an image is needed, not {}", to_string(dims)));
  std::fill(dims.begin() + 2, dims.end(), 1);
  return {{o[0].type, dims}};
}

Results batch_normalization(const Operands& o) {
  if (o[0].dims.size() < 2) refuse("channels are needed");
  for (size_t i = 1; i < 5; ++i)
    if (o[i].dims != Dims{o[0].dims[1]})
      refuse(fmt::format("input {} ('{}') is {}, {} are needed, one for each channel", i + 1,
                         o[i].name, to_string(o[i].dims), o[0].dims[1]));
  if (o.integer("training_mode", 0) != 0) refuse("training_mode is not supported");
  return same(o);
}

Results prelu(const Operands& o) {
  if (broadcast(o[0].dims, o[1].dims) != o[0].dims) refuse("slopes are larger than the image");
  return same(o);
}

Results gemm(const Operands& o) {
  need_rank(o, 0, 2);
  need_rank(o, 1, 2);
  Dims a = o[0].dims, b = o[1].dims;
  if (o.integer("transA", 0)) std::swap(a[0], a[1]);
  if (o.integer("transB", 0)) std::swap(b[0], b[1]);
  if (a[1] != b[0]) refuse(fmt::format("{} times {} can not be", to_string(a), to_string(b)));
  if (o.has(2) && broadcast(o[2].dims, {a[0], b[1]}) != Dims{a[0], b[1]})
    refuse(fmt::format("a summand of {} does not fit {}x{}", to_string(o[2].dims), a[0], b[1]));
  return {{o[0].type, {a[0], b[1]}}};
}

Results matmul(const Operands& o) {
  Dims a = o[0].dims, b = o[1].dims;
  if (a.empty() || b.empty()) refuse("scalars can not be multiplied as matrices");
  const bool row = a.size() == 1, column = b.size() == 1;
  if (row) a.insert(a.begin(), 1);
  if (column) b.push_back(1);
  if (a.back() != b[b.size() - 2])
    refuse(fmt::format("{} times {} can not be", to_string(o[0].dims), to_string(o[1].dims)));
  Dims dims = broadcast(Dims(a.begin(), a.end() - 2), Dims(b.begin(), b.end() - 2));
  if (!row) dims.push_back(a[a.size() - 2]);
  if (!column) dims.push_back(b.back());
  return {{o[0].type, dims}};
}

Results softmax(const Operands& o) {
  axis_of(o.integer("axis", o.opset() < 13 ? 1 : -1), o[0].dims.size());
  return same(o);
}

Results reduce(const Operands& o) {
  const std::vector<bool> gone = reduced_axes(o);
  const bool keep = o.integer("keepdims", 1) != 0;
  Dims dims;
  for (size_t i = 0; i < gone.size(); ++i)
    if (!gone[i])
      dims.push_back(o[0].dims[i]);
    else if (keep)
      dims.push_back(1);
  return {{o[0].type, dims}};
}

// Upsample has scales as its second input, Resize 10 too; Resize from 11 on has roi in between and
// sizes behind.
Results resize(const Operands& o) {
  const bool old = o.node().op == "Upsample" || o.opset() < 11;
  const size_t at = old ? 1 : 2;
  Dims dims = o[0].dims;
  if (!old && o.has(3) && o[3].dims != Dims{0}) {
    const std::vector<int64_t> sizes = o.constant_integers(3);
    if (sizes.size() != dims.size()) refuse("sizes: one for each dimension is needed");
    return {{o[0].type, sizes}};
  }
  const auto scales = o.reals("scales", at);
  if (!scales || scales->size() != dims.size()) refuse("scales: one for each dimension is needed");
  for (size_t i = 0; i < dims.size(); ++i) {
    const double size = std::floor(static_cast<double>(dims[i]) * (*scales)[i]);
    if (!(size >= 1 && size <= kMaxSize))
      refuse(fmt::format("a scale of {} can not be", (*scales)[i]));
    dims[i] = static_cast<int64_t>(size);
  }
  return {{o[0].type, dims}};
}

// In inference nothing drops out; its mask is not supported.
Results dropout(const Operands& o) { return same(o); }

constexpr std::string_view kElementwise[] = {"Abs",         "Add",       "BatchNormalization",
                                             "Ceil",        "Clip",      "Div",
                                             "Dropout",     "Exp",       "Floor",
                                             "HardSigmoid", "HardSwish", "Identity",
                                             "LeakyRelu",   "Log",       "Max",
                                             "Min",         "Mul",       "Neg",
                                             "PRelu",       "Pow",       "Reciprocal",
                                             "Relu",        "Sigmoid",   "Sqrt",
                                             "Sub",         "Tanh"};

constexpr std::array kOperators = {
    Operator{"Abs", 1, 1, same, evaluate_unary},
    Operator{"Add", 2, 2, elementwise, evaluate_binary},
    Operator{"And", 2, 2, compare, evaluate_binary},
    Operator{"AveragePool", 1, 1, pool, evaluate_pool},
    Operator{"BatchNormalization", 5, 5, batch_normalization, evaluate_batch_normalization},
    Operator{"Cast", 1, 1, cast, evaluate_cast},
    Operator{"Ceil", 1, 1, same, evaluate_unary},
    Operator{"Clip", 1, 3, same, evaluate_activation},
    Operator{"Concat", 1, kAny, concat, evaluate_concat},
    Operator{"Constant", 0, 0, constant, evaluate_constant},
    Operator{"ConstantOfShape", 1, 1, constant_of_shape, evaluate_constant_of_shape},
    Operator{"Conv", 2, 3, conv, evaluate_conv},
    Operator{"ConvTranspose", 2, 3, conv_transpose, evaluate_conv_transpose},
    Operator{"Div", 2, 2, elementwise, evaluate_binary},
    Operator{"Dropout", 1, 3, dropout, evaluate_same_elements},
    Operator{"Equal", 2, 2, compare, evaluate_binary},
    Operator{"Exp", 1, 1, same, evaluate_unary},
    Operator{"Expand", 2, 2, expand, evaluate_expand},
    Operator{"Flatten", 1, 1, flatten, evaluate_same_elements},
    Operator{"Floor", 1, 1, same, evaluate_unary},
    Operator{"Gather", 2, 2, gather, evaluate_gather},
    Operator{"Gemm", 2, 3, gemm, evaluate_gemm},
    Operator{"GlobalAveragePool", 1, 1, global_pool, evaluate_global_pool},
    Operator{"GlobalMaxPool", 1, 1, global_pool, evaluate_global_pool},
    Operator{"Greater", 2, 2, compare, evaluate_binary},
    Operator{"HardSigmoid", 1, 1, same, evaluate_activation},
    Operator{"HardSwish", 1, 1, same, evaluate_activation},
    Operator{"Identity", 1, 1, same, evaluate_same_elements},
    Operator{"LeakyRelu", 1, 1, same, evaluate_activation},
    Operator{"Less", 2, 2, compare, evaluate_binary},
    Operator{"Log", 1, 1, same, evaluate_unary},
    Operator{"LogSoftmax", 1, 1, softmax, evaluate_softmax},
    Operator{"MatMul", 2, 2, matmul, evaluate_matmul},
    Operator{"Max", 1, kAny, elementwise, evaluate_binary},
    Operator{"MaxPool", 1, 1, pool, evaluate_pool},
    Operator{"Min", 1, kAny, elementwise, evaluate_binary},
    Operator{"Mul", 2, 2, elementwise, evaluate_binary},
    Operator{"Neg", 1, 1, same, evaluate_unary},
    Operator{"Not", 1, 1, same, evaluate_unary},
    Operator{"Or", 2, 2, compare, evaluate_binary},
    Operator{"PRelu", 2, 2, prelu, evaluate_prelu},
    Operator{"Pad", 1, 4, pad, evaluate_pad},
    Operator{"Pow", 2, 2, power, evaluate_binary},
    Operator{"Range", 3, 3, range, evaluate_range},
    Operator{"Reciprocal", 1, 1, same, evaluate_unary},
    Operator{"ReduceMax", 1, 2, reduce, evaluate_reduce},
    Operator{"ReduceMean", 1, 2, reduce, evaluate_reduce},
    Operator{"ReduceSum", 1, 2, reduce, evaluate_reduce},
    Operator{"Relu", 1, 1, same, evaluate_unary},
    Operator{"Reshape", 2, 2, reshape, evaluate_same_elements},
    Operator{"Resize", 1, 4, resize, evaluate_resize},
    Operator{"Shape", 1, 1, shape, evaluate_shape, true},
    Operator{"Sigmoid", 1, 1, same, evaluate_unary},
    Operator{"Size", 1, 1, size, evaluate_size, true},
    Operator{"Slice", 1, 5, slice, evaluate_slice},
    Operator{"Softmax", 1, 1, softmax, evaluate_softmax},
    Operator{"Split", 1, 2, split, evaluate_split},
    Operator{"Sqrt", 1, 1, same, evaluate_unary},
    Operator{"Squeeze", 1, 2, squeeze, evaluate_same_elements},
    Operator{"Sub", 2, 2, elementwise, evaluate_binary},
    Operator{"Tanh", 1, 1, same, evaluate_unary},
    Operator{"Tile", 2, 2, tile, evaluate_tile},
    Operator{"Transpose", 1, 1, transpose, evaluate_transpose},
    Operator{"Unsqueeze", 1, 2, unsqueeze, evaluate_same_elements},
    Operator{"Upsample", 1, 2, resize, evaluate_resize},
    Operator{"Where", 3, 3, where, evaluate_where},
};
static_assert(std::ranges::is_sorted(kOperators, {}, &Operator::name));

}  // namespace

const Operator* find_operator(std::string_view name) {
  const auto it = std::ranges::lower_bound(kOperators, name, {}, &Operator::name);
  return it == kOperators.end() || it->name != name ? nullptr : &*it;
}

bool is_elementwise(std::string_view op) {
  return std::ranges::find(kElementwise, op) != std::end(kElementwise);
}

std::string operator_names() {
  std::string names;
  for (const Operator& row : kOperators)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", row.name);
  return names;
}

Windows windows_of(const Operands& o, std::vector<int64_t> kernel, const Dims& sizes) {
  const size_t axes = sizes.size() - 2;
  if (std::ranges::any_of(sizes, [](int64_t size) { return size > kMaxSize; }))
    refuse(fmt::format("an image of {} is too large", to_string(sizes)));
  Windows w;
  const auto list = [&](const char* name, int64_t otherwise, int64_t least, size_t count) {
    std::vector<int64_t> values = o.integers(name).value_or(std::vector<int64_t>(count, otherwise));
    if (values.size() != count ||
        std::ranges::any_of(values, [&](int64_t v) { return v < least || v > kMaxSize; }))
      refuse(fmt::format("{}: [{}], allowed are {} numbers from {}", name, fmt::join(values, ", "),
                         count, least));
    return values;
  };
  if (const auto given = o.integers("kernel_shape"); given && *given != kernel)
    refuse(fmt::format("kernel_shape: [{}], the weights have [{}]", fmt::join(*given, ", "),
                       fmt::join(kernel, ", ")));
  if (kernel.size() != axes ||
      std::ranges::any_of(kernel, [](int64_t k) { return k < 1 || k > kMaxSize; }))
    refuse(fmt::format("kernel_shape: [{}], allowed are {} numbers from 1", fmt::join(kernel, ", "),
                       axes));
  w.kernel = std::move(kernel);
  w.strides = list("strides", 1, 1, axes);
  w.dilations = list("dilations", 1, 1, axes);
  const std::vector<int64_t> pads = list("pads", 0, 0, 2 * axes);
  w.pads_begin.assign(pads.begin(), pads.begin() + axes);
  w.pads_end.assign(pads.begin() + axes, pads.end());
  const std::string auto_pad = o.text("auto_pad", "NOTSET");
  if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
    for (size_t i = 0; i < axes; ++i) {
      const int64_t span = (w.kernel[i] - 1) * w.dilations[i] + 1;
      const int64_t count = (sizes[i + 2] + w.strides[i] - 1) / w.strides[i];
      const int64_t total = std::max<int64_t>(0, (count - 1) * w.strides[i] + span - sizes[i + 2]);
      const int64_t smaller = total / 2;
      w.pads_begin[i] = auto_pad == "SAME_UPPER" ? smaller : total - smaller;
      w.pads_end[i] = total - w.pads_begin[i];
    }
  } else if (auto_pad == "VALID") {
    w.pads_begin.assign(axes, 0);
    w.pads_end.assign(axes, 0);
  } else if (auto_pad != "NOTSET") {
    refuse(fmt::format(
        "auto_pad: '{}' is unknown, allowed are NOTSET, SAME_UPPER, SAME_LOWER, VALID", auto_pad));
  }
  return w;
}

}  // namespace rowcast::onnx
