// What a layer is, and what it may not be.
#include "sim/workload/layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/workload/network.h"

namespace rowcast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// 9 lines of 7 columns, 3×2 taps 2 lines and 3 columns apart: they reach 5 lines and 4 columns.
Layer uneven(LayerKind kind = LayerKind::kConv) {
  return {.name = "uneven",
          .kind = kind,
          .in_channels = 2,
          .in_height = 9,
          .in_width = 7,
          .out_channels = 6,
          .kernel_h = 3,
          .kernel_w = 2,
          .stride_h = 2,
          .stride_w = 3,
          .dilation_h = 2,
          .dilation_w = 3};
}

TEST(Layer, outputs_follow_from_every_pad_stride_and_dilation_of_their_axis) {
  Layer layer = uneven();
  EXPECT_EQ(layer.out_height(), 3);  // lines 0, 2, 4
  EXPECT_EQ(layer.out_width(), 2);   // columns 0, 3
  const auto with = [&](int Layer::*pad, int zeros) {
    Layer padded = layer;
    padded.*pad = zeros;
    return std::pair(padded.out_height(), padded.out_width());
  };
  EXPECT_EQ(with(&Layer::pad_top, 2), std::pair(4, 2));
  EXPECT_EQ(with(&Layer::pad_bottom, 2), std::pair(4, 2));
  EXPECT_EQ(with(&Layer::pad_left, 3), std::pair(3, 3));
  EXPECT_EQ(with(&Layer::pad_right, 3), std::pair(3, 3));
  EXPECT_EQ(layer.reduction(), 2 * 3 * 2);
  EXPECT_EQ(layer.macs(), 6 * 3 * 2 * 12);
  pad_same(layer);
  EXPECT_EQ(padding_text(layer), "2.1.2.1");
}

TEST(Layer, a_depthwise_layer_has_the_same_number_of_filters_for_every_channel) {
  Layer layer = uneven(LayerKind::kDepthwise);
  EXPECT_EQ(layer.multiplier(), 3);
  EXPECT_EQ(layer.weights(), 6 * 3 * 2);
  const Branch branch = branches(layer).front();
  EXPECT_EQ(branch.in_channel(2), 0);
  EXPECT_EQ(branch.in_channel(3), 1);
  EXPECT_THAT(validate(layer), IsEmpty());
  layer.out_channels = 7;
  EXPECT_THAT(validate(layer), ElementsAre("out_channels: 7 is no multiple of in_channels, allowed "
                                           "are multiples of 2"));
  layer.out_channels = 1;
  EXPECT_THAT(validate(layer), ElementsAre("out_channels: 1 is no multiple of in_channels, allowed "
                                           "are multiples of 2"));
}

TEST(Layer, every_number_out_of_range_is_named) {
  Layer layer = uneven();
  layer.stride_h = 0, layer.stride_w = kMaxSize + 1, layer.dilation_h = -1, layer.dilation_w = 0;
  layer.pad_top = -1, layer.pad_left = -2, layer.pad_bottom = -3, layer.pad_right = kMaxSize + 1;
  EXPECT_THAT(validate(layer),
              ElementsAre("stride_h: 0 is out of range, allowed is 1 to 16777216",
                          "stride_w: 16777217 is out of range, allowed is 1 to 16777216",
                          "dilation_h: -1 is out of range, allowed is 1 to 16777216",
                          "dilation_w: 0 is out of range, allowed is 1 to 16777216",
                          "pad_top: -1 is out of range, allowed is 0 to 16777216",
                          "pad_left: -2 is out of range, allowed is 0 to 16777216",
                          "pad_bottom: -3 is out of range, allowed is 0 to 16777216",
                          "pad_right: 16777217 is out of range, allowed is 0 to 16777216"));
}

