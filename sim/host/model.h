// A verilated model of a generated array: built once per configuration and tools, cached, loaded.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "generator/emit.h"
#include "sim/host/shim.h"

namespace rowcast {

// Called with what is going on while a long step works; may be empty.
using Progress = std::function<void(const std::string&)>;

// Code of one configuration's model. Instances keep it alive.
class ModelCode {
 public:
  // Builds the Verilog files into a model, or takes the cached one. Throws InputError if the Verilog
  // does not compile (an edited folder), std::runtime_error if a tool is missing or fails otherwise.
  static std::shared_ptr<const ModelCode> build(const EmittedFolder& rtl, const Progress& progress);
  ~ModelCode();
  ModelCode(const ModelCode&) = delete;
  ModelCode& operator=(const ModelCode&) = delete;

  const ArrayConfig& config() const { return config_; }
  double build_seconds() const { return build_seconds_; }  // 0 if it was cached

 private:
  friend class Model;
  ModelCode(void* library, const ShimApi* api, const ArrayConfig& config, double seconds)
      : library_(library), api_(api), config_(config), build_seconds_(seconds) {}
  void* library_;
  const ShimApi* api_;
  ArrayConfig config_;
  double build_seconds_;
};

// One instance: one array with its own state. Not thread-safe; different instances are independent.
class Model {
 public:
  // Powers up with registers random from `seed`, resets, and waits for the wash to end.
  Model(std::shared_ptr<const ModelCode> code, uint32_t seed);
  ~Model();
  Model(Model&& other) noexcept;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const ArrayConfig& config() const { return code_->config(); }
  // Applies the inputs, gives one clock edge, reads the outputs.
  const ShimOutputs& step(const ShimInputs& inputs) {
    code_->api_->step(handle_, inputs, outputs_);
    return outputs_;
  }
  const ShimOutputs& outputs() const { return outputs_; }

 private:
  std::shared_ptr<const ModelCode> code_;
  void* handle_;
  ShimOutputs outputs_{};
};

// Folder of the cached models: $ROWCAST_CACHE, else $XDG_CACHE_HOME/rowcast, else ~/.cache/rowcast.
std::filesystem::path cache_folder();

// First line of what `verilator --version` and the C++ compiler say; what reports name as tools.
struct ToolVersions {
  std::string verilator, compiler;
};
const ToolVersions& tool_versions();

}  // namespace rowcast
