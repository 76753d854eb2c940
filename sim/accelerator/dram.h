// Tensors in DRAM: their lines, and what lies in them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/accelerator/moves.h"
#include "sim/workload/network.h"

namespace rowcast::accelerator {

// The tensor in DRAM that `here` is loaded from or stored to.
Tensor in_dram(Tensor here);

// Addresses [base, base + depth) of a memory, and as many lines of a tensor in DRAM.
struct Lines {
  int base = 0, line = 0, depth = 0;
};
// The pixels of a tensor; whole groups of `lanes` of them if pixels lie in lanes.
std::vector<Lines> lines_of(const Tensor& here, const Tensor& dram, Span pixels, int lanes);

// A tensor of the network's input, [line][lane], from [channels][height][width].
std::vector<int16_t> input_words(const Tensor& dram, const Network& network, int lanes,
                                 std::span<const int16_t> input);

// A tensor's [channels][height][width], from its [line][lane].
std::vector<int16_t> values_of(const Tensor& dram, int lanes, std::span<const int16_t> words);

}  // namespace rowcast::accelerator
