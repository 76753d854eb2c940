#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "app/commands/commands.h"
#include "app/commands/search_proxies.h"
#include "app/options/accelerator_options.h"
#include "app/options/dram_options.h"
#include "app/options/options.h"
#include "app/options/outputs.h"
#include "app/pages/plot.h"
#include "app/reports/search_report.h"
#include "generator/error.h"
#include "generator/one_line.h"
#include "generator/parse.h"
#include "generator/text.h"
#include "sim/accelerator/compile.h"
#include "sim/formats/graph_file.h"
#include "sim/host/processors.h"
#include "sim/model/layer_cycles.h"
#include "sim/search/front.h"
#include "sim/sweep/pareto.h"
#include "sim/system/end_to_end.h"

namespace rowcast {
namespace {

struct SearchOptions {
  ArrayOptions array;
  AcceleratorOptions accelerator;
  BusOptions bus;
  DramOptions dram;
  Outputs outputs;
  ProxyOptions proxy;
  std::string operators = "depthwise,half,full", most_cycles, most_energy, results;
  int shown = 16;
  int64_t pick = 0;
  bool allow_overflow = false;
};

std::vector<Operator> allowed_operators(const std::string& text) {
  std::vector<Operator> allowed;
  for (const std::string_view name : split(text, ',')) {
    const std::optional<Operator> op = find_operator(name);
    if (!op)
      throw InputError(
          fmt::format("--operators: {} is unknown, allowed are depthwise, half, full, separated by "
                      "commas",
                      in_quotes(std::string(name))));
    if (std::ranges::find(allowed, *op) != allowed.end())
      throw InputError(fmt::format("--operators: '{}' is there twice, allowed is once", name));
    allowed.push_back(*op);
  }
  std::ranges::sort(allowed);
  return allowed;
}

// A number, or a share of what the network takes as it is.
struct Limit {
  double value = 0;
  bool share = false;
};

std::optional<Limit> limit_of(const char* option, const std::string& text, const char* unit) {
  if (text.empty()) return std::nullopt;
  Limit limit{.share = text.ends_with('%')};
  const std::string_view number = std::string_view(text).substr(0, text.size() - limit.share);
  if (!parse_number(number, limit.value) ||
      !(limit.value > 0 && limit.value <= (limit.share ? 1000 : 1e15)))
    throw InputError(
        fmt::format("{}: {} is no limit, allowed are {} above 0, up to 1e15, or a share of what "
                    "the depthwise network takes, as 65%, up to 1000%",
                    option, in_quotes(text), unit));
  if (limit.share) limit.value /= 100;
  return limit;
}

// Cycles of a whole network; why there are none goes into `problem`.
class ArrayCycles {
 public:
  ArrayCycles(const ArrayConfig& config, bool allow_overflow)
      : config_(config), allow_overflow_(allow_overflow), layers_(config) {}

  int64_t of(const Network& network, std::string& problem) {
    int64_t cycles = 0;
    try {
      for (const Node& node : network.nodes) {
        if (node.op != Op::kLayer) continue;
        if (!allow_overflow_) problem = overflow_problem(config_, node.layer);
        if (!problem.empty()) return 0;
        cycles += layers_.of(node.layer, *find_mapping("auto")).cycles;
      }
    } catch (const InputError& error) {
      problem = one_line(error.problems());
    }
    return cycles;
  }

 private:
  const ArrayConfig& config_;
  bool allow_overflow_;
  LayerCycles layers_;
};

// A program of a choice, or why there is none.
struct Compiled {
  int64_t cycles = 0;
  MachineFigures figures{};
  std::string problem{};
};

Compiled compile(const Network& network, const accelerator::SystemConfig& system,
                 const accelerator::FixedMemory& dram, accelerator::Spilling spilling) {
  try {
    const accelerator::Program program =
        accelerator::compile(network, system.accelerator, spilling);
    const accelerator::EndToEnd run = end_to_end(program, system, dram);
    return {.cycles = run.counted.cycles,
            .figures = {.moves_cycles = run.moves_cycles,
                        .dram_bytes = run.dram.total(),
                        .energy = memory_energy(program, run.dram.total())}};
  } catch (const InputError& error) {
    return {.problem = one_line(error.problems())};
  }
}

// The programs that are asked for, each compiled once.
class Programs {
 public:
  Programs(const SearchReport& report, const accelerator::FixedMemory& dram,
           accelerator::Spilling spilling)
      : report_(report), dram_(dram), spilling_(spilling) {}

