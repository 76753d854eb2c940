#include "sim/system/config.h"

#include <fmt/format.h>

#include <bit>

#include "sim/accelerator/dram.h"

namespace rowcast::accelerator {

int SystemConfig::line_bytes() const { return rowcast::accelerator::line_bytes(accelerator); }

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
