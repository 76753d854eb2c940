// Schedules of ST-OS windows for depthwise and FuSe layers.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/schedule/schedule.h"

namespace rowcast {

// The choices that make a stream schedule of a layer.
struct StreamForm {
  bool raster =
      false;  // K×K lines in one pass, the image streamed line after line; else one pass a line
  bool packed = true;  // lines of a channel follow each other; else every line is a job of its own
  bool chain = false;  // windows share one continuous stream
  int strip_outputs = 0;  // outputs along a line of a strip; 0: the line whole
  int window = 1;         // positions of a window, 1..COLS
  int rows = 1;           // rows offered to the jobs, 1..ROWS
};

// Nothing where the form is illegal on this array or does not fit the command's fields: no row
// broadcast, a chain with window < rows or window < span, more than one pass in a chain, spans
// beyond max_reduction.
//
// Rows take windows of the jobs in order. In a chain a job that is followed by another on the same
// row spends span - 1 positions of its last window on the samples that its own last outputs still
// need.
std::optional<Schedule> stream_schedule(const ArrayConfig& config, const Layer& layer,
                                        const StreamForm& form);

// Cycles of the form on an empty array if the last window's last row were wanted; 0: the form is
// illegal, or takes `limit` or more. Costs no memory: what a search ranks forms by.
int64_t stream_bound(const ArrayConfig& config, const Layer& layer, const StreamForm& form,
                     int64_t limit = INT64_MAX);

// FuSe as DATE'21 runs it: one line of one channel per row and window, columns beyond the line
// idle.
std::optional<Schedule> line_schedule(const ArrayConfig& config, const Layer& layer);

// Every packed form worth a look: one pass a line or raster, strips, windows, chained or apart.
std::vector<StreamForm> packed_forms(const ArrayConfig& config, const Layer& layer);

}  // namespace rowcast
