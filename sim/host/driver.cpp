#include "sim/host/driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "sim/host/monitor.h"
#include "sim/host/outputs.h"

namespace rowcast {
namespace {

// Puts results where they belong, by the array's contract: column 0 says row and step; column c of
// an OS tile is c cycles behind; a window is on all columns at once.
class Collector {
 public:
  Collector(const ArrayConfig& config, std::span<const Work> works, std::span<const Order> orders,
            Measurement& into)
      : config_(config),
        into_(into),
        writer_(config, works, orders),
        history_(std::bit_ceil(static_cast<unsigned>(config.cols))) {
    for (const Order& order : orders) steps_ += order.command->count;
  }

  int64_t missing() const { return writer_.missing(); }

  // From now on, tells when these steps' results have left.
  void watch(int64_t first, int64_t last) {
    watch_first_ = first;
    watch_last_ = std::min(last, steps_ - 1);
    watch_left_ = watch_last_ - first + 1;
  }
  // True if all watched steps' results are on the ports in this cycle or before.
  bool watched_done(int64_t cycle) const { return watch_left_ == 0 && cycle >= watched_until_; }

  // True if a wanted result arrived in this cycle.
  bool observe(int64_t cycle, const ShimOutputs& out) {
    Place& present = history_[cycle & (history_.size() - 1)];
    present = out.any_valid && out.valid[0] ? place(cycle, out) : Place{};
    if (present.step && !present.step->stream()) last_tile_ = cycle;
    if (!out.any_valid && cycle - last_tile_ >= config_.cols) return false;
    const bool window = present.step && present.step->stream();
    bool wanted = false;
    for (int c = 0; c < config_.cols; ++c) {
      const Place& at = window ? present : history_[(cycle - c) & (history_.size() - 1)];
      const bool due = at.step && at.step->stream() == window;
      const bool valid = out.any_valid && out.valid[c];
      if (valid != due)
        violation(fmt::format("cycle {}: column {} is {}, but {}", cycle, c,
                              valid ? "valid" : "not valid",
                              due ? "a result is due" : "none is due"));
      if (!valid || !due) continue;
      const OutputWriter::Written written = writer_.write(*at.step, at.row, c, out.out[c]);
      if (written == OutputWriter::Written::kUnwanted) continue;
      wanted = true;
      if (written == OutputWriter::Written::kAgain)
        violation(fmt::format("cycle {}: row {} of column {} brings an output that was there",
                              cycle, at.row, c));
    }
    return wanted;
  }

  void violation(std::string text) {
    if (++into_.violation_count <= 5) into_.violations.push_back(std::move(text));
  }

  void finish() {
    into_.outputs = writer_.take_outputs();
    into_.made = writer_.take_made();
  }

 private:
  // A result of column 0: whose it is. step null: none.
  struct Place {
    const OutputWriter::Step* step = nullptr;
    int row = 0;
  };

  Place place(int64_t cycle, const ShimOutputs& out) {
    const int lane = cycle & 1;
    Place at;
    if (out.row == 0) {
      at.step = writer_.begin_step();
      if (!at.step) {
        violation(fmt::format("cycle {}: a result of a step that was never commanded", cycle));
        return {};
      }
    } else {
      // A tile's rows are in one lane, every second cycle; a window's in consecutive cycles.
      const Place& same = lanes_[lane];
      at = same.step && !same.step->stream() ? same : lanes_[lane ^ 1];
      ++at.row;
      if (!at.step || at.row >= at.step->order->command->rows ||
          at.row != static_cast<int>(out.row)) {
        violation(fmt::format("cycle {}: row {} is not the next of its step", cycle, out.row));
        return {};
      }
    }
    if (out.tag != (at.step->number & ((int64_t{1} << config_.tag_width) - 1)))
      violation(
          fmt::format("cycle {}: tag {} instead of step {}", cycle, out.tag, at.step->number));
    if (at.row + 1 == at.step->order->command->rows && at.step->number >= watch_first_ &&
        at.step->number <= watch_last_) {
      --watch_left_;
      const int behind = at.step->stream() ? 0 : config_.cols - 1;  // the last column
      watched_until_ = std::max(watched_until_, cycle + behind);
    }
    lanes_[lane] = at;
    if (at.step->stream()) lanes_[lane ^ 1] = {};
    return at;
  }

