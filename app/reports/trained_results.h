// What training has made of choices of operators: accuracies by seed, from JSON files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/search/space.h"

namespace rowcast {

// Runs of one choice that were trained the same way.
struct TrainedRuns {
  Operators operators{};  // of SearchSpace::nodes
  std::string method{};
  std::vector<uint64_t> seeds{};
  std::vector<double> accuracies{};  // 0 to 1, by seed
};

// Adds a folder that train has written, or a file of {"runs": [..]}, each run with "operators" by
// the names of SearchSpace::names (absent: depthwise), "seed", "test_accuracy", and, if they are
// there, "method" and "network". Throws InputError with the place of what is wrong.
void add_trained(const std::filesystem::path& path, const SearchSpace& space,
                 std::vector<TrainedRuns>& trained);

}  // namespace rowcast
