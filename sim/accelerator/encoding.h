// A move as the bits of rc_accelerator's move_i: one table for the hardware's fields, the checks of
// their ranges, and the documentation.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/accelerator/move.h"
#include "sim/quantise/requantise.h"

namespace rowcast::accelerator {

struct Field {
  std::string name;  // the hardware's
  int bits = 1;
  int64_t value = 0;
  bool address = false;  // modulo 2^kAddressBits
  bool is_signed = false;
};

// From the least significant bit on.
std::vector<Field> fields(const Move& move);
int move_bits();

// Sets the field of that name; false if there is none. The value fits.
bool set_field(Move& move, std::string_view name, int64_t value);

// Every field that its bits can not hold: "rows_run_beats: 17000000 is out of range, allowed is 0
// to 16777215".
std::vector<std::string> field_problems(const Move& move);

// 32 bits a word, least significant first. The fields fit.
std::vector<uint32_t> encode(const Move& move);
// And back, from move_bits() bits or more: addresses are from 0 on then.
Move decode(std::span<const uint32_t> words);

// A scale's kScaleBits bits: {post, pre, scale, bias}, the bias lowest.
uint64_t bits_of(const ChannelScale& scale);
ChannelScale scale_of(uint64_t bits);

}  // namespace rowcast::accelerator
