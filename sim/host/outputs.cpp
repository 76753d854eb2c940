#include "sim/host/outputs.h"

#include "sim/schedule/beginning.h"

namespace rowcast {

OutputWriter::OutputWriter(const ArrayConfig& config, std::span<const Work> works,
                           std::span<const Order> orders)
    : config_(config),
      works_(works),
      orders_(orders),
      begun_(2 * size_t(config.cols + 2 * config.rows + 4)) {
  for (const Work& work : works) {
    outputs_.emplace_back(work.layer->outputs());
    made_.emplace_back(work.layer->outputs());
    missing_ +=
        work.whole ? work.layer->outputs() : results_of(config, *work.layer, *work.schedule);
  }
}

const OutputWriter::Step* OutputWriter::begin_step() {
  if (order_ < orders_.size() && order_step_ == orders_[order_].command->count) {
    ++order_;
    order_step_ = 0;
  }
  if (order_ == orders_.size()) return nullptr;
  Step& step = begun_[next_ % begun_.size()];
  step = {&orders_[order_], next_, order_step_};
  if (!step.stream())
    step.tile = tile_at(config_, std::get<GemmPlan>(step.order->work->schedule->plan),
                        *step.order->work->layer, *step.order->command, order_step_);
  ++next_;
  ++order_step_;
  return &step;
}

int64_t OutputWriter::index(const Step& step, int row, int col) const {
  const Work& work = *step.order->work;
  if (step.stream())
    return window_result(std::get<StreamPlan>(work.schedule->plan), *work.layer,
                         *step.order->command, step.order_step, row, col);
  return tile_result(std::get<GemmPlan>(work.schedule->plan), *work.layer, step.tile, row, col);
}

OutputWriter::Written OutputWriter::write(const Step& step, int row, int col, int64_t value) {
  const int64_t at = index(step, row, col);
  if (at < 0) return Written::kUnwanted;
  const size_t work = step.order->work - works_.data();
  const bool again = made_[work][at];
  if (!again) --missing_;
  made_[work][at] = true;
  outputs_[work][at] = value;
  return again ? Written::kAgain : Written::kFirst;
}

}  // namespace rowcast
