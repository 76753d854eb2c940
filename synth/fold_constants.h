// Constants in a flat netlist: a library without tie cells has nowhere to take them from.
#pragma once

#include "synth/flat_netlist.h"
#include "synth/liberty.h"

namespace rowcast {

// Cells of one output whose inputs are constants become the smallest cells that do what is left, or
// none; then cells go whose outputs nothing reads. Where the library has no cell for what is left,
// a constant stays.
void fold_constants(FlatNetlist& netlist, const CellLibrary& library);

}  // namespace rowcast
