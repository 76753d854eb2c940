// The fields of a move for Verilog of the tests.
#pragma once

#include <string>

namespace rowcast::test {

// move_fields.vh: MOVE_W, the bits of a move, and of every field its first bit, F_NAME.
std::string move_fields_vh();

}  // namespace rowcast::test
