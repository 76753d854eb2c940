#include "sim/workload/layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rowcast {

namespace {

// Why a layer can not be made of a branch of 1×K and one of K×1.
std::vector<std::string> fuse_problems(const Layer& layer) {
  std::vector<std::string> problems;
  if (layer.kernel_h != layer.kernel_w || layer.kernel_w % 2 == 0 ||
      layer.kernel_w > kMaxFuseKernel)
    problems.push_back(
        fmt::format("kernel: {}x{} can not be fused, allowed is an odd square kernel up to {}x{}",
                    layer.kernel_h, layer.kernel_w, kMaxFuseKernel, kMaxFuseKernel));
  if (layer.dilation_h != layer.dilation_w)
    problems.push_back(
        fmt::format("dilation: {}x{} can not be fused, allowed is an equal one "
                    "along both axes",
                    layer.dilation_h, layer.dilation_w));
  if (layer.in_channels < 2)
    problems.push_back("in_channels: 1 can not be fused, allowed is 2 or more");
  // The row branch has 1 tap and no padding along the height, the column branch along the width.
  const int lines = (layer.in_height - 1) / layer.stride_h + 1;
  const int columns = (layer.in_width - 1) / layer.stride_w + 1;
  if (layer.out_height() != lines || layer.out_width() != columns)
    problems.push_back(fmt::format(
        "padding: {} makes {}x{} outputs, but a fuse layer's branches, each padded along its own "
        "axis only, need {}x{}",
        padding_text(layer), layer.out_height(), layer.out_width(), lines, columns));
  return problems;
}

}  // namespace

std::string_view to_string(LayerKind kind) {
  switch (kind) {
    case LayerKind::kConv:
      return "conv";
    case LayerKind::kPointwise:
      return "pw";
    case LayerKind::kDepthwise:
      return "dw";
    case LayerKind::kFuse:
      return "fuse";
    case LayerKind::kFc:
      return "fc";
  }
  __builtin_unreachable();
}

int64_t Layer::reduction() const {
  switch (kind) {
    case LayerKind::kFuse:
      return kernel_w;
    case LayerKind::kDepthwise:
      return int64_t{kernel_h} * kernel_w;
    default:
      return int64_t{in_channels} * kernel_h * kernel_w;
  }
}

int64_t Layer::weights() const { return out_channels * reduction(); }
int64_t Layer::macs() const { return outputs() * reduction(); }

void pad_same(Layer& layer) {
  // Of kernels that validate() refuses it may be anything that it refuses, too.
  const auto half = [](int64_t reach) {
    return static_cast<int>(std::min<int64_t>((reach - 1) / 2, kMaxSize + 1));
  };
  layer.pad_top = layer.pad_bottom = half(layer.reach_h());
  layer.pad_left = layer.pad_right = half(layer.reach_w());
}

std::string size_text(int height, int width) {
  return height == width ? std::to_string(width) : fmt::format("{}x{}", height, width);
}

std::string padding_text(const Layer& layer) {
  return fmt::format("{}.{}.{}.{}", layer.pad_top, layer.pad_left, layer.pad_bottom,
                     layer.pad_right);
}

std::string unusual_text(const Layer& layer) {
  std::string text;
  if (layer.dilation_h > 1 || layer.dilation_w > 1)
    text += " d" + size_text(layer.dilation_h, layer.dilation_w);
  Layer usual = layer;
  pad_same(usual);
  if (usual != layer) text += " p" + padding_text(layer);
  return text;
}

Layer make_conv(std::string name, int in_channels, int height, int width, int out_channels,
                int kernel, int stride) {
  Layer layer{.name = std::move(name),
              .kind = LayerKind::kConv,
              .in_channels = in_channels,
              .in_height = height,
              .in_width = width,
              .out_channels = out_channels,
              .kernel_h = kernel,
              .kernel_w = kernel,
              .stride_h = stride,
              .stride_w = stride};
  pad_same(layer);
  return layer;
}

Layer make_pointwise(std::string name, int in_channels, int height, int width, int out_channels) {
  Layer layer = make_conv(std::move(name), in_channels, height, width, out_channels, 1, 1);
  layer.kind = LayerKind::kPointwise;
  return layer;
}

Layer make_depthwise(std::string name, int channels, int height, int width, int kernel,
                     int stride) {
  Layer layer = make_conv(std::move(name), channels, height, width, channels, kernel, stride);
  layer.kind = LayerKind::kDepthwise;
  return layer;
}

