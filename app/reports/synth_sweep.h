// What `synth --sweep` says of the axes that were asked for: tables, JSON, CSV and a page with
// plots.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "synth/sweep.h"

namespace rowcast {

struct SweepReport {
  std::string liberty;        // its path
  std::vector<Sweep> sweeps;  // at least one point each
};

inline constexpr const char* kSweepNote =
    "Multiplier and adder are the same cells on both sides; fmax is with the broadcast's wire.";

// Of the last point of a sweep, with what stands above the first: its points' texts make the table.
std::string text_of_last_point(const Sweep& sweep);
nlohmann::ordered_json json_of(const SweepReport& report);
std::string csv_of(const SweepReport& report);
// Plots by gnuplot. Throws std::runtime_error if it can not be run.
std::string html_of(const SweepReport& report);

}  // namespace rowcast
