// Instructions of rc_accel: three lists, each carried out in its order. An instruction begins when
// so many of the other lists' are finished.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/accelerator/move.h"

namespace rowcast::accelerator {

// LOADs and STOREs have memories in their first word as Memory numbers them.
constexpr uint32_t kLoadTables = static_cast<uint32_t>(Memory::kTables);

// From DRAM: `count` lines (A, B, W), scales (Q, S) or words (tables) from byte `offset` on to
// addresses from `base` on.
struct LoadInstruction {
  uint32_t memory = 0, base = 0, count = 0, offset = 0;
  uint32_t moves = 0, stores = 0;  // finished before
};

// To DRAM: lines of A or B.
struct StoreInstruction {
  uint32_t memory = 0, base = 0, count = 0, offset = 0;
  uint32_t moves = 0, loads = 0;
};

struct MoveInstruction {
  Move move{};
  uint32_t loads = 0, stores = 0;
};

struct Instructions {
  std::vector<LoadInstruction> loads{};
  std::vector<MoveInstruction> moves{};
  std::vector<StoreInstruction> stores{};
};

}  // namespace rowcast::accelerator
