#include "sim/host/quantise.h"

#include <algorithm>
#include <array>
#include <bit>

namespace rowcast {
namespace {

bool discards_negatives(Activation activation) {
  return activation == Activation::kRelu || activation == Activation::kRelu6;
}

// clamp(v / 6 + 0.5, 0, 1), as 0 to 2^(width-1), with qmax + 1 standing for 6.
int64_t hard_sigmoid(int64_t value, int width) {
  const int64_t one = int64_t{1} << (width - 1);
  return std::clamp<int64_t>(value + one / 2, 0, one);
}

// The smallest shift after which the value does not saturate.
int shift_needed(int64_t value, int width) {
  const int64_t limit = int64_t{1} << (width - 1);
  int shift = std::max(
      0, static_cast<int>(std::bit_width(static_cast<uint64_t>(value < 0 ? ~value : value))) -
             (width - 1));
  // Rounding decides next to a power of two: up to the limit, or up to the lowest value.
  if (rounded_shift(value, shift) >= limit) ++shift;
  if (shift > 0 && value < 0 && rounded_shift(value, shift - 1) >= -limit) --shift;
  return shift;
}

}  // namespace

int16_t requantise(int64_t sum, int shift, Activation activation, int width) {
  const int64_t top = (int64_t{1} << (width - 1)) - 1;
  const int64_t value = std::clamp(rounded_shift(sum, shift), -top - 1, top);
  switch (activation) {
    case Activation::kNone:
      return static_cast<int16_t>(value);
    case Activation::kRelu:
    case Activation::kRelu6:
      return static_cast<int16_t>(std::max<int64_t>(value, 0));
    case Activation::kHswish:
      return static_cast<int16_t>(
          std::min(rounded_shift(value * hard_sigmoid(value, width), width - 1), top));
    case Activation::kHsigmoid:
      return static_cast<int16_t>(std::min(hard_sigmoid(value, width), top));
  }
  __builtin_unreachable();
}

int choose_shift(std::span<const int64_t> sums, Activation activation, int width) {
  // Histogram of the shift that each sum needs.
  std::array<int64_t, 65> needs{};
  for (const int64_t sum : sums) {
    if (sum < 0 && discards_negatives(activation)) continue;
    ++needs[shift_needed(sum, width)];
  }
  int64_t over = 0;
  for (int shift = 64; shift > 0; --shift) {
    over += needs[shift];
    if (over * 100 > std::ssize(sums)) return shift;
  }
  return 0;
}

int16_t scaled(int16_t value, int16_t scale, int width) {
  return static_cast<int16_t>(rounded_shift(int64_t{value} * scale, width - 1));
}

Statistics statistics(std::span<const int16_t> values, int width) {
  if (values.empty()) return {};
  std::vector<int64_t> counts(size_t{1} << width);
  const int half = 1 << (width - 1);
  for (const int16_t value : values) ++counts[value + half];
  Statistics result;
  result.zero_fraction = static_cast<double>(counts[half]) / values.size();
  result.saturated_fraction = static_cast<double>(counts.front() + counts.back()) / values.size();
  result.distinct =
      static_cast<int>(std::ranges::count_if(counts, [](int64_t n) { return n > 0; }));
  return result;
}

}  // namespace rowcast
