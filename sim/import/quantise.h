// From a lowered network in float to one in integers: calibration on given inputs, scales, words.
//
// Symmetric, so that zero is zero (the array's bubble): a scale per output channel for weights, one
// per tensor for activations. A layer's sum times scale_in * scale_weight / scale_out is the next
// layer's word; that factor has 8 bits (see ChannelScale), and the scale of the channel's weights
// moves by less than 1 % so that it is exact.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/import/lower.h"
#include "sim/quantise/host_operations.h"

namespace rowcast {

struct QuantiseOptions {
  int data_width = 8, weight_width = 8;  // bits of words and weights
  // Which part of a tensor's values, in percent, its largest word covers; 100: all.
  double percentile = 99.99;
  bool per_tensor = false;     // one scale for all of a layer's weights: a control
  bool equalise = true;        // see equalise()
  bool correct_biases = true;  // first order: what rounding weights adds to the mean is taken away
};

struct QuantisedNode {
  Arithmetic arithmetic{};
  std::vector<int16_t> weights{};  // of a layer
  double scale = 1;                // what a word's 1 stands for
  double low = 0, high = 0;        // the values seen in calibration, in float
};

struct Quantised {
  double input_scale = 1;
  std::vector<QuantisedNode> nodes;
};

// A layer that only the float part reads. Its words need be none of the array's: where it has no
// table, they keep extra_bits() more, and scores that are near each other stay apart.
bool is_last_layer(const Network& network, int node);

// The network's input for one input of the graph.
std::vector<float> network_input(const Lowered& lowered, std::span<const float> input);

// Each node's values in float, as [channels][height][width], for one input of the graph.
std::vector<std::vector<float>> float_values(const onnx::Graph& graph, const Lowered& lowered,
                                             std::span<const float> input);

// Brings the channels of a layer's words nearer to one range: channel c is divided by a factor, and
// the weights that the next layer has for it are multiplied by it, which changes nothing in float.
// A depthwise channel that is a hundred times larger than the others would leave these a bit or
// two. For layers that one convolution over all channels reads, with no function but a Relu
// between. The factors are SmoothQuant's (Xiao et al., ICML 2023, equation 4, alpha = 1/2), in
// calibration on the first of the inputs.
void equalise(const onnx::Graph& graph, Lowered& lowered,
              const std::vector<std::vector<float>>& inputs);

// `inputs` are elements of the graph's input, one vector for each picture; `progress` hears how
// many are done. Throws InputError naming a node that can not be quantised.
Quantised quantise(const onnx::Graph& graph, const Lowered& lowered,
                   const std::vector<std::vector<float>>& inputs, const QuantiseOptions& options,
                   const std::function<void(size_t)>& progress = {});

// Words for values, and back.
std::vector<int16_t> words_of(std::span<const float> values, double scale, int width);

}  // namespace rowcast
