// A network as the accelerator's moves see it: tensors in layouts, and the stages between them.
#pragma once

#include <array>
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
  kStream,      // a channel-wise layer, or a product with one word for each channel: C in A to P
  kPool,        // a global sum: C in A to P of one pixel
  kStore,       // to DRAM, as it is made
  kTurn,        // P in A to C in A, the same words: a product with ones on a diagonal
};

// Goes through the image by groups of N pixels.
constexpr bool takes_pixel_groups(StageKind kind) {
  return kind == StageKind::kToChannels || kind == StageKind::kToPixels || kind == StageKind::kTurn;
}
// Its scales are in Q.
constexpr bool has_column_scales(StageKind kind) {
  return kind == StageKind::kToChannels || kind == StageKind::kTurn;
}

struct Stage {
  StageKind kind = StageKind::kLoad;
  int node = -1;                // of the network; kLoad, kStore: -1
  int input = -1, output = -1;  // tensors
  int residual = -1;            // kToPixels: the tensor that is added, or -1
  int taps = -1;  // kStream: the tensor, C of one pixel in B, whose words are the taps;
                  // -1: the layer's weights are

  std::array<int, 3> reads() const { return {input, residual, taps}; }  // tensors, or -1
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
                 const AcceleratorConfig& config);

}  // namespace rowcast::accelerator
