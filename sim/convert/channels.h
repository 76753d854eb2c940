// Which parts of a network have to follow when channels of a tensor change their order or number.
#pragma once

#include <string>
#include <vector>

#include "sim/onnx/graph.h"

namespace rowcast {

// A constant of an operation with a part for each channel: input `input`, along `axis`.
struct ChannelConstant {
  int operation;
  size_t input;
  int axis;
  bool sums;  // the operation adds the channels up, each times its part: a convolution behind them
};

struct SharedChannels {
  std::vector<int> values;  // the tensors [1][channels]... that have these channels
  std::vector<ChannelConstant> constants;
  std::vector<int> depthwise;  // convolutions with one group for each channel
  bool affine = true;          // no operation of them bends values, or multiplies two
  // Empty if that is all. Otherwise why not: "node 'c' (Concat)", "the network's input 'x'".
  std::string also;
};

// Of a depthwise convolution. What takes each channel by itself passes them on (batch norms,
// activations, sums and products of tensors, pools), convolutions over all channels make or read
// them.
SharedChannels channels_of(const onnx::Graph& graph, int depthwise);
// Of its result alone, as if its operand had others.
SharedChannels channels_behind(const onnx::Graph& graph, int depthwise);

// The convolution has one group, and one filter, for each channel.
bool is_depthwise(const onnx::Graph& graph, const onnx::Operation& operation);

// The tensor's parts along the axis, part i being times[i] (1 if empty) times its part order[i].
onnx::Tensor taken(const onnx::Tensor& tensor, int axis, const std::vector<int>& order,
                   const std::vector<double>& times = {});

}  // namespace rowcast
