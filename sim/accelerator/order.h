// The order in which a program's loads, moves and stores may be carried out: each list in its own,
// and none before what it waits for.
#pragma once

#include <array>
#include <functional>
#include <string>

#include "sim/accelerator/program.h"

namespace rowcast::accelerator {

enum class Unit { kLoad, kMove, kStore };

// Loads that must be finished before a move: all up to the last one that it needs. By move.
std::vector<int> loads_before(const Program& program);

// Carries out one after the other, of those that may be the first in `preference`. What is left
// waits for itself: "" or the error.
std::string carry_out(const Program& program, const std::array<Unit, 3>& preference,
                      const std::function<void(Unit, int)>& act = {});

}  // namespace rowcast::accelerator
