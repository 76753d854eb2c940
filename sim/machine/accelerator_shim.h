// The boundary between the program and a verilated rc_accelerator, as sim/host/shim.h is the
// core's.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rowcast::accelerator {

// Values before a rising clock edge; rc_accelerator's port names. Null: the port keeps its value.
struct ShimInputs {
  bool rst, move_valid;
  const uint8_t* move;  // bits as encode() has them
  bool load_valid;
  uint32_t load_memory, load_address;
  const uint8_t* load_lanes;  // N bits
  const uint8_t* load_data;   // N lanes of DATA_W bits
  bool scale_valid, scale_rows;
  const uint8_t* scale_lanes;  // N bits
  uint32_t scale_address;
  uint64_t scale;
  bool table_valid;
  uint32_t table_address, table_data;
  bool read_valid, read_memory;
  uint32_t read_address;
};

struct ShimOutputs {
  // Seen after the edge; the readies are those of the next cycle.
  bool move_ready, start, done, idle, error, load_ready, read_ready, read_done;
  uint32_t error_code;
  const uint8_t* read_data;  // N lanes of DATA_W bits, until the next step
  const char* ended;         // as the core's
};

// A lane of a memory: address i lies at words + i * stride, in `bytes` bytes of the host's order.
struct ShimLane {
  uint8_t* words;
  size_t stride, bytes;
};

struct ShimApi {
  int version;                     // kShimVersion
  void* (*create)(uint32_t seed);  // seed of the registers' values at power-up
  void (*destroy)(void* model);
  void (*step)(void* model, const ShimInputs& inputs, ShimOutputs& outputs);
  // Of a memory, as Memory numbers them; false if the Verilog has none there.
  bool (*lane)(void* model, int memory, int lane, ShimLane& found);
};

inline constexpr int kShimVersion = 3;

}  // namespace rowcast::accelerator
