// Where things lie that are needed for a time.
#pragma once

#include <optional>
#include <vector>

namespace rowcast::accelerator {

// Something of `size` words, needed from move `from` on until the first `until` moves are finished.
struct Lodger {
  int size = 0;
  int from = 0, until = 0;
};

struct Lodging {
  int base = 0;
  int free = 0;  // moves that must be finished before its place is free
};

// Places that nothing else has at the time, each lodger in turn as soon as one is free: what is
// fetched ahead can come early. By lodger, ordered by `from`; nothing if one finds no place.
std::optional<std::vector<Lodging>> place_early(const std::vector<Lodger>& lodgers, int depth);

// The same, the largest first and each as low as it can be.
std::optional<std::vector<Lodging>> place_tight(const std::vector<Lodger>& lodgers, int depth);

// Slots that hold one thing at a time, shared by moves that want one each.
struct SlotLoad {
  int content = 0, slot = 0;
  int after = 0, before = 0;  // moves: finished before it may come, and the first that wants it
};
struct Slots {
  std::vector<int> of;  // by move, or -1
  std::vector<SlotLoad> loads{};
};
// `wanted`: by move what it wants, or -1. Where all are taken, what is wanted again last goes.
Slots share_slots(const std::vector<int>& wanted, int slots);

}  // namespace rowcast::accelerator
