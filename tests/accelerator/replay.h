// A program executed move by move, and its tensors compared with golden inference.
#pragma once

#include <string>

#include "sim/accelerator/executor.h"
#include "sim/machine/golden.h"

namespace rowcast::accelerator {

enum class Loading { kEarly, kLate };  // as soon as places are free, or just before they are needed

// What differs first, or what a move does wrong; empty if every tensor is as golden has it. All
// memories are filled with noise before.
std::string replay(const Program& program, const Golden& golden, Loading loading);

}  // namespace rowcast::accelerator
