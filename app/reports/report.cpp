#include "app/reports/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "app/reports/config_json.h"
#include "generator/version.h"
#include "sim/formats/csv.h"

namespace rowcast {
namespace {

constexpr int kReportSchema = 2;

double utilisation(const ArrayConfig& config, int64_t macs, int64_t cycles) {
  return cycles == 0 ? 0
                     : static_cast<double>(macs) /
                           (static_cast<double>(config.rows) * config.cols * cycles);
}

std::string shape_of(const Layer& layer) {
  if (layer.kind == LayerKind::kFc)
    return fmt::format("{} -> {}", layer.in_channels, layer.out_channels);
  std::string text = fmt::format("{}x{}x{} -> {}", layer.in_height, layer.in_width,
                                 layer.in_channels, layer.out_channels);
  const auto add = [&](char key, int h, int w) {
    if (std::max(h, w) > 1) text += fmt::format(" {}{}", key, size_text(h, w));
  };
  add('k', layer.kernel_h, layer.kernel_w);
  add('s', layer.stride_h, layer.stride_w);
  return text + unusual_text(layer);
}

// Of a layer that is not exact: "outputs differ, cycles differ".
std::string differences_of(const LayerResult& result) {
  std::string text;
  const auto add = [&](bool wrong, const char* what) {
    if (wrong) text += (text.empty() ? "" : ", ") + std::string(what);
  };
  add(result.mismatches != 0, "outputs differ");
  add(!result.on_time(), "cycles differ");
  add(result.violations != 0, "the protocol is violated");
  return text;
}

nlohmann::ordered_json phases_json(const Phases& phases) {
  return {{"fill", phases.fill},
          {"compute", phases.compute},
          {"lane_wait", phases.lane_wait},
          {"drain", phases.drain},
          {"gap", phases.gap}};
}

}  // namespace

std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (int at = static_cast<int>(text.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    text.insert(at, 1, ',');
  return text;
}

int64_t Report::cycles() const {
  int64_t sum = 0;
  for (size_t i = 0; i < layers.size(); ++i)
    sum += measured ? layers[i].measured_cycles : predicted[i];
  return sum;
}
int64_t Report::predicted_cycles() const {
  return std::accumulate(predicted.begin(), predicted.end(), int64_t{0});
}
int64_t Report::macs() const {
  int64_t sum = 0;
  for (const LayerResult& layer : layers) sum += layer.plan.layer->macs();
  return sum;
}
int64_t Report::mismatches() const {
  int64_t sum = 0;
  for (const LayerResult& layer : layers) sum += layer.mismatches;
  return sum;
}
bool Report::exact() const { return !measured || std::ranges::all_of(layers, &LayerResult::exact); }

std::string text_of(const Report& report) {
  const ArrayConfig& config = report.config;
  std::string text = fmt::format(
      "{}, variant {}, on {}x{}, int{}x{}, {}-bit sums{}, model {}{}{}\n\n", report.title,
      report.variant, config.rows, config.cols, config.data_width, config.weight_width,
      effective_acc_width(config), config.row_broadcast ? "" : ", no row broadcast", report.model,
      report.rounding.empty() && report.dataflow.empty()
          ? ""
          : fmt::format(" ({}{})", report.rounding, report.dataflow),
      report.view.empty() ? "" : fmt::format(", RTL in the {} view", report.view));
  const bool rtl = report.model == "rtl";
  size_t shapes = 26;  // columns
  for (const LayerResult& layer : report.layers)
    shapes = std::max(shapes, shape_of(*layer.plan.layer).size());
  text += fmt::format("{:>3} {:<22} {:<4} {:<{}} {:<46} {:>12} {:>10}", "#", "layer", "kind",
                      "shape", shapes, rtl ? "mapping" : "", "MACs", "predicted");
  if (report.measured) text += fmt::format(" {:>10} {:>10}", "measured", "mismatches");
  text += fmt::format(" {:>6}\n", "util %");
  for (size_t i = 0; i < report.layers.size(); ++i) {
    const LayerResult& result = report.layers[i];
    const Layer& layer = *result.plan.layer;
    const Schedule& schedule = result.plan.choice.schedule;
    text += fmt::format("{:>3} {:<22} {:<4} {:<{}} {:<46} {:>12} {:>10}", result.plan.number,
                        layer.name, to_string(layer.kind), shape_of(layer), shapes,
                        rtl ? fmt::format("{}: {}", schedule.mapping, schedule.detail) : "",
                        grouped(layer.macs()), grouped(report.predicted[i]));
    if (report.measured)
      text += fmt::format(" {:>10} {:>10}", grouped(result.measured_cycles),
                          grouped(result.mismatches));
    const int64_t cycles = report.measured ? result.measured_cycles : report.predicted[i];
    text += fmt::format(" {:>6.1f}", 100 * utilisation(config, layer.macs(), cycles));
    if (report.measured && !result.exact()) text += "  <-- " + differences_of(result);
    text += '\n';
  }
  const int64_t predicted = report.predicted_cycles();
  text += fmt::format("{:>3} {:<22} {:<4} {:<{}} {:<46} {:>12} {:>10}", "", "total", "", "", shapes,
                      "", grouped(report.macs()), grouped(predicted));
  if (report.measured)
    text += fmt::format(" {:>10} {:>10}", grouped(report.cycles()), grouped(report.mismatches()));
  text += fmt::format(" {:>6.1f}\n", 100 * utilisation(config, report.macs(), report.cycles()));
  for (const LayerResult& result : report.layers)
    for (const std::string& message : result.messages)
      text += fmt::format("  {}: {}\n", result.plan.layer->name, message);
  if (report.measured) {
    int64_t outputs = 0;
    for (const LayerResult& result : report.layers) outputs += result.plan.layer->outputs();
    text += fmt::format(
        "\n{} outputs compared with golden, {} mismatches; measured cycles equal predicted ones in "
        "{} of {} layers.\n",
        grouped(outputs), grouped(report.mismatches()),
        std::ranges::count_if(report.layers, &LayerResult::on_time), report.layers.size());
  }
  for (const LayerResult& result : report.layers) {
    const Traced& traced = result.traced;
    if (!traced.file.empty())
      text += fmt::format(
          "\nwaveforms of {}: {}, cycles {} to {}; its {} counted cycles are {} to {}\n"
          "show them: gtkwave {} {}\n",
          result.plan.layer->name, traced.file.string(), traced.first_cycle, traced.last_cycle,
          result.measured_cycles, traced.first_counted,
          traced.first_counted + result.measured_cycles - 1, traced.file.string(),
          save_file_of(traced.file).string());
  }
  return text;
}

namespace {

nlohmann::ordered_json json_of(const Report& report) {
  nlohmann::ordered_json json;
  json["schema"] = kReportSchema;
  json["version"] = kVersion;
  json["config"] = config_json(report.config);
  json["array"] = fmt::format("{}x{}", report.config.rows, report.config.cols);
  json["network"] = report.network;
  json["variant"] = report.variant;
  json["mapping"] = report.mapping;
  json["model"] = report.model;
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
  };
  json["rounding"] = text_or_null(report.rounding);
  json["dataflow"] = text_or_null(report.dataflow);
  if (report.measured) {
    json["view"] = report.view;
    json["tools"] = {{"verilator", tool_versions().verilator},
                     {"compiler", tool_versions().compiler}};
    json["seed"] = report.seed;
  }
  json["layers"] = nlohmann::ordered_json::array();
  int64_t outputs = 0, predicted = 0;
  for (size_t i = 0; i < report.layers.size(); ++i) {
    const LayerResult& result = report.layers[i];
    const Layer& layer = *result.plan.layer;
    outputs += layer.outputs();
    predicted += report.predicted[i];
    const int64_t cycles = report.measured ? result.measured_cycles : report.predicted[i];
    nlohmann::ordered_json row;
    row["number"] = result.plan.number;
    row["name"] = layer.name;
    row["kind"] = to_string(layer.kind);
    if (report.model == "rtl") {
      row["mapping"] = result.plan.choice.schedule.mapping;
      row["detail"] = result.plan.choice.schedule.detail;
    }
    row["macs"] = layer.macs();
    row["outputs"] = layer.outputs();
    row["weights"] = layer.weights();
    row["predicted_cycles"] = report.predicted[i];
    if (report.measured) {
      row["measured_cycles"] = result.measured_cycles;
      row["mismatches"] = result.mismatches;
      row["violations"] = result.violations;
    }
    row["utilisation"] = utilisation(report.config, layer.macs(), cycles);
    row["roofline_cycles"] = result.plan.roofline;
    if (report.model == "rtl")
      row["phases"] = phases_json(report.measured ? result.measured : result.plan.choice.phases);
    if (report.measured) {
      row["zero_fraction"] = result.input.zero_fraction;
      row["saturated_fraction"] = result.input.saturated_fraction;
      row["distinct_values"] = result.input.distinct;
    }
    if (!result.traced.file.empty())
      row["trace"] = {{"file", result.traced.file.string()},
                      {"first_cycle", result.traced.first_cycle},
                      {"last_cycle", result.traced.last_cycle},
                      {"first_counted_cycle", result.traced.first_counted}};
    json["layers"].push_back(std::move(row));
  }
  json["totals"] = {{"macs", report.macs()},
                    {"outputs", outputs},
                    {"cycles", report.cycles()},
                    {"predicted_cycles", predicted}};
  if (report.measured) json["totals"]["mismatches"] = report.mismatches();
  json["totals"]["utilisation"] = utilisation(report.config, report.macs(), report.cycles());
  return json;
}

}  // namespace

nlohmann::ordered_json json_of(const std::vector<Report>& reports) {
  nlohmann::ordered_json json;
  if (reports.size() == 1)
    json = json_of(reports.front());
  else
    for (const Report& report : reports) json["runs"].push_back(json_of(report));
  if (!reports.front().measured) return json;
  // Two runs of one command differ in this alone.
  double wall = 0, sim = 0;
  for (const Report& report : reports) {
    wall += report.wall_seconds;
    sim += report.sim_seconds;
  }
  json["timing"] = {{"wall_seconds", wall}, {"sim_seconds", sim}};
  return json;
}

std::string csv_of(const std::vector<Report>& reports) {
  std::string text = csv_row("network", "variant", "array", "model", "number", "name", "kind",
                             "mapping", "macs", "outputs", "predicted_cycles", "measured_cycles",
                             "mismatches", "utilisation", "roofline_cycles");
  for (const Report& report : reports)
    for (size_t i = 0; i < report.layers.size(); ++i) {
      const LayerResult& result = report.layers[i];
      const Layer& layer = *result.plan.layer;
      const int64_t cycles = report.measured ? result.measured_cycles : report.predicted[i];
      text += csv_row(report.network, report.variant,
                      fmt::format("{}x{}", report.config.rows, report.config.cols), report.model,
                      result.plan.number, layer.name, to_string(layer.kind),
                      report.model == "rtl" ? result.plan.choice.schedule.mapping : "",
                      layer.macs(), layer.outputs(), report.predicted[i],
                      report.measured ? std::to_string(result.measured_cycles) : "",
                      report.measured ? std::to_string(result.mismatches) : "",
                      fmt::format("{:.6f}", utilisation(report.config, layer.macs(), cycles)),
                      result.plan.roofline);
    }
  return text;
}

}  // namespace rowcast
