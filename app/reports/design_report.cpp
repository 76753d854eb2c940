#include "app/reports/design_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "app/reports/report.h"
#include "generator/version.h"
#include "sim/accelerator/rams.h"
#include "sim/formats/csv.h"
#include "sim/model/analytical.h"
#include "sim/sweep/pareto.h"

namespace rowcast {
namespace {

constexpr int kDesignSchema = 1;

int64_t elements_of(const DesignRow& row) {
  return int64_t{row.design->machine.array().rows} * row.design->machine.array().cols;
}

std::optional<double> known(double value) {
  return value > 0 ? std::optional(value) : std::nullopt;
}

double joule_of(const DesignRow& row) {
  if (!row.run.as_simulated) return 0;
  const Figures& figures = *row.figures;
  const double watts[] = {figures.gemm_w, figures.fuse_w, figures.depthwise_w};
  std::array<std::pair<double, int64_t>, kPowerKinds> shares;
  for (size_t i = 0; i < kPowerKinds; ++i) shares[i] = {watts[i], row.run.by_kind[i]};
  return energy_joule(shares, figures.clock_ns);
}

constexpr DesignMetric kMetrics[] = {
    {"elements", "elements", "processing elements", false, false,
     [](const DesignReport&, const DesignRow& row) -> std::optional<double> {
       return static_cast<double>(elements_of(row));
     }},
    {"edge", "edge_bits_per_cycle", "operand bits per cycle at the edges", false, false,
     [](const DesignReport&, const DesignRow& row) -> std::optional<double> {
       return static_cast<double>(edge_bits(row.design->machine.array()));
     }},
    {"memory", "memory_bits", "bits of the accelerator's memories", false, true,
     [](const DesignReport& report, const DesignRow& row) -> std::optional<double> {
       if (!report.accelerator) return std::nullopt;
       int64_t bits = 0;
       for (const accelerator::Ram& ram : accelerator::rams(row.design->machine.accelerator()))
         bits += ram.total_bits();
       return static_cast<double>(bits);
     }},
    {"dram", "dram_bytes", "bytes from and to DRAM", false, true,
     [](const DesignReport&, const DesignRow& row) {
       return known(static_cast<double>(row.run.dram_bytes));
     }},
    {"area", "area_um2", "area of cells, um2", true, false,
     [](const DesignReport&, const DesignRow& row) {
       return row.figures ? known(row.figures->area_um2) : std::nullopt;
     }},
    {"energy", "joule", "joule per inference", true, false,
     [](const DesignReport&, const DesignRow& row) {
       return row.figures && row.runs() ? known(joule_of(row)) : std::nullopt;
     }},
};

std::string array_of(const DesignRow& row) {
  return fmt::format("{}x{}", row.design->machine.array().rows, row.design->machine.array().cols);
}

int value_of(const DesignAxis& axis, const DesignRow& row) {
  Machine machine = row.design->machine;
  machine.array().acc_width = effective_acc_width(machine.array());  // where it was not given
  return axis.members.front()(machine);
}

// An axis that says something of its own about a design of the report.
bool is_shown(const DesignReport& report, const DesignAxis& axis) {
  return axis.key != "operand_width" && (!axis.of_accelerator() || report.accelerator);
}

// Numbers of a row that are there or not, by their keys.
std::vector<std::pair<std::string_view, std::optional<double>>> numbers_of(
    const DesignReport& report, const DesignRow& row) {
  std::vector<std::pair<std::string_view, std::optional<double>>> numbers;
  for (const DesignMetric& metric : kMetrics) {
    const bool there = row.design->problem.empty();
    numbers.emplace_back(metric.key, there ? metric.of(report, row) : std::nullopt);
  }
  numbers.emplace_back("moves_cycles", known(static_cast<double>(row.run.moves_cycles)));
  numbers.emplace_back("fmax_mhz", row.figures ? known(row.figures->fmax_mhz) : std::nullopt);
  return numbers;
}

}  // namespace

std::span<const DesignMetric> design_metrics() { return kMetrics; }

double utilisation_of(const DesignRow& row) {
  return static_cast<double>(row.run.macs) /
         (static_cast<double>(elements_of(row)) * static_cast<double>(row.run.cycles));
}

std::vector<const DesignRow*> rows_of(const DesignReport& report, size_t network,
                                      const Variant* variant) {
  std::vector<const DesignRow*> rows;
  for (const DesignRow& row : report.rows)
    if (row.network == network && row.variant == variant) rows.push_back(&row);
  return rows;
}

void complete(DesignReport& report) {
  const DesignRow& first = report.rows.front();
  for (const DesignAxis& axis : design_axes())
    if (is_shown(report, axis) && std::ranges::any_of(report.rows, [&](const DesignRow& row) {
          return value_of(axis, row) != value_of(axis, first);
        }))
      report.varying.push_back(&axis);
  report.several_mappings = std::ranges::any_of(
      report.rows, [&](const DesignRow& row) { return row.mapping != first.mapping; });
  for (size_t n = 0; n < report.networks.size(); ++n)
    for (const Variant* variant : report.variants) {
      std::vector<DesignRow*> rows;
      std::vector<std::pair<double, double>> points;
      for (DesignRow& row : report.rows)
        if (row.network == n && row.variant == variant && row.runs())
          if (const std::optional<double> cost = report.cost(row)) {
            rows.push_back(&row);
            points.emplace_back(static_cast<double>(row.run.cycles), *cost);
          }
      const std::vector<bool> front = pareto_front(points);
      for (size_t i = 0; i < rows.size(); ++i) rows[i]->front = front[i];
    }
}

std::string label_of(const DesignReport& report, const DesignRow& row) {
  std::string label = array_of(row);
  for (const DesignAxis* axis : report.varying)
    label += fmt::format(", {} {}", axis->key, value_of(*axis, row));
  if (report.several_mappings) label += fmt::format(", {}", row.mapping->name);
  return label;
}

std::string text_of(const DesignReport& report) {
  const auto running = std::ranges::count_if(report.rows, &DesignRow::runs);
  std::string text = fmt::format("{} points by the exact model of the {}", report.rows.size(),
                                 report.accelerator ? "accelerator" : "array");
  if (const auto failed = std::ssize(report.rows) - running; failed > 0) {
    const auto first = std::ranges::find_if_not(report.rows, &DesignRow::runs);
    text += fmt::format("; {} can not be, the first: {}, {}, {}: {}", failed,
                        report.networks[first->network], first->variant->name,
                        label_of(report, *first), first->run.problem);
  }
  const auto unknown = std::ranges::count_if(
      report.rows, [&](const DesignRow& row) { return row.runs() && !report.cost(row); });
  if (unknown > 0)
    text += fmt::format("; of {} that run {} is not known", unknown, report.against->key);
  text += fmt::format(".\nFronts of cycles against {}: what no other design beats in both.\n",
                      report.against->title);
  for (size_t n = 0; n < report.networks.size(); ++n)
    for (const Variant* variant : report.variants) {
      std::vector<const DesignRow*> front = rows_of(report, n, variant);
      std::erase_if(front, [](const DesignRow* row) { return !row->front; });
      std::ranges::stable_sort(front, {}, [&](const DesignRow* row) { return *report.cost(*row); });
      text += fmt::format("\n{}, {}\n{:>14} {:>12} {:>7}  design\n", report.networks[n],
                          variant->name, report.against->name, "cycles", "util %");
      for (const DesignRow* row : front)
        text += fmt::format("{:>14.7g} {:>12} {:>7.1f}  {}\n", *report.cost(*row),
                            grouped(row->run.cycles), 100 * utilisation_of(*row),
                            label_of(report, *row));
    }
  return text;
}

nlohmann::ordered_json json_of(const DesignReport& report) {
  nlohmann::ordered_json json;
  json["schema"] = kDesignSchema;
  json["version"] = kVersion;
  json["model"] = report.accelerator ? "accelerator" : "rtl";
  json["against"] = report.against->key;
  json["library"] =
      report.library.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(report.library);
  json["rows"] = nlohmann::ordered_json::array();
  for (const DesignRow& row : report.rows) {
    nlohmann::ordered_json entry;
    entry["network"] = report.networks[row.network];
    entry["variant"] = row.variant->name;
    if (report.accelerator)
      entry["mapping"] = nullptr;
    else
      entry["mapping"] = row.mapping->name;
    entry["array"] = array_of(row);
    for (const DesignAxis& axis : design_axes())
      if (is_shown(report, axis)) {
        const int value = value_of(axis, row);
        if (axis.flag)
          entry[std::string(axis.key)] = value != 0;
        else
          entry[std::string(axis.key)] = value;
      }
    if (row.runs()) {
      entry["cycles"] = row.run.cycles;
      entry["macs"] = row.run.macs;
      entry["utilisation"] = utilisation_of(row);
    } else {
      for (const char* key : {"cycles", "macs", "utilisation"}) entry[key] = nullptr;
    }
    for (const auto& [key, number] : numbers_of(report, row))
      entry[std::string(key)] = number ? nlohmann::ordered_json(*number) : nullptr;
    entry["pareto"] = row.front;
    if (row.runs())
      entry["problem"] = nullptr;
    else
      entry["problem"] = row.run.problem;
    json["rows"].push_back(std::move(entry));
  }
  return json;
}

std::string csv_of(const DesignReport& report) {
  std::vector<std::string> header = {"network", "variant", "mapping", "array"};
  for (const DesignAxis& axis : design_axes())
    if (is_shown(report, axis)) header.emplace_back(axis.key);
  for (const char* key : {"cycles", "macs", "utilisation"}) header.emplace_back(key);
  for (const DesignMetric& metric : kMetrics) header.emplace_back(metric.key);
  for (const char* key : {"moves_cycles", "fmax_mhz", "pareto", "problem"})
    header.emplace_back(key);
  std::string csv = csv_record(header);
  for (const DesignRow& row : report.rows) {
    std::vector<std::string> cells = {report.networks[row.network], std::string(row.variant->name),
                                      std::string(report.accelerator ? "" : row.mapping->name),
                                      array_of(row)};
    for (const DesignAxis& axis : design_axes())
      if (is_shown(report, axis)) cells.push_back(fmt::format("{}", value_of(axis, row)));
    cells.push_back(row.runs() ? fmt::format("{}", row.run.cycles) : "");
    cells.push_back(row.runs() ? fmt::format("{}", row.run.macs) : "");
    cells.push_back(row.runs() ? fmt::format("{:.6f}", utilisation_of(row)) : "");
    for (const auto& [key, number] : numbers_of(report, row))
      cells.push_back(number ? fmt::format("{:.9g}", *number) : "");
    cells.emplace_back(row.front ? "1" : "0");
    cells.push_back(row.run.problem);
    csv += csv_record(cells);
  }
  return csv;
}

}  // namespace rowcast
