#include "sim/schedule/beats.h"

#include <algorithm>

#include "sim/schedule/lanes.h"

namespace rowcast {
namespace {

// For sides that later tiles meet again: all of them in the networks' layers.
constexpr size_t kSidesBytes = size_t{8} << 20;

void pack_beats(std::span<const int16_t> lanes, int count, int width, std::vector<uint8_t>& packed,
                size_t first_beat = 0) {
  const size_t beats = lanes.size() / count, bytes = lanes_bytes(width, count);
  packed.resize((first_beat + beats) * bytes);
  for (size_t beat = 0; beat < beats; ++beat)
    pack_lanes(lanes.subspan(beat * count, count), width,
               packed.data() + (first_beat + beat) * bytes);
}

}  // namespace

void Orders::begin_work() {
  while (!done() && works_.front().schedule->commands.empty()) works_ = works_.subspan(1);
  if (done()) return;
  command_.emplace(works_.front().schedule->commands);
  order_ = {&works_.front(), **command_};
}

void Orders::next() {
  if (++*command_ != std::default_sentinel) {
    order_.command = **command_;
    return;
  }
  works_ = works_.subspan(1);
  begin_work();
}

BeatSequence::BeatSequence(const ArrayConfig& config, std::span<const Work> works)
    : config_(config),
      order_(works),
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
    order_.next();
  }
  load();
}

void BeatSequence::load() {
  if (done()) return;
  const Command& command = current();
  const Work& work = *order_->work;
  if (command.stream)
    load_samples(work, command);
  else
    load_tile(work, command);
}

void BeatSequence::load_tile(const Work& work, const Command& command) {
  const Tile tile =
      tile_at(config_, std::get<GemmPlan>(work.schedule->plan), *work.layer, command, step_);
  beats_ = command.beats;
  const GemmPlan& plan = std::get<GemmPlan>(work.schedule->plan);
  if (&work != sides_work_) {
    rows_.clear();
    cols_.clear();
    sides_work_ = &work;
  }
  // The inner loop's tiles are met again in the outer one's next turn.
  const bool rows_again = plan.order.find('c') < plan.order.find('r');
  a_ = load_side(work, tile, tile.rows, config_.rows, config_.data_width,
                 side_of(rows_, tile.rows.front().index, plan.row_tile, rows_again, a_bytes_));
  b_ = load_side(work, tile, tile.cols, config_.cols, config_.weight_width,
                 side_of(cols_, tile.cols.front().index, plan.col_tile, !rows_again, b_bytes_));
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

BeatSequence::Side& BeatSequence::side_of(std::vector<Side>& sides, int item, int tile_items,
                                          bool again, size_t beat_bytes) {
  const size_t fitting =
      again ? std::max<size_t>(1, kSidesBytes / (size_t(beats_) * beat_bytes)) : 1;
  const size_t slot = size_t(item / tile_items) % fitting;
  if (slot >= sides.size()) sides.resize(slot + 1);
  return sides[slot];
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
