// Wires along the array's sides: from the sequencer, in the corner of row 0 and column 0, to what
// stands in front of each row or column. The netlist has no places; these follow from what a gate
// drives.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "generator/config.h"
#include "synth/liberty.h"

namespace rowcast {

// A net between places that are not neighbours.
struct EdgeWire {
  std::string driver;  // "cell/pin" in the core
  int reach = 0;       // rows or columns from the driver to what is farthest
  double pins_pf = 0;  // what hangs on it
};

// Of the core in Yosys' JSON netlist. Registers are in front of the row or column that their name
// tells, a gate in front of the nearest one that it drives; others are at the sequencer.
std::vector<EdgeWire> edge_wires(const std::filesystem::path& json, const CellLibrary& library,
                                 const ArrayConfig& config);

}  // namespace rowcast
