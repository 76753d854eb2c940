#include "sim/search/space.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "generator/error.h"
#include "generator/text.h"
#include "sim/search/front.h"

namespace rowcast {
namespace {

using Places = std::set<size_t>;

// Groups of places, joined where something reads what several of them decide.
class Groups {
 public:
  explicit Groups(size_t places) : leader_(places) {
    std::iota(leader_.begin(), leader_.end(), size_t{0});
  }
  void join(const Places& places) {
    if (places.empty()) return;
    const size_t first = leader(*places.begin());
    for (const size_t place : places) {
      const size_t other = leader(place);
      leader_[std::max(first, other)] = std::min(first, other);
    }
  }
  std::vector<Group> all() {
    std::map<size_t, Group> groups;
    for (size_t place = 0; place < leader_.size(); ++place) groups[leader(place)].push_back(place);
    std::vector<Group> result;
    for (auto& [first, group] : groups) result.push_back(std::move(group));
    return result;
  }

 private:
  size_t leader(size_t place) const {
    while (leader_[place] != place) place = leader_[place];
    return place;
  }
  std::vector<size_t> leader_;
};

}  // namespace

SearchSpace search_space(const Network& network, std::vector<Costs> costs,
                         std::vector<Operator> allowed) {
  SearchSpace space{.network = network,
                    .nodes = fusible_nodes(network),
                    .names = {},
                    .costs = std::move(costs),
                    .allowed = std::move(allowed)};
  const bool doubles = std::ranges::find(space.allowed, Operator::kFull) != space.allowed.end();
  if (space.nodes.empty())
    throw InputError(fmt::format(
        "network: {} has no depthwise layer that can be FuSe (an odd square kernel of more than "
        "one tap, a filter a channel), allowed is one that has",
        in_quotes(network.name)));
  std::map<int, size_t> place_of;
  for (const int node : space.nodes) {
    place_of[node] = space.names.size();
    space.names.push_back(network.nodes[node].name);
  }

  // With all of them Full, which other nodes' channels follow them is marked.
  const Network full =
      transform(network, std::vector<Operator>(network.nodes.size(), Operator::kFull));
  Groups groups(space.nodes.size());
  std::vector<Places> decided(full.nodes.size());  // who decides a node's number of channels
  const auto decide = [&](int node) { return node < 0 ? Places{} : decided[node]; };
  for (size_t i = 0; i < full.nodes.size(); ++i) {
    const Node& node = full.nodes[i];
    Places reads;
    for (const int input : node.inputs) reads.merge(decide(input));
    decided[i] = reads;
    if (node.op == Op::kGather) {
      // It takes elements by their numbers, so there may be no more of them.
      for (const size_t place : reads)
        if (space.costs[place].erase(Operator::kFull) > 0)
          space.notes.push_back(
              fmt::format("{}: full can not be, {} takes elements of it by their "
                          "numbers",
                          space.names[place], node.name));
      decided[i].clear();
      continue;
    }
    if (node.op == Op::kLayer) {
      if (!is_channelwise(node.layer))
        decided[i] = node.out_like < -1 ? Places{} : decide(node.out_like);
      reads.merge(decide(node.out_like));
      if (const auto own = place_of.find(static_cast<int>(i)); own != place_of.end()) {
        reads.insert(own->second);
        if (doubles && space.costs[own->second].contains(Operator::kFull))
          decided[i].insert(own->second);
      }
    }
    groups.join(reads);
  }
  space.groups = groups.all();
  for (const Group& group : space.groups)
    if (group.size() > kMostTogether)
      throw InputError(fmt::format(
          "--operators: full doubles channels that reach from {} to {}, so {} layers would have to "
          "be chosen for together, allowed are up to {} (depthwise,half keeps them apart)",
          space.names[group.front()], space.names[group.back()], group.size(), kMostTogether));
  return space;
}

std::vector<Costs> tap_costs(const Network& network) {
  std::vector<Costs> costs;
  double all = 0;
  for (const int node : fusible_nodes(network)) {
    const Layer& layer = network.nodes[node].layer;
    const double k = layer.kernel_w, filters = layer.out_channels;
    all += filters * k * k;
    costs.push_back({{Operator::kDepthwise, 0},
                     {Operator::kHalf, filters * (k * k - k)},
                     {Operator::kFull, filters * (k * k - (2 * k - 1))}});
  }
  for (Costs& layer : costs)
    for (auto& [op, cost] : layer) cost /= all;
  return costs;
}

std::vector<std::vector<Alternative>> alternatives_of(const SearchSpace& space) {
  std::vector<std::vector<Alternative>> all;
  for (const Group& group : space.groups) {
    std::vector<Alternative>& combinations = all.emplace_back(1);
    for (const size_t place : group) {
      std::vector<Alternative> longer;
      for (const Alternative& alternative : combinations)
        for (const Operator op : space.allowed) {
          const auto cost = space.costs[place].find(op);
          if (cost == space.costs[place].end()) continue;
          longer.push_back(alternative);
          longer.back().operators.push_back(op);
          longer.back().loss += cost->second;
        }
      combinations = std::move(longer);
    }
  }
  return all;
}

Operators operators_of(const SearchSpace& space, const Group& group,
                       const Alternative& alternative) {
  Operators operators(space.nodes.size(), Operator::kDepthwise);
  for (size_t i = 0; i < group.size(); ++i) operators[group[i]] = alternative.operators[i];
  return operators;
}

Network network_of(const SearchSpace& space, const Operators& operators, std::string& problem) {
  std::vector<Operator> by_node(space.network.nodes.size(), Operator::kDepthwise);
  for (size_t i = 0; i < operators.size(); ++i) by_node[space.nodes[i]] = operators[i];
  Network network = transform(space.network, by_node);
  problem = infer_shapes(network);
  return network;
}

std::optional<double> loss_of(const SearchSpace& space, const Operators& operators) {
  double loss = 0;
  for (const Group& group : space.groups) {
    double of_group = 0;
    for (const size_t place : group) {
      const auto cost = space.costs[place].find(operators[place]);
      if (cost == space.costs[place].end()) return std::nullopt;
      of_group += cost->second;
    }
    loss += of_group;
  }
  return loss;
}

std::vector<Candidate> front_of(const SearchSpace& space,
                                const std::vector<std::vector<Alternative>>& alternatives,
                                int64_t cycles) {
  std::vector<std::vector<Option>> stages;
  std::vector<std::vector<const Alternative*>> possible;
  for (const std::vector<Alternative>& of_group : alternatives) {
    std::vector<Option>& options = stages.emplace_back();
    auto& there = possible.emplace_back();
    for (const Alternative& alternative : of_group)
      if (alternative.problem.empty()) {
        options.push_back({alternative.cycles - cycles, alternative.loss});
        there.push_back(&alternative);
      }
    if (options.empty()) {
      const size_t place = space.groups[stages.size() - 1].front();
      throw InputError(
          fmt::format("{}: no operator can be: {}", space.names[place],
                      of_group.empty() ? "none is allowed" : of_group.front().problem));
    }
  }
  std::vector<Candidate> candidates;
  for (const Sum& sum : front_of(stages, cycles)) {
    Candidate& candidate = candidates.emplace_back(
        Candidate{.operators = Operators(space.nodes.size(), Operator::kDepthwise),
                  .cycles = sum.cycles,
                  .loss = sum.loss});
    for (size_t g = 0; g < sum.options.size(); ++g)
      for (size_t i = 0; i < space.groups[g].size(); ++i)
        candidate.operators[space.groups[g][i]] = possible[g][sum.options[g]]->operators[i];
  }
  return candidates;
}

}  // namespace rowcast
