// A data set that is learnt in seconds: bars in four directions, with noise.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

#include "sim/dataset/dataset.h"

namespace rowcast::test {

inline Dataset bars(int count, uint32_t seed) {
  constexpr int kSide = 12, kDirections[4][2] = {{0, 1}, {1, 0}, {1, 1}, {1, -1}};
  Dataset data{.name = "bars",
               .count = count,
               .height = kSide,
               .width = kSide,
               .channels = 1,
               .classes = 4,
               .labels = {},
               .pixels = {},
               .reals = {}};
  std::mt19937 random(seed);
  for (int i = 0; i < count; ++i) {
    const int label = static_cast<int>(random() % 4);
    data.labels.push_back(label);
    const int middle_y = 4 + static_cast<int>(random() % 4),
              middle_x = 4 + static_cast<int>(random() % 4);
    std::vector<uint8_t> image(kSide * kSide);
    for (uint8_t& pixel : image) pixel = static_cast<uint8_t>(random() % 90);
    for (int at = -3; at <= 3; ++at)
      image[static_cast<size_t>((middle_y + at * kDirections[label][0]) * kSide + middle_x +
                                at * kDirections[label][1])] =
          static_cast<uint8_t>(150 + random() % 100);
    data.pixels.insert(data.pixels.end(), image.begin(), image.end());
  }
  return data;
}

// A network that learns them, of an input [1, 12, 12].
inline constexpr const char* kBarBlocks = R"(
[[block]]
type = "conv"
name = "stem"
out = 6
kernel = 3
activation = "relu"
[[block]]
type = "inverted_residual"
expand = 2
out = 8
kernel = 5
stride = 2
activation = "relu6"
[[block]]
type = "pool"
name = "pool"
[[block]]
type = "fc"
name = "classes"
out = 4
)";

inline DataPair bars_pair(int training, int test) {
  return {.train = bars(training, 1), .test = bars(test, 2), .validation = {}};
}

}  // namespace rowcast::test
