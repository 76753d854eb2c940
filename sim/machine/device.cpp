#include "sim/machine/device.h"

#include <fmt/format.h>

#include <utility>

#include "sim/accelerator/encoding.h"

namespace rowcast::accelerator {
namespace {

constexpr int kPatience = 100;  // cycles for a register's answer

}  // namespace

std::shared_ptr<const DeviceCode> DeviceCode::build(const SystemConfig& config, View view,
                                                    const std::vector<EmittedFile>& modules,
                                                    const Progress& progress) {
  ModelSource source{.files = modules,
                     .top = kSystemTop,
                     .class_name = "Vrc_accel",
                     .config = config.accelerator.array,
                     .view = view,
                     .tracing = Tracing::kNone,
                     .control = std::string(kOpenControl) +
                                "public_flat_rd -module \"rc_accelerator\" -var \"start_o\"\n"
                                "public_flat_rd -module \"rc_accelerator\" -var \"done_o\"\n",
                     .defines = {{"N", config.lanes()}, {"AXI_DATA_W", config.axi_data_width}},
                     .shim = {"sim/machine/device_shim.cpp", "sim/machine/device_shim.h",
                              "sim/machine/accelerator_shim.h", "sim/machine/shim_memories.h",
                              "sim/host/shim_ports.h"},
                     .version = kDeviceVersion};
  return std::shared_ptr<const DeviceCode>(
      new DeviceCode(static_cast<const DeviceApi*>(build_model(source, progress).api), config));
}

Device::Device(std::shared_ptr<const DeviceCode> code, Dram& dram, uint32_t seed)
    : OpenMemories(code->config().accelerator),
      code_(std::move(code)),
      dram_(dram),
      handle_(code_->api_->create(seed)) {
  open([this](int memory, int lane, ShimLane& found) {
    return code_->api_->lane(handle_, memory, lane, found);
  });
  reset();
}

void Device::reset(int cycles) {
  inputs_ = {};
  inputs_.rst = true;
  // What an unknown register shows before the first edge is nobody's.
  for (int i = 0; i < cycles; ++i) {
    outputs_ = {};
    step();
  }
  dram_.reset();
  inputs_.rst = false;
}

const DeviceOutputs& Device::step() {
  if (!inputs_.rst) dram_.answer(outputs_, inputs_);
  const Blame blame({SIGSEGV, SIGFPE, SIGILL, SIGABRT}, 1,
                    "error: rc_accel: its Verilog crashes the simulation\n");
  const RunningEdge running;
  code_->api_->step(handle_, inputs_, outputs_);
  if (outputs_.ended) ended();
  ++cycles_;
  if (watch) watch(cycles_);
  return outputs_;
}

uint32_t Device::read_register(uint32_t offset) {
  inputs_.s_araddr = offset;
  inputs_.s_arvalid = true;
  inputs_.s_rready = true;
  const int64_t limit = cycles_ + kPatience;
  while (!outputs_.s_arready) {
    step();
    if (cycles_ > limit) silent("read", offset);
  }
  step();
  inputs_.s_arvalid = false;
  while (!outputs_.s_rvalid) {
    step();
    if (cycles_ > limit) silent("read", offset);
  }
  const uint32_t value = outputs_.s_rdata;
  step();
  inputs_.s_rready = false;
  return value;
}

void Device::write_register(uint32_t offset, uint32_t value) {
  inputs_.s_awaddr = offset;
  inputs_.s_wdata = value;
  inputs_.s_wstrb = 15;
  inputs_.s_awvalid = inputs_.s_wvalid = true;
  inputs_.s_bready = true;
  const int64_t limit = cycles_ + kPatience;
  while (!outputs_.s_awready || !outputs_.s_wready) {
    step();
    if (cycles_ > limit) silent("write", offset);
  }
  step();
  inputs_.s_awvalid = inputs_.s_wvalid = false;
  while (!outputs_.s_bvalid) {
    step();
    if (cycles_ > limit) silent("write", offset);
  }
  step();
  inputs_.s_bready = false;
}

void Device::silent(const char* what, uint32_t offset) const {
  throw HardwareFault(
      fmt::format("{}: no answer to a {} of register {:#x}", kSystemTop, what, offset));
}

void Device::ended() const {
  throw HardwareFault(
      fmt::format("{}: its Verilog ended the simulation: {}", kSystemTop, outputs_.ended));
}

}  // namespace rowcast::accelerator
