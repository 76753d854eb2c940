#include "sim/recurrence/dependence.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <tuple>

namespace rowcast::recurrence {
namespace {

bool depends_on(const Reference& reference, const Group& group) {
  return std::ranges::any_of(group, [&](size_t index) { return reference.depends_on(index); });
}

// The indices one by one.
std::vector<Group> single(size_t indices) {
  std::vector<Group> groups(indices);
  for (size_t i = 0; i < indices; ++i) groups[i] = {i};
  return groups;
}

}  // namespace

std::vector<Vector> conditions(const Reference& reference, const std::vector<Group>& groups) {
  std::vector<Vector> rows;
  for (const Subscript& subscript : reference.subscripts) {
    Vector row(groups.size());
    for (size_t g = 0; g < groups.size(); ++g)
      if (groups[g].size() == 1) row[g] = subscript.coefficients[groups[g].front()];
    rows.push_back(std::move(row));
  }
  for (size_t g = 0; g < groups.size(); ++g)
    if (groups[g].size() > 1 && depends_on(reference, groups[g])) {
      rows.emplace_back(groups.size());
      rows.back()[g] = 1;
    }
  return rows;
}

std::vector<Vector> reuse(const Reference& reference, const std::vector<Group>& groups) {
  return null_space(conditions(reference, groups), groups.size());
}

Kept kept(const Reference& reference, const std::vector<Group>& groups) {
  std::vector<Group> indices;
  Kept result;
  for (const Group& group : groups) {
    for (const size_t index : group) indices.push_back({index});
    // A group that the array does not depend on is one direction for all of its indices.
    if (group.size() > 1 && !depends_on(reference, group)) result.after += group.size() - 1;
  }
  result.before = reuse(reference, indices).size();
  result.after += reuse(reference, groups).size();
  return result;
}

Analysis analyse(const Recurrence& recurrence) {
  Analysis analysis;
  const size_t size = recurrence.indices.size();
  for (size_t array = 0; array < kArrays; ++array)
    analysis.directions[array] = reuse(recurrence.references[array], single(size));
  analysis.regular =
      std::ranges::all_of(analysis.directions, [](const auto& basis) { return basis.size() <= 1; });

  // All partitions of the indices. Of those that make an RIA: most groups, most arrays with reuse
  // left, most of the reuse kept.
  std::tuple<size_t, size_t, size_t> best;
  const auto consider = [&](const std::vector<Group>& groups) {
    if (!kept(recurrence.references[kOutput], groups).all()) return;
    size_t directions = 0, covered = 0;
    for (const Reference& reference : recurrence.references) {
      const size_t count = reuse(reference, groups).size();
      if (count > 1) return;
      directions += count;
      covered += kept(reference, groups).after;
    }
    const std::tuple value(groups.size(), directions, covered);
    if (!analysis.groups.empty() && value <= best) return;
    best = value;
    analysis.groups = groups;
  };
  std::vector<Group> groups;
  const std::function<void(size_t)> assign = [&](size_t index) {
    if (index == size) return consider(groups);
    for (size_t g = 0; g < groups.size(); ++g) {
      groups[g].push_back(index);
      assign(index + 1);
      groups[g].pop_back();
    }
    groups.push_back({index});
    assign(index + 1);
    groups.pop_back();
  };
  assign(0);
  if (analysis.groups.empty()) return analysis;
  for (size_t array = 0; array < kArrays; ++array) {
    analysis.merged[array] = reuse(recurrence.references[array], analysis.groups);
    analysis.copied[array] = !kept(recurrence.references[array], analysis.groups).all();
  }
  return analysis;
}

}  // namespace rowcast::recurrence
