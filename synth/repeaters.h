// Repeaters in the row broadcast of a mapped netlist: no driver may see more than half of what the
// library's buffer may drive, wire included.
#pragma once

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "synth/liberty.h"

namespace rowcast {

// An element's ports on its row's broadcast.
inline constexpr const char* kBroadcastPorts[] = {"tap_n_i", "lastb_n_i", "hold_i"};
inline bool is_broadcast_port(const std::string& name) {
  return std::ranges::find(kBroadcastPorts, name) != std::end(kBroadcastPorts);
}

// Groups of columns, each behind a buffer, if one of `columns` elements loads `each_pf`; 0: none.
int repeater_groups(int columns, double each_pf, const CellLibrary& library);

// Edits Yosys' JSON netlist: a bit of rc_array's broadcast that loads too much gets groups
// of neighbouring columns. `wire_pf` is the wire's load from one element to the next. Returns the
// new nets of rc_array with the columns that hang on each.
std::vector<std::pair<std::string, int>> add_repeaters(const std::filesystem::path& json,
                                                       const CellLibrary& library, double wire_pf);

}  // namespace rowcast
