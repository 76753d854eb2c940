// Null spaces and what follows from them, against enumeration.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "sim/recurrence/dependence.h"
#include "sim/recurrence/library.h"
#include "sim/recurrence/parse.h"
#include "sim/recurrence/polynomial.h"
#include "sim/recurrence/reasons.h"
#include "tests/recurrence/enumerate.h"
#include "tests/recurrence/random_recurrences.h"

namespace rowcast::recurrence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The vector is a sum of integer multiples of the basis: by elimination over the rationals, in
// fractions with one denominator.
bool spanned(std::vector<Vector> basis, Vector vector) {
  // Columns of the basis one by one; integers stay integers by Euclid's steps.
  for (size_t column = 0; column < vector.size(); ++column) {
    while (true) {
      std::erase_if(basis, [](const Vector& row) {
        return std::ranges::all_of(row, [](int64_t part) { return part == 0; });
      });
      std::vector<Vector*> rows;
      for (Vector& row : basis)
        if (row[column] != 0) rows.push_back(&row);
      if (rows.empty()) break;
      Vector& least = **std::ranges::min_element(
          rows, {}, [&](const Vector* row) { return std::abs((*row)[column]); });
      if (rows.size() == 1) {
        const int64_t factor = vector[column] / least[column];
        for (size_t i = 0; i < vector.size(); ++i) vector[i] -= factor * least[i];
        std::ranges::fill(least, 0);  // used
        break;
      }
      for (Vector* row : rows)
        if (row != &least) {
          const int64_t factor = (*row)[column] / least[column];
          for (size_t i = 0; i < vector.size(); ++i) (*row)[i] -= factor * least[i];
        }
    }
    if (vector[column] != 0) return false;
  }
  return true;
}

// All vectors from -reach to reach.
template <class Visit>
void for_each_vector(size_t size, int64_t reach, const Visit& visit) {
  Vector vector(size, -reach);
  for (bool more = true; more;) {
    visit(vector);
    size_t i = 0;
    while (i < size && ++vector[i] > reach) vector[i++] = -reach;
    more = i < size;
  }
}

