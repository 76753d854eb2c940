// A network as the accelerator's moves see it: tensors in layouts, and the stages between them.
#pragma once

#include <map>
#include <vector>

#include "sim/accelerator/program.h"
#include "sim/quantise/host_operations.h"
#include "sim/workload/network.h"

namespace rowcast::accelerator {

enum class StageKind {
  kLoad,        // from DRAM: the network's input, as im2col where a K x K convolution reads it
  kToChannels,  // a pointwise layer, pixels on the rows: P in A to C in A
  kToPixels,    // a pointwise layer, pixels on the columns: P in B to P
  kStream,      // a channel-wise layer: C in A to P
  kPool,        // a global sum: C in A to P of one pixel
  kStore,       // to DRAM, as it is made
};

struct Stage {
  StageKind kind = StageKind::kLoad;
  int node = -1;                // of the network; kLoad, kStore: -1
  int input = -1, output = -1;  // tensors
  int residual = -1;            // kToPixels: the tensor that is added, or -1
};

struct Stages {
  std::vector<Tensor> tensors{};  // shapes, memories and layouts; nothing of bands and addresses
  std::vector<Stage> stages{};    // producers before users; each writes a tensor of its own
  std::vector<int> producer{};    // by tensor, the stage, or -1
  std::vector<std::vector<int>> consumers{};  // by tensor, the stages
};

// Throws InputError with all problems, each naming the node: operators, arithmetic and connections
// that the accelerator does not have.
Stages stages_of(const Network& network, const std::map<int, Arithmetic>& arithmetic,
                 const ArrayConfig& config);

}  // namespace rowcast::accelerator
