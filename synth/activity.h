// What the cells of a mapped array do while it runs real layers: the toggles of every pin, from a
// simulation whose results and cycles are checked on the way.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "generator/config.h"
#include "sim/host/inference.h"
#include "sim/model/choose.h"
#include "synth/gate_netlist.h"

namespace rowcast {

// A layer that stands for all of its kind.
struct WorkloadLayer {
  std::string kind;  // "gemm": all that is not channel-wise; "fuse"; "depthwise"
  std::string variant;
  std::shared_ptr<const Network> network;
  LayerCase values;
  Choice base, row_broadcast;  // on plain hardware its best mapping; with the broadcast,
                               // channel-wise layers by st-os
};

// Cycles of a whole network of one variant, by the kinds that layers stand for.
struct NetworkCycles {
  std::string variant;
  int64_t gemm = 0, channelwise = 0;
};

struct Workload {
  std::string network;  // its name
  std::vector<WorkloadLayer> layers;
  std::vector<NetworkCycles> base, row_broadcast;  // of `variant` and, if it differs, "baseline"
};

// For each kind the layer with the most cycles on `config`, or those named in `layers` (comma
// separated, of any kind). `variant` with the network's FuSe layers; unmodified depthwise ones come
// from the network as it is. Runs golden for the values. Throws InputError for unknown names and
// for layers that the array can not run.
Workload prepare_workload(const ArrayConfig& config, const Network& network,
                          const std::string& variant, const std::string& layers, uint64_t seed,
                          int threads);

// What a simulation of a layer's first steps, as many as take `most_cycles`, has shown.
struct GateRun {
  std::string kind, variant, layer, mapping;
  int64_t steps = 0, layer_steps = 0;        // simulated, and of the whole layer
  int64_t cycles = 0, predicted_cycles = 0;  // of the simulated steps
  int64_t layer_cycles = 0;                  // of the whole layer, predicted
  int64_t results = 0, mismatches = 0;       // compared with golden
  int64_t macs = 0;                          // of these results
  int64_t violations = 0;                    // of the protocol
  std::vector<std::string> messages;         // the first few, for people
  double counted_cycles = 0;                 // from the first command to an idle array
  double toggles_per_cycle = 0;              // mean over the outputs of all cells
  bool exact() const { return mismatches == 0 && violations == 0 && cycles == predicted_cycles; }
};

// Runs the layer on the netlist, and writes the activity of every pin to `file`, a table for
// timing.tcl.in.
GateRun run_gates(const GateNetlist& netlist, const CellLibrary& library, const ArrayConfig& config,
                  const WorkloadLayer& layer, int64_t most_cycles, uint64_t seed,
                  const std::filesystem::path& file);

}  // namespace rowcast
