// From an ONNX graph to the array's layers and the host's operations.
//
// Every tensor of the graph is known as elements of one operation's result (its base), in some
// order, each through a function: transpositions, reshapes, slices, pads and nearest resizing only
// move elements; batch norms and activations are functions. What is left are sums (convolutions,
// products, additions, pools), and these become nodes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/import/function.h"
#include "sim/onnx/graph.h"
#include "sim/workload/network.h"

namespace rowcast {

// What a node of the lowered network computes, in float.
struct LoweredNode {
  // The tensor of the graph that the node's sums are, as [channels][height][width]; kMap, kGather
  // and kConcat have none, their elements are their operands'.
  int value = -1;
  // Element i of the node is element order[i] of that tensor; empty: the same element.
  std::vector<int32_t> order{};
  std::vector<float> weights{}, bias{};  // of a layer, as layer.h lays them out; no bias is zeros
  Function function{};                   // of the sums, to what the node hands on
  std::vector<int32_t> indices{};        // kGather, as in Arithmetic
  std::vector<int> factors{};            // kAdd: 1 or -1 for each operand; empty: 1
  std::string source{};                  // the graph's node, as messages call it
};

// A tensor that integers hand on to the part that is computed in float.
struct Handover {
  int value = 0;  // of the graph
  int node = 0;   // of the network, whose words are this tensor's elements
};

struct Lowered {
  Network network;
  std::vector<LoweredNode> nodes;  // of the network's nodes, in order
  // The network's input is the graph's, through a function of its channels, in another order.
  int input_channels = 1;  // of the graph's input
  Function input_function;
  std::vector<int32_t> input_indices;  // empty: in its own
  // What no node computes: the graph with the tensors of `handovers` as its inputs. Softmax, the
  // decoding of boxes, the last transpositions. Its outputs are the whole graph's, in order.
  onnx::Graph tail;
  std::vector<Handover> handovers;  // in the order of the tail's inputs
};

// Throws InputError: "FILE: node 'NAME' (OP): what is not supported, allowed is ...".
Lowered lower(const onnx::Graph& graph, const std::string& name);

}  // namespace rowcast
