#include "synth/gate_model.h"

#include <vector>

namespace rowcast {
namespace {

struct Instance {
  Instance(GateSimulator& simulator, const ArrayConfig& config)
      : gates(simulator),
        config(config),
        valid(config.cols),
        out(config.cols),
        acc_width(effective_acc_width(config)) {}

  GateSimulator& gates;
  const ArrayConfig& config;
  std::vector<uint8_t> valid;
  std::vector<int64_t> out;
  int acc_width;

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
      row = port("row_o"), tag = port("tag_o"), valid_o = port("valid_o"), out_o = port("out_o");

  // Ports that only one side has are skipped on the other.
  void set(int port, uint64_t value) const {
    if (port >= 0) gates.set(port, 0, gates.width(port), value);
  }
  void set_lanes(int port, const int16_t* lanes, int count) const {
    if (port < 0 || !lanes) return;
    const int width = gates.width(port) / count;
    for (int i = 0; i < count; ++i)
      gates.set(port, i * width, width, static_cast<uint64_t>(int64_t{lanes[i]}));
  }
  uint64_t get(int port) const { return port < 0 ? 0 : gates.get(port, 0, gates.width(port)); }
};

void destroy(void* handle) { delete static_cast<Instance*>(handle); }

void step(void* handle, const ShimInputs& in, ShimOutputs& out) {
  Instance& core = *static_cast<Instance*>(handle);
  core.set(core.rst, in.rst);
  core.set(core.cmd_valid, in.cmd_valid);
  core.set(core.cmd_tag, in.cmd_tag);
  core.set(core.cmd_count, in.cmd_count);
  core.set(core.cmd_rows, in.cmd_rows);
  core.set(core.cmd_beats, in.cmd_beats);
  core.set(core.cmd_stream, in.cmd_stream);
  core.set(core.cmd_chain, in.cmd_chain);
  core.set(core.cmd_cols, in.cmd_cols);
  core.set(core.cmd_taps, in.cmd_taps);
  core.set(core.cmd_pitch, in.cmd_pitch);
  core.set(core.cmd_passes, in.cmd_passes);
  core.set(core.op_valid, in.op_valid);
  core.set_lanes(core.a, in.a, core.config.rows);
  core.set_lanes(core.b, in.b, core.config.cols);
  core.set_lanes(core.tap, in.tap, core.config.rows);

  core.gates.settle();
  core.gates.count();
  out.cmd_error = core.get(core.cmd_error);
  out.gap_error = core.get(core.gap_error);
  core.gates.clock_edge();
  core.gates.settle_ports();
  out.cmd_ready = core.get(core.cmd_ready);
  out.op_ready = core.get(core.op_ready);
  out.tap_ready = core.get(core.tap_ready);
  out.active = core.get(core.active);
  out.busy = core.get(core.busy);
  out.row = static_cast<uint32_t>(core.get(core.row));
  out.tag = static_cast<uint32_t>(core.get(core.tag));
  out.any_valid = false;
  for (int c = 0; c < core.config.cols; ++c) {
    core.valid[c] = static_cast<uint8_t>(core.gates.get(core.valid_o, c, 1));
    out.any_valid |= core.valid[c] != 0;
  }
  out.valid = core.valid.data();
  out.out = core.out.data();
  if (!out.any_valid) return;
  for (int c = 0; c < core.config.cols; ++c) {
    const int spare = 64 - core.acc_width;
    core.out[c] = static_cast<int64_t>(
                      core.gates.get(core.out_o, c * core.acc_width, core.acc_width) << spare) >>
                  spare;
  }
}

const ShimApi api{kShimVersion, nullptr, destroy, step};

}  // namespace

Model gate_model(GateSimulator& simulator, const ArrayConfig& config, uint64_t seed) {
  simulator.power_up(seed);
  const auto code = ModelCode::of(&api, config);
  Model model(code, new Instance(simulator, code->config()));
  simulator.restart_counting();
  return model;
}

}  // namespace rowcast
