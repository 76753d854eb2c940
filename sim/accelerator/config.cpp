#include "sim/accelerator/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rowcast::accelerator {
namespace {

constexpr int kLeastSide = 4;
constexpr int kLeastTag = kCountBits;  // a command counts a move's steps

}  // namespace

AcceleratorConfig default_config(const ArrayConfig& array) {
  const int lanes = std::max(array.rows, 1);
  const auto depth = [&](int words) {
    return std::clamp((words + lanes - 1) / lanes, kLeastDepth, kMostDepth);
  };
  return {.array = array,
          .a_depth = depth(768 << 10),
          .b_depth = depth(320 << 10),
          .w_depth = depth(256 << 10),
          .q_depth = depth(4096),
          .s_depth = 8192};
}

std::vector<std::string> validate(const AcceleratorConfig& config) {
  std::vector<std::string> problems = validate(config.array);
  const ArrayConfig& array = config.array;
  if (array.rows != array.cols || array.rows < kLeastSide)
    problems.push_back(
        fmt::format("array: the accelerator's is square, {}x{} given, allowed is NxN, N from {}",
                    array.rows, array.cols, kLeastSide));
  if (array.data_width != array.weight_width)
    problems.push_back(
        fmt::format("weight_width: the accelerator's edges carry either, {} given, allowed is "
                    "data_width's {}",
                    array.weight_width, array.data_width));
  if (!array.row_broadcast)
    problems.emplace_back("row_broadcast: false, the accelerator needs it, allowed is true");
  if (array.tag_width < kLeastTag)
    problems.push_back(
        fmt::format("tag_width: {} bits do not count the steps of every move, the "
                    "accelerator needs at least {}",
                    array.tag_width, kLeastTag));
  for (const auto& [name, depth] : {std::pair{"a_depth", config.a_depth},
                                    {"b_depth", config.b_depth},
                                    {"w_depth", config.w_depth},
                                    {"q_depth", config.q_depth},
                                    {"s_depth", config.s_depth}})
    if (depth < kLeastDepth || depth > kMostDepth)
      problems.push_back(fmt::format("{}: {} is out of range, allowed is {} to {}", name, depth,
                                     kLeastDepth, kMostDepth));
  if (config.tables < 0 || config.tables > kMostTables)
    problems.push_back(
        fmt::format("tables: {} is out of range, allowed is 0 to {}", config.tables, kMostTables));
  return problems;
}

}  // namespace rowcast::accelerator
