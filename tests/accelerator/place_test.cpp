// Places of what is needed for a time, against all places that there are.
#include "sim/accelerator/place.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/accelerator/random_moves.h"

namespace rowcast::accelerator {
namespace {

struct Instance {
  int depth;
  std::vector<Lodger> lodgers;
};

Instance draw(Random& random, int most_lodgers, int most_depth) {
  Instance drawn{between(random, 1, most_depth), {}};
  const int moves = between(random, 1, 8);
  drawn.lodgers.resize(static_cast<size_t>(between(random, 1, most_lodgers)));
  for (Lodger& lodger : drawn.lodgers) {
    lodger.size = between(random, 1, std::max(1, drawn.depth * 2 / 3));
    lodger.from = between(random, 0, moves);
    lodger.until = between(random, lodger.from + 1, moves + 2);
  }
  std::ranges::stable_sort(drawn.lodgers, {}, &Lodger::from);
  return drawn;
}

std::string dump(const Instance& instance) {
  std::string text = fmt::format("depth {}:", instance.depth);
  for (const Lodger& lodger : instance.lodgers)
    text += fmt::format(" {} words from {} until {};", lodger.size, lodger.from, lodger.until);
  return text;
}

// Has lodger `a` at `base` a word in common with `b` at its base?
bool shares(const Lodger& a, int base, const Lodger& b, int base_b) {
  for (int word = base; word < base + a.size; ++word)
    if (word >= base_b && word < base_b + b.size) return true;
  return false;
}

bool at_the_same_time(const Lodger& a, const Lodger& b) {
  for (int move = a.from; move < a.until; ++move)
    if (move >= b.from && move < b.until) return true;
  return false;
}

// What is wrong with the places, or nothing.
std::string wrong(const Instance& instance, const std::vector<Lodging>& lodgings) {
  if (lodgings.size() != instance.lodgers.size()) return "not one place for each";
  for (size_t i = 0; i < lodgings.size(); ++i) {
    const Lodger& who = instance.lodgers[i];
    const int base = lodgings[i].base;
    if (base < 0 || base + who.size > instance.depth) return fmt::format("{} leaves memory", i);
    if (lodgings[i].free > who.from) return fmt::format("{} is needed before its place is free", i);
    int free = 0;  // those before it that have one of its words
    for (size_t j = 0; j < lodgings.size(); ++j) {
      if (j == i || !shares(who, base, instance.lodgers[j], lodgings[j].base)) continue;
      if (at_the_same_time(who, instance.lodgers[j]))
        return fmt::format("{} and {} have a word at the same time", i, j);
      if (instance.lodgers[j].from < who.from) free = std::max(free, instance.lodgers[j].until);
    }
    if (lodgings[i].free != free)
      return fmt::format("{}'s place is free when {} moves are finished, not {}", i, free,
                         lodgings[i].free);
  }
  return "";
}

// Is there any place for all of them?
bool fits(const Instance& instance, std::vector<int>& bases) {
  const size_t who = bases.size();
  if (who == instance.lodgers.size()) return true;
  for (int base = 0; base + instance.lodgers[who].size <= instance.depth; ++base) {
    bool taken = false;
    for (size_t other = 0; other < who; ++other)
      taken |= at_the_same_time(instance.lodgers[who], instance.lodgers[other]) &&
               shares(instance.lodgers[who], base, instance.lodgers[other], bases[other]);
    if (taken) continue;
    bases.push_back(base);
    if (fits(instance, bases)) return true;
    bases.pop_back();
  }
  return false;
}

TEST(Place, tight_never_overlaps_what_is_there_and_never_leaves_the_memory) {
  Random random(1);
  int found = 0;
  for (int i = 0; i < 3000; ++i) {
    const Instance instance = draw(random, 12, 60);
    const auto lodgings = place_tight(instance.lodgers, instance.depth);
    if (!lodgings) continue;
    ++found;
    ASSERT_EQ(wrong(instance, *lodgings), "") << "instance " << i << ", " << dump(instance);
  }
  EXPECT_GT(found, 500);
}

TEST(Place, early_never_overlaps_what_is_there_and_never_leaves_the_memory) {
  Random random(2);
  int found = 0;
  for (int i = 0; i < 3000; ++i) {
    const Instance instance = draw(random, 12, 60);
    const auto lodgings = place_early(instance.lodgers, instance.depth);
    if (!lodgings) continue;
    ++found;
    ASSERT_EQ(wrong(instance, *lodgings), "") << "instance " << i << ", " << dump(instance);
  }
  EXPECT_GT(found, 500);
}

TEST(Place, tight_finds_a_place_exactly_where_there_is_one) {
  Random random(3);
  int with = 0, without = 0;
  for (int i = 0; i < 3000; ++i) {
    const Instance instance = draw(random, 6, 9);
    std::vector<int> bases;
    const bool there = fits(instance, bases);
    ++(there ? with : without);
    ASSERT_EQ(place_tight(instance.lodgers, instance.depth).has_value(), there)
        << "instance " << i << ", " << dump(instance);
  }
  EXPECT_GT(with, 500);
  EXPECT_GT(without, 500);
}

TEST(Place, early_takes_of_all_places_the_lowest_that_is_free_first) {
  Random random(4);
  int found = 0;
  for (int i = 0; i < 2000; ++i) {
    const Instance instance = draw(random, 8, 20);
    const auto lodgings = place_early(instance.lodgers, instance.depth);
    bool all = true;  // those before have their places
    for (size_t who = 0; who < instance.lodgers.size() && all; ++who) {
      std::optional<Lodging> best;
      for (int base = 0; base + instance.lodgers[who].size <= instance.depth; ++base) {
        int free = 0;
        for (size_t other = 0; lodgings && other < who; ++other)
          if (shares(instance.lodgers[who], base, instance.lodgers[other], (*lodgings)[other].base))
            free = std::max(free, instance.lodgers[other].until);
        if (free <= instance.lodgers[who].from && (!best || free < best->free))
          best = Lodging{base, free};
      }
      all = best.has_value();
      if (!lodgings) break;
      ASSERT_TRUE(best) << dump(instance);
      ASSERT_EQ((*lodgings)[who].free, best->free) << "lodger " << who << ", " << dump(instance);
      ASSERT_EQ((*lodgings)[who].base, best->base) << "lodger " << who << ", " << dump(instance);
      ++found;
    }
  }
  EXPECT_GT(found, 500);
}

TEST(Place, of_more_than_the_memory_there_is_none) {
  EXPECT_FALSE(place_tight({{.size = 5, .from = 0, .until = 1}}, 4));
  EXPECT_FALSE(place_early({{.size = 5, .from = 0, .until = 1}}, 4));
  EXPECT_TRUE(place_tight({{.size = 4, .from = 0, .until = 1}}, 4));
  EXPECT_TRUE(place_early({{.size = 4, .from = 0, .until = 1}}, 4));
}

}  // namespace
}  // namespace rowcast::accelerator
