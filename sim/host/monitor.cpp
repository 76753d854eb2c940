#include "sim/host/monitor.h"

#include <algorithm>

namespace rowcast {

Monitor::Monitor(const ArrayConfig& config) : latency_(edge_latency(config)) {}

void Monitor::finish(Measurement& into) const {
  if (first_ < 0 || last_result_ < 0) return;
  into.traced.first_counted = first_ + latency_;
  into.cycles = last_result_ - (first_ + latency_) + 1;
  const int64_t fed = std::min(last_beat_ + 1, into.cycles);
  for (int64_t t = 0; t < fed; ++t) {
    switch (cycles_[t]) {
      case kFill:
        ++into.phases.fill;
        break;
      case kCompute:
        ++into.phases.compute;
        break;
      case kWait:
        ++into.phases.lane_wait;
        break;
      case kGap:
        ++into.phases.gap;
        break;
    }
  }
  for (int64_t t = 0; t <= last_beat_; ++t)
    if (cycles_[t] == kGap) into.stalls.push_back(t);
  into.phases.drain = into.cycles - fed;
}

}  // namespace rowcast
