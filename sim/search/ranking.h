// How well a proxy ranks what was trained.
#pragma once

#include <optional>
#include <span>

namespace rowcast {

struct Mean {
  double mean = 0;
  std::optional<double> error{};  // standard error of the mean; nothing for a single value
};
// At least one value.
Mean mean_of(std::span<const double> values);

// Spearman's rank correlation, ties with the mean of their ranks: 1 where both go up together, -1
// where one goes down. Nothing for fewer than three pairs, or where all of one side are equal.
std::optional<double> rank_correlation(std::span<const double> a, std::span<const double> b);

}  // namespace rowcast
