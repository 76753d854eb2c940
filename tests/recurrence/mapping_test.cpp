// Mappings against operations put to their places one by one.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <random>

#include "sim/recurrence/library.h"
#include "sim/recurrence/mapping.h"
#include "sim/recurrence/parse.h"
#include "tests/recurrence/enumerate.h"
#include "tests/recurrence/random_recurrences.h"

namespace rowcast::recurrence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Links kLinks[] = {Links::kSystolic, Links::kRowBroadcast};
constexpr Kind kKinds[] = {Kind::kWhole, Kind::kPasses};

// Every mapping that is found: the best, and the alternatives.
template <class Visit>
void for_each_mapping(const Recurrence& recurrence, const Visit& visit) {
  for (const Links links : kLinks)
    for (const Kind kind : kKinds)
      if (const auto found = search(recurrence, links, kind)) {
        visit(found->best, links, kind);
        for (const Mapping& mapping : found->alternatives) visit(mapping, links, kind);
      }
}

// All values from 1 to `most` for all bounds.
template <class Visit>
void for_all_bounds(Recurrence recurrence, int64_t most, const Visit& visit) {
  for (Symbol& symbol : recurrence.symbols) symbol.value = 1;
  for (bool more = true; more;) {
    visit(recurrence);
    size_t i = 0;
    while (i < recurrence.symbols.size() && ++recurrence.symbols[i].value > most)
      recurrence.symbols[i++].value = 1;
    more = i < recurrence.symbols.size();
  }
}

class Named : public testing::TestWithParam<std::string> {};

TEST_P(Named, latency_is_the_length_that_is_counted_for_all_bounds_up_to_6) {
  const Recurrence recurrence = find(GetParam());
  int count = 0;
  for (const Links links : kLinks)
    for (const Kind kind : kKinds) {
      const auto found = search(recurrence, links, kind);
      if (!found) continue;
      const Formulas formula = formulas(recurrence, found->best);
      for_all_bounds(recurrence, 6, [&](const Recurrence& sized) {
        const int64_t period = formula.period.value(sized.symbols);
        ASSERT_EQ(test::enumerated_length(sized, found->best, period),
                  formula.length(sized.symbols))
            << text_of(sized);
        ++count;
      });
    }
  EXPECT_GE(count, 2 * std::pow(6, recurrence.symbols.size()));
}

TEST_P(Named, mappings_have_no_faults_for_all_bounds_up_to_3) {
  const Recurrence recurrence = find(GetParam());
  for_each_mapping(recurrence, [&](const Mapping& mapping, Links, Kind) {
    for_all_bounds(recurrence, 3, [&](const Recurrence& sized) {
      ASSERT_THAT(test::faults(sized, mapping), IsEmpty()) << text_of(sized);
    });
  });
}

