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
  std::string path;  // as the user gave it
  std::string name;  // of the library, as it calls itself
  // The whole file, unpacked; cells that are left out are blank, for all tools alike.
  std::string text;
  std::map<std::string, LibraryCell> cells;
  std::map<std::string, std::string> left_out;  // cells that are not for logic, and why
  double nand2_area = 0;                        // the smallest: one gate equivalent
  // The smallest of the strongest; empty: there is none.
  std::string buffer, buffer_in, buffer_out;
  double buffer_max_pf = 0;  // what it may drive
};

// A liberty file, also gzip-compressed. Cells are left out if the file says that they are not for
// logic (pads, clock gates, level shifters, dont_use, ...) or their shape does: buses, three-state
// outputs, a supply of their own, the size of a pad. Throws InputError, naming the line where there
// is one, if the file can not be read, is no liberty, ends too early, has a unit that is missing or
// not liberty's, or lacks what the flow needs: a flip-flop, a NAND, power tables.
CellLibrary read_liberty(const std::string& path);

}  // namespace rowcast
