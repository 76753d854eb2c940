#include "sim/system/instruction_bytes.h"

#include <algorithm>
#include <array>

#include "sim/accelerator/encoding.h"

namespace rowcast::accelerator {
namespace {

using Words = std::array<uint32_t, kTransferBytes / 4>;
constexpr int kWaits = 976;  // the first bit of a MOVE's counts

Bytes zeros(size_t instructions, int bytes_of_each) {
  const size_t bytes = instructions * static_cast<size_t>(bytes_of_each);
  return Bytes((bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes);
}

template <class Instruction, class WordsOf>
Bytes transfers(std::span<const Instruction> list, const WordsOf& words_of) {
  Bytes bytes = zeros(list.size(), kTransferBytes);
  size_t at = 0;
  for (const Instruction& one : list) {
    const Words words = words_of(one);
    for (size_t i = 0; i < words.size(); ++i) set_word(bytes, at + 4 * i, words[i]);
    at += kTransferBytes;
  }
  return bytes;
}

Words words_at(std::span<const uint8_t> bytes) {
  Words words{};
  for (size_t i = 0; i < words.size(); ++i) words[i] = word_at(bytes, 4 * i);
  return words;
}

uint32_t bits_at(std::span<const uint8_t> bytes, int first) {
  return word_at(bytes, static_cast<size_t>(first) / 8) & ((1u << kCounterBits) - 1);
}

}  // namespace

uint32_t word_at(std::span<const uint8_t> bytes, size_t at) {
  uint32_t word = 0;
  // A MOVE's last count ends with the instruction: what lies behind it is nothing.
  for (size_t i = 0; i < 4 && at + i < bytes.size(); ++i)
    word |= static_cast<uint32_t>(bytes[at + i]) << (8 * i);
  return word;
}

void set_word(std::span<uint8_t> bytes, size_t at, uint32_t word) {
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<uint8_t>(word >> (8 * i));
}

Bytes bytes_of(std::span<const LoadInstruction> list) {
  return transfers(list, [](const LoadInstruction& of) {
    return Words{of.memory, of.base, of.count, of.offset, of.moves, of.stores};
  });
}

Bytes bytes_of(std::span<const StoreInstruction> list) {
  return transfers(list, [](const StoreInstruction& of) {
    return Words{of.memory, of.base, of.count, of.offset, of.moves, of.loads};
  });
}

Bytes bytes_of(std::span<const MoveInstruction> list) {
  Bytes bytes = zeros(list.size(), kMoveBytes);
  size_t at = 0;
  for (const MoveInstruction& one : list) {
    const std::span<uint8_t> own = std::span(bytes).subspan(at, kMoveBytes);
    size_t word = 0;
    for (const uint32_t bits : encode(one.move)) set_word(own, 4 * word++, bits);
    for (size_t i = 0; i < kCounterBits / 8; ++i) {
      own[kWaits / 8 + i] = static_cast<uint8_t>(one.loads >> (8 * i));
      own[(kWaits + kCounterBits) / 8 + i] = static_cast<uint8_t>(one.stores >> (8 * i));
    }
    at += kMoveBytes;
  }
  return bytes;
}

LoadInstruction load_at(std::span<const uint8_t> bytes, bool& reserved) {
  const Words words = words_at(bytes);
  reserved = words[6] != 0 || words[7] != 0;
  return {words[0], words[1], words[2], words[3], words[4], words[5]};
}

StoreInstruction store_at(std::span<const uint8_t> bytes, bool& reserved) {
  const Words words = words_at(bytes);
  reserved = words[6] != 0 || words[7] != 0;
  return {words[0], words[1], words[2], words[3], words[4], words[5]};
}

MoveInstruction move_at(std::span<const uint8_t> bytes) {
  std::vector<uint32_t> words(static_cast<size_t>(move_bits() + 31) / 32);
  for (size_t i = 0; i < words.size(); ++i) words[i] = word_at(bytes, 4 * i);
  return {decode(words), bits_at(bytes, kWaits), bits_at(bytes, kWaits + kCounterBits)};
}

}  // namespace rowcast::accelerator
