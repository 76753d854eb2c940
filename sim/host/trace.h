// Waveforms of a run: which part of it, the file, and the save file with which GTKWave shows them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "sim/host/model.h"

namespace rowcast {

// Steps and cycles are a layer's own, from 0. Cycle 0 is the clock edge that finds its first
// command offered; a cycle lasts until the next edge. A step's part of a run goes from the first
// edge that could take a beat of it to the cycle that brings its last result to a port.
struct TraceRange {
  enum Unit { kAll, kSteps, kCycles } unit = kAll;
  int64_t first = 0, last = 0;  // both included
  bool may_end_early = false;   // the run may be over before the last cycle
};

// The first selected layer's waveforms.
struct TraceOptions {
  std::filesystem::path file;  // .fst or .vcd; the save file lies beside it, .gtkw
  TraceRange range;
};

// What was written, and the first of the cycles that the layer's cycle count counts.
struct Traced {
  std::filesystem::path file;  // empty: nothing
  int64_t first_cycle = 0, last_cycle = -1;
  int64_t end_cycle = -1;  // the run's last
  int64_t first_counted = -1;
};

// F.fst or F.vcd -> F.gtkw.
std::filesystem::path save_file_of(const std::filesystem::path& trace);

// Throws InputError where the file's disk is nearly full: the FST writer loops or crashes on one
// that is.
void need_trace_space(const std::filesystem::path& file);

// An FST dump, in a temporary folder beside it, to the asked-for file, with its save file. All or
// nothing. Throws InputError if a file can not be written.
void write_trace(const ModelCode& code, const std::filesystem::path& fst,
                 const std::filesystem::path& file);

// The save file for a dump with these signals, as the header of a VCD file declares them: commands,
// operands, sequencer, edges, rows of elements, results. It names nothing else.
std::string gtkwave_save_file(const ArrayConfig& config, const std::string& vcd_header,
                              const std::string& dump);

}  // namespace rowcast
