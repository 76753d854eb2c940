// Golden outputs of a layer: the layer said as convolutions, handed to golden.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/workload/layer.h"

namespace rowcast {

// Exact outputs, row-major. `threads` share the output channels.
std::vector<int64_t> golden_outputs(const Layer& layer, std::span<const int16_t> input,
                                    std::span<const int16_t> weights, int threads = 1);

}  // namespace rowcast
