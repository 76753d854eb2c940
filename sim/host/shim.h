// The boundary between the program and a verilated model: a C interface that does not change with
// the array's size, so that one program loads any model. Ports of lanes are bytes, as
// sim/schedule/lanes.h has them.
#pragma once

#include <cstdint>

namespace rowcast {

// The cmd_* ports but for the handshake.
struct ShimCommand {
  bool stream, chain;
  uint32_t tag, count, rows, beats, cols, taps, pitch, passes;
};

// Values before a rising clock edge; rc_core's port names. Null: the port keeps its value.
struct ShimInputs {
  bool rst, cmd_valid, op_valid;
  const ShimCommand* command;
  const uint8_t* a;    // ROWS lanes
  const uint8_t* b;    // COLS lanes
  const uint8_t* tap;  // ROWS lanes
  uint32_t cycle;      // the coming edge's number in a trace
};

struct ShimOutputs {
  // Seen after the edge: they come from registers, and the readies are those of the next cycle.
  bool cmd_error, gap_error, cmd_ready, op_ready, tap_ready, active, busy;
  bool any_valid;
  bool window;            // of all columns; ports that a plain array lacks are low
  uint32_t row, tag;      // of column 0
  const uint64_t* valid;  // COLS bits, in words
  const uint8_t* out;     // COLS lanes of ACC_W bits; both until the next step
  // Null, or why the Verilog ended its simulation ($finish, say): it has no further steps, and the
  // rest of these is of no meaning. As long as the model.
  const char* ended;
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
inline constexpr int kShimVersion = 5;

}  // namespace rowcast
