// A whole network in golden arithmetic: every layer's input, weights and expected sums. What the array
// is given and compared with.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "generator/config.h"
#include "sim/host/quantise.h"
#include "sim/workload/network.h"

namespace rowcast {

// One layer with its values; tensors as layer.h lays them out.
struct LayerCase {
  int node = 0;                    // of the network
  const Layer* layer = nullptr;    // the network's
  std::shared_ptr<const std::vector<int16_t>> input;
  std::vector<int16_t> weights;
  std::vector<int64_t> golden;     // exact sums
  int shift = 0;                   // requantisation, from golden's statistics
  Statistics input_statistics;
};

// Runs the network on a random image with random weights, layer by layer: activations flow on, requantised.
// `visit` gets each layer in order; its case is the visitor's to keep. The network must outlive the cases.
// Values depend on the seed, the widths and the layers alone.
void infer(const Network& network, const ArrayConfig& config, uint64_t seed, int threads,
           const std::function<void(LayerCase)>& visit);

// Uniform values: activations over all of `width` bits, weights without the most negative value.
std::vector<int16_t> random_activations(uint64_t seed, int64_t count, int width);
std::vector<int16_t> random_weights(uint64_t seed, int64_t count, int width);

}  // namespace rowcast
