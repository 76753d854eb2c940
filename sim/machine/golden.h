// What a network's tensors must be: golden inference with the accelerator's arithmetic.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/accelerator/compile.h"
#include "sim/accelerator/program.h"
#include "sim/host/inference.h"

namespace rowcast::accelerator {

// A network with its numbers, and what golden inference makes of each node.
struct Golden {
  Values values{};
  std::vector<std::vector<int16_t>> words{};  // by node
};
// Numbers that are not given are random from `seed`. Words of layers that keep more bits than the
// memories have are 2^n times coarser.
Golden golden_of(const Network& network, const ArrayConfig& config, uint64_t seed, int threads = 1,
                 GivenValues given = {});

// That n; 0 where words have bits enough.
int coarser_by(const Requantisation& how, int width);

struct Comparison {
  int64_t words = 0, mismatches = 0;
  std::string first{};  // the first mismatch
  Comparison& operator+=(const Comparison& other);
};

// The pixels of a tensor that are there, against golden's [channels][height][width]. `word` reads a
// lane and an address of the tensor's memory.
Comparison compare(const Tensor& tensor, const Presence& presence, int lanes,
                   const std::function<int16_t(int lane, int address)>& word,
                   std::span<const int16_t> golden);

// All of a tensor in DRAM, [line][lane].
Comparison compare_stored(const Tensor& tensor, int lanes, std::span<const int16_t> words,
                          std::span<const int16_t> golden);

}  // namespace rowcast::accelerator
