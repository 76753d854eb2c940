// A program executed move by move, and its tensors compared with golden inference.
#pragma once

#include <array>
#include <string>

#include "sim/accelerator/executor.h"
#include "sim/accelerator/order.h"
#include "sim/machine/golden.h"

namespace rowcast::accelerator {

// Loads and stores as soon as they may be, or when something waits for them.
inline constexpr std::array<Unit, 3> kEarly{Unit::kLoad, Unit::kStore, Unit::kMove},
    kLate{Unit::kMove, Unit::kLoad, Unit::kStore},
    kEarlyLoads{Unit::kLoad, Unit::kMove, Unit::kStore},
    kEarlyStores{Unit::kStore, Unit::kMove, Unit::kLoad};

// What differs first, or what a move does wrong; empty if every tensor is as golden has it. All
// memories are filled with noise before.
std::string replay(const Program& program, const Golden& golden,
                   const std::array<Unit, 3>& preference);

}  // namespace rowcast::accelerator
