// The first steps of a schedule, where a whole layer would take too long.
#pragma once

#include "sim/schedule/schedule.h"

namespace rowcast {

// The schedule's first `steps` steps, all of them if it has fewer.
Schedule beginning(const Schedule& schedule, int64_t steps);

// Wanted results of all steps: the layer's outputs, or fewer if the schedule was cut.
int64_t results_of(const ArrayConfig& config, const Layer& layer, const Schedule& schedule);

}  // namespace rowcast
