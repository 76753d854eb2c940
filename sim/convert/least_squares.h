// 1-D kernels in the place of a K×K one, by what the network sees.
//
// Let p be a patch of K² input pixels under the kernel k, and R = E[p pᵀ] its second moments over
// all places and images. Kernels k and g differ by E[(kᵀp - gᵀp)²] = (k - g)ᵀ R (k - g). A kernel
// with taps in some places only is g = Sᵀf, where S selects these places; the difference is least
// where its gradient -2 S R (k - Sᵀf) is zero:
//
//   f = (S R Sᵀ)⁻¹ S R k
#pragma once

#include <span>
#include <vector>

#include "sim/workload/layer.h"

namespace rowcast {

// Which of the K×K taps, row-major, a 1×K kernel has, or K×1 where `down`: the line that meets the
// output's own pixel, which is where FuSeConv's branches read.
std::vector<int> line_of(const Layer& depthwise, bool down);
// Has it such lines? Not where pads bring the own pixel between taps, or beside them.
bool has_lines(const Layer& depthwise);

// R is [K²][K²], row-major, in double.

// R with 1e-4 of its mean diagonal and 1e-9 added to the diagonal, so that channels whose pixels
// are always zero, or always equal, have a kernel, too.
std::vector<double> regularised(std::span<const double> moments);

// kᵀ R k: the mean square of the kernel's outputs.
double mean_square(std::span<const double> moments, std::span<const double> kernel);

// f for these taps; R has to be positive definite.
std::vector<double> nearest(std::span<const double> moments, std::span<const double> kernel,
                            std::span<const int> taps);

// k - Sᵀf.
std::vector<double> difference(std::span<const double> kernel, std::span<const double> f,
                               std::span<const int> taps);

}  // namespace rowcast
