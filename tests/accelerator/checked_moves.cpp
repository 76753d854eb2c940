#include "tests/accelerator/checked_moves.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "sim/accelerator/encoding.h"
#include "sim/accelerator/executor.h"
#include "sim/accelerator/timing.h"
#include "tests/accelerator/differences.h"
#include "tests/accelerator/move_runner.h"

namespace rowcast::accelerator {
namespace {

Program program_of(const AcceleratorConfig& config, const std::vector<Move>& moves) {
  Program program{.config = config};
  for (const Move& move : moves) program.moves.push_back({.move = move, .label = dump(move)});
  return program;
}

// Words for an address of a memory, for the move; all moves before it must have ended.
Load random_load(Random& random, const AcceleratorConfig& config, int move) {
  Load load{.memory = static_cast<Memory>(between(random, 0, 2)), .depth = between(random, 1, 40)};
  load.depth = std::min(load.depth, depth_of(config, load.memory));
  load.base = between(random, 0, depth_of(config, load.memory) - load.depth);
  load.after = load.before = move;
  for (int i = 0; i < load.depth * config.lanes(); ++i)
    load.words.push_back(static_cast<int16_t>(between(random, -3, 3)));
  return load;
}

void write(const Load& load, Memories& memories) {
  for (int lane = 0; lane < memories.config.lanes(); ++lane)
    for (int i = 0; i < load.depth; ++i)
      memories.words(load.memory).at(lane, load.base + i) =
          load.words[static_cast<size_t>(lane) * load.depth + i];
}

std::string wrong_times(const MoveTimes& times, const MoveCycles& predicted) {
  const std::pair<int64_t, int64_t> pairs[] = {{times.taken, predicted.taken},
                                               {times.started, predicted.start},
                                               {times.done, predicted.done}};
  const char* names[] = {"taken", "started", "done"};
  for (size_t i = 0; i < std::size(pairs); ++i)
    if (pairs[i].first != pairs[i].second)
      return fmt::format("{} in cycle {}, predicted is {}", names[i], pairs[i].first,
                         pairs[i].second);
  return "";
}

struct Place {
  Memory memory;
  Range range;
  bool written = false;
  bool has(Memory of, int address) const {
    return memory == of && address >= range.first && address <= range.last;
  }
};

// What a move reads and writes.
std::vector<Place> places_of(const Move& move, int lanes) {
  const Results& out = move.results;
  std::vector<Place> places = {{move.rows.from, move.rows.range},
                               {move.columns.from, move.columns.range},
                               {out.to, out.range, true}};
  if (out.residual)
    places.push_back(
        {Memory::kA,
         {out.range.first + out.residual_offset, out.range.last + out.residual_offset}});
  const int scales = out.by_column  ? move.groups
                     : move.windows ? move.groups * lanes
                                    : move.runs * lanes;
  places.push_back(
      {out.by_column ? Memory::kQ : Memory::kS, {out.scales, out.scales + scales - 1}});
  return places;
}

// One sequence of moves with a host beside them, cycle by cycle.
class BesideAHost {
 public:
  BesideAHost(Model& model, Memories& memories, Random& random, std::vector<Move> moves,
              HostTraffic& traffic)
      : model_(model),
        memories_(memories),
        random_(random),
        moves_(std::move(moves)),
        times_(moves_.size()),
        traffic_(traffic),
        lanes_(memories.config.lanes()),
        width_(memories.config.array.data_width) {
    for (const Move& move : moves_) places_.push_back(places_of(move, lanes_));
    in_.load_data = load_data_;
    in_.load_lanes = load_lanes_;
    in_.scale_lanes = scale_lanes_;
  }

  std::string run() {
    while (!model_.outputs().idle) model_.step({});
    begin_ = model_.cycles();
    const int64_t patience = begin_ + 100000 * static_cast<int64_t>(moves_.size());
    while (done_ < moves_.size() || in_.load_valid || in_.read_valid || load_waits_ ||
           !reads_.empty()) {
      if (model_.cycles() > patience) return "makes no progress";
      if (std::string wrong = cycle(); !wrong.empty())
        return fmt::format("cycle {}: {}", model_.cycles() - begin_, wrong);
    }
    model_.step({});
    Timeline timeline(memories_.config);
    for (size_t m = 0; m < moves_.size(); ++m)
      if (std::string wrong = wrong_times(times_[m], timeline.add(moves_[m], times_[m].offered));
          !wrong.empty())
        return fmt::format("move {}: {}", m, wrong);
    return difference(model_.read(), memories_);
  }

