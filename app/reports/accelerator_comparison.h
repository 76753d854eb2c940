// What `compare --accelerator` finds out: networks × variants from an image in DRAM to scores, on
// one machine and on machines that differ from it in one thing.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/reports/memory_energy.h"
#include "app/reports/synth_figures.h"
#include "sim/accelerator/choose.h"
#include "sim/system/end_to_end.h"

namespace rowcast {

struct MachinePoint {
  std::string_view differs;  // "", or in what: "array", "bus", "memories", "spill"
  accelerator::SystemConfig system{};
  accelerator::Spilling spilling = accelerator::Spilling::kWhereNeeded;
  const SynthFigures* synth = nullptr;  // of its size; null: not given

  int lanes() const { return system.lanes(); }
  int64_t peak_macs() const { return int64_t{lanes()} * lanes(); }  // a cycle
  int64_t memory_bytes() const;                                     // of all its memories
};

struct EndToEndRow {
  std::string network{}, variant{};
  size_t point = 0;
  int64_t macs = 0;
  accelerator::EndToEnd run{};
  MemoryEnergy energy{};
  int64_t array_cycles = 0;               // of the array alone, by the rtl model and st-os
  std::string problem{};                  // why it can not be; then what is above is 0
  const EndToEndRow* baseline = nullptr;  // the unmodified network at the same point, if it runs

  bool runs() const { return problem.empty(); }
};

struct EndToEndComparison {
  accelerator::FixedMemory dram{};
  std::vector<MachinePoint> points{};  // the first is what the others differ from
  std::vector<EndToEndRow> rows{};     // by network, variant and point

  const MachinePoint& point(const EndToEndRow& row) const { return points[row.point]; }
};

// What no program with this traffic can beat: the array's multipliers busy in every cycle, and the
// busier direction of the bus. Cycles.
struct Roofline {
  int64_t compute = 0, dram = 0;
  int64_t cycles() const { return std::max(compute, dram); }
};
Roofline roofline_of(const EndToEndComparison& comparison, const EndToEndRow& row);
// Bytes that a direction of the bus takes in a cycle.
double bus_bytes(const EndToEndComparison& comparison, const MachinePoint& point);
// MACs for each byte of the busier direction.
double intensity_of(const EndToEndComparison& comparison, const EndToEndRow& row);
double macs_per_cycle(const EndToEndRow& row);

// How many times the row's cycles and bytes the unmodified network takes.
std::optional<double> cycles_saved(const EndToEndRow& row);
std::optional<double> bytes_saved(const EndToEndRow& row);

// With synth's figures of its size.
std::optional<double> frames_per_second(const EndToEndComparison& comparison,
                                        const EndToEndRow& row);
std::optional<double> array_joule(const EndToEndComparison& comparison, const EndToEndRow& row);

// "32x32, 128 bits, 1352 KB", and "layer by layer".
std::string label_of(const MachinePoint& point);

std::string text_of(const EndToEndComparison& comparison);
nlohmann::ordered_json json_of(const EndToEndComparison& comparison);
std::string csv_of(const EndToEndComparison& comparison);
// Plots by gnuplot (app/pages/accelerator_comparison_html.cpp). Throws std::runtime_error if it can
// not be run.
std::string html_of(const EndToEndComparison& comparison);

}  // namespace rowcast
