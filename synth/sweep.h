// The broadcast's overhead against one parameter of the array: area and fmax on both sides of every
// point. Power is not asked for.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "synth/flow.h"

namespace rowcast {

struct SweepAxis {
  std::string_view name;   // on the command line
  std::string_view title;  // of the value, for people
  std::span<const int> values;
  void (*set)(ArrayConfig& config, int value);
};
std::span<const SweepAxis> sweep_axes();
// Or nullptr.
const SweepAxis* find_sweep_axis(std::string_view name);

struct SweepPoint {
  int value = 0;
  Synthesis synthesis;  // without power, and without dissolved elements
};

struct Sweep {
  const SweepAxis* axis = nullptr;
  ArrayConfig config;              // what all points share
  std::vector<SweepPoint> points;  // legal ones, by value
};

// Everything but the axis' parameter is as in `config`; the accumulators keep their width where it
// was derived. Elements are mapped once for all points that can share them. `finished` is called
// after each point, which is then the last one of the sweep so far.
Sweep sweep(const ArrayConfig& config, const SweepAxis& axis, const SynthOptions& options,
            const std::function<void(const Sweep&)>& finished);

}  // namespace rowcast
