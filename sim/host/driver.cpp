#include "sim/host/driver.h"

#include <fmt/format.h>

#include "sim/host/collector.h"
#include "sim/host/monitor.h"

namespace rowcast {
namespace {

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
    need_trace_space(options_->file);
    model_.trace_open(options_->file);
    open_ = true;
    into_.first_cycle = cycle;
  }
  void after(int64_t cycle) {
    into_.end_cycle = cycle;
    if (!open_) return;
    into_.last_cycle = cycle;
    if (cycle % 1024 == 0) need_trace_space(options_->file);
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

ShimCommand command_of(const ArrayConfig& config, const Command& command, uint32_t tag) {
  const auto word = [](int value) { return static_cast<uint32_t>(value); };
  return {.stream = command.stream,
          .chain = command.chain,
          .tag = tag & ((uint32_t{1} << config.tag_width) - 1),
          .count = word(command.count),
          .rows = word(command.rows),
          .beats = word(command.beats),
          .cols = word(command.cols),
          .taps = word(command.taps),
          .pitch = word(command.pitch),
          .passes = word(command.passes)};
}

}  // namespace

Measurement run_works(Model& model, std::span<const Work> works, const Throttle& throttle,
                      const TraceOptions* trace, int64_t cycle_limit) {
  const ArrayConfig& config = model.config();
  Measurement result;
  BeatSequence beats(config, works);
  Collector collector(config, works, result);
  Monitor monitor(config);
  Tracer tracer(model, trace, collector, result.traced);

  Orders order(works);  // whose command is offered
  uint32_t next_tag = 0;
  // Longest time without any beat or result in a sound array: a drain, and a wave through the
  // array.
  const int64_t patience = 100 + 8 * (int64_t{config.rows} + config.cols + config.broadcast_stages);
  ShimOutputs ready = model.outputs();
  ShimCommand command{};
  ShimInputs in{};
  if (!order.done()) command = command_of(config, order->command, next_tag);
  in.command = &command;
  int64_t quiet = 0, cycle = 0;
  for (;; ++cycle) {
    in.cmd_valid = !order.done() && (!throttle.command || throttle.command());
    // A stream may be held back before it begins, not within.
    const bool may_withhold = !beats.stream() || beats.stream_begins();
    in.op_valid = !beats.done() && (!may_withhold || !throttle.operand || throttle.operand());
    in.a = beats.a();
    in.b = beats.b();
    in.tap = config.row_broadcast ? beats.tap() : nullptr;

    monitor.observe(cycle, ready, in.op_valid, beats.stream());
    const bool asked_command = ready.cmd_ready && !order.done();
    const bool asked_beat = ready.op_ready && !beats.done();
    const bool command_taken = in.cmd_valid && ready.cmd_ready;
    const bool beat_taken = in.op_valid && ready.op_ready;
    const bool tap_taken = beat_taken && ready.tap_ready;
    in.cycle = static_cast<uint32_t>(cycle);
    tracer.before(cycle, beats.step());
    const ShimOutputs& out = model.step(in);

    in.command = nullptr;
    if (out.cmd_error) collector.violation(fmt::format("cycle {}: cmd_error_o", cycle));
    if (out.gap_error) collector.violation(fmt::format("cycle {}: gap_error_o", cycle));
    if (command_taken) {
      next_tag += order->command.count;
      order.next();
      if (!order.done()) {
        command = command_of(config, order->command, next_tag);
        in.command = &command;
      }
    }
    if (beat_taken && ready.tap_ready != beats.takes_tap())
      collector.violation(fmt::format("cycle {}: tap_ready_o is {}, but {}", cycle,
                                      ready.tap_ready ? "high" : "low",
                                      ready.tap_ready ? "no tap is due" : "a tap is due"));
    if (beat_taken) beats.taken(tap_taken);
    const int64_t last_wanted = collector.last_wanted();
    collector.observe(cycle, out);
    tracer.after(cycle);
    ready = out;

    if (beats.done() && !out.busy) break;
    // Silence is the array's own only where it was offered what it is ready for.
    const bool withheld = (asked_command && !in.cmd_valid) || (asked_beat && !in.op_valid);
    const bool wanted = collector.last_wanted() != last_wanted;
    quiet = beat_taken || command_taken || wanted || withheld ? 0 : quiet + 1;
    if (quiet > patience) {
      collector.violation(fmt::format("cycle {}: the array is stuck", cycle));
      break;
    }
    if (cycle == cycle_limit) {
      collector.violation(fmt::format("cycle {}: far slower than predicted, given up", cycle));
      break;
    }
  }
  collector.finish(cycle);
  if (collector.last_wanted() >= 0) monitor.wanted_result(collector.last_wanted());
  monitor.finish(result);
  return result;
}

}  // namespace rowcast
