// One step of each kind on the generated core, through its pins and as a transaction-level model:
// results against direct loops, time of both against each other. Exit code 0 if all agree.
#include <tlm_utils/simple_initiator_socket.h>

#include <iostream>
#include <random>
#include <string>
#include <systemc>
#include <vector>

#include "rc_core_tlm.h"
#include "rc_core_transactor.h"

namespace {

using rc_core::kCols;
using rc_core::kMaxReduction;
using rc_core::kRows;

// A command of one step, its beats, and what it has to make.
struct Step {
  std::string name;
  rc_core::Command command;
  std::vector<rc_core::Beat> beats;
  std::vector<std::int64_t> expected;  // [kRows][columns]
  int columns = kCols;
};

class Random {
 public:
  std::int16_t operator()(int width) {
    const int any = static_cast<int>(engine_() % (1u << width));
    return static_cast<std::int16_t>(any - (1 << (width - 1)));
  }

 private:
  std::mt19937 engine_{1};
};

// result[r][c] = sum over k of a[r][k] * b[k][c]
Step gemm_tile(Random& random) {
  const int k = std::min(kMaxReduction, 9);
  Step step;
  step.name = "GEMM tile, " + std::to_string(kRows) + " x " + std::to_string(kCols) + ", "
              + std::to_string(k) + " beats";
  step.command.rows = kRows;
  step.command.beats = static_cast<std::uint32_t>(k);
  step.beats.resize(static_cast<std::size_t>(k));
  for (rc_core::Beat& beat : step.beats) {
    for (std::int16_t& value : beat.a) value = random(rc_core::kDataWidth);
    for (std::int16_t& value : beat.b) value = random(rc_core::kWeightWidth);
  }
  for (int r = 0; r < kRows; ++r)
    for (int c = 0; c < kCols; ++c) {
      std::int64_t sum = 0;
      for (const rc_core::Beat& beat : step.beats) sum += std::int64_t{beat.a[r]} * beat.b[c];
      step.expected.push_back(sum);
    }
  return step;
}
//%if ROW_BROADCAST

// The row branch of a FuSe layer: every row convolves its own line with its own three taps.
// result[r][c] = sum over o of line[r][p + o] * tap[r][o], for the position p of column c
Step fuse_window(Random& random) {
  const int taps = std::min(kMaxReduction, 3);
  Step step;
  step.name = "FuSe window, " + std::to_string(kRows) + " rows, " + std::to_string(kCols)
              + " positions, " + std::to_string(taps) + " taps";
  step.command.stream = true;
  step.command.rows = kRows;
  step.command.cols = kCols;
  step.command.beats = step.command.taps = step.command.pitch = static_cast<std::uint32_t>(taps);
  step.beats.resize(static_cast<std::size_t>(kCols - 1 + taps));
  for (std::size_t i = 0; i < step.beats.size(); ++i) {
    for (std::int16_t& value : step.beats[i].a) value = random(rc_core::kDataWidth);
    if (rc_core::takes_tap(step.command, i))
      for (std::int16_t& value : step.beats[i].tap) value = random(rc_core::kWeightWidth);
  }
  for (int r = 0; r < kRows; ++r)
    for (int c = 0; c < kCols; ++c) {
      const int p = kCols - 1 - c;
      std::int64_t sum = 0;
      for (int o = 0; o < taps; ++o)
        sum += std::int64_t{step.beats[p + o].a[r]} * step.beats[kCols - 1 + o].tap[r];
      step.expected.push_back(sum);
    }
  return step;
}
//%end

class Example : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk{"clk"};
  sc_core::sc_out<bool> rst{"rst"};
  sc_core::sc_fifo_out<rc_core::Command> commands{"commands"};
  sc_core::sc_fifo_out<rc_core::Beat> beats{"beats"};
  sc_core::sc_fifo_in<rc_core::Result> results{"results"};
  tlm_utils::simple_initiator_socket<Example> socket{"socket"};

  SC_HAS_PROCESS(Example);
  Example(sc_core::sc_module_name name, rc_core::Transactor& core, sc_core::sc_time period)
      : sc_module(name), core_(core), period_(period) {
    SC_THREAD(run);
  }

  int failures() const { return failures_; }

 private:
  void run() {
    rst.write(true);
    wait(clk.posedge_event());
    wait(clk.posedge_event());
    rst.write(false);
    Random random;
    check(gemm_tile(random));
//%if ROW_BROADCAST
    check(fuse_window(random));
//%end
    sc_core::sc_stop();
  }

