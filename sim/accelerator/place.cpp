#include "sim/accelerator/place.h"

#include <algorithm>
#include <numeric>

namespace rowcast::accelerator {
namespace {

bool meet(const Lodger& a, int base_a, const Lodger& b, int base_b) {
  return base_a < base_b + b.size && base_b < base_a + a.size;
}

// Moves that must be finished before the lodger may come to `base`: those of whoever is there
// before it.
int free_at(const std::vector<Lodger>& lodgers, const std::vector<int>& bases,
            const std::vector<bool>& placed, size_t who, int base) {
  int free = 0;
  for (size_t other = 0; other < lodgers.size(); ++other)
    if (other != who && placed[other] && lodgers[other].from < lodgers[who].from &&
        meet(lodgers[who], base, lodgers[other], bases[other]))
      free = std::max(free, lodgers[other].until);
  return free;
}

}  // namespace

std::optional<std::vector<Lodging>> place_early(const std::vector<Lodger>& lodgers, int depth) {
  std::vector<Lodging> lodgings;
  for (const Lodger& lodger : lodgers) {
    std::vector<int> candidates{0};
    for (size_t i = 0; i < lodgings.size(); ++i)
      candidates.push_back(lodgings[i].base + lodgers[i].size);
    std::optional<Lodging> best;
    for (const int base : candidates) {
      if (base + lodger.size > depth) continue;
      int free = 0;
      for (size_t i = 0; i < lodgings.size(); ++i)
        if (meet(lodger, base, lodgers[i], lodgings[i].base))
          free = std::max(free, lodgers[i].until);
      if (free > lodger.from) continue;
      if (!best || free < best->free || (free == best->free && base < best->base))
        best = Lodging{base, free};
    }
    if (!best) return std::nullopt;
    lodgings.push_back(*best);
  }
  return lodgings;
}

std::optional<std::vector<Lodging>> place_tight(const std::vector<Lodger>& lodgers, int depth) {
  std::vector<size_t> order(lodgers.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order,
                           [&](size_t a, size_t b) { return lodgers[a].size > lodgers[b].size; });
  std::vector<int> bases(lodgers.size());
  std::vector<bool> placed(lodgers.size());
  for (const size_t who : order) {
    const Lodger& lodger = lodgers[who];
    std::vector<size_t> beside;  // there at the same time
    for (size_t other = 0; other < lodgers.size(); ++other)
      if (placed[other] && lodgers[other].from < lodger.until && lodger.from < lodgers[other].until)
        beside.push_back(other);
    std::ranges::sort(beside, {}, [&](size_t other) { return bases[other]; });
    int base = 0;
    for (const size_t other : beside)
      if (meet(lodger, base, lodgers[other], bases[other]))
        base = bases[other] + lodgers[other].size;
    if (base + lodger.size > depth) return std::nullopt;
    bases[who] = base;
    placed[who] = true;
  }
  std::vector<Lodging> lodgings;
  for (size_t i = 0; i < lodgers.size(); ++i)
    lodgings.push_back({bases[i], free_at(lodgers, bases, placed, i, bases[i])});
  return lodgings;
}

}  // namespace rowcast::accelerator
