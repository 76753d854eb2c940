// Where two accelerators' memories differ.
#pragma once

#include <fmt/format.h>

#include <string>
#include <type_traits>

#include "sim/accelerator/memories.h"

namespace rowcast::accelerator {

// The first difference, or nothing.
template <class Word>
std::string difference(const Bank<Word>& got, const Bank<Word>& wanted, Memory memory) {
  for (int address = 0; address < got.depth; ++address)
    for (int lane = 0; lane < got.lanes; ++lane)
      if (!(got.at(lane, address) == wanted.at(lane, address))) {
        if constexpr (std::is_integral_v<Word>)
          return fmt::format("{}: lane {}, address {}: {} instead of {}", to_string(memory), lane,
                             address, got.at(lane, address), wanted.at(lane, address));
        else
          return fmt::format("{}: lane {}, address {}", to_string(memory), lane, address);
      }
  return "";
}

inline std::string difference(const Memories& got, const Memories& wanted) {
  for (const Memory memory : {Memory::kA, Memory::kB, Memory::kW, Memory::kTables})
    if (std::string found = difference(got.words(memory), wanted.words(memory), memory);
        !found.empty())
      return found;
  const std::string found = difference(got.q, wanted.q, Memory::kQ);
  return found.empty() ? difference(got.s, wanted.s, Memory::kS) : found;
}

}  // namespace rowcast::accelerator
