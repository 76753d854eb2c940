// The operators that a network's depthwise layers may have, and the choices of them that are worth
// having.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/workload/network.h"

namespace rowcast {

// What each operator of a layer loses of the network's accuracy, by a proxy; one that is missing
// can not be.
using Costs = std::map<Operator, double>;

// Layers that are chosen for together: their channels reach the same layers, or one of them the
// other. (Half keeps the channels, Full doubles them up to the next convolution.) By their places
// in SearchSpace::nodes.
using Group = std::vector<size_t>;
constexpr size_t kMostTogether = 6;

struct SearchSpace {
  Network network{};
  std::vector<int> nodes{};          // fusible_nodes()
  std::vector<std::string> names{};  // how people call them
  std::vector<Costs> costs{};
  std::vector<Operator> allowed{};
  std::vector<Group> groups{};       // each node in one, by their first nodes
  std::vector<std::string> notes{};  // operators that can not be, and why
};
// `costs` of each of fusible_nodes(). Throws InputError if there are none, or more than
// kMostTogether go together.
SearchSpace search_space(const Network& network, std::vector<Costs> costs,
                         std::vector<Operator> allowed);

// The share of the depthwise layers' taps that an operator loses, distinct places of a kernel
// counted by its filters: of K² Half keeps K, Full 2K - 1. A weak proxy: it knows nothing of what
// has been learnt.
std::vector<Costs> tap_costs(const Network& network);

// One of a group's combinations of operators, all else depthwise.
struct Alternative {
  std::vector<Operator> operators{};  // of the group's layers
  double loss = 0;
  int64_t cycles = 0;     // of the whole network
  std::string problem{};  // why it can not be; then there are no cycles
};
// All allowed combinations of each group, without cycles.
std::vector<std::vector<Alternative>> alternatives_of(const SearchSpace& space);

// An operator for each of SearchSpace::nodes.
using Operators = std::vector<Operator>;
Operators operators_of(const SearchSpace& space, const Group& group,
                       const Alternative& alternative);
// The network with these. What is wrong with its shapes, if anything, goes into `problem`.
Network network_of(const SearchSpace& space, const Operators& operators, std::string& problem);
// Added up as the front's are: group by group. Nothing if one of them can not be.
std::optional<double> loss_of(const SearchSpace& space, const Operators& operators);

struct Candidate {
  Operators operators{};
  int64_t cycles = 0;
  double loss = 0;
};
// What no other choice beats in both, from few cycles to many. `cycles` are those of the network as
// it is; a choice's are these and what each of its alternatives changes by itself: exact where the
// cycles of layers add up. Throws InputError if a group has no
// alternative that can be.
std::vector<Candidate> front_of(const SearchSpace& space,
                                const std::vector<std::vector<Alternative>>& alternatives,
                                int64_t cycles);

}  // namespace rowcast