TEST(NullSpaces, hold_exactly_the_vectors_between_uses_of_one_element) {
  const uint64_t seed = test::seed();
  fmt::print("seed {} (ROWCAST_SEED)\n", seed);
  std::mt19937_64 random(seed);
  std::map<size_t, int> dimensions;
  for (int i = 0; i < 250; ++i) {
    const Recurrence recurrence = parse(test::random_recurrence(random), "random", "r.txt");
    const Analysis analysis = analyse(recurrence);
    for (size_t array = 0; array < kArrays; ++array) {
      const Reference& reference = recurrence.references[array];
      const std::vector<Vector>& basis = analysis.directions[array];
      ++dimensions[basis.size()];
      const test::Point origin = test::element(reference, Vector(recurrence.indices.size()));
      for_each_vector(
          recurrence.indices.size(), recurrence.indices.size() > 5 ? 2 : 3,
          [&](const Vector& vector) {
            ASSERT_EQ(test::element(reference, vector) == origin, spanned(basis, vector))
                << text_of(recurrence) << reference.array;
          });
    }
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(dimensions[0], 10);
  EXPECT_GT(dimensions[1], 100);
  EXPECT_GT(dimensions[2], 50);
}

TEST(NullSpaces, are_whole_lattices_and_not_only_spans) {
  // (3, 0, -2) and (0, 3, -1) span the space, but not (1, 1, -1).
  const std::vector<Vector> basis = null_space({{2, 1, 3}}, 3);
  EXPECT_EQ(basis.size(), 2u);
  EXPECT_TRUE(spanned(basis, {1, 1, -1}));
  EXPECT_TRUE(spanned(basis, {3, 0, -2}));
  EXPECT_FALSE(spanned({{3, 0, -2}, {0, 3, -1}}, {1, 1, -1}));
  EXPECT_THAT(null_space({}, 2), ElementsAre(Vector{1, 0}, Vector{0, 1}));
  EXPECT_THAT(null_space({{1, 2}, {2, 5}}, 2), IsEmpty());
  EXPECT_THAT(null_space({{0, 0}}, 1 + 1), testing::SizeIs(2));
}

// Operations at a distance that reuse() gives, in merged indices, use one element; whatever the
// fixed digits of the other indices are.
TEST(MergedReuse, is_reuse) {
  const uint64_t seed = test::seed();
  fmt::print("seed {} (ROWCAST_SEED)\n", seed);
  std::mt19937_64 random(seed);
  int checked = 0, merged = 0;
  for (int i = 0; i < 250; ++i) {
    const Recurrence recurrence = parse(test::random_recurrence(random), "random", "r.txt");
    const Analysis analysis = analyse(recurrence);
    const auto value_of = [&](const test::Point& point, const Group& group) {
      int64_t value = 0;
      for (const size_t index : group) value = value * recurrence.bound(index) + point[index];
      return value;
    };
    std::vector<test::Point> points;
    test::for_each_point(recurrence, [&](const test::Point& p) { points.push_back(p); });
    for (const Group& group : analysis.groups) merged += group.size() > 1;
    for (size_t array = 0; array < kArrays; ++array)
      for (const Vector& direction : analysis.merged[array])
        for (int pair = 0; pair < 300; ++pair) {
          const auto any = [&] { return points[random() % points.size()]; };
          const test::Point from = any();
          // Where the direction leads, if it stays in the box.
          test::Point to = from;
          bool inside = true;
          for (size_t g = 0; g < analysis.groups.size(); ++g) {
            int64_t value = value_of(from, analysis.groups[g]) + direction[g];
            inside = inside && value >= 0;
            for (auto index = analysis.groups[g].rbegin();
                 inside && index != analysis.groups[g].rend(); ++index) {
              to[*index] = value % recurrence.bound(*index);
              value /= recurrence.bound(*index);
            }
            inside = inside && value == 0;
          }
          if (!inside) continue;
          ++checked;
          ASSERT_EQ(test::element(recurrence.references[array], from),
                    test::element(recurrence.references[array], to))
              << text_of(recurrence) << recurrence.references[array].array;
        }
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(checked, 10'000);
  EXPECT_GT(merged, 100);
}

// By their definition: for every two uses of an element there is a chain of steps of one vector.
TEST(Recurrences, are_regular_where_one_vector_leads_from_use_to_use) {
  const uint64_t seed = test::seed();
  fmt::print("seed {} (ROWCAST_SEED)\n", seed);
  std::mt19937_64 random(seed);
  int regular = 0, not_regular = 0;
  for (int i = 0; i < 250; ++i) {
    Recurrence recurrence = parse(test::random_recurrence(random), "random", "r.txt");
    const bool said = analyse(recurrence).regular;
    if (recurrence.indices.size() > 4) continue;
    bool chains = true;
    for (const Reference& reference : recurrence.references) {
      const test::Point origin = test::element(reference, Vector(recurrence.indices.size()));
      std::vector<Vector> uses;
      for_each_vector(recurrence.indices.size(), 7, [&](const Vector& v) {
        if (test::element(reference, v) == origin) uses.push_back(v);
      });
      // All of them are multiples of one.
      for (const Vector& a : uses)
        for (const Vector& b : uses)
          for (size_t k = 0; k < a.size() && chains; ++k)
            for (size_t l = 0; l < k; ++l) chains = chains && a[k] * b[l] == a[l] * b[k];
    }
    // A vector that is longer than what was looked at makes no difference for these coefficients.
    EXPECT_EQ(said, chains) << text_of(recurrence);
    (said ? regular : not_regular)++;
  }
  EXPECT_GT(regular, 20);
  EXPECT_GT(not_regular, 50);
}

std::string groups_text(const std::string& name) {
  const Recurrence recurrence = find(name);
  std::string text;
  for (const Group& group : analyse(recurrence).groups)
    text += (text.empty() ? "" : " ") + text_of(recurrence, group);
  return text;
}

std::string copied_text(const std::string& name) {
  const Recurrence recurrence = find(name);
  std::string text;
  for (size_t array = 0; array < kArrays; ++array)
    if (analyse(recurrence).copied[array]) text += recurrence.references[array].array;
  return text;
}

TEST(NamedRecurrences, become_regular_by_what_im2col_and_lines_merge) {
  EXPECT_TRUE(analyse(find("gemm")).regular);
  EXPECT_TRUE(analyse(find("conv1d")).regular);
  for (const char* name :
       {"conv2d", "depthwise", "depthwise-multiplier", "fuse-row", "fuse-col", "pointwise"})
    EXPECT_FALSE(analyse(find(name)).regular) << name;
  EXPECT_EQ(groups_text("conv2d"), "(y, x) f (ky, kx, c)");
  EXPECT_EQ(groups_text("depthwise"), "c (y, x) (ky, kx)");
  EXPECT_EQ(groups_text("depthwise-multiplier"), "c m (y, x) (ky, kx)");
  EXPECT_EQ(groups_text("pointwise"), "(y, x) f c");
  EXPECT_EQ(groups_text("fuse-row"), "(c, y) x k");
  EXPECT_EQ(groups_text("fuse-col"), "(c, x) y k");
  EXPECT_EQ(copied_text("gemm"), "");
  EXPECT_EQ(copied_text("pointwise"), "");
  EXPECT_EQ(copied_text("conv2d"), "I");
  EXPECT_EQ(copied_text("depthwise"), "I");
  EXPECT_EQ(copied_text("fuse-row"), "W");
  EXPECT_THAT(analyse(find("depthwise")).merged[1], IsEmpty());
  EXPECT_THAT(analyse(find("depthwise-multiplier")).merged[1], testing::SizeIs(1));
  EXPECT_THAT(analyse(find("fuse-row")).directions[1], ElementsAre(Vector{0, 0, 1, -1}));
}

TEST(MergedSubscripts, are_quotients_and_remainders_of_the_merged_index) {
  const Recurrence recurrence = find("conv2d");
  // ky, kx, c of K, K, C.
  const std::string text = merged_text(recurrence, recurrence.references[1], {3, 4, 5}, "r");
  EXPECT_EQ(text, "I[r%C, y + r/(K*C), x + r/C%K]");
  // As values: r counts through the loops in their order.
  const int64_t k = recurrence.bound(3), c = recurrence.bound(5);
  int64_t r = 0;
  for (int64_t ky = 0; ky < k; ++ky)
    for (int64_t kx = 0; kx < k; ++kx)
      for (int64_t channel = 0; channel < c; ++channel, ++r) {
        EXPECT_EQ(r % c, channel);
        EXPECT_EQ(r / (k * c), ky);
        EXPECT_EQ(r / c % k, kx);
      }
}

TEST(Reasons, for_one_column_are_words_without_reuse_or_directions_in_a_plane) {
  const auto of = [](const char* name, Links links) {
    const Recurrence recurrence = find(name);
    return reasons(recurrence, analyse(recurrence),
                   search(recurrence, links, Kind::kWhole).value().best);
  };
  EXPECT_THAT(of("depthwise", Links::kSystolic),
              ElementsAre(HasSubstr("Every word of I serves one operation: no index is left that "
                                    "I does not depend on."),
                          HasSubstr("There is none: c is in all three")));
  EXPECT_THAT(of("conv1d", Links::kSystolic),
              ElementsAre(HasSubstr("directions of O (k+1), I (x+1, k-1) and W (x+1) lie in a "
                                    "plane")));
  for (const char* name : {"gemm", "conv2d", "fuse-row", "depthwise-multiplier"})
    EXPECT_THAT(of(name, Links::kRowBroadcast), IsEmpty()) << name;
}

// ---------------------------------------------------------------- formulas

TEST(Polynomials, are_written_by_degree_and_order_of_the_bounds) {
  const std::vector<Symbol> symbols{{"A", 3}, {"B", 5}, {"C", 7}};
  const auto symbol = [](size_t which) { return Polynomial::symbol(which, 3); };
  const Polynomial formula = symbol(0) * symbol(2) + symbol(1) * Polynomial(-2) + Polynomial(4) +
                             symbol(0) * symbol(0) * symbol(1);
  EXPECT_EQ(formula.text(symbols), "A*A*B + A*C - 2*B + 4");
  EXPECT_EQ(formula.value(symbols), 45 + 21 - 10 + 4);
  EXPECT_EQ((formula - formula).text(symbols), "0");
  EXPECT_EQ((symbol(1) - Polynomial(1)).factor_text(symbols), "(B - 1)");
  EXPECT_EQ(Polynomial(-3).text(symbols), "-3");
}

TEST(Polynomials, cover_each_other_whatever_the_bounds) {
  const Polynomial a = Polynomial::symbol(0, 2), b = Polynomial::symbol(1, 2);
  EXPECT_TRUE((a * b).covers(a));
  EXPECT_TRUE((a + b).covers(a + Polynomial(1)));
  EXPECT_FALSE((a + b).covers(a + Polynomial(2)));
  EXPECT_FALSE(a.covers(b));
  EXPECT_TRUE(a.covers(Polynomial(1)));
  EXPECT_FALSE((a - Polynomial(1)).covers(Polynomial(1)));
  const std::vector<Symbol> symbols{{"A", 3}, {"B", 5}};
  Maximum maximum;
  maximum.add(a);
  maximum.add(b);
  maximum.add(Polynomial(1));
  EXPECT_EQ(maximum.text(symbols), "max(A, B)");
  EXPECT_EQ(maximum.value(symbols), 5);
  maximum.add(a + b);
  EXPECT_EQ(maximum.text(symbols), "A + B");
}

TEST(Polynomials, say_where_a_value_does_not_fit) {
  std::vector<Symbol> symbols{{"A", kMaxBound}};
  Polynomial power(1);
  for (int i = 0; i < 4; ++i) power = power * Polynomial::symbol(0, 1);
  try {
    power.value(symbols);
    FAIL();
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(), "bounds: A*A*A*A has more than 63 bits, smaller bounds are needed");
  }
}

TEST(Ratios, have_common_symbols_cancelled) {
  const std::vector<Symbol> symbols{{"A", 3}, {"B", 5}, {"C", 7}};
  const auto symbol = [](size_t which) { return Polynomial::symbol(which, 3); };
  const Polynomial a = symbol(0), b = symbol(1), c = symbol(2), one(1);
  EXPECT_EQ(ratio_text(a * b * c, {a, b, c + one}, "", symbols), "C/(C + 1)");
  EXPECT_EQ(ratio_text(a * b, {a, b}, "", symbols), "1");
  EXPECT_EQ(ratio_text(a, {a * b + a * c}, "", symbols), "1/(B + C)");
  EXPECT_EQ(ratio_text(a, {b, c + one}, "", symbols), "A/(B*(C + 1))");
  EXPECT_EQ(ratio_text(a * b, {a}, "max(B, C)", symbols), "B/(max(B, C))");
}

}  // namespace
}  // namespace rowcast::recurrence
