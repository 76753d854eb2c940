// Places and routes a configuration as standard cells, with graywolf and qrouter of Debian's qflow.
#pragma once

#include <string>
#include <vector>

#include "generator/config.h"
#include "sim/host/model.h"
#include "synth/lef_def.h"
#include "synth/sta_report.h"

namespace rowcast {

// qflow's technology, and its files: graywolf's parameters and the LEF belong to these cells.
inline constexpr const char* kLayoutTechnology = "osu018";
inline constexpr const char* kLayoutFiles = "/usr/share/qflow/tech/osu018";

inline constexpr int kMostLayoutElements = 16;

// Nets of one kind, and their wires.
struct WireClass {
  std::string name, key;
  int nets = 0;  // of two pins or more
  double total_um = 0, most_um = 0;
  double mean_um() const { return nets ? total_um / nets : 0; }
};

struct PlacedCell {
  double x_um = 0, y_um = 0, width_um = 0, height_um = 0;  // the lower left corner, and the size
  int element = -1;  // row * COLS + column; -1: of the sequencer and the edges
};

struct LayoutSide {
  int vias = 0;
  double cells_um2 = 0;                // by the LEF, without fillers
  double width_um = 0, height_um = 0;  // of the rows of cells
  std::vector<WireClass> wires;        // the same classes on both sides; a net is in one of them
  Timing bare, routed;                 // without and with the wires' capacitance
  // What no net but the clock's adds more than by its wires' resistance, vias excepted; not in
  // `routed`.
  double elmore_ns = 0;
  std::vector<PlacedCell> placed;  // without fillers
  std::vector<DefWire> broadcast;  // the wires of the row broadcast

  double wire_um() const;
  double utilisation() const { return cells_um2 / (width_um * height_um); }
};

struct Layout {
  ArrayConfig config;  // of the side with the broadcast
  LayoutSide base, row_broadcast;
  double estimated_um = 0;  // a net of the broadcast, as synthesise() takes it, by elements' pitch
};

// Both sides, each the same way, at the same time; their netlists are those of synthesise(), flat,
// without constants or repeaters (a row of so few elements needs none), and with a tree of buffers
// for the clock. Throws InputError if there are more elements than kMostLayoutElements or a tool is
// missing, std::runtime_error if one fails, a net stays open or the layout is of another netlist.
Layout place_and_route_layout(const ArrayConfig& config, int seeds, const Progress& progress);

}  // namespace rowcast
