#include "app/reports/comparison.h"

#include <fmt/format.h>

#include "generator/version.h"
#include "sim/formats/csv.h"

namespace rowcast {
namespace {

constexpr int kComparisonSchema = 2;

std::string size_of(const ComparisonRow& row) {
  return fmt::format("{}x{}", row.report.config.rows, row.report.config.cols);
}

// What is not there is 0 in a row.
template <class Number>
nlohmann::ordered_json number_or_null(Number number) {
  return number == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(number);
}

nlohmann::ordered_json optional_or_null(std::optional<double> number) {
  return number ? nlohmann::ordered_json(*number) : nlohmann::ordered_json();
}

}  // namespace

double ComparisonRow::utilisation() const {
  return static_cast<double>(report.macs()) / (static_cast<double>(report.config.rows) *
                                               report.config.cols * std::max<int64_t>(cycles(), 1));
}

int64_t ComparisonRow::cited_cycles() const {
  return report.config.rows == 64 && report.config.cols == 64 ? cited.cycles : 0;
}

std::string text_of(const Comparison& comparison) {
  const ArrayConfig& config = comparison.config;
  std::string text = fmt::format(
      "{}x{}, int{}x{}; cycles by {}. Speed-ups: over the unmodified network by the FuSeConv "
      "authors' model (date21) at this size,\nover im2col and over the best plain-hardware mapping "
      "of the unmodified network, and over plain hardware on the same variant.\nCited: what they "
      "published (DATE 2021), cycles for 64x64 arrays only, and ImageNet top-1.\n\n",
      config.rows, config.cols, config.data_width, config.weight_width,
      comparison.measured ? "RTL simulation" : "the rtl model");
  const auto table = [&](const std::vector<ComparisonRow>& rows, bool with_size) {
    text += fmt::format(
        "{:<19} {:<8} {:<10}{} {:>10} {:>6} {:>8}  {:>9} {:>7} {:>6} {:>5}  {:>10} {:>6}{}\n",
        "network", "variant", "mapping", with_size ? "   array" : "", "cycles", "util %",
        "roofline", "date21", "im2col", "plain", "same", "cited", "top-1",
        comparison.measured && !with_size ? " mismatches" : "");
    std::string last;
    for (const ComparisonRow& row : rows) {
      const std::string key = row.network + row.variant;
      if (!last.empty() && key != last) text += "\n";
      last = key;
      text += fmt::format(
          "{:<19} {:<8} {:<10}{} {:>10} {:>6.1f} {:>7.2f}x  {:>8.2f}x {:>6.2f}x {:>5.2f}x "
          "{:>4.2f}x  {:>10} {:>6}{}\n",
          row.network, row.variant, row.mapping,
          with_size ? fmt::format(" {:>7}", size_of(row)) : "", grouped(row.cycles()),
          100 * row.utilisation(),
          row.speedup(row.roofline) == 0 ? 0 : 1 / row.speedup(row.roofline),
          row.speedup(row.date21_baseline), row.speedup(row.im2col_baseline),
          row.speedup(row.plain_baseline), row.speedup(row.plain_same),
          row.cited_cycles() ? grouped(row.cited_cycles()) : "-",
          row.cited.accuracy > 0 ? fmt::format("{:.2f}", row.cited.accuracy) : "-",
          row.report.measured ? fmt::format(" {:>10}{}", grouped(row.report.mismatches()),
                                            row.report.exact() ? "" : "  <-- differs")
                              : "");
    }
  };
  table(comparison.rows, false);
  if (!comparison.scaling.empty()) {
    text += "\nScaling, by the rtl model\n";
    table(comparison.scaling, true);
  }
  std::string own;
  for (const ComparisonRow& row : comparison.rows) {
    if (!row.own || own.find("\n" + row.network + " ") != own.npos) continue;
    const auto part = [&](const char* name, std::optional<double> words,
                          std::optional<double> real) {
      return words && real ? fmt::format("  {} {:.4f} (float {:.4f})", name, *words, *real) : "";
    };
    own += fmt::format("\n{} {:>8} images{}{}", row.network, row.own->images,
                       part("top-1", row.own->top1, row.own->float_top1),
                       part("area under the ROC", row.own->auc, row.own->float_auc));
  }
  if (!own.empty()) text += "\nMeasured accuracy of unmodified networks, in integers:" + own + "\n";
  if (comparison.measured) {
    int64_t outputs = 0, layers = 0, mismatches = 0, exact = 0;
    for (const ComparisonRow& row : comparison.rows) {
      mismatches += row.report.mismatches();
      for (const LayerResult& layer : row.report.layers) {
        outputs += layer.plan.layer->outputs();
        exact += layer.exact();
        ++layers;
      }
    }
    text += fmt::format(
        "\n{} networks in RTL: {} outputs compared with golden, {} mismatches; cycles and outputs "
        "exact in {} of {} layers.\n",
        comparison.rows.size(), grouped(outputs), grouped(mismatches), grouped(exact),
        grouped(layers));
  }
  return text;
}

nlohmann::ordered_json json_of(const Comparison& comparison) {
  nlohmann::ordered_json json;
  json["schema"] = kComparisonSchema;
  json["version"] = kVersion;
  json["rows"] = nlohmann::ordered_json::array();
  for (const auto* rows : {&comparison.rows, &comparison.scaling})
    for (const ComparisonRow& row : *rows) {
      nlohmann::ordered_json entry;
      entry["network"] = row.network;
      entry["variant"] = row.variant;
      entry["mapping"] = row.mapping;
      entry["array"] = size_of(row);
      entry["model"] = "rtl";
      entry["cycles"] = row.cycles();
      entry["predicted_cycles"] = row.report.predicted_cycles();
      if (row.report.measured) {
        entry["measured_cycles"] = row.cycles();
        entry["mismatches"] = row.report.mismatches();
        entry["exact"] = row.report.exact();
      } else {
        entry["measured_cycles"] = nullptr;
        entry["mismatches"] = nullptr;
      }
      entry["macs"] = row.report.macs();
      entry["utilisation"] = row.utilisation();
      entry["roofline_cycles"] = row.roofline;
      entry["speedup_date21"] = row.speedup(row.date21_baseline);
      entry["speedup_published"] = number_or_null(row.speedup_published());
      entry["speedup_im2col"] = row.speedup(row.im2col_baseline);
      entry["speedup_plain"] = row.speedup(row.plain_baseline);
      entry["speedup_plain_same_variant"] = row.speedup(row.plain_same);
      if (row.cited.cycles != 0)
        entry["cited"] = {{"source", "FuSeConv, DATE 2021"},
                          {"cycles_64x64", number_or_null(row.cited_cycles())},
                          {"top1_percent", row.cited.accuracy},
                          {"mflops", row.cited.mflops},
                          {"mparams", row.cited.mparams}};
      if (row.own)
        entry["own_accuracy"] = {{"images", row.own->images},
                                 {"top1", optional_or_null(row.own->top1)},
                                 {"auc", optional_or_null(row.own->auc)},
                                 {"float_top1", optional_or_null(row.own->float_top1)},
                                 {"float_auc", optional_or_null(row.own->float_auc)}};
      json["rows"].push_back(std::move(entry));
    }
  return json;
}

std::string csv_of(const Comparison& comparison) {
  std::string text =
      csv_row("network", "variant", "mapping", "array", "model", "cycles", "predicted_cycles",
              "measured_cycles", "mismatches", "utilisation", "roofline_cycles", "speedup_date21",
              "speedup_published", "speedup_im2col", "speedup_plain", "speedup_plain_same_variant",
              "cited_cycles_64x64", "cited_top1");
  for (const auto* rows : {&comparison.rows, &comparison.scaling})
    for (const ComparisonRow& row : *rows) {
      const auto fixed = [](double value, int digits) {
        return value == 0 ? std::string() : fmt::format("{:.{}f}", value, digits);
      };
      text += csv_row(
          row.network, row.variant, row.mapping, size_of(row), "rtl", row.cycles(),
          row.report.predicted_cycles(), row.report.measured ? std::to_string(row.cycles()) : "",
          row.report.measured ? std::to_string(row.report.mismatches()) : "",
          fmt::format("{:.6f}", row.utilisation()), row.roofline,
          fixed(row.speedup(row.date21_baseline), 4), fixed(row.speedup_published(), 4),
          fixed(row.speedup(row.im2col_baseline), 4), fixed(row.speedup(row.plain_baseline), 4),
          fixed(row.speedup(row.plain_same), 4),
          row.cited_cycles() ? std::to_string(row.cited_cycles()) : "",
          fixed(row.cited.accuracy, 2));
    }
  return text;
}

}  // namespace rowcast
