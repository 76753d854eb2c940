// What happens between the array and the next layer, in integers: requantisation, activations, the
// host's additions, pooling and scaling. Values are DATA_W-bit signed; the largest, qmax, stands
// for 6.0 where an activation has an absolute scale (ReLU6, hard-swish, hard-sigmoid).
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

// A sum after the shift, saturated to `width` bits, and the activation.
int16_t requantise(int64_t sum, int shift, Activation activation, int width);

// The smallest shift with which at most 1 % of the sums saturate. Negative sums do not count where
// the activation discards them.
int choose_shift(std::span<const int64_t> sums, Activation activation, int width);

// value * scale / 2^(width-1), rounded; scale is 0 to qmax.
int16_t scaled(int16_t value, int16_t scale, int width);

// How alive a tensor is.
struct Statistics {
  double zero_fraction = 0, saturated_fraction = 0;  // of all values
  int distinct = 0;                                  // different values
};
Statistics statistics(std::span<const int16_t> values, int width);

}  // namespace rowcast
