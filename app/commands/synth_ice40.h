// synth --target ice40: what the command prints and writes.
#pragma once

#include "app/options/outputs.h"
#include "generator/config.h"

namespace rowcast {

// Places and routes both sides, reports them; returns the exit code.
int synth_ice40(const ArrayConfig& config, const Outputs& outputs);

}  // namespace rowcast
