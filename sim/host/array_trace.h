// What every register of a small array held in every cycle, read from a dump of rc_core_trace.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "generator/config.h"
#include "sim/schedule/schedule.h"

namespace rowcast {

// A result at a column's port.
struct TracedResult {
  int64_t cycle = 0;
  int col = 0, row = 0;
  int64_t step = 0;    // of the layer, from 0
  std::string lane{};  // "even", "odd", "all": rc_core_trace's word
  int64_t value = 0;
};

// Cycle n is from clock edge n to the next: registers hold what edge n brought, edges show what
// edge n + 1 will take. All vectors have cycle 0 of the trace first, then rows, then columns.
struct ArrayTrace {
  ArrayConfig config{};
  int64_t first_cycle = 0, cycles = 0;
  // Of every element, its registers.
  std::vector<int64_t> a{}, b{}, acc{}, out{};
  std::vector<int64_t> last{};  // 0 or 1
  // At the array's edges: of every row an operand and a tap, of every column a weight.
  std::vector<int64_t> edge_a{}, edge_tap{}, edge_b{};
  // Of every row: what its b registers hold is the row's tap, and stays there.
  std::vector<int64_t> held{};
  // Of every cycle: what it was spent on and what is being fed, rc_core_trace's words.
  std::vector<std::string> phase{}, kind{};
  std::vector<int64_t> step{}, beat{};
  std::vector<TracedResult> results{};  // by cycle, then column
};

// Reads the dump of the structural view of an array of this configuration. Throws InputError if the
// file can not be read, std::logic_error if it is the dump of anything else.
ArrayTrace read_array_trace(const ArrayConfig& config, const std::filesystem::path& vcd);

// Of each result the layer's output that it is, row-major, or -1 where it is dropped.
std::vector<int64_t> outputs_of(std::span<const TracedResult> results, const ArrayConfig& config,
                                const Layer& layer, const Schedule& schedule);

}  // namespace rowcast
