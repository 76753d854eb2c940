#include "sim/workload/layer.h"

#include <fmt/format.h>

#include <utility>

namespace rowcast {

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

Layer make_conv(std::string name, int in_channels, int height, int width, int out_channels,
                int kernel, int stride) {
  return {.name = std::move(name),
          .kind = LayerKind::kConv,
          .in_channels = in_channels,
          .in_height = height,
          .in_width = width,
          .out_channels = out_channels,
          .kernel_h = kernel,
          .kernel_w = kernel,
          .stride = stride,
          .pad_h = (kernel - 1) / 2,
          .pad_w = (kernel - 1) / 2};
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
  if (layer.kind == LayerKind::kDepthwise)
    return {{layer.in_channels, 0, 0, 0, layer.kernel_h, layer.kernel_w, layer.pad_h, layer.pad_w}};
  return {{layer.row_channels, 0, 0, 0, 1, layer.kernel_w, 0, layer.pad_w},
          {layer.col_channels, layer.in_channels - layer.col_channels, layer.row_channels,
           int64_t{layer.row_channels} * layer.kernel_w, layer.kernel_h, 1, layer.pad_h, 0}};
}

bool can_fuse(int kernel_h, int kernel_w) {
  return kernel_h == kernel_w && kernel_w % 2 == 1 && kernel_w <= kMaxFuseKernel;
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
  in_range("stride", layer.stride, 1);
  in_range("pad_h", layer.pad_h, 0);
  in_range("pad_w", layer.pad_w, 0);
  if (!problems.empty()) return problems;
  const int height = layer.in_height + 2 * layer.pad_h, width = layer.in_width + 2 * layer.pad_w;
  if (height < layer.kernel_h || width < layer.kernel_w)
    problems.push_back(fmt::format("kernel: {}x{} is larger than the padded input {}x{}",
                                   layer.kernel_h, layer.kernel_w, height, width));
  if (layer.kind == LayerKind::kFuse) {
    if (!can_fuse(layer.kernel_h, layer.kernel_w))
      problems.push_back(
          fmt::format("kernel: {}x{} can not be fused, allowed is an odd square kernel up to {}x{}",
                      layer.kernel_h, layer.kernel_w, kMaxFuseKernel, kMaxFuseKernel));
    if (layer.in_channels < 2)
      problems.push_back("in_channels: 1 can not be fused, allowed is 2 or more");
  }
  if (!problems.empty()) return problems;
  // The padded input can overflow, so it is compared by division; it bounds a reduction and an
  // output plane, and with these nothing else can.
  if (int64_t{height} * width > kMaxElements / layer.in_channels ||
      layer.outputs() > kMaxElements || layer.weights() > kMaxElements)
    problems.push_back("size: a tensor has more than 2^36 elements, padding included");
  else if (layer.reduction() > kMaxMacs / layer.outputs())
    problems.push_back("size: more than 2^48 multiply-accumulates");
  return problems;
}

}  // namespace rowcast
