// Whether any input can tell a mutant from the original.
//
// Original and mutant stand side by side behind the same inputs, free in every cycle, reset
// included: first the mutated module alone, then, if that does not prove it equal, the whole
// design. Compared is every output; row_o, tag_o and out_o where valid_o says that they hold a
// result. ABC merges what is equal in both by induction (scorr), and proves the rest or finds
// inputs that show a difference. Registers wake up as zeros in both; what they hold before a later
// reset is whatever the inputs brought about.
#pragma once

#include <filesystem>
#include <string>

#include "tests/mutation/mutants.h"

namespace rowcast::mutation {

enum class Answer { kEqual, kDifferent, kUndecided };

struct Comparison {
  Answer answer;
  std::string how;  // in words
};

// Works in `folder`. Throws std::runtime_error if Yosys fails.
Comparison compare_with_original(const Original& original, const Mutant& mutant,
                                 const std::filesystem::path& folder);

}  // namespace rowcast::mutation
