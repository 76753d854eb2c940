// A mapping looked at point by point: every operation put to its row, column and cycle, and what
// the array would have to do for it. Knows a mapping's matrix, groups, folds, ways and period,
// and none of the formulas and null spaces that the search goes by.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/recurrence/mapping.h"

namespace rowcast::test {

using Point = std::vector<int64_t>;

// All points of the box.
void for_each_point(const recurrence::Recurrence& recurrence,
                    const std::function<void(const Point&)>& visit);

// The element of an array that a point uses.
Point element(const recurrence::Reference& reference, const Point& point);

struct Place {
  int64_t row, column, cycle, fold;
};
Place place(const recurrence::Recurrence& recurrence, const recurrence::Mapping& mapping,
            int64_t period, const Point& point);

// From the first operation to the last, inclusive.
int64_t enumerated_length(const recurrence::Recurrence& recurrence,
                          const recurrence::Mapping& mapping, int64_t period);

// Which element of an array each point uses; equal numbers are one element.
std::vector<size_t> elements(const recurrence::Reference& reference,
                             const std::vector<Point>& points);

// Whether the words of these elements can come to their places in a way: those that would meet on a
// link, wire or PE are one word.
bool can_come(recurrence::Way way, int registers, const std::vector<Place>& places,
              const std::vector<size_t>& elements);

// What is wrong with a mapping at the recurrence's example bounds, and where its formulas say
// something else than is counted.
std::vector<std::string> faults(const recurrence::Recurrence& recurrence,
                                const recurrence::Mapping& mapping);

}  // namespace rowcast::test
