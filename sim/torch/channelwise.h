// Differentiable operations on the kernels of kernels.h. Tensors are float, [images][channels]
// [height][width] with channels last in memory; others are brought to that.
#pragma once

#include <torch/types.h>

#include <limits>
#include <vector>

namespace rowcast::training {

// How a branch's kernel slides; its sizes are those of its weights.
struct Sliding {
  int stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
};

// One branch of a channel-wise convolution: filter i, of weights [channels][1][kernel_h]
// [kernel_w], takes the input's channel first_in + i.
struct BranchWeights {
  torch::Tensor weights;
  Sliding sliding;
  int first_in = 0;
};

// The branches' outputs, one behind the other along the channels: a depthwise convolution is one
// branch, FuSe Half (DATE'21, section 3) two on a half of the channels each, FuSe Full two on all.
// At most two.
torch::Tensor channelwise(const torch::Tensor& input, const std::vector<BranchWeights>& branches);

// Batch norm over images and pixels (Ioffe and Szegedy, ICML 2015) and a clamp behind it, in one.
// In training the running statistics move by `momentum` towards the batch's (the variance
// unbiased); else they are what is used.
struct BatchNorm {
  torch::Tensor scale, shift, running_mean, running_variance;  // one for each channel
  double epsilon = 1e-5, momentum = 0.1;
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};
torch::Tensor normalised(const torch::Tensor& input, const BatchNorm& norm, bool training);

}  // namespace rowcast::training
