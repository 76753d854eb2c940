#include "sim/import/lower.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

#include "generator/error.h"
#include "generator/text.h"
#include "sim/onnx/operators.h"

namespace rowcast {
namespace {

using onnx::Dims;
using onnx::NodeError;
using onnx::Operation;

// Elements of a base, in another order; -1: zero. Null: in its own.
using Indices = std::shared_ptr<const std::vector<int32_t>>;

constexpr int kInput = -1;  // the base that is the network's input
// Indices travel as floats through the operators that move elements.
constexpr int64_t kMaxMoved = 1 << 24;

struct Known {
  int base = kInput;
  Function function{};
  Indices moved{};
};

bool same_order(const Indices& x, const Indices& y) { return x == y || (x && y && *x == *y); }
bool has_zeros(const Indices& moved) { return moved && std::ranges::count(*moved, -1) > 0; }

// What an operation reads, and in which shape; without one it takes the elements in any.
struct Request {
  Known known;
  std::optional<Shape> shape{};
};

struct Proto {
  Node node;
  LoweredNode lowered;
  std::vector<Request> operands;
};

bool is_array_operation(std::string_view op) {
  return op == "Conv" || op == "ConvTranspose" || op == "Gemm" || op == "MatMul";
}

bool only_moves(std::string_view op) {
  constexpr std::string_view kMoving[] = {
      "Cast",   "Dropout", "Expand", "Flatten", "Gather", "Identity",  "Pad",       "Reshape",
      "Resize", "Slice",   "Split",  "Squeeze", "Tile",   "Transpose", "Unsqueeze", "Upsample"};
  return std::ranges::find(kMoving, op) != std::end(kMoving);
}

// Of every element of a result of `dims`, which element of an operand it meets, where operands are
// repeated along axes of size 1. Nothing if the operand is no part of the result's shape.
std::optional<std::vector<int32_t>> broadcast(const Dims& operand, const Dims& dims) {
  if (operand.size() > dims.size()) return std::nullopt;
  const size_t front = dims.size() - operand.size();
  for (size_t axis = 0; axis < operand.size(); ++axis)
    if (operand[axis] != 1 && operand[axis] != dims[front + axis]) return std::nullopt;
  std::vector<int32_t> elements(static_cast<size_t>(onnx::element_count(dims)));
  Dims index(dims.size(), 0);
  for (int32_t& element : elements) {
    int64_t at = 0;
    for (size_t axis = 0; axis < operand.size(); ++axis)
      at = at * operand[axis] + (operand[axis] == 1 ? 0 : index[front + axis]);
    element = static_cast<int32_t>(at);
    for (size_t axis = dims.size(); axis-- > 0;) {
      if (++index[axis] < dims[axis]) break;
      index[axis] = 0;
    }
  }
  return elements;
}

// As a tensor of the network. Images have a batch of one in front.
Shape shape_of(const Dims& dims) {
  const auto size = [](int64_t value) { return static_cast<int>(value); };
  const int64_t count = onnx::element_count(dims);
  if (count > kMaxSize && (dims.size() < 3 || dims.size() > 4))
    throw NodeError(fmt::format("a tensor of {} is too large", onnx::to_string(dims)));
  if (dims.size() == 4 && dims[0] == 1) return {size(dims[1]), size(dims[2]), size(dims[3])};
  if (dims.size() == 3 && dims[0] == 1) return {size(dims[1]), 1, size(dims[2])};
  return {size(count), 1, 1};
}

class Lowering {
 public:
  Lowering(const onnx::Graph& graph, const std::string& name) : graph_(graph) {
    result_.network.name = result_.network.title = name;
    result_.network.source = "import";
  }

  Lowered run() {
    if (graph_.inputs.empty() || !onnx::is_real(graph_.values[graph_.inputs[0]].type))
      throw InputError(fmt::format("{}: the first input is no tensor of numbers", graph_.file));
    known_.resize(graph_.values.size());
    in_tail_.resize(graph_.values.size());
    known_[graph_.inputs[0]] = Known{};
    for (size_t i = 1; i < graph_.inputs.size(); ++i)
      throw InputError(fmt::format("{}: input '{}' is one more, allowed is one input", graph_.file,
                                   graph_.values[graph_.inputs[i]].name));
    find_float_part();
    for (size_t i = 0; i < graph_.operations.size(); ++i) {
      const Operation& operation = graph_.operations[i];
      current_ = &operation;
      try {
        if (is_tail(i)) {
          for (const int value : operation.outputs)
            if (value >= 0) in_tail_[value] = true;
          result_.tail.operations.push_back(operation);
        } else {
          lower(operation);
        }
      } catch (const NodeError& error) {
        if (!may_be_float_[i])
          throw InputError(fmt::format("{}: {}: {}", graph_.file, onnx::described(operation.node),
                                       error.what()));
        for (const int value : operation.outputs)
          if (value >= 0) in_tail_[value] = true, known_[value].reset();
        result_.tail.operations.push_back(operation);
      }
    }
    try {
      hand_over();
      emit();
    } catch (const NodeError& error) {
      throw InputError(fmt::format("{}: {}", graph_.file, error.what()));
    }
    if (std::ranges::count(result_.network.nodes, Op::kLayer, &Node::op) == 0)
      throw InputError(fmt::format("{}: has no layer for the array", graph_.file));
    if (const std::string problem = infer_shapes(result_.network); !problem.empty())
      throw InputError(fmt::format("{}: {}", graph_.file, problem));
    return std::move(result_);
  }

 private:
  // ---------------------------------------------------------------- which part is float

  // An operation may be computed in float if no layer of the array comes after it.
  void find_float_part() {
    std::vector<bool> feeds_array(graph_.values.size());
    may_be_float_.resize(graph_.operations.size());
    for (size_t i = graph_.operations.size(); i-- > 0;) {
      const Operation& operation = graph_.operations[i];
      const bool array = is_array_operation(operation.node.op);
      const bool feeds = std::ranges::any_of(
          operation.outputs, [&](int value) { return value >= 0 && feeds_array[value]; });
      may_be_float_[i] = !array && !feeds;
      if (array || feeds)
        for (const int value : operation.inputs)
          if (value >= 0) feeds_array[value] = true;
    }
  }

