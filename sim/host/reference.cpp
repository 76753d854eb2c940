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
  const int h = layer.in_height, w = layer.in_width, k = layer.kernel_w, s = layer.stride;
  switch (layer.kind) {
    case LayerKind::kDepthwise:
      return {{{layer.in_channels, h, w, layer.in_channels, layer.kernel_h, layer.kernel_w, s, s,
                layer.pad_h, layer.pad_w, layer.in_channels},
               0,
               0,
               0}};
    case LayerKind::kFuse: {
      const int rows = layer.row_channels, cols = layer.col_channels;
      const size_t plane = size_t(h) * w;
      return {{{rows, h, w, rows, 1, k, s, s, 0, layer.pad_w, rows}, 0, 0, 0},
              {{cols, h, w, cols, k, 1, s, s, layer.pad_h, 0, cols},
               (layer.in_channels - cols) * plane,
               size_t(rows) * k,
               size_t(rows) * layer.pixels()}};
    }
    default:
      return {{{layer.in_channels, h, w, layer.out_channels, layer.kernel_h, layer.kernel_w, s, s,
                layer.pad_h, layer.pad_w, 1},
               0,
               0,
               0}};
  }
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
