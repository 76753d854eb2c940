// Compiled against every generated rc_accelerator, with RC_* giving its configuration.
#include "accelerator_shim.h"
#include "shim_memories.h"
#include "../host/shim_ports.h"
#include "Vrc_accelerator.h"

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace {

using namespace rowcast::accelerator;

#define PORT(name) std::remove_reference_t<decltype(std::declval<Vrc_accelerator&>().name)>
static_assert(holds<PORT(move_i)>(RC_MOVE_BITS), "move_i has not a move's bits");
static_assert(holds<PORT(load_data_i)>(size_t{RC_N} * RC_DATA_W),
              "load_data_i is not N * DATA_W bits");
static_assert(holds<PORT(load_lanes_i)>(RC_N), "load_lanes_i is not N bits");
static_assert(holds<PORT(scale_lanes_i)>(RC_N), "scale_lanes_i is not N bits");
static_assert(holds<PORT(read_data_o)>(size_t{RC_N} * RC_DATA_W),
              "read_data_o is not N * DATA_W bits");
#undef PORT

using Model = ShimModel<Vrc_accelerator>;

void* create(uint32_t seed) { return new Model(seed); }
void destroy(void* handle) { delete static_cast<Model*>(handle); }

void evaluate(Vrc_accelerator& top, const ShimInputs& in, ShimOutputs& out) {
  top.rst_i = in.rst;
  top.move_valid_i = in.move_valid;
  write_port<RC_MOVE_BITS>(in.move, top.move_i);
  top.load_valid_i = in.load_valid;
  top.load_memory_i = in.load_memory;
  top.load_address_i = in.load_address;
  write_port<RC_N>(in.load_lanes, top.load_lanes_i);
  write_port<size_t{RC_N} * RC_DATA_W>(in.load_data, top.load_data_i);
  top.scale_valid_i = in.scale_valid;
  top.scale_rows_i = in.scale_rows;
  write_port<RC_N>(in.scale_lanes, top.scale_lanes_i);
  top.scale_address_i = in.scale_address;
  top.scale_i = in.scale;
  top.table_valid_i = in.table_valid;
  top.table_address_i = in.table_address;
  top.table_data_i = in.table_data;
  top.read_valid_i = in.read_valid;
  top.read_memory_i = in.read_memory;
  top.read_address_i = in.read_address;
  top.clk_i = 0;
  top.eval();
  top.clk_i = 1;
  top.eval();
  out.move_ready = top.move_ready_o;
  out.start = top.start_o;
  out.done = top.done_o;
  out.idle = top.idle_o;
  out.error = top.error_o;
  out.error_code = top.error_code_o;
  out.load_ready = top.load_ready_o;
  out.read_ready = top.read_ready_o;
  out.read_done = top.read_done_o;
  out.read_data = reinterpret_cast<const uint8_t*>(&top.read_data_o);
}

void step(void* handle, const ShimInputs& in, ShimOutputs& out) {
  Model& model = *static_cast<Model*>(handle);
  if (!carry_out([&] { evaluate(*model.top, in, out); }, model.ended))
    out.ended = model.ended.c_str();
}

bool lane(void* handle, int memory, int number, ShimLane& found) {
  return find_lane(static_cast<Model*>(handle)->context, "TOP.rc_accelerator", memory, number, RC_N,
                   found);
}

const ShimApi api{kShimVersion, create, destroy, step, lane};

}  // namespace

extern "C" const void* rowcast_shim() { return &api; }
