#include "sim/model/rtl_model.h"

#include <algorithm>
#include <array>

#include "sim/model/step_timing.h"

namespace rowcast {
namespace {

struct Result {
  int64_t last_beat = -1, last_result = -1;
  Phases phases;
  void at_port(int64_t cycle) { last_result = std::max(last_result, cycle); }
};

// ------------------------------------------------------------------ closed forms

// Plays tiles, `body`, so many times. The lanes are a small machine: what a body does depends on
// their state relative to the present alone, which returns after a few bodies; all that follows
// then is what followed before.
template <class Body>
void repeat(int64_t times, StepTiming& lanes, Phases& phases, const Body& body) {
  struct Before {
    std::array<int64_t, 2> free;  // relative to the next beat, by the parity of cycles from there
    int64_t next;
    Phases phases;
  };
  const auto present = [&] {
    const auto relative = [&](int parity) {
      return std::max<int64_t>(lanes.free[(lanes.next + parity) & 1] - lanes.next, 0);
    };
    return Before{{relative(0), relative(1)}, lanes.next, phases};
  };
  std::vector<Before> history;
  while (times > 0) {
    const Before now = present();
    const auto before = std::ranges::find(history, now.free, &Before::free);
    if (before == history.end()) {
      history.push_back(now);
      body();
      --times;
      continue;
    }
    const int64_t period = history.end() - before, turns = times / period;
    const int64_t shift = turns * (now.next - before->next);
    lanes.next += shift;
    // An odd shift swaps the parities, and the lanes with them.
    if (shift & 1) std::swap(lanes.free[0], lanes.free[1]);
    for (int64_t& free : lanes.free) free += shift;
    lanes.stream_free += shift;
    phases.lane_wait += turns * (now.phases.lane_wait - before->phases.lane_wait);
    phases.compute += turns * (now.phases.compute - before->phases.compute);
    for (times -= turns * period; times > 0; --times) body();
  }
}

void run_tiles(StepTiming& lanes, const StepRun& run, int64_t tiles, Phases& phases) {
  repeat(tiles, lanes, phases, [&] {
    int64_t t = lanes.next + run.step.beats - 1;
    const int64_t earliest = t;
    while (!lanes.tile_may_end(t)) ++t;
    phases.lane_wait += t - earliest;
    phases.compute += run.step.beats;
    lanes.end_tile(t, run.step.rows);
  });
}

void run_tile_section(const ArrayConfig& config, const Task& task, const Section& section,
                      StepTiming& lanes, Result& result) {
  const GemmPlan& plan = std::get<GemmPlan>(task.schedule->plan);
  const std::vector<TilePlace> watched = last_tiles(plan, *task.layer, section);
  auto place = watched.begin();
  int64_t done = section.first_repeat;
  const auto play_to = [&](int64_t end) {  // repeats without a watched tile
    repeat(end - done, lanes, result.phases, [&] {
      for (const StepRun& run : section.runs) run_tiles(lanes, run, run.steps, result.phases);
    });
    done = end;
  };
  while (place != watched.end()) {
    play_to(place->repeat);
    for (size_t i = 0; i < section.runs.size(); ++i) {
      const StepRun& run = section.runs[i];
      int64_t tiles = 0;
      for (; place != watched.end() && place->repeat == done && place->run == i; ++place) {
        run_tiles(lanes, run, place->step + 1 - tiles, result.phases);
        tiles = place->step + 1;
        const int tail = tile_last_result(tile_at(config, plan, *task.layer, section, *place));
        if (tail >= 0) result.at_port(lanes.next - 1 + tail);
      }
      run_tiles(lanes, run, run.steps - tiles, result.phases);
    }
    ++done;
  }
  play_to(section.first_repeat + section.repeats);
  result.last_beat = lanes.next - 1;
}

// Taps among the offsets [0, beats) of a pass.
int64_t taps_of_pass(const Command& command) {
  const int64_t lines = command.beats / command.pitch, rest = command.beats % command.pitch;
  return lines * command.taps + std::min<int64_t>(rest, command.taps);
}

void run_windows(const Task& task, const StepRun& run, StepTiming& lanes, Result& result) {
  const Command& step = run.step;
  const int64_t windows = run.steps;
  const int64_t beats = step.passes * (int64_t{step.cols} - 1 + step.beats);
  const int64_t taps = step.passes * taps_of_pass(step);
  // Captures are `interval` apart; in a chain, where no one waits for the drain, by the window's
  // own samples within a command, of which each begins a stream.
  const int64_t chained = step.chain ? task.schedule->commands.largest_count() : 1;
  const int64_t interval = step.chain ? step.cols : std::max<int64_t>(beats, step.rows);
  const int64_t lead = step.chain ? beats - step.cols : 0;  // of every command but the first
  const auto after_first = [&](int64_t window) {
    return window * interval + window / chained * lead;
  };

  const int64_t start = std::max(lanes.next, lanes.stream_free);
  const int64_t first = std::max(start + beats - 1, lanes.window_free);
  const int64_t last = first + after_first(windows - 1);
  result.phases.lane_wait += first - (lanes.next + beats - 1);
  if (!step.chain) result.phases.lane_wait += (windows - 1) * (interval - beats);
  const int64_t entered = step.chain ? beats + after_first(windows - 1) : windows * beats;
  result.phases.compute += windows * taps;
  result.phases.fill += entered - windows * taps;
  lanes.end_window(last, step.rows);
  result.last_beat = last;
  const LastWindow wanted = last_window(std::get<StreamPlan>(task.schedule->plan), windows);
  if (wanted.window >= 0) result.at_port(first + after_first(wanted.window) + wanted.row);
}

}  // namespace

Phases rtl_cycles(const ArrayConfig& config, std::span<const Task> tasks) {
  StepTiming lanes{config.rows, config.cols};
  Result result;
  for (const Task& task : tasks)
    for (const Section& section : task.schedule->commands.sections())
      if (std::holds_alternative<GemmPlan>(task.schedule->plan))
        run_tile_section(config, task, section, lanes, result);
      else
        for (const StepRun& run : section.runs) run_windows(task, run, lanes, result);
  if (result.last_result >= 0) result.last_result += mac_latency(config);
  // Beats after the last wanted result do not count: only where a schedule was cut, and then every
  // cycle has to be looked at.
  if (result.last_result < result.last_beat) return rtl_cycles_stalled(config, tasks, {});
  result.phases.drain = result.last_result + 1 - result.phases.total();
  return result.phases;
}

Phases rtl_cycles(const ArrayConfig& config, const Layer& layer, const Schedule& schedule) {
  const Task task{&layer, &schedule};
  return rtl_cycles(config, std::span(&task, 1));
}

Phases rtl_cycles_stalled(const ArrayConfig& config, std::span<const Task> tasks,
                          std::span<const int64_t> stalls) {
  enum Kind : uint8_t { kFill, kCompute, kWait, kGap };
  Phases phases, pending;  // up to the last result so far, and after it
  int64_t cycles = 0;      // from the first beat on
  StepTiming lanes{config.rows, config.cols};
  size_t stall = 0;
  int64_t last_result = -1;
  const auto spend = [&](Kind kind) {
    Phases& into = cycles++ <= last_result ? phases : pending;
    ++(kind == kFill      ? into.fill
       : kind == kCompute ? into.compute
       : kind == kWait    ? into.lane_wait
                          : into.gap);
  };
  // A result leaves with its step's last beat or later, so all cycles so far count.
  const auto at_port = [&](int64_t cycle) {
    last_result = std::max(last_result, cycle + mac_latency(config));
    phases.fill += pending.fill;
    phases.compute += pending.compute;
    phases.lane_wait += pending.lane_wait;
    phases.gap += pending.gap;
    pending = {};
  };
  const auto stalled = [&](int64_t t) {
    while (stall < stalls.size() && stalls[stall] < t) ++stall;
    return stall < stalls.size() && stalls[stall] == t;
  };
  // Plays one beat: waits while withheld or refused, then enters. Returns its cycle.
  const auto beat = [&](auto ready, Kind kind) {
    for (;; ++lanes.next) {
      const int64_t t = lanes.next;
      if (stalled(t))
        spend(kGap);
      else if (!ready(t))
        spend(kWait);
      else
        break;
    }
    spend(kind);
    return lanes.next++;
  };
  const auto always = [](int64_t) { return true; };
  const auto play = [&](const Task& task, const Command& command) {
    for (int step = 0; step < command.count; ++step) {
      if (!command.stream) {
        int64_t t = 0;
        for (int k = 0; k + 1 < command.beats; ++k) beat(always, kCompute);
        t = beat([&](int64_t at) { return lanes.tile_may_end(at); }, kCompute);
        lanes.end_tile(t, command.rows);
        const int tail = tile_last_result(
            tile_at(config, std::get<GemmPlan>(task.schedule->plan), *task.layer, command, step));
        if (tail >= 0) at_port(t + tail);
        continue;
      }
      for (int pass = 0; pass < command.passes; ++pass) {
        const bool warm = command.chain && step > 0;
        const int lead = warm ? command.cols - command.beats : command.cols - 1;
        for (int j = 0; j < lead + command.beats; ++j) {
          const int offset = j - lead;
          const Kind kind = offset >= 0 && offset % command.pitch < command.taps ? kCompute : kFill;
          const auto may_start = [&](int64_t at) {
            return lanes.stream_may_start(at, command.cols - 1 + command.beats,
                                          pass + 1 == command.passes);
          };
          const int64_t t = j == 0 && !warm ? beat(may_start, kind) : beat(always, kind);
          if (j == lead + command.beats - 1 && pass == command.passes - 1)
            lanes.end_window(t, command.rows);
        }
      }
      const int64_t window = command.first_step + step;
      const LastWindow wanted = last_window(std::get<StreamPlan>(task.schedule->plan), window + 1);
      if (wanted.window == window) at_port(lanes.next - 1 + wanted.row);
    }
  };
  for (const Task& task : tasks)
    for (const Command& command : task.schedule->commands) play(task, command);
  phases.drain = last_result + 1 - phases.total();
  return phases;
}

}  // namespace rowcast
