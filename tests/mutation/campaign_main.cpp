// mutation_campaign: mutants of every RTL module against the suite. Exits with 1 where a mutant
// survives without being known as equivalent, with 2 on bad input or a missing tool.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <exception>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "generator/error.h"
#include "generator/files.h"
#include "tests/mutation/campaign.h"

namespace rowcast::mutation {
namespace {

nlohmann::json to_json(const Score& score) {
  return {{"mutants", score.mutants},
          {"killed", score.killed},
          {"equivalent", score.equivalent},
          {"survived", score.survived()},
          {"score", score.score()}};
}

void write_json(const std::string& path, const Options& options,
                const std::set<std::string>& modules, const std::vector<Result>& results,
                double seconds) {
  nlohmann::json json = {{"schema", "rowcast-mutation-1"},
                         {"seed", options.seed},
                         {"wall_seconds", seconds},
                         {"totals", to_json(score_of(results))}};
  for (const std::string& module : modules)
    json["modules"][module] = to_json(score_of(results, module));
  for (const Result& result : results)
    json["mutants"].push_back({{"name", result.mutant.name},
                               {"module", result.mutant.module},
                               {"fate", to_string(result.fate)},
                               {"by", result.by},
                               {"seconds", result.seconds},
                               {"yosys", result.mutant.command}});
  write_file(path, json.dump(2) + "\n");
}

void print_row(const std::string& name, const Score& score) {
  fmt::print("{:<14}{:>8}{:>8}{:>12}{:>10}{:>9.2f} %\n", name, score.mutants, score.killed,
             score.equivalent, score.survived(), 100 * score.score());
}

int run(const Options& options, const std::string& json) {
  const auto start = std::chrono::steady_clock::now();
  Progress progress;
  if (::isatty(STDERR_FILENO))
    progress = [](int done, int all, const Result& last) {
      fmt::print(stderr, "\r\033[K{} of {}: {}", done, all, last.mutant.name.substr(0, 100));
    };
  const std::vector<Result> results =
      run_campaign(options, read_verdicts(source_path("tests/mutation/verdicts.json")), progress);
  if (progress) fmt::print(stderr, "\r\033[K");
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  std::set<std::string> modules;
  for (const Result& result : results) modules.insert(result.mutant.module);
  if (!json.empty()) write_json(json, options, modules, results, seconds);

  fmt::print("{:<14}{:>8}{:>8}{:>12}{:>10}{:>11}\n", "module", "mutants", "killed", "equivalent",
             "survived", "score");
  for (const std::string& module : modules) print_row(module, score_of(results, module));
  const Score all = score_of(results);
  print_row("all", all);
  fmt::print("{:.0f} s\n", seconds);
  for (const Result& result : results)
    if (result.fate == Fate::kSurvived)
      fmt::print("survived, {}: {}\n", result.by, result.mutant.name);
  return all.survived() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace rowcast::mutation

int main(int argc, char** argv) try {
  rowcast::mutation::Options options;
  std::string json;
  CLI::App app{"Mutants of every RTL module against the test suite"};
  app.add_option("--mutants", options.mutants, "how many, spread over all modules")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_flag_callback(
      "--accelerator", [&] { options.design = rowcast::mutation::Design::kAccelerator; },
      "the accelerator's modules instead of the core's");
  app.add_option("--module", options.module, "only this one of the accelerator's modules");
  app.add_flag("!--no-proofs", options.proofs, "do not ask whether survivors are equivalent");
  app.add_option("--seed", options.seed, "another seed draws other mutants")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  app.add_option("--only", options.only, "of those drawn, only those with this text in their name");
  app.add_option("--threads", options.threads, "mutants at a time; 0: one per processor")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--json", json, "file for every mutant's fate");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return rowcast::mutation::run(options, json);
} catch (const std::exception& error) {
  fmt::print(stderr, "error: {}\n", error.what());
  return 2;
}
