// The operand beats of layers' schedules, one after the other, as any host hands them to an array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "generator/config.h"
#include "sim/schedule/schedule.h"

namespace rowcast {

// A layer to run: shapes, schedule and values. All outlive the run.
struct Work {
  const Layer* layer;
  const Schedule* schedule;
  std::span<const int16_t> input, weights;
  bool whole = true;  // false: the schedule is only the beginning of the layer's
  // The layer's outputs, exact, of which results are the lowest ACC_W bits; empty: unknown. What is
  // known is compared as it comes.
  std::span<const int64_t> expected{};
  bool keep_outputs = true;
};

// A command of one of the works.
struct Order {
  const Work* work = nullptr;
  Command command{};
};
// The commands of all works, one after the other: a place among them. The works outlive it.
class Orders {
 public:
  explicit Orders(std::span<const Work> works) : works_(works) { begin_work(); }
  bool done() const { return works_.empty(); }
  const Order& operator*() const { return order_; }
  const Order* operator->() const { return &order_; }
  void next();

 private:
  void begin_work();
  std::span<const Work> works_;  // the present one and those behind
  std::optional<Commands::Iterator> command_;
  Order order_;
};

// Walks over the beats of all works, which outlive it. A step's operands are gathered at once, as
// the ports have them (lanes.h).
class BeatSequence {
 public:
  BeatSequence(const ArrayConfig& config, std::span<const Work> works);

  bool done() const { return order_.done(); }
  bool stream() const { return !done() && current().stream; }
  // A beat with which a stream begins: from here on it must not be interrupted.
  bool stream_begins() const { return stream() && beat_ == 0 && (step_ == 0 || !current().chain); }
  // The present beat's step, over all orders.
  int64_t step() const { return steps_done_ + step_; }
  // By the command's rule a tap goes with this beat.
  bool takes_tap() const {
    if (!stream()) return false;
    // In a chain the window before still takes its taps with this one's first samples.
    return meets_tap(beat_ - (current().cols - 1)) ||
           (current().chain && step_ > 0 && meets_tap(beat_ + 1));
  }

  // The present beat as a_i, b_i and tap_i; null where the port does not matter.
  const uint8_t* a() const { return done() ? nullptr : a_ + size_t(beat_) * a_bytes_; }
  const uint8_t* b() const { return done() || stream() ? nullptr : b_ + size_t(beat_) * b_bytes_; }
  // The next tap, to be held until one is taken.
  const uint8_t* tap() const {
    return stream() && tap_ < queued_taps_ ? taps_.data() + size_t(tap_) * tap_bytes_
                                           : no_tap_.data();
  }

  // The array took the beat, and the tap if it had asked for one.
  void taken(bool with_tap) {
    if (with_tap) ++tap_;
    if (++beat_ == beats_) next();
  }

 private:
  // The operands of one of the array's edges for one tile.
  struct Side {
    const Work* work = nullptr;
    int group = -1;
    std::vector<LaneItem> items;
    std::vector<uint8_t> beats;
  };

  const Command& current() const { return order_->command; }
  bool meets_tap(int offset) const {
    return offset >= 0 && offset < current().beats && meets_tap_[offset];
  }
  void next();
  void load();
  void load_tile(const Work& work, const Command& command);
  void load_samples(const Work& work, const Command& command);
  Side& side_of(std::vector<Side>& sides, int item, int tile_items, bool again, size_t beat_bytes);
  const uint8_t* load_side(const Work& work, const Tile& tile, const std::vector<LaneItem>& items,
                           int lanes, int width, Side& side);

  const ArrayConfig& config_;
  Orders order_;
  const size_t a_bytes_, b_bytes_, tap_bytes_;  // of a beat
  const uint8_t* a_ = nullptr;                  // the step's, or the pass's, first beat
  const uint8_t* b_ = nullptr;
  // As many sides of tiles as may be met again and fit the memory for them.
  std::vector<Side> rows_, cols_;
  const Work* sides_work_ = nullptr;
  std::vector<uint8_t> samples_, taps_;
  const std::vector<uint8_t> no_tap_;
  std::vector<int16_t> gathered_;
  std::vector<uint8_t> meets_tap_;  // by offset, of the current command
  int64_t steps_done_ = 0;          // of the orders before
  int step_ = 0, pass_ = 0, beat_ = 0, beats_ = 0;
  int tap_ = 0, queued_taps_ = 0;
};

}  // namespace rowcast
