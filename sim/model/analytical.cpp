#include "sim/model/analytical.h"

#include <algorithm>
#include <cmath>

#include "sim/schedule/ceil_div.h"

namespace rowcast {
namespace {

// Positions of an axis, padding excluded, that windows of `taps` cover, one every `stride`.
int64_t covered(int64_t inputs, int64_t windows, int64_t taps, int64_t stride, int64_t pad) {
  const auto below = [&](int64_t end) {  // of the padded axis
    if (taps >= stride) return std::min(end, (windows - 1) * stride + taps);
    const int64_t whole = std::min(end / stride, windows);
    return whole * taps + (whole < windows ? std::min(end % stride, taps) : 0);
  };
  return below(pad + inputs) - below(pad);
}

int64_t distinct_inputs(const Layer& layer) {
  const int64_t out_h = layer.out_height(), out_w = layer.out_width();
  const int64_t rows = covered(layer.in_height, out_h, layer.kernel_h, layer.stride, layer.pad_h);
  const int64_t cols = covered(layer.in_width, out_w, layer.kernel_w, layer.stride, layer.pad_w);
  if (layer.kind != LayerKind::kFuse) return rows * cols * layer.in_channels;
  // The row branch reads the lines of the windows' centre taps, the column branch their columns;
  // shared channels are read once, and what both read are the centre taps.
  const int64_t shared = std::max(0, layer.row_channels + layer.col_channels - layer.in_channels);
  return out_h * cols * layer.row_channels + rows * out_w * layer.col_channels -
         shared * out_h * out_w;
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
  const double x = config.rows, y = config.cols, s = layer.stride;
  const double height = layer.in_height + 2 * layer.pad_h, width = layer.in_width + 2 * layer.pad_w;
  if (layer.kind == LayerKind::kFuse) {
    const auto branch = [&](double lines, double padded, double channels) {
      return std::ceil(std::ceil(lines * channels / x) / s * (y + layer.kernel_w) *
                       std::ceil(padded / y));
    };
    return static_cast<int64_t>(branch(layer.in_height, width, layer.row_channels)) +
           static_cast<int64_t>(branch(layer.in_width, height, layer.col_channels));
  }
  double e = (height - layer.kernel_h + s) / s, f = (width - layer.kernel_w + s) / s;
  if (rounding == Rounding::kCode) e = std::floor(e), f = std::floor(f);
  if (layer.kind == LayerKind::kDepthwise)
    return static_cast<int64_t>(
               date21_gemm(e * f, static_cast<double>(layer.kernel_h) * layer.kernel_w, 1, x, y)) *
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
  return layer.out_channels * gemm(layer.reduction(), 1);
}

int64_t roofline_cycles(const ArrayConfig& config, const Layer& layer) {
  const int64_t lanes =
      int64_t{config.rows} + config.cols + (config.row_broadcast ? config.rows : 0);
  return std::max({ceil_div(layer.macs(), int64_t{config.rows} * config.cols),
                   ceil_div(layer.outputs(), config.cols),
                   ceil_div(distinct_inputs(layer) + layer.weights(), lanes)});
}

}  // namespace rowcast