  // What only moves elements, or bends them, at the network's end is float; what belongs to the
  // layer before (a bias, a clamp) is not.
  bool is_tail(size_t i) const {
    const Operation& operation = graph_.operations[i];
    for (const int value : operation.inputs)
      if (value >= 0 && in_tail_[value]) return true;
    if (!may_be_float_[i]) return false;
    const std::string& op = operation.node.op;
    const bool constant_operand = std::ranges::any_of(operation.inputs, [&](int value) {
      return value >= 0 && graph_.values[value].constant.has_value();
    });
    const bool of_the_layer =
        op == "Relu" || op == "Clip" || op == "BatchNormalization" ||
        ((op == "Add" || op == "Sub" || op == "Mul" || op == "Div") && constant_operand);
    return only_moves(op) || op == "Concat" ||
           (onnx::is_elementwise(op) && !of_the_layer && operation.inputs.size() == 1);
  }

  // ---------------------------------------------------------------- operations

  const Known& known(int value) const {
    if (value < 0 || !known_[value])
      throw NodeError("one of its operands is not a tensor that the array's layers make");
    return *known_[value];
  }
  const onnx::Value& value(int index) const { return graph_.values[index]; }
  bool is_constant(int index) const { return index < 0 || value(index).constant.has_value(); }

  const std::vector<float>& constant_reals(int index, const char* what) const {
    if (index < 0 || !value(index).constant || !onnx::is_real(value(index).type))
      throw NodeError(fmt::format("{} that are no constants are not supported", what));
    return value(index).constant->reals;
  }

  void lower(const Operation& operation) {
    const std::string& op = operation.node.op;
    if (op == "Conv") return conv(operation);
    if (op == "ConvTranspose") return conv_transpose(operation);
    if (op == "Gemm") return gemm(operation);
    if (op == "MatMul") return matmul(operation);
    if (op == "GlobalAveragePool" || op == "ReduceMean") return global_pool(operation);
    if (op == "MaxPool" || op == "AveragePool" || op == "GlobalMaxPool") return pool(operation);
    if (op == "Concat") return concat(operation);
    if (only_moves(op)) return move(operation);
    if (onnx::is_elementwise(op)) return elementwise(operation);
    throw NodeError(
        "the operator is not supported before a layer of the array, allowed there are Conv, "
        "ConvTranspose, Gemm, MatMul, pools, Concat, what takes each element by itself and what "
        "moves elements");
  }

  // A base of its own for the operation's first result.
  void set(const Operation& operation, int base, Indices moved = {}) {
    known_[operation.outputs[0]] = Known{base, {}, std::move(moved)};
  }

  int add(Proto proto) {
    proto.lowered.source = printable(onnx::described(current_->node));
    protos_.push_back(std::move(proto));
    return static_cast<int>(protos_.size()) - 1;
  }

  Shape base_shape(int base) const {
    return base == kInput ? shape_of(value(graph_.inputs[0]).dims) : protos_[base].node.shape;
  }

  // An image [1][channels][height][width], or without height.
  static Shape image_of(const Dims& dims) {
    if ((dims.size() != 3 && dims.size() != 4) || dims[0] != 1)
      throw NodeError(fmt::format("an image of {} is not supported, allowed is 1xCxHxW or 1xCxW",
                                  onnx::to_string(dims)));
    return shape_of(dims);
  }

  struct Axes {
    int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
    int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  };
  // The windows of an operation as two axes. What lies behind the last window is no padding.
  static Axes axes_of(const onnx::Windows& w, const Shape& in, const Shape& out) {
    const size_t last = w.kernel.size() - 1;
    if (last > 1) throw NodeError("windows of three axes are not supported");
    const auto number = [](int64_t value) {
      if (value > kMaxSize) throw NodeError("a window is too large");
      return static_cast<int>(value);
    };
    Axes axes;
    axes.kernel_w = number(w.kernel[last]);
    axes.stride_w = number(w.strides[last]);
    axes.dilation_w = number(w.dilations[last]);
    axes.pad_left = number(w.pads_begin[last]);
    if (last == 1) {
      axes.kernel_h = number(w.kernel[0]);
      axes.stride_h = number(w.strides[0]);
      axes.dilation_h = number(w.dilations[0]);
      axes.pad_top = number(w.pads_begin[0]);
    }
    const auto behind = [](int out_size, int stride, int dilation, int kernel, int size, int pad) {
      return std::max(0, (out_size - 1) * stride + dilation * (kernel - 1) + 1 - size - pad);
    };
    axes.pad_bottom =
        behind(out.height, axes.stride_h, axes.dilation_h, axes.kernel_h, in.height, axes.pad_top);
    axes.pad_right =
        behind(out.width, axes.stride_w, axes.dilation_w, axes.kernel_w, in.width, axes.pad_left);
    return axes;
  }

  Layer layer_of(LayerKind kind, const Shape& in, int out_channels, const Axes& axes) const {
    return {.name = {},
            .kind = kind,
            .in_channels = in.channels,
            .in_height = in.height,
            .in_width = in.width,
            .out_channels = out_channels,
            .kernel_h = axes.kernel_h,
            .kernel_w = axes.kernel_w,
            .stride_h = axes.stride_h,
            .stride_w = axes.stride_w,
            .dilation_h = axes.dilation_h,
            .dilation_w = axes.dilation_w,
            .pad_top = axes.pad_top,
            .pad_left = axes.pad_left,
            .pad_bottom = axes.pad_bottom,
            .pad_right = axes.pad_right};
  }

