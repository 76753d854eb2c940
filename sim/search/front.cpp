#include "sim/search/front.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "generator/error.h"

namespace rowcast {
namespace {

// A sum of the stages so far: a sum of those before, and an option.
struct Link {
  int64_t cycles;
  double loss;
  uint32_t before, option;
};

}  // namespace

std::vector<Sum> front_of(const std::vector<std::vector<Option>>& stages, int64_t fixed) {
  std::vector<std::vector<Link>> kept = {{{fixed, 0, 0, 0}}};
  size_t count = 1;
  for (const std::vector<Option>& options : stages) {
    std::vector<Link> all;
    for (size_t i = 0; i < kept.back().size(); ++i)
      for (size_t k = 0; k < options.size(); ++k) {
        const Link& before = kept.back()[i];
        all.push_back({before.cycles + options[k].cycles, before.loss + options[k].loss,
                       static_cast<uint32_t>(i), static_cast<uint32_t>(k)});
      }
    std::ranges::sort(all, {}, [](const Link& link) {
      return std::tuple(link.cycles, link.loss, link.before, link.option);
    });
    std::vector<Link>& front = kept.emplace_back();
    double best = std::numeric_limits<double>::infinity();
    for (const Link& link : all)
      if (link.loss < best) {
        front.push_back(link);
        best = link.loss;
      }
    count += front.size();
    if (count > kMostSums)
      throw InputError(
          fmt::format("--operators: more than {} sums of cycles and losses are worth keeping, "
                      "allowed are fewer operators or layers",
                      kMostSums));
  }
  std::vector<Sum> sums;
  for (const Link& end : kept.back()) {
    Sum& sum = sums.emplace_back(
        Sum{.cycles = end.cycles, .loss = end.loss, .options = std::vector<size_t>(stages.size())});
    const Link* link = &end;
    for (size_t s = stages.size(); s-- > 0; link = &kept[s][link->before])
      sum.options[s] = link->option;
  }
  return sums;
}

std::vector<size_t> spread(const std::vector<int64_t>& cycles, size_t count) {
  std::vector<size_t> chosen;
  if (cycles.size() <= count) {
    for (size_t i = 0; i < cycles.size(); ++i) chosen.push_back(i);
    return chosen;
  }
  for (size_t step = 0; step < count; ++step) {
    const double share =
                     count == 1 ? 1 : static_cast<double>(step) / static_cast<double>(count - 1),
                 wanted = static_cast<double>(cycles.front()) +
                          share * static_cast<double>(cycles.back() - cycles.front());
    const auto nearest = std::ranges::min_element(
        cycles, {}, [&](int64_t c) { return std::abs(static_cast<double>(c) - wanted); });
    const auto number = static_cast<size_t>(nearest - cycles.begin());
    if (chosen.empty() || chosen.back() != number) chosen.push_back(number);
  }
  return chosen;
}

}  // namespace rowcast
