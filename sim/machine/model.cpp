#include "sim/machine/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "sim/accelerator/encoding.h"

namespace rowcast::accelerator {

std::shared_ptr<const ModelCode> ModelCode::build(const AcceleratorConfig& config, View view,
                                                  const std::vector<EmittedFile>& modules,
                                                  const Progress& progress) {
  ModelSource source{.files = modules,
                     .top = kTop,
                     .class_name = "Vrc_accelerator",
                     .config = config.array,
                     .view = view,
                     .tracing = Tracing::kNone,
                     .control = kOpenControl,
                     .defines = {{"N", config.lanes()},
                                 {"DATA_W", config.array.data_width},
                                 {"MOVE_BITS", move_bits()}},
                     .shim = {"sim/machine/accelerator_shim.cpp", "sim/machine/accelerator_shim.h",
                              "sim/machine/shim_memories.h", "sim/host/shim_ports.h"},
                     .version = kShimVersion};
  return std::shared_ptr<const ModelCode>(
      new ModelCode(static_cast<const ShimApi*>(build_model(source, progress).api), config));
}

Model::Model(std::shared_ptr<const ModelCode> code, uint32_t seed)
    : OpenMemories(code->config()),
      code_(std::move(code)),
      handle_(code_->api_->create(seed)) {
  open([this](int memory, int lane, ShimLane& found) {
    return code_->api_->lane(handle_, memory, lane, found);
  });
  reset();
}

void Model::reset() {
  ShimInputs inputs{};
  inputs.rst = true;
  step(inputs);
  step(inputs);
  inputs.rst = false;
  const int64_t limit =
      cycles_ + 100 + 10 * (2 * int64_t{config().lanes()} + config().array.broadcast_stages);
  while (!step(inputs).idle)
    if (cycles_ > limit)
      throw HardwareFault(fmt::format("{}: the wash after reset does not end", kTop));
}

void Model::ended() const {
  throw HardwareFault(
      fmt::format("{}: its Verilog ended the simulation: {}", kTop, outputs_.ended));
}

}  // namespace rowcast::accelerator
