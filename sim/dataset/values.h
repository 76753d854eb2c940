// A data set's images as numbers, and parts of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/dataset/dataset.h"

namespace rowcast {

// Pixels become (pixel / 255 - mean) / deviation; reals are as they are.
struct Scaling {
  float mean = 0, deviation = 1;
};

// Image `index` as [height][width][channels].
void image_values(const Dataset& data, int64_t index, const Scaling& scaling,
                  std::span<float> values);
// The same as networks have it, [channels][height][width].
std::vector<float> network_values(const Dataset& data, int64_t index, const Scaling& scaling);

// Images first, first + 1, ...
Dataset part_of(const Dataset& data, int first, int count);

// Of all images and labels.
std::string hash_of(const Dataset& data);

}  // namespace rowcast
