// The accelerator's memories as plain arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/accelerator/config.h"
#include "sim/accelerator/move.h"
#include "sim/quantise/requantise.h"

namespace rowcast::accelerator {

constexpr int depth_of(const AcceleratorConfig& config, Memory memory) {
  switch (memory) {
    case Memory::kA:
      return config.a_depth;
    case Memory::kB:
      return config.b_depth;
    case Memory::kW:
      return config.w_depth;
    case Memory::kQ:
      return config.q_depth;
    case Memory::kS:
      return config.s_depth;
    case Memory::kTables:
      return config.tables << config.array.data_width;
  }
  return 0;
}

// All lanes have the same, or there is only one.
constexpr bool has_one_lane(Memory memory) {
  return memory == Memory::kS || memory == Memory::kTables;
}

// "A", "B", "W", "Q", "S", "T".
constexpr const char* to_string(Memory memory) {
  constexpr const char* kNames[] = {"A", "B", "W", "Q", "S", "T"};
  return kNames[static_cast<size_t>(memory)];
}

// What lies at one address of all lanes lies together.
template <class Word>
struct Bank {
  int lanes = 1, depth = 1;
  std::vector<Word> words{};

  Bank(int lane_count, int words_of_a_lane)
      : lanes(lane_count),
        depth(words_of_a_lane),
        words(static_cast<size_t>(lane_count) * words_of_a_lane) {}
  Word& at(int lane, int address) { return words[static_cast<size_t>(address) * lanes + lane]; }
  const Word& at(int lane, int address) const {
    return words[static_cast<size_t>(address) * lanes + lane];
  }
  const Word* row(int address) const { return &words[static_cast<size_t>(address) * lanes]; }
};

struct Memories {
  AcceleratorConfig config;
  Bank<int16_t> a, b, w;
  Bank<ChannelScale> q, s;
  Bank<int16_t> tables;  // one lane, which stands for all

  explicit Memories(const AcceleratorConfig& of)
      : config(of),
        a(of.lanes(), of.a_depth),
        b(of.lanes(), of.b_depth),
        w(of.lanes(), of.w_depth),
        q(of.lanes(), of.q_depth),
        s(1, of.s_depth),
        tables(1, depth_of(of, Memory::kTables)) {}
  // kA, kB, kW, kTables.
  Bank<int16_t>& words(Memory memory) {
    return const_cast<Bank<int16_t>&>(std::as_const(*this).words(memory));
  }
  const Bank<int16_t>& words(Memory memory) const {
    return memory == Memory::kA ? a : memory == Memory::kB ? b : memory == Memory::kW ? w : tables;
  }
};

}  // namespace rowcast::accelerator
