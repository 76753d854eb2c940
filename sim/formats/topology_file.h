// SCALE-Sim's convolution topologies, as CSV: a row per layer, its columns
//   Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter,
//   Strides,
// Layers do not feed each other, and IFMAP is what the filter slides over: it contains the padding.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/workload/network.h"

namespace rowcast {

// The format has no column for groups. A row with several channels, Num Filter 1 and a filter
// larger than 1×1 is how its files write a depthwise layer, but SCALE-Sim computes one filter over
// all channels. Only names that contain "DP" are run channel by channel (its topology_utils.py);
// they are depthwise in both readings.
enum class DepthwiseReading {
  kEncoded,   // one filter over all channels, as SCALE-Sim counts it
  kChannels,  // a depthwise layer, one filter per channel
};

struct Topology {
  Network network;                     // every layer with an input of its own, not padded
  std::vector<std::string> encoded{};  // layers that kEncoded reads as one filter over all channels
  std::vector<std::string>
      unread{};  // "FILE:LINE: ..." of the first cells right of Strides that hold something
};

// Layers: 1×1 filters of stride 1 are pointwise, or fully connected on a 1×1 IFMAP; the rest as
// above. Names of columns are compared without regard to case and spaces; empty lines are skipped;
// the last comma may be missing. Cells right of Strides (notes, sparsity) are not read, except a
// "Stride Width", which must equal the column before. Throws InputError with all problems as
// "FILE:LINE: COLUMN: what is wrong, given, allowed".
Topology parse_topology(const std::string& text, const std::string& file, DepthwiseReading reading);
Topology read_topology_file(const std::filesystem::path& path, DepthwiseReading reading);

// The network's array layers in that format, IFMAP with both sides' padding. A depthwise layer is a
// row of C channels with one filter, a fuse layer two such rows, NAME.row of 1×K and NAME.col of
// K×1 filters; read as kChannels, the same multiply-accumulates. (Where a stride leaves a rest,
// SCALE-Sim rounds the number of outputs up, a convolution down.)
std::string topology_of(const Network& network);

}  // namespace rowcast
