#include "sim/import/fuse.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "sim/onnx/operators.h"
#include "sim/workload/layer.h"

namespace rowcast {
namespace {

// A depthwise convolution of one filter a channel, or nothing.
std::optional<Layer> depthwise_of(const onnx::Graph& graph, const onnx::Operation& operation) {
  if (operation.node.op != "Conv" || !graph.values[operation.inputs[1]].constant)
    return std::nullopt;
  const onnx::Dims &x = graph.input(operation, 0).dims, &w = graph.input(operation, 1).dims,
                   &y = graph.values[operation.outputs[0]].dims;
  if (x.size() != 4 || x[0] != 1 || x[1] != w[0] || w[1] != 1 || x[1] < 2) return std::nullopt;
  std::vector<const onnx::Value*> inputs;
  for (const int input : operation.inputs)
    inputs.push_back(input < 0 ? nullptr : &graph.values[input]);
  const onnx::Windows win = onnx::windows_of({operation.node, inputs, graph.opset},
                                             onnx::Dims(w.begin() + 2, w.end()), x);
  const auto size = [](int64_t value) { return static_cast<int>(value); };
  Layer layer = make_depthwise("", size(x[1]), size(x[2]), size(x[3]), 1, 1);
  layer.kernel_h = size(w[2]), layer.kernel_w = size(w[3]);
  layer.stride_h = size(win.strides[0]), layer.stride_w = size(win.strides[1]);
  layer.dilation_h = size(win.dilations[0]), layer.dilation_w = size(win.dilations[1]);
  layer.pad_top = size(win.pads_begin[0]), layer.pad_left = size(win.pads_begin[1]);
  layer.pad_bottom = size(win.pads_end[0]), layer.pad_right = size(win.pads_end[1]);
  const bool fits = layer.out_height() == y[2] && layer.out_width() == y[3];
  return fits && layer.kernel_w > 1 && can_fuse(layer) ? std::optional(layer) : std::nullopt;
}

// Solves a * x = b, a symmetric and positive definite, by Gauss's elimination.
std::vector<double> solved(std::vector<std::vector<double>> a, std::vector<double> b) {
  const size_t n = b.size();
  for (size_t i = 0; i < n; ++i)
    for (size_t row = i + 1; row < n; ++row) {
      const double by = a[row][i] / a[i][i];
      for (size_t k = i; k < n; ++k) a[row][k] -= by * a[i][k];
      b[row] -= by * b[i];
    }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  return b;
}

// The taps of 1×K, or K×1 where `down`, nearest to a K×K kernel's. They lie on the line of the
// kernel that meets the output's own pixel.
std::vector<float> nearest(const Layer& layer, const float* kernel, bool down) {
  const int k = layer.kernel_w;
  const double centre = down ? static_cast<double>(layer.pad_left) / layer.dilation_w
                             : static_cast<double>(layer.pad_top) / layer.dilation_h;
  const auto correlation = [](double dy, double dx) {
    return 1 + std::pow(0.9, std::fabs(dy) + std::fabs(dx));
  };
  std::vector<std::vector<double>> a(k, std::vector<double>(k));
  std::vector<double> b(k);
  for (int i = 0; i < k; ++i) {
    for (int j = 0; j < k; ++j) a[i][j] = correlation(0, layer.dilation_w * (i - j));
    for (int u = 0; u < k; ++u)
      for (int v = 0; v < k; ++v)
        b[i] += kernel[u * k + v] * correlation(layer.dilation_h * (u - (down ? i : centre)),
                                                layer.dilation_w * (v - (down ? centre : i)));
  }
  const std::vector<double> taps = solved(std::move(a), std::move(b));
  return {taps.begin(), taps.end()};
}

class Fusing {
 public:
  explicit Fusing(const onnx::Graph& graph) : from_(graph) { result_.graph = graph; }

  Fused run() {
    std::vector<onnx::Operation>& operations = result_.graph.operations;
    operations.clear();
    for (const onnx::Operation& operation : from_.operations) {
      const std::optional<Layer> layer = depthwise_of(from_, operation);
      if (!layer) {
        operations.push_back(operation);
        continue;
      }
      result_.nodes.push_back(onnx::described(operation.node));
      fuse(operation, *layer);
    }
    return std::move(result_);
  }

