// What a configuration takes in a cell library, in a few numbers that are kept in the cache: for
// questions about many configurations.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>

#include "synth/flow.h"

namespace rowcast {

struct Figures {
  double area_um2 = 0;  // of cells
  // With the wires that synth knows of; of a machine around the core from register to register
  // alone.
  double fmax_mhz = 0;
  double clock_ns = 0;
  // While a layer of its kind runs, by st-os or, without the broadcast, by gemm-dwc; 0: not known.
  double gemm_w = 0, fuse_w = 0, depthwise_w = 0;
};

struct FigureEntry {
  const char* key;
  double Figures::*value;
};
std::span<const FigureEntry> figure_entries();

struct FigureOptions {
  SynthOptions synth{};
  // What runs on the netlist for the power; called only where the figures are not there yet. Empty:
  // no power.
  std::function<Workload(const ArrayConfig&)> workload{};
  std::string workload_identity{};  // everything that it depends on but the array
  TopOptions machine{};             // what is built around the core; without modules: the core
};

// The figures, or those of an earlier call with the same RTL, library, tools, options and program.
// Throws as synthesise() does.
Figures figures_of(const ArrayConfig& config, const CellLibrary& library,
                   const FigureOptions& options);

// All that figures depend on but the configuration, a line a fact.
std::string figures_identity(const CellLibrary& library, const FigureOptions& options);

// Energy in joule of these powers, each for so many cycles; 0: one that has cycles is not known.
double energy_joule(std::span<const std::pair<double, int64_t>> watts_and_cycles, double clock_ns);

}  // namespace rowcast
