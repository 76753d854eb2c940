// Error codes of rc_accelerator: what it says of a move that is no good.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/accelerator/config.h"
#include "sim/accelerator/move.h"

namespace rowcast::accelerator {

constexpr uint32_t kMostMoveCode = 9;
std::string_view error_text(uint32_t code);

// The code with which the hardware refuses the move before it begins (rc_move_check), or 0.
int check_code(const Move& move, const AcceleratorConfig& config);
// The same, and 7 where it shows only while the move runs: for moves of which problems() has
// something to say.
int refusal_code(const Move& move, const AcceleratorConfig& config);

}  // namespace rowcast::accelerator
