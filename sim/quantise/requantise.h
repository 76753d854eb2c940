// What happens to a sum on its way to the next layer, in integers only: one formula for golden, the
// host and hardware. Values are signed words of `width` bits (the array's DATA_W).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/workload/network.h"

namespace rowcast {

// Right shift with rounding to nearest, halves up.
inline int64_t rounded_shift(int64_t value, int shift) {
  return shift == 0 ? value : (value + (int64_t{1} << (shift - 1))) >> shift;
}

// One channel's:
//   v   = (sum + bias) >> pre, saturated to width + 8 bits
//   out = (v * scale + 2^(post-1)) >> post
// `scale` has 8 bits, the top one set where anything is scaled: a sum is multiplied by
// scale * 2^-(pre+post), and 16 × 8 bits multiply where words have 8.
struct ChannelScale {
  int32_t bias = 0;
  int scale = 128;  // 128 to 255
  int pre = 0;      // 0 to 40
  int post = 7;     // 0 to 15
  friend bool operator==(const ChannelScale&, const ChannelScale&) = default;
};
constexpr int kMaxPre = 40, kMaxPost = 15;
// A clamp may leave more bits than a word has, for what the array does not read again: those that v
// has, and at most 16.
constexpr int extra_bits(int width) { return width < 8 ? 8 : 16 - width; }

struct Requantisation {
  std::vector<ChannelScale> channels{1};  // one for all, or one for each channel
  int low = 0, high = 0;                  // what `out` is clamped to
  // Where an activation is no clamp: of every `out`, from the lowest word on, what it becomes.
  // Empty, or 2^width words for all channels or for each.
  std::vector<int16_t> table{};

  const ChannelScale& channel(size_t c) const {
    return channels.size() == 1 ? channels[0] : channels[c];
  }
  friend bool operator==(const Requantisation&, const Requantisation&) = default;
};

// Every sum becomes itself, saturated.
Requantisation no_requantisation(int width);

// Without a table: the formula, and the clamp.
int rescaled(int64_t sum, const ChannelScale& by, int low, int high, int width);
int16_t requantise(int64_t sum, const Requantisation& how, size_t channel, int width);
// Of a tensor [channels][...].
std::vector<int16_t> requantise(std::span<const int64_t> sums, const Requantisation& how,
                                int64_t channels, int width);

// ---------------------------------------------------------------- values that stand for nothing
// Random networks have no scales: a power of two brings sums to words. The largest word, qmax,
// stands for 6.0 where an activation has an absolute scale (ReLU6, hard-swish, hard-sigmoid).

// Sums divided by 2^shift, and the activation.
Requantisation power_of_two(int shift, Activation activation, int width);

// The smallest shift with which at most 1 % of the sums saturate. Negative sums do not count where
// the activation discards them.
int choose_shift(std::span<const int64_t> sums, Activation activation, int width);

// How alive a tensor is.
struct Statistics {
  double zero_fraction = 0, saturated_fraction = 0;  // of all values
  int distinct = 0;                                  // different values
};
Statistics statistics(std::span<const int16_t> values, int width);

}  // namespace rowcast
