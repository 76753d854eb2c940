#include "sim/host/outputs.h"

#include <algorithm>
#include <cstring>

#include "sim/schedule/beginning.h"
#include "sim/schedule/lanes.h"

namespace rowcast {

OutputWriter::OutputWriter(const ArrayConfig& config, std::span<const Work> works)
    : config_(config),
      works_(works),
      order_(works),
      width_(effective_acc_width(config)),
      spare_(64 - width_),
      begun_(2 * size_t(config.cols + 2 * config.rows + 4)),
      differences_(works.size()) {
  for (const Work& work : works) {
    outputs_.emplace_back(work.keep_outputs ? work.layer->outputs() : 0);
    made_.emplace_back(work.layer->outputs());
    missing_ +=
        work.whole ? work.layer->outputs() : results_of(config, *work.layer, *work.schedule);
  }
}

const OutputWriter::Step* OutputWriter::begin_step() {
  if (!order_.done() && order_step_ == order_->command.count) {
    order_.next();
    order_step_ = 0;
  }
  if (order_.done()) return nullptr;
  Step& step = begun_[next_ % begun_.size()];
  step.order = *order_;
  step.number = next_++;
  step.order_step = order_step_++;
  find_results(step);
  return &step;
}

void OutputWriter::find_results(Step& step) const {
  const Work& work = *step.order.work;
  const Command& command = step.order.command;
  if (const auto* plan = std::get_if<StreamPlan>(&work.schedule->plan)) {
    step.rows.resize(std::max<size_t>(step.rows.size(), command.rows));
    for (int r = 0; r < command.rows; ++r)
      window_results(*plan, *work.layer, command, step.order_step, r, step.rows[r]);
    return;
  }
  const GemmPlan& plan = std::get<GemmPlan>(work.schedule->plan);
  step.tile = tile_at(config_, plan, *work.layer, command, step.order_step);
  tile_results(plan, *work.layer, step.tile, step.grids);
}

int64_t OutputWriter::index(const Step& step, int row, int col) const {
  const Work& work = *step.order.work;
  if (step.stream())
    return window_result(std::get<StreamPlan>(work.schedule->plan), *work.layer, step.order.command,
                         step.order_step, row, col);
  return tile_result(std::get<GemmPlan>(work.schedule->plan), *work.layer, step.tile, row, col);
}

std::span<const ResultRun> OutputWriter::runs_of(const Step& step, int row) {
  if (step.stream()) return step.rows[row];
  runs_.clear();
  for (const ResultGrid& grid : step.grids) {
    if (row < grid.first_row || row >= grid.first_row + grid.rows) continue;
    runs_.push_back(grid.first);
    runs_.back().index += (row - grid.first_row) * grid.row_step;
  }
  return runs_;
}

template <class Value>
void OutputWriter::write_run(size_t work, const ResultRun& run, const Value& value) {
  const std::span<const int64_t> expected = works_[work].expected;
  uint8_t* made = made_[work].data() + run.index;
  uint8_t again = 0;
  for (int i = 0; i < run.count; ++i) again |= made[i * run.index_step]++;
  missing_ -= run.count;
  if (works_[work].keep_outputs) {
    int64_t* outputs = outputs_[work].data() + run.index;
    for (int i = 0; i < run.count; ++i)
      outputs[i * run.index_step] = value(run.col + i * run.col_step);
  }
  uint64_t differing = 0;
  if (!expected.empty()) {
    const int64_t* golden = expected.data() + run.index;
    for (int i = 0; i < run.count; ++i)
      differing |= static_cast<uint64_t>(golden[i * run.index_step]) ^
                   static_cast<uint64_t>(value(run.col + i * run.col_step));
  }
  if (again != 0 || differing << spare_ != 0) look_closer(work, run, value);
}

// Some of the run's outputs were there, or are not the expected ones.
template <class Value>
void OutputWriter::look_closer(size_t work, const ResultRun& run, const Value& value) {
  const std::span<const int64_t> expected = works_[work].expected;
  for (int i = 0; i < run.count; ++i) {
    const int64_t at = run.index + i * run.index_step;
    const int col = run.col + i * run.col_step;
    if (made_[work][at] != 1) {
      again_.push_back(col);
      ++missing_;
    }
    if (!expected.empty() && differs(expected[at], value(col)))
      differences_[work].push_back({at, value(col)});
  }
}

OutputWriter::Written OutputWriter::write(const Step& step, int row, int col, int64_t value) {
  const int64_t at = index(step, row, col);
  if (at < 0) return Written::kUnwanted;
  again_.clear();
  write_run(work_of(step), {.col = col, .count = 1, .index = at}, [=](int) { return value; });
  return again_.empty() ? Written::kFirst : Written::kAgain;
}

OutputWriter::RowWritten OutputWriter::write_row(const Step& step, int row, const Row& results) {
  again_.clear();
  RowWritten written;
  const size_t work = work_of(step);
  for (const ResultRun& run : runs_of(step, row)) {
    if (width_ == 32)
      write_run(work, run, [&](int col) -> int64_t {
        int32_t value;
        std::memcpy(&value, results.port(col) + size_t(col) * 4, 4);
        return value;
      });
    else
      write_run(work, run, [&](int col) { return lane_at(results.port(col), width_, col); });
    written.last_col =
        std::max({written.last_col, run.col, run.col + (run.count - 1) * run.col_step});
  }
  written.again = again_;
  return written;
}

std::vector<std::vector<Difference>> OutputWriter::take_differences() {
  for (size_t i = 0; i < works_.size() && missing_ != 0; ++i) {
    const std::span<const int64_t> expected = works_[i].expected;
    for (size_t at = 0; at < expected.size() && works_[i].whole; ++at)
      if (made_[i][at] == 0 && differs(expected[at], 0))
        differences_[i].push_back({static_cast<int64_t>(at), 0});
  }
  return std::move(differences_);
}

}  // namespace rowcast
