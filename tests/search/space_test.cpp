// Which operators a network may have, and its front against every choice there is.
#include "sim/search/space.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "generator/error.h"
#include "sim/formats/network_file.h"
#include "sim/model/layer_cycles.h"
#include "sim/sweep/pareto.h"

namespace rowcast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<Operator> kAll(kOperators.begin(), kOperators.end());
constexpr ArrayConfig kArray{.rows = 8, .cols = 8};

std::string inverted(int out, int stride, int kernel, const char* more = "") {
  return fmt::format(
      "[[block]]\ntype = \"inverted_residual\"\nexpand = 3\nout = {}\nstride = {}\nkernel = "
      "{}\n{}\n",
      out, stride, kernel, more);
}

Network network_from(const std::string& blocks) {
  return parse_network("name = \"n\"\ninput = [4, 12, 12]\n" + blocks, "n.toml");
}

int64_t cycles_of(LayerCycles& layers, const Network& network) {
  int64_t cycles = 0;
  for (const Node& node : network.nodes)
    if (node.op == Op::kLayer) cycles += layers.of(node.layer, *find_mapping("auto")).cycles;
  return cycles;
}

void fill(LayerCycles& layers, const SearchSpace& space,
          std::vector<std::vector<Alternative>>& alternatives) {
  for (size_t g = 0; g < alternatives.size(); ++g)
    for (Alternative& alternative : alternatives[g]) {
      const Network network =
          network_of(space, operators_of(space, space.groups[g], alternative), alternative.problem);
      if (alternative.problem.empty()) alternative.cycles = cycles_of(layers, network);
    }
}

// Costs that add up without rounding.
std::vector<Costs> random_costs(const Network& network, std::mt19937_64& random) {
  std::vector<Costs> costs(fusible_nodes(network).size());
  for (Costs& layer : costs) {
    for (const Operator op : kOperators)
      if (random() % 8 > 0) layer[op] = static_cast<double>(random() % 64) / 8 - 1;
    if (layer.empty()) layer[Operator::kHalf] = 0;
  }
  return costs;
}

using Points = std::vector<std::pair<double, double>>;

Points by_force(LayerCycles& layers, const SearchSpace& space) {
  Points all;
  Operators operators(space.nodes.size());
  const auto choose = [&](const auto& self, size_t place) -> void {
    if (place < operators.size()) {
      for (const auto& [op, cost] : space.costs[place]) {
        operators[place] = op;
        self(self, place + 1);
      }
      return;
    }
    std::string problem;
    const Network network = network_of(space, operators, problem);
    if (problem.empty())
      all.emplace_back(static_cast<double>(cycles_of(layers, network)), *loss_of(space, operators));
  };
  choose(choose, 0);
  const std::vector<bool> front = pareto_front(all);
  Points kept;
  for (size_t i = 0; i < all.size(); ++i)
    if (front[i]) kept.push_back(all[i]);
  std::ranges::sort(kept);
  kept.erase(std::ranges::unique(kept).begin(), kept.end());
  return kept;
}

struct Blocks {
  const char* name;
  std::string text;
  std::vector<Group> groups;  // with all operators
};
void PrintTo(const Blocks& blocks, std::ostream* out) { *out << blocks.name; }

const Blocks kNetworks[] = {
    {"residuals",
     inverted(8, 1, 3) + inverted(8, 1, 5) + inverted(12, 2, 3) + inverted(12, 1, 3),
     {{0}, {1}, {2}, {3}}},
    {"squeeze_and_excite",
     inverted(8, 2, 5, "squeeze_excite = true") + inverted(8, 1, 3, "squeeze_excite = true"),
     {{0}, {1}}},
    // Full of the first doubles the channels of the second.
    {"depthwise_behind_depthwise",
     "[[block]]\ntype = \"depthwise\"\nname = \"a\"\nkernel = 3\n"
     "[[block]]\ntype = \"depthwise\"\nname = \"b\"\nkernel = 5\nstride = 2\n"
     "[[block]]\ntype = \"pointwise\"\nname = \"c\"\nout = 6\n"
     "[[block]]\ntype = \"separable\"\nkernel = 3\nout = 5\n",
     {{0, 1}, {2}}},
    {"depthwise_before_scores",
     "[[block]]\ntype = \"depthwise\"\nname = \"a\"\nkernel = 3\n"
     "[[block]]\ntype = \"pool\"\nname = \"p\"\n"
     "[[block]]\ntype = \"fc\"\nname = \"f\"\nout = 9\n",
     {{0}}},
};

