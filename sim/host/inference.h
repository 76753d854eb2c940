// A whole network in golden arithmetic: every layer's input, weights and expected sums. What the
// array is given and compared with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "generator/config.h"
#include "sim/quantise/host_operations.h"
#include "sim/quantise/requantise.h"
#include "sim/workload/network.h"

namespace rowcast {

// One layer with its values; tensors as layer.h lays them out.
struct LayerCase {
  int node = 0;                  // of the network
  const Layer* layer = nullptr;  // the network's
  std::shared_ptr<const std::vector<int16_t>> input;
  std::vector<int16_t> weights;
  std::vector<int64_t> golden;  // exact sums
  Statistics input_statistics;
};

// Values that are not random.
struct GivenValues {
  std::map<int, std::vector<int16_t>> inputs;   // by node that reads them; -1: the network's input
  std::map<int, std::vector<int16_t>> weights;  // by node
  // By node. Empty: powers of two, chosen from the values' statistics. Else of every node.
  std::map<int, Arithmetic> arithmetic;
  // Where arithmetic is chosen: sums of two tensors stay words, saturated.
  bool saturating_adds = false;
};

// From files: `weights`, a folder with a layer's weights as NAME.npy or as a dump calls them
// (dump_name), not both, for at least one layer; `input`, the .npy of the network's input, or of
// its only layer's. Empty: random. Throws InputError with all problems: no file at all, a wrong
// shape, values that do not fit the widths.
GivenValues read_values(const Network& network, const ArrayConfig& config,
                        const std::filesystem::path& weights, const std::filesystem::path& input);

// File name of one of the tensors of the network's `number`th layer: 03_block1.dw_weights.npy.
// Characters that have a meaning in paths become underscores.
std::string dump_name(int number, const Layer& layer, const std::string& tensor);
// Of all its tensors: input, weights, golden and rtl.
std::vector<std::string> dump_names(int number, const Layer& layer);

// As .npy files have it: a fuse layer's filters are one-dimensional, a depthwise layer's have no
// input channel axis.
std::vector<int> weights_shape(const Layer& layer);

// Runs the network on a random image with random weights, where none are given, layer by layer:
// activations flow on, requantised. `visit` gets each layer in order; its case is the visitor's to
// keep. The network must outlive the cases. Random values depend on the seed, the widths and the
// layers alone. With `wanted` nodes, only these and what they need are computed, and layers among
// them visited. Returns the words that each of the `kept` nodes hands on; `used` gets the arithmetic
// of every node that does.
std::vector<std::vector<int16_t>> infer(const Network& network, const ArrayConfig& config,
                                        uint64_t seed, int threads,
                                        const std::function<void(LayerCase)>& visit,
                                        const GivenValues& given = {},
                                        std::span<const int> wanted = {},
                                        std::span<const int> kept = {},
                                        std::map<int, Arithmetic>* used = nullptr);

// Which nodes `wanted` ones need, themselves included; all if there are none.
std::vector<bool> needed_nodes(const Network& network, std::span<const int> wanted);

// Uniform values: activations over all of `width` bits, weights without the most negative value.
std::vector<int16_t> random_activations(uint64_t seed, int64_t count, int width);
std::vector<int16_t> random_weights(uint64_t seed, int64_t count, int width);

}  // namespace rowcast