  int add_layer(Layer layer, Request input, std::vector<float> weights, std::vector<float> bias,
                const Shape& out, int from, std::vector<int32_t> order = {}) {
    Proto proto;
    proto.node.op = Op::kLayer;
    proto.node.layer = std::move(layer);
    proto.node.shape = out;
    proto.lowered.value = from;
    proto.lowered.order = std::move(order);
    proto.lowered.weights = std::move(weights);
    proto.lowered.bias = std::move(bias);
    proto.operands = {std::move(input)};
    return add(std::move(proto));
  }

  void conv(const Operation& operation) {
    const onnx::Operands o = operands_of(graph_, operation);
    const int from = operation.inputs[0], to = operation.outputs[0];
    const Known x = known(from);
    const std::vector<float>& weights = constant_reals(operation.inputs[1], "weights");
    std::vector<float> bias;
    if (o.has(2)) bias = constant_reals(operation.inputs[2], "biases");
    const Shape in = image_of(value(from).dims), out = image_of(value(to).dims);
    const Dims& w = value(operation.inputs[1]).dims;
    const Axes axes =
        axes_of(onnx::windows_of(o, Dims(w.begin() + 2, w.end()), value(from).dims), in, out);
    const auto groups = static_cast<int>(o.integer("group", 1));
    if (groups == 1 || groups == in.channels) {
      const bool point = axes.kernel_h == 1 && axes.kernel_w == 1 && axes.pad_top == 0 &&
                         axes.pad_left == 0 && axes.pad_bottom == 0 && axes.pad_right == 0;
      const LayerKind kind = groups != 1 ? LayerKind::kDepthwise
                             : point     ? LayerKind::kPointwise
                                         : LayerKind::kConv;
      return set(operation, add_layer(layer_of(kind, in, out.channels, axes), {x, in}, weights,
                                      bias, out, to));
    }
    // Groups of several channels: a convolution for each, of its part of the channels.
    const int group_in = in.channels / groups, group_out = out.channels / groups;
    const int64_t in_plane = int64_t{in.height} * in.width,
                  out_plane = int64_t{out.height} * out.width;
    Proto all;
    all.node.op = Op::kConcat;
    all.node.shape = out;
    const size_t group_weights = weights.size() / groups;
    for (int g = 0; g < groups; ++g) {
      std::vector<int32_t> part(group_in * in_plane), order(group_out * out_plane);
      std::iota(part.begin(), part.end(), static_cast<int32_t>(g * group_in * in_plane));
      std::iota(order.begin(), order.end(), static_cast<int32_t>(g * group_out * out_plane));
      const Shape group_shape{group_in, in.height, in.width};
      const Shape group_result{group_out, out.height, out.width};
      const int layer = add_layer(
          layer_of(LayerKind::kConv, group_shape, group_out, axes),
          {moved(x, std::move(part)), group_shape},
          {weights.begin() + g * group_weights, weights.begin() + (g + 1) * group_weights},
          bias.empty() ? bias
                       : std::vector<float>(bias.begin() + g * group_out,
                                            bias.begin() + (g + 1) * group_out),
          group_result, to, std::move(order));
      all.operands.push_back({Known{layer}, group_result});
    }
    set(operation, add(std::move(all)));
  }

  // Where windows do not overlap: a pointwise convolution makes each of a window's pixels as a
  // channel of its own.
  void conv_transpose(const Operation& operation) {
    const onnx::Operands o = operands_of(graph_, operation);
    const int from = operation.inputs[0], to = operation.outputs[0];
    const std::vector<float>& given = constant_reals(operation.inputs[1], "weights");
    const Shape in = image_of(value(from).dims), out = image_of(value(to).dims);
    const Dims& w = value(operation.inputs[1]).dims;
    const onnx::Windows win = onnx::windows_of(o, Dims(w.begin() + 2, w.end()), value(from).dims);
    if (o.integer("group", 1) != 1 || win.kernel != win.strides ||
        std::ranges::any_of(win.dilations, [](int64_t d) { return d != 1; }) ||
        out.height != in.height * (win.kernel.size() > 1 ? win.kernel[0] : 1) ||
        out.width != in.width * win.kernel.back())
      throw NodeError(
          "windows that overlap, groups and pads are not supported, allowed are strides equal to "
          "the kernel");
    const int kh = win.kernel.size() > 1 ? static_cast<int>(win.kernel[0]) : 1,
              kw = static_cast<int>(win.kernel.back()), taps = kh * kw;
    std::vector<float> weights(given.size()), bias;
    for (int i = 0; i < in.channels; ++i)
      for (int filter = 0; filter < out.channels * taps; ++filter)
        weights[size_t(filter) * in.channels + i] = given[size_t(i) * out.channels * taps + filter];
    if (o.has(2))
      for (const float b : constant_reals(operation.inputs[2], "biases"))
        bias.insert(bias.end(), taps, b);
    // Element of the layer for every element of the result, and the reverse.
    std::vector<int32_t> back(static_cast<size_t>(out.size())), order(back.size());
    for (int c = 0, i = 0; c < out.channels; ++c)
      for (int y = 0; y < out.height; ++y)
        for (int x = 0; x < out.width; ++x, ++i) {
          const int filter = (c * kh + y % kh) * kw + x % kw;
          back[i] = (filter * in.height + y / kh) * in.width + x / kw;
          order[back[i]] = i;
        }
    const Shape raw{out.channels * taps, in.height, in.width};
    const int base =
        add_layer(layer_of(LayerKind::kPointwise, in, raw.channels, {}), {known(from), in},
                  std::move(weights), std::move(bias), raw, to, std::move(order));
    set(operation, base, std::make_shared<const std::vector<int32_t>>(std::move(back)));
  }

