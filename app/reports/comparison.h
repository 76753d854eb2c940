// What `compare` finds out: networks × variants × mappings on one array, and their scaling.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/reports/image_report.h"
#include "app/reports/published.h"
#include "app/reports/report.h"

namespace rowcast {

struct ComparisonRow {
  std::string network, variant, mapping;
  Report report;  // per layer; measured if the row ran in RTL
  Published cited;
  std::optional<Accuracy> own{};  // measured, of the unmodified network
  int64_t date21_baseline = 0;  // date21 model's cycles of the baseline at this size
  int64_t im2col_baseline = 0;  // rtl model's, this array
  int64_t plain_baseline = 0;   // best plain mapping of the baseline
  int64_t plain_same = 0;       // best plain mapping of this variant
  int64_t roofline = 0;

  int64_t cycles() const { return report.cycles(); }
  double speedup(int64_t reference) const {
    return cycles() == 0 ? 0 : static_cast<double>(reference) / cycles();
  }
  double utilisation() const;
  // Of `cited`, where it belongs: the published arrays are 64×64. 0: none.
  int64_t cited_cycles() const;
  // Over the published count of the baseline, which is the date21 model's; 0: none is published.
  double speedup_published() const { return cited_cycles() ? speedup(date21_baseline) : 0; }
};

struct Comparison {
  ArrayConfig config;
  bool measured = false;
  std::vector<ComparisonRow> rows;     // at `config`'s size
  std::vector<ComparisonRow> scaling;  // at the other sizes, by the model
};

std::string text_of(const Comparison& comparison);
nlohmann::ordered_json json_of(const Comparison& comparison);
std::string csv_of(const Comparison& comparison);
// A page that needs nothing else; plots by gnuplot. Throws std::runtime_error if gnuplot can not be
// run.
std::string html_of(const Comparison& comparison);

}  // namespace rowcast
