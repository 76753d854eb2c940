// A campaign: mutants of every module, each against the suite; where it passes, a proof or a
// verdict on file says why.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/mutation/mutants.h"

namespace rowcast::mutation {

struct Options {
  Design design = Design::kCore;
  int mutants = 500;  // at least so many; a few more, as every module gets its minimum
  int seed = 1;
  int threads = 0;     // 0: one per processor
  std::string only;    // only mutants whose name contains this
  std::string module;  // only this module's
  bool proofs = true;  // without them, what no test kills has survived
};

enum class Fate {
  kKilled,      // a test or a proof of the suite finds it
  kEquivalent,  // no input can tell it from the original
  kSurvived,    // a test is missing
};
std::string_view to_string(Fate fate);

struct Result {
  Mutant mutant;
  Fate fate = Fate::kSurvived;
  std::string by;  // the test that kills it; how it is known to be equivalent
  double seconds = 0;
};

struct Score {
  int mutants = 0, killed = 0, equivalent = 0;
  int survived() const { return mutants - killed - equivalent; }
  // Killed ones of those that are not equivalent; 1 if there are none.
  double score() const;
};

// Why a mutant that no proof decides is equivalent, by the mutant's name.
using Verdicts = std::map<std::string, std::string>;
// Throws InputError or json's exception if the file is not there or not in form.
Verdicts read_verdicts(const std::filesystem::path& file);

using Progress = std::function<void(int done, int all, const Result& last)>;

// Throws std::runtime_error if a tool fails, or if the suite finds fault with an original netlist.
std::vector<Result> run_campaign(const Options& options, const Verdicts& verdicts,
                                 const Progress& progress = {});

Score score_of(const std::vector<Result>& results, const std::string& module = {});

}  // namespace rowcast::mutation
