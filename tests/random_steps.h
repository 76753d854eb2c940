// Random mixes of layers, mappings, gaps and withheld commands on the RTL: outputs against golden,
// cycles against the model.
#pragma once

#include <memory>
#include <string>

#include "sim/host/model.h"

namespace rowcast {

// One sequence of up to five random layers, back to back on a freshly powered-up array. Says what
// differs from golden or the cycle model or breaks the protocol; empty if nothing does.
std::string random_steps(const std::shared_ptr<const ModelCode>& code, int sequence);

}  // namespace rowcast
