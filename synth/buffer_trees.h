// Buffer trees behind flip-flops. ABC takes a flip-flop's output for an input of the logic and
// leaves it as it is, however much hangs on it; a place and route tool would not.
#pragma once

#include <filesystem>
#include <string>

#include "synth/liberty.h"

namespace rowcast {

// Edits a module of Yosys' JSON netlist: no flip-flop of it drives more than `most` inputs, nor
// does a buffer of its trees. Returns the number of buffers; none without a buffer in the library.
int add_buffer_trees(const std::filesystem::path& json, const std::string& module,
                     const CellLibrary& library, int most = 12);

}  // namespace rowcast
