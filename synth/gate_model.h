// A mapped rc_core behind the interface of a verilated one, for the same driver and monitor.
#pragma once

#include "sim/host/model.h"
#include "synth/gate_simulator.h"

namespace rowcast {

// Powers up, resets and washes. The simulator must outlive the model, and counts every cycle from
// here on.
Model gate_model(GateSimulator& simulator, const ArrayConfig& config, uint64_t seed);

}  // namespace rowcast
