// Moves executed as move.h says, one after the other, without time: what the hardware is compared
// with.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "sim/accelerator/memories.h"
#include "sim/accelerator/move.h"

namespace rowcast::accelerator {

// A move that does what no move may: "rows: address 70 is not in 0 to 63". And the hardware's code
// (refusal.h).
struct MoveError : std::runtime_error {
  MoveError(const std::string& what, int of) : std::runtime_error(what), code(of) {}
  int code;
};

// What can be said of a move without executing it: fields, counts that contradict each other, a
// chain that is none, ranges outside of their memories. Empty if there is nothing.
std::vector<std::string> problems(const Move& move, const AcceleratorConfig& config);

// Offsets of a window's span that have a tap, in order.
std::vector<int> tap_offsets(const Move& move);

// Throws MoveError; what results had been written then stays.
void execute(const Move& move, Memories& memories);

}  // namespace rowcast::accelerator
