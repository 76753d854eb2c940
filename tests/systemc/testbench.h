// The emitted SystemC core and its transaction-level model, fed with the layers that the plain C++
// host runs: the same beats, places of results and counting, other hands and other pins.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <systemc>
#include <vector>

#include "rc_core_tlm.h"
#include "rc_core_transactor.h"
#include "sim/host/monitor.h"
#include "sim/host/outputs.h"
#include "sim/schedule/beats.h"

namespace rowcast {

// Before each command and beat: true lets it go, false waits for the next clock edge. Null: always.
struct Pace {
  std::function<bool()> command, beat;
};

class Testbench : public sc_core::sc_module {
 public:
  // `program` runs in a SystemC process and calls the two below; the simulation ends with it.
  Testbench(sc_core::sc_module_name name, const ArrayConfig& config,
            std::function<void(Testbench&)> program);

  // The works back to back, from and to an empty array, through the transactor's fifos.
  Measurement run_pins(std::span<const Work> works, const Pace& pace = {});

  struct Transactions {
    std::vector<std::vector<int64_t>> outputs;
    // From the write of the first beat to the last wanted result, in clock periods.
    int64_t periods = 0;
    std::vector<int64_t> stalls;  // as Measurement's
  };
  // The same as transactions. Operands are written and results read by two initiators that know
  // nothing of each other's time. `idle`: clock periods for which the writing one does nothing,
  // asked before each block of beats, which are then smaller; null: it never waits.
  Transactions run_transactions(std::span<const Work> works, const std::function<int()>& idle = {});

  // One transaction at an initiator's own time, from which it goes on.
  tlm::tlm_response_status transport(tlm::tlm_generic_payload& payload,
                                     sc_core::sc_time& local_time);
  tlm::tlm_response_status transport(tlm::tlm_command kind, uint64_t address, void* data,
                                     size_t size, sc_core::sc_time& local_time);

  sc_core::sc_time period() const { return period_; }
  // A command past all bookkeeping, and time for the core to see it.
  void offer(const rc_core::Command& command);

 private:
  struct Column {
    std::deque<const OutputWriter::Step*> coming;  // have begun to leave in column 0, not yet here
    const OutputWriter::Step* lanes[2] = {};       // leaving, by the cycle's parity
  };

  void program();
  void write_commands();
  void write_beats();
  void observe();
  void place(const rc_core::Result& result, OutputWriter& writer);
  void violation(std::string text);
  void must_transport(tlm::tlm_command kind, uint64_t address, void* data, size_t size,
                      sc_core::sc_time& local_time);

  const ArrayConfig& config_;
  std::function<void(Testbench&)> program_;
  const sc_core::sc_time period_{10, sc_core::SC_NS};
  sc_core::sc_clock clk_{"clk", period_};
  sc_core::sc_signal<bool> rst_{"rst"};
  // Small on purpose: nothing may depend on the fifos' depths.
  sc_core::sc_fifo<rc_core::Command> commands_{"commands", 2};
  sc_core::sc_fifo<rc_core::Beat> beats_{"beats", 3};
  sc_core::sc_fifo<rc_core::Result> results_{"results", 5};
  rc_core::Transactor core_{"core"};
  rc_core::TlmCore tlm_{"tlm", period_};
  tlm_utils::simple_initiator_socket<Testbench> socket_{"socket"};

  // Of the present run.
  std::span<const Work> works_;
  Pace pace_;
  sc_core::sc_event start_;
  bool beats_written_ = false;
  std::deque<bool> streams_;  // of the beats written and not yet taken: ST-OS or not
  std::optional<Monitor> monitor_;
  std::vector<Column> columns_;
  Measurement measurement_;
  int64_t edge_ = 0;
  sc_core::sc_time transactions_end_;
};

}  // namespace rowcast
