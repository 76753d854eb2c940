#include "sim/schedule/execute.h"

#include <fmt/format.h>

#include <stdexcept>

namespace rowcast {
namespace {

class Outputs {
 public:
  explicit Outputs(const Layer& layer) : values_(layer.outputs()), made_(layer.outputs()) {}
  void make(int64_t index, int64_t value) {
    if (index < 0) return;
    if (made_.at(index)) throw std::logic_error(fmt::format("output {} is made twice", index));
    made_[index] = true;
    values_[index] = value;
  }
  std::vector<int64_t> finish() {
    for (size_t i = 0; i < made_.size(); ++i)
      if (!made_[i]) throw std::logic_error(fmt::format("output {} is never made", i));
    return std::move(values_);
  }

 private:
  std::vector<int64_t> values_;
  std::vector<bool> made_;
};

}  // namespace

std::vector<int64_t> execute(const ArrayConfig& config, const Layer& layer,
                             const Schedule& schedule, std::span<const int16_t> input,
                             std::span<const int16_t> weights) {
  Outputs outputs(layer);
  const int R = config.rows, C = config.cols;
  std::vector<int16_t> a, b;
  for (const Command& command : schedule.commands) {
    if (!command.stream) {
      const GemmPlan& plan = std::get<GemmPlan>(schedule.plan);
      a.resize(size_t(command.beats) * R);
      b.resize(size_t(command.beats) * C);
      for (int step = 0; step < command.count; ++step) {
        const Tile tile = tile_at(config, plan, layer, command, step);
        gather_tile_side(plan, layer, command, tile, tile.rows, R, input, weights, a.data());
        gather_tile_side(plan, layer, command, tile, tile.cols, C, input, weights, b.data());
        for (int r = 0; r < command.rows; ++r)
          for (int c = 0; c < C; ++c) {
            int64_t sum = 0;
            for (int k = 0; k < command.beats; ++k) sum += int64_t{a[k * R + r]} * b[k * C + c];
            outputs.make(tile_result(plan, layer, tile, r, c), sum);
          }
      }
      continue;
    }
    const StreamPlan& plan = std::get<StreamPlan>(schedule.plan);
    std::vector<int16_t> stream, taps(size_t(plan.pass_taps) * R);
    const int n = command.cols, pass_samples = n - 1 + command.beats;
    if (command.chain) {  // one stream for the whole command; window i starts at sample i * n
      stream.resize((size_t(command.count - 1) * n + pass_samples) * R);
      for (int step = 0; step < command.count; ++step)
        gather_samples(plan, layer, command, step, 0, 0,
                       step + 1 == command.count ? pass_samples : n, R, input,
                       stream.data() + size_t(step) * n * R);
    }
    for (int step = 0; step < command.count; ++step) {
      std::vector<int64_t> sums(size_t(command.rows) * n);
      for (int pass = 0; pass < command.passes; ++pass) {
        size_t base = size_t(step) * n;
        if (!command.chain) {
          base = 0;
          stream.resize(size_t(pass_samples) * R);
          gather_samples(plan, layer, command, step, pass, 0, pass_samples, R, input,
                         stream.data());
        }
        gather_taps(plan, command, step, pass, R, weights, taps.data());
        int tap = 0;
        for (int offset = 0; offset < command.beats; ++offset) {
          if (offset % command.pitch >= command.taps) continue;
          for (int r = 0; r < command.rows; ++r)
            for (int c = 0; c < n; ++c)  // the tap meets sample T0 + offset - c in PE c
              sums[size_t(r) * n + c] +=
                  int64_t{taps[size_t(tap) * R + r]} * stream[(base + n - 1 + offset - c) * R + r];
          ++tap;
        }
      }
      for (int r = 0; r < command.rows; ++r)
        for (int c = 0; c < n; ++c)
          outputs.make(window_result(plan, layer, command, step, r, c), sums[size_t(r) * n + c]);
    }
  }
  return outputs.finish();
}

}  // namespace rowcast
