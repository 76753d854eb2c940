// Lanes of a flattened port: lane i is bits [i*W, (i+1)*W), lane 0 in the least significant bits,
// byte 0 of memory the least significant byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rowcast {

// Bytes of a port of `count` lanes of `width` bits.
inline size_t lanes_bytes(int width, int count) { return (size_t(width) * count + 7) / 8; }

// Writes lanes_bytes() bytes; of each value the lowest `width` bits, 1..16.
void pack_lanes(std::span<const int16_t> lanes, int width, uint8_t* port);

// A lane of one bit, of a port kept as words.
inline bool bit_at(const uint64_t* words, int i) { return words[i / 64] >> (i % 64) & 1; }

// One lane of 1..64 bits, sign-extended.
int64_t lane_at(const uint8_t* port, int width, int lane);

}  // namespace rowcast
