#include "app/reports/accelerator_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/reports/config_json.h"
#include "app/reports/report.h"
#include "generator/version.h"
#include "sim/formats/csv.h"

namespace rowcast {
namespace {

using accelerator::MoveResult;
using accelerator::TensorResult;
using accelerator::Traffic;

constexpr int kSchema = 2;
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
    sum.on_time = sum.on_time && move.on_time;
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
  if (report.run.predicted) json["predicted_cycles"] = move.predicted_cycles;
  json["measured_cycles"] = move.measured_cycles;
  json["started"] = move.measured.start;
  json["done"] = move.measured.done;
  json["on_time"] = move.on_time;
  json["utilisation"] = utilisation(report, move.traffic.macs, move.measured_cycles);
  json.update(traffic_json(move.traffic));
  return json;
}

nlohmann::ordered_json units_json(const accelerator::SystemCycles& cycles) {
  nlohmann::ordered_json json;
  const auto unit = [](const accelerator::UnitCycles& of) {
    return nlohmann::ordered_json{{"busy", of.busy}, {"token", of.token}, {"memory", of.memory}};
  };
  json["load"] = unit(cycles.load);
  json["move"] = unit(cycles.move);
  json["store"] = unit(cycles.store);
  json["beats"] = {{"fetched", cycles.beats_fetched},
                   {"loaded", cycles.beats_loaded},
                   {"stored", cycles.beats_stored}};
  return json;
}

nlohmann::ordered_json json_of(const AcceleratorReport& report) {
  nlohmann::ordered_json json;
  json["schema"] = kSchema;
  json["version"] = kVersion;
  json["config"] = config_json(report.config);
  json["dram"] = {{"latency", report.dram.fixed.read_latency},
                  {"beat_cycles", report.dram.fixed.beat_cycles},
                  {"stalls", report.dram.stalls}};
  json["array"] = fmt::format("{}x{}", report.config.accelerator.array.rows,
                              report.config.accelerator.array.cols);
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
    if (report.run.predicted) row["predicted_cycles"] = sum.predicted;
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
  const accelerator::NetworkRun& run = report.run;
  json["totals"]["cycles"] = run.measured.cycles;
  if (run.predicted) json["totals"]["predicted_cycles"] = run.predicted->cycles;
  json["totals"]["loaded_cycles"] = run.loaded_cycles;
  json["totals"]["outputs"] = total.words;
  json["totals"]["mismatches"] = total.mismatches;
  json["totals"]["utilisation"] = utilisation(report, total.traffic.macs, run.measured.cycles);
  json["totals"].update(traffic_json(total.traffic));
  json["units"] = units_json(run.measured);
  if (run.predicted) json["predicted_units"] = units_json(*run.predicted);
  json["dram_bytes"] = {{"instructions", run.bytes.instructions},
                        {"constants", run.bytes.constants()},
                        {"input", run.bytes.input},
                        {"spilled", run.bytes.spilled()},
                        {"output", run.bytes.output},
                        {"total", run.bytes.total()}};
  return json;
}

// What the bus and the units did, and what was compared.
std::string system_text(const AcceleratorReport& report, const NodeSum& total) {
  const accelerator::NetworkRun& run = report.run;
  std::string text = fmt::format("{:<24} {:>12} {:>12} {:>12} {:>12}\n", "unit", "busy",
                                 "waits count", "waits DRAM", "predicted");
  const auto unit = [&](const char* name, accelerator::UnitCycles accelerator::SystemCycles::*of) {
    const accelerator::UnitCycles& got = run.measured.*of;
    text += fmt::format("{:<24} {:>12} {:>12} {:>12} {:>12}\n", name, grouped(got.busy),
                        grouped(got.token), grouped(got.memory),
                        !run.predicted                ? "-"
                        : (*run.predicted).*of == got ? "the same"
                                                      : "other");
  };
  unit("loads", &accelerator::SystemCycles::load);
  unit("moves", &accelerator::SystemCycles::move);
  unit("stores", &accelerator::SystemCycles::store);
  text += fmt::format(
      "\n{} bytes of DRAM: {} of weights and scales, {} of input, {} of output, {} spilled and "
      "fetched again, {} of instructions\n",
      grouped(run.bytes.total()), grouped(run.bytes.constants()), grouped(run.bytes.input),
      grouped(run.bytes.output), grouped(run.bytes.spilled()), grouped(run.bytes.instructions));
  text += fmt::format("{} words of {} tensors compared with golden, {} mismatches\n",
                      grouped(total.words), run.tensors.size(), grouped(total.mismatches));
  text += fmt::format("{} cycles from start to interrupt", grouped(run.measured.cycles));
  if (run.predicted)
    text += fmt::format("; {} predicted, and {} of {} moves as predicted",
                        grouped(run.predicted->cycles),
                        std::ranges::count_if(run.moves, &MoveResult::on_time), run.moves.size());
  return text + fmt::format("; {} if all loads were in time\n", grouped(run.loaded_cycles));
}

}  // namespace

std::string text_of(const AcceleratorReport& report) {
  const ArrayConfig& array = report.config.accelerator.array;
  std::string text = fmt::format(
      "{}, variant {}, on a {}x{} accelerator, int{}, {}-bit sums, RTL in the {} view\nwords of a "
      "lane: A {}, B {}, W {}; scales: Q {} of a lane, S {}\nAXI4 of {} bits, DRAM answers after "
      "{} "
      "cycles, a beat takes {}{}\n\n",
      report.network.title, report.variant, array.rows, array.cols, array.data_width,
      effective_acc_width(array), report.view, grouped(report.config.accelerator.a_depth),
      grouped(report.config.accelerator.b_depth), grouped(report.config.accelerator.w_depth),
      grouped(report.config.accelerator.q_depth), grouped(report.config.accelerator.s_depth),
      report.config.axi_data_width, report.dram.fixed.read_latency, report.dram.fixed.beat_cycles,
      report.dram.stalls > 0 ? fmt::format(", {} % of cycles stalled", report.dram.stalls) : "");
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
    if (!move.on_time) {
      text += fmt::format("  {}: started and done in cycles {} and {}; predicted {} and {}\n",
                          move.label, move.measured.start, move.measured.done, move.predicted.start,
                          move.predicted.done);
      break;  // those behind it follow
    }
  return text + '\n' + system_text(report, total);
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
  std::string text = csv_row(
      "network", "variant", "array", "layer", "move", "macs", "predicted_cycles", "measured_cycles",
      "started", "done", "utilisation", "reads_a", "reads_b", "reads_w", "writes_a", "writes_b");
  for (const AcceleratorReport& report : reports)
    for (const MoveResult& move : report.run.moves) {
      const Traffic& traffic = move.traffic;
      text += csv_row(
          report.network.name, report.variant,
          fmt::format("{}x{}", report.config.accelerator.array.rows,
                      report.config.accelerator.array.cols),
          report.network.nodes[static_cast<size_t>(move.node)].name, move.label, traffic.macs,
          move.predicted_cycles, move.measured_cycles, move.measured.start, move.measured.done,
          fmt::format("{:.6f}", utilisation(report, traffic.macs, move.measured_cycles)),
          traffic.reads[0], traffic.reads[1], traffic.reads[2], traffic.writes[0],
          traffic.writes[1]);
    }
  return text;
}

}  // namespace rowcast
