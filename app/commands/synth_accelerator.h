// `synth --accelerator`: what the machine around the core takes.
#pragma once

#include "app/options/outputs.h"
#include "sim/accelerator/config.h"
#include "synth/flow.h"

namespace rowcast {

// The machine and its core, without memories.
TopOptions machine_top(const accelerator::AcceleratorConfig& config);

// Exit code.
int synth_accelerator(const accelerator::AcceleratorConfig& config, const SynthOptions& options,
                      const Outputs& outputs);

}  // namespace rowcast