  const ArrayConfig& config_;
  Measurement& into_;
  OutputWriter writer_;
  std::vector<Place> history_;  // column 0, by cycle
  Place lanes_[2];
  int64_t steps_ = 0;
  int64_t watch_first_ = 0, watch_last_ = -1, watch_left_ = 0, watched_until_ = -1;
  int64_t last_tile_ = -(int64_t{1} << 40);  // cycle of column 0's last tile result
};

// Opens and closes the trace where its range begins and ends.
class Tracer {
 public:
  Tracer(Model& model, const TraceOptions* options, Collector& collector, Traced& into)
      : model_(model), options_(options), collector_(collector), into_(into) {
    if (steps()) collector.watch(options->range.first, options->range.last);
  }
  ~Tracer() { close(); }
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  void before(int64_t cycle, int64_t step) {
    if (!options_ || open_ || into_.last_cycle >= 0) return;
    const TraceRange& range = options_->range;
    if (range.unit != TraceRange::kAll && (steps() ? step : cycle) < range.first) return;
    model_.trace_open(options_->file);
    open_ = true;
    into_.first_cycle = cycle;
  }
  void after(int64_t cycle) {
    if (!open_) return;
    into_.last_cycle = cycle;
    if (steps() ? collector_.watched_done(cycle)
                : options_->range.unit == TraceRange::kCycles && cycle == options_->range.last)
      close();
  }

 private:
  bool steps() const { return options_ && options_->range.unit == TraceRange::kSteps; }
  void close() {
    if (open_) model_.trace_close();
    open_ = false;
  }

  Model& model_;
  const TraceOptions* options_;
  Collector& collector_;
  Traced& into_;
  bool open_ = false;
};

}  // namespace

Measurement run_works(Model& model, std::span<const Work> works, const Throttle& throttle,
                      const TraceOptions* trace) {
  const ArrayConfig& config = model.config();
  const std::vector<Order> orders = orders_of(works);
  Measurement result;
  BeatSequence beats(config, orders);
  Collector collector(config, works, orders, result);
  Monitor monitor(config);
  Tracer tracer(model, trace, collector, result.traced);

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
    const bool may_withhold = !beats.stream() || beats.stream_begins();
    in.op_valid = !beats.done() && (!may_withhold || !throttle.operand || throttle.operand());
    in.a = beats.a();
    in.b = beats.b();
    in.tap = config.row_broadcast ? beats.tap() : nullptr;

    monitor.observe(cycle, ready, in.op_valid, beats.stream());
    const bool asked_command = ready.cmd_ready && commands_sent < orders.size();
    const bool asked_beat = ready.op_ready && !beats.done();
    const bool command_taken = in.cmd_valid && ready.cmd_ready;
    const bool beat_taken = in.op_valid && ready.op_ready;
    const bool tap_taken = beat_taken && ready.tap_ready;
    in.cycle = static_cast<uint32_t>(cycle);
    tracer.before(cycle, beats.step());
    const ShimOutputs& out = model.step(in);

    if (out.cmd_error) collector.violation(fmt::format("cycle {}: cmd_error_o", cycle));
    if (config.row_broadcast && out.gap_error)
      collector.violation(fmt::format("cycle {}: gap_error_o", cycle));
    if (command_taken) next_tag += orders[commands_sent++].command->count;
    if (beat_taken && ready.tap_ready != beats.takes_tap())
      collector.violation(fmt::format("cycle {}: tap_ready_o is {}, but {}", cycle,
                                      ready.tap_ready ? "high" : "low",
                                      ready.tap_ready ? "no tap is due" : "a tap is due"));
    if (beat_taken) beats.taken(tap_taken);
    const bool wanted = collector.observe(cycle, out);
    if (wanted) monitor.wanted_result(cycle);
    tracer.after(cycle);
    ready = out;

    if (beats.done() && !out.busy) break;
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
  collector.finish();
  return result;
}

}  // namespace rowcast