class SearchedNetwork : public testing::TestWithParam<Blocks> {};

TEST_P(SearchedNetwork, has_the_front_of_all_choices) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  LayerCycles layers(kArray);
  const Network network = network_from(GetParam().text);
  for (int round = 0; round < 20; ++round) {
    const SearchSpace space = search_space(network, random_costs(network, random), kAll);
    auto alternatives = alternatives_of(space);
    fill(layers, space, alternatives);
    Points points;
    for (const Candidate& candidate : front_of(space, alternatives, cycles_of(layers, network))) {
      std::string problem;
      // Each has exactly the cycles that it is said to have.
      EXPECT_EQ(cycles_of(layers, network_of(space, candidate.operators, problem)),
                candidate.cycles);
      EXPECT_EQ(problem, "");
      EXPECT_EQ(loss_of(space, candidate.operators), candidate.loss);
      points.emplace_back(static_cast<double>(candidate.cycles), candidate.loss);
    }
    EXPECT_EQ(points, by_force(layers, space)) << "round " << round;
  }
}

TEST_P(SearchedNetwork, chooses_together_what_reads_the_same_channels) {
  const Network network = network_from(GetParam().text);
  EXPECT_EQ(search_space(network, tap_costs(network), kAll).groups, GetParam().groups);
}

INSTANTIATE_TEST_SUITE_P(, SearchedNetwork, testing::ValuesIn(kNetworks),
                         [](const auto& info) { return std::string(info.param.name); });

// A sum of a depthwise layer's output and its input: Full would add 8 channels to 4.
const char* const kSum =
    "name = \"s\"\ninput = [4, 12, 12]\n"
    "[[node]]\nname = \"stem\"\nop = \"conv\"\nout = 4\nkernel = 3\npadding = [1, 1, 1, 1]\n"
    "inputs = [\"input\"]\n"
    "[[node]]\nname = \"a\"\nop = \"dw\"\nkernel = 3\npadding = [1, 1, 1, 1]\ninputs = [\"stem\"]\n"
    "[[node]]\nname = \"b\"\nop = \"dw\"\nkernel = 5\npadding = [2, 2, 2, 2]\ninputs = [\"stem\"]\n"
    "[[node]]\nname = \"sum\"\nop = \"add\"\ninputs = [\"a\", \"b\"]\n"
    "[[node]]\nname = \"last\"\nop = \"pw\"\nout = 6\ninputs = [\"sum\"]\n";

TEST(SearchSpace, leaves_out_what_shapes_forbid_and_finds_what_they_allow_together) {
  const Network network = parse_network(kSum, "s.toml");
  LayerCycles layers(kArray);
  // Nothing but Full costs nothing: of both layers, or of none.
  std::vector<Costs> costs(2,
                           {{Operator::kDepthwise, 1}, {Operator::kHalf, 1}, {Operator::kFull, 0}});
  const SearchSpace space = search_space(network, costs, kAll);
  EXPECT_THAT(space.groups, ElementsAre(ElementsAre(0, 1)));
  auto alternatives = alternatives_of(space);
  fill(layers, space, alternatives);
  EXPECT_EQ(std::ranges::count_if(alternatives[0],
                                  [](const Alternative& a) { return a.problem.empty(); }),
            5);
  EXPECT_EQ(alternatives[0][2].problem, "sum: adds tensors of different shapes");
  const auto front = front_of(space, alternatives, cycles_of(layers, network));
  EXPECT_THAT(front.back().operators, ElementsAre(Operator::kFull, Operator::kFull));
  Points points;
  for (const Candidate& candidate : front)
    points.emplace_back(static_cast<double>(candidate.cycles), candidate.loss);
  EXPECT_EQ(points, by_force(layers, space));
}

