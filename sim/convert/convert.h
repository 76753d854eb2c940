// A trained network's depthwise convolutions as FuSe: the network that training starts from.
//
// FuSeConv (Selvam et al., DATE'21) puts 1×K and K×1 convolutions in the place of a K×K depthwise
// one; Neural Operator Scaffolding (Ganesan and Kumar, arXiv 2108.11441) trains them from the K×K
// network. Here every 1-D kernel is the one whose outputs are nearest to its K×K kernel's on given
// inputs (least_squares.h), and everything else is copied.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/onnx/graph.h"
#include "sim/workload/network.h"

namespace rowcast {

// A depthwise convolution that can be FuSe.
struct DepthwiseLayer {
  std::string node;   // the node's name; its result's where it has none or shares it
  int operation = 0;  // of the graph
  Layer layer;        // can_fuse()
  // Why its channels can not change their order (for FuSe Half), or can not be twice as many (for
  // Full); empty if they can.
  std::string no_order, no_full;
};
// In the graph's order. Throws InputError where two have one name.
std::vector<DepthwiseLayer> convertible_layers(const onnx::Graph& graph);

// Of each of these layers and each of its channels: the second moments [K²][K²] of its input's
// patches over all places and samples, with zeros outside of the image.
struct PatchStatistics {
  struct Moments {
    std::string node;
    std::vector<std::vector<double>> channels;
  };
  std::vector<Moments> layers;
};

// `samples` are elements of the graph's input, at least one; `progress` hears how many are done.
// Throws InputError where a layer's input is not finite, and where all moments need above 2 GB.
PatchStatistics patch_statistics(const onnx::Graph& teacher,
                                 const std::vector<std::vector<float>>& samples,
                                 const std::function<void(size_t)>& progress = {});

// How far a layer's outputs are from the K×K layer's: the mean square of the differences over that
// of the outputs, bias apart, over all channels. For Full, of what its two results of a channel
// make together (see convert()); nothing where the layer can not be Full.
struct ConversionError {
  double half = 0;
  std::optional<double> full{};
};
// Of convertible_layers().
std::vector<ConversionError> conversion_errors(const onnx::Graph& teacher,
                                               const PatchStatistics& statistics);

// The network with these operators, by DepthwiseLayer::node; what is not there stays depthwise. A
// node NAME becomes Split NAME.split (of Half), Conv NAME.row and NAME.col, and Concat NAME.
//
// Half: the half of the channels that a row fits better, compared to the column, has the rows.
// These become the first half: what makes and reads the channels follows, so that nothing else
// changes. Where that can not be (SharedChannels::also) channels keep their order, and the first
// half is rows.
//
// Full: what reads a channel reads row and column, each as if it were the K×K kernel's result:
// batch norms and other constants twice, and convolutions behind share their weight w between them,
// a w and (1-a) w. Where a function bends the results before that, both kernels are the nearest by
// themselves, so that each result comes to the function where the teacher's did, and a makes the
// weighted sum of the results nearest. Where none does, only the sum counts: the two kernels are
// half of the nearest cross, twice, and a = 1/2.
//
// Throws InputError for names that are no convertible layer's, layers that can not be Full,
// statistics of another network.
onnx::Graph convert(const onnx::Graph& teacher, const PatchStatistics& statistics,
                    const std::map<std::string, Operator>& operators);

// What Neural Operator Scaffolding trains in the place of a layer that convert() makes Half: K×K
// kernels in the order of its channels, and the matrices that make 1×K and K×1 kernels of them,
// [K][K²], nearest on the mean of the channels' moments.
struct Adapters {
  std::vector<float> kernels;  // [channels][K²]
  std::vector<float> row, column;
};
Adapters adapters_of(const onnx::Graph& teacher, const PatchStatistics& statistics,
                     const std::string& node);

}  // namespace rowcast
