// A program in DRAM carried out without time, as the sheet says: what the hardware is compared
// with.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>

#include "sim/accelerator/memories.h"
#include "sim/system/config.h"
#include "sim/system/image.h"
#include "sim/system/registers.h"

namespace rowcast::accelerator {

// How a program ended.
struct Outcome {
  Part unit = Part::kControl;
  uint32_t code = 0;                   // 0: it is done
  uint32_t index = 0;                  // of the instruction in its list
  std::array<uint32_t, 3> finished{};  // LOADs, MOVEs, STOREs
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Of the units that can go on, the one that carries out its next instruction: kLoad, kMove, kStore.
using Choice = std::function<Part(std::span<const Part>)>;

// Instructions are carried out one after the other, each as a whole; what may overlap in hardware
// is any order here. `region` is what lies from `base` on, launch.size bytes or more. The codes are
// registers.h's, and rc_accelerator's of MOVEs. What an instruction in error has written before
// stays.
Outcome interpret(const Launch& launch, const SystemConfig& config, uint64_t base,
                  std::span<uint8_t> region, Memories& memories, const Choice& choice);

}  // namespace rowcast::accelerator
