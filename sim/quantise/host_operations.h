// The network's nodes between the array's layers, in integers: each is exact sums, which are then
// requantised like a layer's.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/quantise/requantise.h"

namespace rowcast {

// What a node does with numbers; a network (network.h) says shapes only.
struct Arithmetic {
  Requantisation requantisation{};
  // kAdd, kConcat: what each operand is multiplied by, to bring all to one scale. Empty: by 1.
  std::vector<int> factors{};
  // kGather: of every output element, which input element it is; -1: zero. Empty: they follow each
  // other, from the first again where there are not enough.
  std::vector<int32_t> indices{};
};

// The sums of a node that is no layer; operands and result as [channels][height][width].
std::vector<int64_t> host_sums(const Network& network, const Node& node,
                               const Arithmetic& arithmetic,
                               std::span<const std::span<const int16_t>> operands);

}  // namespace rowcast
