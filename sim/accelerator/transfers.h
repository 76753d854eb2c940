// Tensors that wait in DRAM: the stages that bring them there and back.
#pragma once

#include <vector>

#include "sim/accelerator/plan.h"

namespace rowcast::accelerator {

// The design with a stage for every transfer: what a segment stores goes to a tensor in DRAM as it
// is made, what it loads is another tensor in the memories. Segments are those of the new stages.
Design with_transfers(const Design& design, const std::vector<SegmentChoice>& segments);

// One segment alone. A tensor that others need behind it, and that it does not store, has a
// consumer behind the last stage.
Design alone(const Design& design, const SegmentChoice& segment);

}  // namespace rowcast::accelerator
