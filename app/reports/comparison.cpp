#include "app/reports/comparison.h"

#include <fmt/format.h>

#include "generator/version.h"

namespace rowcast {
namespace {

constexpr int kComparisonSchema = 1;

std::string size_of(const ComparisonRow& row) {
  return fmt::format("{}x{}", row.report.config.rows, row.report.config.cols);
}

}  // namespace

double ComparisonRow::utilisation() const {
  return static_cast<double>(report.macs()) / (static_cast<double>(report.config.rows) *
                                               report.config.cols * std::max<int64_t>(cycles(), 1));
}

std::string text_of(const Comparison& comparison) {
  const ArrayConfig& config = comparison.config;
  std::string text = fmt::format(
      "{}x{}, int{}x{}; cycles by {}. Speed-ups: over the published baseline (FuSeConv, DATE 2021, "
      "their model at this "
      "size),\nover im2col and over the best plain-hardware mapping of the unmodified network, and "
      "over plain hardware on "
      "the same variant.\nCited: cycles of their model at 64x64, ImageNet top-1.\n\n",
      config.rows, config.cols, config.data_width, config.weight_width,
      comparison.measured ? "RTL simulation" : "the rtl model");
  const auto table = [&](const std::vector<ComparisonRow>& rows, bool with_size) {
    text += fmt::format(
        "{:<19} {:<8} {:<10}{} {:>10} {:>6} {:>8}  {:>9} {:>7} {:>6} {:>5}  {:>10} {:>6}{}\n",
        "network", "variant", "mapping", with_size ? "   array" : "", "cycles", "util %",
        "roofline", "published", "im2col", "plain", "same", "cited", "top-1",
        comparison.measured && !with_size ? " mismatches" : "");
    std::string last;
    for (const ComparisonRow& row : rows) {
      const std::string key = row.network + row.variant;
      if (!last.empty() && key != last) text += "\n";
      last = key;
      text += fmt::format(
          "{:<19} {:<8} {:<10}{} {:>10} {:>6.1f} {:>7.2f}x  {:>8.2f}x {:>6.2f}x {:>5.2f}x "
          "{:>4.2f}x  {:>10} {:>6.2f}{}\n",
          row.network, row.variant, row.mapping,
          with_size ? fmt::format(" {:>7}", size_of(row)) : "", grouped(row.cycles()),
          100 * row.utilisation(),
          row.speedup(row.roofline) == 0 ? 0 : 1 / row.speedup(row.roofline),
          row.speedup(row.published_baseline), row.speedup(row.im2col_baseline),
          row.speedup(row.plain_baseline), row.speedup(row.plain_same),
          row.cited.cycles ? grouped(row.cited.cycles) : "-", row.cited.accuracy,
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
      const int64_t predicted = row.report.predicted_cycles();
      entry["cycles"] = predicted;
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
      entry["speedup_published"] = row.speedup(row.published_baseline);
      entry["speedup_im2col"] = row.speedup(row.im2col_baseline);
      entry["speedup_plain"] = row.speedup(row.plain_baseline);
      entry["speedup_plain_same_variant"] = row.speedup(row.plain_same);
      if (row.cited.cycles != 0)
        entry["cited"] = {{"source", "FuSeConv, DATE 2021"},
                          {"cycles_64x64", row.cited.cycles},
                          {"top1_percent", row.cited.accuracy},
                          {"mflops", row.cited.mflops},
                          {"mparams", row.cited.mparams}};
      json["rows"].push_back(std::move(entry));
    }
  return json;
}

std::string csv_of(const Comparison& comparison) {
  std::string text =
      "network,variant,mapping,array,model,cycles,measured_cycles,mismatches,utilisation,roofline_"
      "cycles,"
      "speedup_published,speedup_im2col,speedup_plain,speedup_plain_same_variant,cited_cycles_"
      "64x64,cited_top1\n";
  for (const auto* rows : {&comparison.rows, &comparison.scaling})
    for (const ComparisonRow& row : *rows) {
      const int64_t predicted = row.report.predicted_cycles();
      text += fmt::format("{},{},{},{},rtl,{},{},{},{:.6f},{},{:.4f},{:.4f},{:.4f},{:.4f},{},{}\n",
                          row.network, row.variant, row.mapping, size_of(row), predicted,
                          row.report.measured ? std::to_string(row.cycles()) : "",
                          row.report.measured ? std::to_string(row.report.mismatches()) : "",
                          row.utilisation(), row.roofline, row.speedup(row.published_baseline),
                          row.speedup(row.im2col_baseline), row.speedup(row.plain_baseline),
                          row.speedup(row.plain_same),
                          row.cited.cycles ? std::to_string(row.cited.cycles) : "",
                          row.cited.cycles ? fmt::format("{:.2f}", row.cited.accuracy) : "");
    }
  return text;
}

}  // namespace rowcast
