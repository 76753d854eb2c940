// Which blocks the 50 % variants fuse.
#pragma once

#include <cstdint>
#include <functional>

#include "sim/workload/network.h"

namespace rowcast {

// The network with fuse50 on the half of its fusible blocks (rounded down) that save most when
// fused alone, in place of the published choice. The saving counts every layer that changes: the
// depthwise layer and those that its channels reach. Ties go to the earlier block. `cycles` is the
// model's cost of a layer.
Network select_greedily(const Network& network, const Variant& variant,
                        const std::function<int64_t(const Layer&)>& cycles);

// Names of the layers that the variant fuses, in order.
std::vector<std::string> fused_layers(const Network& network, const Variant& variant);

}  // namespace rowcast
