// A sample of the mutation campaign, and its judgement of what is equivalent; the whole of it is
// the program mutation_campaign.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "generator/emit.h"
#include "generator/files.h"
#include "tests/mutation/campaign.h"
#include "tests/mutation/equivalence.h"
#include "tests/mutation/suite.h"
#include "tests/shell.h"

namespace rowcast::mutation {
namespace {

// The core's come first.
size_t cores() {
  return static_cast<size_t>(std::ranges::count(subjects(), Design::kCore, &Subject::design));
}

TEST(Mutation, leaves_no_survivor_in_a_sample) {
  Options options;
  options.mutants = 30;
  const std::vector<Result> results =
      run_campaign(options, read_verdicts(source_path("tests/mutation/verdicts.json")));
  EXPECT_GE(results.size(), 30U);
  std::set<std::string> modules, subjects_met;
  for (const Result& result : results) {
    EXPECT_NE(result.fate, Fate::kSurvived) << result.mutant.name << ": " << result.by;
    modules.insert(result.mutant.module);
    subjects_met.insert(subjects()[result.mutant.subject].name);
  }
  std::set<std::string> emitted;
  for (const EmittedFile& file : emit_modules(subjects().front().config.array, View::kStructural))
    emitted.insert(std::filesystem::path(file.path).stem().string());
  EXPECT_EQ(modules, emitted);
  EXPECT_EQ(subjects_met.size(), cores());
  EXPECT_GT(score_of(results).killed, 20);
}

TEST(Mutation, of_walks_of_the_accelerator_leaves_no_survivor_in_a_sample) {
  Options options;
  options.design = Design::kAccelerator;
  options.module = "rc_walk";
  options.mutants = 10;
  for (const Result& result : run_campaign(options, {}))
    EXPECT_NE(result.fate, Fate::kSurvived) << result.mutant.name << ": " << result.by;
}

class MutationComparison : public testing::TestWithParam<size_t> {};
INSTANTIATE_TEST_SUITE_P(Of, MutationComparison, testing::Range(size_t{0}, cores()),
                         [](const auto& info) {
                           std::string name = subjects()[info.param].name;
                           std::ranges::replace(name, ' ', '_');
                           return name;
                         });

TEST_P(MutationComparison,
       proves_the_unchanged_core_equal_and_of_mutants_just_the_killed_different) {
  const TempFolder folder;
  const Original original(GetParam(), folder.path() / "original");
  const Comparison same =
      compare_with_original(original, original.unchanged("rc_core"), folder.path());
  EXPECT_EQ(same.answer, Answer::kEqual) << same.how;
  // The broken wire of one bit, in any module's ports; rc_skew leaves one of row 0's open.
  int killed = 0;
  for (const Mutant& mutant : original.mutants("rc_core", 3, 1)) {
    const bool kills = first_killer(original, mutant, folder.path()) == "core testbench";
    const Comparison other = compare_with_original(original, mutant, folder.path());
    EXPECT_EQ(other.answer, kills ? Answer::kDifferent : Answer::kEqual)
        << mutant.name << ": " << other.how;
    killed += kills;
  }
  EXPECT_GT(killed, 0);
}

}  // namespace
}  // namespace rowcast::mutation
