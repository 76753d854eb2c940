#include "sim/system/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace rowcast::accelerator {

int SystemConfig::line_bytes() const {
  return std::max(8,
                  static_cast<int>(std::bit_ceil(static_cast<unsigned>(lanes() * word_bytes()))));
}

std::vector<std::string> validate(const SystemConfig& config) {
  std::vector<std::string> problems = validate(config.accelerator);
  const int width = config.axi_data_width;
  if (width < 32 || width > 512 || !std::has_single_bit(static_cast<unsigned>(width)))
    problems.push_back(
        fmt::format("axi_data_width: {} given, allowed are 32, 64, 128, 256 and 512", width));
  if (config.axi_address_width < 32 || config.axi_address_width > 64)
    problems.push_back(
        fmt::format("axi_address_width: {} given, allowed is 32 to 64", config.axi_address_width));
  return problems;
}

}  // namespace rowcast::accelerator
