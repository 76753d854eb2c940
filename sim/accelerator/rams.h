// The accelerator's memories as they are built: one write and one read port each.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/accelerator/config.h"

namespace rowcast::accelerator {

struct Ram {
  const char* name;
  int lanes, words, bits;  // of a word
  int64_t total_bits() const { return int64_t{lanes} * words * bits; }
};

std::vector<Ram> rams(const AcceleratorConfig& config);

}  // namespace rowcast::accelerator
