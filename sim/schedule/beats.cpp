#include "sim/schedule/beats.h"

#include <algorithm>

namespace rowcast {

std::vector<Order> orders_of(std::span<const Work> works) {
  std::vector<Order> orders;
  for (const Work& work : works)
    for (const Command& command : work.schedule->commands) orders.push_back({&work, &command});
  return orders;
}

BeatSequence::BeatSequence(const ArrayConfig& config, std::span<const Order> orders)
    : config_(config), orders_(orders), zeros_(std::max(config.rows, config.cols)) {
  load();
}

bool BeatSequence::takes_tap() const {
  if (!stream()) return false;
  const Command& command = current();
  const auto meets = [&](int offset) {
    return offset >= 0 && offset < command.beats && offset % command.pitch < command.taps;
  };
  // In a chain the window before still takes its taps with this one's first samples.
  return meets(beat_ - (command.cols - 1)) || (command.chain && step_ > 0 && meets(beat_ + 1));
}

void BeatSequence::taken(bool with_tap) {
  if (with_tap) ++tap_;
  if (++beat_ < beats_) return;
  beat_ = 0;
  if (stream() && ++pass_ < current().passes) return load();
  pass_ = 0;
  if (++step_ == current().count) {
    steps_done_ += step_;
    step_ = 0;
    ++order_;
  }
  load();
}

void BeatSequence::load() {
  if (done()) return;
  const Command& command = current();
  const Work& work = *orders_[order_].work;
  if (!command.stream) {
    const GemmPlan& plan = std::get<GemmPlan>(work.schedule->plan);
    const Tile tile = tile_at(config_, plan, *work.layer, command, step_);
    beats_ = command.beats;
    load_side(tile, work, tile.rows, config_.rows, a_, a_items_);
    load_side(tile, work, tile.cols, config_.cols, b_, b_items_);
    loaded_group_ = tile.group;
    loaded_work_ = &work;
    return;
  }
  // A window's own samples: in a chain those up to the next window's, the last one's to its end.
  const StreamPlan& plan = std::get<StreamPlan>(work.schedule->plan);
  const bool ends = !command.chain || step_ + 1 == command.count;
  beats_ = ends ? command.cols - 1 + command.beats : command.cols;
  a_items_.clear();
  a_.resize(size_t(beats_) * config_.rows);
  gather_samples(plan, *work.layer, command, step_, pass_, 0, beats_, config_.rows, work.input,
                 a_.data());
  // In a chain a window's taps start with its last sample: those of the window before are still
  // in use.
  taps_.erase(taps_.begin(), taps_.begin() + size_t(tap_) * config_.rows);
  queued_taps_ -= tap_;
  tap_ = 0;
  taps_.resize(size_t(queued_taps_ + plan.pass_taps) * config_.rows);
  gather_taps(plan, command, step_, pass_, config_.rows, work.weights,
              taps_.data() + size_t(queued_taps_) * config_.rows);
  queued_taps_ += plan.pass_taps;
}

void BeatSequence::load_side(const Tile& tile, const Work& work, const std::vector<LaneItem>& items,
                             int lanes, std::vector<int16_t>& values,
                             std::vector<LaneItem>& loaded) {
  const GemmPlan& plan = std::get<GemmPlan>(work.schedule->plan);
  const size_t size = size_t(current().beats) * lanes;
  if (&work == loaded_work_ && values.size() == size && tile.group == loaded_group_ &&
      items == loaded && plan.band == 0)  // a line's samples depend on the tile's positions too
    return;
  values.resize(size);
  gather_tile_side(plan, *work.layer, current(), tile, items, lanes, work.input, work.weights,
                   values.data());
  loaded = items;
}

}  // namespace rowcast
