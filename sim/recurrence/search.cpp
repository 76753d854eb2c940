#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <tuple>

#include "sim/recurrence/mapping.h"

namespace rowcast::recurrence {
namespace {

// ---------------------------------------------------------------- matrices

// T, and the vectors that it takes to one step of each kind.
struct Transform {
  std::array<Triple, 3> rows;
  Triple stay;                                    // to (0, 0, 1)
  std::array<Triple, kMaxRegisters> east, south;  // to (0, 1, n) and (1, 0, n)
  Triple broadcast;                               // to (0, 1, 0)
};

Triple cross(const Triple& a, const Triple& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

int dot(const Triple& a, const Triple& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Triple scaled_sum(const Triple& a, int factor, const Triple& b) {
  return {a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]};
}

// All vectors with entries from -most to most but zero.
std::vector<Triple> vectors(int most) {
  std::vector<Triple> result;
  for (int a = -most; a <= most; ++a)
    for (int b = -most; b <= most; ++b)
      for (int c = -most; c <= most; ++c)
        if (a != 0 || b != 0 || c != 0) result.push_back({a, b, c});
  return result;
}

// All unimodular ones; of two that differ in sign alone, which are one mapping with all indices
// running backwards, one.
const std::vector<Transform>& transforms() {
  static const std::vector<Transform> all = [] {
    std::vector<Transform> result;
    const std::vector<Triple> places = vectors(1), times = vectors(2);
    for (const Triple& time : times) {
      if (time < Triple{-time[0], -time[1], -time[2]}) continue;
      for (const Triple& row : places)
        for (const Triple& column : places) {
          const int determinant = dot(cross(row, column), time);
          if (std::abs(determinant) != 1) continue;
          // The inverse's columns; the determinant is its own inverse.
          const auto inverse = [&](const Triple& adjoint) {
            return scaled_sum({}, determinant, adjoint);
          };
          const Triple south = inverse(cross(column, time)), east = inverse(cross(time, row)),
                       stay = inverse(cross(row, column));
          Transform t{.rows = {row, column, time},
                      .stay = stay,
                      .east = {},
                      .south = {},
                      .broadcast = east};
          for (int n = 0; n < kMaxRegisters; ++n) {
            t.east[n] = scaled_sum(east, n + 1, stay);
            t.south[n] = scaled_sum(south, n + 1, stay);
          }
          result.push_back(t);
        }
    }
    return result;
  }();
  return all;
}

// ---------------------------------------------------------------- one layout of indices in groups

// What the search has to know of a layout: which vectors are reuse of which array.
struct Lattices {
  std::array<std::vector<Vector>, kArrays> conditions;  // rows of zero product
  std::array<bool, 3> empty{};                          // groups without indices
  bool has_sum = false, output_must_stay = false;
  auto operator<=>(const Lattices&) const = default;

  bool shares(size_t array, const Triple& v) const {
    return std::ranges::all_of(conditions[array], [&](const Vector& row) {
      return row[0] * v[0] + row[1] * v[1] + row[2] * v[2] == 0;
    });
  }
  // A form without the groups that have one value.
  Triple real(Triple form) const {
    for (size_t g = 0; g < 3; ++g)
      if (empty[g]) form[g] = 0;
    return form;
  }
  // Leads out of the box, whatever the bounds: an empty group has one value.
  bool leads_out(const Triple& v) const {
    for (size_t g = 0; g < 3; ++g)
      if (empty[g] && v[g] != 0) return true;
    return false;
  }
};

// A form's span over the box, the groups that are known left out.
Span extent(const Triple& form, const Triple& known) {
  Span span{.factors = {}, .constant = 1};
  for (size_t g = 0; g < 3; ++g) span.factors[g] = known[g] ? 0 : std::abs(form[g]);
  return span;
}

Span sum(Span a, const Span& b) {
  for (size_t g = 0; g < 3; ++g) a.factors[g] += b.factors[g];
  a.constant += b.constant;
  return a;
}

// Groups whose values are the same for all operations of one row (or column).
Triple known_from(const Triple& axis) {
  const Triple size{std::abs(axis[0]), std::abs(axis[1]), std::abs(axis[2])};
  return size[0] + size[1] + size[2] == 1 ? size : Triple{};
}

struct Candidate {
  std::array<Triple, 3> transform;
  std::array<Motion, kArrays> motions;
  int dimensions = 0;
  Span rows, columns, cycles;
  std::vector<Span> periods, fills;
  std::vector<int> taste;  // less is better, after everything that can be counted
};

// What the edge does before the first operation for words that move along `axis`.
Span fill_along(const Triple& axis, const Triple& time, int registers) {
  Span fill;
  for (size_t g = 0; g < 3; ++g)
    fill.factors[g] = std::min(time[g], 0) - std::min(time[g] - registers * axis[g], 0) -
                      registers * std::min(axis[g], 0);
  return fill;
}

Candidate candidate(const Transform& transform, const std::array<Motion, kArrays>& motions,
                    const Lattices& lattices) {
  const auto& [row, column, time] = transform.rows;
  const auto real = [&](const Triple& form) { return lattices.real(form); };
  Candidate result{.transform = transform.rows,
                   .motions = motions,
                   .dimensions = 0,
                   .rows = {},
                   .columns = {},
                   .cycles = {},
                   .periods = {},
                   .fills = {},
                   .taste = {}};
  result.dimensions = (real(row) != Triple{}) + (real(column) != Triple{});
  for (const size_t input : {1, 2})
    if (!motions[input].shared) result.dimensions = std::min(result.dimensions, 1);
  result.rows = extent(real(row), {});
  result.columns = extent(real(column), {});
  result.cycles = extent(real(time), {});
  Triple of_a_pe{};
  for (size_t g = 0; g < 3; ++g) of_a_pe[g] = transform.stay[g] == 0;
  result.periods.push_back(extent(real(time), of_a_pe));
  int registers = 0, broadcast = 0, alone = 0, loads = 0;
  Span row_busy, row_fill;  // of the row's link, by what moves there
  for (size_t array = 0; array < kArrays; ++array) {
    const Motion& motion = motions[array];
    alone += !motion.shared;
    registers += motion.registers;
    const bool along_row = motion.way == Way::kRow;
    const Triple axis = real(along_row ? column : row);
    switch (motion.way) {
      case Way::kStays:
        loads += array != kOutput;
        break;
      case Way::kBroadcast:
        ++broadcast;
        result.periods.push_back(extent(real(time), known_from(row)));
        break;
      default:
        const Span busy = extent(scaled_sum(real(time), -motion.registers, axis),
                                 known_from(along_row ? row : column));
        const Span fill =
            array == kOutput ? Span{} : fill_along(axis, real(time), motion.registers);
        result.periods.push_back(busy);
        result.fills.push_back(fill);
        if (along_row) row_busy = busy, row_fill = fill;
    }
  }
  // What stays is loaded along the row, a word a PE.
  for (int load = 0; load < loads; ++load) {
    row_busy = sum(row_busy, result.columns);
    row_fill = sum(row_fill, result.columns);
  }
  if (loads > 0) {
    result.periods.push_back(row_busy);
    result.fills.push_back(row_fill);
  }
  int size = 0, negative = 0;
  for (const Triple& form : transform.rows)
    for (const int factor : form) {
      size += std::abs(factor);
      negative += factor < 0;
    }
  result.taste = {motions[kOutput].way != Way::kStays, broadcast, registers, alone, size, negative};
  for (size_t axis : {2, 0, 1})
    for (const int factor : transform.rows[axis]) result.taste.push_back(-factor);
  return result;
}

// Rows and columns of the array that go hand in hand, so that most of it has no operations at all.
bool is_diagonal(const Transform& transform, const Lattices& lattices) {
  const Triple row = lattices.real(transform.rows[0]), column = lattices.real(transform.rows[1]);
  return row != Triple{} && column != Triple{} && cross(row, column) == Triple{};
}

// How an array's words may come under T.
std::vector<Motion> motions_of(size_t array, const Transform& transform, const Lattices& lattices,
                               Links links) {
  std::vector<Motion> result;
  const bool input = array != kOutput;
  const auto consider = [&](Way way, int registers, const Triple& direction) {
    const bool shared = !lattices.leads_out(direction);
    if (shared && !lattices.shares(array, direction)) return false;
    // What serves one operation alone is no reason to stay; and a sum has more than one term.
    if (!shared && (input ? way == Way::kStays : lattices.has_sum)) return false;
    result.push_back({way, registers, direction, shared});
    return true;
  };
  consider(Way::kStays, 0, transform.stay);
  if (!input && lattices.output_must_stay) return result;
  for (int n = 1; n <= kMaxRegisters; ++n)
    if (consider(Way::kRow, n, transform.east[n - 1])) break;
  for (int n = 1; n <= kMaxRegisters; ++n)
    if (consider(Way::kColumn, n, transform.south[n - 1])) break;
  if (input && links == Links::kRowBroadcast) consider(Way::kBroadcast, 0, transform.broadcast);
  return result;
}

// All valid mappings of the layout; of those with the same counts one.
std::vector<Candidate> candidates(const Lattices& lattices, Links links) {
  using Counts = std::tuple<Span, Span, Span, std::vector<Span>, std::vector<Span>>;
  std::map<Counts, Candidate> best;
  for (const Transform& transform : transforms()) {
    if (is_diagonal(transform, lattices)) continue;
    const std::vector<Motion> outputs = motions_of(kOutput, transform, lattices, links);
    if (outputs.empty()) continue;
    const std::vector<Motion> first = motions_of(1, transform, lattices, links);
    if (first.empty()) continue;
    const std::vector<Motion> second = motions_of(2, transform, lattices, links);
    for (const Motion& o : outputs)
      for (const Motion& a : first)
        for (const Motion& b : second) {
          const auto taken = [&](Way way) {
            return (o.way == way) + (a.way == way) + (b.way == way);
          };
          if (std::max({taken(Way::kRow), taken(Way::kColumn), taken(Way::kBroadcast)}) > 1)
            continue;
          Candidate found = candidate(transform, {o, a, b}, lattices);
          const Counts counts(found.rows, found.columns, found.cycles, found.periods, found.fills);
          const auto [known, fresh] = best.try_emplace(counts, found);
          if (!fresh && found.taste < known->second.taste) known->second = std::move(found);
        }
  }
  std::vector<Candidate> result;
  for (auto& [counts, found] : best) result.push_back(std::move(found));
  return result;
}

// ---------------------------------------------------------------- layouts

struct Layout {
  std::array<Group, 3> groups;
  std::vector<size_t> folds;
};

bool contains(const std::vector<size_t>& indices, size_t index) {
  return std::ranges::find(indices, index) != indices.end();
}

// Sums can be made by it: all terms of a fold along one direction, and from fold to fold in place.
bool sums_fit(const Recurrence& recurrence, const Layout& layout,
              const std::vector<size_t>& reduction) {
  const Reference& output = recurrence.references[kOutput];
  const std::vector<Group> groups(layout.groups.begin(), layout.groups.end());
  const Kept sum = kept(output, groups);
  std::vector<Group> all;
  for (size_t i = 0; i < recurrence.indices.size(); ++i) all.push_back({i});
  const size_t across = static_cast<size_t>(
      std::ranges::count_if(layout.folds, [&](size_t fold) { return contains(reduction, fold); }));
  // Empty groups are directions of the groups' space, and none of the sum.
  const size_t empty = static_cast<size_t>(std::ranges::count_if(groups, &Group::empty));
  return sum.after - empty == sum.before && reuse(output, groups).size() - empty <= 1 &&
         reuse(output, all).size() == sum.before + across;
}

class Search {
 public:
  Search(const Recurrence& recurrence, Links links, Kind kind)
      : recurrence_(recurrence), links_(links), kind_(kind), reduction_(recurrence.reduction()) {}

  std::optional<Found> run() {
    if (kind_ == Kind::kPasses && reduction_.size() < 2) return {};
    assign(0, 0);
    if (trade_.empty()) return {};
    Found found{trade_.begin()->second.mapping, {}};
    for (auto other = std::next(trade_.begin());
         other != trade_.end() && found.alternatives.size() < kMaxAlternatives; ++other)
      found.alternatives.push_back(other->second.mapping);
    return found;
  }

 private:
  // Every index into one of the groups that there are, a new one, or the folds.
  void assign(size_t index, size_t used) {
    if (index == recurrence_.indices.size()) {
      if (used > 0) consider();
      return;
    }
    for (size_t g = 0; g < std::min<size_t>(used + 1, 3); ++g) {
      layout_.groups[g].push_back(index);
      assign(index + 1, std::max(used, g + 1));
      layout_.groups[g].pop_back();
    }
    layout_.folds.push_back(index);
    assign(index + 1, used);
    layout_.folds.pop_back();
  }

  void consider() {
    const bool passes =
        std::ranges::any_of(layout_.folds, [&](size_t fold) { return contains(reduction_, fold); });
    if (passes != (kind_ == Kind::kPasses) || !sums_fit(recurrence_, layout_, reduction_)) return;
    const std::vector<Group> groups(layout_.groups.begin(), layout_.groups.end());
    Lattices lattices{
        .conditions = {},
        .empty = {},
        .has_sum = recurrence::kept(recurrence_.references[kOutput], groups).before > 0,
        .output_must_stay = passes};
    // A pass is a recurrence that adds up something.
    if (passes && !lattices.has_sum) return;
    std::array<double, 3> sizes{1, 1, 1};
    for (size_t g = 0; g < 3; ++g) {
      lattices.empty[g] = groups[g].empty();
      for (const size_t index : groups[g])
        sizes[g] *= static_cast<double>(recurrence_.bound(index));
    }
    for (size_t array = 0; array < kArrays; ++array)
      lattices.conditions[array] =
          null_space(reuse(recurrence_.references[array], groups), groups.size());
    auto known = known_.find(lattices);
    if (known == known_.end()) known = known_.emplace(lattices, candidates(lattices, links_)).first;
    double folds = 1;
    for (const size_t fold : layout_.folds) folds *= static_cast<double>(recurrence_.bound(fold));
    int lost = 0;
    for (const Reference& reference : recurrence_.references) {
      const Kept reuse = recurrence::kept(reference, groups);
      lost += static_cast<int>(reuse.before - reuse.after);
    }
    for (const Candidate& found : known->second) judge(found, sizes, folds, lost);
  }

  void judge(const Candidate& found, const std::array<double, 3>& sizes, double folds, int lost) {
    const auto value = [&](const Span& span) {
      double sum = span.constant;
      for (size_t g = 0; g < 3; ++g) sum += span.factors[g] * (sizes[g] - 1);
      return sum;
    };
    const auto largest = [&](const std::vector<Span>& spans) {
      double most = 0;
      for (const Span& span : spans) most = std::max(most, value(span));
      return most;
    };
    if (found.dimensions < dimensions_) return;
    if (found.dimensions > dimensions_) trade_.clear();
    dimensions_ = found.dimensions;
    const double length = (folds - 1) * largest(found.periods) + value(found.cycles),
                 pes = value(found.rows) * value(found.columns);
    keep({length, pes}, {largest(found.fills), lost, found.taste}, found);
  }

  using Costs = std::pair<double, double>;  // length, PEs
  // Where costs are equal: fill, reuse lost by copying, taste.
  using Rank = std::tuple<double, int, std::vector<int>>;
  struct Traded {
    Rank rank;
    Mapping mapping;
  };

  // Unless another one beats it in both costs.
  void keep(const Costs& costs, const Rank& rank, const Candidate& found) {
    for (const auto& [other, traded] : trade_)
      if (other == costs ? traded.rank <= rank
                         : other.first <= costs.first && other.second <= costs.second)
        return;
    std::erase_if(trade_, [&](const auto& other) {
      return costs.first <= other.first.first && costs.second <= other.first.second;
    });
    trade_.emplace(costs, Traded{rank, mapping(found)});
  }

  Mapping mapping(const Candidate& found) const {
    Mapping result{.groups = layout_.groups,
                   .folds = {},
                   .transform = found.transform,
                   .motions = found.motions,
                   .dimensions = found.dimensions,
                   .rows = found.rows,
                   .columns = found.columns,
                   .cycles = found.cycles,
                   .periods = found.periods,
                   .fills = found.fills};
    for (const bool sum : {false, true})
      for (const size_t fold : layout_.folds)
        if (contains(reduction_, fold) == sum) result.folds.push_back(fold);
    return result;
  }

  const Recurrence& recurrence_;
  const Links links_;
  const Kind kind_;
  const std::vector<size_t> reduction_;
  Layout layout_;
  std::map<Lattices, std::vector<Candidate>> known_;
  int dimensions_ = 0;
  std::map<Costs, Traded> trade_;  // shortest first
};

}  // namespace

std::optional<Found> search(const Recurrence& recurrence, Links links, Kind kind) {
  return Search(recurrence, links, kind).run();
}

}  // namespace rowcast::recurrence
