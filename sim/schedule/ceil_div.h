// Division that rounds up, of numbers that are not negative.
#pragma once

#include <cstdint>

namespace rowcast {

inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace rowcast
