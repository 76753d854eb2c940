#include "sim/machine/open_memories.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "sim/accelerator/emit.h"
#include "sim/accelerator/encoding.h"
#include "sim/host/model_build.h"

namespace rowcast::accelerator {
namespace {

constexpr Memory kMemories[] = {Memory::kA, Memory::kB, Memory::kW,
                                Memory::kQ, Memory::kS, Memory::kTables};

}  // namespace

void OpenMemories::open(const std::function<bool(int memory, int lane, ShimLane& found)>& find) {
  for (const Memory memory : kMemories) {
    if (depth_of(config_, memory) == 0) continue;
    for (int lane = 0; lane < (memory == Memory::kS ? 1 : config_.lanes()); ++lane)
      if (!find(static_cast<int>(memory), lane, lanes_[static_cast<size_t>(memory)].emplace_back()))
        throw HardwareFault(
            fmt::format("{}: its Verilog has no memory {}", kTop, to_string(memory)));
  }
}

int16_t OpenMemories::word(Memory memory, int lane, int address) const {
  size_t bytes = 0;
  const uint8_t* from = at(memory, lane, address, bytes);
  uint32_t bits = 0;
  std::memcpy(&bits, from, bytes);
  const int unused = 32 - config_.array.data_width;
  return static_cast<int16_t>(static_cast<int32_t>(bits << unused) >> unused);
}

void OpenMemories::set_word(Memory memory, int lane, int address, int16_t value) {
  // Verilator keeps the bits beyond a word zero.
  const uint32_t bits =
      static_cast<uint32_t>(value) & ((uint32_t{1} << config_.array.data_width) - 1);
  const int end = memory == Memory::kTables ? config_.lanes() : lane + 1;
  for (; lane < end; ++lane) {
    size_t bytes = 0;
    uint8_t* to = at(memory, lane, address, bytes);
    std::memcpy(to, &bits, bytes);
  }
}

ChannelScale OpenMemories::scale(Memory memory, int lane, int address) const {
  size_t bytes = 0;
  const uint8_t* from = at(memory, lane, address, bytes);
  uint64_t bits = 0;
  std::memcpy(&bits, from, bytes);
  return scale_of(bits);
}

void OpenMemories::set_scale(Memory memory, int lane, int address, const ChannelScale& value) {
  size_t bytes = 0;
  uint8_t* to = at(memory, lane, address, bytes);
  const uint64_t bits = bits_of(value);
  std::memcpy(to, &bits, bytes);
}

void OpenMemories::write(const Memories& memories) {
  for (const Memory memory : {Memory::kA, Memory::kB, Memory::kW, Memory::kTables}) {
    const Bank<int16_t>& bank = memories.words(memory);
    for (int address = 0; address < bank.depth; ++address)
      for (int lane = 0; lane < bank.lanes; ++lane)
        set_word(memory, lane, address, bank.at(lane, address));
  }
  for (const auto& [memory, bank] : {std::pair{Memory::kQ, &memories.q}, {Memory::kS, &memories.s}})
    for (int address = 0; address < bank->depth; ++address)
      for (int lane = 0; lane < bank->lanes; ++lane)
        set_scale(memory, lane, address, bank->at(lane, address));
}

Memories OpenMemories::read() const {
  Memories memories(config_);
  for (const Memory memory : {Memory::kA, Memory::kB, Memory::kW, Memory::kTables}) {
    Bank<int16_t>& bank = memories.words(memory);
    for (int address = 0; address < bank.depth; ++address)
      for (int lane = 0; lane < bank.lanes; ++lane)
        bank.at(lane, address) = word(memory, lane, address);
  }
  for (const auto& [memory, bank] : {std::pair{Memory::kQ, &memories.q}, {Memory::kS, &memories.s}})
    for (int address = 0; address < bank->depth; ++address)
      for (int lane = 0; lane < bank->lanes; ++lane)
        bank->at(lane, address) = scale(memory, lane, address);
  return memories;
}

}  // namespace rowcast::accelerator
