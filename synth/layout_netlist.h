// The netlist as a placer takes it: flat, with a tree of buffers for the clock, under names that
// every tool takes; and whether a layout is of it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "synth/flat_netlist.h"
#include "synth/lef_def.h"

namespace rowcast {

inline constexpr size_t kClockLoads = 16;  // of a buffer, at most

struct LayoutNetlist {
  FlatNetlist flat;
  std::vector<std::string> cells;                                 // names, by cell
  std::map<std::string, size_t> numbers;                          // and back
  std::vector<std::vector<std::pair<size_t, std::string>>> pins;  // cells and pins, by net
  std::vector<int> elements;                        // by cell: row * COLS + column; -1: in none
  std::set<int> inputs, outputs, broadcast, clock;  // nets; the clock's are its tree's
  int clock_port = 0;                               // a net
};

// The clock's tree is of the library's buffer. Throws std::runtime_error if there is no port clk_i,
// or a port is input and output in one.
LayoutNetlist layout_netlist(FlatNetlist flat, const CellLibrary& library, int cols);

std::string net_name(int net);
std::string blif_of(const LayoutNetlist& netlist);
std::string verilog_of(const LayoutNetlist& netlist);

// Throws std::runtime_error unless the layout's cells, pins and ports are the netlist's, each in
// its net, and every net has wires, long enough to get from cell to cell: how much shorter they may
// be by what other cells of the net carry is not known, so of nets of many cells it is little.
void check_layout(const LayoutNetlist& netlist, const Lef& lef, const Def& def);

}  // namespace rowcast
