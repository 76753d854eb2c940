// Compiled against every generated rc_accel, with RC_* giving its configuration.
#include "device_shim.h"
#include "../host/shim_ports.h"
#include "Vrc_accel.h"
#include "shim_memories.h"

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace {

using namespace rowcast::accelerator;

#define PORT(name) std::remove_reference_t<decltype(std::declval<Vrc_accel&>().name)>
static_assert(holds<PORT(m_rdata_i)>(RC_AXI_DATA_W), "m_rdata_i is not a beat");
static_assert(holds<PORT(m_wdata_o)>(RC_AXI_DATA_W), "m_wdata_o is not a beat");
#undef PORT

struct Model : ShimModel<Vrc_accel> {
  const uint8_t *started, *done;  // of rc_accelerator

  explicit Model(uint32_t seed) : ShimModel(seed), started(find("start_o")), done(find("done_o")) {}

 private:
  const uint8_t* find(const char* name) const {
    const VerilatedScope* scope = context.scopeFind("TOP.rc_accel.u_accelerator");
    VerilatedVar* variable = scope ? scope->varFind(name) : nullptr;
    return variable ? static_cast<const uint8_t*>(variable->datap()) : nullptr;
  }
};

void* create(uint32_t seed) { return new Model(seed); }
void destroy(void* handle) { delete static_cast<Model*>(handle); }

void evaluate(Model& model, const DeviceInputs& in, DeviceOutputs& out) {
  Vrc_accel& top = *model.top;
  top.rst_i = in.rst;
  top.s_awvalid_i = in.s_awvalid;
  top.s_awaddr_i = in.s_awaddr;
  top.s_wvalid_i = in.s_wvalid;
  top.s_wdata_i = in.s_wdata;
  top.s_wstrb_i = in.s_wstrb;
  top.s_bready_i = in.s_bready;
  top.s_arvalid_i = in.s_arvalid;
  top.s_araddr_i = in.s_araddr;
  top.s_rready_i = in.s_rready;
  top.m_arready_i = in.m_arready;
  top.m_rvalid_i = in.m_rvalid;
  top.m_rlast_i = in.m_rlast;
  top.m_rresp_i = in.m_rresp;
  write_port<RC_AXI_DATA_W>(in.m_rdata, top.m_rdata_i);
  top.m_awready_i = in.m_awready;
  top.m_wready_i = in.m_wready;
  top.m_bvalid_i = in.m_bvalid;
  top.m_bresp_i = in.m_bresp;
  top.clk_i = 0;
  top.eval();
  top.clk_i = 1;
  top.eval();
  out.irq = top.irq_o;
  out.s_awready = top.s_awready_o;
  out.s_wready = top.s_wready_o;
  out.s_bvalid = top.s_bvalid_o;
  out.s_bresp = top.s_bresp_o;
  out.s_arready = top.s_arready_o;
  out.s_rvalid = top.s_rvalid_o;
  out.s_rdata = top.s_rdata_o;
  out.s_rresp = top.s_rresp_o;
  out.m_arvalid = top.m_arvalid_o;
  out.m_araddr = top.m_araddr_o;
  out.m_arlen = top.m_arlen_o;
  out.m_arsize = top.m_arsize_o;
  out.m_arburst = top.m_arburst_o;
  out.m_rready = top.m_rready_o;
  out.m_awvalid = top.m_awvalid_o;
  out.m_awaddr = top.m_awaddr_o;
  out.m_awlen = top.m_awlen_o;
  out.m_awsize = top.m_awsize_o;
  out.m_awburst = top.m_awburst_o;
  out.m_wvalid = top.m_wvalid_o;
  out.m_wdata = reinterpret_cast<const uint8_t*>(&top.m_wdata_o);
  out.m_wstrb = top.m_wstrb_o;
  out.m_wlast = top.m_wlast_o;
  out.m_bready = top.m_bready_o;
  out.move_started = model.started && *model.started;
  out.move_done = model.done && *model.done;
}

void step(void* handle, const DeviceInputs& in, DeviceOutputs& out) {
  Model& model = *static_cast<Model*>(handle);
  if (!carry_out([&] { evaluate(model, in, out); }, model.ended)) out.ended = model.ended.c_str();
}

bool lane(void* handle, int memory, int number, ShimLane& found) {
  return find_lane(static_cast<Model*>(handle)->context, "TOP.rc_accel.u_accelerator", memory,
                   number, RC_N, found);
}

const DeviceApi api{kDeviceVersion, create, destroy, step, lane};

}  // namespace

extern "C" const void* rowcast_shim() { return &api; }
