// Instructions as they lie in DRAM, little-endian.
//
// LOAD and STORE, 32 bytes: eight words of 32 bits
//   0 memory   1 base   2 count   3 offset   4 moves   5 stores (LOAD), loads (STORE)   6, 7 zero
// MOVE, 128 bytes: bit i of the instruction is bit i % 8 of byte i / 8
//   [move_bits()-1:0] the move as encode() has it   [999:976] loads   [1023:1000] stores   else
//   zero
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/system/instructions.h"

namespace rowcast::accelerator {

using Bytes = std::vector<uint8_t>;

constexpr int kTransferBytes = 32, kMoveBytes = 128;  // of an instruction
constexpr int kBlockBytes = 128;                      // lists begin and end at multiples of these
constexpr int kCounterBits = 24;                      // of what has finished

uint32_t word_at(std::span<const uint8_t> bytes, size_t at);
void set_word(std::span<uint8_t> bytes, size_t at, uint32_t word);

// A list, with zeros up to a block's end.
Bytes bytes_of(std::span<const LoadInstruction> list);
Bytes bytes_of(std::span<const MoveInstruction> list);
Bytes bytes_of(std::span<const StoreInstruction> list);

// An instruction from its bytes. `reserved` says whether a bit that has to be zero is not.
LoadInstruction load_at(std::span<const uint8_t> bytes, bool& reserved);
StoreInstruction store_at(std::span<const uint8_t> bytes, bool& reserved);
MoveInstruction move_at(std::span<const uint8_t> bytes);

}  // namespace rowcast::accelerator
