#include "sim/quantise/requantise.h"

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

Requantisation no_requantisation(int width) { return power_of_two(0, Activation::kNone, width); }

int rescaled(int64_t sum, const ChannelScale& by, int low, int high, int width) {
  const int64_t limit = int64_t{1} << (width + 7);
  const int64_t v = std::clamp((sum + by.bias) >> by.pre, -limit, limit - 1);
  return static_cast<int>(std::clamp<int64_t>(rounded_shift(v * by.scale, by.post), low, high));
}

int16_t requantise(int64_t sum, const Requantisation& how, size_t channel, int width) {
  const int out = rescaled(sum, how.channel(channel), how.low, how.high, width);
  if (how.table.empty()) return static_cast<int16_t>(out);
  const size_t words = size_t{1} << width;
  const size_t row = how.table.size() == words ? 0 : channel * words;
  return how.table[row + static_cast<size_t>(out + static_cast<int>(words / 2))];
}

std::vector<int16_t> requantise(std::span<const int64_t> sums, const Requantisation& how,
                                int64_t channels, int width) {
  std::vector<int16_t> words(sums.size());
  const size_t plane = sums.size() / static_cast<size_t>(channels);
  size_t i = 0;
  for (size_t channel = 0; i < sums.size(); ++channel)
    for (const size_t end = i + plane; i < end; ++i)
      words[i] = requantise(sums[i], how, channel, width);
  return words;
}

Requantisation power_of_two(int shift, Activation activation, int width) {
  const int64_t top = (int64_t{1} << (width - 1)) - 1;
  Requantisation how;
  how.channels = {{.scale = 128, .pre = std::max(0, shift - 8), .post = 7 + std::min(shift, 8)}};
  how.low = discards_negatives(activation) ? 0 : static_cast<int>(-top - 1);
  how.high = static_cast<int>(top);
  if (activation != Activation::kHswish && activation != Activation::kHsigmoid) return how;
  for (int64_t value = -top - 1; value <= top; ++value) {
    const int64_t gate = hard_sigmoid(value, width);
    how.table.push_back(static_cast<int16_t>(std::min(
        activation == Activation::kHsigmoid ? gate : rounded_shift(value * gate, width - 1), top)));
  }
  return how;
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
