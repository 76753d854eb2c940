// Compiled against every generated model (see model.cpp), with RC_* giving its configuration.
#include "shim.h"
#include "Vrc_core.h"
#include "verilated.h"
#if RC_TRACE
#include "gtkwave/fstapi.h"
#include "verilated_fst_c.h"
#endif

#include <cstdio>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

double sc_time_stamp() { return 0; }

namespace {

using namespace rowcast;

// Lanes of W bits into a port, lane 0 in the least significant bits. Hosts are little-endian.
template <int W, class Port>
void pack(const int16_t* lanes, int count, Port& port) {
  if (!lanes) return;
  auto* bytes = reinterpret_cast<uint8_t*>(&port);
  if constexpr (W == 8) {
    for (int i = 0; i < count; ++i) bytes[i] = static_cast<uint8_t>(lanes[i]);
  } else if constexpr (W == 16) {
    std::memcpy(bytes, lanes, size_t(count) * 2);
  } else {
    uint64_t word = 0;
    int filled = 0;
    size_t at = 0;
    for (int i = 0; i < count; ++i) {
      word |= (static_cast<uint64_t>(lanes[i]) & ((uint64_t{1} << W) - 1)) << filled;
      for (filled += W; filled >= 8; filled -= 8, word >>= 8)
        bytes[at++] = static_cast<uint8_t>(word);
    }
    if (filled > 0) bytes[at] = static_cast<uint8_t>(word);
  }
}

// Lanes of W bits from a port, sign-extended.
template <int W, class Port>
void unpack(const Port& port, int count, int64_t* lanes) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&port);
  if constexpr (W == 32) {
    for (int i = 0; i < count; ++i) {
      int32_t value;
      std::memcpy(&value, bytes + size_t(i) * 4, 4);
      lanes[i] = value;
    }
  } else {
    for (int i = 0; i < count; ++i) {
      const size_t bit = size_t(i) * W;
      unsigned __int128 window = 0;
      const size_t first = bit / 8, bytes_needed = (bit % 8 + W + 7) / 8;
      for (size_t k = 0; k < bytes_needed; ++k)
        window |= static_cast<unsigned __int128>(bytes[first + k]) << (8 * k);
      const uint64_t value = static_cast<uint64_t>(window >> (bit % 8)) << (64 - W);
      lanes[i] = static_cast<int64_t>(value) >> (64 - W);
    }
  }
}

// A port of so many bits, as Verilator stores it. A manifest that speaks of another array than the
// Verilog does not compile, rather than write past a port.
template <class Port>
constexpr bool holds(size_t bits) {
  const size_t words = (bits + 31) / 32 * 4;
  return sizeof(Port) == (bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : bits <= 64 ? 8 : words);
}
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
  uint8_t valid[RC_COLS];
  int64_t out[RC_COLS];
#if RC_TRACE
  VerilatedFstC dump;
  bool tracing = false;
  uint64_t last_edge = 0;
#endif
};

void* create(uint32_t seed) {
  auto* model = new Model;
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
  return model;
}

void destroy(void* handle) { delete static_cast<Model*>(handle); }

void step(void* handle, const ShimInputs& in, ShimOutputs& out) {
  Model& model = *static_cast<Model*>(handle);
  Vrc_core& core = *model.core;
  core.rst_i = in.rst;
  core.cmd_valid_i = in.cmd_valid;
  core.cmd_tag_i = in.cmd_tag;
  core.cmd_count_i = in.cmd_count;
  core.cmd_rows_i = in.cmd_rows;
  core.cmd_beats_i = in.cmd_beats;
  core.op_valid_i = in.op_valid;
  pack<RC_DATA_W>(in.a, RC_ROWS, core.a_i);
  pack<RC_WEIGHT_W>(in.b, RC_COLS, core.b_i);
#if RC_ROW_BROADCAST
  core.cmd_stream_i = in.cmd_stream;
  core.cmd_chain_i = in.cmd_chain;
  core.cmd_cols_i = in.cmd_cols;
  core.cmd_taps_i = in.cmd_taps;
  core.cmd_pitch_i = in.cmd_pitch;
  core.cmd_passes_i = in.cmd_passes;
  pack<RC_WEIGHT_W>(in.tap, RC_ROWS, core.tap_i);
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
  out.cmd_error = core.cmd_error_o;
#if RC_ROW_BROADCAST
  out.gap_error = core.gap_error_o;
#endif
  core.clk_i = 1;
  core.eval();
#if RC_TRACE
  if (model.tracing) model.dump.dump(edge);
  model.last_edge = edge;
#endif
  out.cmd_ready = core.cmd_ready_o;
  out.op_ready = core.op_ready_o;
#if RC_ROW_BROADCAST
  out.tap_ready = core.tap_ready_o;
#endif
  out.active = core.active_o;
  out.busy = core.busy_o;
  out.row = core.row_o;
  out.tag = core.tag_o;
  uint8_t bits[(RC_COLS + 7) / 8 + 8] = {};
  std::memcpy(bits, &core.valid_o, (RC_COLS + 7) / 8);
  uint8_t any = 0;
  for (int i = 0; i < (RC_COLS + 7) / 8; ++i) any |= bits[i];
  out.any_valid = any != 0;
  out.valid = model.valid;
  out.out = model.out;
  if (any) {
    for (int c = 0; c < RC_COLS; ++c) model.valid[c] = bits[c / 8] >> (c % 8) & 1;
    unpack<RC_ACC_W>(core.out_o, RC_COLS, model.out);
  }
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

extern "C" const rowcast::ShimApi* rowcast_shim() { return &api; }
