// rc_core behind sc_fifos: the verilated core, and the transactor that works its pins.
//
//     commands ──► offer_commands ──► cmd_*  ┌───────┐
//     beats ─────► offer_beats ─────► op_*   │ core  │ ──► collect ──► deliver ──► results
//                                            └───────┘
//
// - Beats are taken from their fifo in the order of the commands, once the core has taken the
//   command. A fifo that is kept filled loses no cycle, whatever its depth.
// - A missing beat of an OS tile is a bubble. A stream (ST-OS) may not be interrupted, so all its
//   beats are taken from the fifo, in no time if they are there, before the first one is offered:
//   a slow feeder delays a stream and never breaks it. The stream is held in memory meanwhile.
// - Results come in the order in which they leave the ports, without those of columns beyond a
//   window's positions. The core can not wait for its results, so the transactor keeps those that
//   the fifo has no room for.
// - An illegal command is reported as an error (SC_REPORT_ERROR, by default an exception), two cycles
//   after the core has taken it, and has no beats.
// - `rst` is held high for at least one rising edge of `clk` before the first command; not later.
#ifndef RC_CORE_TRANSACTOR_H
#define RC_CORE_TRANSACTOR_H

#include <cstdint>
#include <deque>
#include <sstream>
#include <systemc>
#include <vector>

#include "Vrc_core.h"
#include "rc_core_types.h"

namespace rc_core {

// Pins as `verilator --sc --pins-bv 2` makes them.
template <int W>
struct PinType {
  using type = sc_dt::sc_bv<W>;
};
template <>
struct PinType<1> {
  using type = bool;
};
template <int W>
using Pin = typename PinType<W>::type;

namespace pins {

// Bits [at, at + width) of a pin, width from 1 to 64; and values in place of them.
inline std::uint64_t get(bool pin, int, int) { return pin; }
inline std::uint64_t get(const sc_dt::sc_bv_base& pin, int at, int width) {
  std::uint64_t value = 0;
  for (int done = 0; done < width;) {
    const int bit = (at + done) % 32;
    value |= static_cast<std::uint64_t>(pin.get_word((at + done) / 32) >> bit) << done;
    done += 32 - bit;
  }
  return width == 64 ? value : value & ((std::uint64_t{1} << width) - 1);
}
inline std::int64_t get_signed(const sc_dt::sc_bv_base& pin, int at, int width) {
  return static_cast<std::int64_t>(get(pin, at, width) << (64 - width)) >> (64 - width);
}
inline void set(bool& pin, std::uint64_t value) { pin = value & 1; }
template <int W>
void set(sc_dt::sc_bv<W>& pin, std::uint64_t value) {
  pin = static_cast<sc_dt::uint64>(value);
}
// Lanes of `width` bits, lane 0 in the least significant ones.
template <class Lanes>
void set_lanes(sc_dt::sc_bv_base& pin, const Lanes& lanes, int width) {
  std::uint64_t bits = 0;
  int filled = 0, word = 0;
  for (const std::int16_t lane : lanes) {
    bits |= (static_cast<std::uint64_t>(lane) & ((std::uint64_t{1} << width) - 1)) << filled;
    for (filled += width; filled >= 32; filled -= 32, bits >>= 32)
      pin.set_word(word++, static_cast<sc_dt::sc_digit>(bits));
  }
  if (filled > 0) pin.set_word(word, static_cast<sc_dt::sc_digit>(bits));
}

}  // namespace pins

class Transactor : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk{"clk"}, rst{"rst"};
  sc_core::sc_fifo_in<Command> commands{"commands"};
  sc_core::sc_fifo_in<Beat> beats{"beats"};
  sc_core::sc_fifo_out<Result> results{"results"};

  // The core's pins, for traces and monitors.
  sc_core::sc_signal<bool> cmd_valid{"cmd_valid"}, cmd_ready{"cmd_ready"}, cmd_error{"cmd_error"};
  sc_core::sc_signal<Pin<kTagWidth>> cmd_tag{"cmd_tag"}, cmd_count{"cmd_count"};
  sc_core::sc_signal<Pin<kRowWidth>> cmd_rows{"cmd_rows"};
  sc_core::sc_signal<Pin<kBeatWidth>> cmd_beats{"cmd_beats"};
  sc_core::sc_signal<bool> op_valid{"op_valid"}, op_ready{"op_ready"};
  sc_core::sc_signal<Pin<kRows * kDataWidth>> a{"a"};
  sc_core::sc_signal<Pin<kCols * kWeightWidth>> b{"b"};
//%if ROW_BROADCAST
  sc_core::sc_signal<bool> cmd_stream{"cmd_stream"}, cmd_chain{"cmd_chain"};
  sc_core::sc_signal<Pin<kColWidth>> cmd_cols{"cmd_cols"};
  sc_core::sc_signal<Pin<kBeatWidth>> cmd_taps{"cmd_taps"}, cmd_pitch{"cmd_pitch"};
  sc_core::sc_signal<Pin<kBeatWidth>> cmd_passes{"cmd_passes"};
  sc_core::sc_signal<bool> tap_ready{"tap_ready"}, gap_error{"gap_error"}, window{"window"};
  sc_core::sc_signal<Pin<kRows * kWeightWidth>> tap{"tap"};
//%end
  sc_core::sc_signal<Pin<kCols>> valid{"valid"};
  sc_core::sc_signal<Pin<kCols * kAccWidth>> out{"out"};
  sc_core::sc_signal<Pin<kRowWidth>> row{"row"};
  sc_core::sc_signal<Pin<kTagWidth>> tag{"tag"};
  sc_core::sc_signal<bool> active{"active"}, busy{"busy"};

