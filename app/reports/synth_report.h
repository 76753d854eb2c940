// What `synth` says: tables, JSON, CSV and a page with plots.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/reports/synth_shared.h"
#include "synth/flow.h"

namespace rowcast {

struct SynthReport {
  std::string liberty;  // its path
  Synthesis synthesis;
};

// A network on one side, at the side's fmax.
struct NetworkPerformance {
  std::string variant;
  bool row_broadcast = false;
  int64_t cycles = 0;
  double per_second = 0;      // inferences
  double per_second_mm2 = 0;  // of cells
  double joule = 0;           // an inference, by the activity of its kinds of layers
};
// Unmodified and the variant on plain hardware and by ST-OS; those whose kinds of layers were
// simulated.
std::vector<NetworkPerformance> performance_of(const Synthesis& synthesis);

// What the runs of the element allow at most: the best against the worst, and the other way round.
std::pair<double, double> area_overhead_interval(const Interval& base, const Interval& extended);

std::string text_of(const SynthReport& report);
nlohmann::ordered_json json_of(const SynthReport& report);
std::string csv_of(const SynthReport& report);
// Plots by gnuplot (app/pages/synth_html.cpp). Throws std::runtime_error if it can not be run.
std::string html_of(const SynthReport& report);

}  // namespace rowcast
