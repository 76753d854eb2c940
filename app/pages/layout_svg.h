// A picture of a layout: cells in the colours of their elements, the broadcast's wires above them.
#pragma once

#include <string>

#include "synth/layout.h"

namespace rowcast {

// A whole SVG file, both sides at the same scale.
std::string svg_of(const Layout& layout);

}  // namespace rowcast
