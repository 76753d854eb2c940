// Space-time mappings of a recurrence onto a two-dimensional array.
//
// The indices are laid out in up to three groups (dependence.h) and, one after another, outer
// folds. A unimodular matrix T takes the groups' values to (row, column, cycle): the array's first
// two rows are the processor allocation P, the third is the schedule t. Folds follow each other at
// a period, in the order of their loops, those of the reduction last, so that a sum goes on where
// it stands. After Rao and Kailath 1988 and Kung, "VLSI Array Processors", Prentice Hall 1988,
// chapter 3.
//
// What the array has:
// - a multiplier and an adder in every PE, one operation a cycle;
// - along every row a link of one word, one PE east per `registers` cycles; along every column one,
//   one PE south. Each is one array's. Words enter at the first PE of their link and nowhere else;
//   they pass PEs that have no use for them;
// - an input may stay in its PE, if all operations there (of a fold) use the same element; it is
//   loaded by the row's link, while nothing else moves there, into a second register, so that the
//   fold before it may still be at work. The output may stay and accumulate, if all operations
//   there are terms of the same element;
// - with Links::kRowBroadcast also a wire along every row, which brings one word to all of its PEs
//   within the cycle, for one input.
// The order of a sum's terms is free (integers), so its direction has no sign. How results leave
// is not looked at, nor that a row may be longer than an array.
//
// Valid for all bounds: two operations on one link, wire or place use the same element because
// they differ by a vector of its null space, never because the box is small.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sim/recurrence/dependence.h"
#include "sim/recurrence/polynomial.h"
#include "sim/recurrence/recurrence.h"

namespace rowcast::recurrence {

enum class Links { kSystolic, kRowBroadcast };

enum class Way { kStays, kRow, kColumn, kBroadcast };
inline constexpr int kMaxRegisters = 3;

using Triple = std::array<int, 3>;

// How an array's words come to their operations.
struct Motion {
  Way way = Way::kStays;
  int registers = 0;   // cycles from PE to PE, of kRow and kColumn
  Triple direction{};  // from one use of a word to the next, over the groups
  bool shared = true;  // false: no use is a next one, every word serves one operation
};

// A linear form over the groups' sizes: the sum of factor * (size - 1), plus a constant.
struct Span {
  Triple factors{};
  int constant = 0;
  auto operator<=>(const Span&) const = default;
};

struct Mapping {
  std::array<Group, 3> groups;        // without indices: one value, 0
  std::vector<size_t> folds;          // outermost first
  std::array<Triple, 3> transform{};  // T: row, column, cycle
  std::array<Motion, kArrays> motions;

  // 2: rows and columns work at once. 1: a row or a column does, for that is all that there is, or
  // because every word of some input serves one operation, so that a link's word a cycle is one
  // operation a cycle. 0: one PE.
  int dimensions = 0;
  // Rows, columns, and cycles from a fold's first operation to its last.
  Span rows, columns, cycles;
  // A fold begins no sooner than any of these after the one before: so long a PE, a link, a wire is
  // busy with a fold, or a row with the loading of what stays.
  std::vector<Span> periods;
  // The first word is at the array's edge no more than this before the first operation.
  std::vector<Span> fills;
};

// A mapping's formulas in the bounds.
struct Formulas {
  Polynomial operations, rows, columns, folds, cycles;
  Maximum period, fill;

  // From the first operation to the last, inclusive: (folds - 1) * period + cycles.
  int64_t length(const std::vector<Symbol>& symbols) const;
  std::string length_text(const std::vector<Symbol>& symbols) const;
  // Operations / (PEs * length), and with the fill before the first operation.
  double utilisation(const std::vector<Symbol>& symbols) const;
  double utilisation_with_fill(const std::vector<Symbol>& symbols) const;
  std::string utilisation_text(const std::vector<Symbol>& symbols) const;
  std::string utilisation_with_fill_text(const std::vector<Symbol>& symbols) const;
};
Formulas formulas(const Recurrence& recurrence, const Mapping& mapping);

// Operations that one word serves on its way, at most.
struct Uses {
  std::string text;  // "min(X, K)"
  int64_t value = 1;
};
Uses uses(const Recurrence& recurrence, const Mapping& mapping, size_t array);

// kWhole: a sum is one recurrence's. kPasses: some loops of the reduction are folds, each a
// recurrence with a sum of its own that adds to what stands in the PEs.
enum class Kind { kWhole, kPasses };

struct Found {
  Mapping best;
  // Others that take fewer PEs, and longer; at most kMaxAlternatives, shortest first.
  std::vector<Mapping> alternatives;
};
inline constexpr size_t kMaxAlternatives = 3;

// The mapping that fills most of the array's dimensions; of those the shortest at the example
// bounds, then the one with fewest PEs, the shortest fill, fewest words that move. P's entries are
// -1 to 1, t's -2 to 2. Nothing if there is none.
std::optional<Found> search(const Recurrence& recurrence, Links links, Kind kind);

}  // namespace rowcast::recurrence
