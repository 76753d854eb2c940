// The small program of an emitted test bench, and what it makes: its numbers come from the
// interpreter, which knows nothing of the hardware.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/system/config.h"
#include "sim/system/image.h"

namespace rowcast::accelerator {

struct Bench {
  std::string what;  // "a convolution of ..., ..."
  Image image{};
  Bytes region{};  // before it runs
  struct Check {
    uint32_t offset;  // of a byte of an output
    uint8_t value;
  };
  std::vector<Check> checks{};
  int64_t cycles = 0;  // that the moves take
};

// The largest that fits: a convolution, a depthwise and a pointwise layer, a pool and a fully
// connected layer; one pointwise layer; no instructions at all.
Bench bench_of(const SystemConfig& config);

}  // namespace rowcast::accelerator