 private:
  int add(const std::string& name, onnx::Type type, onnx::Dims dims,
          std::optional<onnx::Tensor> constant = {}) {
    result_.graph.values.push_back({name, type, std::move(dims), std::move(constant)});
    return static_cast<int>(result_.graph.values.size()) - 1;
  }
  int constant(const std::string& name, onnx::Tensor tensor) {
    const onnx::Type type = tensor.type;
    const onnx::Dims dims = tensor.dims;
    return add(name, type, dims, std::move(tensor));
  }
  void append(onnx::Node node, std::vector<int> inputs, int output) {
    result_.graph.operations.push_back({std::move(node), std::move(inputs), {output}});
  }

  void fuse(const onnx::Operation& operation, const Layer& layer) {
    const onnx::Value x = from_.input(operation, 0);
    const std::vector<float>& weights = from_.input(operation, 1).constant->reals;
    const int k = layer.kernel_w, taps = k * k, channels = layer.in_channels, rows = channels / 2;
    const std::string name = onnx::described(operation.node);
    std::vector<int> parts;
    for (const bool down : {false, true}) {
      const int first = down ? rows : 0, count = down ? channels - rows : rows;
      const std::string part = fmt::format("{} {}", name, down ? "K×1" : "1×K");
      std::vector<int64_t> numbers(count);
      std::iota(numbers.begin(), numbers.end(), first);
      std::vector<float> kernels, biases;
      for (int c = first; c < first + count; ++c) {
        const std::vector<float> near = nearest(layer, weights.data() + c * taps, down);
        kernels.insert(kernels.end(), near.begin(), near.end());
      }
      onnx::Node gather;
      gather.name = part + " channels";
      gather.op = "Gather";
      gather.attributes["axis"] = int64_t{1};
      onnx::Dims dims = x.dims;
      dims[1] = count;
      const int taken = add(gather.name, x.type, dims);
      append(std::move(gather),
             {operation.inputs[0],
              constant(part + " numbers", {onnx::Type::kInt64, {count}, {}, std::move(numbers)})},
             taken);
      std::vector<int> inputs = {
          taken, constant(part + " weights", {onnx::Type::kFloat,
                                              {count, 1, down ? k : 1, down ? 1 : k},
                                              std::move(kernels),
                                              {}})};
      if (operation.inputs.size() > 2 && operation.inputs[2] >= 0) {
        const std::vector<float>& given = from_.input(operation, 2).constant->reals;
        biases.assign(given.begin() + first, given.begin() + first + count);
        inputs.push_back(
            constant(part + " bias", {onnx::Type::kFloat, {count}, std::move(biases), {}}));
      }
      onnx::Node conv;
      conv.name = part;
      conv.op = "Conv";
      conv.attributes["group"] = int64_t{count};
      conv.attributes["strides"] = std::vector<int64_t>{layer.stride_h, layer.stride_w};
      conv.attributes["dilations"] =
          std::vector<int64_t>{down ? layer.dilation_h : 1, down ? 1 : layer.dilation_w};
      conv.attributes["pads"] = down ? std::vector<int64_t>{layer.pad_top, 0, layer.pad_bottom, 0}
                                     : std::vector<int64_t>{0, layer.pad_left, 0, layer.pad_right};
      onnx::Dims made = from_.values[operation.outputs[0]].dims;
      made[1] = count;
      const int output = add(part + " result", x.type, made);
      append(std::move(conv), std::move(inputs), output);
      parts.push_back(output);
    }
    onnx::Node concat;
    concat.name = name + " fused";
    concat.op = "Concat";
    concat.attributes["axis"] = int64_t{1};
    append(std::move(concat), std::move(parts), operation.outputs[0]);
  }

  const onnx::Graph& from_;
  Fused result_;
};

}  // namespace

Fused fuse_half(const onnx::Graph& graph) { return Fusing(graph).run(); }

}  // namespace rowcast
