#include "sim/host/collector.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "sim/schedule/lanes.h"

namespace rowcast {

Collector::Collector(const ArrayConfig& config, std::span<const Work> works, Measurement& into)
    : cols_(config.cols),
      tag_mask_((uint32_t{1} << config.tag_width) - 1),
      acc_width_(effective_acc_width(config)),
      into_(into),
      writer_(config, works),
      cycle_mask_(static_cast<int64_t>(std::bit_ceil(static_cast<unsigned>(cols_))) - 1),
      places_(cycle_mask_ + 1),
      port_bytes_(lanes_bytes(acc_width_, cols_)),
      ports_(places_.size() * port_bytes_),
      words_((cols_ + 63) / 64),
      arrived_(places_.size() * words_),
      all_(words_),
      due_(words_) {
  for (int c = 0; c < cols_; ++c) all_[c / 64] |= uint64_t{1} << (c % 64);
  for (const Work& work : works) steps_ += work.schedule->commands.steps();
}

void Collector::watch(int64_t first, int64_t last) {
  watch_first_ = first;
  watch_last_ = std::min(last, steps_ - 1);
  watch_left_ = watch_last_ - first + 1;
}

void Collector::observe(int64_t cycle, const ShimOutputs& out) {
  Place& present = places_[cycle & cycle_mask_];
  present = out.any_valid && bit_at(out.valid, 0) ? place(cycle, out) : Place{};
  const bool window = present.step && present.step->stream();
  const bool tile = present.step && !window;
  if (tile) last_tile_ = cycle;
  if (!out.any_valid && cycle - last_tile_ >= cols_) return;

  uint64_t carry = tile;
  for (uint64_t& word : due_) carry = std::exchange(word, word << 1 | carry) >> 63;
  check_valid(cycle, window, out.valid);
  std::memcpy(port(cycle), out.out, port_bytes_);

  if (window) write_row(cycle, present);
  const int64_t complete = cycle - (cols_ - 1);
  if (complete < 0) return;
  if (const Place& at = places_[complete & cycle_mask_]; at.step && !at.step->stream())
    write_row(complete, at);
}

void Collector::check_valid(int64_t cycle, bool window, const uint64_t* valid) {
  uint64_t* const came = arrived(cycle);
  uint64_t wrong = 0;
  for (size_t i = 0; i < words_; ++i) {
    const uint64_t due = (window ? ~uint64_t{0} : due_[i]) & all_[i];
    came[i] = valid[i] & due;
    wrong |= valid[i] ^ due;
  }
  if (wrong == 0) return;
  disturbed_ = true;
  for (int c = 0; c < cols_; ++c) {
    const bool due = window || bit_at(due_.data(), c);
    if (bit_at(valid, c) != due)
      violation(fmt::format("cycle {}: column {} is {}, but {}", cycle, c,
                            due ? "not valid" : "valid", due ? "a result is due" : "none is due"));
  }
}

// The row whose result in column 0 came in `cycle`, complete.
void Collector::write_row(int64_t cycle, const Place& at) {
  const bool window = at.step->stream();
  if (disturbed_) return write_columns(cycle, at, cycle + (window ? 0 : cols_ - 1));
  const OutputWriter::RowWritten written =
      window ? writer_.write_row(*at.step, at.row, {.first = port(cycle)})
             : writer_.write_row(*at.step, at.row,
                                 {.first = ports_.data(),
                                  .pitch = port_bytes_,
                                  .begin = static_cast<int>(cycle & cycle_mask_),
                                  .mask = static_cast<int>(cycle_mask_)});
  if (written.last_col >= 0)
    last_wanted_ = std::max(last_wanted_, cycle + (window ? 0 : written.last_col));
  for (const int c : written.again)
    violation(fmt::format("cycle {}: row {} of column {} brings an output that was there",
                          cycle + (window ? 0 : c), at.row, c));
}

// The same for a row of which results may be missing, up to a cycle.
void Collector::write_columns(int64_t cycle, const Place& at, int64_t last_cycle) {
  const bool window = at.step->stream();
  for (int c = 0; c < cols_; ++c) {
    const int64_t came = cycle + (window ? 0 : c);
    if (came > last_cycle) return;
    if (!bit_at(arrived(came), c)) continue;
    const OutputWriter::Written written =
        writer_.write(*at.step, at.row, c, lane_at(port(came), acc_width_, c));
    if (written == OutputWriter::Written::kUnwanted) continue;
    last_wanted_ = std::max(last_wanted_, came);
    if (written == OutputWriter::Written::kAgain)
      violation(fmt::format("cycle {}: row {} of column {} brings an output that was there", came,
                            at.row, c));
  }
}

Collector::Place Collector::place(int64_t cycle, const ShimOutputs& out) {
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
    at = lanes_[out.window ? lane ^ 1 : lane];
    ++at.row;
    if (!at.step || at.row >= at.step->order.command.rows || at.row != static_cast<int>(out.row)) {
      violation(fmt::format("cycle {}: row {} is not the next of its step", cycle, out.row));
      return {};
    }
  }
  if (out.window != at.step->stream())
    violation(fmt::format("cycle {}: window_o is {} in a step of {}", cycle,
                          out.window ? "high" : "low", out.window ? "tiles" : "windows"));
  if (out.tag != (at.step->number & tag_mask_))
    violation(fmt::format("cycle {}: tag {} instead of step {}", cycle, out.tag, at.step->number));
  if (at.row + 1 == at.step->order.command.rows && at.step->number >= watch_first_ &&
      at.step->number <= watch_last_) {
    --watch_left_;
    const int behind = at.step->stream() ? 0 : cols_ - 1;  // the last column
    watched_until_ = std::max(watched_until_, cycle + behind);
  }
  lanes_[lane] = at;
  if (at.step->stream()) lanes_[lane ^ 1] = {};
  return at;
}

void Collector::violation(std::string text) {
  if (++into_.violation_count <= 5) into_.violations.push_back(std::move(text));
}

void Collector::finish(int64_t last_cycle) {
  for (int64_t cycle = std::max<int64_t>(0, last_cycle - (cols_ - 2)); cycle <= last_cycle; ++cycle)
    if (const Place& at = places_[cycle & cycle_mask_]; at.step && !at.step->stream())
      write_columns(cycle, at, last_cycle);
  if (missing() != 0) violation(fmt::format("{} results never came", missing()));
  into_.differences = writer_.take_differences();
  into_.made = writer_.take_made();
  into_.outputs = writer_.take_outputs();
}

}  // namespace rowcast
