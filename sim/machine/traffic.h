// What a move does, counted from its fields.
#pragma once

#include <cstdint>

#include "sim/accelerator/config.h"
#include "sim/accelerator/move.h"

namespace rowcast::accelerator {

struct Traffic {
  int64_t macs = 0;  // of results that are kept
  // Words: a read takes all lanes of an address.
  int64_t reads[3] = {}, writes[3] = {};  // of A, B, W
  int64_t results = 0;                    // words
  Traffic& operator+=(const Traffic& other);
};
Traffic traffic(const Move& move, int lanes);

}  // namespace rowcast::accelerator
