// Recurrences as text:
//
//   # to the end of the line
//   title Matrix product
//   index i < M = 64
//   index j < N = 64
//   index k < K = 64
//   O[i, j] += A[i, k] * B[k, j]
//
// An index runs from 0 to a bound, a name whose example value stands where it is first used.
// Subscripts are sums of integers, indices and integers times indices. One equation ends the file.
#pragma once

#include <string>
#include <string_view>

#include "sim/recurrence/recurrence.h"

namespace rowcast::recurrence {

inline constexpr size_t kMaxText = 65536;  // bytes

// `name` is what the recurrence is called, `file` what messages call its text. Throws InputError
// with the first problem, as "FILE:LINE:COLUMN: what is wrong, allowed" (columns count bytes).
Recurrence parse(std::string_view text, const std::string& name, const std::string& file);

// Puts "N=4,K=3" in the place of example values; `where` is how messages call it. Throws InputError
// with all problems.
void set_bounds(Recurrence& recurrence, std::string_view bounds, const std::string& where);

}  // namespace rowcast::recurrence
