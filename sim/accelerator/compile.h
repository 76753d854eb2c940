// From a network to the accelerator's program.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "sim/accelerator/choose.h"
#include "sim/accelerator/program.h"
#include "sim/quantise/host_operations.h"
#include "sim/workload/network.h"

namespace rowcast::accelerator {

// The numbers of a network, as layer.h and host_operations.h have them.
struct Values {
  std::vector<int16_t> input{};                   // [channels][height][width]
  std::map<int, std::vector<int16_t>> weights{};  // by node, of every layer
  std::map<int, Arithmetic> arithmetic{};         // by node, of every one
};

// Throws InputError with all problems: a configuration, an operator or an arithmetic that the
// accelerator does not have, a tensor that does not fit its memories.
Program compile(const Network& network, const Values& values, const AcceleratorConfig& config,
                Spilling spilling = Spilling::kWhereNeeded);

// Moves and memories alone: no numbers in the loads, every scale the same.
Program compile(const Network& network, const AcceleratorConfig& config,
                Spilling spilling = Spilling::kWhereNeeded);

// Cycles of the program's moves by timing.h, every load there in time.
int64_t cycles_of(const Program& program);

}  // namespace rowcast::accelerator