TEST(SearchSpace, does_not_double_channels_that_are_taken_by_their_numbers) {
  std::string text = kSum;
  text.replace(text.find("inputs = [\"a\", \"b\"]"), 19, "inputs = [\"g\", \"b\"]");
  text.insert(text.find("[[node]]\nname = \"sum\""),
              "[[node]]\nname = \"g\"\nop = \"gather\"\nshape = [4, 12, 12]\ninputs = [\"a\"]\n");
  const Network network = parse_network(text, "s.toml");
  const SearchSpace space = search_space(network, tap_costs(network), kAll);
  EXPECT_THAT(space.notes,
              ElementsAre("a: full can not be, g takes elements of it by their numbers"));
  EXPECT_FALSE(space.costs[0].contains(Operator::kFull));
  EXPECT_TRUE(space.costs[1].contains(Operator::kFull));
}

TEST(SearchSpace, counts_the_places_of_kernels_that_an_operator_loses) {
  const Network network = network_from(inverted(8, 1, 3) + inverted(8, 1, 5));
  const std::vector<Costs> costs = tap_costs(network);
  const double all = 12 * 9 + 24 * 25;
  EXPECT_DOUBLE_EQ(costs[0].at(Operator::kDepthwise), 0);
  EXPECT_DOUBLE_EQ(costs[0].at(Operator::kHalf), 12 * 6 / all);
  EXPECT_DOUBLE_EQ(costs[0].at(Operator::kFull), 12 * 4 / all);
  EXPECT_DOUBLE_EQ(costs[1].at(Operator::kHalf), 24 * 20 / all);
  EXPECT_DOUBLE_EQ(costs[1].at(Operator::kFull), 24 * 16 / all);
}

template <class Search>
std::string refusal(const Search& search) {
  try {
    search();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(SearchSpace, refuses_a_network_without_anything_to_choose) {
  const Network network = network_from("[[block]]\ntype = \"fc\"\nname = \"f\"\nout = 9\n");
  EXPECT_EQ(refusal([&] { search_space(network, {}, kAll); }),
            "network: 'n' has no depthwise layer that can be FuSe (an odd square kernel of more "
            "than one tap, a filter a channel), allowed is one that has");
}

TEST(SearchSpace, refuses_more_layers_that_go_together_than_it_can_try) {
  std::string blocks;
  for (char name = 'a'; name < 'h'; ++name)
    blocks += fmt::format("[[block]]\ntype = \"depthwise\"\nname = \"{}\"\nkernel = 3\n", name);
  const Network network = network_from(blocks);
  EXPECT_EQ(refusal([&] { search_space(network, tap_costs(network), kAll); }),
            "--operators: full doubles channels that reach from a to g, so 7 layers would have to "
            "be chosen for together, allowed are up to 6 (depthwise,half keeps them apart)");
  EXPECT_EQ(search_space(network, tap_costs(network), {Operator::kDepthwise, Operator::kHalf})
                .groups.size(),
            7u);
}

TEST(SearchSpace, says_which_layer_has_no_operator_left) {
  const Network network = network_from(inverted(8, 1, 3));
  const SearchSpace space = search_space(network, {Costs{}}, kAll);
  EXPECT_EQ(refusal([&] { (void)front_of(space, alternatives_of(space), 0); }),
            "block1.dw: no operator can be: none is allowed");
}

}  // namespace
}  // namespace rowcast
