// What the reports of synth share.
#pragma once

#include <fmt/format.h>

#include <string>

#include "generator/config.h"

namespace rowcast {

// How much more the extension takes than the base.
inline double relative(double base, double extended) { return (extended - base) / base; }

inline std::string array_text(const ArrayConfig& config) {
  return fmt::format("{}x{}, {}x{} bit, {} bit accumulators, {} broadcast stages, {} MAC stages",
                     config.rows, config.cols, config.data_width, config.weight_width,
                     effective_acc_width(config), config.broadcast_stages, config.mac_stages);
}

}  // namespace rowcast
