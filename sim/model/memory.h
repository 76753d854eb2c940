// Off-chip traffic and double-buffered transfers of one layer, analytically: no data, no RTL. The
// question is that of S. D. Manasi et al., "Reusing GEMM Hardware for Efficient Execution of
// Depthwise Separable Convolution on ASIC-Based DNN Accelerators", ASP-DAC 2023; the rules below
// are this model's own.
//
// The schedule is walked step by step (OS tile, ST-OS window), in its order. A step needs the input
// and weight words that its readers ask for, as runs along image lines and filters; padding and the
// zeros of block-diagonal or banded weights are made on chip. Words at positions whose results are
// dropped are asked for, so they count.
//
// Residency. Inputs and weights have an SRAM each, half of it in use, half being loaded. Each
// operand is loaded in blocks of consecutive steps: a block's distinct words are loaded once, each
// ahead of the step that first needs it, stay until the block ends, and are forgotten. A block is
// the coarsest of these whose distinct words fit half the SRAM in every block of the layer:
//   the whole layer;
//   2^i row tiles of one matrix product, i as large as can be. A product: consecutive steps of one
//   group of channels; a row tile: those with the same row side. All windows are one product, each
//   a row tile; 2^i steps of one row tile.
// If not even single steps fit, nothing is kept: every operand word at the array's edge is loaded
// as often as it enters there. So
//   words(operand) = sum over blocks of |union of the steps' words|,
// which is every word once for an SRAM that holds the layer twice, and never grows with the SRAM:
// finer blocks divide coarser ones. The output-stationary array keeps partial sums, so every output
// is stored once, as one requantised word, after its step.
//
// Cycles. With c(i) the step's share of the layer's cycles (in proportion to the steps' intervals),
// l(i) the words that it is first to need, s(i) its outputs, B DRAM words per cycle and n steps:
//   dram_cycles     = sum of (l(i) + s(i)) / B
//   buffered_cycles = l(0)/B + sum of max(c(i), (l(i+1) + s(i-1)) / B) + s(n-1)/B        l(n) =
//   s(-1) = 0
// rounded up. If half the output SRAM is smaller than a step's outputs, no store overlaps:
// max(c(i), l(i+1)/B) + s(i)/B. Always max(cycles, dram_cycles) <= buffered_cycles <= cycles +
// dram_cycles.
//
// Layers start and end with empty buffers, as their cycles do with an empty array: nothing stays on
// chip from one to the next. DRAM has a bandwidth and no latency, pages or bursts. Adds, pools and
// scales are not counted.
#pragma once

#include <cstdint>

#include "generator/config.h"
#include "sim/schedule/schedule.h"

namespace rowcast {

// Everything in words; a word holds one input, weight or output, unpacked.
struct Memory {
  int64_t activation_sram = 65536, weight_sram = 65536, output_sram = 65536;  // both halves
  double dram_words_per_cycle = 16;
  // How mappings `im2col` and `gemm` see an image under a kernel of several taps. False: the reader
  // computes addresses, a word serves all outputs that it is part of. True: the im2col matrix lies
  // in DRAM, kernel_h * kernel_w words per pixel and channel, padding included; building it is not
  // counted. Other mappings always compute addresses.
  bool stored_im2col = false;
};

struct MemoryEstimate {
  int64_t input_words = 0, weight_words = 0, output_words = 0;  // between DRAM and SRAM
  int64_t dram_cycles = 0;                                      // transfers alone
  int64_t buffered_cycles = 0;  // computation and double-buffered transfers
  int64_t dram_words() const { return input_words + weight_words + output_words; }
};

// `cycles`: the layer's on the array alone.
MemoryEstimate memory_estimate(const ArrayConfig& config, const Layer& layer,
                               const Schedule& schedule, int64_t cycles, const Memory& memory);

}  // namespace rowcast
