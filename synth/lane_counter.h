// Counts how often each bit of a long row of words is 1: bit-sliced, by carry-save adders, so that
// a row costs a few operations per word.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rowcast {

class LaneCounter {
 public:
  explicit LaneCounter(size_t words) : words_(words) {}

  void add(std::span<const uint64_t> row);
  uint64_t count(size_t word, int bit) const;
  uint64_t total() const { return rows_; }  // rows added

 private:
  // Weight 2^k: what is summed up, and, every other time, one more summand that waits for the next.
  struct Level {
    std::vector<uint64_t> sum, waiting;
  };
  size_t words_;
  uint64_t rows_ = 0;
  std::vector<Level> levels_;
  std::vector<uint64_t> carry_;
};

}  // namespace rowcast
