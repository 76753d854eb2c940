// A verilated rc_accelerator, its memories open: what they hold is written and read at no cost in
// cycles.
#pragma once

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "generator/ending.h"
#include "sim/accelerator/config.h"
#include "sim/accelerator/emit.h"
#include "sim/host/model_build.h"
#include "sim/host/watchdog.h"
#include "sim/machine/accelerator_shim.h"
#include "sim/machine/open_memories.h"

namespace rowcast::accelerator {

// Code of one configuration's model; as ModelCode is the core's.
class ModelCode {
 public:
  static std::shared_ptr<const ModelCode> build(const AcceleratorConfig& config, View view,
                                                const Progress& progress) {
    return build(config, view, emit_modules(config, view), progress);
  }
  // Of these modules, which may be edited ones.
  static std::shared_ptr<const ModelCode> build(const AcceleratorConfig& config, View view,
                                                const std::vector<EmittedFile>& modules,
                                                const Progress& progress);

  const AcceleratorConfig& config() const { return config_; }

 private:
  friend class Model;
  ModelCode(const ShimApi* api, const AcceleratorConfig& config) : api_(api), config_(config) {}
  const ShimApi* api_;
  AcceleratorConfig config_;
};

// One instance. Not thread-safe; different instances are independent.
class Model : public OpenMemories {
 public:
  // Powers up with registers and memories random from `seed`, resets, and waits for the wash to
  // end. Throws HardwareFault if it does not.
  Model(std::shared_ptr<const ModelCode> code, uint32_t seed);
  ~Model() { code_->api_->destroy(handle_); }
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const AcceleratorConfig& config() const { return code_->config(); }
  // Resets, and washes the array; memories stay.
  void reset();

  // Applies the inputs, gives one clock edge, reads the outputs. Throws HardwareFault where the
  // Verilog ends its simulation; ends the program with 1 where it crashes.
  const ShimOutputs& step(const ShimInputs& inputs) {
    const Blame blame({SIGSEGV, SIGFPE, SIGILL, SIGABRT}, 1,
                      "error: rc_accelerator: its Verilog crashes the simulation\n");
    const RunningEdge running;
    code_->api_->step(handle_, inputs, outputs_);
    if (outputs_.ended) ended();
    ++cycles_;
    return outputs_;
  }
  const ShimOutputs& outputs() const { return outputs_; }
  int64_t cycles() const { return cycles_; }  // steps so far

 private:
  [[noreturn]] void ended() const;
  std::shared_ptr<const ModelCode> code_;
  void* handle_;
  ShimOutputs outputs_{};
  int64_t cycles_ = 0;
};

}  // namespace rowcast::accelerator
