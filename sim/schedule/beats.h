// The operand beats of layers' schedules, one after the other, as any host hands them to an array.
#pragma once

#include <cstddef>
#include <cstdint>
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
};

// A command of one of the works.
struct Order {
  const Work* work;
  const Command* command;
};
std::vector<Order> orders_of(std::span<const Work> works);

// Walks over the beats of all orders. The orders and what they point to outlive it.
class BeatSequence {
 public:
  BeatSequence(const ArrayConfig& config, std::span<const Order> orders);

  bool done() const { return order_ == orders_.size(); }
  bool stream() const { return !done() && current().stream; }
  // A beat with which a stream begins: from here on it must not be interrupted.
  bool stream_begins() const { return stream() && beat_ == 0 && (step_ == 0 || !current().chain); }
  // The present beat's step, over all orders.
  int64_t step() const { return steps_done_ + step_; }
  // By the command's rule a tap goes with this beat.
  bool takes_tap() const;

  // Lanes of the present beat, ROWS, COLS and ROWS of them; null where the port does not matter.
  const int16_t* a() const { return done() ? nullptr : a_.data() + size_t(beat_) * config_.rows; }
  const int16_t* b() const {
    return done() || stream() ? nullptr : b_.data() + size_t(beat_) * config_.cols;
  }
  // The next tap, to be held until one is taken.
  const int16_t* tap() const {
    return stream() && tap_ < queued_taps_ ? taps_.data() + size_t(tap_) * config_.rows
                                           : zeros_.data();
  }

  // The array took the beat, and the tap if it had asked for one.
  void taken(bool with_tap);

 private:
  const Command& current() const { return *orders_[order_].command; }
  void load();
  void load_side(const Tile& tile, const Work& work, const std::vector<LaneItem>& items, int lanes,
                 std::vector<int16_t>& values, std::vector<LaneItem>& loaded);

  const ArrayConfig& config_;
  std::span<const Order> orders_;
  std::vector<int16_t> zeros_, a_, b_, taps_;
  std::vector<LaneItem> a_items_, b_items_;  // what a_ and b_ hold now
  int loaded_group_ = -1;
  const Work* loaded_work_ = nullptr;
  size_t order_ = 0;
  int64_t steps_done_ = 0;  // of the orders before
  int step_ = 0, pass_ = 0, beat_ = 0, beats_ = 0;
  int tap_ = 0, queued_taps_ = 0;
};

}  // namespace rowcast
