// The parts of LEF (a technology's layers and cells) and DEF (a placed and routed design) that a
// layout's report needs. Lengths in µm.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rowcast {

struct LefLayer {
  double width_um = 0;
  double ohm_per_square = 0, pf_per_um2 = 0, edge_pf_per_um = 0;
  // Of a wire of minimum width.
  double ohm_per_um() const { return ohm_per_square / width_um; }
  double pf_per_um() const { return width_um * pf_per_um2 + 2 * edge_pf_per_um; }
};
struct LefCell {
  double width_um = 0, height_um = 0;
};
struct Lef {
  std::map<std::string, LefLayer> layers;  // of type ROUTING
  std::map<std::string, LefCell> cells;
};

struct DefComponent {
  std::string name, cell;
  double x_um = 0, y_um = 0;  // its lower left corner, in any orientation
};
struct DefWire {
  std::string layer;
  double x0_um = 0, y0_um = 0, x1_um = 0, y1_um = 0;
  double length_um() const;
};
struct DefNet {
  std::vector<std::pair<std::string, std::string>> pins;  // component and its pin; "PIN": a port
  std::vector<DefWire> wires;
  int vias = 0;
};
struct Def {
  std::vector<DefComponent> components;
  // With the stubs at its pins that qrouter writes among the special nets; those that have no pins
  // in NETS, power, are not read.
  std::map<std::string, DefNet> nets;
};

// Throw std::runtime_error, with the place, where a file ends too early or says what they do not
// know in a section that they read.
Lef read_lef(const std::filesystem::path& file);
Def read_def(const std::filesystem::path& file);

}  // namespace rowcast
