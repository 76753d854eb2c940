#include "sim/search/ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace rowcast {
namespace {

std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<double> ranks;
  for (const double value : values) {
    const auto below = std::ranges::count_if(values, [&](double other) { return other < value; });
    const auto equal = std::ranges::count(values, value);
    ranks.push_back(static_cast<double>(below) + static_cast<double>(equal + 1) / 2);
  }
  return ranks;
}

}  // namespace

Mean mean_of(std::span<const double> values) {
  const auto count = static_cast<double>(values.size());
  Mean result{.mean = std::accumulate(values.begin(), values.end(), 0.0) / count};
  if (values.size() < 2) return result;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.error = std::sqrt(squares / (count - 1) / count);
  return result;
}

std::optional<double> rank_correlation(std::span<const double> a, std::span<const double> b) {
  if (a.size() < 3) return std::nullopt;
  const std::vector<double> of_a = ranks_of(a), of_b = ranks_of(b);
  const double middle = (static_cast<double>(a.size()) + 1) / 2;
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < of_a.size(); ++i) {
    ab += (of_a[i] - middle) * (of_b[i] - middle);
    aa += (of_a[i] - middle) * (of_a[i] - middle);
    bb += (of_b[i] - middle) * (of_b[i] - middle);
  }
  if (aa == 0 || bb == 0) return std::nullopt;
  return ab / std::sqrt(aa * bb);
}

}  // namespace rowcast
