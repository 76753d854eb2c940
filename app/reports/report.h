// What a run or an estimate says: text for people, JSON and CSV for scripts.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/host/run.h"

namespace rowcast {

// One variant of a network on one array.
struct Report {
  ArrayConfig config;
  std::string network, title, variant, mapping;
  std::string model = "rtl";
  std::string rounding{}, dataflow{};  // of date21 and of scale-sim; else empty
  std::string view;                    // empty: nothing was simulated
  uint64_t seed = 0;
  bool measured = false;
  std::vector<LayerResult> layers;  // without a measurement only their plans
  std::vector<int64_t> predicted;   // cycles by the model, per layer
  double wall_seconds = 0, sim_seconds = 0;

  int64_t cycles() const;  // measured if there is a measurement
  int64_t predicted_cycles() const;
  int64_t macs() const;
  int64_t mismatches() const;
  bool exact() const;  // no mismatch, measured = predicted everywhere
};

// Table with a row per layer and totals. `comparisons`: lines that follow it.
std::string text_of(const Report& report);
// One report as itself, several as {"runs": [..]}; at least one. What differs from run to run is in
// "timing".
nlohmann::ordered_json json_of(const std::vector<Report>& reports);
// A header line and a row per layer.
std::string csv_of(const std::vector<Report>& reports);

// 1234567 -> "1,234,567".
std::string grouped(int64_t number);

}  // namespace rowcast
