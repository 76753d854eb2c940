#include "sim/machine/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "sim/accelerator/encoding.h"

namespace rowcast::accelerator {
namespace {

// Opens the memories to the shim, whichever view holds them.
constexpr const char* kControl =
    "`verilator_config\n"
    "public_flat_rw -module \"rc_ram\" -var \"words\"\n"
    "public_flat_rw -module \"rc_memory\" -var \"words\"\n";

constexpr Memory kMemories[] = {Memory::kA, Memory::kB, Memory::kW, Memory::kQ, Memory::kS};

// As rc_requantise has it: {post, pre, scale, bias}.
uint64_t packed(const ChannelScale& scale) {
  return static_cast<uint64_t>(scale.post) << 46 | static_cast<uint64_t>(scale.pre) << 40 |
         static_cast<uint64_t>(scale.scale) << 32 | static_cast<uint32_t>(scale.bias);
}

ChannelScale unpacked(uint64_t bits) {
  return {.bias = static_cast<int32_t>(bits & 0xffffffff),
          .scale = static_cast<int>(bits >> 32 & 0xff),
          .pre = static_cast<int>(bits >> 40 & 0x3f),
          .post = static_cast<int>(bits >> 46 & 0xf)};
}

}  // namespace

std::shared_ptr<const ModelCode> ModelCode::build(const AcceleratorConfig& config, View view,
                                                  const std::vector<EmittedFile>& modules,
                                                  const Progress& progress) {
  ModelSource source{.files = modules,
                     .top = kTop,
                     .class_name = "Vrc_accelerator",
                     .config = config.array,
                     .view = view,
                     .tracing = Tracing::kNone,
                     .control = kControl,
                     .defines = {{"N", config.lanes()},
                                 {"DATA_W", config.array.data_width},
                                 {"MOVE_BITS", move_bits()}},
                     .shim = {"sim/machine/accelerator_shim.cpp", "sim/machine/accelerator_shim.h",
                              "sim/host/shim_ports.h"},
                     .version = kShimVersion};
  return std::shared_ptr<const ModelCode>(
      new ModelCode(static_cast<const ShimApi*>(build_model(source, progress).api), config));
}

Model::Model(std::shared_ptr<const ModelCode> code, uint32_t seed)
    : code_(std::move(code)), handle_(code_->api_->create(seed)) {
  for (const Memory memory : kMemories)
    for (int lane = 0; lane < (memory == Memory::kS ? 1 : config().lanes()); ++lane) {
      ShimLane& found = lanes_[static_cast<size_t>(memory)].emplace_back();
      if (!code_->api_->lane(handle_, static_cast<int>(memory), lane, found))
        throw HardwareFault(
            fmt::format("{}: its Verilog has no memory {}", kTop, to_string(memory)));
    }
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

int16_t Model::word(Memory memory, int lane, int address) const {
  size_t bytes = 0;
  const uint8_t* from = at(memory, lane, address, bytes);
  uint32_t bits = 0;
  std::memcpy(&bits, from, bytes);
  const int unused = 32 - config().array.data_width;
  return static_cast<int16_t>(static_cast<int32_t>(bits << unused) >> unused);
}

void Model::set_word(Memory memory, int lane, int address, int16_t value) {
  size_t bytes = 0;
  uint8_t* to = at(memory, lane, address, bytes);
  // Verilator keeps the bits beyond a word zero.
  const uint32_t bits =
      static_cast<uint32_t>(value) & ((uint32_t{1} << config().array.data_width) - 1);
  std::memcpy(to, &bits, bytes);
}

ChannelScale Model::scale(Memory memory, int lane, int address) const {
  size_t bytes = 0;
  const uint8_t* from = at(memory, lane, address, bytes);
  uint64_t bits = 0;
  std::memcpy(&bits, from, bytes);
  return unpacked(bits);
}

void Model::set_scale(Memory memory, int lane, int address, const ChannelScale& value) {
  size_t bytes = 0;
  uint8_t* to = at(memory, lane, address, bytes);
  const uint64_t bits = packed(value);
  std::memcpy(to, &bits, bytes);
}

void Model::write(const Memories& memories) {
  for (const Memory memory : {Memory::kA, Memory::kB, Memory::kW}) {
    const Bank<int16_t>& bank = memories.words(memory);
    for (int address = 0; address < bank.depth; ++address)
      for (int lane = 0; lane < bank.lanes; ++lane)
        set_word(memory, lane, address, bank.at(lane, address));
  }
  for (const auto& [memory, bank] : {std::pair{Memory::kQ, &memories.q}, {Memory::kS, &memories.s}})
    for (int address = 0; address < bank->depth; ++address)
      for (int lane = 0; lane < bank->lanes; ++lane)
        set_scale(memory, lane, address, bank->at(lane, address));
}

Memories Model::read() const {
  Memories memories(config());
  for (const Memory memory : {Memory::kA, Memory::kB, Memory::kW}) {
    Bank<int16_t>& bank = memories.words(memory);
    for (int address = 0; address < bank.depth; ++address)
      for (int lane = 0; lane < bank.lanes; ++lane)
        bank.at(lane, address) = word(memory, lane, address);
  }
  for (const auto& [memory, bank] : {std::pair{Memory::kQ, &memories.q}, {Memory::kS, &memories.s}})
    for (int address = 0; address < bank->depth; ++address)
      for (int lane = 0; lane < bank->lanes; ++lane)
        bank->at(lane, address) = scale(memory, lane, address);
  return memories;
}

}  // namespace rowcast::accelerator
