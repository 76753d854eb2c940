// A verilated rc_accel with its memory, driven through its registers.
#pragma once

#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>

#include "generator/ending.h"
#include "sim/host/model_build.h"
#include "sim/host/watchdog.h"
#include "sim/machine/dram.h"
#include "sim/machine/open_memories.h"
#include "sim/system/emit.h"

namespace rowcast::accelerator {

class DeviceCode {
 public:
  static std::shared_ptr<const DeviceCode> build(const SystemConfig& config, View view,
                                                 const Progress& progress) {
    return build(config, view, emit_modules(config, view), progress);
  }
  // Of these modules, which may be edited ones.
  static std::shared_ptr<const DeviceCode> build(const SystemConfig& config, View view,
                                                 const std::vector<EmittedFile>& modules,
                                                 const Progress& progress);
  const SystemConfig& config() const { return config_; }

 private:
  friend class Device;
  DeviceCode(const DeviceApi* api, const SystemConfig& config) : api_(api), config_(config) {}
  const DeviceApi* api_;
  SystemConfig config_;
};

// One instance. Its memory is the caller's. Not thread-safe; different instances are independent.
class Device : public OpenMemories {
 public:
  // Powers up with registers random from `seed`, and resets.
  Device(std::shared_ptr<const DeviceCode> code, Dram& dram, uint32_t seed);
  ~Device() { code_->api_->destroy(handle_); }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const SystemConfig& config() const { return code_->config(); }
  void reset(int cycles = 2);

  // AXI4-Lite, as a processor does it: cycles go by. Throws HardwareFault if there is no answer.
  uint32_t read_register(uint32_t offset);
  void write_register(uint32_t offset, uint32_t value);

  // One cycle.
  const DeviceOutputs& step();
  const DeviceOutputs& outputs() const { return outputs_; }
  int64_t cycles() const { return cycles_; }

  // Called after every cycle, with its number.
  std::function<void(int64_t cycle)> watch{};

 private:
  [[noreturn]] void ended() const;
  [[noreturn]] void silent(const char* what, uint32_t offset) const;

  std::shared_ptr<const DeviceCode> code_;
  Dram& dram_;
  void* handle_;
  DeviceInputs inputs_{};
  DeviceOutputs outputs_{};
  int64_t cycles_ = 0;
};

}  // namespace rowcast::accelerator
