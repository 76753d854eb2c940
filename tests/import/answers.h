// What an imported network answers in integers, and how far that is from float.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "sim/import/imported.h"

namespace rowcast::test {

inline std::vector<Output> answers(const Imported& network, std::span<const float> input) {
  ArrayConfig config;
  config.data_width = network.options.data_width;
  config.weight_width = network.options.weight_width;
  const std::vector<int> handed = handover_nodes(network);
  return outputs_of(network, infer(
                                 network.network(), config, 1, 1, [](const LayerCase&) {},
                                 values_of(network, input), handed, handed));
}

// 10 log10 of the mean square of what is wanted over that of the differences.
inline double decibels(const std::vector<Output>& got, const std::vector<Output>& wanted) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < wanted.size(); ++i)
    for (size_t k = 0; k < wanted[i].values.size(); ++k) {
      const double difference = got[i].values[k] - wanted[i].values[k];
      signal += static_cast<double>(wanted[i].values[k]) * wanted[i].values[k];
      noise += difference * difference;
    }
  return noise == 0 ? 200 : 10 * std::log10(signal / noise);
}

}  // namespace rowcast::test
