#include "sim/host/model.h"

#include <fmt/format.h>

#include "generator/error.h"

namespace rowcast {
namespace fs = std::filesystem;

std::shared_ptr<const ModelCode> ModelCode::build(const EmittedFolder& rtl,
                                                  const Progress& progress, Tracing tracing) {
  const bool fst = tracing == Tracing::kFst;
  ModelSource source{.files = rtl.modules,
                     .top = rtl.prefix + (fst ? "_core_trace" : "_core"),
                     .class_name = "Vrc_core",
                     .config = rtl.config,
                     .view = rtl.view,
                     .tracing = tracing,
                     .control = {},
                     .defines = {},
                     .shim = {"sim/host/shim.cpp", "sim/host/shim.h", "sim/host/shim_ports.h"},
                     .version = kShimVersion};
  if (fst) source.files.push_back(emit_trace_module(rtl.config, rtl.view, rtl.prefix));
  for (const ConfigField& field : config_fields())
    source.defines.emplace_back(field.parameter, field_value(rtl.config, field));
  const BuiltModel built = build_model(source, progress);
  return std::shared_ptr<const ModelCode>(
      new ModelCode(static_cast<const ShimApi*>(built.api), rtl.config, built.seconds));
}

Model::Model(std::shared_ptr<const ModelCode> code, void* instance)
    : code_(std::move(code)), handle_(instance) {
  const std::vector<uint8_t> zeros(2 * size_t(std::max(config().rows, config().cols)));
  const ShimCommand none{};
  ShimInputs inputs{};
  inputs.command = &none;
  inputs.a = inputs.b = inputs.tap = zeros.data();
  inputs.rst = true;
  step(inputs);
  step(inputs);
  inputs.rst = false;
  const int64_t limit =
      100 + 10 * (int64_t{config().rows} + config().cols + config().broadcast_stages);
  for (int64_t cycle = 0; outputs_.busy || !outputs_.cmd_ready; ++cycle) {
    if (cycle == limit) throw HardwareFault("rc_core: the wash after reset does not end");
    step(inputs);
  }
}

void ModelCode::fst_to_vcd(const fs::path& fst, const fs::path& vcd, VcdPart part) const {
  if (!api_->fst_to_vcd(fst.c_str(), vcd.c_str(), part == VcdPart::kHeader))
    throw InputError(
        fmt::format("{}: the trace can not be written or read back, a folder with space is needed",
                    fst.parent_path().parent_path().string()));
}

void Model::trace_open(const fs::path& file) {
  if (!code_->api_->trace_open(handle_, file.c_str()))
    throw InputError(fmt::format("{}: can not be written, a file in a writable folder is needed",
                                 file.string()));
}

void Model::ended() const {
  throw HardwareFault(fmt::format("rc_core: its Verilog ended the simulation: {}", outputs_.ended));
}

Model::~Model() {
  if (handle_) code_->api_->destroy(handle_);
}

}  // namespace rowcast
