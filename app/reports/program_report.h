// An accelerator's program for people.
#pragma once

#include <string>

#include "sim/accelerator/program.h"
#include "sim/workload/network.h"

namespace rowcast::accelerator {

// What it takes: moves and cycles by node, words by memory.
std::string text_of(const Program& program, const Network& network);

// Every move with its shape, where from and where to, and when; where tensors lie, and what is
// loaded when.
std::string listing_of(const Program& program);

}  // namespace rowcast::accelerator
