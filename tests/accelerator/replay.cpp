#include "tests/accelerator/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "sim/host/inference.h"

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

std::string compare(const Tensor& tensor, const Presence& presence, const Memories& memories,
                    const std::vector<int16_t>& golden) {
  const auto& bank = memories.words(tensor.memory);
  for (int y = 0; y < tensor.height; ++y)
    for (int x = 0; x < tensor.width; ++x) {
      const int d = tensor.pixel(y, x);
      if (d < presence.first || d >= presence.end) continue;
      for (int c = 0; c < tensor.channels; ++c) {
        const int16_t got =
            bank.at(tensor.lane(c, d, bank.lanes), tensor.address(c, d, bank.lanes));
        const int16_t want =
            golden[(static_cast<size_t>(c) * tensor.height + y) * tensor.width + x];
        if (got != want)
          return fmt::format("{}: channel {} of line {}, column {} is {}, golden has {}",
                             tensor.name, c, y, x, got, want);
      }
    }
  return "";
}

}  // namespace

Golden golden_of(const Network& network, const ArrayConfig& config, uint64_t seed) {
  Golden golden;
  GivenValues given;
  given.saturating_adds = true;
  golden.values.input = random_activations(seed, network.input.size(), config.data_width);
  given.inputs[-1] = golden.values.input;
  std::vector<int> all(network.nodes.size());
  std::iota(all.begin(), all.end(), 0);
  golden.words = infer(
      network, config, seed, 1,
      [&](LayerCase layer) { golden.values.weights[layer.node] = std::move(layer.weights); }, given,
      {}, all, &golden.values.arithmetic);
  return golden;
}

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
      if (const std::string found =
              compare(tensor, presence, memories, golden.words[static_cast<size_t>(tensor.node)]);
          !found.empty())
        return fmt::format("after move {}, {}: {}", m, program.moves[m].label, found);
    }
  }
  for (size_t t = 0; t < seen.size(); ++t)
    if (program.tensors[t].node >= 0 && seen[t] != program.tensors[t].pixels())
      return fmt::format("{}: {} of {} pixels were there", program.tensors[t].name, seen[t],
                         program.tensors[t].pixels());
  return "";
}

}  // namespace rowcast::accelerator
