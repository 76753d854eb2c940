// The boundary between the program and a verilated model: a C interface that does not change with
// the array's size, so that one program loads any model. Lanes are unpacked here, packed in the
// shim.
#pragma once

#include <cstdint>

namespace rowcast {

// Values before a rising clock edge. Lane arrays have ROWS or COLS entries; rc_core's port names.
struct ShimInputs {
  bool rst, cmd_valid, op_valid;
  bool cmd_stream, cmd_chain;
  uint32_t cmd_tag, cmd_count, cmd_rows, cmd_beats, cmd_cols, cmd_taps, cmd_pitch, cmd_passes;
  const int16_t* a;    // [ROWS], null: unchanged
  const int16_t* b;    // [COLS]
  const int16_t* tap;  // [ROWS]
  uint32_t cycle;      // the coming edge's number in a trace
};

struct ShimOutputs {
  // Seen before the edge: they depend on the inputs.
  bool cmd_error, gap_error;
  // Seen after the edge; the readies are those of the next cycle.
  bool cmd_ready, op_ready, tap_ready, active, busy;
  bool any_valid;
  uint32_t row, tag;     // of column 0
  const uint8_t* valid;  // [COLS], 0 or 1
  const int64_t* out;    // [COLS], sign-extended; written where any_valid
};

struct ShimApi {
  int version;                     // kShimVersion
  void* (*create)(uint32_t seed);  // seed of the registers' values at power-up
  void (*destroy)(void* model);
  void (*step)(void* model, const ShimInputs& inputs, ShimOutputs& outputs);
  // Of models built for tracing, null in others. From open to close every step is written to an FST
  // file, edge n of ShimInputs at time n * kShimPeriod; open returns false if the file can not be
  // made.
  bool (*trace_open)(void* model, const char* path);
  void (*trace_close)(void* model);
  // An FST file, or its header only, as VCD; false if a file can not be read or made.
  bool (*fst_to_vcd)(const char* fst, const char* vcd, bool header_only);
};

inline constexpr int kShimPeriod = 10;  // ns
inline constexpr int kShimVersion = 2;
inline constexpr const char* kShimSymbol = "rowcast_shim";
using ShimEntry = const ShimApi* (*)();

}  // namespace rowcast
