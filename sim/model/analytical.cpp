#include "sim/model/analytical.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/schedule/ceil_div.h"

namespace rowcast {
namespace {

// Positions along one axis that some output's window touches, padding excluded.
std::vector<bool> touched(int inputs, int outputs, int taps, int stride, int pad) {
  std::vector<bool> result(inputs);
  for (int o = 0; o < outputs; ++o)
    for (int t = 0; t < taps; ++t) {
      const int at = o * stride + t - pad;
      if (at >= 0 && at < inputs) result[at] = true;
    }
  return result;
}
int64_t count(const std::vector<bool>& flags) { return std::ranges::count(flags, true); }
int64_t count_both(const std::vector<bool>& x, const std::vector<bool>& y) {
  int64_t n = 0;
  for (size_t i = 0; i < x.size(); ++i) n += x[i] && y[i];
  return n;
}

int64_t distinct_inputs(const Layer& layer) {
  const int out_h = layer.out_height(), out_w = layer.out_width();
  const auto rows = touched(layer.in_height, out_h, layer.kernel_h, layer.stride, layer.pad_h);
  const auto cols = touched(layer.in_width, out_w, layer.kernel_w, layer.stride, layer.pad_w);
  if (layer.kind != LayerKind::kFuse) return count(rows) * count(cols) * layer.in_channels;
  // The row branch reads whole lines, the column branch whole columns; shared channels are read
  // once.
  const auto lines = touched(layer.in_height, out_h, 1, layer.stride, 0);
  const auto columns = touched(layer.in_width, out_w, 1, layer.stride, 0);
  const int64_t row_branch = count(lines) * count(cols), col_branch = count(rows) * count(columns);
  const int shared = std::max(0, layer.row_channels + layer.col_channels - layer.in_channels);
  return row_branch * layer.row_channels + col_branch * layer.col_channels -
         shared * count_both(lines, rows) * count_both(columns, cols);
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
  const int64_t r = config.rows, c = config.cols, s = layer.stride;
  const auto gemm = [&](int64_t kernel_h, int64_t kernel_w, int64_t pad_h, int64_t pad_w, int64_t k,
                        int64_t n) {
    const int64_t m = ceil_div(layer.in_height + 2 * pad_h - kernel_h + s, s) *
                      ceil_div(layer.in_width + 2 * pad_w - kernel_w + s, s);
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
  if (!is_channelwise(layer))
    return gemm(layer.kernel_h, layer.kernel_w, layer.pad_h, layer.pad_w, layer.reduction(),
                layer.out_channels);
  int64_t cycles = 0;
  for (const Branch& branch : branches(layer))
    cycles += branch.channels *
              gemm(branch.kernel_h, branch.kernel_w, branch.pad_h, branch.pad_w, branch.taps(), 1);
  return cycles;
}

int64_t roofline_cycles(const ArrayConfig& config, const Layer& layer) {
  const int64_t lanes =
      int64_t{config.rows} + config.cols + (config.row_broadcast ? config.rows : 0);
  return std::max({ceil_div(layer.macs(), int64_t{config.rows} * config.cols),
                   ceil_div(layer.outputs(), config.cols),
                   ceil_div(distinct_inputs(layer) + layer.weights(), lanes)});
}

}  // namespace rowcast
