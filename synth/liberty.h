// What the flow has to know of a cell library: areas, and that it is complete.
#pragma once

#include <map>
#include <string>

namespace rowcast {

struct CellLibrary {
  std::string name;                     // of the library, as it calls itself
  std::string text;                     // the whole file, unpacked
  std::map<std::string, double> areas;  // of each cell, in the library's unit, µm² as a rule
  double nand2_area = 0;                // the smallest two-input NAND: one gate equivalent
  std::string buffer, buffer_ports;     // the strongest buffer, "IN:OUT"; empty: there is none
};

// A liberty file, gzip-compressed if its name ends in .gz. Throws InputError if it can not be read,
// is no liberty, ends too early, or lacks what the flow needs: a flip-flop, a NAND, power tables.
CellLibrary read_liberty(const std::string& path);

}  // namespace rowcast
