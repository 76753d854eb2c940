// A network, or a part of it, on a model: every layer in RTL, every output and every cycle
// compared.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/host/inference.h"
#include "sim/host/model.h"
#include "sim/host/trace.h"
#include "sim/model/choose.h"

namespace rowcast {

// A layer that a report speaks of, with what the models say.
struct LayerPlan {
  int node = 0;    // of the network
  int number = 0;  // 1 for the network's first array layer
  const Layer* layer = nullptr;
  Choice choice{};  // schedule and predicted phases; empty where only selected
  int64_t roofline = 0;
};

// The selected layers' schedules. `selection`: "", or comma-separated numbers, ranges A..B, and
// names or beginnings of names up to a dot ("block1" is block1.expand, block1.dw, ...). Throws
// InputError with every problem: an unknown layer, a mapping the array can not run, a sum that
// could overflow.
std::vector<LayerPlan> plan_layers(const Network& network, const ArrayConfig& config,
                                   const Mapping& mapping, const std::string& selection,
                                   bool allow_overflow);

// The selected layers alone, for models that need no schedule. Throws InputError, naming the
// option, for an unknown layer and for a range that leaves the network.
std::vector<LayerPlan> select_layers(const Network& network, const ArrayConfig& config,
                                     const std::string& selection,
                                     std::string_view option = "--layers");

// choose(), or InputError.
Choice must_choose(const ArrayConfig& config, const Layer& layer, const Mapping& mapping);

struct LayerResult {
  LayerPlan plan;
  int64_t measured_cycles = 0;
  Phases measured;
  int64_t mismatches = 0;             // outputs that differ from golden
  int64_t violations = 0;             // of the protocol
  std::vector<std::string> messages;  // the first few of both, for people
  Statistics input;
  Traced traced;
  // Measured cycles, and each phase's, are the predicted ones.
  bool on_time() const {
    return measured_cycles == plan.choice.phases.total() && measured == plan.choice.phases;
  }
  bool exact() const { return mismatches == 0 && violations == 0 && on_time(); }
};

struct RunResult {
  std::vector<LayerResult> layers;  // in network order
  double wall_seconds = 0;          // golden and simulation, without the model's build
  double sim_seconds = 0;           // CPU time of gather, drive, eval, collect and compare
  std::vector<std::vector<int16_t>> words{};  // golden's, that the kept nodes hand on
};

struct RunOptions {
  uint64_t seed = 1;
  int threads = 1;             // golden's, and layers simulated at once
  std::filesystem::path dump;  // every layer's tensors as .npy; empty: none
  GivenValues given;           // values that are not random
  std::vector<int> kept{};     // nodes whose words are wanted
  // Waveforms of the first of the plans; needs code with tracing.
  std::optional<TraceOptions> trace;
  Progress progress;
};

// Throws InputError if there is no layer to trace, or the first has not the steps asked for.
void check_trace(const TraceOptions& trace, const std::vector<LayerPlan>& plans);

// Throws InputError if a layer is too large for golden, which holds every tensor of it: one of the
// plans', or one that these need.
void check_memory(const Network& network, const std::vector<LayerPlan>& plans);

// Throws InputError if the cycles that are to be traced leave the layer.
RunResult run_network(const Network& network, const std::shared_ptr<const ModelCode>& code,
                      const std::vector<LayerPlan>& plans, const RunOptions& options);

// Processor time of the calling thread.
double thread_cpu_seconds();

}  // namespace rowcast
