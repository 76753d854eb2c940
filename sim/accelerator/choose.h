// The compiler's choices: bands, forms of windows, and segments.
#pragma once

#include "sim/accelerator/plan.h"

namespace rowcast::accelerator {

// Fills in the design's bands, parts and segments by estimated cycles, so that no segment has more
// in a memory than `share` of it. Throws InputError, naming the tensor that does not fit.
void choose(Design& design, const Network& network, double share);

}  // namespace rowcast::accelerator
