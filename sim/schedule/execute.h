// A schedule carried out in plain C++, cycle-free: the first oracle. It sums what each PE would
// meet according to the contract (which beat, which tap), so a wrong schedule gives a wrong output.
#pragma once

#include "sim/schedule/schedule.h"

namespace rowcast {

// Output elements of the layer, exact in 64 bits. Throws std::logic_error if the schedule makes an
// output twice or leaves one out.
std::vector<int64_t> execute(const ArrayConfig& config, const Layer& layer,
                             const Schedule& schedule, std::span<const int16_t> input,
                             std::span<const int16_t> weights);

}  // namespace rowcast
