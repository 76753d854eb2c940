// Channel-wise convolution and batch norm on images whose channels are last, [image][line][column]
// [channel], forward and backward: the loops that take nearly all of the time of training a mobile
// network on a processor, and for which libtorch 1.13 has slow ones only (a depthwise backward pass
// there takes ten times as long).
//
// Compiled once for each instruction set that is worth it; kernels() chooses. Results do not depend
// on the number of threads: callers cut the images into fixed chunks.
#pragma once

#include <cstdint>

namespace rowcast::training {

// One branch of a channel-wise convolution, on a run of its input's and its output's channels: a
// depthwise layer is one branch of all channels, a FuSe layer two (1×K and K×1).
struct Branch {
  int in_height, in_width, in_channels;     // of the input tensor
  int out_height, out_width, out_channels;  // of the output tensor
  int first_in, first_out, channels;        // of the branch
  int kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  int taps() const { return kernel_h * kernel_w; }
};

// A batch norm's function of one channel in training: y = clamp(scale * x + shift, low, high).
struct Norm {
  const float *scale, *shift;  // one for each channel
  float low, high;             // infinite where nothing is clamped
};

// Weights and their gradients are [tap][channel]. `scratch` holds scratch_floats().
struct Kernels {
  void (*forward)(const Branch&, int64_t images, const float* x, const float* weights, float* y,
                  float* scratch);
  // Writes the branch's channels of dx; or adds to them.
  void (*backward_input)(const Branch&, int64_t images, const float* dy, const float* weights,
                         bool add, float* dx, float* scratch);
  // Adds to dweights.
  void (*backward_weights)(const Branch&, int64_t images, const float* x, const float* dy,
                           float* dweights, float* scratch);
  // Mean and sum of squared deviations of each channel.
  void (*moments)(int64_t pixels, int channels, const float* x, float* mean, float* squares);
  void (*normalise)(int64_t pixels, int channels, const float* x, const Norm& norm, float* y);
  // Sums over pixels of g, and of g * (x - mean), where g is dy where nothing was clamped.
  void (*norm_sums)(int64_t pixels, int channels, const float* x, const float* dy, const Norm& norm,
                    const float* mean, float* sum_g, float* sum_gx);
  // dx = scale * (g - by_one - (x - mean) * by_x).
  void (*norm_backward)(int64_t pixels, int channels, const float* x, const float* dy,
                        const Norm& norm, const float* mean, const float* by_one, const float* by_x,
                        float* dx);
};

// Of the fastest set that this processor has.
const Kernels& kernels();

// Of the padded lines that the convolutions work on.
int64_t scratch_floats(const Branch& branch);

}  // namespace rowcast::training
