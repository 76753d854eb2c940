#include "tests/accelerator/random_networks.h"

#include <fmt/format.h>

#include <stdexcept>

#include "tests/random_layers.h"

namespace rowcast::accelerator {
namespace {

class Maker {
 public:
  explicit Maker(std::mt19937_64& random) : random_(random) {}

  Network make() {
    network_.name = "random";
    network_.input = {in(1, 5), in(1, 20), in(1, 20)};
    shape_ = network_.input;
    if (in(0, 3) > 0) first_layer();
    for (int blocks = in(network_.nodes.empty(), 3); blocks > 0; --blocks) {
      if (in(0, 1) == 0)
        inverted_residual();
      else
        separable();
    }
    if (in(0, 1) == 0) {
      if (in(0, 1) == 0) pointwise(in(1, 30));
      append({.name = "pool", .op = Op::kPool});
      shape_ = {shape_.channels, 1, 1};
      pointwise(in(1, 40), LayerKind::kFc);
    }
    if (const std::string error = infer_shapes(network_); !error.empty())
      throw std::logic_error(error);
    return transform(network_, variants()[in(0, static_cast<int>(variants().size()) - 1)]);
  }

 private:
  int in(int min, int max) { return random_in(random_, min, max); }
  bool one_in(int n) { return in(1, n) == 1; }

  int append(Node node) {
    node.inputs = {static_cast<int>(network_.nodes.size()) - 1};
    if (node.op == Op::kLayer) {
      Layer& layer = node.layer;
      layer.name = node.name = fmt::format("{}{}", to_string(layer.kind), network_.nodes.size());
      constexpr Activation kAll[] = {Activation::kNone, Activation::kRelu, Activation::kRelu6,
                                     Activation::kHswish, Activation::kHsigmoid};
      node.activation = kAll[in(0, 4)];
      shape_ = {layer.out_channels, layer.out_height(), layer.out_width()};
    }
    network_.nodes.push_back(std::move(node));
    return static_cast<int>(network_.nodes.size()) - 1;
  }

  Layer layer_of(LayerKind kind, int out) {
    return {.name = {},
            .kind = kind,
            .in_channels = shape_.channels,
            .in_height = shape_.height,
            .in_width = shape_.width,
            .out_channels = out};
  }

  void slide(Layer& layer, int stride) {
    constexpr int kKernels[] = {1, 3, 3, 5, 7};
    layer.kernel_h = layer.kernel_w = kKernels[in(0, 4)];
    layer.stride_h = layer.stride_w = stride;
    pad_same(layer);
    if (one_in(3)) {  // nothing alike
      layer.kernel_w = in(1, 6);
      layer.stride_w = in(1, 3);
      layer.pad_top = in(0, layer.kernel_h - 1);
      layer.pad_left = in(0, layer.kernel_w - 1);
      layer.pad_bottom = in(0, layer.kernel_h - 1);
      layer.pad_right = in(0, layer.kernel_w - 1);
    }
    if (layer.padded_height() < layer.kernel_h) layer.pad_bottom = layer.kernel_h;
    if (layer.padded_width() < layer.kernel_w) layer.pad_right = layer.kernel_w;
  }

  void first_layer() {
    Layer layer = layer_of(LayerKind::kConv, in(1, 24));
    slide(layer, in(1, 2));
    append({.name = {}, .layer = layer});
  }
  int pointwise(int out, LayerKind kind = LayerKind::kPointwise) {
    return append({.name = {}, .layer = layer_of(kind, out)});
  }
  void depthwise(int stride) {
    Layer layer = layer_of(LayerKind::kDepthwise, shape_.channels);
    slide(layer, stride);
    append({.name = {}, .layer = layer});
  }

  // Scales the last node's channels by what two layers make of their sums.
  void squeeze_excite() {
    const int scaled = static_cast<int>(network_.nodes.size()) - 1;
    const Shape shape = shape_;
    append({.name = fmt::format("pool{}", scaled), .op = Op::kPool});
    shape_ = {shape.channels, 1, 1};
    pointwise(in(1, 20), LayerKind::kFc);
    const int by = pointwise(shape.channels, one_in(2) ? LayerKind::kFc : LayerKind::kPointwise);
    append({.name = fmt::format("scale{}", scaled), .op = Op::kScale});
    network_.nodes.back().inputs = {scaled, by};
    shape_ = shape;
  }

  void separable() {
    depthwise(in(1, 2));
    if (one_in(4)) depthwise(1);
    if (one_in(4)) squeeze_excite();
    if (one_in(4)) return;
    pointwise(in(1, 40));
  }

  void inverted_residual() {
    const int input = static_cast<int>(network_.nodes.size()) - 1;
    const Shape before = shape_;
    pointwise(in(1, 45));
    depthwise(in(1, 2));
    if (one_in(3)) squeeze_excite();
    const bool same = shape_.height == before.height && shape_.width == before.width;
    const int last = pointwise(same && one_in(2) ? before.channels : in(1, 30));
    if (input < 0 || shape_ != before) return;
    if (one_in(2)) network_.nodes[last].activation = Activation::kNone;
    append({.name = fmt::format("add{}", last), .op = Op::kAdd});
    network_.nodes.back().inputs = {last, input};
  }

  std::mt19937_64& random_;
  Network network_;
  Shape shape_;
};

}  // namespace

Network random_network(std::mt19937_64& random) { return Maker(random).make(); }

AcceleratorConfig random_config(std::mt19937_64& random) {
  ArrayConfig array;
  array.rows = array.cols = random_in(random, 4, 13);
  // Every other time so small that tensors must be spilled.
  const int part = random_in(random, 0, 1) == 0 ? 1 : 10;
  const auto depth = [&](int most) {
    return random_in(random, 1, most) * random_in(random, 2, 20) / part;
  };
  return {.array = array,
          .a_depth = 100 + depth(200),
          .b_depth = 50 + depth(60),
          .w_depth = 50 + depth(40),
          .q_depth = random_in(random, 4, 40),
          .s_depth = 60 + depth(20),
          .tables = random_in(random, 1, 3)};
}

}  // namespace rowcast::accelerator