  void check(const Step& step) {
    const std::int64_t pins = through_pins(step), transactions = by_transactions(step);
    if (pins != transactions) fail("the models' cycles differ");
    std::cout << step.name << ": " << step.expected.size() << " results, " << pins
              << " cycles through the pins, " << transactions << " by transactions\n";
  }

  // Cycles from the edge that finds the first beat at the array to the one that brings the last
  // result to its port, both included.
  std::int64_t through_pins(const Step& step) {
    core_.mark();
    commands->write(step.command);
    for (const rc_core::Beat& beat : step.beats) beats->write(beat);
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < step.expected.size(); ++i) {
      const rc_core::Result result = results->read();
      last = std::max(last, result.cycle);
      compare(step, result.row, result.column, result.value);
    }
    return static_cast<std::int64_t>(last - (core_.first_beat_cycle() + rc_core::kEdgeLatency) + 1);
  }

  std::int64_t by_transactions(const Step& step) {
    sc_core::sc_time delay;
    rc_core::CommandWords command = rc_core::words(step.command);
    transport(tlm::TLM_WRITE_COMMAND, rc_core::address::kCommand, command.data(), sizeof command,
              delay);
    std::vector<rc_core::Beat> copy = step.beats;
    transport(tlm::TLM_WRITE_COMMAND, rc_core::address::kBeats, copy.data(),
              copy.size() * sizeof copy[0], delay);
    std::vector<std::int64_t> values(step.expected.size());
    transport(tlm::TLM_READ_COMMAND, rc_core::address::result(0, 0), values.data(),
              values.size() * sizeof values[0], delay);
    std::uint32_t any = 0;
    transport(tlm::TLM_WRITE_COMMAND, rc_core::address::kDiscard, &any, sizeof any, delay);
    for (std::size_t i = 0; i < values.size(); ++i)
      compare(step, static_cast<std::uint32_t>(i / kCols), static_cast<std::uint32_t>(i % kCols),
              values[i]);
    // Whole cycles since the edge at or before now, when the first beat was written.
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    const auto edge = [&](sc_core::sc_time time) {
      return static_cast<std::int64_t>(time.value() / period_.value());
    };
    wait(delay);
    return edge(now + delay) - edge(now) - rc_core::kEdgeLatency;
  }

  void transport(tlm::tlm_command kind, std::uint64_t address, void* data, std::size_t size,
                 sc_core::sc_time& delay) {
    tlm::tlm_generic_payload payload;
    payload.set_command(kind);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(static_cast<unsigned>(size));
    payload.set_streaming_width(static_cast<unsigned>(size));
    socket->b_transport(payload, delay);
    if (payload.is_response_error()) fail("a transaction failed: " + payload.get_response_string());
  }

  void compare(const Step& step, std::uint32_t row, std::uint32_t column, std::int64_t value) {
    const std::int64_t expected = step.expected.at(std::size_t{row} * kCols + column);
    // Sums that do not fit wrap around.
    const int unused = 64 - rc_core::kAccWidth;
    const std::int64_t wrapped =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(expected) << unused) >> unused;
    if (value != wrapped)
      fail(step.name + ": (" + std::to_string(row) + "," + std::to_string(column) + ") is "
           + std::to_string(value) + ", expected " + std::to_string(wrapped));
  }

  void fail(const std::string& text) {
    ++failures_;
    std::cout << "FAIL: " << text << "\n";
  }

  rc_core::Transactor& core_;
  sc_core::sc_time period_;
  int failures_ = 0;
};

}  // namespace

int sc_main(int argc, char** argv) {
  Verilated::commandArgs(argc, argv);
  const sc_core::sc_time period(10, sc_core::SC_NS);
  sc_core::sc_clock clk("clk", period);
  sc_core::sc_signal<bool> rst("rst");
  sc_core::sc_fifo<rc_core::Command> commands("commands");
  sc_core::sc_fifo<rc_core::Beat> beats("beats");
  sc_core::sc_fifo<rc_core::Result> results("results");

  rc_core::Transactor core("core");
  core.clk(clk);
  core.rst(rst);
  core.commands(commands);
  core.beats(beats);
  core.results(results);

  rc_core::TlmCore tlm("tlm", period);
  Example example("example", core, period);
  example.clk(clk);
  example.rst(rst);
  example.commands(commands);
  example.beats(beats);
  example.results(results);
  example.socket.bind(tlm.socket);

  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_SEC));
  if (sc_core::sc_get_status() != sc_core::SC_STOPPED) {
    std::cout << "FAIL: no end after a second\n";
    return 1;
  }
  std::cout << (example.failures() ? "FAIL\n" : "PASS\n");
  return example.failures() != 0;
}
