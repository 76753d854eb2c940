// rc_accel as a SystemC module with TLM-2.0 sockets: the verilated RTL, cycle by cycle.
//
//     processor ──► registers (target)  ┌──────────┐  memory (initiator) ──► interconnect, DRAM
//                                       │ rc_accel │
//     clk, rst ────────────────────────►└──────────┘──► irq
//
// - registers: reads and writes of 4 bytes at the register's offset. b_transport takes the cycles that
//   AXI4-Lite takes; other lengths, byte enables and offsets above 0xFFF are answered with an error.
// - memory: one b_transport for each burst, with the burst's bytes, at its address. Its annotated delay
//   is when a read's first beat is there, one a cycle from then on, or when a write's response is; a
//   response other than TLM_OK_RESPONSE is the bus's error. Writes have byte enables where not all
//   bytes of the burst are meant. Reads and writes go on beside each other.
// - What b_transport of the memory itself waits for holds that direction up, and nothing else.
// - `rst` is held high for at least one rising edge of `clk` first, and may be at any time.
#ifndef RC_ACCEL_TLM_H
#define RC_ACCEL_TLM_H

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <systemc>
#include <vector>

using sc_core::sc_time_stamp;  // as Verilator's headers want it
#include "Vrc_accel.h"

namespace rc_accel_tlm {

constexpr unsigned kBeatBytes = {%AXI_DATA_W%} / 8;

class Accelerator : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk{"clk"}, rst{"rst"};
  sc_core::sc_out<bool> irq{"irq"};
  tlm_utils::simple_target_socket<Accelerator> registers{"registers"};
  tlm_utils::simple_initiator_socket<Accelerator> memory{"memory"};

  SC_HAS_PROCESS(Accelerator);
  explicit Accelerator(sc_core::sc_module_name name)
      : sc_module(name), context_(new VerilatedContext), rtl_(new Vrc_accel(context_.get())) {
    registers.register_b_transport(this, &Accelerator::transport);
    SC_METHOD(edge);
    sensitive << clk.pos();
    dont_initialize();
    SC_THREAD(read_memory);
    SC_THREAD(write_memory);
  }

  // Rising clock edges so far.
  std::uint64_t cycle() const { return cycle_; }

 private:
  struct Burst {
    std::uint64_t address = 0;
    std::size_t beats = 0;
    std::vector<unsigned char> data{}, enables{};
    sc_core::sc_time ready{};  // of a read's first beat, of a write's response
    bool error = false;
  };

