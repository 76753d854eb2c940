// What `sweep` says: every design by every workload, and which of them are worth having.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/sweep/space.h"
#include "synth/figures.h"

namespace rowcast {

struct DesignRow {
  size_t network = 0;  // of the report's
  const Variant* variant = nullptr;
  const Mapping* mapping = nullptr;
  const Design* design = nullptr;
  const Figures* figures = nullptr;  // of the design; null: none were asked for, or it can not be
  RunCycles run{};
  bool front = false;  // no other of the same network and variant beats it

  bool runs() const { return run.problem.empty(); }
};

struct DesignReport;

// What cycles are set against.
struct DesignMetric {
  std::string_view name;      // of --against
  std::string_view key;       // of JSON and CSV
  std::string_view title;     // with its unit
  bool of_synth, of_machine;  // known with --synth, with --accelerator only
  std::optional<double> (*of)(const DesignReport&, const DesignRow&);
};
std::span<const DesignMetric> design_metrics();

struct DesignReport {
  bool accelerator = false;
  std::vector<std::string> networks{};  // their names
  std::vector<const Variant*> variants{};
  std::string library{};  // of the figures; empty: there are none
  const DesignMetric* against = nullptr;
  std::vector<DesignRow> rows{};  // by network, variant, mapping and design
  // What tells designs apart besides their shape; complete() finds it.
  std::vector<const DesignAxis*> varying{};
  bool several_mappings = false;

  std::optional<double> cost(const DesignRow& row) const { return against->of(*this, row); }
};

// Once all rows are there: which are on a front, and what tells them apart.
void complete(DesignReport& report);
// The rows of a network and variant, in the order of the report.
std::vector<const DesignRow*> rows_of(const DesignReport& report, size_t network,
                                      const Variant* variant);
// "16x256", with the other values that vary, and the mapping where there are several.
std::string label_of(const DesignReport& report, const DesignRow& row);

double utilisation_of(const DesignRow& row);

// The fronts, row by row.
std::string text_of(const DesignReport& report);
nlohmann::ordered_json json_of(const DesignReport& report);
std::string csv_of(const DesignReport& report);
// Plots by gnuplot (app/pages/design_html.cpp): a page, and its first plot alone. Throws
// std::runtime_error if it can not be run.
std::string html_of(const DesignReport& report);
std::string svg_of(const DesignReport& report);

}  // namespace rowcast
