#include "tests/accelerator/random_programs.h"

#include <algorithm>

#include "sim/accelerator/encoding.h"
#include "sim/accelerator/executor.h"
#include "sim/system/instruction_bytes.h"

namespace rowcast::accelerator {
namespace {

struct Span {
  int64_t first = 0, end = 0;
  bool meets(const Span& other) const { return first < other.end && other.first < end; }
};

enum Place { kInA, kInB, kInW, kInQ, kInS, kInTables, kInDram, kPlaces };
enum Kind { kLoadKind, kMoveKind, kStoreKind };

// What an instruction reads and writes.
struct Access {
  Kind kind;
  std::vector<Span> reads[kPlaces]{}, writes[kPlaces]{};

  bool must_wait_for(const Access& before) const {
    const auto any = [](const std::vector<Span>& mine, const std::vector<Span>& others) {
      return std::ranges::any_of(mine, [&](const Span& a) {
        return std::ranges::any_of(others, [&](const Span& b) { return a.meets(b); });
      });
    };
    for (int p = 0; p < kPlaces; ++p)
      if (any(reads[p], before.writes[p]) || any(writes[p], before.reads[p]) ||
          any(writes[p], before.writes[p]))
        return true;
    return false;
  }
};

constexpr int kAll = 1 << kAddressBits;

Access access_of(const Move& move) {
  Access access{.kind = kMoveKind};
  const auto span = [](const Range& range) { return Span{range.first, range.last + 1}; };
  access.reads[move.rows.from == Memory::kA ? kInA : kInW].push_back(span(move.rows.range));
  access.reads[move.columns.from == Memory::kB ? kInB : kInW].push_back(span(move.columns.range));
  access.reads[kInQ].push_back({0, kAll});
  access.reads[kInS].push_back({0, kAll});
  access.reads[kInTables].push_back({0, kAll});
  if (move.results.residual) access.reads[kInA].push_back({0, kAll});
  access.writes[move.results.to == Memory::kA ? kInA : kInB].push_back(span(move.results.range));
  return access;
}

class Maker {
 public:
  Maker(Random& random, const SystemConfig& config)
      : random_(random),
        config_(config),
        line_(config.line_bytes()),
        data_(static_cast<size_t>(kLines * line_)),
        made_{.before = Memories(config.accelerator), .after = Memories(config.accelerator)},
        writable_(static_cast<uint32_t>(kLines / 2 * line_)) {
    fill_with_noise(made_.before, random_);
    made_.after = made_.before;
    Memories more = made_.before;
    fill_with_noise(more, random_);
    // Words of DRAM are such that a load of them is legal in every memory: the lower half has
    // scales.
    for (auto& byte : data_) byte = static_cast<uint8_t>(random_());
    for (size_t at = 0; at + 8 <= writable_; at += 8) {
      const ChannelScale& scale = more.s.at(0, between(random_, 0, config.accelerator.s_depth - 1));
      const uint64_t bits = bits_of(scale);
      for (int i = 0; i < 8; ++i) data_[at + i] = static_cast<uint8_t>(bits >> 8 * i);
    }
    original_ = data_;
  }

  RandomProgram make(int items) {
    for (int i = 0; i < items; ++i) {
      const int kind = between(random_, 0, 9);
      if (kind < 5)
        load();
      else if (kind < 8)
        move();
      else
        store();
    }
    made_.instructions = instructions_;
    made_.placed = placed(instructions_, original_, writable_);
    made_.bytes_after = made_.placed.bytes;
    std::ranges::copy(data_, made_.bytes_after.begin());
    return std::move(made_);
  }

 private:
  static constexpr int kLines = 400;

  int16_t word(size_t at) const {
    const int bytes = config_.word_bytes(), unused = 32 - config_.accelerator.array.data_width;
    uint32_t bits = data_[at];
    if (bytes == 2) bits |= static_cast<uint32_t>(data_[at + 1]) << 8;
    return static_cast<int16_t>(static_cast<int32_t>(bits << unused) >> unused);
  }

  // How many of the other lists' instructions must be finished, or a few more.
  uint32_t wait(const Access& access, Kind kind) {
    uint32_t count = 0, at = 0;
    for (const Access& before : accesses_)
      if (before.kind == kind) {
        ++at;
        if (access.must_wait_for(before) || between(random_, 1, 20) == 1) count = at;
      }
    return count;
  }

