// The accelerator around an array: how deep its memories are.
#pragma once

#include <string>
#include <vector>

#include "generator/config.h"
#include "sim/accelerator/move.h"

namespace rowcast::accelerator {

// Words of a lane: an address has a bit at least, and at most kAddressBits.
constexpr int kLeastDepth = 2, kMostDepth = 1 << kAddressBits;
constexpr int kMostTables = (1 << kTableBits) - 1;

struct AcceleratorConfig {
  ArrayConfig array{};  // square, with the row broadcast
  // Words of a lane; s_depth: of the only one.
  int a_depth = 1, b_depth = 1, w_depth = 1, q_depth = 1, s_depth = 1;
  int tables = 0;  // that results may go through, each of all words

  int lanes() const { return array.rows; }
  friend bool operator==(const AcceleratorConfig&, const AcceleratorConfig&) = default;
};

// Memories for MobileNets at 224 x 224 in all variants, whatever the array's size: 768 Ki words of
// A, 320 Ki of B, 256 Ki of W, and scales of 4,096 columns and of 8,192 rows; no tables.
AcceleratorConfig default_config(const ArrayConfig& array);

// Every problem, as validate() has them for the array; empty if legal.
std::vector<std::string> validate(const AcceleratorConfig& config);

}  // namespace rowcast::accelerator
