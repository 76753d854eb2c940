// The accelerator in a system: a processor's process runs the C driver on its registers, a memory answers its
// bursts, and the small program of the test bench gives the scores that it must. Exit code 0 if it does.
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "rc_accel.h"
#include "rc_accel_tlm.h"

namespace {

constexpr std::uint64_t kBase = 0x40000000;
const sc_core::sc_time kClock(10, sc_core::SC_NS);

// A memory that needs 40 cycles for a burst's first beat.
struct Memory : sc_core::sc_module {
  tlm_utils::simple_target_socket<Memory> socket{"socket"};
  std::vector<unsigned char> bytes;
  std::uint64_t read = 0, written = 0;

  Memory(sc_core::sc_module_name name, std::vector<unsigned char> content)
      : sc_module(name), bytes(std::move(content)) {
    socket.register_b_transport(this, &Memory::transport);
  }
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const std::uint64_t at = payload.get_address() - kBase, length = payload.get_data_length();
    if (payload.get_address() < kBase || at + length > bytes.size()) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return;
    }
    const unsigned char* enables = payload.get_byte_enable_ptr();
    for (std::uint64_t i = 0; i < length; ++i) {
      if (enables && enables[i % payload.get_byte_enable_length()] != TLM_BYTE_ENABLED) continue;
      if (payload.is_read())
        payload.get_data_ptr()[i] = bytes[at + i];
      else
        bytes[at + i] = payload.get_data_ptr()[i];
    }
    (payload.is_read() ? read : written) += length;
    delay += 40 * kClock;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

struct Processor : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Processor> socket{"socket"};
  sc_core::sc_in<bool> irq{"irq"};
  sc_core::sc_out<bool> rst{"rst"};
  std::vector<unsigned char>& region;
  int failures = 0;
  rc_counters counters{};

  SC_HAS_PROCESS(Processor);
  Processor(sc_core::sc_module_name name, std::vector<unsigned char>& memory)
      : sc_module(name), region(memory) {
    SC_THREAD(run);
  }

  std::uint32_t access(tlm::tlm_command kind, std::uint32_t offset, std::uint32_t value) {
    tlm::tlm_generic_payload payload;
    payload.set_command(kind);
    payload.set_address(offset);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(payload, delay);
    wait(delay);
    if (!payload.is_response_ok()) ++failures;
    return value;
  }

  void expect(const char* what, enum rc_result got) {
    if (got == RC_OK) return;
    ++failures;
    std::cout << "FAIL: " << what << ": " << rc_result_text(got) << "\n";
  }

  void run() {
    rst.write(true);
    wait(4 * kClock);
    rst.write(false);
    wait(kClock);
    struct rc_accel device = {};
    device.read = [](void* self, std::uint32_t offset) {
      return static_cast<Processor*>(self)->access(tlm::TLM_READ_COMMAND, offset, 0);
    };
    device.write = [](void* self, std::uint32_t offset, std::uint32_t value) {
      static_cast<Processor*>(self)->access(tlm::TLM_WRITE_COMMAND, offset, value);
    };
    device.pause = [](void* self) {
      auto* processor = static_cast<Processor*>(self);
      if (!processor->irq.read()) processor->wait(processor->irq.posedge_event());
    };
    device.context = this;
    expect("probe", rc_probe(&device));
    expect("load", rc_load(&device, region.data(), static_cast<std::uint32_t>(region.size()), region.data(),
                           static_cast<std::uint32_t>(region.size()), kBase));
    rc_interrupt_enable(&device, 1);
    expect("start", rc_start(&device));
    struct rc_fault fault = {};
    const enum rc_result ended = rc_wait(&device, 100, &fault);
    expect(ended == RC_FAILED ? rc_fault_text(&fault) : "wait", ended);
    rc_read_counters(&device, &counters);
    sc_core::sc_stop();
  }
};

// Lines of hexadecimal digits; comments begin with //.
std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    line = line.substr(0, line.find("//"));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

}  // namespace

int sc_main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: " << arguments[0] << " FOLDER, the test bench's, with image.hex and checks.hex\n";
    return 2;
  }
  const std::string folder = arguments[1];
  // A line is a beat, its lowest byte last.
  std::vector<unsigned char> region;
  for (const std::string& line : lines_of(folder + "/image.hex"))
    for (std::size_t i = line.size(); i >= 2; i -= 2)
      region.push_back(static_cast<unsigned char>(std::stoul(line.substr(i - 2, 2), nullptr, 16)));

  sc_core::sc_clock clock("clock", kClock);
  sc_core::sc_signal<bool> rst("rst"), irq("irq");
  Memory memory("memory", region);
  Processor processor("processor", memory.bytes);
  rc_accel_tlm::Accelerator accelerator("accelerator");
  accelerator.clk(clock);
  accelerator.rst(rst);
  accelerator.irq(irq);
  processor.rst(rst);
  processor.irq(irq);
  processor.socket.bind(accelerator.registers);
  accelerator.memory.bind(memory.socket);
  sc_core::sc_start();

  int failures = processor.failures;
  std::size_t checked = 0;
  for (const std::string& line : lines_of(folder + "/checks.hex")) {
    // {offset, byte}
    const std::uint64_t both = std::stoull(line, nullptr, 16);
    const std::uint64_t offset = both >> 8;
    ++checked;
    if (offset >= memory.bytes.size() || memory.bytes[offset] != (both & 255)) {
      if (++failures < 10)
        std::cout << "FAIL: byte " << offset << " of DRAM: "
                  << (offset < memory.bytes.size() ? int(memory.bytes[offset]) : -1) << " instead of "
                  << (both & 255) << "\n";
    }
  }
  std::cout << checked << " bytes of scores, " << processor.counters.cycles << " cycles, " << memory.read
            << " bytes read, " << memory.written << " written\n"
            << (failures == 0 && checked > 0 ? "PASS\n" : "FAIL\n");
  return failures == 0 && checked > 0 ? 0 : 1;
}