  void load() {
    LoadInstruction load{.memory = static_cast<uint32_t>(
                             between(random_, 0, config_.accelerator.tables > 0 ? 5 : 4))};
    const int lanes = config_.lanes();
    const int depth = depth_of(config_.accelerator, static_cast<Memory>(load.memory));
    Access access{.kind = kLoadKind};
    if (load.memory <= 2) {
      const int count = between(random_, 1, std::min(depth, between(random_, 1, 150)));
      load.count = static_cast<uint32_t>(count);
      load.base = static_cast<uint32_t>(between(random_, 0, depth - count));
      const int first = between(random_, 0, kLines - count);
      load.offset = static_cast<uint32_t>(first * line_);
      const Memory memory = static_cast<Memory>(load.memory);
      for (int i = 0; i < count; ++i)
        for (int lane = 0; lane < lanes; ++lane)
          made_.after.words(memory).at(lane, static_cast<int>(load.base) + i) =
              word(static_cast<size_t>((first + i) * line_ + lane * config_.word_bytes()));
      access.writes[load.memory].push_back({load.base, load.base + count});
      access.reads[kInDram].push_back({load.offset, load.offset + count * line_});
    } else if (load.memory == kLoadTables) {
      const int each = config_.word_bytes();
      const int count = between(random_, 1, std::min(depth, 80));
      const int lines = (count * each + line_ - 1) / line_;
      load.count = static_cast<uint32_t>(count);
      load.base = static_cast<uint32_t>(between(random_, 0, depth - count));
      load.offset = static_cast<uint32_t>(between(random_, 0, kLines - lines) * line_);
      for (int i = 0; i < count; ++i)
        made_.after.tables.at(0, static_cast<int>(load.base) + i) =
            word(static_cast<size_t>(load.offset) + static_cast<size_t>(i * each));
      access.writes[kInTables].push_back({load.base, load.base + count});
      access.reads[kInDram].push_back({load.offset, load.offset + lines * line_});
    } else {
      const bool by_lane = load.memory == 3;
      const int most = std::min(by_lane ? depth * lanes : depth, static_cast<int>(writable_) / 8);
      const int count = between(random_, 1, std::min(most, 60));
      const int addresses = by_lane ? (count + lanes - 1) / lanes : count;
      load.count = static_cast<uint32_t>(count);
      load.base = static_cast<uint32_t>(between(random_, 0, depth - addresses));
      const int lines = (count * 8 + line_ - 1) / line_;
      const int first = between(random_, 0, kLines / 2 - lines);
      load.offset = static_cast<uint32_t>(first * line_);
      for (int i = 0; i < count; ++i) {
        uint64_t bits = 0;
        for (int b = 0; b < 8; ++b)
          bits |= uint64_t{data_[static_cast<size_t>(load.offset) + i * 8 + b]} << 8 * b;
        const ChannelScale scale = scale_of(bits);
        if (by_lane)
          made_.after.q.at(i % lanes, static_cast<int>(load.base) + i / lanes) = scale;
        else
          made_.after.s.at(0, static_cast<int>(load.base) + i) = scale;
      }
      access.writes[load.memory].push_back({load.base, load.base + addresses});
      access.reads[kInDram].push_back({load.offset, load.offset + lines * line_});
    }
    load.moves = wait(access, kMoveKind);
    load.stores = wait(access, kStoreKind);
    instructions_.loads.push_back(load);
    accesses_.push_back(std::move(access));
  }

  void move() {
    MoveInstruction move{.move = random_move(random_, config_.accelerator)};
    Access access = access_of(move.move);
    move.loads = wait(access, kLoadKind);
    move.stores = wait(access, kStoreKind);
    execute(move.move, made_.after);
    instructions_.moves.push_back(move);
    accesses_.push_back(std::move(access));
  }

  void store() {
    StoreInstruction store{.memory = static_cast<uint32_t>(between(random_, 0, 1))};
    const Memory memory = static_cast<Memory>(store.memory);
    const int depth = depth_of(config_.accelerator, memory);
    const int count = between(random_, 1, std::min(depth, between(random_, 1, 150)));
    store.count = static_cast<uint32_t>(count);
    store.base = static_cast<uint32_t>(between(random_, 0, depth - count));
    const int first = between(random_, kLines / 2, kLines - count);
    store.offset = static_cast<uint32_t>(first * line_);
    const int bytes = config_.word_bytes();
    for (int i = 0; i < count; ++i) {
      uint8_t* line = &data_[static_cast<size_t>((first + i) * line_)];
      std::fill(line, line + line_, uint8_t{0});
      for (int lane = 0; lane < config_.lanes(); ++lane)
        for (int b = 0; b < bytes; ++b)
          line[lane * bytes + b] = static_cast<uint8_t>(
              made_.after.words(memory).at(lane, static_cast<int>(store.base) + i) >> 8 * b);
    }
    Access access{.kind = kStoreKind};
    access.reads[store.memory].push_back({store.base, store.base + count});
    access.writes[kInDram].push_back({store.offset, store.offset + count * line_});
    store.moves = wait(access, kMoveKind);
    store.loads = wait(access, kLoadKind);
    instructions_.stores.push_back(store);
    accesses_.push_back(std::move(access));
  }

  Random& random_;
  const SystemConfig& config_;
  const int line_;
  std::vector<uint8_t> data_, original_;
  RandomProgram made_;
  Instructions instructions_;
  const uint32_t writable_;
  std::vector<Access> accesses_;
};

}  // namespace

RandomProgram random_program(Random& random, const SystemConfig& config, int items) {
  return Maker(random, config).make(items);
}

Placed placed(const Instructions& program, std::vector<uint8_t> data, uint32_t writable) {
  Placed placed{.bytes = std::move(data)};
  placed.launch.writable = writable;
  const auto add = [&](ListPlace& list, const Bytes& bytes, size_t count) {
    placed.bytes.resize((placed.bytes.size() + kBlockBytes - 1) / kBlockBytes * kBlockBytes);
    list = {static_cast<uint32_t>(placed.bytes.size()), static_cast<uint32_t>(count)};
    placed.bytes.insert(placed.bytes.end(), bytes.begin(), bytes.end());
  };
  add(placed.launch.loads, bytes_of(program.loads), program.loads.size());
  add(placed.launch.moves, bytes_of(program.moves), program.moves.size());
  add(placed.launch.stores, bytes_of(program.stores), program.stores.size());
  placed.launch.size = static_cast<uint32_t>(placed.bytes.size());
  return placed;
}

}  // namespace rowcast::accelerator