  void gemm(const Operation& operation) {
    const onnx::Operands o = operands_of(graph_, operation);
    const int from = operation.inputs[0];
    const Dims& dims = value(from).dims;
    const std::vector<float>& b = constant_reals(operation.inputs[1], "weights");
    const auto outputs = static_cast<int>(value(operation.outputs[0]).dims[1]);
    const int64_t features = dims[1];
    if (dims[0] != 1 || o.integer("transA", 0) != 0)
      throw NodeError("a first operand of several rows, or transposed, is not supported");
    const float alpha = o.real("alpha", 1), beta = o.real("beta", 1);
    const bool transposed = o.integer("transB", 0) != 0;
    std::vector<float> weights(b.size()), bias;
    for (int n = 0; n < outputs; ++n)
      for (int64_t k = 0; k < features; ++k)
        weights[n * features + k] = alpha * b[transposed ? n * features + k : k * outputs + n];
    if (o.has(2)) {
      const std::vector<float>& c = constant_reals(operation.inputs[2], "biases");
      for (int n = 0; n < outputs; ++n) bias.push_back(beta * c[c.size() == 1 ? 0 : n]);
    }
    set(operation,
        add_layer(make_fc("", static_cast<int>(features), outputs), {known(from)},
                  std::move(weights), std::move(bias), {outputs, 1, 1}, operation.outputs[0]));
  }

  void matmul(const Operation& operation) {
    const int from = operation.inputs[0], to = operation.outputs[0];
    const Dims& b = value(operation.inputs[1]).dims;
    if (is_constant(from)) throw NodeError("a constant first operand is not supported");
    const std::vector<float>& given = constant_reals(operation.inputs[1], "second operands");
    const auto features = static_cast<int>(b.size() == 1 ? b[0] : b[b.size() - 2]),
               outputs = static_cast<int>(b.size() == 1 ? 1 : b.back());
    if (static_cast<int64_t>(given.size()) != int64_t{features} * outputs)
      throw NodeError("several matrices as second operand are not supported");
    std::vector<float> weights(given.size());
    for (int n = 0; n < outputs; ++n)
      for (int k = 0; k < features; ++k)
        weights[size_t(n) * features + k] = given[size_t(k) * outputs + n];
    const int64_t lines = onnx::element_count(value(from).dims) / features;
    if (lines == 1)
      return set(operation, add_layer(make_fc("", features, outputs), {known(from)},
                                      std::move(weights), {}, {outputs, 1, 1}, to));
    // Lines are pixels: features become channels, and back.
    const auto pixels = static_cast<int>(lines);
    std::vector<int32_t> across(size_t(features) * pixels), back(size_t(outputs) * pixels),
        order(back.size());
    for (int k = 0, i = 0; k < features; ++k)
      for (int t = 0; t < pixels; ++t) across[i++] = t * features + k;
    for (int t = 0, i = 0; t < pixels; ++t)
      for (int n = 0; n < outputs; ++n, ++i) {
        back[i] = n * pixels + t;
        order[back[i]] = i;
      }
    const Shape in{features, 1, pixels}, out{outputs, 1, pixels};
    const int base = add_layer(layer_of(LayerKind::kPointwise, in, outputs, {}),
                               {moved(known(from), std::move(across)), in}, std::move(weights), {},
                               out, to, std::move(order));
    set(operation, base, std::make_shared<const std::vector<int32_t>>(std::move(back)));
  }

  void global_pool(const Operation& operation) {
    const int from = operation.inputs[0];
    const Shape in = image_of(value(from).dims);
    if (operation.node.op == "ReduceMean") {
      const onnx::Operands o = operands_of(graph_, operation);
      std::vector<int64_t> axes = o.integers("axes", 1).value_or(std::vector<int64_t>{});
      for (int64_t& axis : axes) axis = onnx::axis_of(axis, value(from).dims.size());
      std::ranges::sort(axes);
      if (axes !=
          (value(from).dims.size() == 4 ? std::vector<int64_t>{2, 3} : std::vector<int64_t>{2}))
        throw NodeError("a mean is supported over the image's height and width only");
    }
    Proto proto;
    proto.node.op = Op::kPool;
    proto.node.shape = {in.channels, 1, 1};
    proto.lowered.value = operation.outputs[0];
    proto.operands = {{known(from), in}};
    set(operation, add(std::move(proto)));
  }

  void pool(const Operation& operation) {
    const onnx::Operands o = operands_of(graph_, operation);
    const int from = operation.inputs[0];
    const Shape in = image_of(value(from).dims), out = image_of(value(operation.outputs[0]).dims);
    Proto proto;
    if (operation.node.op == "GlobalMaxPool") {
      proto.node.window.kernel_h = in.height;
      proto.node.window.kernel_w = in.width;
    } else {
      const Axes axes = axes_of(
          onnx::windows_of(o, o.integers("kernel_shape").value_or(Dims{}), value(from).dims), in,
          out);
      if (axes.dilation_h != 1 || axes.dilation_w != 1)
        throw NodeError("dilations are not supported");
      proto.node.window = {axes.kernel_h, axes.kernel_w, axes.stride_h,   axes.stride_w,
                           axes.pad_top,  axes.pad_left, axes.pad_bottom, axes.pad_right};
      if (operation.node.op == "AveragePool" && o.integer("count_include_pad", 0) == 0 &&
          axes.pad_top + axes.pad_left + axes.pad_bottom + axes.pad_right > 0)
        throw NodeError("pads that do not count are not supported, allowed is count_include_pad");
    }
    proto.node.op = operation.node.op == "AveragePool" ? Op::kAveragePool : Op::kMaxPool;
    proto.node.shape = out;
    proto.lowered.value = operation.outputs[0];
    proto.operands = {{known(from), in}};
    set(operation, add(std::move(proto)));
  }

  // ---------------------------------------------------------------- moving elements

  // Elements of an operand, in another order.
  static Known moved(const Known& known, std::vector<int32_t> indices) {
    if (known.moved)
      for (int32_t& index : indices)
        if (index >= 0) index = (*known.moved)[index];
    return {known.base, known.function,
            std::make_shared<const std::vector<int32_t>>(std::move(indices))};
  }

