// A verilated model of a generated array.
#pragma once

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "generator/emit.h"
#include "generator/ending.h"
#include "sim/host/model_build.h"
#include "sim/host/shim.h"
#include "sim/host/watchdog.h"

namespace rowcast {

enum class VcdPart { kHeader, kAll };

// Code of one configuration's model. Once loaded it stays: verilated code registers itself for
// good.
class ModelCode {
 public:
  // Builds the Verilog files into a model, or takes the cached one. Throws InputError if the
  // Verilog does not compile (an edited folder) or a tool is missing, std::runtime_error if one
  // fails otherwise.
  static std::shared_ptr<const ModelCode> build(const EmittedFolder& rtl, const Progress& progress,
                                                Tracing tracing = Tracing::kNone);

  // What behaves as a model behind the same interface, such as a mapped netlist.
  static std::shared_ptr<const ModelCode> of(const ShimApi* api, const ArrayConfig& config) {
    return std::shared_ptr<const ModelCode>(new ModelCode(api, config, 0));
  }

  const ArrayConfig& config() const { return config_; }
  // A dump of Model::trace_open as VCD. Throws InputError. Only of code with tracing.
  void fst_to_vcd(const std::filesystem::path& fst, const std::filesystem::path& vcd,
                  VcdPart part) const;
  double build_seconds() const { return build_seconds_; }  // 0 if it was cached

 private:
  friend class Model;
  ModelCode(const ShimApi* api, const ArrayConfig& config, double seconds)
      : api_(api), config_(config), build_seconds_(seconds) {}
  const ShimApi* api_;
  ArrayConfig config_;
  double build_seconds_;
};

// One instance: one array with its own state. Not thread-safe; different instances are independent.
class Model {
 public:
  // Powers up with registers random from `seed`, resets, and waits for the wash to end.
  // Throws HardwareFault if it does not.
  Model(std::shared_ptr<const ModelCode> code, uint32_t seed)
      : Model(code, code->api_->create(seed)) {}
  // Takes over an instance of the code's that has just powered up.
  Model(std::shared_ptr<const ModelCode> code, void* instance);
  ~Model();
  Model(Model&& other) noexcept : code_(other.code_), handle_(nullptr) { swap(other); }
  Model& operator=(Model other) noexcept {
    swap(other);
    return *this;
  }
  void swap(Model& other) noexcept {
    std::swap(code_, other.code_);
    std::swap(handle_, other.handle_);
    std::swap(outputs_, other.outputs_);
  }

  const ArrayConfig& config() const { return code_->config(); }
  // Applies the inputs, gives one clock edge, reads the outputs. Throws HardwareFault where the
  // Verilog ends its simulation; ends the program with 1 where it crashes.
  const ShimOutputs& step(const ShimInputs& inputs) {
    const Blame blame({SIGSEGV, SIGFPE, SIGILL, SIGABRT}, 1,
                      "error: rc_core: its Verilog crashes the simulation\n");
    const RunningEdge running;
    code_->api_->step(handle_, inputs, outputs_);
    if (outputs_.ended) ended();
    return outputs_;
  }
  const ShimOutputs& outputs() const { return outputs_; }

  // From here on every step is written to this FST file, until trace_close. Only of code with
  // tracing. Throws InputError if the file can not be made.
  void trace_open(const std::filesystem::path& file);
  void trace_close() { code_->api_->trace_close(handle_); }

 private:
  [[noreturn]] void ended() const;

  std::shared_ptr<const ModelCode> code_;
  void* handle_;
  ShimOutputs outputs_{};
};

}  // namespace rowcast
