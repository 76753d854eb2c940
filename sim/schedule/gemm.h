// Schedules of OS tiles.
#pragma once

#include <optional>

#include "sim/schedule/schedule.h"

namespace rowcast {

// Pointwise, standard convolution (as im2col) and FC. Nothing where the orientation does not apply:
// swapped sides need DATA_W = WEIGHT_W, kCross also fewer pixels than rows and columns.
std::optional<Schedule> gemm_schedule(const ArrayConfig& config, const Layer& layer,
                                      Orientation orientation);

// The seeds' baseline for channel-wise layers: one GEMM per channel, rows = pixels, one column,
// channels one after the other. A conventional array drains a tile before the next one ends, so every
// tile takes max(K, ROWS) | 1 beats, the ones after its K operands being zero. Frozen: never improve.
Schedule im2col_schedule(const ArrayConfig& config, const Layer& layer);

}  // namespace rowcast
