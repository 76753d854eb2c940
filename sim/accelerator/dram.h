// Tensors in DRAM: their lines, and what lies in them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/accelerator/moves.h"
#include "sim/workload/network.h"

namespace rowcast::accelerator {

// Bytes of a line: N words of one or two bytes, a power of two of at least 8.
int line_bytes(const AcceleratorConfig& config);

// Bytes that a program brings from DRAM and to it. Scales, 8 bytes each, and tables are packed, in
// whole lines; instructions are lists of 32 bytes for a transfer and 128 for a move, in blocks of
// 128.
struct DramBytes {
  int64_t weights = 0, scales = 0, tables = 0, input = 0, spilled_loads = 0,
          instructions = 0;                // loads
  int64_t spilled_stores = 0, output = 0;  // stores

  int64_t constants() const { return weights + scales + tables; }
  int64_t spilled() const { return spilled_loads + spilled_stores; }
  int64_t total() const { return constants() + input + spilled() + output + instructions; }
};
DramBytes dram_bytes(const Program& program);

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
