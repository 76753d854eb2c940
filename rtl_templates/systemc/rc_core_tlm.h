// rc_core as a loosely-timed TLM-2.0 target: what virtual platforms have in place of the pins.
// Same arithmetic, and the time of the hardware, from the rules of its sequencer
// (rc_step_timing.h); no clock runs.
//
// Address map; all words little-endian as the host's, no byte enables, no DMI:
//
//   offset   access  bytes  what
//   0x00000  write   36     command: nine 32-bit words, see words()
//   0x00040  read    4      steps whose results have all left the ports, and were not discarded
//   0x00044  read    4      tag of the oldest step that was not discarded
//   0x00048  write   4      discard the oldest step (any value)
//   0x01000  write   n*B    n beats, B = sizeof(Beat): 16-bit a[ROWS], b[COLS], tap[ROWS] each
//   0x10000  read    n*8    results of the oldest step, 64 bits each: row r, column c at
//                           8 * (r * COLS + c); columns from a window's positions on read as zero
//
// Time, on a clock with a rising edge at every multiple of the period:
//   - A command takes none: the core's queue is not modelled.
//   - Beats written at a time are offered from the first edge after it, one per edge. The delay is
//     advanced to the edge that takes the last of them. Of a stream nothing enters before all of
//     it is written, so writing a part of it takes no time.
//   - Reading results advances the delay to the edge that brings the last of them to its port.
// From the write of a first beat to its last result that is (cycles + kEdgeLatency) periods, with
// cycles counted as by the pin-level monitor: from the edge that finds the beat at the array on.
//
// Generic error response: an illegal command, beats without a command, results of a step that is
// not complete. Address error: offsets and rows that are not there. Burst error: sizes that do not
// fit.
#ifndef RC_CORE_TLM_H
#define RC_CORE_TLM_H

#include <tlm_utils/simple_target_socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <systemc>
#include <tlm>
#include <vector>

#include "rc_core_types.h"
#include "rc_step_timing.h"

namespace rc_core {

namespace address {
constexpr std::uint64_t kCommand = 0x00000;
constexpr std::uint64_t kSteps = 0x00040;
constexpr std::uint64_t kTag = 0x00044;
constexpr std::uint64_t kDiscard = 0x00048;
constexpr std::uint64_t kBeats = 0x01000;
constexpr std::uint64_t kResults = 0x10000;
inline std::uint64_t result(std::uint32_t row, std::uint32_t column) {
  return kResults + 8 * (std::uint64_t{row} * kCols + column);
}
}  // namespace address

static_assert(sizeof(Beat) == 2 * (2 * kRows + kCols), "beats are packed");

// A command as it is written: bit 0 of the first word says stream, bit 1 chain.
using CommandWords = std::array<std::uint32_t, 9>;
inline CommandWords words(const Command& c) {
  return {c.stream + 2u * c.chain, c.tag,  c.count, c.rows,  c.beats,
          c.cols,                  c.taps, c.pitch, c.passes};
}
inline Command command_of(const CommandWords& w) {
  return {(w[0] & 1) != 0, (w[0] & 2) != 0, w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8]};
}

