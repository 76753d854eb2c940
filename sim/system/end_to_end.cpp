#include "sim/system/end_to_end.h"

#include "sim/accelerator/compile.h"
#include "sim/system/image.h"

namespace rowcast::accelerator {

EndToEnd end_to_end(const Program& program, const SystemConfig& config, const FixedMemory& memory) {
  return {.counted = times_of(image_of(program, config).instructions, config, memory).counted,
          .moves_cycles = cycles_of(program),
          .dram = dram_bytes(program)};
}

}  // namespace rowcast::accelerator