  // A tensor of its own, as the operand's elements lie.
  Known materialised(const Known& known, const Dims& dims) {
    Proto proto;
    proto.node.op = Op::kGather;
    proto.node.shape = shape_of(dims);
    std::vector<int32_t>& indices = proto.lowered.indices;
    if (known.moved) {
      indices = *known.moved;
    } else {
      indices.resize(static_cast<size_t>(proto.node.shape.size()));
      std::iota(indices.begin(), indices.end(), 0);
    }
    proto.operands = {{Known{known.base, known.function, {}}}};
    return Known{add(std::move(proto))};
  }

  // What an operation that moves elements does to each: it is run on the elements' numbers, from 1;
  // 0 is what pads bring.
  void move(const Operation& operation) {
    const int from = operation.inputs[0];
    const Dims& dims = value(from).dims;
    const onnx::Operands o = operands_of(graph_, operation);
    if (operation.node.op == "Cast" && !onnx::is_real(value(operation.outputs[0]).type))
      throw NodeError("a cast to integers is not supported");
    if ((operation.node.op == "Resize" || operation.node.op == "Upsample") &&
        o.text("mode", "nearest") != "nearest")
      throw NodeError(fmt::format("mode '{}' is not supported, allowed is 'nearest'",
                                  o.text("mode", "nearest")));
    const std::vector<onnx::Tensor> results = run_on_numbers(operation, {numbers(dims)});
    for (size_t i = 0; i < operation.outputs.size(); ++i)
      if (operation.outputs[i] >= 0)
        known_[operation.outputs[i]] = renumbered(known(from), results[i].reals);
  }

  static onnx::Tensor numbers(const Dims& dims, int64_t first = 1) {
    const int64_t count = onnx::element_count(dims);
    if (first + count > kMaxMoved)
      throw NodeError(
          fmt::format("a tensor of {} is too large to be moved", onnx::to_string(dims)));
    onnx::Tensor tensor{onnx::Type::kFloat, dims, std::vector<float>(count), {}};
    std::iota(tensor.reals.begin(), tensor.reals.end(), static_cast<float>(first));
    return tensor;
  }

  Known renumbered(const Known& known, const std::vector<float>& numbers) const {
    std::vector<int32_t> indices(numbers.size());
    for (size_t i = 0; i < numbers.size(); ++i) {
      indices[i] = static_cast<int32_t>(numbers[i]) - 1;
      if (static_cast<float>(indices[i] + 1) != numbers[i])
        throw NodeError("a pad that is not zero is not supported");
    }
    Known result = moved(known, std::move(indices));
    if (is_whole(result)) result.moved.reset();
    return result;
  }

  std::vector<onnx::Tensor> run_on_numbers(const Operation& operation,
                                           std::vector<onnx::Tensor> numbers) const {
    std::vector<onnx::Value> values(operation.inputs.size());
    std::vector<const onnx::Value*> operands;
    size_t next = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const int input = operation.inputs[i];
      if (input < 0) {
        operands.push_back(nullptr);
        continue;
      }
      if (is_constant(input)) {
        values[i] = value(input);
      } else if (next < numbers.size()) {
        values[i] = {"", onnx::Type::kFloat, numbers[next].dims, numbers[next]};
        ++next;
      } else {
        throw NodeError("two operands that are no constants are not supported");
      }
      operands.push_back(&values[i]);
    }
    const onnx::Operands all(operation.node, operands, graph_.opset);
    const onnx::Operator* row = onnx::find_operator(operation.node.op);
    return row->evaluate(all, row->infer(all));
  }

  void concat(const Operation& operation) {
    Proto proto;
    proto.node.op = Op::kConcat;
    std::vector<onnx::Tensor> parts;
    std::optional<Known> alone;
    int64_t first = 1;
    int tensors = 0;
    for (const int input : operation.inputs) {
      if (is_constant(input)) {
        if (std::ranges::any_of(constant_reals(input, "operands"), [](float v) { return v != 0; }))
          throw NodeError("constants other than zeros are not supported");
        continue;
      }
      ++tensors;
      alone = known(input);
    }
    if (tensors > 1) {
      // Those of which only some elements are wanted, or in another order, are tensors of their
      // own.
      for (const int input : operation.inputs) {
        if (is_constant(input)) continue;
        Known part = known(input);
        if (part.moved) part = materialised(part, value(input).dims);
        parts.push_back(numbers(value(input).dims, first));
        first += parts.back().size();
        proto.operands.push_back({part, base_shape(part.base)});
      }
      alone.reset();
    } else {
      for (const int input : operation.inputs)
        if (!is_constant(input)) parts.push_back(numbers(value(input).dims));
    }
    const std::vector<float> result = run_on_numbers(operation, std::move(parts)).front().reals;
    if (alone) {
      known_[operation.outputs[0]] = renumbered(*alone, result);
      return;
    }
    const Shape& head = *proto.operands.front().shape;
    int channels = 0;
    bool alike = true;
    for (const Request& part : proto.operands) {
      channels += part.shape->channels;
      alike = alike && part.shape->height == head.height && part.shape->width == head.width;
    }
    proto.node.shape =
        alike ? Shape{channels, head.height, head.width} : Shape{static_cast<int>(first - 1), 1, 1};
    const std::optional<Proto> fused = fuse_of(proto, operation.outputs[0]);
    known_[operation.outputs[0]] =
        renumbered(Known{add(fused ? *fused : std::move(proto))}, result);
  }

