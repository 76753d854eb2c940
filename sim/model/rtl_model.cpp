#include "sim/model/rtl_model.h"

#include <algorithm>
#include <array>

#include "sim/model/step_timing.h"

namespace rowcast {
namespace {

struct Result {
  int64_t last_beat = -1, last_result = -1;
  Phases phases;
};

// ------------------------------------------------------------------ closed forms

// `count` equal tiles. Returns the last beats of the last tile and of the one before (-1: none).
std::array<int64_t, 2> run_tiles(StepTiming& lanes, const Command& command, Phases& phases) {
  int64_t before = -1, last = -1;
  const auto tile = [&] {
    int64_t t = lanes.next + command.beats - 1;
    const int64_t earliest = t;
    while (!lanes.tile_may_end(t)) ++t;
    phases.lane_wait += t - earliest;
    phases.compute += command.beats;
    lanes.end_tile(t, command.rows);
    before = last;
    last = t;
  };
  // The lanes are a small machine whose state, relative to the present, repeats after a few tiles:
  // once two successive pairs of tiles take equally long with equal lanes, so do all that follow.
  struct Relative {
    int64_t pair, lane0, lane1;
    bool operator==(const Relative&) const = default;
  };
  Relative previous{-1, -1, -1};
  int64_t left = command.count;
  while (left > 0) {
    const int64_t start = lanes.next, waited = phases.lane_wait;
    tile();
    if (--left == 0) break;
    tile();
    --left;
    const int64_t period = lanes.next - start;
    // Lanes as the next tile sees them: by the parity of cycles counted from lanes.next.
    const auto relative = [&](int parity) {
      return std::max<int64_t>(lanes.free[(lanes.next + parity) & 1] - lanes.next, 0);
    };
    const Relative now{period, relative(0), relative(1)};
    if (now == previous && left > 4) {
      const int64_t pairs = (left - 1) / 2;  // leave the last tiles to be played
      const int64_t shift = pairs * period;
      lanes.next += shift;
      // An odd shift swaps the parities, and the lanes with them.
      if (shift & 1) std::swap(lanes.free[0], lanes.free[1]);
      for (int64_t& free : lanes.free) free += shift;
      lanes.stream_free += shift;
      last += shift;
      phases.lane_wait += pairs * (phases.lane_wait - waited);
      phases.compute += pairs * 2 * command.beats;
      left -= 2 * pairs;
    }
    previous = now;
  }
  return {before, last};
}

// ------------------------------------------------------------------ common

// Taps among the offsets [0, beats) of a pass.
int64_t taps_of_pass(const Command& command) {
  const int64_t lines = command.beats / command.pitch, rest = command.beats % command.pitch;
  return lines * command.taps + std::min<int64_t>(rest, command.taps);
}

// Where the last wanted result of a stream command leaves; window i is captured at capture(i).
template <class Capture>
int64_t last_window_result(const Schedule& schedule, const Layer& layer, const Command& command,
                           Capture capture) {
  int64_t last = -1;
  for (int i = command.count - 1; i >= 0; --i) {
    if (capture(i) + command.rows - 1 <= last) break;
    const int row = window_last_row(schedule, layer, command, i);
    if (row >= 0) last = std::max(last, capture(i) + row);
  }
  return last;
}

}  // namespace

namespace {

void run_command(const ArrayConfig& config, const Task& task, const Command& command,
                 StepTiming& lanes, Result& result) {
  if (!command.stream) {
    const auto [before, last] = run_tiles(lanes, command, result.phases);
    // A row tile's column tiles are alike but for the last, which may be narrower.
    for (const auto& [t, step] :
         {std::pair{before, command.count - 2}, {last, command.count - 1}}) {
      if (step < 0) continue;
      const int tail = tile_last_result(
          tile_at(config, std::get<GemmPlan>(task.schedule->plan), *task.layer, command, step));
      if (tail >= 0) result.last_result = std::max(result.last_result, t + tail);
    }
    result.last_beat = last;
    return;
  }
  const int64_t pass = command.cols - 1 + command.beats;
  const int64_t start = std::max(lanes.next, lanes.stream_free);
  result.phases.lane_wait += start - lanes.next;
  const int64_t taps = taps_of_pass(command);
  if (command.chain) {
    // The first window's capture may have to wait for the one before; the others are spaced.
    const int64_t first = std::max(start + pass - 1, lanes.window_free);
    result.phases.lane_wait += first - (start + pass - 1);
    const int64_t beats = pass + int64_t{command.count - 1} * command.cols;
    result.phases.compute += command.count * taps;
    result.phases.fill += beats - command.count * taps;
    const int64_t last = first + int64_t{command.count - 1} * command.cols;
    lanes.end_window(last, command.rows);
    result.last_beat = last;
    result.last_result = std::max(
        result.last_result, last_window_result(*task.schedule, *task.layer, command, [&](int i) {
          return first + int64_t{i} * command.cols;
        }));
  } else {
    const int64_t beats = command.passes * pass;
    const int64_t first = std::max(start + beats - 1, lanes.window_free);
    const int64_t interval = std::max<int64_t>(beats, command.rows);
    result.phases.lane_wait +=
        first - (start + beats - 1) + (command.count - 1) * (interval - beats);
    result.phases.compute += command.count * command.passes * taps;
    result.phases.fill += command.count * (beats - command.passes * taps);
    const int64_t last = first + (command.count - 1) * interval;
    lanes.end_window(last, command.rows);
    result.last_beat = last;
    result.last_result = std::max(result.last_result,
                                  last_window_result(*task.schedule, *task.layer, command,
                                                     [&](int i) { return first + i * interval; }));
  }
}

}  // namespace

Phases rtl_cycles(const ArrayConfig& config, std::span<const Task> tasks) {
  StepTiming lanes{config.rows, config.cols};
  Result result;
  for (const Task& task : tasks)
    for (const Command& command : task.schedule->commands)
      run_command(config, task, command, lanes, result);
  // Beats after the last wanted result do not count: rare, and then every cycle has to be looked
  // at.
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
  std::vector<Kind> cycles;  // one entry per cycle from the first beat to the last
  StepTiming lanes{config.rows, config.cols};
  size_t stall = 0;
  int64_t last_result = -1;
  const auto stalled = [&](int64_t t) {
    while (stall < stalls.size() && stalls[stall] < t) ++stall;
    return stall < stalls.size() && stalls[stall] == t;
  };
  // Plays one beat: waits while withheld or refused, then enters. Returns its cycle.
  const auto beat = [&](auto ready, Kind kind) {
    for (;; ++lanes.next) {
      const int64_t t = lanes.next;
      if (stalled(t))
        cycles.push_back(kGap);
      else if (!ready(t))
        cycles.push_back(kWait);
      else
        break;
    }
    cycles.push_back(kind);
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
        if (tail >= 0) last_result = std::max(last_result, t + tail);
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
      const int row = window_last_row(*task.schedule, *task.layer, command, step);
      if (row >= 0) last_result = std::max(last_result, lanes.next - 1 + row);
    }
  };
  for (const Task& task : tasks)
    for (const Command& command : task.schedule->commands) play(task, command);
  Phases phases;
  for (int64_t t = 0; t <= std::min<int64_t>(last_result, std::ssize(cycles) - 1); ++t)
    ++(cycles[t] == kFill      ? phases.fill
       : cycles[t] == kCompute ? phases.compute
       : cycles[t] == kWait    ? phases.lane_wait
                               : phases.gap);
  phases.drain = last_result + 1 - phases.total();
  return phases;
}

}  // namespace rowcast
