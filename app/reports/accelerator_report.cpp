#include "app/reports/accelerator_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/reports/report.h"
#include "generator/version.h"
#include "sim/accelerator/emit.h"
#include "sim/formats/csv.h"

namespace rowcast {
namespace {

using accelerator::MoveResult;
using accelerator::TensorResult;
using accelerator::Traffic;

constexpr int kSchema = 1;
constexpr const char* kMemories[] = {"a", "b", "w"};

// The moves of a node of the network, and its tensor.
struct NodeSum {
  int node = 0;
  std::vector<const MoveResult*> moves{};
  std::vector<const TensorResult*> tensors{};
  Traffic traffic{};
  int64_t measured = 0, predicted = 0;
  int64_t words = 0, mismatches = 0;
  bool on_time = true;
};

std::vector<NodeSum> sums_of(const accelerator::NetworkRun& run) {
  std::vector<NodeSum> sums;
  const auto of = [&](int node) -> NodeSum& {
    const auto found = std::ranges::find(sums, node, &NodeSum::node);
    return found != sums.end() ? *found : sums.emplace_back(NodeSum{.node = node});
  };
  for (const MoveResult& move : run.moves) {
    NodeSum& sum = of(move.node);
    sum.moves.push_back(&move);
    sum.traffic += move.traffic;
    sum.measured += move.measured_cycles;
    sum.predicted += move.predicted_cycles;
    sum.on_time = sum.on_time && move.on_time();
  }
  for (const TensorResult& tensor : run.tensors) {
    NodeSum& sum = of(tensor.node);
    sum.tensors.push_back(&tensor);
    sum.words += tensor.comparison.words;
    sum.mismatches += tensor.comparison.mismatches;
  }
  std::ranges::sort(sums, {}, &NodeSum::node);
  return sums;
}

NodeSum total_of(const std::vector<NodeSum>& sums) {
  NodeSum total;
  for (const NodeSum& sum : sums) {
    total.traffic += sum.traffic;
    total.measured += sum.measured;
    total.predicted += sum.predicted;
    total.words += sum.words;
    total.mismatches += sum.mismatches;
  }
  return total;
}

double utilisation(const AcceleratorReport& report, int64_t macs, int64_t cycles) {
  const double elements = static_cast<double>(report.config.lanes()) * report.config.lanes();
  return cycles == 0 ? 0 : static_cast<double>(macs) / (elements * static_cast<double>(cycles));
}

std::string kind_of(const Node& node) {
  return std::string(node.op == Op::kLayer ? to_string(node.layer.kind) : to_string(node.op));
}

std::string row_of(const AcceleratorReport& report, const NodeSum& sum, const std::string& name,
                   const std::string& kind, size_t moves) {
  return fmt::format(
      "{:<24} {:<5} {:>5} {:>13} {:>10} {:>10} {:>6.1f} {:>11} {:>11} {:>11} {:>11} {:>11} {:>10}",
      name, kind, moves, grouped(sum.traffic.macs), grouped(sum.predicted), grouped(sum.measured),
      100 * utilisation(report, sum.traffic.macs, sum.measured), grouped(sum.traffic.reads[0]),
      grouped(sum.traffic.reads[1]), grouped(sum.traffic.reads[2]), grouped(sum.traffic.writes[0]),
      grouped(sum.traffic.writes[1]), grouped(sum.mismatches));
}

nlohmann::ordered_json traffic_json(const Traffic& traffic) {
  nlohmann::ordered_json json;
  json["macs"] = traffic.macs;
  for (int i = 0; i < 3; ++i) json["reads"][kMemories[i]] = traffic.reads[i];
  for (int i = 0; i < 2; ++i) json["writes"][kMemories[i]] = traffic.writes[i];
  return json;
}

nlohmann::ordered_json move_json(const AcceleratorReport& report, const MoveResult& move) {
  nlohmann::ordered_json json;
  json["label"] = move.label;
  json["predicted_cycles"] = move.predicted_cycles;
  json["measured_cycles"] = move.measured_cycles;
  json["offered"] = move.measured.offered;
  json["taken"] = move.measured.taken;
  json["started"] = move.measured.started;
  json["done"] = move.measured.done;
  json["on_time"] = move.on_time();
  json["utilisation"] = utilisation(report, move.traffic.macs, move.measured_cycles);
  json.update(traffic_json(move.traffic));
  return json;
}

nlohmann::ordered_json json_of(const AcceleratorReport& report) {
  nlohmann::ordered_json json;
  json["schema"] = kSchema;
  json["version"] = kVersion;
  for (const ConfigField& field : config_fields()) {
    const int value = field_value(report.config.array, field);
    if (field.flag)
      json["config"][field.key] = value != 0;
    else
      json["config"][field.key] = value;
  }
  for (const accelerator::DepthField& depth : accelerator::depth_fields())
    json["config"][depth.key] = report.config.*depth.member;
  json["array"] = fmt::format("{}x{}", report.config.array.rows, report.config.array.cols);
  json["network"] = report.network.name;
  json["variant"] = report.variant;
  json["model"] = "accelerator";
  json["view"] = report.view;
  json["tools"] = {{"verilator", tool_versions().verilator},
                   {"compiler", tool_versions().compiler}};
  json["seed"] = report.seed;
  json["layers"] = nlohmann::ordered_json::array();
  const std::vector<NodeSum> sums = sums_of(report.run);
  for (const NodeSum& sum : sums) {
    const Node& node = report.network.nodes[static_cast<size_t>(sum.node)];
    nlohmann::ordered_json row;
    row["name"] = node.name;
    row["kind"] = kind_of(node);
    row["predicted_cycles"] = sum.predicted;
    row["measured_cycles"] = sum.measured;
    row["outputs"] = sum.words;
    row["mismatches"] = sum.mismatches;
    row["utilisation"] = utilisation(report, sum.traffic.macs, sum.measured);
    row.update(traffic_json(sum.traffic));
    row["moves"] = nlohmann::ordered_json::array();
    for (const MoveResult* move : sum.moves) row["moves"].push_back(move_json(report, *move));
    json["layers"].push_back(std::move(row));
  }
  const NodeSum total = total_of(sums);
  json["totals"] = {{"cycles", report.run.cycles},
                    {"predicted_cycles", report.run.predicted_cycles},
                    {"outputs", total.words},
                    {"mismatches", total.mismatches},
                    {"utilisation", utilisation(report, total.traffic.macs, report.run.cycles)}};
  json["totals"].update(traffic_json(total.traffic));
  return json;
}

}  // namespace

std::string text_of(const AcceleratorReport& report) {
  const ArrayConfig& array = report.config.array;
  std::string text = fmt::format(
      "{}, variant {}, on a {}x{} accelerator, int{}, {}-bit sums, RTL in the {} view\nwords of a "
      "lane: A {}, B {}, W {}; scales: Q {} of a lane, S {}\n\n",
      report.network.title, report.variant, array.rows, array.cols, array.data_width,
      effective_acc_width(array), report.view, grouped(report.config.a_depth),
      grouped(report.config.b_depth), grouped(report.config.w_depth),
      grouped(report.config.q_depth), grouped(report.config.s_depth));
  text += fmt::format(
      "{:<24} {:<5} {:>5} {:>13} {:>10} {:>10} {:>6} {:>11} {:>11} {:>11} {:>11} {:>11} {:>10}\n",
      "layer", "kind", "moves", "MACs", "predicted", "measured", "util %", "reads A", "reads B",
      "reads W", "writes A", "writes B", "mismatches");
  const std::vector<NodeSum> sums = sums_of(report.run);
  for (const NodeSum& sum : sums) {
    const Node& node = report.network.nodes[static_cast<size_t>(sum.node)];
    text += row_of(report, sum, node.name, kind_of(node), sum.moves.size());
    if (sum.mismatches > 0)
      text += "  <-- outputs differ";
    else if (!sum.on_time)
      text += "  <-- cycles differ";
    text += '\n';
  }
  NodeSum total = total_of(sums);
  text += row_of(report, total, "total", "", report.run.moves.size()) + '\n';
  for (const TensorResult& tensor : report.run.tensors)
    if (tensor.comparison.mismatches > 0)
      text += fmt::format("  {}: {}\n", tensor.name, tensor.comparison.first);
  for (const MoveResult& move : report.run.moves)
    if (!move.on_time()) {
      text +=
          fmt::format("  {}: taken, started, done in cycles {}, {}, {}; predicted {}, {}, {}\n",
                      move.label, move.measured.taken, move.measured.started, move.measured.done,
                      move.predicted.taken, move.predicted.start, move.predicted.done);
      break;  // those behind it follow
    }
  text += fmt::format(
      "\n{} words of {} tensors compared with golden, {} mismatches; {} cycles, as predicted in {} "
      "of {} moves.\n",
      grouped(total.words), report.run.tensors.size(), grouped(total.mismatches),
      grouped(report.run.cycles), std::ranges::count_if(report.run.moves, &MoveResult::on_time),
      report.run.moves.size());
  return text;
}

nlohmann::ordered_json json_of(const std::vector<AcceleratorReport>& reports) {
  nlohmann::ordered_json json;
  if (reports.size() == 1)
    json = json_of(reports.front());
  else
    for (const AcceleratorReport& report : reports) json["runs"].push_back(json_of(report));
  double wall = 0, sim = 0;
  for (const AcceleratorReport& report : reports) {
    wall += report.wall_seconds;
    sim += report.run.sim_seconds;
  }
  json["timing"] = {{"wall_seconds", wall}, {"sim_seconds", sim}};
  return json;
}

std::string csv_of(const std::vector<AcceleratorReport>& reports) {
  std::string text =
      csv_row("network", "variant", "array", "layer", "move", "macs", "predicted_cycles",
              "measured_cycles", "offered", "taken", "started", "done", "utilisation", "reads_a",
              "reads_b", "reads_w", "writes_a", "writes_b");
  for (const AcceleratorReport& report : reports)
    for (const MoveResult& move : report.run.moves) {
      const Traffic& traffic = move.traffic;
      text +=
          csv_row(report.network.name, report.variant,
                  fmt::format("{}x{}", report.config.array.rows, report.config.array.cols),
                  report.network.nodes[static_cast<size_t>(move.node)].name, move.label,
                  traffic.macs, move.predicted_cycles, move.measured_cycles, move.measured.offered,
                  move.measured.taken, move.measured.started, move.measured.done,
                  fmt::format("{:.6f}", utilisation(report, traffic.macs, move.measured_cycles)),
                  traffic.reads[0], traffic.reads[1], traffic.reads[2], traffic.writes[0],
                  traffic.writes[1]);
    }
  return text;
}

}  // namespace rowcast
