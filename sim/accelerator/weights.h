// What lies in W, Q and S.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/accelerator/plan.h"

namespace rowcast::accelerator {

// An item's words of all lanes, [lane][address], weight_words() addresses.
std::vector<int16_t> weight_words_of(const Design& design, const Network& network, int stage,
                                     int item, std::span<const int16_t> weights);

// Scales of [first, end) of the tensor's places.
std::vector<ChannelScale> scales_of(const Tensor& out, Span places, const Requantisation& how);

}  // namespace rowcast::accelerator
