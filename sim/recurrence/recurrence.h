// A recurrence: a box of index points, and at each of them O[...] += A[...] * B[...] with affine
// subscripts.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace rowcast::recurrence {

inline constexpr size_t kMaxIndices = 8, kMaxSubscripts = 8;
inline constexpr int64_t kMaxCoefficient = 64, kMaxConstant = 1'000'000, kMaxBound = 1 << 20;
inline constexpr int64_t kMaxOperations = int64_t{1} << 40;

struct Symbol {
  std::string name;
  int64_t value = 0;  // an example, from 1 to kMaxBound
};

// Runs from 0 to its bound, which is excluded.
struct Index {
  std::string name;
  size_t bound = 0;  // of Recurrence::symbols
};

struct Subscript {
  std::vector<int64_t> coefficients;  // one per index
  int64_t constant = 0;
};

struct Reference {
  std::string array;
  std::vector<Subscript> subscripts;

  bool depends_on(size_t index) const;
};

inline constexpr size_t kArrays = 3, kOutput = 0;  // then the two inputs

struct Recurrence {
  std::string name, title;
  std::vector<Symbol> symbols;
  std::vector<Index> indices;
  std::array<Reference, kArrays> references;

  int64_t bound(size_t index) const { return symbols[indices[index].bound].value; }
  // Indices that the output does not depend on.
  std::vector<size_t> reduction() const;
};

// The recurrence in the form that parse.h reads.
std::string text_of(const Recurrence& recurrence);
std::string text_of(const Recurrence& recurrence, const Reference& reference);

// Throws InputError if there are more than kMaxOperations index points.
void check_size(const Recurrence& recurrence);

}  // namespace rowcast::recurrence
