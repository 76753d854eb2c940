#include "synth/gate_model.h"

#include <algorithm>
#include <vector>

#include "sim/schedule/lanes.h"

namespace rowcast {
namespace {

struct Instance {
  Instance(GateSimulator& simulator, const ArrayConfig& config)
      : gates(simulator),
        valid((config.cols + 63) / 64),
        out(lanes_bytes(effective_acc_width(config), config.cols)) {}

  GateSimulator& gates;
  std::vector<uint64_t> valid;  // the ports
  std::vector<uint8_t> out;

  int port(const char* name) const { return gates.port(name); }
  int rst = port("rst_i"), cmd_valid = port("cmd_valid_i"), cmd_tag = port("cmd_tag_i"),
      cmd_count = port("cmd_count_i"), cmd_rows = port("cmd_rows_i"),
      cmd_beats = port("cmd_beats_i"), cmd_stream = port("cmd_stream_i"),
      cmd_chain = port("cmd_chain_i"), cmd_cols = port("cmd_cols_i"), cmd_taps = port("cmd_taps_i"),
      cmd_pitch = port("cmd_pitch_i"), cmd_passes = port("cmd_passes_i"),
      op_valid = port("op_valid_i"), a = port("a_i"), b = port("b_i"), tap = port("tap_i");
  int cmd_error = port("cmd_error_o"), gap_error = port("gap_error_o"),
      cmd_ready = port("cmd_ready_o"), op_ready = port("op_ready_o"),
      tap_ready = port("tap_ready_o"), active = port("active_o"), busy = port("busy_o"),
      row = port("row_o"), tag = port("tag_o"), window = port("window_o"),
      valid_o = port("valid_o"), out_o = port("out_o");

  // Ports that only one side has are skipped on the other.
  void set(int port, uint64_t value) const {
    if (port >= 0) gates.set(port, 0, gates.width(port), value);
  }
  void set_bytes(int port, const uint8_t* bytes) const {
    if (port < 0 || !bytes) return;
    const int width = gates.width(port);
    for (int bit = 0; bit < width; bit += 8)
      gates.set(port, bit, std::min(8, width - bit), bytes[bit / 8]);
  }
  // Units of so many bits.
  template <class Unit>
  void get_units(int port, std::vector<Unit>& units) const {
    constexpr int kBits = 8 * sizeof(Unit);
    const int width = gates.width(port);
    for (int bit = 0; bit < width; bit += kBits)
      units[bit / kBits] = static_cast<Unit>(gates.get(port, bit, std::min(kBits, width - bit)));
  }
  void set_command(const ShimCommand& command) const {
    set(cmd_tag, command.tag);
    set(cmd_count, command.count);
    set(cmd_rows, command.rows);
    set(cmd_beats, command.beats);
    set(cmd_stream, command.stream);
    set(cmd_chain, command.chain);
    set(cmd_cols, command.cols);
    set(cmd_taps, command.taps);
    set(cmd_pitch, command.pitch);
    set(cmd_passes, command.passes);
  }
  uint64_t get(int port) const { return port < 0 ? 0 : gates.get(port, 0, gates.width(port)); }
};

void destroy(void* handle) { delete static_cast<Instance*>(handle); }

void step(void* handle, const ShimInputs& in, ShimOutputs& out) {
  Instance& core = *static_cast<Instance*>(handle);
  core.set(core.rst, in.rst);
  core.set(core.cmd_valid, in.cmd_valid);
  if (in.command) core.set_command(*in.command);
  core.set(core.op_valid, in.op_valid);
  core.set_bytes(core.a, in.a);
  core.set_bytes(core.b, in.b);
  core.set_bytes(core.tap, in.tap);

  core.gates.settle();
  core.gates.count();
  core.gates.clock_edge();
  core.gates.settle_ports();
  out.cmd_error = core.get(core.cmd_error);
  out.gap_error = core.get(core.gap_error);
  out.cmd_ready = core.get(core.cmd_ready);
  out.op_ready = core.get(core.op_ready);
  out.tap_ready = core.get(core.tap_ready);
  out.active = core.get(core.active);
  out.busy = core.get(core.busy);
  out.row = static_cast<uint32_t>(core.get(core.row));
  out.tag = static_cast<uint32_t>(core.get(core.tag));
  out.window = core.get(core.window);
  core.get_units(core.valid_o, core.valid);
  out.any_valid = std::ranges::any_of(core.valid, [](uint64_t bits) { return bits != 0; });
  out.valid = core.valid.data();
  out.out = core.out.data();
  if (out.any_valid) core.get_units(core.out_o, core.out);
}

const ShimApi api{kShimVersion, nullptr, destroy, step, nullptr, nullptr, nullptr};

}  // namespace

Model gate_model(GateSimulator& simulator, const ArrayConfig& config, uint64_t seed) {
  simulator.power_up(seed);
  const auto code = ModelCode::of(&api, config);
  Model model(code, new Instance(simulator, code->config()));
  simulator.restart_counting();
  return model;
}

}  // namespace rowcast
