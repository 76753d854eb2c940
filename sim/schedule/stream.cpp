#include "sim/schedule/stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/schedule/ceil_div.h"

namespace rowcast {
namespace {

JobClass job_class(int number, const Branch& branch, const StreamForm& form) {
  JobClass jobs;
  jobs.branch = number;
  jobs.down = branch.down();
  jobs.across = branch.across();
  jobs.along = branch.along();

  const int out_lines = jobs.across.outputs, out_along = jobs.along.outputs;
  jobs.group_lines = form.packed ? out_lines : 1;
  jobs.line_groups = static_cast<int>(ceil_div(out_lines, jobs.group_lines));
  jobs.strip_outputs =
      form.strip_outputs == 0 ? out_along : std::min(form.strip_outputs, out_along);
  jobs.strips = static_cast<int>(ceil_div(out_along, jobs.strip_outputs));
  jobs.jobs = branch.filters() * jobs.line_groups * jobs.strips;

  const bool raster = form.raster && jobs.across.taps > 1;
  jobs.line_step = raster ? 1 : jobs.across.stride;
  jobs.line_stride = raster ? jobs.across.stride : 1;

  // A whole line's padding behind it and the next line's before it are the same zeros.
  const int reach = jobs.along.reach(), pad = jobs.along.pad;
  const int needed = (jobs.strip_outputs - 1) * jobs.along.stride + reach;
  const bool shares = jobs.strips == 1 && jobs.group_lines > 1;
  jobs.pitch = shares ? std::min(needed, std::max({jobs.along.inputs + pad, needed - pad,
                                                   needed - reach + 1, reach}))
                      : needed;
  jobs.positions =
      int64_t{jobs.group_lines - 1} * jobs.line_stride * jobs.pitch + needed - reach + 1;
  return jobs;
}

// Windows of a job: those with outputs, and all with room for what follows its last output.
int64_t own_windows(const JobClass& jobs, int window) { return ceil_div(jobs.positions, window); }
int64_t full_windows(const JobClass& jobs, int window, int tail) {
  return ceil_div(jobs.positions + tail, window);
}

// Gives the jobs' windows to the rows in order, `per_row` windows each. False if they do not fit.
// Appends where each row starts if asked to.
bool assign(const std::vector<JobClass>& classes, int window, int tail, int rows, int64_t per_row,
            std::vector<JobProgress>* starts) {
  JobProgress at;
  const auto done = [&] { return at.job_class == classes.size(); };
  const auto finish = [&](int64_t jobs) {
    at.windows = 0;
    if ((at.job += static_cast<int>(jobs)) < classes[at.job_class].jobs) return;
    at.job = 0;
    ++at.job_class;
  };
  for (int row = 0; row < rows; ++row) {
    if (starts) starts->push_back(at);
    for (int64_t left = per_row; left > 0 && !done();) {
      const JobClass& jobs = classes[at.job_class];
      const int64_t own = own_windows(jobs, window), full = full_windows(jobs, window, tail);
      if (const int64_t whole = std::min<int64_t>(left / full, jobs.jobs - at.job);
          at.windows == 0 && whole > 0) {
        left -= whole * full;
        finish(whole);
        continue;
      }
      const int64_t take = std::min(full - at.windows, left);
      left -= take;
      at.windows += take;
      if (at.windows >= own) finish(1);  // else the job goes on in the next row
    }
  }
  return done();
}

// Fewest windows per row that hold all jobs.
int64_t windows_per_row(const std::vector<JobClass>& classes, int window, int tail, int rows) {
  int64_t total = 0;
  for (const JobClass& jobs : classes) total += jobs.jobs * full_windows(jobs, window, tail);
  int64_t count = ceil_div(total, rows);
  // Every row can end with a job that needs no room for its tail, so one window less may do.
  while (tail > 0 && count > 1 && assign(classes, window, tail, rows, count - 1, nullptr)) --count;
  return count;
}

struct JobPlace {
  const JobClass* jobs;
  int filter, group, strip;
};
JobPlace place_of(const StreamPlan& plan, int64_t job) {
  for (const JobClass& jobs : plan.classes) {
    if (job < jobs.jobs) {
      const int number = static_cast<int>(job);
      const int strip = number % jobs.strips, rest = number / jobs.strips;
      return {&jobs, rest / jobs.line_groups, rest % jobs.line_groups, strip};
    }
    job -= jobs.jobs;
  }
  __builtin_unreachable();
}

Part part_of(const StreamPlan& plan, const Command& command, int step, int row) {
  return part_at(plan, row, command.first_step + step);
}

// Outputs along a line of the job's strip.
int64_t outputs_along(const JobPlace& place) {
  const JobClass& jobs = *place.jobs;
  return std::min(jobs.strip_outputs, jobs.along.outputs - place.strip * jobs.strip_outputs);
}

// The job's last position up to this one that makes an output; its first always does.
int64_t last_output(const JobPlace& place, int64_t position) {
  const JobClass& jobs = *place.jobs;
  position = std::min(position, jobs.positions - 1);
  const int64_t line = position / jobs.pitch, x = position % jobs.pitch;
  const int64_t last_x = (outputs_along(place) - 1) * jobs.along.stride;
  const int64_t skipped = line % jobs.line_stride;
  if (skipped != 0) return (line - skipped) * jobs.pitch + last_x;
  return line * jobs.pitch + std::min(x - x % jobs.along.stride, last_x);
}

int64_t result_of(const StreamPlan& plan, const Layer& layer, const JobPlace& place,
                  int64_t position) {
  const JobClass& jobs = *place.jobs;
  if (position >= jobs.positions) return -1;
  const int64_t l = position / jobs.pitch, x = position % jobs.pitch;
  if (l % jobs.line_stride != 0 || x % jobs.along.stride != 0) return -1;
  const int64_t group_line = l / jobs.line_stride, strip_output = x / jobs.along.stride;
  if (group_line >= jobs.group_lines || strip_output >= jobs.strip_outputs) return -1;
  const int64_t line = int64_t{place.group} * jobs.group_lines + group_line;
  const int64_t along = int64_t{place.strip} * jobs.strip_outputs + strip_output;
  if (line >= jobs.across.outputs || along >= jobs.along.outputs) return -1;
  const Branch& branch = plan.branches[jobs.branch];
  const int64_t y = jobs.down ? along : line, x_out = jobs.down ? line : along;
  return ((int64_t{branch.first_out_channel} + place.filter) * layer.out_height() + y) *
             layer.out_width() +
         x_out;
}

// What a form means for a layer, short of which row takes which window.
struct Shape {
  StreamPlan plan;
  bool raster;
  int passes;
  int64_t pitch;  // the command's
};
std::optional<Shape> shape_of(const ArrayConfig& config, const Layer& layer,
                              const StreamForm& form) {
  if (!config.row_broadcast) return std::nullopt;
  Shape shape;
  StreamPlan& plan = shape.plan;
  plan.branches = branches(layer);
  for (size_t i = 0; i < plan.branches.size(); ++i)
    plan.classes.push_back(job_class(static_cast<int>(i), plan.branches[i], form));

  // Branches of one layer share the taps' shape: K along the stream, and lines across it.
  const JobClass& first = plan.classes.front();
  const Axis &across = first.across, &along = first.along;
  shape.raster = form.raster && across.taps > 1;
  shape.passes = shape.raster ? 1 : across.taps;
  const int64_t lines = shape.raster ? across.taps : 1;  // of a pass
  plan.pass_taps = static_cast<int>(along.taps * lines);
  plan.window = form.window;
  plan.rows = form.rows;
  // A command has runs of neighbouring taps, one every `pitch` samples: the lines of a raster, or
  // single taps, dilated along a line.
  const bool gaps = along.dilation > 1;
  if (gaps && shape.raster) return std::nullopt;
  const int64_t span = (lines - 1) * across.dilation * first.pitch + along.reach();
  plan.run_taps = gaps ? 1 : along.taps;
  shape.pitch = gaps           ? along.dilation
                : shape.raster ? int64_t{across.dilation} * first.pitch
                               : span;
  if (span > config.max_reduction || shape.passes > config.max_reduction) return std::nullopt;
  if (form.chain && (shape.passes != 1 || form.window < form.rows || form.window < span))
    return std::nullopt;
  plan.span = static_cast<int>(span);
  plan.tail = form.chain ? plan.span - 1 : 0;

  // Padding and strides can make streams almost all of dropped results, too long for 64 bits to
  // count their cycles.
  constexpr double kMostBeats = 1e18;
  double beats = 0;
  for (const JobClass& jobs : plan.classes)
    beats += static_cast<double>(jobs.jobs) *
             static_cast<double>(full_windows(jobs, plan.window, plan.tail)) * shape.passes *
             (plan.window + span);
  if (beats > kMostBeats) return std::nullopt;
  return shape;
}

}  // namespace

Part part_at(const StreamPlan& plan, int row, int64_t window) {
  auto [number, job, done] = plan.row_starts[row];
  int64_t before = 0;  // jobs of the classes before
  for (size_t i = 0; i < number; ++i) before += plan.classes[i].jobs;
  for (; number < plan.classes.size(); ++number, job = 0) {
    const JobClass& jobs = plan.classes[number];
    const int64_t full = full_windows(jobs, plan.window, plan.tail);
    window += done;  // counted from the start of the row's first job
    done = 0;
    if (const int64_t behind = window / full; behind < jobs.jobs - job)
      return {before + job + behind, window % full};
    window -= (jobs.jobs - job) * full;
    before += jobs.jobs;
  }
  return {};
}

LastWindow last_window(const StreamPlan& plan, int64_t end) {
  LastWindow last;
  for (int row = 0; row < plan.rows; ++row) {
    const auto& [first_class, first_job, done] = plan.row_starts[row];
    int64_t used = -done;  // windows of the row if it took all jobs that are left
    for (size_t i = first_class; i < plan.classes.size(); ++i)
      used += (plan.classes[i].jobs - (i == first_class ? first_job : 0)) *
              full_windows(plan.classes[i], plan.window, plan.tail);
    int64_t window = std::min(end, used) - 1;
    if (window < 0) continue;
    const Part part = part_at(plan, row, window);
    const int64_t position = (part.window + 1) * plan.window - 1;
    // Below 0: in a row before.
    window -= part.window - last_output(place_of(plan, part.job), position) / plan.window;
    if (window >= std::max<int64_t>(last.window, 0)) last = {window, row};
  }
  return last;
}

int64_t stream_bound(const ArrayConfig& config, const Layer& layer, const StreamForm& form,
                     int64_t limit) {
  const std::optional<Shape> shape = shape_of(config, layer, form);
  if (!shape) return 0;
  const StreamPlan& plan = shape->plan;
  const int64_t beats = shape->passes * (int64_t{plan.window} - 1 + plan.span);
  const int64_t interval = form.chain ? plan.window : std::max<int64_t>(beats, form.rows);
  const auto cycles = [&](int64_t windows) {
    return beats + (windows - 1) * interval + form.rows - 1;
  };
  // Without room for what follows jobs' last outputs; quick, and mostly enough to tell.
  int64_t own = 0;
  for (const JobClass& jobs : plan.classes) own += jobs.jobs * own_windows(jobs, plan.window);
  if (cycles(ceil_div(own, form.rows)) >= limit) return 0;
  const int64_t bound = cycles(windows_per_row(plan.classes, plan.window, plan.tail, form.rows));
  return bound < limit ? bound : 0;
}

std::optional<Schedule> stream_schedule(const ArrayConfig& config, const Layer& layer,
                                        const StreamForm& form) {
  std::optional<Shape> shape = shape_of(config, layer, form);
  if (!shape) return std::nullopt;
  StreamPlan& plan = shape->plan;
  plan.windows_per_row = windows_per_row(plan.classes, plan.window, plan.tail, form.rows);
  assign(plan.classes, plan.window, plan.tail, form.rows, plan.windows_per_row, &plan.row_starts);
  while (plan.row_starts.back().job_class == plan.classes.size()) plan.row_starts.pop_back();
  plan.rows = static_cast<int>(plan.row_starts.size());

  const JobClass first = plan.classes.front();
  Schedule schedule{.mapping = form.packed ? "st-os" : "st-os-line"};
  schedule.detail =
      fmt::format("{}{}, windows of {}{}",
                  shape->raster       ? "raster"
                  : shape->passes > 1 ? fmt::format("{} passes", shape->passes)
                                      : std::string("lines"),
                  first.strips > 1 ? fmt::format(" in strips of {}", first.strip_outputs) : "",
                  plan.window, form.chain ? ", chained" : "");
  const Command command{.stream = true,
                        .chain = form.chain,
                        .rows = plan.rows,
                        .beats = plan.span,
                        .cols = plan.window,
                        .taps = plan.run_taps,
                        .pitch = static_cast<int>(shape->pitch),
                        .passes = shape->passes};
  // Windows whose results are all dropped may come last: they are not needed.
  schedule.commands =
      Commands(config, {{.runs = {{command, last_window(plan, plan.windows_per_row).window + 1}}}});
  schedule.plan = std::move(plan);
  return schedule;
}

std::optional<Schedule> line_schedule(const ArrayConfig& config, const Layer& layer) {
  const StreamForm shape{.packed = false};
  int64_t positions = 1;
  const std::vector<Branch> parts = branches(layer);
  for (size_t i = 0; i < parts.size(); ++i)
    positions = std::max(positions, job_class(static_cast<int>(i), parts[i], shape).positions);
  return stream_schedule(config, layer,
                         {.packed = false,
                          .window = static_cast<int>(std::min<int64_t>(positions, config.cols)),
                          .rows = config.rows});
}

std::vector<StreamForm> packed_forms(const ArrayConfig& config, const Layer& layer) {
  std::vector<StreamForm> forms;
  if (!config.row_broadcast) return forms;
  const bool has_lines =
      layer.kind == LayerKind::kDepthwise && layer.kernel_h > 1 && layer.kernel_w > 1;
  std::set<int> strips;
  const int longest = std::max(layer.out_width(), layer.out_height());
  for (int n = 1; n <= longest; ++n) strips.insert(static_cast<int>(ceil_div(longest, n)));
  for (const bool raster : {false, true}) {
    if (raster && !has_lines) continue;
    for (const int strip : strips) {
      if (!raster && strip != longest) continue;  // a strip's halo pays only where lines are shared
      StreamForm form{.raster = raster, .strip_outputs = strip == longest ? 0 : strip};
      for (int window = 1; window <= config.cols; ++window) {
        form.window = window;
        // Narrow windows pay only where little work is left for the last one.
        if (window < config.cols / 2 && window != config.cols) continue;
        form.chain = true;
        form.rows = std::min(config.rows, window);
        forms.push_back(form);
        form.chain = false;
        form.rows = config.rows;
        forms.push_back(form);
      }
    }
  }
  return forms;
}

int64_t window_result(const StreamPlan& plan, const Layer& layer, const Command& command, int step,
                      int r, int c) {
  if (r >= command.rows || c >= plan.window) return -1;
  const Part part = part_of(plan, command, step, r);
  if (part.job < 0) return -1;
  return result_of(plan, layer, place_of(plan, part.job),
                   part.window * plan.window + plan.window - 1 - c);
}

void window_results(const StreamPlan& plan, const Layer& layer, const Command& command, int step,
                    int r, std::vector<ResultRun>& runs) {
  runs.clear();
  const Part part = part_of(plan, command, step, r);
  if (part.job < 0) return;
  const JobPlace place = place_of(plan, part.job);
  const JobClass& jobs = *place.jobs;
  const int64_t first = part.window * plan.window;
  const int64_t end = std::min(first + plan.window, jobs.positions);
  const int64_t outputs = outputs_along(place);
  int64_t l = first / jobs.pitch, x = first % jobs.pitch;
  for (int64_t position = first; position < end; ++l) {
    const int64_t run = std::min(end - position, jobs.pitch - x);
    const int64_t output = ceil_div(x, jobs.along.stride);
    const int64_t count = std::min(ceil_div(x + run, jobs.along.stride), outputs) - output;
    if (count > 0) {
      const int64_t at = position + output * jobs.along.stride - x;  // the first output's position
      const int64_t index = result_of(plan, layer, place, at);
      if (index >= 0)
        runs.push_back({.col = static_cast<int>(plan.window - 1 - (at - first)),
                        .col_step = -jobs.along.stride,
                        .count = static_cast<int>(count),
                        .index = index,
                        .index_step = jobs.down ? layer.out_width() : 1});
    }
    position += run;
    x = 0;
  }
}

void gather_samples(const StreamPlan& plan, const Layer& layer, const Command& command, int step,
                    int pass, int first, int last, int lanes, std::span<const int16_t> input,
                    int16_t* out) {
  std::fill_n(out, size_t(last - first) * lanes, int16_t{0});
  for (int r = 0; r < command.rows; ++r) {
    const Part part = part_of(plan, command, step, r);
    if (part.job < 0) continue;
    const JobPlace place = place_of(plan, part.job);
    const JobClass& jobs = *place.jobs;
    const Branch& branch = plan.branches[jobs.branch];
    const int16_t* image =
        input.data() + size_t(branch.in_channel(place.filter)) * layer.in_height * layer.in_width;
    const int step_along = jobs.down ? layer.in_width : 1;
    const int step_across = jobs.down ? 1 : layer.in_width;
    const int64_t position = part.window * plan.window + first;
    const int64_t first_line = int64_t{place.group} * jobs.group_lines * jobs.across.stride +
                               int64_t{pass} * jobs.across.dilation - jobs.across.pad;
    const int first_along = place.strip * jobs.strip_outputs * jobs.along.stride - jobs.along.pad;
    int64_t l = position / jobs.pitch;
    int x = static_cast<int>(position % jobs.pitch);
    int16_t* at = out + r;
    for (int j = first; j < last;) {
      const int64_t line = first_line + l * jobs.line_step;
      const int run = std::min(last - j, jobs.pitch - x);
      if (line >= 0 && line < jobs.across.inputs) {
        const int16_t* samples = image + line * step_across;
        const int begin = std::max(0, -(first_along + x));
        const int end = std::min(run, jobs.along.inputs - first_along - x);
        for (int i = begin; i < end; ++i)
          at[size_t(i) * lanes] = samples[(first_along + x + i) * step_along];
      }
      at += size_t(run) * lanes;
      j += run;
      x = 0;
      ++l;
    }
  }
}

void gather_taps(const StreamPlan& plan, const Command& command, int step, int pass, int lanes,
                 std::span<const int16_t> weights, int16_t* out) {
  std::fill_n(out, size_t(plan.pass_taps) * lanes, int16_t{0});
  for (int r = 0; r < command.rows; ++r) {
    const Part part = part_of(plan, command, step, r);
    if (part.job < 0) continue;
    const JobPlace place = place_of(plan, part.job);
    const Branch& branch = plan.branches[place.jobs->branch];
    const int16_t* taps = weights.data() + branch.first_weight +
                          int64_t{place.filter} * branch.taps() + int64_t{pass} * plan.pass_taps;
    for (int t = 0; t < plan.pass_taps; ++t) out[size_t(t) * lanes + r] = taps[t];
  }
}

}  // namespace rowcast
