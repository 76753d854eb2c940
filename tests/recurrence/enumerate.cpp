#include "tests/recurrence/enumerate.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace rowcast::test {

using recurrence::kArrays;
using recurrence::kOutput;
using recurrence::Mapping;
using recurrence::Motion;
using recurrence::Recurrence;
using recurrence::Reference;
using recurrence::Way;

void for_each_point(const Recurrence& recurrence, const std::function<void(const Point&)>& visit) {
  Point point(recurrence.indices.size());
  for (bool more = true; more;) {
    visit(point);
    size_t i = point.size();
    while (i > 0 && ++point[i - 1] == recurrence.bound(i - 1)) point[--i] = 0;
    more = i > 0;
  }
}

Point element(const Reference& reference, const Point& point) {
  Point result;
  for (const recurrence::Subscript& subscript : reference.subscripts) {
    int64_t value = subscript.constant;
    for (size_t i = 0; i < point.size(); ++i) value += subscript.coefficients[i] * point[i];
    result.push_back(value);
  }
  return result;
}

Place place(const Recurrence& recurrence, const Mapping& mapping, int64_t period,
            const Point& point) {
  const auto digits = [&](const std::vector<size_t>& indices) {
    int64_t value = 0;
    for (const size_t index : indices) value = value * recurrence.bound(index) + point[index];
    return value;
  };
  std::array<int64_t, 3> at{};
  for (size_t axis = 0; axis < 3; ++axis)
    for (size_t g = 0; g < 3; ++g)
      at[axis] += mapping.transform[axis][g] * digits(mapping.groups[g]);
  const int64_t fold = digits(mapping.folds);
  return {at[0], at[1], at[2] + fold * period, fold};
}

int64_t enumerated_length(const Recurrence& recurrence, const Mapping& mapping, int64_t period) {
  int64_t first = std::numeric_limits<int64_t>::max(), last = std::numeric_limits<int64_t>::min();
  for_each_point(recurrence, [&](const Point& point) {
    const int64_t cycle = place(recurrence, mapping, period, point).cycle;
    first = std::min(first, cycle);
    last = std::max(last, cycle);
  });
  return last - first + 1;
}

namespace {

// Where a word is that meets this operation: its link and when it would be at the link's column 0
// or row 0; its PE and fold; its row and cycle.
using Meeting = std::pair<int64_t, int64_t>;
Meeting meeting(Way way, int registers, const Place& at) {
  switch (way) {
    case Way::kRow:
      return {at.row, at.cycle - registers * at.column};
    case Way::kColumn:
      return {at.column, at.cycle - registers * at.row};
    case Way::kBroadcast:
      return {at.row, at.cycle};
    default:
      return {at.row * 1'000'003 + at.column, at.fold};
  }
}

// An array's words, and what uses each on each way.
using Words = std::map<Meeting, std::vector<size_t>>;
Words words_of(Way way, int registers, const std::vector<Place>& places) {
  Words words;
  for (size_t i = 0; i < places.size(); ++i) words[meeting(way, registers, places[i])].push_back(i);
  return words;
}

}  // namespace

std::vector<size_t> elements(const Reference& reference, const std::vector<Point>& points) {
  std::map<Point, size_t> numbers;
  std::vector<size_t> result;
  for (const Point& point : points)
    result.push_back(numbers.try_emplace(element(reference, point), numbers.size()).first->second);
  return result;
}

bool can_come(Way way, int registers, const std::vector<Place>& places,
              const std::vector<size_t>& elements) {
  std::vector<std::pair<Meeting, size_t>> met;
  for (size_t i = 0; i < places.size(); ++i)
    met.emplace_back(meeting(way, registers, places[i]), elements[i]);
  std::ranges::sort(met);
  return std::ranges::adjacent_find(met, [](const auto& a, const auto& b) {
           return a.first == b.first && a.second != b.second;
         }) == met.end();
}

