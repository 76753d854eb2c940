// The truth: a convolution by its definition. Knows nothing of arrays, tiles or schedules.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rowcast::golden {

// A grouped 2-D convolution with zero padding. Input [in_channels][in_height][in_width], weights
// [out_channels][in_channels / groups][kernel_h][kernel_w], output [out_channels][out_h][out_w].
// groups = in_channels is a depthwise convolution.
struct Convolution {
  int in_channels, in_height, in_width;
  int out_channels;
  int kernel_h, kernel_w;
  int stride_h = 1, stride_w = 1;
  int dilation_h = 1, dilation_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  int groups = 1;

  int out_height() const {
    return (in_height + pad_top + pad_bottom - dilation_h * (kernel_h - 1) - 1) / stride_h + 1;
  }
  int out_width() const {
    return (in_width + pad_left + pad_right - dilation_w * (kernel_w - 1) - 1) / stride_w + 1;
  }
};

// Adds the output's channels [first, last) to `output` (the whole output), exact in 64 bits:
//   out[o][y][x] += sum over i, u, v of w[o][i][u][v] *
//       in[i][y*stride_h + u*dilation_h - pad_top][x*stride_w + v*dilation_w - pad_left]
void convolve(const Convolution& shape, std::span<const int16_t> input,
              std::span<const int16_t> weights, std::span<int64_t> output, int first, int last);

// The whole output.
std::vector<int64_t> convolve(const Convolution& shape, std::span<const int16_t> input,
                              std::span<const int16_t> weights);

}  // namespace rowcast::golden
