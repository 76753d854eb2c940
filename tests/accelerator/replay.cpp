#include "tests/accelerator/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace rowcast::accelerator {
namespace {

// The program's tensors in DRAM before it runs: its inputs, and zeros.
std::vector<std::vector<int16_t>> dram_of(const Program& program) {
  std::vector<std::vector<int16_t>> dram;
  for (const Tensor& tensor : program.tensors) {
    dram.push_back(tensor.words);
    if (tensor.dram)
      dram.back().resize(static_cast<size_t>(tensor.size(program.config.lanes())) *
                         program.config.lanes());
  }
  return dram;
}

void write(const Load& load, const std::vector<std::vector<int16_t>>& dram, Memories& memories) {
  if (load.tensor >= 0) {
    Bank<int16_t>& bank = memories.words(load.memory);
    std::copy_n(dram[static_cast<size_t>(load.tensor)].begin() + int64_t{load.line} * bank.lanes,
                static_cast<size_t>(load.depth) * bank.lanes, &bank.at(0, load.base));
    return;
  }
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
  for (Bank<int16_t>* bank : {&memories.a, &memories.b, &memories.w, &memories.tables})
    for (int16_t& word : bank->words) word = static_cast<int16_t>(random() >> 8 & 0x7f);
}

class Replay {
 public:
  Replay(const Program& program, const Golden& golden)
      : program_(program),
        golden_(golden),
        memories_(program.config),
        dram_(dram_of(program)),
        seen_(program.tensors.size()) {
    fill_with_noise(memories_);
  }

  std::string all(const std::array<Unit, 3>& preference) {
    const std::string stuck = carry_out(program_, preference, [&](Unit unit, int i) {
      if (!error_.empty()) return;
      const auto at = static_cast<size_t>(i);
      if (unit == Unit::kLoad) write(program_.loads[at], dram_, memories_);
      if (unit == Unit::kStore) read(program_.stores[at]);
      if (unit == Unit::kMove) move(i);
    });
    if (!error_.empty()) return error_;
    if (!stuck.empty()) return stuck;
    for (size_t t = 0; t < seen_.size(); ++t) {
      const Tensor& tensor = program_.tensors[t];
      if (tensor.node < 0 || tensor.loaded) continue;
      if (tensor.dram) {
        const Comparison found = compare_stored(tensor, program_.config.lanes(), dram_[t],
                                                golden_.words[static_cast<size_t>(tensor.node)]);
        if (found.mismatches > 0) return fmt::format("{} in DRAM: {}", tensor.name, found.first);
      } else if (seen_[t] != tensor.pixels()) {
        return fmt::format("{}: {} of {} pixels were there", tensor.name, seen_[t],
                           tensor.pixels());
      }
    }
    return "";
  }

 private:
  void read(const Store& store) {
    const Bank<int16_t>& bank = memories_.words(store.memory);
    std::copy_n(
        bank.row(store.base), static_cast<size_t>(store.depth) * bank.lanes,
        dram_[static_cast<size_t>(store.tensor)].begin() + int64_t{store.line} * bank.lanes);
  }

  void move(int m) {
    const Step& step = program_.moves[static_cast<size_t>(m)];
    try {
      execute(step.move, memories_);
    } catch (const MoveError& error) {
      error_ = fmt::format("move {}, {}: {}", m, step.label, error.what());
      return;
    }
    for (const Presence& presence : program_.presences) {
      if (presence.until <= m && presence.from == m + 1)
        error_ = fmt::format("move {}: gone before it is there", m);
      // When it has just come, and the last time that it is there.
      if (presence.from != m + 1 && presence.until != m + 1) continue;
      const Tensor& tensor = program_.tensors[static_cast<size_t>(presence.tensor)];
      if (presence.from == m + 1)
        seen_[static_cast<size_t>(presence.tensor)] += presence.end - presence.first;
      const Bank<int16_t>& bank = memories_.words(tensor.memory);
      const Comparison found = compare(
          tensor, presence, bank.lanes,
          [&](int lane, int address) { return bank.at(lane, address); },
          golden_.words[static_cast<size_t>(tensor.node)]);
      if (found.mismatches > 0)
        error_ = fmt::format("after move {}, {}: {}: {}", m, step.label, tensor.name, found.first);
    }
  }

  const Program& program_;
  const Golden& golden_;
  Memories memories_;
  std::vector<std::vector<int16_t>> dram_;
  std::vector<int64_t> seen_;  // by tensor: pixels
  std::string error_;
};

}  // namespace

std::string replay(const Program& program, const Golden& golden,
                   const std::array<Unit, 3>& preference) {
  return Replay(program, golden).all(preference);
}

}  // namespace rowcast::accelerator