std::vector<std::string> faults(const Recurrence& recurrence, const Mapping& mapping) {
  std::vector<std::string> result;
  const auto check = [&](bool good, const std::string& what) {
    if (!good) result.push_back(what);
  };
  const auto equal = [&](const char* what, int64_t counted, int64_t formula) {
    check(counted == formula, fmt::format("{} is {}, by the formula {}", what, counted, formula));
  };
  const recurrence::Formulas found = recurrence::formulas(recurrence, mapping);
  const std::vector<recurrence::Symbol>& symbols = recurrence.symbols;
  const int64_t period = found.period.value(symbols);

  std::vector<Point> points;
  std::vector<Place> places;
  for_each_point(recurrence, [&](const Point& point) {
    points.push_back(point);
    places.push_back(place(recurrence, mapping, period, point));
  });
  const auto range = [&](int64_t Place::*member) {
    const auto [least, most] = std::ranges::minmax(places, {}, member);
    return std::pair(least.*member, most.*member);
  };
  const auto [first_row, last_row] = range(&Place::row);
  const auto [first_column, last_column] = range(&Place::column);
  const auto [first_cycle, last_cycle] = range(&Place::cycle);
  equal("the number of operations", static_cast<int64_t>(points.size()),
        found.operations.value(symbols));
  equal("the number of rows", last_row - first_row + 1, found.rows.value(symbols));
  equal("the number of columns", last_column - first_column + 1, found.columns.value(symbols));
  equal("the length", last_cycle - first_cycle + 1, found.length(symbols));
  const double share =
      static_cast<double>(points.size()) /
      static_cast<double>((last_row - first_row + 1) * (last_column - first_column + 1) *
                          (last_cycle - first_cycle + 1));
  check(std::abs(share - found.utilisation(symbols)) < 1e-9 * share, "the utilisation differs");

  std::set<std::tuple<int64_t, int64_t, int64_t>> taken;
  for (const Place& at : places) taken.insert({at.row, at.column, at.cycle});
  check(taken.size() == places.size(), "two operations are on one PE at one time");

  // Folds that a PE works on do not mix.
  std::map<std::pair<int64_t, int64_t>, std::map<int64_t, std::pair<int64_t, int64_t>>> times;
  for (const Place& at : places) {
    auto [known, fresh] = times[{at.row, at.column}].try_emplace(at.fold, at.cycle, at.cycle);
    known->second.first = std::min(known->second.first, at.cycle);
    known->second.second = std::max(known->second.second, at.cycle);
  }
  for (const auto& [pe, folds] : times)
    for (auto fold = folds.begin(); std::next(fold) != folds.end(); ++fold)
      check(fold->second.second < std::next(fold)->second.first, "a PE is in two folds at once");

  std::map<Way, int> users;
  int64_t loads = 0, row_fill = 0, column_fill = 0, row_slots = 0;
  for (size_t array = 0; array < kArrays; ++array) {
    const Motion& motion = mapping.motions[array];
    const Reference& reference = recurrence.references[array];
    const std::string& name = reference.array;
    ++users[motion.way];
    check(can_come(motion.way, motion.registers, places, elements(reference, points)),
          fmt::format("two words of {} meet", name));
    const Words words = words_of(motion.way, motion.registers, places);
    size_t most = 0;
    for (const auto& [where, operations] : words) most = std::max(most, operations.size());
    equal(("the most operations of a word of " + name).c_str(), static_cast<int64_t>(most),
          recurrence::uses(recurrence, mapping, array).value);
    check(motion.shared || most == 1, fmt::format("a word of {} is shared after all", name));
    if (array != kOutput && motion.way == Way::kStays) ++loads;
    if (motion.way != Way::kRow && motion.way != Way::kColumn) continue;
    const bool row = motion.way == Way::kRow;
    // At the edge before anything is done: the first word's way to its first operation.
    int64_t entry = first_cycle;
    std::map<std::pair<int64_t, int64_t>, std::pair<int64_t, int64_t>> slots;  // of a link, a fold
    for (const Place& at : places) {
      const int64_t along = row ? at.column - first_column : at.row - first_row,
                    enters = at.cycle - motion.registers * along;
      entry = std::min(entry, enters);
      auto [known, fresh] = slots.try_emplace({row ? at.row : at.column, at.fold}, enters, enters);
      known->second.first = std::min(known->second.first, enters);
      known->second.second = std::max(known->second.second, enters);
    }
    if (array != kOutput) (row ? row_fill : column_fill) = first_cycle - entry;
    for (const auto& [link, slot] : slots)
      if (row) row_slots = std::max(row_slots, slot.second - slot.first + 1);
  }
  check(users[Way::kRow] <= 1 && users[Way::kColumn] <= 1 && users[Way::kBroadcast] <= 1,
        "two arrays have one link");
  const int64_t columns = last_column - first_column + 1;
  equal("the fill", std::max(column_fill, row_fill + loads * columns), found.fill.value(symbols));
  if (loads > 0 && !mapping.folds.empty())
    check(row_slots + loads * columns <= period, "what stays can not be loaded in time");

  // Every sum: its terms in one PE, nothing else in between; or on one way along a link.
  const Motion& motion = mapping.motions[kOutput];
  check(motion.way != Way::kBroadcast, "the output is broadcast");
  std::map<Point, std::vector<size_t>> sums;
  for (size_t i = 0; i < points.size(); ++i)
    sums[element(recurrence.references[kOutput], points[i])].push_back(i);
  std::map<std::pair<int64_t, int64_t>, std::vector<std::pair<int64_t, int64_t>>> spans;
  for (auto& [result_element, terms] : sums) {
    std::ranges::sort(terms, {}, [&](size_t i) { return places[i].cycle; });
    const Place &first = places[terms.front()], &last = places[terms.back()];
    if (motion.way == Way::kStays) {
      for (const size_t i : terms)
        check(places[i].row == first.row && places[i].column == first.column,
              "a sum is in two PEs");
      spans[{first.row, first.column}].emplace_back(first.cycle, last.cycle);
    } else {
      for (size_t i = 1; i < terms.size(); ++i) {
        const Place &before = places[terms[i - 1]], &after = places[terms[i]];
        const int64_t hops =
            motion.way == Way::kRow ? after.column - before.column : after.row - before.row;
        check(
            hops > 0 && after.cycle - before.cycle == hops * motion.registers &&
                (motion.way == Way::kRow ? after.row == before.row : after.column == before.column),
            "a sum does not reach its next term");
      }
    }
  }
  for (auto& [pe, of_pe] : spans) {
    std::ranges::sort(of_pe);
    for (size_t i = 1; i < of_pe.size(); ++i)
      check(of_pe[i - 1].second < of_pe[i].first, "two sums are in one PE at one time");
  }
  return result;
}

}  // namespace rowcast::test
