// Energy of memories by published figures: citations for an idea of the size, never measured here.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/accelerator/program.h"

namespace rowcast {

// Of an access of 64 bits, in a memory of at most so many bytes.
struct RamEnergy {
  int64_t bytes;
  double picojoule;
};
inline constexpr RamEnergy kRamEnergy[] = {{8 << 10, 10}, {32 << 10, 20}, {1 << 20, 100}};
inline constexpr double kDramPicojoule[] = {1300, 2600};  // least, most
inline constexpr std::string_view kEnergySource =
    "M. Horowitz, Computing's energy problem (and what we can do about it), ISSCC 2014: 45 nm, "
    "0.9 V, accesses of 64 bits: 10 pJ in 8 KB, 20 pJ in 32 KB, 100 pJ in 1 MB, DRAM 1.3 to 2.6 nJ";
inline constexpr std::string_view kEnergyAssumptions =
    "Every word of A, B and W that moves, loads and stores read or write takes its share of such "
    "an access, in the smallest memory of the table that a lane's fits; Q, S, tables and leakage "
    "are not counted. DRAM is every byte of the program's traffic. The array's energy is of the "
    "library that synth mapped it to: the three are of different technologies, so they are not "
    "added.";

struct MemoryEnergy {
  std::optional<double> ram_joule{};  // nothing: a lane's memory is larger than any of the table
  double dram_joule[2] = {};          // least, most
};
MemoryEnergy memory_energy(const accelerator::Program& program, int64_t dram_bytes);

}  // namespace rowcast
