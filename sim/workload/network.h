// A network as a graph of array layers and host operations, and the operator variants of FuSeConv.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/workload/layer.h"

namespace rowcast {

enum class Activation { kNone, kRelu, kRelu6, kHswish, kHsigmoid };
std::optional<Activation> find_activation(std::string_view name);
std::string_view to_string(Activation activation);

struct Shape {
  int channels = 1, height = 1, width = 1;
  int64_t size() const { return int64_t{channels} * height * width; }
  friend bool operator==(const Shape&, const Shape&) = default;
};

enum class Op {
  kLayer,        // runs on the array
  kAdd,          // host: sum of two tensors
  kPool,         // host: global average
  kScale,        // host: product of two tensors; the second may have one value per channel
                 // (squeeze-and-excite)
  kMap,          // host: every value by itself: a batch norm or an activation that follows no sum
  kMaxPool,      // host: the largest of a window; what is outside the image does not count
  kAveragePool,  // host: the average of a window; what is outside the image is zero
  kConcat,       // host: tensors one behind the other
  kGather,  // host: elements in another order, some left out, repeated or zero: transpositions,
            // slices, pads, splits, nearest resizing, shuffles
};
// "layer", "add", "pool", "scale", "map", "max_pool", "average_pool", "concat", "gather".
std::string_view to_string(Op op);
// Tensors that a node reads: 1, 2, or any number from 1 (0).
int operands_of(Op op);

// Of kMaxPool and kAveragePool.
struct PoolWindow {
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
};

// The network's input is node number -1. A layer without inputs has one of its own, of the layer's
// shape.
struct Node {
  std::string name;
  Op op = Op::kLayer;
  Layer layer{};              // kLayer
  PoolWindow window{};        // kMaxPool, kAveragePool
  std::vector<int> inputs{};  // earlier nodes
  Activation activation = Activation::kNone;
  bool fuse50 = false;  // one of the blocks that the 50 % variants fuse
  // Output channels that follow another node's: channels of out_like * out_factor / out_divisor.
  int out_like = -2;  // -2: the layer's own
  int out_factor = 1, out_divisor = 1;
  Shape shape{};  // output; infer_shapes() fills it in but for kGather, where it is given
};

struct Network {
  std::string name, title, source;
  Shape input{};
  std::vector<Node> nodes{};  // inputs before users

  const Shape& shape_of(int node) const { return node < 0 ? input : nodes[node].shape; }
  // What the node reads first: its first input, or its layer's own.
  Shape input_of(const Node& node) const;
  // Weights and multiply-accumulates of all layers; batch norms and biases are not counted.
  int64_t macs() const;
  int64_t weights() const;
  // What training learns, as papers count it: the weights, a batch norm's scale and shift per
  // output channel of every layer but fully connected ones, and these ones' biases.
  int64_t parameters() const;
};

// Files may describe no more: it bounds every sum over a network.
constexpr size_t kMaxNodes = 10000;
constexpr int64_t kMaxNetworkMacs = int64_t{1} << 50;

// One row of the table of variants.
struct Variant {
  std::string_view name;
  bool fuse, half, only50;
  std::string_view help;
};
std::span<const Variant> variants();
const Variant* find_variant(std::string_view name);

// What a depthwise layer can be instead: both branches of FuSeConv, on a half of the channels each
// or on all of them.
enum class Operator { kDepthwise, kHalf, kFull };
inline constexpr std::array kOperators = {Operator::kDepthwise, Operator::kHalf, Operator::kFull};
// "depthwise", "half", "full".
std::string_view to_string(Operator op);
std::optional<Operator> find_operator(std::string_view name);
// Of a channel-wise layer.
Operator operator_of(const Layer& layer);

// The channel-wise layers, in order: of a network and of what transform() makes of it, layer by
// layer the same.
std::vector<int> channelwise_nodes(const Network& network);
// The depthwise layers that can be another operator, in order: not those that can_fuse() refuses,
// and not 1×1 kernels.
std::vector<int> fusible_nodes(const Network& network);
// What the variant makes of each node: kDepthwise for all that it leaves as they are.
std::vector<Operator> operators_of(const Network& network, const Variant& variant);

// The network with an operator for each of fusible_nodes(), by node; what is said of other nodes is
// of no matter. Consumers follow the channels. A fused layer with an input of its own pads by
// (K-1)/2 times its dilation, and its input shrinks by as much: the same outputs. Consumers that
// can not follow leave the shapes as they are behind the first of them: infer_shapes() says which.
Network transform(const Network& network, std::span<const Operator> operators);
Network transform(const Network& network, const Variant& variant);

// Fills in every node's shapes from the input on. Returns an error text naming the node, or that
// the whole is too large, or nothing.
std::string infer_shapes(Network& network);

// ---------------------------------------------------------------- the blocks that network files
// are made of

enum class BlockType { kConv, kPointwise, kDepthwise, kSeparable, kInvertedResidual, kPool, kFc };
std::optional<BlockType> find_block_type(std::string_view name);

// How a layer's kernel slides over the image.
struct Window {
  int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::optional<std::array<int, 4>> padding{};  // top, left, bottom, right; else pad_same()'s
};

struct Block {
  BlockType type = BlockType::kConv;
  std::string name{};  // of its layers; separable and inverted residual blocks number themselves
  int out = 1;         // output channels
  Window window{};     // the strides are the first repetition's
  int multiplier = 1;  // depthwise: filters of each channel
  int repeat = 1;
  int expand = 0;    // inverted residual: expansion as a ratio, 1: no expansion layer
  int expanded = 0;  // inverted residual: expansion in channels
  bool squeeze_excite = false;
  bool linear = false;  // separable: no activation after the pointwise
  bool fuse50 = false;
  Activation activation = Activation::kNone;
};

// Appends a block's nodes. `numbered` counts the numbered blocks so far.
void append(Network& network, const Block& block, int& numbered);

}  // namespace rowcast
