// The compiler's choices: bands, forms of windows, and segments.
#pragma once

#include <string>
#include <vector>

#include "sim/accelerator/plan.h"

namespace rowcast::accelerator {

// Which tensors go to DRAM and come back: none, those that the memories have no room for, or all
// between two layers, each layer by itself.
enum class Spilling { kNone, kWhereNeeded, kAll };

// Fills in the design's bands, parts and segments by estimated cycles, so that no segment has more
// in a memory than `share` of it. Returns what does not fit, naming the tensors.
std::vector<std::string> choose(Design& design, const Network& network, double share,
                                Spilling spilling);

}  // namespace rowcast::accelerator
