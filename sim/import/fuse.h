// A trained network's depthwise convolutions as FuSe Half, as the start of training: 1×K on the
// first half of the channels, K×1 on the other half.
#pragma once

#include <string>
#include <vector>

#include "sim/onnx/graph.h"

namespace rowcast {

struct Fused {
  onnx::Graph graph;
  std::vector<std::string> nodes;  // that were depthwise, as messages call them
};

// Every depthwise convolution that can be fused (can_fuse() of layer.h) is two convolutions and a
// concatenation. A 1-D kernel is the one whose outputs are nearest to the K×K one's, in least
// squares, over images whose pixels correlate by 0.9 from one to the next and have a mean as large
// as their deviation. That is far from a trained operator: the accuracy has to be trained back
// (Neural Operator Scaffolding).
Fused fuse_half(const onnx::Graph& graph);

}  // namespace rowcast
