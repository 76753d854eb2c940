// `synth --accelerator`: what the machine around the core takes.
#pragma once

#include "app/options/outputs.h"
#include "sim/accelerator/config.h"
#include "synth/flow.h"

namespace rowcast {

// Exit code.
int synth_accelerator(const accelerator::AcceleratorConfig& config, const SynthOptions& options,
                      const Outputs& outputs);

}  // namespace rowcast