 private:
  bool chance(int of) { return between(random_, 1, of) == 1; }
  bool busy() const { return done_ < moves_.size(); }

  // Has a move that is not done anything to do with the address; or, does it write it?
  bool touched(Memory memory, int address, bool writes_only) const {
    for (size_t m = done_; m < moves_.size(); ++m)
      for (const Place& place : places_[m])
        if ((place.written || !writes_only) && place.has(memory, address)) return true;
    return false;
  }

  // An address that `free` allows; mostly one beside a move's.
  template <class Free>
  std::optional<int> address(Memory memory, const Free& free) {
    for (int tries = 0; tries < 4; ++tries) {
      int at = between(random_, 0, depth_of(memories_.config, memory) - 1);
      if (const Place& near =
              places_[static_cast<size_t>(between(random_, 0, static_cast<int>(moves_.size()) - 1))]
                     [static_cast<size_t>(between(random_, 0, 2))];
          near.memory == memory && chance(2))
        at = chance(2) ? near.range.last + 1 : near.range.first - 1;
      if (at >= 0 && at < depth_of(memories_.config, memory) && free(at)) return at;
    }
    return std::nullopt;
  }

  void offer_move() {
    if (in_.move_valid || taken_ == moves_.size() || chance(3)) return;
    move_ = encode(moves_[taken_]);
    in_.move = reinterpret_cast<const uint8_t*>(move_.data());
    in_.move_valid = true;
    times_[taken_].offered = model_.cycles() - begin_;
  }

  // A port of so many bits; those beyond are zero.
  void draw_bits(std::span<uint8_t> bytes, int bits) {
    for (size_t i = 0; i < bytes.size(); ++i) {
      const int here = std::clamp(bits - 8 * static_cast<int>(i), 0, 8);
      bytes[i] = static_cast<uint8_t>(random_() & ((1U << here) - 1));
    }
  }

  void offer_load() {
    if (in_.load_valid || !busy() || chance(3)) return;
    const auto memory = static_cast<Memory>(between(random_, 0, 2));
    const auto at = address(memory, [&](int a) {
      return !touched(memory, a, false) && std::ranges::none_of(reads_, [&](const Read& read) {
        return read.memory == memory && read.address == a;
      });
    });
    if (!at) return;
    in_.load_valid = true;
    in_.load_memory = chance(9) ? 3 : static_cast<uint32_t>(memory);
    in_.load_address = static_cast<uint32_t>(*at);
    draw_bits(load_data_, lanes_ * width_);
    draw_bits(load_lanes_, lanes_);
    offered_load_ = model_.cycles();
  }

  int16_t lane_of(const uint8_t* data, int lane) const {
    uint32_t value = 0;
    for (int bit = 0; bit < width_; ++bit) {
      const int at = lane * width_ + bit;
      value |= static_cast<uint32_t>(data[at / 8] >> (at % 8) & 1) << bit;
    }
    return static_cast<int16_t>(static_cast<int32_t>(value << (32 - width_)) >> (32 - width_));
  }

  void loaded() {
    in_.load_valid = false;
    ++traffic_.loads;
    traffic_.late_loads += model_.cycles() > offered_load_ + 1;
    if (in_.load_memory == 3) return;
    load_waits_ = {in_.load_memory, in_.load_address};
    Bank<int16_t>& bank = memories_.words(static_cast<Memory>(in_.load_memory));
    for (int lane = 0; lane < lanes_; ++lane)
      if (load_lanes_[lane / 8] >> (lane % 8) & 1)
        bank.at(lane, static_cast<int>(in_.load_address)) = lane_of(load_data_, lane);
  }

  void write_scale() {
    in_.scale_valid = false;
    if (!busy() || chance(2)) return;
    const Memory memory = chance(2) ? Memory::kS : Memory::kQ;
    const auto at = address(memory, [&](int a) { return !touched(memory, a, false); });
    if (!at) return;
    in_.scale_valid = true;
    in_.scale_rows = memory == Memory::kS;
    in_.scale_address = static_cast<uint32_t>(*at);
    in_.scale = random_() >> (64 - kScaleBits);
    draw_bits(scale_lanes_, lanes_);
    const ChannelScale scale = scale_of(in_.scale);
    Bank<ChannelScale>& bank = in_.scale_rows ? memories_.s : memories_.q;
    for (int lane = 0; lane < bank.lanes; ++lane)
      if (in_.scale_rows || scale_lanes_[lane / 8] >> (lane % 8) & 1) bank.at(lane, *at) = scale;
    ++traffic_.scales;
  }

