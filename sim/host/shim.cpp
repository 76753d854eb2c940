// Compiled against every generated model (see model_build.cpp), with RC_* giving its configuration.
#include "shim.h"
#include "Vrc_core.h"
#include "shim_ports.h"
#if RC_TRACE
#include "gtkwave/fstapi.h"
#include "verilated_fst_c.h"
#endif

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace {

using namespace rowcast;

#define PORT(name) std::remove_reference_t<decltype(std::declval<Vrc_core&>().name)>
static_assert(holds<PORT(a_i)>(size_t{RC_ROWS} * RC_DATA_W), "a_i is not ROWS * DATA_W bits");
static_assert(holds<PORT(b_i)>(size_t{RC_COLS} * RC_WEIGHT_W), "b_i is not COLS * WEIGHT_W bits");
static_assert(holds<PORT(out_o)>(size_t{RC_COLS} * RC_ACC_W), "out_o is not COLS * ACC_W bits");
static_assert(holds<PORT(valid_o)>(RC_COLS), "valid_o is not COLS bits");
#if RC_ROW_BROADCAST
static_assert(holds<PORT(tap_i)>(size_t{RC_ROWS} * RC_WEIGHT_W),
              "tap_i is not ROWS * WEIGHT_W bits");
#endif
#undef PORT

struct Model {
  VerilatedContext context;
  std::unique_ptr<Vrc_core> core;
  uint64_t valid[(RC_COLS + 63) / 64] = {};
  std::string ended;
#if RC_TRACE
  VerilatedFstC dump;
  bool tracing = false;
  uint64_t last_edge = 0;
#endif
};

void* create(uint32_t seed) {
  auto model = std::make_unique<Model>();
  model->context.randReset(2);  // registers wake up with rubbish, as in hardware
  model->context.randSeed(static_cast<int>(seed & 0x7fffffff) + 1);
#if RC_TRACE
  model->context.traceEverOn(true);
#endif
  model->core = std::make_unique<Vrc_core>(&model->context);
#if RC_TRACE
  model->core->trace(&model->dump, 99);
  model->dump.set_time_unit("1ns");
  model->dump.set_time_resolution("1ns");
#endif
  return model.release();
}

void destroy(void* handle) { delete static_cast<Model*>(handle); }

void write_command(const ShimCommand& command, Vrc_core& core) {
  core.cmd_tag_i = command.tag;
  core.cmd_count_i = command.count;
  core.cmd_rows_i = command.rows;
  core.cmd_beats_i = command.beats;
#if RC_ROW_BROADCAST
  core.cmd_stream_i = command.stream;
  core.cmd_chain_i = command.chain;
  core.cmd_cols_i = command.cols;
  core.cmd_taps_i = command.taps;
  core.cmd_pitch_i = command.pitch;
  core.cmd_passes_i = command.passes;
#endif
}

void evaluate(Model& model, const ShimInputs& in, ShimOutputs& out) {
  Vrc_core& core = *model.core;
  core.rst_i = in.rst;
  core.cmd_valid_i = in.cmd_valid;
  if (in.command) write_command(*in.command, core);
  core.op_valid_i = in.op_valid;
  write_port<size_t{RC_ROWS} * RC_DATA_W>(in.a, core.a_i);
  write_port<size_t{RC_COLS} * RC_WEIGHT_W>(in.b, core.b_i);
#if RC_ROW_BROADCAST
  write_port<size_t{RC_ROWS} * RC_WEIGHT_W>(in.tap, core.tap_i);
#endif
#if RC_TRACE
  core.trace_cycle_i = in.cycle;
#endif
  core.clk_i = 0;
  core.eval();
#if RC_TRACE
  // Inputs change in the middle of the cycle before.
  const uint64_t edge = uint64_t{in.cycle} * kShimPeriod;
  if (model.tracing && edge > 0) model.dump.dump(edge - kShimPeriod / 2);
#endif
  core.clk_i = 1;
  core.eval();
#if RC_TRACE
  if (model.tracing) model.dump.dump(edge);
  model.last_edge = edge;
#endif
  out.cmd_error = core.cmd_error_o;
  out.cmd_ready = core.cmd_ready_o;
  out.op_ready = core.op_ready_o;
#if RC_ROW_BROADCAST
  out.tap_ready = core.tap_ready_o;
  out.gap_error = core.gap_error_o;
  out.window = core.window_o;
#endif
  out.active = core.active_o;
  out.busy = core.busy_o;
  out.row = core.row_o;
  out.tag = core.tag_o;
  std::memcpy(model.valid, &core.valid_o, (RC_COLS + 7) / 8);
  uint64_t any = 0;
  for (const uint64_t word : model.valid) any |= word;
  out.any_valid = any != 0;
  out.valid = model.valid;
  out.out = reinterpret_cast<const uint8_t*>(&core.out_o);
}

void step(void* handle, const ShimInputs& in, ShimOutputs& out) {
  Model& model = *static_cast<Model*>(handle);
  if (!carry_out([&] { evaluate(model, in, out); }, model.ended)) out.ended = model.ended.c_str();
}

#if RC_TRACE
bool trace_open(void* handle, const char* path) {
  Model& model = *static_cast<Model*>(handle);
  model.dump.open(path);
  model.tracing = model.dump.isOpen();
  return model.tracing;
}

void trace_close(void* handle) {
  Model& model = *static_cast<Model*>(handle);
  // The last cycle lasts until the next edge.
  model.dump.dump(model.last_edge + kShimPeriod - 1);
  model.dump.close();
  model.tracing = false;
}

bool fst_to_vcd(const char* fst, const char* vcd, bool header_only) {
  void* reader = fstReaderOpen(fst);
  if (!reader) return false;
  std::FILE* file = std::fopen(vcd, "wb");
  if (file) {
    fstReaderProcessHier(reader, file);  // clears the mask
    fstReaderSetFacProcessMaskAll(reader);
    if (!header_only) fstReaderIterBlocks(reader, nullptr, nullptr, file);
  }
  fstReaderClose(reader);
  return file && std::fclose(file) == 0;
}

const ShimApi api{kShimVersion, create, destroy, step, trace_open, trace_close, fst_to_vcd};
#else
const ShimApi api{kShimVersion, create, destroy, step, nullptr, nullptr, nullptr};
#endif

}  // namespace

extern "C" const void* rowcast_shim() { return &api; }