  // A concatenation of 1×K on the first channels and K×1 on the last ones, of one tensor: FuSeConv
  // (DATE'21, section 3), Half where each has a half of the channels, Full where both have all.
  std::optional<Proto> fuse_of(const Proto& concat, int to) const {
    if (concat.operands.size() != 2) return std::nullopt;
    const auto branch = [&](size_t i) -> const Proto* {
      const Known& part = concat.operands[i].known;
      if (part.base == kInput || part.moved || !part.function.is_identity()) return nullptr;
      const Proto& proto = protos_[part.base];
      return proto.node.op == Op::kLayer && proto.node.layer.kind == LayerKind::kDepthwise &&
                     proto.lowered.order.empty()
                 ? &proto
                 : nullptr;
    };
    const Proto *row = branch(0), *column = branch(1);
    if (!row || !column) return std::nullopt;
    const Request &first = row->operands[0], &last = column->operands[0];
    if (first.known.base != last.known.base || !(first.known.function == last.known.function))
      return std::nullopt;
    const Shape whole = base_shape(first.known.base);
    const int row_channels = row->node.layer.in_channels,
              column_channels = column->node.layer.in_channels;
    const bool half = row_channels + column_channels == whole.channels;
    if (!half && (row_channels != whole.channels || column_channels != whole.channels))
      return std::nullopt;
    const int64_t plane = int64_t{whole.height} * whole.width;
    const auto follows = [&](const Known& known, int channels, int64_t from) {
      if (!known.moved) return channels == whole.channels;
      for (size_t i = 0; i < known.moved->size(); ++i)
        if ((*known.moved)[i] != from + static_cast<int64_t>(i)) return false;
      return static_cast<int64_t>(known.moved->size()) == channels * plane;
    };
    if (!follows(first.known, row_channels, 0) ||
        !follows(last.known, column_channels, (whole.channels - column_channels) * plane))
      return std::nullopt;
    // The depthwise layer whose place it takes: its branches must be these.
    const Layer &r = row->node.layer, &c = column->node.layer;
    Layer depthwise = c;
    depthwise.in_channels = depthwise.out_channels = whole.channels;
    depthwise.kernel_w = r.kernel_w;
    depthwise.dilation_w = r.dilation_w;
    depthwise.pad_left = r.pad_left;
    depthwise.pad_right = r.pad_right;
    if (!can_fuse(depthwise) || depthwise.kernel_w == 1) return std::nullopt;
    const Layer fuse = make_fuse(depthwise, half);
    const std::vector<Branch> made = branches(fuse);
    const auto is = [&](const Branch& branch, const Layer& layer) {
      return branch.channels == layer.in_channels && branch.vertical == layer.vertical() &&
             branch.horizontal == layer.horizontal();
    };
    if (r.multiplier() != 1 || c.multiplier() != 1 || !is(made[0], r) || !is(made[1], c))
      return std::nullopt;
    Proto proto;
    proto.node.op = Op::kLayer;
    proto.node.layer = fuse;
    proto.node.shape = concat.node.shape;
    proto.lowered.value = to;
    for (const Proto* part : {row, column}) {
      auto& weights = proto.lowered.weights;
      weights.insert(weights.end(), part->lowered.weights.begin(), part->lowered.weights.end());
      auto& bias = proto.lowered.bias;
      if (part->lowered.bias.empty())
        bias.resize(bias.size() + part->node.layer.out_channels);
      else
        bias.insert(bias.end(), part->lowered.bias.begin(), part->lowered.bias.end());
    }
    proto.operands = {{Known{first.known.base, first.known.function, {}}, whole}};
    return proto;
  }

  // All elements of the base in its own order.
  bool is_whole(const Known& known) const {
    if (!known.moved) return true;
    if (static_cast<int64_t>(known.moved->size()) != base_shape(known.base).size()) return false;
    for (size_t i = 0; i < known.moved->size(); ++i)
      if ((*known.moved)[i] != static_cast<int32_t>(i)) return false;
    return true;
  }

  // ---------------------------------------------------------------- elements by themselves

  // A constant operand as one value, or one for each channel of the operand's base.
  std::optional<onnx::Tensor> channel_constants(const onnx::Value& constant, const Known& x,
                                                const Dims& dims) const {
    if (!onnx::is_real(constant.type))
      throw NodeError("a constant operand is no tensor of numbers");
    const onnx::Tensor& tensor = *constant.constant;
    if (tensor.size() == 1) return onnx::Tensor{tensor.type, {}, tensor.reals, {}};
    const Shape base = base_shape(x.base);
    const int64_t plane = int64_t{base.height} * base.width;
    std::vector<float> by_channel(base.channels);
    std::vector<bool> seen(base.channels);
    const std::optional<std::vector<int32_t>> repeats = broadcast(constant.dims, dims);
    if (!repeats) return std::nullopt;
    for (size_t i = 0; i < repeats->size(); ++i) {
      const int64_t element = x.moved ? (*x.moved)[i] : static_cast<int64_t>(i);
      if (element < 0) return std::nullopt;
      const auto channel = static_cast<size_t>(element / plane);
      const float value = tensor.reals[(*repeats)[i]];
      if (seen[channel] && by_channel[channel] != value) return std::nullopt;
      seen[channel] = true;
      by_channel[channel] = value;
    }
    return onnx::Tensor{onnx::Type::kFloat, {base.channels}, std::move(by_channel), {}};
  }

  void elementwise(const Operation& operation) {
    const Dims& dims = value(operation.outputs[0]).dims;
    std::vector<int> tensors;
    for (const int input : operation.inputs)
      if (!is_constant(input)) tensors.push_back(input);
    const int head = tensors.front();
    Known x = known(head);
    const bool one = std::ranges::all_of(tensors, [&](int input) {
      return known(input).base == x.base && same_order(known(input).moved, x.moved) &&
             value(input).dims == dims;
    });
    if (!one) return combine(operation, tensors);
    if (value(head).dims != dims)
      throw NodeError("an operand that is repeated to meet a constant is not supported");
    std::optional<Function> function = function_of(operation, tensors, x);
    const auto moves_zero = [&] {
      const Shape base = base_shape(x.base);
      const std::vector<float> zeros(base.channels);
      return std::ranges::any_of((*function)(zeros, base.channels), [](float y) { return y != 0; });
    };
    if (!function || (has_zeros(x.moved) && moves_zero())) {
      if (tensors.size() != 1) throw NodeError("a function of padded tensors is not supported");
      x = materialised(x, dims);
      known_[head] = x;  // for the other readers, too
      function = function_of(operation, tensors, x);
    }
    if (!function)
      throw NodeError(
          "a constant operand with other values inside a channel is not supported, allowed is one "
          "value, or one for each channel");
    known_[operation.outputs[0]] = Known{x.base, *function, x.moved};
  }

