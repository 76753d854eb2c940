// Schedules of OS tiles.
#pragma once

#include <optional>

#include "sim/schedule/schedule.h"

namespace rowcast {

// Pointwise, standard convolution (as im2col) and FC. Nothing where the orientation does not apply:
// swapped sides need DATA_W = WEIGHT_W, kCross also fewer pixels than rows and columns.
std::optional<Schedule> gemm_schedule(const ArrayConfig& config, const Layer& layer,
                                      Orientation orientation, TileOrder order = kTileOrders[0]);

// The seeds' baseline for channel-wise layers: one GEMM per channel, rows = pixels, one column,
// channels one after the other. A conventional array drains a tile before the next one ends, so
// every tile takes max(K, ROWS) | 1 beats, the ones after its K operands being zero. Frozen: never
// improve.
Schedule im2col_schedule(const ArrayConfig& config, const Layer& layer);

// Channel-wise layers on unmodified GEMM hardware (after "GEMM-based depthwise convolution",
// ASP-DAC 2023: channel-wise parallel matrix-vector products).
struct DwcForm {
  Orientation orientation =
      Orientation::kPixelRows;  // kFilterRows with one channel: taps as the only row
  int channels = 1;             // of a group: at once, block-diagonal weights, channels * K² beats
  int band = 0;  // positions of a tile: lines against banded taps, one channel at a time; 0: not so
  TileOrder order = kTileOrders[0];
};
// Nothing where the form does not fit: too many channels or positions for the edge, a reduction
// longer than max_reduction, swapped sides with DATA_W != WEIGHT_W.
std::optional<Schedule> dwc_schedule(const ArrayConfig& config, const Layer& layer,
                                     const DwcForm& form);

// Every form worth a look, in the first order of tiles.
std::vector<DwcForm> dwc_forms(const ArrayConfig& config, const Layer& layer);

}  // namespace rowcast
