// synth --target layout: what the command prints and writes.
#pragma once

#include "app/options/outputs.h"
#include "generator/config.h"

namespace rowcast {

// Places and routes both sides, reports them and draws them; returns the exit code.
int synth_layout(const ArrayConfig& config, int seeds, const Outputs& outputs);

}  // namespace rowcast
