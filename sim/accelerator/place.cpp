#include "sim/accelerator/place.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace rowcast::accelerator {
namespace {

bool meet(const Lodger& a, int base_a, const Lodger& b, int base_b) {
  return base_a < base_b + b.size && base_b < base_a + a.size;
}

// Moves that must be finished before the lodger may come: those of whoever is there before it.
int free_at(const std::vector<Lodger>& lodgers, const std::vector<int>& bases, size_t who) {
  int free = 0;
  for (size_t other = 0; other < lodgers.size(); ++other)
    if (other != who && lodgers[other].from < lodgers[who].from &&
        meet(lodgers[who], bases[who], lodgers[other], bases[other]))
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

namespace {

// Each as low as it can be, in this order; nothing if one finds no place.
std::optional<std::vector<int>> place_in_order(const std::vector<Lodger>& lodgers,
                                               const std::vector<size_t>& order, int depth) {
  std::vector<int> bases(lodgers.size());
  std::vector<size_t> placed;
  for (const size_t who : order) {
    const Lodger& lodger = lodgers[who];
    std::vector<size_t> beside;  // there at the same time
    for (const size_t other : placed)
      if (lodgers[other].from < lodger.until && lodger.from < lodgers[other].until)
        beside.push_back(other);
    std::ranges::sort(beside, {}, [&](size_t other) { return bases[other]; });
    int base = 0;
    for (const size_t other : beside)
      if (meet(lodger, base, lodgers[other], bases[other]))
        base = bases[other] + lodgers[other].size;
    if (base + lodger.size > depth) return std::nullopt;
    bases[who] = base;
    placed.push_back(who);
  }
  return bases;
}

}  // namespace

std::optional<std::vector<Lodging>> place_tight(const std::vector<Lodger>& lodgers, int depth) {
  std::vector<size_t> order(lodgers.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order,
                           [&](size_t a, size_t b) { return lodgers[a].size > lodgers[b].size; });
  auto bases = place_in_order(lodgers, order, depth);
  // Other orders, the same ones everywhere.
  const size_t tries = std::min<size_t>(2000, 200000 / std::max<size_t>(1, order.size()));
  std::minstd_rand random(1);
  for (size_t i = 0; i < tries && !bases; ++i) {
    const size_t a = random() % order.size(), b = random() % order.size();
    std::rotate(order.begin() + static_cast<int64_t>(std::min(a, b)),
                order.begin() + static_cast<int64_t>(std::max(a, b)),
                order.begin() + static_cast<int64_t>(std::max(a, b)) + 1);
    bases = place_in_order(lodgers, order, depth);
  }
  if (!bases) return std::nullopt;
  std::vector<Lodging> lodgings;
  for (size_t i = 0; i < lodgers.size(); ++i)
    lodgings.push_back({(*bases)[i], free_at(lodgers, *bases, i)});
  return lodgings;
}

Slots share_slots(const std::vector<int>& wanted, int slots) {
  struct Slot {
    int content = -1, until = 0;  // free after so many moves
  };
  std::vector<Slot> all(static_cast<size_t>(slots));
  Slots shared{.of = std::vector<int>(wanted.size(), -1)};
  for (auto at = wanted.begin(); at != wanted.end(); ++at) {
    if (*at < 0) continue;
    const int move = static_cast<int>(at - wanted.begin());
    auto slot = std::ranges::find(all, *at, &Slot::content);
    if (slot == all.end()) {
      slot = std::ranges::max_element(all, {}, [&](const Slot& of) {
        return of.content < 0 ? wanted.end() - at + 1
                              : std::find(at, wanted.end(), of.content) - at;
      });
      shared.loads.push_back({*at, static_cast<int>(slot - all.begin()), slot->until, move});
      slot->content = *at;
    }
    slot->until = move + 1;
    shared.of[static_cast<size_t>(move)] = static_cast<int>(slot - all.begin());
  }
  return shared;
}

}  // namespace rowcast::accelerator
