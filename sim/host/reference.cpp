#include "sim/host/reference.h"

#include <algorithm>
#include <thread>

#include "sim/golden/convolution.h"

namespace rowcast {
namespace {

struct SubConvolution {
  golden::Convolution shape;
  size_t first_input, first_weight, first_output;  // elements
};

// Said from the layer's definition, not from how any schedule splits it.
std::vector<SubConvolution> convolutions(const Layer& layer) {
  golden::Convolution shape{.in_channels = layer.in_channels,
                            .in_height = layer.in_height,
                            .in_width = layer.in_width,
                            .out_channels = layer.out_channels,
                            .kernel_h = layer.kernel_h,
                            .kernel_w = layer.kernel_w,
                            .stride_h = layer.stride_h,
                            .stride_w = layer.stride_w,
                            .dilation_h = layer.dilation_h,
                            .dilation_w = layer.dilation_w,
                            .pad_top = layer.pad_top,
                            .pad_left = layer.pad_left,
                            .pad_bottom = layer.pad_bottom,
                            .pad_right = layer.pad_right};
  if (layer.kind == LayerKind::kDepthwise) shape.groups = layer.in_channels;
  if (layer.kind != LayerKind::kFuse) return {{shape, 0, 0, 0}};

  golden::Convolution along_rows = shape, along_cols = shape;
  along_rows.in_channels = along_rows.out_channels = along_rows.groups = layer.row_channels;
  along_rows.kernel_h = 1;
  along_rows.pad_top = along_rows.pad_bottom = 0;
  along_cols.in_channels = along_cols.out_channels = along_cols.groups = layer.col_channels;
  along_cols.kernel_w = 1;
  along_cols.pad_left = along_cols.pad_right = 0;
  const size_t plane = size_t(layer.in_height) * layer.in_width;
  return {
      {along_rows, 0, 0, 0},
      {along_cols, (layer.in_channels - layer.col_channels) * plane,
       size_t(layer.row_channels) * layer.kernel_w, size_t(layer.row_channels) * layer.pixels()}};
}

}  // namespace

std::vector<int64_t> golden_outputs(const Layer& layer, std::span<const int16_t> input,
                                    std::span<const int16_t> weights, int threads) {
  std::vector<int64_t> output(layer.outputs());
  for (const SubConvolution& part : convolutions(layer)) {
    const auto work = [&](int first, int last) {
      golden::convolve(part.shape, input.subspan(part.first_input),
                       weights.subspan(part.first_weight),
                       std::span(output).subspan(part.first_output), first, last);
    };
    const int channels = part.shape.out_channels;
    const int workers = std::clamp(threads, 1, channels);
    std::vector<std::jthread> pool;
    for (int i = 1; i < workers; ++i)
      pool.emplace_back(work, channels * i / workers, channels * (i + 1) / workers);
    work(0, channels / workers);
  }
  return output;
}

}  // namespace rowcast
