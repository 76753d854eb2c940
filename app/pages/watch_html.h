// The page of `watch`: small arrays, cycle by cycle, from traces of their RTL.
#pragma once

#include <string>
#include <vector>

#include "sim/host/array_trace.h"
#include "sim/host/run.h"

namespace rowcast {

// A layer's run with the registers of a part of it.
struct WatchedRun {
  std::string layer;  // as the user calls it
  LayerResult result;
  ArrayTrace trace;
};

// A page that needs nothing else. The runs, one or two, are shown on one clock.
std::string watch_html(const std::vector<WatchedRun>& runs);

}  // namespace rowcast
