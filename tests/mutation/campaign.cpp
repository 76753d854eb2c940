#include "tests/mutation/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <exception>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "generator/files.h"
#include "tests/mutation/equivalence.h"
#include "tests/mutation/suite.h"
#include "tests/shell.h"

namespace rowcast::mutation {
namespace fs = std::filesystem;
namespace {

// Calls work(i) for i in 0..count-1 on several threads; the first exception ends it.
void in_parallel(int threads, size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = 0;
  std::exception_ptr failure;
  std::mutex mutex;
  std::vector<std::jthread> pool;
  for (int i = 0; i < threads; ++i)
    pool.emplace_back([&] {
      for (size_t at; (at = next++) < count;) try {
          work(at);
        } catch (...) {
          const std::lock_guard lock(mutex);
          if (!failure) failure = std::current_exception();
          next = count;
        }
    });
  pool.clear();
  if (failure) std::rethrow_exception(failure);
}

// Two fifths are spread evenly over the modules, the rest goes where the logic is; each module's
// part over the configurations that have it by their share, rounded up.
std::vector<Mutant> draw(const std::vector<std::unique_ptr<Original>>& originals,
                         const Options& options) {
  std::map<std::string, int> sites;  // in the first configuration
  for (const auto& original : originals)
    sites.insert(original->sites().begin(), original->sites().end());
  const int modules = static_cast<int>(sites.size());
  const int all = std::accumulate(sites.begin(), sites.end(), 0,
                                  [](int sum, const auto& site) { return sum + site.second; });
  const int even = 2 * options.mutants / 5;
  std::vector<Mutant> mutants;
  for (const auto& [module, count] : sites) {
    const double wanted =
        static_cast<double>(even) / modules +
        static_cast<double>(options.mutants - even) * static_cast<double>(count) / all;
    for (size_t i = 0; i < originals.size(); ++i) {
      if (!originals[i]->sites().contains(module)) continue;
      const int share =
          static_cast<int>(std::ceil(wanted * originals[i]->subject().share / 100 - 1e-9));
      // Another draw for each, or all configurations would get the same mutants.
      std::ranges::move(
          originals[i]->mutants(module, share, options.seed * 10 + static_cast<int>(i)),
          std::back_inserter(mutants));
    }
  }
  std::erase_if(mutants, [&](const Mutant& mutant) {
    return mutant.name.find(options.only) == std::string::npos;
  });
  return mutants;
}

}  // namespace

std::string_view to_string(Fate fate) {
  return fate == Fate::kKilled ? "killed" : fate == Fate::kEquivalent ? "equivalent" : "survived";
}

double Score::score() const {
  const int different = mutants - equivalent;
  return different == 0 ? 1 : static_cast<double>(killed) / different;
}

Verdicts read_verdicts(const fs::path& file) {
  return nlohmann::json::parse(read_file(file)).at("equivalent").get<Verdicts>();
}

Score score_of(const std::vector<Result>& results, const std::string& module) {
  Score score;
  for (const Result& result : results) {
    if (!module.empty() && result.mutant.module != module) continue;
    ++score.mutants;
    score.killed += result.fate == Fate::kKilled;
    score.equivalent += result.fate == Fate::kEquivalent;
  }
  return score;
}

std::vector<Result> run_campaign(const Options& options, const Verdicts& verdicts,
                                 const Progress& progress) {
  const int threads = options.threads > 0
                          ? options.threads
                          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const TempFolder folder;
  std::vector<size_t> chosen;
  for (size_t i = 0; i < subjects().size(); ++i)
    if (subjects()[i].design() == options.design &&
        (options.module.empty() || options.module == subjects()[i].module))
      chosen.push_back(i);
  std::vector<std::unique_ptr<Original>> originals(chosen.size());
  in_parallel(threads, originals.size(), [&](size_t i) {
    originals[i] =
        std::make_unique<Original>(chosen[i], folder.path() / fmt::format("original{}", i));
  });
  const auto original_of = [&](const Mutant& mutant) -> const Original& {
    return **std::ranges::find(originals, &subjects()[mutant.subject],
                               [](const auto& original) { return &original->subject(); });
  };

  std::vector<Mutant> mutants = draw(originals, options);
  for (const auto& original : originals) {
    if (!original->subject().in_accelerator) continue;
    std::vector<Mutant> own;
    for (Mutant& mutant : mutants)
      if (&original_of(mutant) == original.get()) {
        mutant.number = static_cast<int>(own.size()) + 1;
        own.push_back(mutant);
      }
    prepare(*original, own);
  }

  // A netlist in which nothing is changed has to pass.
  std::vector<Mutant> unchanged;
  for (const auto& original : originals)
    for (const auto& [module, count] : original->sites())
      unchanged.push_back(original->unchanged(module));
  in_parallel(threads, unchanged.size(), [&](size_t i) {
    const TempFolder own;
    const std::string killer = first_killer(original_of(unchanged[i]), unchanged[i], own.path());
    if (!killer.empty())
      throw std::runtime_error(fmt::format("{}: fails the {}", unchanged[i].name, killer));
  });

  std::vector<Result> results(mutants.size());
  std::mutex mutex;
  int done = 0;
  in_parallel(threads, mutants.size(), [&](size_t i) {
    const auto start = std::chrono::steady_clock::now();
    const TempFolder own;
    const Original& original = original_of(mutants[i]);
    Result result = {mutants[i], Fate::kSurvived, {}, 0};
    if (result.by = first_killer(original, mutants[i], own.path()); !result.by.empty()) {
      result.fate = Fate::kKilled;
    } else if (options.proofs) {
      const Comparison comparison = compare_with_original(original, mutants[i], own.path());
      const auto verdict = verdicts.find(mutants[i].name);
      result.by = comparison.how;
      if (comparison.answer == Answer::kEqual) result.fate = Fate::kEquivalent;
      if (comparison.answer == Answer::kUndecided && verdict != verdicts.end()) {
        result.fate = Fate::kEquivalent;
        result.by = "verdict: " + verdict->second;
      }
    }
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const std::lock_guard lock(mutex);
    results[i] = std::move(result);
    if (progress) progress(++done, static_cast<int>(mutants.size()), results[i]);
  });
  return results;
}

}  // namespace rowcast::mutation
