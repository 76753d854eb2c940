#include "tests/accelerator/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace rowcast::accelerator {
namespace {

void write(const Load& load, Memories& memories) {
  const auto copy = [&](auto& bank, const auto& from) {
    for (int lane = 0; lane < bank.lanes; ++lane)
      for (int i = 0; i < load.depth; ++i)
        bank.at(lane, load.base + i) = from.at(static_cast<size_t>(lane) * load.depth + i);
  };
  if (load.memory == Memory::kQ)
    copy(memories.q, load.scales);
  else if (load.memory == Memory::kS)
    copy(memories.s, load.scales);
  else
    copy(memories.words(load.memory), load.words);
}

void fill_with_noise(Memories& memories) {
  std::minstd_rand random(1);
  for (Bank<int16_t>* bank : {&memories.a, &memories.b, &memories.w})
    for (int16_t& word : bank->words) word = static_cast<int16_t>(random() >> 8 & 0x7f);
}

}  // namespace

std::string replay(const Program& program, const Golden& golden, Loading loading) {
  Memories memories(program.config);
  fill_with_noise(memories);
  std::vector<const Load*> loads;
  for (const Load& load : program.loads) {
    if (load.after > load.before)
      return fmt::format("{}: needed before its place is free", load.label);
    loads.push_back(&load);
  }
  const auto when = [&](const Load* load) {
    return loading == Loading::kEarly ? load->after : load->before;
  };
  std::ranges::stable_sort(loads, {}, when);
  size_t next = 0;
  std::vector<int64_t> seen(program.tensors.size());
  for (size_t m = 0; m <= program.moves.size(); ++m) {
    for (; next < loads.size() && when(loads[next]) <= static_cast<int>(m); ++next)
      write(*loads[next], memories);
    if (m == program.moves.size()) break;
    try {
      execute(program.moves[m].move, memories);
    } catch (const MoveError& error) {
      return fmt::format("move {}, {}: {}", m, program.moves[m].label, error.what());
    }
    for (const Presence& presence : program.presences) {
      if (presence.until <= static_cast<int>(m) && presence.from == static_cast<int>(m) + 1)
        return fmt::format("move {}: gone before it is there", m);
      // When it has just come, and the last time that it is there.
      if (presence.from != static_cast<int>(m) + 1 && presence.until != static_cast<int>(m) + 1)
        continue;
      const Tensor& tensor = program.tensors[presence.tensor];
      if (presence.from == static_cast<int>(m) + 1)
        seen[presence.tensor] += presence.end - presence.first;
      const Bank<int16_t>& bank = memories.words(tensor.memory);
      const Comparison found = compare(
          tensor, presence, bank.lanes,
          [&](int lane, int address) { return bank.at(lane, address); },
          golden.words[static_cast<size_t>(tensor.node)]);
      if (found.mismatches > 0)
        return fmt::format("after move {}, {}: {}: {}", m, program.moves[m].label, tensor.name,
                           found.first);
    }
  }
  for (size_t t = 0; t < seen.size(); ++t)
    if (program.tensors[t].node >= 0 && seen[t] != program.tensors[t].pixels())
      return fmt::format("{}: {} of {} pixels were there", program.tensors[t].name, seen[t],
                         program.tensors[t].pixels());
  return "";
}

}  // namespace rowcast::accelerator
