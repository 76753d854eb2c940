#include "sim/schedule/lanes.h"

#include <algorithm>
#include <cstring>

namespace rowcast {

void pack_lanes(std::span<const int16_t> lanes, int width, uint8_t* port) {
  if (width == 8) {
    for (size_t i = 0; i < lanes.size(); ++i) port[i] = static_cast<uint8_t>(lanes[i]);
    return;
  }
  uint64_t word = 0;
  int filled = 0;
  for (const int16_t lane : lanes) {
    word |= (static_cast<uint64_t>(lane) & ((uint64_t{1} << width) - 1)) << filled;
    for (filled += width; filled >= 8; filled -= 8, word >>= 8)
      *port++ = static_cast<uint8_t>(word);
  }
  if (filled > 0) *port = static_cast<uint8_t>(word);
}

int64_t lane_at(const uint8_t* port, int width, int lane) {
  const size_t first = size_t(lane) * width;
  const int shift = first % 8, spare = 64 - width;
  const size_t bytes = (shift + width + 7) / 8;  // at most 9
  port += first / 8;
  uint64_t value = 0;
  std::memcpy(&value, port, std::min<size_t>(bytes, 8));
  value >>= shift;
  if (bytes == 9) value |= uint64_t{port[8]} << (64 - shift);
  return static_cast<int64_t>(value << spare) >> spare;
}

}  // namespace rowcast
