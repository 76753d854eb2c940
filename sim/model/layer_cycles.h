// Cycles of layers on one array by the `rtl` model, each found once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/choose.h"

namespace rowcast {

// A layer's cycles are asked for again and again: by other blocks of its network, by other
// variants, and by all mappings where it is not channel-wise.
class LayerCycles {
 public:
  explicit LayerCycles(const ArrayConfig& config) : config_(config) {}

  struct Known {
    Layer layer;             // without its name
    const Mapping* mapping;  // null: of no matter
    int64_t cycles;
    std::string chosen;  // the cheapest schedule's mapping
  };
  // Until the next call. Throws InputError if the array can not run it.
  const Known& of(const Layer& layer, const Mapping& mapping);

 private:
  const ArrayConfig& config_;
  std::vector<Known> known_;
};

}  // namespace rowcast
