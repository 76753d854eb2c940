#include "sim/system/interpreter.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "sim/accelerator/encoding.h"
#include "sim/accelerator/executor.h"

namespace rowcast::accelerator {
namespace {

// As registers.h calls them.
enum Code : uint32_t {
  kBase = 1,
  kCount = 1,
  kAddress = 2,
  kMemory = 3,
  kOffset = 4,
  kList = 11,
  kStuck = 12
};
constexpr uint64_t kBaseMultiple = 4096, kSizeMultiple = 64;
constexpr size_t kScaleBytes = 8;

class Interpreter {
 public:
  Interpreter(const Launch& launch, const SystemConfig& config, std::span<uint8_t> region,
              Memories& memories)
      : launch_(launch), config_(config), region_(region), memories_(memories) {
    if (region.size() < launch.size) throw std::logic_error("a region smaller than its size");
  }

  Outcome run(uint64_t base, const Choice& choice) {
    if (base % kBaseMultiple != 0 || launch_.size % kSizeMultiple != 0)
      return failed(Part::kControl, kBase, 0);
    for (const Part unit : kUnits)
      if (!inside(unit)) return failed(unit, kList, 0);
    for (;;) {
      std::vector<Part> ready;
      bool left = false;
      for (const Part unit : kUnits) {
        if (done(unit) == list(unit).count) continue;
        left = true;
        if (may(unit)) ready.push_back(unit);
      }
      if (!left) return outcome_;
      if (ready.empty()) return failed(Part::kControl, kStuck, 0);
      const Part unit = choice(ready);
      if (const uint32_t code = carry_out(unit); code != 0) return failed(unit, code, done(unit));
      ++done(unit);
    }
  }

 private:
  static constexpr Part kUnits[] = {Part::kLoad, Part::kMove, Part::kStore};

  const ListPlace& list(Part unit) const {
    return unit == Part::kLoad   ? launch_.loads
           : unit == Part::kMove ? launch_.moves
                                 : launch_.stores;
  }
  uint32_t& done(Part unit) { return outcome_.finished[static_cast<size_t>(unit) - 1]; }
  static uint64_t bytes_of_each(Part unit) {
    return unit == Part::kMove ? kMoveBytes : kTransferBytes;
  }

  Outcome failed(Part unit, uint32_t code, uint32_t index) {
    outcome_.unit = unit;
    outcome_.code = code;
    outcome_.index = index;
    return outcome_;
  }

  bool inside(Part unit) const {
    const ListPlace& place = list(unit);
    const uint64_t blocks = (place.count * bytes_of_each(unit) + kBlockBytes - 1) / kBlockBytes;
    return place.offset % kBlockBytes == 0 && place.count >> kCounterBits == 0 &&
           place.offset + blocks * kBlockBytes <= launch_.size;
  }

  std::span<const uint8_t> next(Part unit) {
    return region_.subspan(list(unit).offset + done(unit) * bytes_of_each(unit),
                           bytes_of_each(unit));
  }
  bool may(Part unit) {
    const auto finished = [&](Part other, uint32_t wanted) { return done(other) >= wanted; };
    bool reserved = false;
    if (unit == Part::kLoad) {
      const LoadInstruction load = load_at(next(unit), reserved);
      return finished(Part::kMove, load.moves) && finished(Part::kStore, load.stores);
    }
    if (unit == Part::kStore) {
      const StoreInstruction store = store_at(next(unit), reserved);
      return finished(Part::kMove, store.moves) && finished(Part::kLoad, store.loads);
    }
    const MoveInstruction move = move_at(next(unit));
    return finished(Part::kLoad, move.loads) && finished(Part::kStore, move.stores);
  }

  uint32_t carry_out(Part unit) {
    if (unit == Part::kLoad) return load();
    if (unit == Part::kStore) return store();
    try {
      execute(move_at(next(unit)).move, memories_);
    } catch (const MoveError& error) {
      return static_cast<uint32_t>(error.code);
    }
    return 0;
  }

