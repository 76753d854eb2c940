// From a layer and a wanted mapping to a schedule: the cheapest by the rtl model.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/model/rtl_model.h"

namespace rowcast {

// One row of the table of mappings.
struct Mapping {
  std::string_view name;
  bool needs_broadcast;  // runs on ROW_BROADCAST = 1 hardware only
  std::string_view help;
};
// What --mapping accepts: "auto" first. It constrains channel-wise layers only; all others are
// `gemm`.
std::span<const Mapping> mappings();
const Mapping* find_mapping(std::string_view name);

struct Choice {
  Schedule schedule;
  Phases phases;  // predicted
};

// The cheapest schedule of the layer under the mapping. Nothing, and a reason in `error`, if the
// array can not run it: the mapping needs the row broadcast, a reduction exceeds max_reduction, or
// the layer is too large.
std::optional<Choice> choose(const ArrayConfig& config, const Layer& layer, const Mapping& mapping,
                             std::string& error);

// Why the layer is too large for anything in RTL (schedules, drivers, golden outputs), or nothing.
// Analytical models have no such limits.
std::string size_problem(const Layer& layer);

// An error text if a sum of the layer could overflow the accumulator, else empty.
std::string overflow_problem(const ArrayConfig& config, const Layer& layer);

}  // namespace rowcast
