#include "synth/lane_counter.h"

#include <algorithm>

namespace rowcast {

void LaneCounter::add(std::span<const uint64_t> row) {
  const uint64_t* in = row.data();
  uint64_t before = rows_++;
  for (size_t k = 0;; ++k, before >>= 1) {
    if (k == levels_.size())
      levels_.push_back({std::vector<uint64_t>(words_), std::vector<uint64_t>(words_)});
    Level& level = levels_[k];
    if ((before & 1) == 0) {
      std::copy_n(in, words_, level.waiting.data());
      return;
    }
    carry_.resize(words_);
    uint64_t *sum = level.sum.data(), *carry = carry_.data();
    const uint64_t* waiting = level.waiting.data();
    for (size_t i = 0; i < words_; ++i) {
      const uint64_t x = in[i], y = waiting[i], z = sum[i], xy = x ^ y;
      sum[i] = xy ^ z;
      carry[i] = (x & y) | (xy & z);
    }
    in = carry;
  }
}

uint64_t LaneCounter::count(size_t word, int bit) const {
  uint64_t result = 0;
  for (size_t k = 0; k < levels_.size(); ++k) {
    const uint64_t weight = uint64_t{1} << k;
    if (levels_[k].sum[word] >> bit & 1) result += weight;
    if ((rows_ >> k & 1) && (levels_[k].waiting[word] >> bit & 1)) result += weight;
  }
  return result;
}

}  // namespace rowcast
