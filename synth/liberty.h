// What the flow has to know of a cell library: areas, what the cells do, and that it is complete.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace rowcast {

// A flip-flop of a cell; the texts are liberty's boolean functions of the cell's pins.
struct FlipFlop {
  std::string state, inverse;  // what outputs call it
  std::string next_state, clocked_on, clear, preset;
};

struct LibraryCell {
  double area = 0;                               // in the library's unit, µm² as a rule
  std::map<std::string, std::string> functions;  // of each output, in liberty's syntax
  std::map<std::string, double> input_pf;        // capacitance of each input
  std::optional<FlipFlop> flip_flop;
};

struct CellLibrary {
  std::string name;                // of the library, as it calls itself
  std::string text;                // the whole file, unpacked
  double capacitance_unit_pf = 1;  // of the library's numbers
  std::map<std::string, LibraryCell> cells;
  double nand2_area = 0;  // the smallest two-input NAND: one gate equivalent
  std::string buffer,
      buffer_ports;          // the smallest of the strongest, "IN:OUT"; empty: there is none
  double buffer_max_pf = 0;  // what it may drive
};

// A liberty file, gzip-compressed if its name ends in .gz. Throws InputError if it can not be read,
// is no liberty, ends too early, or lacks what the flow needs: a flip-flop, a NAND, power tables.
CellLibrary read_liberty(const std::string& path);

}  // namespace rowcast
