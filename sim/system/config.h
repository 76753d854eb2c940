// The accelerator with its bus.
#pragma once

#include <string>
#include <vector>

#include "sim/accelerator/config.h"

namespace rowcast::accelerator {

struct SystemConfig {
  AcceleratorConfig accelerator{};
  int axi_data_width = 128;    // bits of a beat: 32, 64, 128, 256, 512
  int axi_address_width = 32;  // 32 to 64

  int lanes() const { return accelerator.lanes(); }
  // Bytes of a word, of a line (all lanes of an address) and of a beat in DRAM.
  int word_bytes() const { return accelerator.array.data_width > 8 ? 2 : 1; }
  int line_bytes() const;
  int beat_bytes() const { return axi_data_width / 8; }
  friend bool operator==(const SystemConfig&, const SystemConfig&) = default;
};

// Every problem, as validate() has them for the accelerator; empty if legal.
std::vector<std::string> validate(const SystemConfig& config);

}  // namespace rowcast::accelerator