  SC_HAS_PROCESS(Transactor);
  explicit Transactor(sc_core::sc_module_name name) : sc_module(name), history_(kCols) {
    core_.clk_i(clk);
    core_.rst_i(rst);
    core_.cmd_valid_i(cmd_valid);
    core_.cmd_ready_o(cmd_ready);
    core_.cmd_tag_i(cmd_tag);
    core_.cmd_count_i(cmd_count);
    core_.cmd_rows_i(cmd_rows);
    core_.cmd_beats_i(cmd_beats);
    core_.cmd_error_o(cmd_error);
    core_.op_valid_i(op_valid);
    core_.op_ready_o(op_ready);
    core_.a_i(a);
    core_.b_i(b);
//%if ROW_BROADCAST
    core_.cmd_stream_i(cmd_stream);
    core_.cmd_chain_i(cmd_chain);
    core_.cmd_cols_i(cmd_cols);
    core_.cmd_taps_i(cmd_taps);
    core_.cmd_pitch_i(cmd_pitch);
    core_.cmd_passes_i(cmd_passes);
    core_.tap_ready_o(tap_ready);
    core_.tap_i(tap);
    core_.gap_error_o(gap_error);
    core_.window_o(window);
//%end
    core_.valid_o(valid);
    core_.out_o(out);
    core_.row_o(row);
    core_.tag_o(tag);
    core_.active_o(active);
    core_.busy_o(busy);

    SC_THREAD(offer_commands);
    SC_THREAD(offer_beats);
    SC_THREAD(deliver);
    SC_METHOD(collect);
    sensitive << clk.pos();
    dont_initialize();
  }

  // Rising clock edges so far: what Result::cycle counts.
  std::uint64_t cycle() const { return cycle_; }
  // Beats taken so far, and the edges that took the first and the last of them since mark().
  std::uint64_t beats_taken() const { return beats_taken_; }
  std::uint64_t first_beat_cycle() const { return first_beat_cycle_; }
  std::uint64_t last_beat_cycle() const { return last_beat_cycle_; }
  void mark() { first_beat_cycle_ = last_beat_cycle_ = 0; }

 private:
  // A result of column 0; other columns' of an OS tile are as many cycles later.
  struct Place {
    std::uint32_t row, tag;
    bool there;
  };

  // The next rising edge at which `ready` was high: a handshake.
  void wait_taken(const sc_core::sc_signal<bool>& ready) {
    do wait(clk.posedge_event());
    while (!was_reset_ || rst.read() || !ready.read());
  }

  template <int W>
  static void drive(sc_core::sc_signal<sc_dt::sc_bv<W>>& pin, std::uint64_t value) {
    sc_dt::sc_bv<W> bits;
    pins::set(bits, value);
    pin.write(bits);
  }
  static void drive(sc_core::sc_signal<bool>& pin, std::uint64_t value) { pin.write(value & 1); }

  void offer_commands() {
    for (;;) {
      Command command;
      if (!commands->nb_read(command)) {
        cmd_valid.write(false);
        commands->read(command);
      }
      if (!representable(command)) {
        refuse(command);
        cmd_valid.write(false);
        continue;
      }
      drive(cmd_tag, command.tag);
      drive(cmd_count, command.count);
      drive(cmd_rows, command.rows);
      drive(cmd_beats, command.beats);
//%if ROW_BROADCAST
      cmd_stream.write(command.stream);
      cmd_chain.write(command.chain);
      drive(cmd_cols, command.cols);
      drive(cmd_taps, command.taps);
      drive(cmd_pitch, command.pitch);
      drive(cmd_passes, command.passes);
//%end
      cmd_valid.write(true);
      wait_taken(cmd_ready);
      taken_.push_back(command);
      if (!legal(command)) continue;
      accepted_.push_back(command);
      begun_.push_back(command);
      accepted_event_.notify(sc_core::SC_ZERO_TIME);
    }
  }

  void refuse(const Command& command) {
    std::ostringstream text;
    text << "illegal command: " << command;
    SC_REPORT_ERROR(name(), text.str().c_str());
  }

