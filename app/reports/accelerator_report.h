// What a run of a network on the accelerator says.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/machine/network_run.h"
#include "sim/workload/network.h"

namespace rowcast {

struct AcceleratorReport {
  accelerator::SystemConfig config;
  accelerator::DramTiming dram;
  const Network& network;
  std::string variant, view;
  uint64_t seed = 0;
  accelerator::NetworkRun run;
  double wall_seconds = 0;

  bool exact() const { return run.exact(); }
};

// A row per node of the network that has moves.
std::string text_of(const AcceleratorReport& report);
// One report as itself, several as {"runs": [..]}; layers and their moves.
nlohmann::ordered_json json_of(const std::vector<AcceleratorReport>& reports);
// A row per move.
std::string csv_of(const std::vector<AcceleratorReport>& reports);

}  // namespace rowcast
