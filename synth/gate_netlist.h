// A mapped netlist with its hierarchy, as Yosys' write_json leaves it.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "synth/liberty.h"

namespace rowcast {

// Nets are numbered per module; 0 and 1 are the constants. An undriven bit is constant 0.
struct GateCell {
  std::string name, type;
  std::vector<std::pair<std::string, int>> pins;  // connected ones, and their nets
};
struct GatePort {
  std::string name;
  bool input = false;
  std::vector<int> nets;  // bit 0 first
};
struct GateInstance {
  std::string name;
  int module = 0;                       // of the netlist
  std::vector<std::vector<int>> ports;  // nets outside, in the order of the module's ports
};
struct GateModule {
  std::string name;
  int nets = 2;
  std::vector<GatePort> ports;
  std::vector<GateCell> cells;  // of the library
  std::vector<GateInstance> instances;
};
struct GateNetlist {
  std::vector<GateModule> modules;
  int top = 0;
};

// Throws std::runtime_error if the file is none of Yosys', or holds a cell that is neither a module
// nor in the library.
GateNetlist read_gate_netlist(const std::filesystem::path& json, const std::string& top,
                              const CellLibrary& library);

}  // namespace rowcast