  std::optional<Function> function_of(const Operation& operation, const std::vector<int>& tensors,
                                      const Known& x) const {
    std::vector<Function::Argument> arguments;
    const bool norm = operation.node.op == "BatchNormalization";
    for (const int input : operation.inputs) {
      Function::Argument& argument = arguments.emplace_back();
      if (input < 0) continue;
      if (std::ranges::find(tensors, input) != tensors.end()) {
        argument.function = known(input).function;
      } else if (norm) {
        const Shape base = base_shape(x.base);
        if (x.moved || base.channels != value(input).dims[0]) {
          if (!x.moved) throw NodeError("channels that are no image's are not supported");
          return std::nullopt;
        }
        argument.constant = value(input).constant;
      } else {
        argument.constant = channel_constants(value(input), x, value(tensors.front()).dims);
        if (!argument.constant) return std::nullopt;
      }
    }
    return Function(operation.node, graph_.opset, std::move(arguments));
  }

  // A sum or a product of different tensors.
  void combine(const Operation& operation, const std::vector<int>& tensors) {
    const std::string& op = operation.node.op;
    const Dims& dims = value(operation.outputs[0]).dims;
    if (tensors.size() != 2 || (op != "Add" && op != "Sub" && op != "Mul"))
      throw NodeError("several tensors are supported as operands of Add, Sub and Mul only");
    Known x = known(tensors[0]), y = known(tensors[1]);
    const Shape shape = shape_of(dims);
    Proto proto;
    proto.node.op = op == "Mul" ? Op::kScale : Op::kAdd;
    if (op == "Sub") proto.lowered.factors = {1, -1};
    proto.lowered.value = operation.outputs[0];
    const auto per_channel = [&](int input) {
      const Dims& d = value(input).dims;
      return dims.size() == 4 && d.size() == 4 && d[1] == dims[1] && d[0] == 1 && d[2] == 1 &&
             d[3] == 1 && onnx::element_count(dims) != d[1];
    };
    if (op == "Mul" && (per_channel(tensors[0]) || per_channel(tensors[1]))) {
      const bool first = per_channel(tensors[0]);
      if (value(tensors[first ? 1 : 0]).dims != dims)
        throw NodeError("a product that repeats both operands is not supported");
      proto.operands = {{first ? y : x, shape}, {first ? x : y, Shape{shape.channels, 1, 1}}};
      proto.node.shape = shape;
      return set(operation, add(std::move(proto)));
    }
    if (value(tensors[0]).dims == dims && value(tensors[1]).dims == dims && x.moved && y.moved &&
        same_order(x.moved, y.moved) && base_shape(x.base) == base_shape(y.base) &&
        static_cast<int64_t>(x.moved->size()) == base_shape(x.base).size() && !has_zeros(x.moved)) {
      // Both lie alike, and so does the result.
      const Indices order = x.moved;
      proto.node.shape = base_shape(x.base);
      x.moved.reset();
      y.moved.reset();
      proto.operands = {{x, proto.node.shape}, {y, proto.node.shape}};
      proto.lowered.order.resize(order->size());
      for (size_t i = 0; i < order->size(); ++i)
        proto.lowered.order[(*order)[i]] = static_cast<int32_t>(i);
      return set(operation, add(std::move(proto)), order);
    }
    proto.operands = {{repeated(x, tensors[0], dims), shape},
                      {repeated(y, tensors[1], dims), shape}};
    proto.node.shape = shape;
    set(operation, add(std::move(proto)));
  }

  // An operand as large as the result.
  Known repeated(const Known& x, int input, const Dims& dims) const {
    const Dims& own = value(input).dims;
    if (own == dims) return x;
    return moved(x, *broadcast(own, dims));
  }

  // ---------------------------------------------------------------- the network

  void hand_over() {
    onnx::Graph& tail = result_.tail;
    tail.file = graph_.file;
    tail.opset = graph_.opset;
    tail.outputs = graph_.outputs;
    std::set<int> wanted(graph_.outputs.begin(), graph_.outputs.end());
    for (const Operation& operation : tail.operations)
      wanted.insert(operation.inputs.begin(), operation.inputs.end());
    tail.values = graph_.values;
    for (size_t i = 0; i < tail.values.size(); ++i)
      if (!wanted.contains(static_cast<int>(i))) tail.values[i].constant.reset();
    for (const int index : wanted)
      if (index >= 0 && known_[index] && !is_constant(index)) {
        tail.inputs.push_back(index);
        requests_.push_back({*known_[index], shape_of(value(index).dims)});
        result_.handovers.push_back({index, 0});
      }
  }

  // Can the base's node hand on this function of its sums?
  bool fuses(int base, const Function& function) const {
    if (function.is_identity()) return true;
    if (base == kInput) return false;
    const Op op = protos_[base].node.op;
    if (op == Op::kLayer) return true;
    const Function::Parts parts = function.parts(base_shape(base).channels);
    const bool keeps = op == Op::kMaxPool || op == Op::kGather || op == Op::kConcat;
    for (size_t c = 0; c < parts.affine.a.size(); ++c)
      if (keeps ? parts.affine.a[c] != 1 || parts.affine.b[c] != 0 : parts.affine.a[c] <= 0)
        return false;
    return !keeps || parts.rest.is_identity();
  }