  void offer_beats() {
    Beat beat;
    std::vector<Beat> stream;
    for (;;) {
      while (accepted_.empty()) {
        op_valid.write(false);
        wait(accepted_event_);
      }
      const Command command = accepted_.front();
      accepted_.pop_front();
      std::uint64_t left = total_beats(command);
      while (left > 0) {
        const std::uint64_t together = command.stream ? stream_beats(command) : 1;
        stream.clear();
        for (std::uint64_t i = 0; i < together; ++i) {
          if (!beats->nb_read(beat)) {
            op_valid.write(false);
            beats->read(beat);
          }
          stream.push_back(beat);
        }
        for (const Beat& present : stream) offer(present);
        left -= together;
      }
    }
  }

  void offer(const Beat& beat) {
    pins::set_lanes(a_bits_, beat.a, kDataWidth);
    pins::set_lanes(b_bits_, beat.b, kWeightWidth);
    a.write(a_bits_);
    b.write(b_bits_);
//%if ROW_BROADCAST
    pins::set_lanes(tap_bits_, beat.tap, kWeightWidth);
    tap.write(tap_bits_);
//%end
    op_valid.write(true);
    wait_taken(op_ready);
  }

  // At every rising edge: what was on the pins in the cycle that it ends.
  void collect() {
    ++cycle_;
    was_reset_ = was_reset_ || rst.read();
    if (!was_reset_ || rst.read()) return;
    check_command();
    if (op_valid.read() && op_ready.read()) {
      ++beats_taken_;
      if (first_beat_cycle_ == 0) first_beat_cycle_ = cycle_;
      last_beat_cycle_ = cycle_;
    }
//%if ROW_BROADCAST
    if (gap_error.read()) SC_REPORT_ERROR(name(), "a stream was interrupted");
//%end
    Place& present = history_[cycle_ % kCols];
    present.there = pins::get(valid.read(), 0, 1) != 0;
    if (present.there) {
      present.row = static_cast<std::uint32_t>(pins::get(row.read(), 0, kRowWidth));
      present.tag = static_cast<std::uint32_t>(pins::get(tag.read(), 0, kTagWidth));
      if (present.row == 0) begin_step();
      quiet_ = 0;
    } else if (quiet_ < kCols) {
      ++quiet_;
    }
    if (quiet_ == kCols) return;
    // A window is on all columns at once.
//%if ROW_BROADCAST
    const bool together = window.read();
//%else
//%    constexpr bool together = false;
//%end
    for (int c = 0; c < kCols; ++c) {
      const Place& place = together ? present : history_[(cycle_ + kCols - c) % kCols];
      const bool used = !together || c < static_cast<int>(leaving_.cols);
      if (!place.there || !used || !pins::get(valid.read(), c, 1)) continue;
      // What the port shows was brought by the edge before.
      backlog_.push_back({place.tag, place.row, static_cast<std::uint32_t>(c),
                          pins::get_signed(out.read(), c * kAccWidth, kAccWidth), cycle_ - 1});
    }
    backlog_event_.notify(sc_core::SC_ZERO_TIME);
  }

  // Of the command taken two cycles ago, if one was, the core now says whether it is illegal.
  void check_command() {
    const bool due = checking_ & 2;
    checking_ = checking_ << 1 | (cmd_valid.read() && cmd_ready.read());
    if (!due) return;
    const Command command = taken_.front();
    taken_.pop_front();
    if (cmd_error.read()) refuse(command);
    if (cmd_error.read() == legal(command))
      SC_REPORT_ERROR(name(), "the core takes another command for illegal than legal() does");
  }

  // Steps leave in the order of the commands; a window only when all tiles have left, and the other
  // way round.
  void begin_step() {
    if (begun_.empty()) {
      SC_REPORT_ERROR(name(), "a result of a step that was never commanded");
      return;
    }
    leaving_ = begun_.front();
    if (--begun_.front().count == 0) begun_.pop_front();
  }

  void deliver() {
    for (;;) {
      while (backlog_.empty()) wait(backlog_event_);
      results->write(backlog_.front());
      backlog_.pop_front();
    }
  }

  Vrc_core core_{"core"};
  std::deque<Command> taken_;     // by the core, which has not said yet whether they are illegal
  unsigned checking_ = 0;         // bit i: one was taken i + 1 cycles ago
  std::deque<Command> accepted_;  // taken and legal, beats not yet
  std::deque<Command> begun_;     // the same, results not yet; count: steps left
  Command leaving_;               // whose results are leaving
  std::deque<Result> backlog_;
  sc_core::sc_event accepted_event_, backlog_event_;
  std::vector<Place> history_;  // column 0, the last kCols cycles
  int quiet_ = kCols;           // cycles without a result of column 0
  Pin<kRows * kDataWidth> a_bits_;
  Pin<kCols * kWeightWidth> b_bits_;
//%if ROW_BROADCAST
  Pin<kRows * kWeightWidth> tap_bits_;
//%end
  bool was_reset_ = false;
  std::uint64_t cycle_ = 0, beats_taken_ = 0, first_beat_cycle_ = 0, last_beat_cycle_ = 0;
};

}  // namespace rc_core

#endif  // RC_CORE_TRANSACTOR_H
