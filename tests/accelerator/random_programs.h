// Programs of all three lists with what lies in DRAM, and what they must make of it.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/accelerator/memories.h"
#include "sim/system/config.h"
#include "sim/system/image.h"
#include "tests/accelerator/random_moves.h"

namespace rowcast::accelerator {

// A region of DRAM with a program's lists in it.
struct Placed {
  std::vector<uint8_t> bytes{};
  Launch launch{};
};

struct RandomProgram {
  Instructions instructions{};
  Placed placed{};
  Memories before, after;              // before: noise
  std::vector<uint8_t> bytes_after{};  // DRAM behind it
};

// `items` instructions of random kinds at random places. An instruction waits for what it must not
// overtake, or for more, so any order that the counts allow has one result: that of carrying them
// out in the order in which they were made.
RandomProgram random_program(Random& random, const SystemConfig& config, int items);

// A program's lists behind `data` in one region.
Placed placed(const Instructions& program, std::vector<uint8_t> data, uint32_t writable);

}  // namespace rowcast::accelerator