  void emit() {
    // Which functions of each base are wanted: one is the base's own, of several each has a node.
    std::vector<std::vector<Function>> wanted(protos_.size() + 1);
    std::vector<const Request*> of_input;
    const auto want = [&](const Request& request) {
      auto& list = wanted[request.known.base + 1];
      if (std::ranges::find(list, request.known.function) == list.end())
        list.push_back(request.known.function);
      if (request.known.base == kInput) of_input.push_back(&request);
    };
    std::ranges::for_each(requests_, want);
    for (size_t base = protos_.size(); base-- > 0;)  // what nobody reads wants nothing
      if (!wanted[base + 1].empty()) std::ranges::for_each(protos_[base].operands, want);

    Network& network = result_.network;
    network.input = base_shape(kInput);
    result_.input_channels = network.input.channels;
    if (of_input.empty()) throw NodeError("no layer reads the input");
    const Request& first = *of_input.front();
    const bool one = std::ranges::all_of(of_input, [&](const Request* request) {
      return request->known.function == first.known.function && request->shape == first.shape &&
             same_order(request->known.moved, first.known.moved);
    });
    if (one && first.shape && !has_zeros(first.known.moved)) {
      network.input = *first.shape;
      result_.input_function = first.known.function;
      if (first.known.moved) result_.input_indices = *first.known.moved;
      emitted_.push_back({first.known, network.input, kInput});
      emitted_.push_back({first.known, std::nullopt, kInput});
    } else {
      emit_functions(kInput, wanted[0]);
    }
    for (size_t base = 0; base < protos_.size(); ++base) {
      Proto& proto = protos_[base];
      if (wanted[base + 1].empty()) continue;  // nobody reads it
      for (const Request& operand : proto.operands) proto.node.inputs.push_back(node_of(operand));
      const bool own =
          wanted[base + 1].size() == 1 && fuses(static_cast<int>(base), wanted[base + 1].front());
      const Function function = own ? wanted[base + 1].front() : Function();
      proto.lowered.function = function;
      const int node = append(proto.node, proto.lowered);
      emitted_.push_back({Known{static_cast<int>(base), function, {}}, proto.node.shape, node});
      if (!own) emit_functions(static_cast<int>(base), wanted[base + 1]);
    }
    for (size_t i = 0; i < requests_.size(); ++i) result_.handovers[i].node = node_of(requests_[i]);
  }

  // Nodes for a base's functions, behind its own.
  void emit_functions(int base, const std::vector<Function>& functions) {
    for (const Function& function : functions) {
      if (function.is_identity()) continue;
      Node node;
      node.op = Op::kMap;
      node.shape = base_shape(base);
      node.inputs = {base == kInput ? kInput : emitted_node(base)};
      LoweredNode lowered;
      lowered.function = function;
      lowered.source = base == kInput ? "the input" : protos_[base].lowered.source;
      const int index = append(node, lowered);
      emitted_.push_back({Known{base, function, {}}, node.shape, index});
    }
  }

  int emitted_node(int base) const {
    for (const Emitted& emitted : emitted_)
      if (emitted.known.base == base && emitted.known.function.is_identity() &&
          !emitted.known.moved)
        return emitted.node;
    return kInput;
  }

  int append(Node node, const LoweredNode& lowered) {
    const auto number = result_.network.nodes.size() + 1;
    const std::string_view kind =
        node.op == Op::kLayer ? to_string(node.layer.kind) : to_string(node.op);
    node.name = fmt::format("n{:03}.{}", number, kind);
    node.layer.name = node.name;
    result_.network.nodes.push_back(std::move(node));
    result_.nodes.push_back(lowered);
    return static_cast<int>(number) - 1;
  }

  // The node whose words the operand is; what is only moved has a node of its own.
  int node_of(const Request& request) {
    const auto shape_fits = [&](const std::optional<Shape>& shape) {
      return !request.shape || !shape || *shape == *request.shape;
    };
    const Emitted* plain = nullptr;
    for (const Emitted& emitted : emitted_) {
      if (emitted.known.base != request.known.base ||
          !(emitted.known.function == request.known.function))
        continue;
      if (same_order(emitted.known.moved, request.known.moved) && shape_fits(emitted.shape))
        return emitted.node;
      if (!emitted.known.moved) plain = &emitted;
    }
    if (!plain && request.known.base == kInput && request.known.function.is_identity()) {
      if (!request.known.moved && shape_fits(result_.network.input)) return kInput;
      emitted_.push_back({Known{}, result_.network.input, kInput});
      return node_of(request);
    }
    if (!plain) throw NodeError("a tensor is read that no node makes");
    Node node;
    node.op = Op::kGather;
    const int64_t whole = base_shape(request.known.base).size();
    const int64_t count =
        request.known.moved ? static_cast<int64_t>(request.known.moved->size()) : whole;
    node.shape = request.shape.value_or(Shape{static_cast<int>(count), 1, 1});
    node.inputs = {plain->node};
    LoweredNode lowered;
    lowered.source = "elements in another order";
    if (request.known.moved) {
      lowered.indices = *request.known.moved;
    } else {
      lowered.indices.resize(static_cast<size_t>(whole));
      std::iota(lowered.indices.begin(), lowered.indices.end(), 0);
    }
    const int index = append(node, lowered);
    emitted_.push_back({request.known, node.shape, index});
    return index;
  }

  struct Emitted {
    Known known;
    std::optional<Shape> shape;
    int node;
  };

  const onnx::Graph& graph_;
  Lowered result_;
  std::vector<std::optional<Known>> known_;  // by value
  std::vector<bool> in_tail_;                // by value
  std::vector<bool> may_be_float_;           // by operation
  std::vector<Proto> protos_;
  std::vector<Request> requests_;  // the handovers'
  std::vector<Emitted> emitted_;
  const Operation* current_ = nullptr;
};

}  // namespace

Lowered lower(const onnx::Graph& graph, const std::string& name) {
  return Lowering(graph, name).run();
}

}  // namespace rowcast
