// What the C driver has of the tables: register offsets, an image's header, errors as text. It is
// emitted beside rtl_templates/driver/'s other files, and lies there itself, so that rowcast can
// be built with the driver: rc_registers.h, which a test compares.
#pragma once

#include <string>

#include "sim/system/image.h"

namespace rowcast::accelerator {

std::string driver_registers();

}  // namespace rowcast::accelerator
