#include "app/reports/memory_energy.h"

#include <algorithm>

#include "sim/accelerator/memories.h"
#include "sim/machine/traffic.h"

namespace rowcast {
namespace {

constexpr double kPicojoule = 1e-12, kAccessBits = 64;

std::optional<double> joule_per_bit(int64_t bytes) {
  const auto* row =
      std::ranges::find_if(kRamEnergy, [&](const RamEnergy& of) { return bytes <= of.bytes; });
  if (row == std::end(kRamEnergy)) return {};
  return row->picojoule * kPicojoule / kAccessBits;
}

}  // namespace

MemoryEnergy memory_energy(const accelerator::Program& program, int64_t dram_bytes) {
  const accelerator::AcceleratorConfig& config = program.config;
  accelerator::Traffic moves;
  for (const accelerator::Step& step : program.moves)
    moves += accelerator::traffic(step.move, config.lanes());
  MemoryEnergy energy{.ram_joule = 0};
  using enum accelerator::Memory;
  for (const accelerator::Memory memory : {kA, kB, kW}) {
    const auto at = static_cast<size_t>(memory);
    int64_t words = moves.reads[at] + moves.writes[at];
    for (const auto& load : program.loads)
      if (load.memory == memory) words += int64_t{load.depth} * config.lanes();
    for (const auto& store : program.stores)
      if (store.memory == memory) words += int64_t{store.depth} * config.lanes();
    const int64_t bits = int64_t{accelerator::depth_of(config, memory)} * config.array.data_width;
    const auto joule = joule_per_bit((bits + 7) / 8);
    if (!joule || !energy.ram_joule)
      energy.ram_joule.reset();
    else
      *energy.ram_joule += static_cast<double>(words * config.array.data_width) * *joule;
  }
  for (const size_t i : {0, 1})
    energy.dram_joule[i] =
        static_cast<double>(dram_bytes) * 8 / kAccessBits * kDramPicojoule[i] * kPicojoule;
  return energy;
}

}  // namespace rowcast
