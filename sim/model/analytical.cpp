#include "sim/model/analytical.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/schedule/ceil_div.h"

namespace rowcast {
namespace {

// Inputs of an axis that windows cover, padding excluded.
int64_t covered(const Axis& axis) {
  const int64_t windows = axis.outputs, taps = axis.taps, stride = axis.stride;
  if (axis.dilation == 1) {
    const auto below = [&](int64_t end) {  // of the padded axis
      if (taps >= stride) return std::min(end, (windows - 1) * stride + taps);
      const int64_t whole = std::min(end / stride, windows);
      return whole * taps + (whole < windows ? std::min(end % stride, taps) : 0);
    };
    return below(int64_t{axis.pad} + axis.inputs) - below(axis.pad);
  }
  // A position window * stride + tap * dilation is that of a later window's earlier tap, too, if
  // there are such; it is counted for the earliest tap.
  const int64_t common = std::gcd(stride, int64_t{axis.dilation});
  const int64_t later = axis.dilation / common, earlier = stride / common;
  int64_t count = 0;
  for (int64_t tap = 0; tap < taps; ++tap) {
    const int64_t at = tap * axis.dilation - axis.pad;  // of window 0
    const auto below = [&](int64_t end) {               // windows
      return at >= end ? 0 : std::min(windows, (end - at - 1) / stride + 1);
    };
    const int64_t first = tap < earlier ? 0 : std::max<int64_t>(0, windows - later);
    count += std::max(below(axis.inputs), first) - std::max(below(0), first);
  }
  return count;
}

// Of the inputs output * stride, which a branch of one tap reads, those that the windows cover.
int64_t shared_outputs(const Axis& axis) {
  int64_t first = axis.outputs, end = 0;  // [0, end) and [first, outputs) are covered
  for (int64_t tap = 0; tap < axis.taps; ++tap) {
    const int64_t at = tap * axis.dilation - axis.pad;
    if (at % axis.stride != 0) continue;
    if (at >= 0) first = std::min(first, at / axis.stride);
    if (at <= 0) end = std::max(end, axis.outputs + at / axis.stride);
  }
  return std::min<int64_t>(axis.outputs, end + axis.outputs - first);
}

int64_t distinct_inputs(const Layer& layer) {
  const Axis vertical = layer.vertical(), horizontal = layer.horizontal();
  const int64_t rows = covered(vertical), cols = covered(horizontal);
  if (layer.kind != LayerKind::kFuse) return rows * cols * layer.in_channels;
  // The row branch reads every stride_h-th line, the column branch every stride_w-th column; shared
  // channels are read once.
  const int64_t shared = std::max(0, layer.row_channels + layer.col_channels - layer.in_channels);
  return vertical.outputs * cols * layer.row_channels +
         rows * horizontal.outputs * layer.col_channels -
         shared * shared_outputs(vertical) * shared_outputs(horizontal);
}

// The model's GEMM with real-valued pixel counts, truncated by the caller.
double date21_gemm(double pixels, double reduction, double filters, double x, double y) {
  const double a = std::floor(pixels / x), p = std::fmod(pixels, x);
  const double b = std::floor(filters / y), q = std::fmod(filters, y);
  double cycles = a * b * (reduction + x + y - 1);
  if (p > 0) cycles += b * (reduction + p + y - 1);
  if (q > 0) cycles += a * (reduction + x + q - 1);
  if (p > 0 && q > 0) cycles += reduction + p + q - 1;
  return cycles;
}

}  // namespace

int64_t date21_cycles(const ArrayConfig& config, const Layer& layer, Rounding rounding) {
  const double x = config.rows, y = config.cols;
  const auto height = static_cast<double>(layer.padded_height()),
             width = static_cast<double>(layer.padded_width());
  if (layer.kind == LayerKind::kFuse) {
    const auto branch = [&](double lines, double stride, double padded, int64_t reach,
                            double channels) {
      return std::ceil(std::ceil(lines * channels / x) / stride * (y + static_cast<double>(reach)) *
                       std::ceil(padded / y));
    };
    return static_cast<int64_t>(branch(layer.in_height, layer.stride_h, width, layer.reach_w(),
                                       layer.row_channels)) +
           static_cast<int64_t>(
               branch(layer.in_width, layer.stride_w, height, layer.reach_h(), layer.col_channels));
  }
  const auto outputs = [](double padded, int64_t reach, double stride) {
    return (padded - static_cast<double>(reach) + stride) / stride;
  };
  double e = outputs(height, layer.reach_h(), layer.stride_h),
         f = outputs(width, layer.reach_w(), layer.stride_w);
  if (rounding == Rounding::kCode) e = std::floor(e), f = std::floor(f);
  if (layer.kind == LayerKind::kDepthwise)
    return static_cast<int64_t>(date21_gemm(e * f,
                                            static_cast<double>(layer.kernel_h) * layer.kernel_w,
                                            layer.multiplier(), x, y)) *
           layer.in_channels;
  return static_cast<int64_t>(
      date21_gemm(e * f, static_cast<double>(layer.reduction()), layer.out_channels, x, y));
}

int64_t scale_sim_cycles(const ArrayConfig& config, const Layer& layer, Dataflow dataflow) {
  const int64_t r = config.rows, c = config.cols, m = layer.pixels();
  const auto gemm = [&](int64_t k, int64_t n) {
    switch (dataflow) {
      case Dataflow::kOs:
        return ceil_div(m, r) * ceil_div(n, c) * (k + r + c - 2) - 1;
      case Dataflow::kWs:
        return ceil_div(k, r) * ceil_div(n, c) * (m + 2 * r + c - 2) - 1;
      case Dataflow::kIs:
        return ceil_div(k, r) * ceil_div(m, c) * (n + 2 * r + c - 2) - 1;
    }
    __builtin_unreachable();
  };
  if (!is_channelwise(layer)) return gemm(layer.reduction(), layer.out_channels);
  return layer.out_channels / layer.multiplier() * gemm(layer.reduction(), layer.multiplier());
}

int64_t roofline_cycles(const ArrayConfig& config, const Layer& layer) {
  const int64_t lanes =
      int64_t{config.rows} + config.cols + (config.row_broadcast ? config.rows : 0);
  return std::max({ceil_div(layer.macs(), int64_t{config.rows} * config.cols),
                   ceil_div(layer.outputs(), config.cols),
                   ceil_div(distinct_inputs(layer) + layer.weights(), lanes)});
}

int64_t edge_bits(const ArrayConfig& config) {
  return int64_t{config.rows} * config.data_width + int64_t{config.cols} * config.weight_width +
         (config.row_broadcast ? int64_t{config.rows} * config.weight_width : 0);
}

}  // namespace rowcast