INSTANTIATE_TEST_SUITE_P(of, Named, testing::ValuesIn(builtin()), [](const auto& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

// ---------------------------------------------------------------- random ones

TEST(RandomRecurrences, have_mappings_without_conflicts_late_words_or_broken_sums) {
  constexpr int kCases = 400;
  const uint64_t seed = test::seed();
  fmt::print("seed {} (ROWCAST_SEED)\n", seed);
  std::mt19937_64 random(seed);
  int mapped = 0, two_dimensional = 0, none = 0, moved = 0, several_registers = 0;
  for (int i = 0; i < kCases; ++i) {
    const std::string text = test::random_recurrence(random);
    const Recurrence recurrence = parse(text, "random", "random.txt");
    bool any = false;
    for_each_mapping(recurrence, [&](const Mapping& mapping, Links, Kind) {
      any = true;
      ++mapped;
      two_dimensional += mapping.dimensions == 2;
      for (const Motion& motion : mapping.motions) several_registers += motion.registers > 1;
      moved += mapping.motions[kOutput].way != Way::kStays;
      Recurrence sized = recurrence;
      for (int again = 0; again < 3; ++again) {
        ASSERT_THAT(test::faults(sized, mapping), IsEmpty()) << text << text_of(sized);
        for (Symbol& symbol : sized.symbols)
          symbol.value = std::uniform_int_distribution<int64_t>(1, 4)(random);
      }
    });
    none += !any;
    if (HasFatalFailure()) return;
  }
  fmt::print(
      "{} mappings of {} recurrences, {} in two dimensions; {} with sums that move, {} words "
      "that move slowly; {} recurrences without any\n",
      mapped, kCases, two_dimensional, moved, several_registers, none);
  EXPECT_GT(two_dimensional, 200);
  EXPECT_GT(moved, 20);
  EXPECT_GT(several_registers, 3);
  EXPECT_LT(none, kCases / 4);
}

// Of three indices, each in a group of its own, all matrices of the search's range are tried on
// points, shortest first: none that fits may be shorter than what the search finds.
int determinant(const std::array<Triple, 3>& m) {
  return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
         m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
         m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

// The points of a recurrence and the elements that they use.
struct Box {
  std::vector<test::Point> points;
  std::array<std::vector<size_t>, kArrays> elements;
};
Box box_of(const Recurrence& recurrence) {
  Box box;
  test::for_each_point(recurrence, [&](const test::Point& p) { box.points.push_back(p); });
  for (size_t array = 0; array < kArrays; ++array)
    box.elements[array] = test::elements(recurrence.references[array], box.points);
  return box;
}

// Some choice of ways brings all words.
bool fits(const Box& box, const std::array<Triple, 3>& transform, Links links) {
  std::vector<test::Place> places;
  for (const test::Point& p : box.points) {
    const auto at = [&](size_t axis) {
      return transform[axis][0] * p[0] + transform[axis][1] * p[1] + transform[axis][2] * p[2];
    };
    places.push_back({at(0), at(1), at(2), 0});
  }
  std::array<std::vector<Way>, kArrays> ways;
  for (size_t array = 0; array < kArrays; ++array) {
    for (const Way way : {Way::kStays, Way::kRow, Way::kColumn, Way::kBroadcast}) {
      if (way == Way::kBroadcast && (array == kOutput || links == Links::kSystolic)) continue;
      const bool moves = way == Way::kRow || way == Way::kColumn;
      for (int registers = moves; registers <= (moves ? kMaxRegisters : 0); ++registers)
        if (test::can_come(way, registers, places, box.elements[array])) {
          ways[array].push_back(way);
          break;
        }
    }
    if (ways[array].empty()) return false;
  }
  for (const Way o : ways[0])
    for (const Way a : ways[1])
      for (const Way b : ways[2])
        if ((o == Way::kStays || (o != a && o != b)) && (a == Way::kStays || a != b)) return true;
  return false;
}

TEST(RandomRecurrences, of_three_indices_have_no_shorter_mapping_than_the_one_found) {
  constexpr int kCases = 8;
  const uint64_t seed = test::seed();
  fmt::print("seed {} (ROWCAST_SEED)\n", seed);
  std::mt19937_64 random(seed);
  int compared = 0;
  for (int i = 0; i < 20 * kCases && compared < kCases; ++i) {
    Recurrence recurrence = parse(test::random_recurrence(random), "random", "random.txt");
    // A sum of one index: what merges or folds would do is not tried.
    if (recurrence.indices.size() != 3 || recurrence.reduction().size() != 1 ||
        reuse(recurrence.references[kOutput], {{0}, {1}, {2}}).size() != 1)
      continue;
    // So large that vectors between words do not lead out of the box by chance; and, since most
    // matrices fail there already, small.
    Recurrence small = recurrence;
    for (Symbol& symbol : recurrence.symbols) symbol.value = 13;
    for (Symbol& symbol : small.symbols) symbol.value = 3;
    const Box few = box_of(small), many = box_of(recurrence);
    for (const Links links : kLinks) {
      const auto found = search(recurrence, links, Kind::kWhole);
      const bool two = found && found->best.dimensions == 2;
      const int64_t best = two ? formulas(recurrence, found->best).length(recurrence.symbols)
                               : std::numeric_limits<int64_t>::max();
      const bool alone = two && found->best.folds.empty() &&
                         std::ranges::all_of(found->best.groups,
                                             [](const Group& group) { return group.size() == 1; });
      bool some = false;
      const auto vectors = [](int most, const auto& visit) {
        for (int a = -most; a <= most; ++a)
          for (int b = -most; b <= most; ++b)
            for (int c = -most; c <= most; ++c) visit(Triple{a, b, c});
      };
      vectors(2, [&](const Triple& time) {
        const int64_t length = 1 + 12 * (std::abs(time[0]) + std::abs(time[1]) + std::abs(time[2]));
        // With the other sign it is the same mapping backwards.
        if (time < Triple{} || length > best || (length == best && some)) return;
        vectors(1, [&](const Triple& row) {
          vectors(1, [&](const Triple& column) {
            const std::array<Triple, 3> transform{row, column, time};
            if ((length == best && some) || std::abs(determinant(transform)) != 1) return;
            if (!fits(few, transform, links) || !fits(many, transform, links)) return;
            some = true;
            EXPECT_GE(length, best) << text_of(recurrence);
          });
        });
      });
      if (alone) {
        EXPECT_TRUE(some) << text_of(recurrence);
      }
    }
    ++compared;
    if (HasFailure()) return;
  }
  EXPECT_EQ(compared, kCases);
}

// ---------------------------------------------------------------- what is known

Mapping best(const Recurrence& recurrence, Links links, Kind kind = Kind::kWhole) {
  return search(recurrence, links, kind).value().best;
}

void expect_st_os(const Recurrence& recurrence, const std::vector<size_t>& line, size_t position,
                  size_t tap) {
  const Mapping mapping = best(recurrence, Links::kRowBroadcast);
  EXPECT_EQ(mapping.dimensions, 2);
  EXPECT_THAT(mapping.folds, IsEmpty());
  const auto at = [&](const std::vector<size_t>& group) {
    return static_cast<size_t>(std::ranges::find(mapping.groups, group) - mapping.groups.begin());
  };
  const size_t l = at(line), x = at({position}), k = at({tap});
  ASSERT_TRUE(l < 3 && x < 3 && k < 3);
  const auto unit = [](size_t group, int factor) {
    Triple form{};
    form[group] = factor;
    return form;
  };
  EXPECT_EQ(mapping.transform[0], unit(l, 1));   // a line a row
  EXPECT_EQ(mapping.transform[1], unit(x, -1));  // positions along it
  EXPECT_EQ(mapping.transform[2], unit(k, 1));   // a tap a cycle
  EXPECT_EQ(mapping.motions[kOutput].way, Way::kStays);
  EXPECT_EQ(mapping.motions[1].way, Way::kRow);
  EXPECT_EQ(mapping.motions[1].registers, 1);
  EXPECT_EQ(mapping.motions[2].way, Way::kBroadcast);
  const Formulas formula = formulas(recurrence, mapping);
  EXPECT_EQ(formula.length_text(recurrence.symbols), "K");
  const std::string length = recurrence.symbols[recurrence.indices[position].bound].name;
  EXPECT_EQ(formula.fill.text(recurrence.symbols), length + " - 1");
  EXPECT_EQ(formula.utilisation_with_fill_text(recurrence.symbols),
            fmt::format("K/({} + K - 1)", length));
}

TEST(Mappings, of_fuse_with_a_row_broadcast_are_st_os) {
  expect_st_os(find("fuse-row"), {0, 1}, 2, 3);
  expect_st_os(find("fuse-col"), {0, 2}, 1, 3);
  expect_st_os(find("conv1d"), {0}, 1, 2);
}

TEST(Mappings, depend_on_no_name) {
  const std::string text =
      "index q < a = 9\nindex u < d = 5\nindex i < K = 2\nindex o < Z = 6\n"
      "gemm[o + 4, q, u] += depthwise[q - 3, i] * conv2d[u - i, q, o]\n";
  // fuse-col under other names, its inputs and subscripts in another order, its line reversed.
  const Recurrence recurrence = parse(text, "gemm", "f.txt");
  const Mapping mapping = best(recurrence, Links::kRowBroadcast);
  EXPECT_EQ(mapping.motions[kOutput].way, Way::kStays);
  EXPECT_EQ(mapping.motions[1].way, Way::kBroadcast);
  EXPECT_EQ(mapping.motions[2].way, Way::kRow);
  EXPECT_EQ(formulas(recurrence, mapping).length_text(recurrence.symbols), "K");
  EXPECT_EQ(formulas(recurrence, mapping).rows.text(recurrence.symbols), "a*Z");
}

TEST(Mappings, of_a_matrix_product_are_the_output_stationary_array) {
  const Recurrence recurrence = find("gemm");
  const Mapping mapping = best(recurrence, Links::kSystolic);
  EXPECT_EQ(mapping.motions[kOutput].way, Way::kStays);
  EXPECT_EQ(mapping.motions[1].way, Way::kRow);
  EXPECT_EQ(mapping.motions[2].way, Way::kColumn);
  EXPECT_EQ(formulas(recurrence, mapping).length_text(recurrence.symbols), "M + N + K - 2");
}

TEST(Mappings, of_depthwise_use_one_column_and_of_several_filters_a_channel_as_many) {
  for (const Links links : kLinks) {
    const Mapping one = best(find("depthwise"), links);
    EXPECT_EQ(one.dimensions, 1);
    EXPECT_FALSE(one.motions[1].shared);
    const Mapping several = best(find("depthwise-multiplier"), links);
    EXPECT_EQ(several.dimensions, 2);
    EXPECT_TRUE(several.motions[1].shared);
    EXPECT_EQ(uses(find("depthwise-multiplier"), several, 1).text, "M");
    EXPECT_EQ(best(find("depthwise"), links, Kind::kPasses).dimensions, 2);
  }
}

TEST(Mappings, without_a_broadcast_leave_lines_with_their_own_taps_one_column) {
  const Recurrence recurrence = find("conv1d");
  EXPECT_EQ(best(recurrence, Links::kSystolic).dimensions, 1);
  EXPECT_EQ(best(recurrence, Links::kRowBroadcast).dimensions, 2);
  // Lines that share their taps hand them down.
  EXPECT_EQ(best(find("fuse-row"), Links::kSystolic).dimensions, 2);
}

TEST(Mappings, of_any_eight_indices_are_found_within_seconds) {
  const uint64_t seed = test::seed();
  std::mt19937_64 random(seed);
  for (int i = 0; i < 10; ++i) {
    const std::string text = test::random_recurrence(random, 8);
    const Recurrence recurrence = parse(text, "random", "random.txt");
    const auto start = std::chrono::steady_clock::now();
    for_each_mapping(recurrence, [](const Mapping&, Links, Kind) {});
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20))
        << "seed " << seed << '\n'
        << text;
  }
}

}  // namespace
}  // namespace rowcast::recurrence