  // Whole lines within [low, size).
  bool within(uint32_t offset, uint64_t lines, uint32_t low) const {
    const uint64_t line = static_cast<uint64_t>(config_.line_bytes());
    return offset % line == 0 && offset / line >= low / line &&
           offset / line + lines <= launch_.size / line;
  }

  uint32_t load() {
    bool reserved = false;
    const LoadInstruction load = load_at(next(Part::kLoad), reserved);
    if (load.memory >
            static_cast<uint32_t>(config_.accelerator.tables > 0 ? Memory::kTables : Memory::kS) ||
        reserved)
      return kMemory;
    if (load.count == 0) return kCount;
    const Memory memory = static_cast<Memory>(load.memory);
    const uint64_t line = static_cast<uint64_t>(config_.line_bytes());
    const bool scales = memory == Memory::kQ || memory == Memory::kS;
    const bool packs = scales || memory == Memory::kTables;
    const uint64_t each = static_cast<uint64_t>(scales ? kScaleBytes : config_.word_bytes());
    const uint64_t lines = packs ? (uint64_t{load.count} * each + line - 1) / line : load.count;
    if (!within(load.offset, lines, 0)) return kOffset;
    const std::span<const uint8_t> bytes = region_.subspan(load.offset, lines * line);
    const uint64_t depth = static_cast<uint64_t>(depth_of(config_.accelerator, memory));
    if (memory == Memory::kTables) {
      for (uint64_t i = 0; i < load.count; ++i) {
        if (load.base + i >= depth) return kAddress;
        memories_.tables.at(0, static_cast<int>(load.base + i)) = packed_word(bytes, i, config_);
      }
      return 0;
    }
    if (!scales) {
      Bank<int16_t>& bank = memories_.words(memory);
      for (uint64_t i = 0; i < load.count; ++i) {
        if (load.base + i >= depth) return kAddress;
        std::ranges::copy(words_of(bytes.subspan(i * line, line), config_),
                          &bank.at(0, static_cast<int>(load.base + i)));
      }
      return 0;
    }
    Bank<ChannelScale>& bank = memory == Memory::kQ ? memories_.q : memories_.s;
    const auto lanes = static_cast<uint64_t>(bank.lanes);
    for (uint64_t i = 0; i < load.count; ++i) {
      if (load.base + i / lanes >= depth) return kAddress;
      const uint64_t bits =
          word_at(bytes, i * kScaleBytes) | uint64_t{word_at(bytes, i * kScaleBytes + 4)} << 32;
      bank.at(static_cast<int>(i % lanes), static_cast<int>(load.base + i / lanes)) =
          scale_of(bits);
    }
    return 0;
  }

  uint32_t store() {
    bool reserved = false;
    const StoreInstruction store = store_at(next(Part::kStore), reserved);
    if (store.memory > static_cast<uint32_t>(Memory::kB) || reserved) return kMemory;
    if (store.count == 0) return kCount;
    const Memory memory = static_cast<Memory>(store.memory);
    if (uint64_t{store.base} + store.count >
        static_cast<uint64_t>(depth_of(config_.accelerator, memory)))
      return kAddress;
    if (!within(store.offset, store.count, launch_.writable)) return kOffset;
    const Bank<int16_t>& bank = memories_.words(memory);
    const std::span<const int16_t> words(bank.row(static_cast<int>(store.base)),
                                         static_cast<size_t>(store.count) * bank.lanes);
    std::ranges::copy(lines_of(words, config_), region_.begin() + store.offset);
    return 0;
  }

  const Launch& launch_;
  const SystemConfig& config_;
  std::span<uint8_t> region_;
  Memories& memories_;
  Outcome outcome_;
};

}  // namespace

Outcome interpret(const Launch& launch, const SystemConfig& config, uint64_t base,
                  std::span<uint8_t> region, Memories& memories, const Choice& choice) {
  return Interpreter(launch, config, region, memories).run(base, choice);
}

}  // namespace rowcast::accelerator
