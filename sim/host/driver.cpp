#include "sim/host/driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "sim/schedule/beginning.h"

namespace rowcast {
namespace {

// A command of one of the works.
struct Order {
  const Work* work;
  const Command* command;
};

std::vector<Order> orders_of(std::span<const Work> works) {
  std::vector<Order> orders;
  for (const Work& work : works)
    for (const Command& command : work.schedule->commands) orders.push_back({&work, &command});
  return orders;
}

// The beats of all orders, one after the other, as the array takes them.
class Feeder {
 public:
  Feeder(const ArrayConfig& config, std::span<const Order> orders)
      : config_(config), orders_(orders), zeros_(std::max(config.rows, config.cols)) {
    load();
  }

  bool done() const { return order_ == orders_.size(); }
  bool stream() const { return !done() && current().stream; }
  // A beat with which a stream begins: from here on it must not be interrupted.
  bool stream_begins() const { return stream() && beat_ == 0 && (step_ == 0 || !current().chain); }

  // Lanes of the present beat; null where the port does not matter.
  const int16_t* a() const { return done() ? nullptr : a_.data() + size_t(beat_) * config_.rows; }
  const int16_t* b() const {
    return done() || stream() ? nullptr : b_.data() + size_t(beat_) * config_.cols;
  }
  const int16_t* tap() const {
    return stream() && tap_ < queued_taps_ ? taps_.data() + size_t(tap_) * config_.rows
                                           : zeros_.data();
  }

  // The array took the beat, and the tap if it had asked for one.
  void taken(bool with_tap) {
    if (with_tap) ++tap_;
    if (++beat_ < beats_) return;
    beat_ = 0;
    if (stream() && ++pass_ < current().passes) return load();
    pass_ = 0;
    if (++step_ == current().count) {
      step_ = 0;
      ++order_;
    }
    load();
  }

 private:
  const Command& current() const { return *orders_[order_].command; }

