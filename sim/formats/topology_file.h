// SCALE-Sim's topologies, as CSV: a row per layer, its columns
//   Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter,
//   Strides,
// or, of GEMMs,
//   Layer, M, N, K,
// Layers do not feed each other, and IFMAP is what the filter slides over: it contains the padding.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/workload/network.h"

namespace rowcast {

// The format has no column for groups. A row with several channels, Num Filter 1 and a filter
// larger than 1×1 is how many of its files write a depthwise layer, but SCALE-Sim computes one
// filter over all channels. Only names that contain "DP" are run channel by channel (its
// topology_utils.py); they are depthwise in both readings.
enum class DepthwiseReading {
  kEncoded,   // one filter over all channels, as SCALE-Sim counts it
  kChannels,  // a depthwise layer, one filter per channel
};

struct Topology {
  Network network;                     // every layer with an input of its own, not padded
  std::vector<std::string> encoded{};  // layers that kEncoded reads as one filter over all channels
  std::vector<std::string> warnings{};  // "FILE:LINE: ...": what was not read as it stands there
};

// Layers: 1×1 filters of stride 1 are pointwise, or fully connected on a 1×1 IFMAP; a GEMM is M
// pixels, N filters and K channels; the rest as above. A convolution reads no more of IFMAP than
// its windows cover: where a stride leaves a rest, that is cut off, in one reading for every model
// (SCALE-Sim rounds the number of outputs up instead, which a warning says). ".DP" at the end of a
// depthwise layer's name is topology_of()'s and not part of it.
//
// Files are read as they are found: see find_columns() and CsvReader; rows that begin with '#' or
// consist of one cell (sections) and a header that is there again are left out, columns without
// meaning here (batch, sparsity, notes) are not read, each with one warning a file. Throws
// InputError with all problems as "FILE:LINE: COLUMN: what is wrong, given, allowed".
Topology parse_topology(const std::string& text, const std::string& file, DepthwiseReading reading);
Topology read_topology_file(const std::filesystem::path& path, DepthwiseReading reading);

// The network's array layers as convolutions in that format; parse_topology() reads the same names,
// outputs and multiply-accumulates, and SCALE-Sim counts them, too. IFMAP is what the windows
// cover, padding included. A depthwise layer NAME is a row NAME.DP of C channels with the filters
// of each, a fuse layer two such rows, NAME.row.DP of 1×K and NAME.col.DP of K×1 filters. Where
// strides differ along the axes there is a column Stride Width. Throws InputError for dilations,
// and for names that could not be read back: another layer's with "DP", or too long.
std::string topology_of(const Network& network);

// The layers whose names SCALE-Sim, whose reader knows no quotes, can not read, if any.
std::vector<std::string> unreadable_by_scale_sim(const Network& network);

}  // namespace rowcast