  void offer_read() {
    if (in_.read_valid || !busy() || chance(3)) return;
    const Memory memory = chance(2) ? Memory::kA : Memory::kB;
    const auto at = address(memory, [&](int a) {
      const Target here{static_cast<uint32_t>(memory), static_cast<uint32_t>(a)};
      return !touched(memory, a, true) && load_waits_ != here &&
             !(in_.load_valid && here == Target{in_.load_memory, in_.load_address});
    });
    if (!at) return;
    in_.read_valid = true;
    in_.read_memory = memory == Memory::kB;
    in_.read_address = static_cast<uint32_t>(*at);
    offered_read_ = model_.cycles();
    // What is there now stays until it is read.
    const int16_t* row = memories_.words(memory).row(*at);
    reads_.push_back({memory, *at, {row, row + lanes_}});
  }

  std::string cycle() {
    offer_move();
    offer_load();
    write_scale();
    offer_read();
    const bool taken = in_.move_valid && model_.outputs().move_ready;
    const bool load = in_.load_valid && model_.outputs().load_ready;
    const bool read = in_.read_valid && model_.outputs().read_ready;
    if (model_.outputs().load_ready) load_waits_.reset();
    const ShimOutputs& now = model_.step(in_);
    if (taken) {
      in_.move_valid = false;
      times_[taken_++].taken = model_.cycles() - 1 - begin_;
    }
    if (load) loaded();
    if (read) {
      in_.read_valid = false;
      ++traffic_.reads;
      traffic_.late_reads += model_.cycles() > offered_read_ + 1;
      ++asked_;
    }
    if (now.error) return fmt::format("error {}", now.error_code);
    if (now.start) {
      if (started_ == taken_) return "a start that no move was offered for";
      times_[started_++].started = model_.cycles() - begin_;
    }
    if (now.done) {
      if (done_ == started_) return "an end of a move that was not started";
      times_[done_].done = model_.cycles() - begin_;
      execute(moves_[done_++], memories_);
    }
    if (now.read_done) {
      if (asked_ == 0) return "data that nobody asked for";
      for (int lane = 0; lane < lanes_; ++lane)
        if (const int16_t got = lane_of(now.read_data, lane);
            got != reads_.front().words[static_cast<size_t>(lane)])
          return fmt::format("read {}: lane {}, address {}: {} instead of {}",
                             to_string(reads_.front().memory), lane, reads_.front().address, got,
                             reads_.front().words[static_cast<size_t>(lane)]);
      reads_.pop_front();
      --asked_;
    }
    return "";
  }

  struct Read {
    Memory memory;
    int address;
    std::vector<int16_t> words;
  };