Layer make_fc(std::string name, int in_features, int out_features) {
  Layer layer = make_pointwise(std::move(name), in_features, 1, 1, out_features);
  layer.kind = LayerKind::kFc;
  return layer;
}

bool can_fuse(const Layer& depthwise) {
  return depthwise.kind == LayerKind::kDepthwise && depthwise.multiplier() == 1 &&
         fuse_problems(depthwise).empty();
}

Layer make_fuse(const Layer& depthwise, bool half) {
  Layer layer = depthwise;
  layer.kind = LayerKind::kFuse;
  layer.half = half;
  const int channels = depthwise.in_channels;
  layer.row_channels = half ? channels / 2 : channels;
  layer.col_channels = half ? channels - channels / 2 : channels;
  layer.out_channels = layer.row_channels + layer.col_channels;
  return layer;
}

std::vector<Branch> branches(const Layer& layer) {
  const Axis vertical = layer.vertical(), horizontal = layer.horizontal();
  if (layer.kind == LayerKind::kDepthwise)
    return {{layer.in_channels, layer.multiplier(), 0, 0, 0, vertical, horizontal}};
  const auto one_tap = [](Axis axis) {
    axis.taps = axis.dilation = 1;
    axis.pad = 0;
    return axis;
  };
  return {{layer.row_channels, 1, 0, 0, 0, one_tap(vertical), horizontal},
          {layer.col_channels, 1, layer.in_channels - layer.col_channels, layer.row_channels,
           int64_t{layer.row_channels} * layer.kernel_w, vertical, one_tap(horizontal)}};
}

std::vector<std::string> validate(const Layer& layer) {
  std::vector<std::string> problems;
  const auto in_range = [&](std::string_view what, int value, int min) {
    if (value < min || value > kMaxSize)
      problems.push_back(
          fmt::format("{}: {} is out of range, allowed is {} to {}", what, value, min, kMaxSize));
  };
  in_range("in_channels", layer.in_channels, 1);
  in_range("in_height", layer.in_height, 1);
  in_range("in_width", layer.in_width, 1);
  in_range("out_channels", layer.out_channels, 1);
  in_range("kernel_h", layer.kernel_h, 1);
  in_range("kernel_w", layer.kernel_w, 1);
  in_range("stride_h", layer.stride_h, 1);
  in_range("stride_w", layer.stride_w, 1);
  in_range("dilation_h", layer.dilation_h, 1);
  in_range("dilation_w", layer.dilation_w, 1);
  in_range("pad_top", layer.pad_top, 0);
  in_range("pad_left", layer.pad_left, 0);
  in_range("pad_bottom", layer.pad_bottom, 0);
  in_range("pad_right", layer.pad_right, 0);
  if (!problems.empty()) return problems;
  if (layer.padded_height() < layer.reach_h() || layer.padded_width() < layer.reach_w())
    problems.push_back(fmt::format(
        "kernel: {}x{}{} is larger than the padded input {}x{}", layer.kernel_h, layer.kernel_w,
        layer.dilation_h > 1 || layer.dilation_w > 1
            ? fmt::format(" with dilation {}x{}, which is {}x{},", layer.dilation_h,
                          layer.dilation_w, layer.reach_h(), layer.reach_w())
            : "",
        layer.padded_height(), layer.padded_width()));
  if (layer.kind == LayerKind::kDepthwise && layer.out_channels % layer.in_channels != 0)
    problems.push_back(
        fmt::format("out_channels: {} is no multiple of in_channels, allowed are "
                    "multiples of {}",
                    layer.out_channels, layer.in_channels));
  if (layer.kind == LayerKind::kFuse)
    for (std::string& problem : fuse_problems(layer)) problems.push_back(std::move(problem));
  if (!problems.empty()) return problems;
  // The padded input can overflow, so it is compared by division; it bounds a reduction and an
  // output plane, and with these nothing else can.
  if (layer.padded_height() * layer.padded_width() > kMaxElements / layer.in_channels ||
      layer.outputs() > kMaxElements || layer.weights() > kMaxElements)
    problems.push_back("size: a tensor has more than 2^36 elements, padding included");
  else if (layer.reduction() > kMaxMacs / layer.outputs())
    problems.push_back("size: more than 2^48 multiply-accumulates");
  return problems;
}

}  // namespace rowcast
