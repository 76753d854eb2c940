// A program executed move by move, and its tensors compared with golden inference.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/accelerator/compile.h"
#include "sim/accelerator/executor.h"

namespace rowcast::accelerator {

// A network with random numbers, and what golden inference makes of each node.
struct Golden {
  Values values{};
  std::vector<std::vector<int16_t>> words{};  // by node
};
Golden golden_of(const Network& network, const ArrayConfig& config, uint64_t seed);

enum class Loading { kEarly, kLate };  // as soon as places are free, or just before they are needed

// What differs first, or what a move does wrong; empty if every tensor is as golden has it. All
// memories are filled with noise before.
std::string replay(const Program& program, const Golden& golden, Loading loading);

}  // namespace rowcast::accelerator