  Model& model_;
  Memories& memories_;
  Random& random_;
  std::vector<Move> moves_;
  std::vector<std::vector<Place>> places_;  // by move
  std::vector<MoveTimes> times_;
  HostTraffic& traffic_;
  int lanes_, width_;
  int64_t begin_ = 0;
  size_t taken_ = 0, started_ = 0, done_ = 0;  // moves
  ShimInputs in_{};
  std::vector<uint32_t> move_;  // that is offered
  uint8_t load_data_[128]{}, load_lanes_[8]{}, scale_lanes_[8]{};
  using Target = std::pair<uint32_t, uint32_t>;  // memory, address
  std::optional<Target> load_waits_;             // taken and not yet written
  int64_t offered_load_ = 0, offered_read_ = 0;
  std::deque<Read> reads_;  // offered or taken, without data yet
  int asked_ = 0;           // of these, taken
};

}  // namespace

CheckedMoves::CheckedMoves(const std::shared_ptr<const ModelCode>& code)
    : model_(code, 1), memories_(code->config()) {}

std::string CheckedMoves::sequence(uint64_t seed, int longest) {
  Random random(seed);
  std::vector<Move> moves(static_cast<size_t>(between(random, 1, longest)));
  for (Move& move : moves) move = random_move(random, memories_.config);
  return sequence(moves, seed);
}

std::string CheckedMoves::sequence(const std::vector<Move>& moves, uint64_t seed) {
  Random random(seed);
  fill_with_noise(memories_, random);
  model_.write(memories_);
  Program program = program_of(memories_.config, moves);
  for (size_t m = 1; m < moves.size(); ++m)
    if (between(random, 1, 4) == 1)
      program.loads.push_back(random_load(random, memories_.config, static_cast<int>(m)));
  std::vector<MoveTimes> times;
  try {
    times = run(model_, program);
  } catch (const HardwareFault& fault) {
    return fault.what();
  }
  size_t next = 0;
  Timeline timeline(memories_.config);
  std::string all;
  for (size_t m = 0; m < moves.size(); ++m) {
    all += "\n" + dump(moves[m]);
    for (; next < program.loads.size() && program.loads[next].before == static_cast<int>(m); ++next)
      write(program.loads[next], memories_);
    execute(moves[m], memories_);
    if (std::string wrong = wrong_times(times[m], timeline.add(moves[m], times[m].offered));
        !wrong.empty())
      return fmt::format("move {} of {}: {}{}", m, moves.size(), wrong, all);
  }
  const std::string wrong = difference(model_.read(), memories_);
  return wrong.empty() ? "" : wrong + all;
}

std::string CheckedMoves::beside_a_host(uint64_t seed, int longest, HostTraffic& traffic) {
  Random random(seed);
  fill_with_noise(memories_, random);
  model_.write(memories_);
  std::vector<Move> moves(static_cast<size_t>(between(random, 1, longest)));
  for (Move& move : moves) move = random_move(random, memories_.config);
  return BesideAHost(model_, memories_, random, moves, traffic).run();
}

namespace {

// The error that a run ends with, or nothing.
std::string error_of(Model& model, const Program& program) {
  try {
    run(model, program);
  } catch (const HardwareFault& fault) {
    return fault.what();
  }
  return "";
}

void wait(Model& model) {
  for (int cycle = 0; cycle < 300; ++cycle) model.step({});
}

}  // namespace

std::string CheckedMoves::refusals(uint64_t seed) {
  Random random(seed);
  const AcceleratorConfig& config = memories_.config;
  const Move before = random_move(random, config), move = random_move(random, config);
  for (const Spoiled& wrong : refused(move, config)) {
    const std::string what = wrong.what + ": " + dump(wrong.move) + ": ";
    fill_with_noise(memories_, random);
    model_.write(memories_);
    execute(before, memories_);
    const std::string error = error_of(model_, program_of(config, {before, wrong.move, before}));
    if (error.find("move 1 (") == std::string::npos ||
        error.find(fmt::format(": error {}: ", wrong.code)) == std::string::npos)
      return fmt::format("{}error {} is expected, not '{}'", what, wrong.code, error);
    wait(model_);
    if (const std::string other = difference(model_.read(), memories_); !other.empty())
      return what + other;
    model_.reset();
  }
  return "";
}

std::string CheckedMoves::stops(uint64_t seed) {
  Random random(seed);
  const AcceleratorConfig& config = memories_.config;
  const Move before = random_move(random, config), move = random_move(random, config);
  for (const Spoiled& wrong : stopped(move)) {
    const std::string what = wrong.what + ": " + dump(wrong.move) + ": ";
    fill_with_noise(memories_, random);
    model_.write(memories_);
    const std::string error = error_of(model_, program_of(config, {before, wrong.move, before}));
    if (error.find(fmt::format(": error {}: ", wrong.code)) == std::string::npos)
      return fmt::format("{}error {} is expected, not '{}'", what, wrong.code, error);
    Memories got = model_.read();
    wait(model_);
    if (const std::string other = difference(model_.read(), got); !other.empty())
      return what + "behind the error, " + other;
    // What lies within the promised ranges is of no meaning.
    for (const Results& results : {before.results, wrong.move.results})
      for (int address = results.range.first; address <= results.range.last; ++address)
        for (int lane = 0; lane < config.lanes(); ++lane)
          got.words(results.to).at(lane, address) = memories_.words(results.to).at(lane, address);
    if (const std::string other = difference(got, memories_); !other.empty()) return what + other;
    model_.reset();
  }
  return "";
}

}  // namespace rowcast::accelerator
