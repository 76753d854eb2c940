// Integer vectors that a matrix takes to zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rowcast::recurrence {

using Vector = std::vector<int64_t>;

// A basis of all integer vectors v of `size` components with rows * v = 0: every one of them is a
// sum of integer multiples of these. Short vectors, as far as adding one to another makes them so,
// each with a positive first component. By elimination on columns (Hermite's form: Cohen, "A Course
// in Computational Algebraic Number Theory", 1993, section 2.4). Throws InputError if numbers have
// more than 63 bits on the way.
std::vector<Vector> null_space(std::vector<Vector> rows, size_t size);

int64_t dot(const Vector& a, const Vector& b);

}  // namespace rowcast::recurrence
