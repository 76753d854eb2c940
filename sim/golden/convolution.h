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
  int stride_h, stride_w;
  int pad_h, pad_w;
  int groups;

  int out_height() const { return (in_height + 2 * pad_h - kernel_h) / stride_h + 1; }
  int out_width() const { return (in_width + 2 * pad_w - kernel_w) / stride_w + 1; }
};

// Adds the output's channels [first, last) to `output` (the whole output), exact in 64 bits:
//   out[o][y][x] += sum over i, u, v of in[i][y*stride_h + u - pad_h][x*stride_w + v - pad_w] *
//   w[o][i][u][v]
void convolve(const Convolution& shape, std::span<const int16_t> input,
              std::span<const int16_t> weights, std::span<int64_t> output, int first, int last);

// The whole output.
std::vector<int64_t> convolve(const Convolution& shape, std::span<const int16_t> input,
                              std::span<const int16_t> weights);

}  // namespace rowcast::golden
