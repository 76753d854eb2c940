#include "sim/sweep/pareto.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace rowcast {

std::vector<bool> pareto_front(std::span<const std::pair<double, double>> points) {
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return points[i]; });
  std::vector<bool> front(points.size());
  // From small to large in the first, a point has to be smaller in the second than all before it,
  // or the same as the last that was.
  std::pair<double, double> best{0, std::numeric_limits<double>::infinity()};
  for (const size_t i : order) {
    if (points[i].second < best.second) best = points[i];
    front[i] = points[i] == best;
  }
  return front;
}

}  // namespace rowcast