TEST(Layer, a_kernel_fits_into_the_padded_input_with_its_dilation) {
  Layer layer = uneven();
  layer.in_height = 4;
  layer.pad_bottom = 1;
  EXPECT_THAT(validate(layer), IsEmpty());
  layer.in_width = 3;
  EXPECT_THAT(validate(layer), ElementsAre("kernel: 3x2 with dilation 2x3, which is 5x4, is larger "
                                           "than the padded input 5x3"));
  layer.kernel_h = layer.kernel_w = layer.dilation_h = layer.dilation_w = kMaxSize;
  EXPECT_EQ(validate(layer).size(), 1u);  // reaches 2^48 lines
}

TEST(Layer, fuses_where_both_branches_make_outputs_of_one_size) {
  const Layer square = make_depthwise("dw", 4, 8, 9, 3, 2);
  EXPECT_TRUE(can_fuse(square));
  Layer layer = square;
  // As in TensorFlow for an even size and stride 2: zeros below only.
  layer.pad_top = 0;
  EXPECT_TRUE(can_fuse(layer));
  EXPECT_THAT(validate(make_fuse(layer, true)), IsEmpty());
  layer.pad_bottom = 0;
  EXPECT_FALSE(can_fuse(layer));
  EXPECT_THAT(validate(make_fuse(layer, true)),
              ElementsAre("padding: 0.1.0.1 makes 3x5 outputs, but a fuse layer's branches, each "
                          "padded along its own axis only, need 4x5"));
  layer = square;
  layer.dilation_h = 2;
  pad_same(layer);
  EXPECT_FALSE(can_fuse(layer));
  EXPECT_THAT(validate(make_fuse(layer, true)),
              ElementsAre("dilation: 2x1 can not be fused, allowed is an equal one along both "
                          "axes"));
  layer.dilation_w = 2;
  pad_same(layer);
  EXPECT_TRUE(can_fuse(layer));
  layer.out_channels *= 2;
  EXPECT_FALSE(can_fuse(layer));
}

// What the variants do with one depthwise layer that reads another's outputs, or an own input.
Layer fused(Layer layer, bool own_input) {
  Network network{.name = "n", .title = "n", .source = ""};
  network.input = {layer.in_channels, layer.in_height, layer.in_width};
  Node node;
  node.name = layer.name;
  node.layer = std::move(layer);
  if (!own_input) node.inputs = {-1};
  network.nodes.push_back(std::move(node));
  EXPECT_EQ(infer_shapes(network), "");
  return transform(network, *find_variant("half")).nodes.front().layer;
}

TEST(Layer, of_an_own_input_is_fused_with_the_outputs_that_it_had) {
  Layer layer = make_depthwise("dw", 4, 20, 17, 3, 2);
  layer.dilation_h = layer.dilation_w = 3;
  layer.stride_w = 1;
  layer.pad_top = 0, layer.pad_left = 4, layer.pad_bottom = 1, layer.pad_right = 0;
  EXPECT_EQ(fused(layer, false), layer);  // its branches would not fit each other
  const Layer own = fused(layer, true);
  EXPECT_EQ(own.kind, LayerKind::kFuse);
  EXPECT_THAT(validate(own), IsEmpty());
  EXPECT_EQ(padding_text(own), "3.3.3.3");
  EXPECT_EQ(own.out_height(), layer.out_height());
  EXPECT_EQ(own.out_width(), layer.out_width());
  layer.out_channels = 8;
  EXPECT_EQ(fused(layer, true), layer);
}

TEST(Layer, of_a_network_keeps_its_filters_per_channel_whatever_feeds_it) {
  Network network{.name = "n", .title = "n", .source = ""};
  network.input = {5, 4, 4};
  Node node;
  node.name = "dw";
  node.layer = make_depthwise("dw", 2, 4, 4, 3, 1);
  node.layer.out_channels = 6;
  node.inputs = {-1};
  network.nodes.push_back(node);
  EXPECT_EQ(infer_shapes(network), "");
  EXPECT_EQ(network.nodes[0].shape, (Shape{15, 4, 4}));
  network.nodes[0].layer.out_channels = 16;
  EXPECT_EQ(infer_shapes(network),
            "dw: out_channels: 16 is no multiple of in_channels, allowed are multiples of 5");
}

}  // namespace
}  // namespace rowcast
