#include "app/reports/search_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "app/reports/config_json.h"
#include "app/reports/report.h"
#include "generator/version.h"
#include "sim/formats/csv.h"
#include "sim/search/front.h"
#include "sim/search/ranking.h"

namespace rowcast {
namespace {

constexpr int kSearchSchema = 1;

std::string number_or_dash(std::optional<int64_t> number) {
  return number ? grouped(*number) : "-";
}

std::string loss_text(std::optional<double> loss) {
  return loss ? fmt::format("{:.4f}", *loss) : "-";
}

std::string accuracy_text(const TrainedRuns& runs) {
  const Mean mean = mean_of(runs.accuracies);
  return fmt::format("{:6.2f}{} ({})", 100 * mean.mean,
                     mean.error ? fmt::format(" ± {:.2f}", 100 * *mean.error) : "       ",
                     runs.accuracies.size());
}

double percent_of(const SearchReport& report, int64_t cycles) {
  return 100 * static_cast<double>(cycles) / static_cast<double>(report.cycles);
}

std::string layer_table(const SearchReport& report) {
  std::string text = fmt::format("{:>3} {:<20} {:<18} {:>12} {:>12} {:>10} {:>10}\n", "#", "layer",
                                 "shape", "half cycles", "full cycles", "half loss", "full loss");
  for (size_t place = 0; place < report.space.nodes.size(); ++place) {
    const Layer& layer = report.space.network.nodes[report.space.nodes[place]].layer;
    const auto loss = [&](Operator op) {
      const auto cost = report.space.costs[place].find(op);
      return cost == report.space.costs[place].end() ? std::nullopt : std::optional(cost->second);
    };
    text += fmt::format("{:>3} {:<20} {:<18} {:>12} {:>12} {:>10} {:>10}\n", place + 1,
                        report.space.names[place],
                        fmt::format("{}x{}x{} k{}{}", layer.in_height, layer.in_width,
                                    layer.in_channels, layer.kernel_w,
                                    std::max(layer.stride_h, layer.stride_w) == 1
                                        ? ""
                                        : " s" + size_text(layer.stride_h, layer.stride_w)),
                        number_or_dash(change_of(report, place, Operator::kHalf)),
                        number_or_dash(change_of(report, place, Operator::kFull)),
                        loss_text(loss(Operator::kHalf)), loss_text(loss(Operator::kFull)));
  }
  return text;
}

std::string row_text(const SearchReport& report, const SearchRow& row) {
  const bool chosen = report.chosen && &report.rows[*report.chosen] == &row;
  std::string text =
      fmt::format("{} {:>5} {:>12} {:>6.1f} {:>9}", chosen ? '*' : ' ', report.number_of(row),
                  grouped(row.cycles), percent_of(report, row.cycles), loss_text(row.loss));
  if (row.machine) {
    const MachineFigures& machine = *row.machine;
    const auto joule = machine.joule();
    text +=
        fmt::format(" {:>12} {:>12} {:>8.1f} {:>9}", number_or_dash(machine.estimated),
                    grouped(machine.moves_cycles), static_cast<double>(machine.dram_bytes) / 1024,
                    joule ? fmt::format("{:.4g}", 1e3 * *joule) : "-");
  }
  return text + fmt::format("  {:<5}  {}{}{}\n", row.front ? "front" : "",
                            letters_of(row.operators), uniform(row).empty() ? "" : "  all ",
                            uniform(row));
}

std::string ranking_text(const Ranking& ranking, const SearchReport& report) {
  std::string text = fmt::format(
      "\nTrained{}: test accuracy in percent, mean ± standard error (seeds), from small loss to "
      "large\n{:>7} {:>12} {:>6} {:>9} {:<20} operators\n",
      ranking.method.empty() ? "" : fmt::format(" ({})", ranking.method), "no", "cycles", "%",
      "loss", "accuracy");
  for (const auto& [row, runs] : ranking.rows)
    text += fmt::format("{:>7} {:>12} {:>6.1f} {:>9} {:<20} {}\n", report.number_of(*row),
                        grouped(row->cycles), percent_of(report, row->cycles), loss_text(row->loss),
                        accuracy_text(*runs), letters_of(row->operators));
  return text + correlation_text(ranking) + "\n";
}

}  // namespace

std::optional<double> MachineFigures::joule() const {
  if (!energy.ram_joule) return std::nullopt;
  return *energy.ram_joule + energy.dram_joule[1];
}

double SearchReport::choices() const {
  double choices = 1;
  for (const std::vector<Alternative>& of_group : alternatives)
    choices *= static_cast<double>(std::ranges::count_if(
        of_group, [](const Alternative& alternative) { return alternative.problem.empty(); }));
  return choices;
}

std::string_view uniform(const SearchRow& row) {
  return std::ranges::count(row.operators, row.operators.front()) == std::ssize(row.operators)
             ? to_string(row.operators.front())
             : std::string_view();
}

std::string letters_of(const Operators& operators) {
  std::string letters;
  for (const Operator op : operators) letters += to_string(op).front();
  return letters;
}

std::vector<std::string> names_of(const SearchReport& report, const SearchRow& row, Operator op) {
  std::vector<std::string> names;
  for (size_t place = 0; place < row.operators.size(); ++place)
    if (row.operators[place] == op) names.push_back(report.space.names[place]);
  return names;
}

std::string options_of(const SearchReport& report, const SearchRow& row) {
  const auto half = names_of(report, row, Operator::kHalf),
             full = names_of(report, row, Operator::kFull);
  if (half.empty() && full.empty()) return "as it is";
  if (half.empty() || full.empty())
    return fmt::format("--variant {} --fuse {}", full.empty() ? "half" : "full",
                       fmt::join(full.empty() ? half : full, ","));
  return fmt::format("half: {}; full: {}", fmt::join(half, ","), fmt::join(full, ","));
}

std::optional<int64_t> change_of(const SearchReport& report, size_t place, Operator op) {
  for (size_t g = 0; g < report.space.groups.size(); ++g) {
    const Group& group = report.space.groups[g];
    const auto at = std::ranges::find(group, place);
    if (at == group.end()) continue;
    std::vector<Operator> alone(group.size(), Operator::kDepthwise);
    alone[at - group.begin()] = op;
    const auto found = std::ranges::find(report.alternatives[g], alone, &Alternative::operators);
    if (found == report.alternatives[g].end() || !found->problem.empty()) return std::nullopt;
    return found->cycles - report.cycles;
  }
  return std::nullopt;
}

std::vector<const SearchRow*> shown_rows(const SearchReport& report) {
  std::vector<size_t> front;
  std::vector<int64_t> cycles;
  for (size_t i = 0; i < report.rows.size(); ++i)
    if (report.rows[i].front && report.rows[i].within) {
      front.push_back(i);
      cycles.push_back(report.rows[i].cycles);
    }
  std::vector<bool> shown(report.rows.size());
  for (const size_t i : spread(cycles, report.shown)) shown[front[i]] = true;
  if (report.chosen) shown[*report.chosen] = true;
  std::vector<const SearchRow*> rows;
  for (size_t i = 0; i < report.rows.size(); ++i) {
    const SearchRow& row = report.rows[i];
    if (shown[i] || !uniform(row).empty() || !row.trained.empty()) rows.push_back(&row);
  }
  return rows;
}

std::vector<Ranking> rankings_of(const SearchReport& report) {
  std::vector<Ranking> rankings;
  for (const SearchRow& row : report.rows)
    for (const TrainedRuns& runs : row.trained) {
      auto known = std::ranges::find(rankings, runs.method, &Ranking::method);
      if (known == rankings.end()) {
        rankings.push_back({.method = runs.method});
        known = std::prev(rankings.end());
      }
      known->rows.emplace_back(&row, &runs);
    }
  std::ranges::sort(rankings, {}, &Ranking::method);
  for (Ranking& ranking : rankings) {
    std::ranges::stable_sort(ranking.rows, {},
                             [](const auto& row) { return row.first->loss.value_or(INFINITY); });
    std::vector<double> losses, lost;
    for (const auto& [row, runs] : ranking.rows)
      if (row->loss) {
        losses.push_back(*row->loss);
        lost.push_back(-mean_of(runs->accuracies).mean);
      }
    ranking.correlation = rank_correlation(losses, lost);
  }
  return rankings;
}

std::string correlation_text(const Ranking& ranking) {
  if (!ranking.correlation)
    return fmt::format("Rank correlation: nothing can be said of {} candidate{}.",
                       ranking.rows.size(), ranking.rows.size() == 1 ? "" : "s");
  return fmt::format(
      "Rank correlation of loss and lost accuracy (Spearman, {} candidates): {:.2f}. 1: the proxy "
      "ranks them as training does; 0: it says nothing.",
      ranking.rows.size(), *ranking.correlation);
}

std::string machine_text(const SearchReport& report) {
  return fmt::format("{}x{} {}{}", report.array.rows, report.array.cols,
                     report.system ? "accelerator" : "array",
                     report.array.row_broadcast ? " with the row broadcast" : "");
}

std::string method_text(const SearchReport& report) {
  return report.system
             ? "Cycles from start to end, by the exact model of the accelerator and its bus, of a "
               "program that was compiled for this choice. They do not add up, so only what was "
               "compiled is compared: candidates by a sum of what each layer's change takes by "
               "itself (est.), the single changes and the uniform networks. There may be better "
               "ones."
             : "Cycles by the exact rtl model, as estimate has them. Those of layers add up, so "
               "this is the front of all choices.";
}

std::string limits_text(const SearchReport& report) {
  std::string text;
  if (report.most_cycles)
    text += fmt::format("At most {} cycles ({:.1f} % of the network's as it is).",
                        grouped(*report.most_cycles), percent_of(report, *report.most_cycles));
  if (report.most_joule)
    text += fmt::format("{}At most {:.4g} mJ in memories.", text.empty() ? "" : " ",
                        1e3 * *report.most_joule);
  return text;
}

std::string text_of(const SearchReport& report) {
  const Network& network = report.space.network;
  std::vector<std::string_view> allowed;
  for (const Operator op : report.space.allowed) allowed.push_back(to_string(op));
  std::string text = fmt::format(
      "{} on a {}: {} depthwise layers as {}, {:.10g} choices; {} cycles as it is\n{}\nLoss: {}. "
      "{}\n",
      network.title, machine_text(report), report.space.nodes.size(), fmt::join(allowed, ", "),
      report.choices(), grouped(report.cycles), method_text(report), report.proxy.is,
      report.proxy.worth);
  for (const std::string& note : report.space.notes) text += fmt::format("Note: {}.\n", note);
  text += "\nWhat each operator changes by itself:\n" + layer_table(report) + "\n";
  if (const std::string limits = limits_text(report); !limits.empty()) text += limits + "\n";
  const std::vector<const SearchRow*> rows = shown_rows(report);
  text += fmt::format("{} of {} rows; operators layer by layer, d depthwise, h half, f full:\n",
                      rows.size(), report.rows.size());
  text += fmt::format("{:>7} {:>12} {:>6} {:>9}", "no", "cycles", "%", "loss");
  if (report.system)
    text += fmt::format(" {:>12} {:>12} {:>8} {:>9}", "est.", "moves", "DRAM KB", "mJ");
  text += "  front  operators\n";
  for (const SearchRow* row : rows) text += row_text(report, *row);
  if (report.system) text += fmt::format("mJ: RAMs and DRAM at most, by {}.\n", kEnergySource);
  text += "\nTo import them (to train them, --pick and --network-out write a network):\n";
  for (const SearchRow* row : rows)
    text += fmt::format("{:>7} {}\n", report.number_of(*row), options_of(report, *row));
  for (const Ranking& ranking : rankings_of(report)) text += ranking_text(ranking, report);
  return text;
}

nlohmann::ordered_json json_of(const SearchReport& report) {
  const auto value_or_null = [](const auto& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
  };
  nlohmann::ordered_json json;
  json["schema"] = kSearchSchema;
  json["version"] = kVersion;
  json["network"] = report.space.network.name;
  json["model"] = report.system ? "accelerator" : "rtl";
  json["array"] = fmt::format("{}x{}", report.array.rows, report.array.cols);
  json["config"] = report.system ? config_json(*report.system) : config_json(report.array);
  json["proxy"] = report.proxy.name;
  json["operators"] = nlohmann::ordered_json::array();
  for (const Operator op : report.space.allowed) json["operators"].push_back(to_string(op));
  json["choices"] = report.choices();
  json["front_size"] = report.front;
  json["depthwise_cycles"] = report.cycles;
  json["depthwise_joule"] = value_or_null(report.joule);
  json["max_cycles"] = value_or_null(report.most_cycles);
  json["max_joule"] = value_or_null(report.most_joule);
  json["chosen"] =
      report.chosen ? nlohmann::ordered_json(*report.chosen + 1) : nlohmann::ordered_json();
  json["notes"] = report.space.notes;
  json["layers"] = nlohmann::ordered_json::array();
  for (size_t place = 0; place < report.space.nodes.size(); ++place) {
    nlohmann::ordered_json layer{{"name", report.space.names[place]}};
    for (const Operator op : {Operator::kHalf, Operator::kFull}) {
      const auto cost = report.space.costs[place].find(op);
      layer[fmt::format("{}_cycles", to_string(op))] = value_or_null(change_of(report, place, op));
      layer[fmt::format("{}_loss", to_string(op))] = cost == report.space.costs[place].end()
                                                         ? nlohmann::ordered_json()
                                                         : nlohmann::ordered_json(cost->second);
    }
    json["layers"].push_back(std::move(layer));
  }
  json["rows"] = nlohmann::ordered_json::array();
  for (const SearchRow& row : report.rows) {
    nlohmann::ordered_json entry;
    entry["number"] = report.number_of(row);
    entry["cycles"] = row.cycles;
    entry["loss"] = value_or_null(row.loss);
    entry["pareto"] = row.front;
    entry["within"] = row.within;
    entry["half"] = names_of(report, row, Operator::kHalf);
    entry["full"] = names_of(report, row, Operator::kFull);
    if (row.machine) {
      entry["estimated_cycles"] = value_or_null(row.machine->estimated);
      entry["moves_cycles"] = row.machine->moves_cycles;
      entry["dram_bytes"] = row.machine->dram_bytes;
      entry["ram_joule"] = value_or_null(row.machine->energy.ram_joule);
      entry["dram_joule_least"] = row.machine->energy.dram_joule[0];
      entry["dram_joule_most"] = row.machine->energy.dram_joule[1];
    }
    for (const TrainedRuns& runs : row.trained) {
      const Mean mean = mean_of(runs.accuracies);
      entry["trained"].push_back({{"method", runs.method},
                                  {"seeds", runs.seeds},
                                  {"test_accuracies", runs.accuracies},
                                  {"mean_accuracy", mean.mean},
                                  {"standard_error", value_or_null(mean.error)}});
    }
    json["rows"].push_back(std::move(entry));
  }
  for (const Ranking& ranking : rankings_of(report))
    json["rankings"].push_back({{"method", ranking.method},
                                {"candidates", ranking.rows.size()},
                                {"rank_correlation", value_or_null(ranking.correlation)}});
  return json;
}

std::string csv_of(const SearchReport& report) {
  std::vector<std::string> header = {"number", "cycles", "loss", "pareto", "within", "operators"};
  if (report.system)
    for (const char* key : {"estimated_cycles", "moves_cycles", "dram_bytes", "ram_joule",
                            "dram_joule_least", "dram_joule_most"})
      header.emplace_back(key);
  for (const char* key : {"method", "seeds", "mean_accuracy", "standard_error"})
    header.emplace_back(key);
  std::string csv = csv_record(header);
  const auto number = [](const auto& value) {
    return value ? fmt::format("{:.9g}", static_cast<double>(*value)) : std::string();
  };
  for (const SearchRow& row : report.rows) {
    std::vector<std::string> cells = {fmt::format("{}", report.number_of(row)),
                                      fmt::format("{}", row.cycles),
                                      number(row.loss),
                                      row.front ? "1" : "0",
                                      row.within ? "1" : "0",
                                      letters_of(row.operators)};
    if (row.machine) {
      const MachineFigures& machine = *row.machine;
      cells.push_back(machine.estimated ? fmt::format("{}", *machine.estimated) : "");
      cells.push_back(fmt::format("{}", machine.moves_cycles));
      cells.push_back(fmt::format("{}", machine.dram_bytes));
      cells.push_back(number(machine.energy.ram_joule));
      for (const double joule : machine.energy.dram_joule)
        cells.push_back(fmt::format("{:.9g}", joule));
    }
    // A row for each method that it was trained by.
    for (size_t i = 0; i < std::max<size_t>(row.trained.size(), 1); ++i) {
      std::vector<std::string> record = cells;
      if (row.trained.empty()) {
        record.resize(header.size());
      } else {
        const TrainedRuns& runs = row.trained[i];
        const Mean mean = mean_of(runs.accuracies);
        record.push_back(runs.method);
        record.push_back(fmt::format("{}", runs.seeds.size()));
        record.push_back(fmt::format("{:.9g}", mean.mean));
        record.push_back(number(mean.error));
      }
      csv += csv_record(record);
    }
  }
  return csv;
}

}  // namespace rowcast
