// What a program takes from its start to its end, image in DRAM to scores in DRAM.
#pragma once

#include <cstdint>

#include "sim/accelerator/dram.h"
#include "sim/accelerator/program.h"
#include "sim/system/config.h"
#include "sim/system/timing.h"

namespace rowcast::accelerator {

struct EndToEnd {
  SystemCycles counted{};
  int64_t moves_cycles = 0;  // with all loads in time
  DramBytes dram{};
};

// Throws InputError, as image_of() does.
EndToEnd end_to_end(const Program& program, const SystemConfig& config, const FixedMemory& memory);

}  // namespace rowcast::accelerator