  void load() {
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

  void load_side(const Tile& tile, const Work& work, const std::vector<LaneItem>& items, int lanes,
                 std::vector<int16_t>& values, std::vector<LaneItem>& loaded) {
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

  const ArrayConfig& config_;
  std::span<const Order> orders_;
  std::vector<int16_t> zeros_, a_, b_, taps_;
  std::vector<LaneItem> a_items_, b_items_;  // what a_ and b_ hold now
  int loaded_group_ = -1;
  const Work* loaded_work_ = nullptr;
  size_t order_ = 0;
  int step_ = 0, pass_ = 0, beat_ = 0, beats_ = 0;
  int tap_ = 0, queued_taps_ = 0;
};

// Puts results where they belong, by the array's contract: column 0 says row and step; column c of
// an OS tile is c cycles behind; a window is on all columns at once.
class Collector {
 public:
  Collector(const ArrayConfig& config, std::span<const Work> works, std::span<const Order> orders,
            Measurement& into)
      : config_(config),
        works_(works),
        orders_(orders),
        into_(into),
        history_(std::bit_ceil(static_cast<unsigned>(config.cols))),
        tiles_(std::bit_ceil(static_cast<unsigned>(config.cols + 2 * config.rows + 4))) {
    for (const Order& order : orders) steps_ += order.command->count;
    for (const Work& work : works) {
      into.outputs.emplace_back(work.layer->outputs());
      into.made.emplace_back(work.layer->outputs());
      missing_ +=
          work.whole ? work.layer->outputs() : results_of(config, *work.layer, *work.schedule);
    }
  }

  int64_t missing() const { return missing_; }

  // True if a wanted result arrived in this cycle.
  bool observe(int64_t cycle, const ShimOutputs& out) {
    Place& present = history_[cycle & (history_.size() - 1)];
    present = out.any_valid && out.valid[0] ? place(cycle, out) : Place{};
    if (present.order && !present.order->command->stream) last_tile_ = cycle;
    if (!out.any_valid && cycle - last_tile_ >= config_.cols) return false;
    const bool window = present.order && present.order->command->stream;
    bool wanted = false;
    for (int c = 0; c < config_.cols; ++c) {
      const Place& at = window ? present : history_[(cycle - c) & (history_.size() - 1)];
      const bool due = at.order && at.order->command->stream == window;
      const bool valid = out.any_valid && out.valid[c];
      if (valid != due)
        violation(fmt::format("cycle {}: column {} is {}, but {}", cycle, c,
                              valid ? "valid" : "not valid",
                              due ? "a result is due" : "none is due"));
      if (!valid || !due) continue;
      const int64_t index = result_index(at, c);
      if (index < 0) continue;
      wanted = true;
      const size_t work = at.order->work - works_.data();
      if (into_.made[work][index])
        violation(fmt::format("cycle {}: output {} came twice", cycle, index));
      else
        --missing_;
      into_.made[work][index] = true;
      into_.outputs[work][index] = out.out[c];
    }
    return wanted;
  }

  void violation(std::string text) {
    if (++into_.violation_count <= 5) into_.violations.push_back(std::move(text));
  }

 private:
  // A result of column 0: whose it is. order null: none.
  struct Place {
    const Order* order = nullptr;
    int64_t step = 0;  // over all orders
    int order_step = 0;
    int row = 0;
  };

  Place place(int64_t cycle, const ShimOutputs& out) {
    const int lane = cycle & 1;
    Place at;
    if (out.row == 0) {
      if (next_step_ == steps_) {
        violation(fmt::format("cycle {}: a result of a step that was never commanded", cycle));
        return {};
      }
      if (order_step_ == orders_[order_].command->count) {
        ++order_;
        order_step_ = 0;
      }
      at = {&orders_[order_], next_step_++, order_step_++, 0};
      if (!at.order->command->stream)
        tiles_[at.step & (tiles_.size() - 1)] =
            tile_at(config_, std::get<GemmPlan>(at.order->work->schedule->plan),
                    *at.order->work->layer, *at.order->command, at.order_step);
    } else {
      // A tile's rows are in one lane, every second cycle; a window's in consecutive cycles.
      const Place& same = lanes_[lane];
      at = same.order && !same.order->command->stream ? same : lanes_[lane ^ 1];
      ++at.row;
      if (!at.order || at.row >= at.order->command->rows || at.row != static_cast<int>(out.row)) {
        violation(fmt::format("cycle {}: row {} is not the next of its step", cycle, out.row));
        return {};
      }
    }
    if (out.tag != (at.step & ((int64_t{1} << config_.tag_width) - 1)))
      violation(fmt::format("cycle {}: tag {} instead of step {}", cycle, out.tag, at.step));
    lanes_[lane] = at;
    if (at.order->command->stream) lanes_[lane ^ 1] = {};
    return at;
  }

  int64_t result_index(const Place& at, int c) const {
    const Work& work = *at.order->work;
    if (at.order->command->stream)
      return window_result(std::get<StreamPlan>(work.schedule->plan), *work.layer,
                           *at.order->command, at.order_step, at.row, c);
    return tile_result(std::get<GemmPlan>(work.schedule->plan), *work.layer,
                       tiles_[at.step & (tiles_.size() - 1)], at.row, c);
  }

  const ArrayConfig& config_;
  std::span<const Work> works_;
  std::span<const Order> orders_;
  Measurement& into_;
  std::vector<Place> history_;  // column 0, by cycle
  std::vector<Tile> tiles_;     // of the steps on their way, by step
  Place lanes_[2];
  size_t order_ = 0;
  int order_step_ = 0;
  int64_t next_step_ = 0, steps_ = 0, missing_ = 0;
  int64_t last_tile_ = -(int64_t{1} << 40);  // cycle of column 0's last tile result
};

// Watches the handshakes and tells apart what each cycle was spent on.
class Monitor {
 public:
  explicit Monitor(const ArrayConfig& config) : latency_(edge_latency(config)) {}

  // `ready` are the outputs before the edge: what the hardware asked for in this cycle.
  void observe(int64_t cycle, const ShimOutputs& ready, bool offered, bool stream) {
    const bool taken = ready.op_ready && offered;
    if (first_ < 0) {
      if (!taken) return;
      first_ = cycle;
    }
    cycles_.push_back(taken ? (stream && !ready.tap_ready ? kFill : kCompute)
                      : ready.active && !ready.op_ready ? kWait
                                                        : kGap);
    if (taken) last_beat_ = std::ssize(cycles_) - 1;
  }

  void wanted_result(int64_t cycle) { last_result_ = cycle; }

  void finish(Measurement& into) const {
    if (first_ < 0 || last_result_ < 0) return;
    into.cycles = last_result_ - (first_ + latency_) + 1;
    const int64_t fed = std::min(last_beat_ + 1, into.cycles);
    for (int64_t t = 0; t < fed; ++t) {
      switch (cycles_[t]) {
        case kFill:
          ++into.phases.fill;
          break;
        case kCompute:
          ++into.phases.compute;
          break;
        case kWait:
          ++into.phases.lane_wait;
          break;
        case kGap:
          ++into.phases.gap;
          break;
      }
    }
    for (int64_t t = 0; t <= last_beat_; ++t)
      if (cycles_[t] == kGap) into.stalls.push_back(t);
    into.phases.drain = into.cycles - fed;
  }

 private:
  enum Kind : uint8_t { kFill, kCompute, kWait, kGap };
  int latency_;
  int64_t first_ = -1, last_beat_ = -1, last_result_ = -1;
  std::vector<Kind> cycles_;  // from the first beat on
};

}  // namespace

Measurement run_works(Model& model, std::span<const Work> works, const Throttle& throttle) {
  const ArrayConfig& config = model.config();
  const std::vector<Order> orders = orders_of(works);
  Measurement result;
  Feeder feeder(config, orders);
  Collector collector(config, works, orders, result);
  Monitor monitor(config);

  size_t commands_sent = 0;
  uint32_t next_tag = 0;
  const uint32_t tag_mask = (uint32_t{1} << config.tag_width) - 1;
  // Longest time without any beat or result in a sound array: a drain, and a wave through the
  // array.
  const int64_t patience = 100 + 8 * (int64_t{config.rows} + config.cols + config.broadcast_stages);
  ShimOutputs ready = model.outputs();
  ShimInputs in{};
  int64_t quiet = 0;
  for (int64_t cycle = 0;; ++cycle) {
    in.cmd_valid = commands_sent < orders.size() && (!throttle.command || throttle.command());
    if (in.cmd_valid) {
      const Command& command = *orders[commands_sent].command;
      in.cmd_stream = command.stream;
      in.cmd_chain = command.chain;
      in.cmd_tag = next_tag & tag_mask;
      in.cmd_count = command.count;
      in.cmd_rows = command.rows;
      in.cmd_beats = command.beats;
      in.cmd_cols = command.cols;
      in.cmd_taps = command.taps;
      in.cmd_pitch = command.pitch;
      in.cmd_passes = command.passes;
    }
    // A stream may be held back before it begins, not within.
    const bool may_withhold = !feeder.stream() || feeder.stream_begins();
    in.op_valid = !feeder.done() && (!may_withhold || !throttle.operand || throttle.operand());
    in.a = feeder.a();
    in.b = feeder.b();
    in.tap = config.row_broadcast ? feeder.tap() : nullptr;

    monitor.observe(cycle, ready, in.op_valid, feeder.stream());
    const bool asked_command = ready.cmd_ready && commands_sent < orders.size();
    const bool asked_beat = ready.op_ready && !feeder.done();
    const bool command_taken = in.cmd_valid && ready.cmd_ready;
    const bool beat_taken = in.op_valid && ready.op_ready;
    const bool tap_taken = beat_taken && ready.tap_ready;
    const ShimOutputs& out = model.step(in);

    if (out.cmd_error) collector.violation(fmt::format("cycle {}: cmd_error_o", cycle));
    if (config.row_broadcast && out.gap_error)
      collector.violation(fmt::format("cycle {}: gap_error_o", cycle));
    if (command_taken) next_tag += orders[commands_sent++].command->count;
    if (beat_taken) feeder.taken(tap_taken);
    const bool wanted = collector.observe(cycle, out);
    if (wanted) monitor.wanted_result(cycle);
    ready = out;

    if (feeder.done() && !out.busy) break;
    // Silence is the array's own only where it was offered what it is ready for.
    const bool withheld = (asked_command && !in.cmd_valid) || (asked_beat && !in.op_valid);
    quiet = beat_taken || command_taken || wanted || withheld ? 0 : quiet + 1;
    if (quiet > patience) {
      collector.violation(fmt::format("cycle {}: the array is stuck", cycle));
      break;
    }
  }
  if (collector.missing() != 0)
    collector.violation(fmt::format("{} results never came", collector.missing()));
  monitor.finish(result);
  return result;
}

}  // namespace rowcast
