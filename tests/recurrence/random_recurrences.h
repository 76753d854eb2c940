// Recurrences like those of networks' layers, and bent ones.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace rowcast::test {

// ROWCAST_SEED of the environment, or a fresh one.
uint64_t seed();

// In the form of sim/recurrence/parse.h: a product, a pointwise, depthwise, FuSe or standard
// convolution with strides, dilations, reversed and scaled subscripts, an index taken out of an
// array or put into one, indices added until there are `indices` (0: up to two more). Bounds from 2
// to 4.
std::string random_recurrence(std::mt19937_64& random, size_t indices = 0);

}  // namespace rowcast::test