  // A register, from the processor's process.
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    if (payload.get_data_length() != 4 || payload.get_byte_enable_ptr() ||
        payload.get_streaming_width() < 4) {
      payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
      return;
    }
    if (payload.get_address() > 0xffc || payload.get_address() % 4 != 0) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return;
    }
    wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    while (access_busy_) wait(access_free_);
    access_busy_ = true;
    const bool reads = payload.is_read();
    std::uint32_t value = 0;
    if (!reads) std::memcpy(&value, payload.get_data_ptr(), 4);
    access_ = {reads, static_cast<std::uint32_t>(payload.get_address()), value, true, false};
    while (!access_.done) wait(access_done_);
    if (reads) std::memcpy(payload.get_data_ptr(), &access_.value, 4);
    access_busy_ = false;
    access_free_.notify();
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  struct Access {
    bool reads = false;
    std::uint32_t offset = 0, value = 0;
    bool asks = false, done = true;
  };

  // What the ports say belongs to the cycle that ends with this edge; none of them depends on an input of
  // the same cycle.
  void edge() {
    const bool reset = rst.read();
    rtl_->rst_i = reset;
    if (reset) {
      ++epoch_;
      to_read_.clear();
      beats_.clear();
      to_write_.clear();
      gathered_ = Burst();
      responses_.clear();
      drive_register(false);
    } else {
      drive_register(true);
      drive_reads();
      drive_writes();
    }
    rtl_->clk_i = 0;
    rtl_->eval();
    rtl_->clk_i = 1;
    rtl_->eval();
    ++cycle_;
    irq.write(rtl_->irq_o);
  }

  void drive_register(bool runs) {
    rtl_->s_bready_i = rtl_->s_rready_i = 1;
    const bool writes = runs && access_.asks && !access_.reads;
    const bool reads = runs && access_.asks && access_.reads;
    rtl_->s_awvalid_i = rtl_->s_wvalid_i = writes;
    rtl_->s_awaddr_i = rtl_->s_araddr_i = access_.offset;
    rtl_->s_wdata_i = access_.value;
    rtl_->s_wstrb_i = 15;
    rtl_->s_awprot_i = rtl_->s_arprot_i = 0;
    rtl_->s_arvalid_i = reads;
    if ((writes && rtl_->s_awready_o) || (reads && rtl_->s_arready_o)) access_.asks = false;
    if (!access_.done && !access_.asks && runs && (access_.reads ? rtl_->s_rvalid_o : rtl_->s_bvalid_o)) {
      access_.value = rtl_->s_rdata_o;
      access_.done = true;
      access_done_.notify();
    }
  }

  void drive_reads() {
    rtl_->m_arready_i = 1;
    if (rtl_->m_arvalid_o) {
      Burst burst;
      burst.address = rtl_->m_araddr_o;
      burst.beats = rtl_->m_arlen_o + std::size_t{1};
      to_read_.push_back(std::move(burst));
      read_asked_.notify();
    }
    const bool shows = !beats_.empty() && beats_.front().ready <= sc_core::sc_time_stamp();
    rtl_->m_rvalid_i = shows;
    rtl_->m_rlast_i = 0;
    rtl_->m_rresp_i = 0;
    if (!shows) return;
    Burst& burst = beats_.front();
    std::memcpy(&rtl_->m_rdata_i, burst.data.data() + burst.data.size() - burst.beats * kBeatBytes, kBeatBytes);
    rtl_->m_rlast_i = burst.beats == 1;
    rtl_->m_rresp_i = burst.error ? 2 : 0;
    if (rtl_->m_rready_o && --burst.beats == 0) beats_.pop_front();
  }

  void drive_writes() {
    rtl_->m_awready_i = rtl_->m_wready_i = 1;
    if (rtl_->m_awvalid_o) {
      gathered_ = Burst();
      gathered_.address = rtl_->m_awaddr_o;
      gathered_.beats = rtl_->m_awlen_o + std::size_t{1};
    }
    if (rtl_->m_wvalid_o) {
      const auto* bytes = reinterpret_cast<const unsigned char*>(&rtl_->m_wdata_o);
      gathered_.data.insert(gathered_.data.end(), bytes, bytes + kBeatBytes);
      for (unsigned i = 0; i < kBeatBytes; ++i)
        gathered_.enables.push_back(static_cast<std::uint64_t>(rtl_->m_wstrb_o) >> i & 1 ? TLM_BYTE_ENABLED
                                                                                        : TLM_BYTE_DISABLED);
      if (rtl_->m_wlast_o) {
        to_write_.push_back(std::move(gathered_));
        gathered_ = Burst();
        write_asked_.notify();
      }
    }
    const bool answers = !responses_.empty() && responses_.front().ready <= sc_core::sc_time_stamp();
    rtl_->m_bvalid_i = answers;
    rtl_->m_bresp_i = answers && responses_.front().error ? 2 : 0;
    if (answers && rtl_->m_bready_o) responses_.pop_front();
  }

  // One burst through the socket; false if the machine was reset meanwhile.
  bool carry_out(Burst& burst, tlm::tlm_command kind) {
    const std::uint64_t epoch = epoch_;
    tlm::tlm_generic_payload payload;
    payload.set_command(kind);
    payload.set_address(burst.address);
    payload.set_data_ptr(burst.data.data());
    payload.set_data_length(static_cast<unsigned>(burst.data.size()));
    payload.set_streaming_width(static_cast<unsigned>(burst.data.size()));
    bool all = true;
    for (const unsigned char enable : burst.enables) all = all && enable == TLM_BYTE_ENABLED;
    if (!all) {
      payload.set_byte_enable_ptr(burst.enables.data());
      payload.set_byte_enable_length(static_cast<unsigned>(burst.enables.size()));
    }
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    memory->b_transport(payload, delay);
    burst.ready = sc_core::sc_time_stamp() + delay;
    burst.error = !payload.is_response_ok();
    return epoch == epoch_;
  }

  void read_memory() {
    for (;;) {
      while (to_read_.empty()) wait(read_asked_);
      Burst burst = std::move(to_read_.front());
      to_read_.pop_front();
      burst.data.resize(burst.beats * kBeatBytes);
      if (carry_out(burst, tlm::TLM_READ_COMMAND)) beats_.push_back(std::move(burst));
    }
  }

  void write_memory() {
    for (;;) {
      while (to_write_.empty()) wait(write_asked_);
      Burst burst = std::move(to_write_.front());
      to_write_.pop_front();
      if (carry_out(burst, tlm::TLM_WRITE_COMMAND)) responses_.push_back(std::move(burst));
    }
  }

  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Vrc_accel> rtl_;
  std::uint64_t cycle_ = 0, epoch_ = 0;
  Access access_;
  bool access_busy_ = false;
  sc_core::sc_event access_done_, access_free_, read_asked_, write_asked_;
  std::deque<Burst> to_read_, beats_, to_write_, responses_;
  Burst gathered_;
};

}  // namespace rc_accel_tlm

#endif
