// Sums that are worth having: of each stage one option is taken, cycles and losses add up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rowcast {

struct Option {
  int64_t cycles = 0;  // may be below 0: what it saves
  double loss = 0;
};

struct Sum {
  int64_t cycles = 0;
  double loss = 0;
  std::vector<size_t> options{};  // of each stage the one that was taken
};

// Sums kept on the way that are too many: what they need stays below some hundred megabytes.
constexpr size_t kMostSums = 4'000'000;

// Every pair of cycles and loss that no other sum beats, from few cycles to many; where several
// choices have the same, one of them. Exact: what is beaten stays so, whatever both are added to.
// Cycles are added to `fixed`, losses to 0, in the order of the stages. Throws InputError if more
// than kMostSums are worth keeping.
std::vector<Sum> front_of(const std::vector<std::vector<Option>>& stages, int64_t fixed);

// At most `count` of `cycles`, which ascend, by their numbers: the ends, and between them those
// nearest to equal steps.
std::vector<size_t> spread(const std::vector<int64_t>& cycles, size_t count);

}  // namespace rowcast
