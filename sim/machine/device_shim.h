// The boundary between the program and a verilated rc_accel, as accelerator_shim.h is
// rc_accelerator's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "accelerator_shim.h"

namespace rowcast::accelerator {

// Values before a rising clock edge; rc_accel's port names without s_, m_ and ends.
struct DeviceInputs {
  bool rst;
  // AXI4-Lite
  bool s_awvalid, s_wvalid, s_bready, s_arvalid, s_rready;
  uint32_t s_awaddr, s_wdata, s_wstrb, s_araddr;
  // AXI4
  bool m_arready, m_rvalid, m_rlast, m_awready, m_wready, m_bvalid;
  uint32_t m_rresp, m_bresp;
  const uint8_t* m_rdata;  // a beat; null: keeps its value
};

// Seen after the edge: those of the next cycle. None of them depends on the inputs of its cycle.
struct DeviceOutputs {
  bool irq;
  bool s_awready, s_wready, s_bvalid, s_arready, s_rvalid;
  uint32_t s_bresp, s_rresp, s_rdata;
  bool m_arvalid, m_rready, m_awvalid, m_wvalid, m_wlast, m_bready;
  uint64_t m_araddr, m_awaddr, m_wstrb;
  uint32_t m_arlen, m_arsize, m_arburst, m_awlen, m_awsize, m_awburst;
  const uint8_t* m_wdata;        // a beat, until the next step
  bool move_started, move_done;  // rc_accelerator's start_o and done_o
  const char* ended;
};

struct DeviceApi {
  int version;  // kDeviceVersion
  void* (*create)(uint32_t seed);
  void (*destroy)(void* model);
  void (*step)(void* model, const DeviceInputs& inputs, DeviceOutputs& outputs);
  bool (*lane)(void* model, int memory, int lane, ShimLane& found);
};

inline constexpr int kDeviceVersion = 1;

}  // namespace rowcast::accelerator
