#include "sim/recurrence/lattice.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "generator/error.h"

namespace rowcast::recurrence {
namespace {

// target += factor * source
void add_multiple(Vector& target, int64_t factor, const Vector& source) {
  for (size_t i = 0; i < target.size(); ++i) {
    int64_t product = 0;
    if (__builtin_mul_overflow(factor, source[i], &product) ||
        __builtin_add_overflow(target[i], product, &target[i]))
      throw InputError(
          "recurrence: the subscripts' coefficients make numbers of more than 63 bits, "
          "smaller coefficients are needed");
  }
}

int64_t length(const Vector& vector) {
  return std::accumulate(vector.begin(), vector.end(), int64_t{0},
                         [](int64_t sum, int64_t part) { return sum + std::abs(part); });
}

void shorten(std::vector<Vector>& basis) {
  for (bool shorter = true; shorter;) {
    shorter = false;
    for (size_t i = 0; i < basis.size(); ++i)
      for (size_t k = 0; k < basis.size(); ++k)
        for (const int64_t factor : {-1, 1}) {
          if (i == k) continue;
          Vector sum = basis[i];
          add_multiple(sum, factor, basis[k]);
          if (length(sum) >= length(basis[i])) continue;
          basis[i] = std::move(sum);
          shorter = true;
        }
  }
}

}  // namespace

int64_t dot(const Vector& a, const Vector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), int64_t{0});
}

std::vector<Vector> null_space(std::vector<Vector> rows, size_t size) {
  // Column c of the matrix and, below it, of the unit matrix, which notes what was done to it.
  const size_t height = rows.size();
  std::vector<Vector> columns(size, Vector(height + size));
  for (size_t c = 0; c < size; ++c) {
    for (size_t r = 0; r < height; ++r) columns[c][r] = rows[r][c];
    columns[c][height + c] = 1;
  }
  size_t done = 0;
  for (size_t r = 0; r < height && done < size; ++r)
    while (true) {
      // The column with the smallest entry of this row reduces all others.
      std::vector<size_t> left;
      for (size_t c = done; c < size; ++c)
        if (columns[c][r] != 0) left.push_back(c);
      if (left.empty()) break;
      const size_t least =
          *std::ranges::min_element(left, {}, [&](size_t c) { return std::abs(columns[c][r]); });
      if (left.size() == 1) {
        std::swap(columns[least], columns[done++]);
        break;
      }
      for (const size_t c : left)
        if (c != least)
          add_multiple(columns[c], -(columns[c][r] / columns[least][r]), columns[least]);
    }
  std::vector<Vector> basis;
  for (size_t c = done; c < size; ++c) {
    const auto begin = columns[c].begin() + static_cast<std::ptrdiff_t>(height);
    basis.emplace_back(begin, columns[c].end());
  }
  shorten(basis);
  for (Vector& vector : basis)
    if (*std::ranges::find_if(vector, [](int64_t part) { return part != 0; }) < 0)
      for (int64_t& part : vector) part = -part;
  std::ranges::sort(basis, std::ranges::greater{});
  return basis;
}

}  // namespace rowcast::recurrence
