#include "sim/schedule/beats.h"

#include <algorithm>

#include "sim/schedule/lanes.h"

namespace rowcast {
namespace {

// For column sides that later row tiles meet again: all of them in the networks' layers.
constexpr size_t kColumnSidesBytes = size_t{8} << 20;

void pack_beats(std::span<const int16_t> lanes, int count, int width, std::vector<uint8_t>& packed,
                size_t first_beat = 0) {
  const size_t beats = lanes.size() / count, bytes = lanes_bytes(width, count);
  packed.resize((first_beat + beats) * bytes);
  for (size_t beat = 0; beat < beats; ++beat)
    pack_lanes(lanes.subspan(beat * count, count), width,
               packed.data() + (first_beat + beat) * bytes);
}

}  // namespace

std::vector<Order> orders_of(std::span<const Work> works) {
  std::vector<Order> orders;
  for (const Work& work : works)
    for (const Command& command : work.schedule->commands) orders.push_back({&work, &command});
  return orders;
}

BeatSequence::BeatSequence(const ArrayConfig& config, std::span<const Order> orders)
    : config_(config),
      orders_(orders),
      a_bytes_(lanes_bytes(config.data_width, config.rows)),
      b_bytes_(lanes_bytes(config.weight_width, config.cols)),
      tap_bytes_(lanes_bytes(config.weight_width, config.rows)),
      no_tap_(tap_bytes_) {
  load();
}

void BeatSequence::next() {
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
  if (command.stream)
    load_samples(work, command);
  else
    load_tile(work, command);
}

void BeatSequence::load_tile(const Work& work, const Command& command) {
  const Tile tile =
      tile_at(config_, std::get<GemmPlan>(work.schedule->plan), *work.layer, command, step_);
  beats_ = command.beats;
  a_ = load_side(work, tile, tile.rows, config_.rows, config_.data_width, rows_);
  b_ =
      load_side(work, tile, tile.cols, config_.cols, config_.weight_width, column_side(work, tile));
}

void BeatSequence::load_samples(const Work& work, const Command& command) {
  const StreamPlan& plan = std::get<StreamPlan>(work.schedule->plan);
  if (step_ == 0 && pass_ == 0) {
    meets_tap_.resize(command.beats);
    for (int offset = 0; offset < command.beats; ++offset)
      meets_tap_[offset] = offset % command.pitch < command.taps;
  }
  // A window's own samples: in a chain those up to the next window's, the last one's to its end.
  const bool ends = !command.chain || step_ + 1 == command.count;
  beats_ = ends ? command.cols - 1 + command.beats : command.cols;
  gathered_.resize(size_t(beats_) * config_.rows);
  gather_samples(plan, *work.layer, command, step_, pass_, 0, beats_, config_.rows, work.input,
                 gathered_.data());
  pack_beats(gathered_, config_.rows, config_.data_width, samples_);
  a_ = samples_.data();
  // In a chain a window's taps start with its last sample: those of the window before are still
  // in use.
  taps_.erase(taps_.begin(), taps_.begin() + tap_ * tap_bytes_);
  queued_taps_ -= tap_;
  tap_ = 0;
  gathered_.resize(size_t(plan.pass_taps) * config_.rows);
  gather_taps(plan, command, step_, pass_, config_.rows, work.weights, gathered_.data());
  pack_beats(gathered_, config_.rows, config_.weight_width, taps_, queued_taps_);
  queued_taps_ += plan.pass_taps;
}

// Column tiles follow each other fastest, so every row tile meets the same ones again.
BeatSequence::Side& BeatSequence::column_side(const Work& work, const Tile& tile) {
  if (&work != cols_work_) cols_.clear();
  cols_work_ = &work;
  const size_t fitting = std::max<size_t>(1, kColumnSidesBytes / (size_t(beats_) * b_bytes_));
  const int items = std::get<GemmPlan>(work.schedule->plan).col_tile;
  const size_t slot = size_t(tile.cols.front().index / items) % fitting;
  if (slot >= cols_.size()) cols_.resize(slot + 1);
  return cols_[slot];
}

const uint8_t* BeatSequence::load_side(const Work& work, const Tile& tile,
                                       const std::vector<LaneItem>& items, int lanes, int width,
                                       Side& side) {
  const GemmPlan& plan = std::get<GemmPlan>(work.schedule->plan);
  const bool same = side.work == &work && side.group == tile.group && side.items == items &&
                    side.beats.size() == size_t(beats_) * lanes_bytes(width, lanes);
  // A line's samples depend on the tile's positions too.
  if (same && plan.band == 0) return side.beats.data();
  gathered_.resize(size_t(beats_) * lanes);
  gather_tile_side(plan, *work.layer, current(), tile, items, lanes, work.input, work.weights,
                   gathered_.data());
  pack_beats(gathered_, lanes, width, side.beats);
  side.work = &work;
  side.group = tile.group;
  side.items = items;
  return side.beats.data();
}

}  // namespace rowcast