class TlmCore : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<TlmCore> socket{"socket"};

  TlmCore(sc_core::sc_module_name name, sc_core::sc_time period)
      : sc_module(name), period_(period), timing_{kRows, kCols} {
    socket.register_b_transport(this, &TlmCore::b_transport);
  }

 private:
  // A step that was fed completely.
  struct Step {
    Command command;
    std::uint32_t tag;
    std::int64_t captured;             // the edge that brings row 0 to column 0's port
    std::vector<std::int64_t> values;  // [rows][kCols]

    std::int64_t edge(std::uint32_t row, std::uint32_t column) const {
      return captured + (command.stream ? row : 2 * row + column);
    }
    std::int64_t last_edge() const { return edge(command.rows - 1, kCols - 1); }
  };

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    payload.set_response_status(respond(payload, delay));
  }

  tlm::tlm_response_status respond(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    if (payload.get_byte_enable_ptr()) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    if (payload.get_streaming_width() < payload.get_data_length())
      return tlm::TLM_BURST_ERROR_RESPONSE;
    if (payload.is_write()) return write(payload, delay);
    if (payload.is_read()) return read(payload, delay);
    return tlm::TLM_COMMAND_ERROR_RESPONSE;
  }

  tlm::tlm_response_status write(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const std::size_t size = payload.get_data_length();
    switch (payload.get_address()) {
      case address::kCommand: {
        CommandWords given;
        if (size != sizeof given) return tlm::TLM_BURST_ERROR_RESPONSE;
        std::memcpy(given.data(), payload.get_data_ptr(), size);
        const Command command = command_of(given);
        if (!legal(command)) return tlm::TLM_GENERIC_ERROR_RESPONSE;
        commands_.push_back(command);
        unfed_ += total_beats(command);
        return tlm::TLM_OK_RESPONSE;
      }
      case address::kBeats: {
        if (size == 0 || size % sizeof(Beat) != 0) return tlm::TLM_BURST_ERROR_RESPONSE;
        const std::size_t count = size / sizeof(Beat);
        if (count > unfed_) return tlm::TLM_GENERIC_ERROR_RESPONSE;
        unfed_ -= count;
        const std::int64_t offered = edge_after(delay);
        std::int64_t taken = 0;
        for (std::size_t i = 0; i < count; ++i) {
          Beat beat;
          std::memcpy(&beat, payload.get_data_ptr() + i * sizeof beat, sizeof beat);
          taken = std::max(taken, commands_.front().stream ? stage(beat, offered)
                                                           : feed_tile(beat, offered));
        }
        advance(delay, taken);
        return tlm::TLM_OK_RESPONSE;
      }
      case address::kDiscard:
        if (size != 4) return tlm::TLM_BURST_ERROR_RESPONSE;
        if (steps_.empty()) return tlm::TLM_GENERIC_ERROR_RESPONSE;
        steps_.pop_front();
        return tlm::TLM_OK_RESPONSE;
      default:
        return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    }
  }

  tlm::tlm_response_status read(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const std::size_t size = payload.get_data_length();
    const std::uint64_t at = payload.get_address();
    if (at == address::kSteps || at == address::kTag) {
      if (size != 4) return tlm::TLM_BURST_ERROR_RESPONSE;
      if (at == address::kTag && steps_.empty()) return tlm::TLM_GENERIC_ERROR_RESPONSE;
      const std::uint32_t word = at == address::kTag ? steps_.front().tag : finished(delay);
      std::memcpy(payload.get_data_ptr(), &word, sizeof word);
      return tlm::TLM_OK_RESPONSE;
    }
    if (at < address::kResults) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    if (at % 8 != 0 || size == 0 || size % 8 != 0) return tlm::TLM_BURST_ERROR_RESPONSE;
    if (steps_.empty()) return tlm::TLM_GENERIC_ERROR_RESPONSE;
    const Step& step = steps_.front();
    const std::uint64_t first = (at - address::kResults) / 8;
    if (first >= step.values.size() || size / 8 > step.values.size() - first)
      return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    std::memcpy(payload.get_data_ptr(), step.values.data() + first, size);
    std::int64_t last = 0;
    for (std::uint64_t i = first; i < first + size / 8; ++i)
      last = std::max(last, step.edge(static_cast<std::uint32_t>(i / kCols),
                                      static_cast<std::uint32_t>(i % kCols)));
    advance(delay, last);
    return tlm::TLM_OK_RESPONSE;
  }

  // ---------------------------------------------------------------- time
  std::int64_t edge_after(const sc_core::sc_time& delay) const {
    return static_cast<std::int64_t>((sc_core::sc_time_stamp() + delay).value() / period_.value())
           + 1;
  }
  void advance(sc_core::sc_time& delay, std::int64_t edge) const {
    const sc_core::sc_time at = sc_core::sc_time::from_value(
        static_cast<std::uint64_t>(edge) * period_.value());
    if (at > sc_core::sc_time_stamp() + delay) delay = at - sc_core::sc_time_stamp();
  }
  std::uint32_t finished(const sc_core::sc_time& delay) const {
    const std::int64_t now = edge_after(delay) - 1;
    const auto left = [&](const Step& step) { return step.last_edge() <= now; };
    return static_cast<std::uint32_t>(std::count_if(steps_.begin(), steps_.end(), left));
  }

  // ---------------------------------------------------------------- steps
  // Both return the edge that takes the beat; 0: none yet.
  std::int64_t feed_tile(const Beat& beat, std::int64_t offered) {
    const Command& command = commands_.front();
    if (fed_ == 0) sums_.assign(std::size_t{command.rows} * kCols, 0);
    for (std::uint32_t r = 0; r < command.rows; ++r)
      for (int c = 0; c < kCols; ++c)
        sums_[std::size_t{r} * kCols + c] +=
            signed_bits(beat.a[r], kDataWidth) * signed_bits(beat.b[c], kWeightWidth);
    std::int64_t taken = std::max(timing_.next, offered);
    if (++fed_ < command.beats) {
      timing_.next = taken + 1;
      return taken;
    }
    while (!timing_.tile_may_end(taken)) ++taken;
    timing_.end_tile(taken, static_cast<int>(command.rows));
    fed_ = 0;
    end_step(taken);
    return taken;
  }

  // Keeps a stream's beats until all are there.
  std::int64_t stage(const Beat& beat, std::int64_t offered) {
    const Command command = commands_.front();
    const std::int64_t together = static_cast<std::int64_t>(stream_beats(command));
    stream_.push_back(beat);
    if (static_cast<std::int64_t>(stream_.size()) < together) return 0;
    const bool captures = pass_ + 1 == command.passes;
    std::int64_t start = std::max(timing_.next, offered);
    const std::int64_t pass = static_cast<std::int64_t>(pass_beats(command));
    while (!timing_.stream_may_start(start, pass, captures)) ++start;
    timing_.next = start + together;
    if (pass_ == 0) sums_.assign(std::size_t{command.rows} * kCols, 0);
    const std::uint32_t windows = command.chain ? command.count : 1;
    for (std::uint32_t w = 0; w < windows; ++w) {
      const std::size_t first = std::size_t{w} * command.cols;
      if (w > 0) sums_.assign(std::size_t{command.rows} * kCols, 0);
      add_pass(command, first);
      if (!captures) break;
      const std::int64_t last = start + static_cast<std::int64_t>(first) + pass - 1;
      timing_.end_window(last, static_cast<int>(command.rows));
      end_step(last);
    }
    pass_ = captures ? 0 : pass_ + 1;
    stream_.clear();
    return start + together - 1;
  }

  // Position p of the window is on column cols - 1 - p.
  void add_pass(const Command& command, std::size_t first) {
    const std::uint32_t n = command.cols;
    for (std::uint32_t offset = 0; offset < command.beats; ++offset) {
      if (offset % command.pitch >= command.taps) continue;
      const Beat& with_tap = stream_[first + n - 1 + offset];
      for (std::uint32_t r = 0; r < command.rows; ++r)
        for (std::uint32_t p = 0; p < n; ++p)
          sums_[std::size_t{r} * kCols + n - 1 - p] +=
              signed_bits(stream_[first + p + offset].a[r], kDataWidth)
              * signed_bits(with_tap.tap[r], kWeightWidth);
    }
  }

  // The step's last beat was taken at this edge.
  void end_step(std::int64_t taken) {
    const Command& command = commands_.front();
    for (std::int64_t& sum : sums_) sum = signed_bits(sum, kAccWidth);
    const std::uint32_t tag = (command.tag + step_) & ((std::uint32_t{1} << kTagWidth) - 1);
    steps_.push_back({command, tag, taken + kEdgeLatency + kMacLatency, std::move(sums_)});
    sums_.clear();
    if (++step_ < command.count) return;
    step_ = 0;
    commands_.pop_front();
  }

  static std::int64_t signed_bits(std::int64_t value, int width) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << (64 - width))
           >> (64 - width);
  }

  const sc_core::sc_time period_;
  rowcast::StepTiming timing_;
  std::deque<Command> commands_;  // not completely fed
  std::uint64_t unfed_ = 0;       // beats that they wait for
  std::uint32_t step_ = 0;        // of the first command
  std::uint32_t fed_ = 0;         // beats of its tile
  std::uint32_t pass_ = 0;        // of its window
  std::vector<Beat> stream_;
  std::vector<std::int64_t> sums_;  // of the present step
  std::deque<Step> steps_;          // fed, not discarded
};

}  // namespace rc_core

#endif  // RC_CORE_TLM_H
