#include "sim/convert/least_squares.h"

#include <cmath>

namespace rowcast {
namespace {

// Solves a x = b, a [n][n] symmetric and positive definite, by a = L Lᵀ (Cholesky).
std::vector<double> solved(std::vector<double> a, std::vector<double> b) {
  const size_t n = b.size();
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i == j ? std::sqrt(sum) : sum / a[j * n + j];
    }
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
  return b;
}

}  // namespace

bool has_lines(const Layer& depthwise) {
  const auto meets = [&](int pad, int dilation, int kernel) {
    return pad % dilation == 0 && pad / dilation < kernel;
  };
  return meets(depthwise.pad_top, depthwise.dilation_h, depthwise.kernel_h) &&
         meets(depthwise.pad_left, depthwise.dilation_w, depthwise.kernel_w);
}

std::vector<int> line_of(const Layer& depthwise, bool down) {
  const int k = depthwise.kernel_w;
  const int line =
      down ? depthwise.pad_left / depthwise.dilation_w : depthwise.pad_top / depthwise.dilation_h;
  std::vector<int> taps(k);
  for (int i = 0; i < k; ++i) taps[i] = down ? i * k + line : line * k + i;
  return taps;
}

double mean_square(std::span<const double> moments, std::span<const double> kernel) {
  const size_t n = kernel.size();
  double sum = 0;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) sum += kernel[i] * moments[i * n + j] * kernel[j];
  return sum;
}

std::vector<double> regularised(std::span<const double> moments) {
  std::vector<double> result(moments.begin(), moments.end());
  const auto taps = static_cast<size_t>(std::lround(std::sqrt(moments.size())));
  double diagonal = 0;
  for (size_t i = 0; i < taps; ++i) diagonal += moments[i * taps + i];
  for (size_t i = 0; i < taps; ++i)
    result[i * taps + i] += 1e-4 * diagonal / static_cast<double>(taps) + 1e-9;
  return result;
}

std::vector<double> nearest(std::span<const double> moments, std::span<const double> kernel,
                            std::span<const int> taps) {
  const size_t n = kernel.size(), count = taps.size();
  std::vector<double> a(count * count), b(count);
  for (size_t i = 0; i < count; ++i) {
    const auto line = moments.subspan(taps[i] * n, n);
    for (size_t j = 0; j < count; ++j) a[i * count + j] = line[taps[j]];
    for (size_t j = 0; j < n; ++j) b[i] += line[j] * kernel[j];
  }
  return solved(std::move(a), std::move(b));
}

std::vector<double> difference(std::span<const double> kernel, std::span<const double> f,
                               std::span<const int> taps) {
  std::vector<double> rest(kernel.begin(), kernel.end());
  for (size_t i = 0; i < taps.size(); ++i) rest[taps[i]] -= f[i];
  return rest;
}

}  // namespace rowcast
