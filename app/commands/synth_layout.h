// synth --target layout: what the command prints and writes.
#pragma once

#include <string>

#include "app/options/outputs.h"
#include "generator/config.h"

namespace rowcast {

// Places and routes both sides, reports them, and draws them into the file `svg` unless that is
// empty; returns the exit code.
int synth_layout(const ArrayConfig& config, int seeds, const Outputs& outputs,
                 const std::string& svg);

}  // namespace rowcast
