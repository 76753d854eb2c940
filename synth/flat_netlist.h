// A mapped netlist without its hierarchy: what a placer takes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "synth/gate_netlist.h"

namespace rowcast {

// Nets are numbered over the whole netlist; 0 and 1 are the constants.
struct FlatCell {
  std::string path, type;                         // "u_array/gen_row[0].gen_col[1].u_pe/g12"
  std::vector<std::pair<std::string, int>> pins;  // and their nets
};
// An instance that is no longer there.
struct FlatInstance {
  std::string path;
  std::vector<GatePort> ports;  // with the nets outside
};
struct FlatNetlist {
  int nets = 2;
  std::vector<FlatCell> cells;
  std::vector<FlatInstance> instances;
  std::vector<GatePort> ports;  // of the top
};

FlatNetlist flatten(const GateNetlist& netlist);

}  // namespace rowcast
