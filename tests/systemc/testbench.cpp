#include "tests/systemc/testbench.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "sim/schedule/lanes.h"

namespace rowcast {
namespace {

using sc_core::sc_time;

rc_core::Command command_of(const Command& command, int64_t first_step, int tag_width) {
  const auto word = [](int64_t value) { return static_cast<uint32_t>(value); };
  return {
      command.stream,      command.chain,      word(first_step & ((int64_t{1} << tag_width) - 1)),
      word(command.count), word(command.rows), word(command.beats),
      word(command.cols),  word(command.taps), word(command.pitch),
      word(command.passes)};
}

template <size_t Lanes>
void unpack(const uint8_t* port, int width, std::array<int16_t, Lanes>& lanes) {
  for (size_t i = 0; i < Lanes; ++i)
    lanes[i] = static_cast<int16_t>(lane_at(port, width, static_cast<int>(i)));
}

rc_core::Beat beat_of(const ArrayConfig& config, const BeatSequence& sequence) {
  rc_core::Beat beat;
  unpack(sequence.a(), config.data_width, beat.a);
  if (sequence.b()) unpack(sequence.b(), config.weight_width, beat.b);
  if (sequence.takes_tap()) unpack(sequence.tap(), config.weight_width, beat.tap);
  return beat;
}

// An array without the row broadcast has no such pin.
template <class Core>
bool tap_ready(const Core& core) {
  if constexpr (requires { core.tap_ready; })
    return core.tap_ready.read();
  else
    return false;
}

}  // namespace

Testbench::Testbench(sc_core::sc_module_name name, const ArrayConfig& config,
                     std::function<void(Testbench&)> program)
    : sc_module(name), config_(config), program_(std::move(program)) {
  core_.clk(clk_);
  core_.rst(rst_);
  core_.commands(commands_);
  core_.beats(beats_);
  core_.results(results_);
  socket_.bind(tlm_.socket);
  SC_HAS_PROCESS(Testbench);
  SC_THREAD(program);
  set_stack_size(8 << 20);
  SC_THREAD(write_commands);
  SC_THREAD(write_beats);
  SC_METHOD(observe);
  sensitive << clk_.posedge_event();
  dont_initialize();
}

void Testbench::program() {
  rst_.write(true);
  wait(clk_.posedge_event());
  wait(clk_.posedge_event());
  rst_.write(false);
  do wait(clk_.posedge_event());
  while (core_.busy.read());
  program_(*this);
  sc_core::sc_stop();
}

void Testbench::write_commands() {
  for (;;) {
    wait(start_);
    int64_t step = 0;
    for (Orders order(works_); !order.done(); order.next()) {
      while (pace_.command && !pace_.command()) wait(clk_.posedge_event());
      commands_.write(command_of(order->command, step, config_.tag_width));
      step += order->command.count;
    }
  }
}

void Testbench::write_beats() {
  for (;;) {
    wait(start_);
    BeatSequence sequence(config_, works_);
    while (!sequence.done()) {
      while (pace_.beat && !pace_.beat()) wait(clk_.posedge_event());
      streams_.push_back(sequence.stream());
      beats_.write(beat_of(config_, sequence));
      sequence.taken(sequence.takes_tap());
    }
    beats_written_ = true;
  }
}

void Testbench::observe() {
  ++edge_;
  if (!monitor_) return;
  ShimOutputs ready{};
  ready.op_ready = core_.op_ready.read();
  ready.tap_ready = tap_ready(core_);
  ready.active = core_.active.read();
  const bool offered = core_.op_valid.read();
  const bool taken = offered && ready.op_ready;
  monitor_->observe(edge_, ready, offered, taken && streams_.front());
  if (taken) streams_.pop_front();
}

void Testbench::violation(std::string text) {
  if (++measurement_.violation_count <= 5) measurement_.violations.push_back(std::move(text));
}

void Testbench::place(const rc_core::Result& result, OutputWriter& writer) {
  const int column = static_cast<int>(result.column), row = static_cast<int>(result.row);
  Column& here = columns_[column];
  const int parity = result.cycle & 1;
  if (row == 0) {
    if (column == 0) {
      const OutputWriter::Step* step = writer.begin_step();
      if (!step) return violation("a result of a step that was never commanded");
      const int used = step->stream() ? step->order.command.cols : config_.cols;
      for (int c = 0; c < used; ++c) columns_[c].coming.push_back(step);
    }
    if (here.coming.empty()) return violation("a result of a step that has not begun");
    const OutputWriter::Step* step = here.coming.front();
    here.coming.pop_front();
    here.lanes[parity] = step;
    // A window's rows follow each other in all cycles, a tile's in every second one.
    if (step->stream()) here.lanes[1 - parity] = step;
  }
  const OutputWriter::Step* step = here.lanes[parity];
  if (!step) return violation("a row without the one before");
  if (result.tag != (step->number & ((int64_t{1} << config_.tag_width) - 1)))
    violation(fmt::format("tag {} instead of step {}", result.tag, step->number));
  if (row >= step->order.command.rows) return violation(fmt::format("row {} is not used", row));
  const OutputWriter::Written written = writer.write(*step, row, column, result.value);
  if (written == OutputWriter::Written::kUnwanted) return;
  if (written == OutputWriter::Written::kAgain) violation("an output came twice");
  monitor_->wanted_result(static_cast<int64_t>(result.cycle));
}

Measurement Testbench::run_pins(std::span<const Work> works, const Pace& pace) {
  measurement_ = {};
  works_ = works;
  pace_ = pace;
  OutputWriter writer(config_, works);
  columns_.assign(config_.cols, {});
  monitor_.emplace(config_);
  beats_written_ = false;
  start_.notify(sc_core::SC_ZERO_TIME);

  // Far beyond the longest drain, or wait for a beat at any pace.
  const sc_time patience = 10000 * period_ + (config_.rows + config_.cols) * period_;
  rc_core::Result result;
  while (writer.missing() > 0) {
    if (results_.nb_read(result)) {
      place(result, writer);
      continue;
    }
    wait(patience, results_.data_written_event());
    if (results_.num_available() == 0) {
      violation(fmt::format("{} results never came", writer.missing()));
      break;
    }
  }
  // The rest of the beats, and results that nobody wants.
  for (int64_t quiet = 0; quiet < config_.cols + 4;) {
    wait(clk_.posedge_event());
    const bool over = beats_written_ && streams_.empty() && !core_.busy.read();
    quiet = over ? quiet + 1 : 0;
    while (results_.nb_read(result)) place(result, writer);
    if (measurement_.violation_count > 0 && !over) break;
  }
  monitor_->finish(measurement_);
  monitor_.reset();
  measurement_.outputs = writer.take_outputs();
  return std::move(measurement_);
}

void Testbench::offer(const rc_core::Command& command) {
  commands_.write(command);
  for (int i = 0; i < 8; ++i) wait(clk_.posedge_event());
}

tlm::tlm_response_status Testbench::transport(tlm::tlm_generic_payload& payload,
                                              sc_time& local_time) {
  sc_time delay = local_time - sc_core::sc_time_stamp();
  socket_->b_transport(payload, delay);
  local_time = sc_core::sc_time_stamp() + delay;
  return payload.get_response_status();
}

tlm::tlm_response_status Testbench::transport(tlm::tlm_command kind, uint64_t address, void* data,
                                              size_t size, sc_time& local_time) {
  tlm::tlm_generic_payload payload;
  payload.set_command(kind);
  payload.set_address(address);
  payload.set_data_ptr(static_cast<unsigned char*>(data));
  payload.set_data_length(static_cast<unsigned>(size));
  payload.set_streaming_width(static_cast<unsigned>(size));
  return transport(payload, local_time);
}

void Testbench::must_transport(tlm::tlm_command kind, uint64_t address, void* data, size_t size,
                               sc_time& local_time) {
  if (transport(kind, address, data, size, local_time) != tlm::TLM_OK_RESPONSE)
    throw std::runtime_error(fmt::format("a transaction at {:#x} failed", address));
}

Testbench::Transactions Testbench::run_transactions(std::span<const Work> works,
                                                    const std::function<int()>& idle) {
  BeatSequence sequence(config_, works);
  OutputWriter writer(config_, works);
  // An empty array, at a clock edge; ahead of the pins' time, which nobody waits for.
  const sc_time now = sc_core::sc_time_stamp();
  const sc_time start = std::max(transactions_end_, now - now % period_ + period_) +
                        (2 * config_.rows + config_.cols) * period_;
  sc_time feeding = start, reading = start;
  Transactions made;
  std::vector<rc_core::Beat> block;
  const auto write_block = [&](uint64_t beats) {
    block.clear();
    while (block.size() < beats) {
      block.push_back(beat_of(config_, sequence));
      sequence.taken(sequence.takes_tap());
    }
    if (idle && feeding != start)
      for (int left = idle(); left > 0; --left) {
        // The edge after the present one finds nothing; the first beat was taken by the first.
        made.stalls.push_back(static_cast<int64_t>((feeding - start).value() / period_.value()));
        feeding += period_;
      }
    must_transport(tlm::TLM_WRITE_COMMAND, rc_core::address::kBeats, block.data(),
                   block.size() * sizeof block[0], feeding);
  };
  int64_t first_step = 0;
  for (Orders order(works); !order.done(); order.next()) {
    const Command& command = order->command;
    const rc_core::Command told = command_of(command, first_step, config_.tag_width);
    first_step += command.count;
    rc_core::CommandWords words = rc_core::words(told);
    must_transport(tlm::TLM_WRITE_COMMAND, rc_core::address::kCommand, words.data(), sizeof words,
                   feeding);
    for (int step = 0; step < command.count; ++step) {
      if (command.chain) {
        if (step == 0) write_block(rc_core::total_beats(told));
      } else if (command.stream) {
        for (int pass = 0; pass < command.passes; ++pass) write_block(rc_core::pass_beats(told));
      } else {
        const int most = idle ? 3 : command.beats;
        for (int left = command.beats; left > 0; left -= most) write_block(std::min(left, most));
      }
      const OutputWriter::Step* begun = writer.begin_step();
      for (int r = 0; r < command.rows; ++r)
        for (int c = 0; c < config_.cols; ++c) {
          if (!writer.wanted(*begun, r, c)) continue;
          int64_t value = 0;
          must_transport(tlm::TLM_READ_COMMAND, rc_core::address::result(r, c), &value,
                         sizeof value, reading);
          writer.write(*begun, r, c, value);
        }
      uint32_t any = 0;
      must_transport(tlm::TLM_WRITE_COMMAND, rc_core::address::kDiscard, &any, sizeof any, reading);
    }
  }
  transactions_end_ = std::max(feeding, reading);
  if (writer.missing() != 0 || !sequence.done())
    throw std::runtime_error("transactions left outputs or beats");
  made.outputs = writer.take_outputs();
  made.periods = static_cast<int64_t>((reading - start).value() / period_.value());
  return made;
}

}  // namespace rowcast
