#include "sim/quantise/host_operations.h"

#include <algorithm>

namespace rowcast {
namespace {

// Calls with every output element's window: its channel's image and the part inside it.
template <class Visit>
void for_windows(const PoolWindow& window, const Shape& in, const Shape& out,
                 std::span<const int16_t> image, const Visit& visit) {
  size_t element = 0;
  for (int c = 0; c < out.channels; ++c) {
    const int16_t* plane = image.data() + size_t(c) * in.height * in.width;
    for (int y = 0; y < out.height; ++y)
      for (int x = 0; x < out.width; ++x, ++element) {
        const int top = y * window.stride_h - window.pad_top,
                  left = x * window.stride_w - window.pad_left;
        const int bottom = std::min(in.height, top + window.kernel_h),
                  right = std::min(in.width, left + window.kernel_w);
        for (int v = std::max(0, top); v < bottom; ++v)
          for (int u = std::max(0, left); u < right; ++u)
            visit(element, plane[size_t(v) * in.width + u]);
      }
  }
}

}  // namespace

std::vector<int64_t> host_sums(const Network& network, const Node& node,
                               const Arithmetic& arithmetic,
                               std::span<const std::span<const int16_t>> operands) {
  const std::span<const int16_t> x = operands[0];
  const Shape in = network.input_of(node);
  const size_t plane = size_t(in.height) * in.width;
  const auto factor = [&](size_t operand) {
    return int64_t{arithmetic.factors.empty() ? 1 : arithmetic.factors[operand]};
  };
  std::vector<int64_t> sums(static_cast<size_t>(node.shape.size()));
  switch (node.op) {
    case Op::kLayer:
      break;
    case Op::kAdd:
      for (size_t i = 0; i < sums.size(); ++i)
        sums[i] = factor(0) * x[i] + factor(1) * operands[1][i];
      break;
    case Op::kPool:
      for (size_t i = 0; i < x.size(); ++i) sums[i / plane] += x[i];
      break;
    case Op::kScale: {
      const bool whole = operands[1].size() == x.size();
      for (size_t i = 0; i < sums.size(); ++i)
        sums[i] = int64_t{x[i]} * operands[1][whole ? i : i / plane];
      break;
    }
    case Op::kMap:  // by the requantisation's table
      std::ranges::copy(x, sums.begin());
      break;
    case Op::kMaxPool:
      std::ranges::fill(sums, INT16_MIN);
      for_windows(node.window, in, node.shape, x,
                  [&](size_t i, int16_t value) { sums[i] = std::max<int64_t>(sums[i], value); });
      break;
    case Op::kAveragePool:
      for_windows(node.window, in, node.shape, x,
                  [&](size_t i, int16_t value) { sums[i] += value; });
      break;
    case Op::kConcat: {
      size_t at = 0;
      for (size_t k = 0; k < operands.size(); ++k)
        for (const int16_t value : operands[k]) sums[at++] = factor(k) * value;
      break;
    }
    case Op::kGather:
      for (size_t i = 0; i < sums.size(); ++i) {
        const auto from = arithmetic.indices.empty() ? static_cast<int32_t>(i % x.size())
                                                     : arithmetic.indices[i];
        sums[i] = from < 0 ? 0 : x[static_cast<size_t>(from)];
      }
      break;
  }
  return sums;
}

}  // namespace rowcast
