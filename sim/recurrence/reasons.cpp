#include "sim/recurrence/reasons.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rowcast::recurrence {
namespace {

// Every name in it, with "and" before the last.
std::string list_of(const std::vector<std::string>& names) {
  if (names.size() < 2) return names.empty() ? "" : names.front();
  const std::vector<std::string> first(names.begin(), names.end() - 1);
  return fmt::format("{} and {}", fmt::join(first, ", "), names.back());
}

bool depends_on(const Reference& reference, const Group& group) {
  return std::ranges::any_of(group, [&](size_t index) { return reference.depends_on(index); });
}

// Groups that are, or are not, in the arrays' subscripts.
std::vector<std::string> groups_with(const Recurrence& recurrence, const Analysis& analysis,
                                     const std::array<bool, kArrays>& wanted) {
  std::vector<std::string> names;
  for (const Group& group : analysis.groups) {
    bool fits = true;
    for (size_t array = 0; array < kArrays; ++array)
      fits = fits && depends_on(recurrence.references[array], group) == wanted[array];
    if (fits) names.push_back(text_of(recurrence, group));
  }
  return names;
}

}  // namespace

std::string text_of(const Recurrence& recurrence, const Group& group) {
  std::vector<std::string> names;
  for (const size_t index : group) names.push_back(recurrence.indices[index].name);
  return names.size() == 1 ? names.front() : fmt::format("({})", fmt::join(names, ", "));
}

std::string text_of(const Recurrence& recurrence, const std::vector<Group>& groups,
                    const Vector& direction) {
  std::vector<std::string> parts;
  for (size_t g = 0; g < groups.size(); ++g)
    if (direction[g] != 0)
      parts.push_back(fmt::format("{}{:+}", text_of(recurrence, groups[g]), direction[g]));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string merged_text(const Recurrence& recurrence, const Reference& reference,
                        const Group& group, const std::string& name) {
  Recurrence renamed = recurrence;
  std::vector<std::string> below;  // the bounds of the faster indices
  for (auto member = group.rbegin(); member != group.rend(); ++member) {
    std::string& text = renamed.indices[*member].name;
    const std::string& bound = recurrence.symbols[recurrence.indices[*member].bound].name;
    text = name;
    if (below.size() == 1) text += "/" + below.front();
    if (below.size() > 1) text += fmt::format("/({})", fmt::join(below, "*"));
    if (std::next(member) != group.rend()) text += "%" + bound;
    below.insert(below.begin(), bound);
  }
  return text_of(renamed, reference);
}

std::vector<std::string> reasons(const Recurrence& recurrence, const Analysis& analysis,
                                 const Mapping& mapping) {
  std::vector<std::string> result;
  if (mapping.dimensions == 2 || analysis.groups.empty()) return result;
  const auto& references = recurrence.references;
  for (const size_t input : {1, 2}) {
    if (!analysis.merged[input].empty()) continue;
    const std::string& name = references[input].array;
    const std::string& other = references[3 - input].array;
    const std::string& output = references[kOutput].array;
    result.push_back(fmt::format(
        "Every word of {} serves one operation: no index is left that {} does not depend on. A "
        "link brings one word a cycle, so a row that {} comes along makes one operation a cycle, "
        "however many columns it has: one column works, all others starve.",
        name, name, name));
    const std::vector<std::string> sharing =
        groups_with(recurrence, analysis, {true, input == 2, input == 1});
    const std::vector<std::string> everywhere =
        groups_with(recurrence, analysis, {true, true, true});
    if (sharing.empty())
      result.push_back(fmt::format(
          "A second column could share {} only along an index of {} and {} that is none of {} "
          "(filters, in a matrix product). There is none{}.",
          name, output, other, name,
          everywhere.empty()
              ? ""
              : fmt::format(": {} {} in all three, so that its values have no word "
                            "in common",
                            list_of(everywhere), everywhere.size() == 1 ? "is" : "are")));
  }
  if (!result.empty()) return result;
  std::vector<Vector> directions;
  std::vector<std::string> texts;
  for (size_t array = 0; array < kArrays; ++array)
    for (const Vector& direction : analysis.merged[array]) {
      directions.push_back(direction);
      texts.push_back(fmt::format("{} ({})", references[array].array,
                                  text_of(recurrence, analysis.groups, direction)));
    }
  const size_t size = analysis.groups.size(), rank = size - null_space(directions, size).size();
  if (directions.size() == kArrays && rank < kArrays)
    result.push_back(fmt::format(
        "The directions of {} lie in a plane. What stays, what comes along a row and what comes "
        "along a column take three directions that do not: two of these would have to share the "
        "row's link, which brings one word a cycle.",
        list_of(texts)));
  return result;
}

std::vector<std::string> fold_reasons(const Recurrence& recurrence, const Mapping& mapping) {
  std::vector<std::string> result;
  for (const size_t fold : mapping.folds) {
    std::vector<std::string> texts;
    for (const auto& [way, axis] : {std::pair(Way::kRow, "rows"), {Way::kColumn, "columns"}})
      for (size_t array = 0; array < kArrays; ++array)
        if (mapping.motions[array].way == way && recurrence.references[array].depends_on(fold))
          texts.push_back(
              fmt::format("{} comes along the {}", recurrence.references[array].array, axis));
    const std::string& name = recurrence.indices[fold].name;
    if (texts.size() == 2 && recurrence.references[kOutput].depends_on(fold))
      result.push_back(
          fmt::format("{} is taken value by value: {}, and both differ with {}, so that "
                      "PEs of different {} have nothing to hand on to each other.",
                      name, list_of(texts), name, name));
  }
  return result;
}

}  // namespace rowcast::recurrence