  void compile_all(const std::set<Operators>& wanted) {
    std::vector<std::pair<const Operators, Compiled>*> work;
    for (const Operators& operators : wanted)
      if (const auto [at, added] = all_.try_emplace(operators); added) work.push_back(&*at);
    const Progress progress = terminal_progress();
    on_all_processors(
        work.size(),
        [&](size_t i) {
          auto& [operators, compiled] = *work[i];
          const Network network = network_of(report_.space, operators, compiled.problem);
          if (compiled.problem.empty())
            compiled = compile(network, *report_.system, dram_, spilling_);
        },
        [&](size_t done) {
          if (progress) progress(fmt::format("{} of {} programs", done, work.size()));
        });
    end_progress();
  }
  const Compiled& of(const Operators& operators) const { return all_.at(operators); }
  const std::map<Operators, Compiled>& all() const { return all_; }

 private:
  const SearchReport& report_;
  accelerator::FixedMemory dram_;
  accelerator::Spilling spilling_;
  std::map<Operators, Compiled> all_;
};

// Uniform choices and trained ones: what is reported, on the front or not.
std::set<Operators> references_of(const SearchReport& report,
                                  const std::vector<TrainedRuns>& trained) {
  std::set<Operators> references;
  for (const Operator op : kOperators) references.emplace(report.space.nodes.size(), op);
  for (const TrainedRuns& runs : trained) references.insert(runs.operators);
  return references;
}

[[noreturn]] void refuse_network(const SearchReport& report, const std::string& problem) {
  throw InputError(fmt::format("network: {} can not be run as it is: {}",
                               in_quotes(report.space.network.name), problem));
}

// The whole front, which is exact.
void search_array(const SearchOptions& options, const std::set<Operators>& references,
                  SearchReport& report) {
  ArrayCycles cycles(report.array, options.allow_overflow);
  std::string problem;
  report.cycles = cycles.of(report.space.network, problem);
  if (!problem.empty()) refuse_network(report, problem);
  for (size_t g = 0; g < report.alternatives.size(); ++g)
    for (Alternative& alternative : report.alternatives[g]) {
      const Network network =
          network_of(report.space, operators_of(report.space, report.space.groups[g], alternative),
                     alternative.problem);
      if (alternative.problem.empty()) alternative.cycles = cycles.of(network, alternative.problem);
    }
  std::set<std::pair<int64_t, double>> points;
  std::set<Operators> known;
  for (Candidate& candidate : front_of(report.space, report.alternatives, report.cycles)) {
    points.emplace(candidate.cycles, candidate.loss);
    known.insert(candidate.operators);
    report.rows.push_back({.operators = std::move(candidate.operators),
                           .cycles = candidate.cycles,
                           .loss = candidate.loss,
                           .front = true});
  }
  report.front = report.rows.size();
  for (const Operators& operators : references) {
    const Network network = network_of(report.space, operators, problem);
    if (known.contains(operators) || !problem.empty()) continue;
    SearchRow row{.operators = operators,
                  .cycles = cycles.of(network, problem),
                  .loss = loss_of(report.space, operators)};
    if (!problem.empty()) continue;
    row.front = row.loss && points.contains({row.cycles, *row.loss});
    report.rows.push_back(std::move(row));
  }
}

// Of the front by adding up those to be compiled: spread over it, half of them near the limit.
std::vector<Candidate> candidates_of(const std::vector<Candidate>& front,
                                     const std::optional<double>& limit, size_t count) {
  constexpr double kAbove = 1.03;  // a sum may be wrong by so much
  std::vector<int64_t> cycles;
  for (const Candidate& candidate : front)
    if (!limit || static_cast<double>(candidate.cycles) <= kAbove * *limit)
      cycles.push_back(candidate.cycles);
  std::set<size_t> chosen;
  for (const size_t i : spread(cycles, limit ? (count + 1) / 2 : count)) chosen.insert(i);
  if (limit) {
    std::vector<size_t> nearest(cycles.size());
    for (size_t i = 0; i < nearest.size(); ++i) nearest[i] = i;
    std::ranges::stable_sort(
        nearest, {}, [&](size_t i) { return std::abs(static_cast<double>(cycles[i]) - *limit); });
    for (const size_t i : nearest)
      if (chosen.size() < count) chosen.insert(i);
  }
  std::vector<Candidate> candidates;
  for (const size_t i : chosen) candidates.push_back(front[i]);
  return candidates;
}

void search_accelerator(const SearchOptions& options, const std::optional<Limit>& limit,
                        const std::set<Operators>& references, SearchReport& report) {
  Programs programs(report, options.dram.resolve(0).fixed, options.accelerator.spilling());
  const Operators depthwise(report.space.nodes.size(), Operator::kDepthwise);
  std::set<Operators> wanted = references;
  for (size_t g = 0; g < report.alternatives.size(); ++g)
    for (const Alternative& alternative : report.alternatives[g])
      wanted.insert(operators_of(report.space, report.space.groups[g], alternative));
  programs.compile_all(wanted);
  const Compiled& as_it_is = programs.of(depthwise);
  if (!as_it_is.problem.empty()) refuse_network(report, as_it_is.problem);
  report.cycles = as_it_is.cycles;
  report.joule = as_it_is.figures.joule();
  for (size_t g = 0; g < report.alternatives.size(); ++g)
    for (Alternative& alternative : report.alternatives[g]) {
      const Compiled& compiled =
          programs.of(operators_of(report.space, report.space.groups[g], alternative));
      alternative.cycles = compiled.cycles;
      alternative.problem = compiled.problem;
    }
  const std::vector<Candidate> front = front_of(report.space, report.alternatives, report.cycles);
  report.front = front.size();
  std::optional<double> most;
  if (limit) most = limit->value * (limit->share ? static_cast<double>(report.cycles) : 1);
  std::map<Operators, int64_t> estimated;
  std::set<Operators> compiled;
  for (const Candidate& candidate : candidates_of(front, most, report.shown)) {
    estimated[candidate.operators] = candidate.cycles;
    compiled.insert(candidate.operators);
  }
  programs.compile_all(compiled);
  std::vector<std::pair<double, double>> points;
  std::vector<size_t> rows;
  for (const auto& [operators, program] : programs.all()) {
    if (!program.problem.empty()) continue;
    const std::optional<double> loss = loss_of(report.space, operators);
    if (loss) {
      rows.push_back(report.rows.size());
      points.emplace_back(static_cast<double>(program.cycles), *loss);
    }
    report.rows.push_back({.operators = operators,
                           .cycles = program.cycles,
                           .loss = loss,
                           .machine = program.figures});
    if (const auto sum = estimated.find(operators); sum != estimated.end())
      report.rows.back().machine->estimated = sum->second;
  }
  const std::vector<bool> on_front = pareto_front(points);
  for (size_t i = 0; i < rows.size(); ++i) report.rows[rows[i]].front = on_front[i];
  // Single changes are only worth a row where nothing beats them.
  std::erase_if(report.rows, [&](const SearchRow& row) {
    return !row.front && !references.contains(row.operators) && !row.machine->estimated;
  });
}

bool is_allowed(const SearchReport& report, const SearchRow& row) {
  return row.loss && std::ranges::all_of(row.operators, [&](Operator op) {
           return std::ranges::find(report.space.allowed, op) != report.space.allowed.end();
         });
}

// Limits in numbers, which rows are within them, and which is chosen.
void apply_limits(const SearchOptions& options, const std::optional<Limit>& cycles,
                  const std::optional<Limit>& energy, SearchReport& report) {
  if (cycles)
    report.most_cycles = static_cast<int64_t>(
        cycles->value * (cycles->share ? static_cast<double>(report.cycles) : 1));
  if (energy) {
    if (!report.joule)
      throw InputError(
          "--max-energy: the energy of the memories is not known, a lane's is larger than any of "
          "the table (1 MB), allowed are smaller ones");
    report.most_joule = energy->value * (energy->share ? *report.joule : 1e-3);
  }
  for (SearchRow& row : report.rows)
    row.within = (!report.most_cycles || row.cycles <= *report.most_cycles) &&
                 (!report.most_joule || *row.machine->joule() <= *report.most_joule);
  if (options.pick > 0) {
    if (options.pick > std::ssize(report.rows))
      throw InputError(fmt::format("--pick: {} is no row of the report, allowed is 1 to {}",
                                   options.pick, report.rows.size()));
    report.chosen = static_cast<size_t>(options.pick) - 1;
    return;
  }
  if (!cycles && !energy) return;
  for (size_t i = 0; i < report.rows.size(); ++i) {
    const SearchRow& row = report.rows[i];
    if (row.within && is_allowed(report, row) &&
        (!report.chosen || *row.loss < *report.rows[*report.chosen].loss))
      report.chosen = i;
  }
  if (report.chosen) return;
  const auto allowed = [&](const SearchRow& row) { return is_allowed(report, row); };
  const auto fastest = std::ranges::find_if(report.rows, allowed);
  std::string least = fmt::format("the least are {} cycles", fastest->cycles);
  if (energy) {
    double joule = *fastest->machine->joule();
    for (const SearchRow& row : report.rows)
      if (allowed(row)) joule = std::min(joule, *row.machine->joule());
    least += fmt::format(", {:.6g} mJ", 1e3 * joule);
  }
  throw InputError(fmt::format("{}: no choice that was compared is within the limit, {}",
                               cycles ? "--max-cycles" : "--max-energy", least));
}

// As a network's file; named by what it takes.
std::string chosen_network(const SearchReport& report) {
  const SearchRow& row = report.rows[*report.chosen];
  std::string problem;
  Network network = network_of(report.space, row.operators, problem);
  network.name += fmt::format("_{}", row.cycles);
  network.title += fmt::format(", operators {}", letters_of(row.operators));
  return network_text(network);
}

int search(const SearchOptions& options, Outputs& outputs) {
  SearchReport report{.array = options.array.resolve(),
                      .shown = static_cast<size_t>(options.shown)};
  if (options.accelerator.given())
    report.system = options.bus.resolve(options.accelerator.resolve(report.array));
  const std::vector<Operator> allowed = allowed_operators(options.operators);
  const auto most_cycles = limit_of("--max-cycles", options.most_cycles, "cycles"),
             most_energy = limit_of("--max-energy", options.most_energy, "millijoules");
  options.proxy.declare_inputs(outputs);
  options.array.declare_inputs(outputs);
  std::vector<std::string> results;
  if (!options.results.empty())
    for (const std::string_view file : split(options.results, ',')) results.emplace_back(file);
  for (const std::string& file : results) outputs.reads("--results", file);
  outputs.check();
  for (const char* option : {"--html", "--svg"})
    if (outputs.wanted(option)) check_gnuplot(option);

  Costed costed = options.proxy.resolve(allowed);
  report.proxy = std::move(costed.proxy);
  report.space = search_space(costed.network, std::move(costed.costs), allowed);
  report.space.names = std::move(costed.names);
  report.space.notes.insert(report.space.notes.begin(), costed.notes.begin(), costed.notes.end());
  std::vector<TrainedRuns> trained;
  for (const std::string& file : results) add_trained(file, report.space, trained);
  report.alternatives = alternatives_of(report.space);
  const std::set<Operators> references = references_of(report, trained);
  if (report.system)
    search_accelerator(options, most_cycles, references, report);
  else
    search_array(options, references, report);
  std::ranges::stable_sort(report.rows, {}, [](const SearchRow& row) {
    return std::pair(row.cycles, row.loss.value_or(0));
  });
  for (TrainedRuns& runs : trained) {
    const auto row = std::ranges::find(report.rows, runs.operators, &SearchRow::operators);
    if (row == report.rows.end())
      throw InputError(fmt::format("--results: operators {}, layer by layer, can not be run here",
                                   letters_of(runs.operators)));
    row->trained.push_back(std::move(runs));
  }
  apply_limits(options, most_cycles, most_energy, report);
  fmt::print(outputs.report(), "{}", text_of(report));
  outputs.write({{"--json", [&] { return json_text(json_of(report)); }},
                 {"--csv", [&] { return csv_of(report); }},
                 {"--html", [&] { return html_of(report); }},
                 {"--svg", [&] { return svg_of(report); }},
                 {"--network-out", [&] { return chosen_network(report); }}});
  return 0;
}

}  // namespace

Action add_search(CommandOptions& command) {
  const auto options = std::make_shared<SearchOptions>();
  options->proxy.add_to(command);
  command.option("--operators", options->operators,
                 "what each depthwise layer may be, separated by commas");
  options->array.add_to(command);
  options->accelerator.add_to(command,
                              "cycles of the accelerator around the array, a program compiled for "
                              "each candidate");
  const Condition machine = with("--accelerator");
  options->accelerator.add_spill(command, machine);
  options->bus.add_to(command, machine);
  options->dram.add_fixed_to(command, machine);
  command
      .flag("--allow-overflow", options->allow_overflow, "let sums wrap around in the accumulator")
      .only(without("--accelerator"));
  command.option("--max-cycles", options->most_cycles,
                 "choose the least loss of at most so many cycles, or of such a share of the "
                 "depthwise network's, as 65%",
                 "no limit");
  command
      .option("--max-energy", options->most_energy,
              "and of at most so many mJ in RAMs and DRAM, or such a share; an array alone has "
              "cycles times one power, which --max-cycles limits",
              "no limit")
      .only(machine);
  command.number("--pick", options->pick, 1, 1'000'000'000, "choose this row of the report instead",
                 "what the limits choose");
  command.number("--points", options->shown, 2, 1000,
                 "so many of the front are shown, or, of an accelerator, compiled");
  command.option("--results", options->results,
                 "folders that train has written and JSON files of trained choices, separated by "
                 "commas: their accuracies beside the losses",
                 kOff);
  options->outputs.add_to(command);
  options->outputs.add_file(command, "--html", "write a page with plots here");
  options->outputs.add_file(command, "--svg", "write the front's plot here");
  options->outputs
      .add_file(command, "--network-out", "write the network that is chosen here, a .toml file")
      .only([](const CommandOptions& all) {
        const bool chosen = std::ranges::any_of(
            std::initializer_list<const char*>{"--max-cycles", "--max-energy", "--pick"},
            [&](const char* name) { return all.at(name).given(); });
        return chosen ? std::string()
                      : "nothing is chosen, allowed is with --max-cycles, --max-energy or --pick";
      });
  return [options] { return search(*options, options->outputs); };
}

}  // namespace rowcast
