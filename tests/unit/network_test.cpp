// Networks in which every depthwise layer has an operator of its own.
#include "sim/workload/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "sim/formats/network_file.h"

namespace rowcast {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

std::vector<Layer> layers_of(const Network& network) {
  std::vector<Layer> layers;
  for (const Node& node : network.nodes)
    if (node.op == Op::kLayer) layers.push_back(node.layer);
  return layers;
}

const Layer& layer_of(const Network& network, std::string_view name) {
  return std::ranges::find(network.nodes, name, &Node::name)->layer;
}

TEST(Network, gives_each_depthwise_layer_the_operator_that_is_chosen_for_it) {
  const Network network = find_network("mobilenet_v3_large");
  const std::vector<int> nodes = fusible_nodes(network);
  ASSERT_THAT(nodes, SizeIs(15));
  std::vector<Operator> operators(network.nodes.size(), Operator::kDepthwise);
  operators[nodes[1]] = Operator::kHalf;
  operators[nodes[3]] = Operator::kFull;
  const Network mixed = transform(network, operators);
  EXPECT_EQ(layer_of(mixed, "block1.dw"), layer_of(network, "block1.dw"));
  const Layer &half = layer_of(mixed, "block2.fuse"), &full = layer_of(mixed, "block4.fuse");
  EXPECT_EQ(half.kind, LayerKind::kFuse);
  EXPECT_EQ(half.out_channels, half.in_channels);
  EXPECT_EQ(half.row_channels, half.in_channels / 2);
  EXPECT_EQ(full.row_channels, full.in_channels);
  EXPECT_EQ(full.out_channels, 2 * full.in_channels);
  // Squeeze and excite, and the projection, see all of them.
  EXPECT_EQ(layer_of(mixed, "block4.se.reduce").in_channels, full.out_channels);
  EXPECT_EQ(layer_of(mixed, "block4.se.reduce").out_channels, full.out_channels / 4);
  EXPECT_EQ(layer_of(mixed, "block4.se.expand").out_channels, full.out_channels);
  EXPECT_EQ(layer_of(mixed, "block4.project").in_channels, full.out_channels);
  EXPECT_EQ(layer_of(mixed, "block4.project").out_channels,
            layer_of(network, "block4.project").out_channels);
  for (size_t i = nodes[4] - 1; i < network.nodes.size(); ++i)
    EXPECT_EQ(mixed.nodes[i].layer, network.nodes[i].layer);
}

TEST(Network, is_the_same_whether_its_operators_are_chosen_at_once_or_one_after_the_other) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (const std::string& name : builtin_networks()) {
    const Network network = find_network(name);
    std::vector<Operator> all(network.nodes.size(), Operator::kDepthwise);
    Network by_one = network;
    std::vector<int> order = fusible_nodes(network);
    std::ranges::shuffle(order, random);
    for (const int node : order) {
      std::vector<Operator> one(network.nodes.size(), Operator::kDepthwise);
      all[node] = one[node] = kOperators[random() % kOperators.size()];
      by_one = transform(by_one, one);
    }
    EXPECT_EQ(layers_of(transform(network, all)), layers_of(by_one)) << name;
  }
}

TEST(Network, is_what_it_was_where_a_variant_finds_nothing_to_fuse) {
  Network network = find_network("mobilenet_v2");
  for (Node& node : network.nodes) node.fuse50 = false;
  EXPECT_THAT(operators_of(network, *find_variant("half50")), Each(Operator::kDepthwise));
  EXPECT_EQ(layers_of(transform(network, *find_variant("half50"))), layers_of(network));
}

TEST(Network, has_no_fusible_layer_where_kernels_or_filters_can_not_be_split) {
  const Network network = parse_network(
      "name = \"n\"\ninput = [4, 9, 9]\n"
      "[[block]]\ntype = \"depthwise\"\nname = \"even\"\nkernel = 2\n"
      "[[block]]\ntype = \"depthwise\"\nname = \"point\"\nkernel = 1\n"
      "[[block]]\ntype = \"depthwise\"\nname = \"square\"\nkernel = 3\n"
      "[[block]]\ntype = \"depthwise\"\nname = \"twice\"\nkernel = 3\nmultiplier = 2\n",
      "n");
  EXPECT_THAT(fusible_nodes(network), ElementsAre(2));
}

TEST(Network, calls_its_operators_by_names_that_are_found_again) {
  for (const Operator op : kOperators) EXPECT_EQ(find_operator(to_string(op)), op);
  EXPECT_EQ(find_operator("Half"), std::nullopt);
}

}  // namespace
}  // namespace rowcast
