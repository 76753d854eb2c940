// Random small networks of what the accelerator runs, and random memories.
#pragma once

#include <random>

#include "sim/accelerator/config.h"
#include "sim/workload/network.h"

namespace rowcast::accelerator {

// A first layer or none, inverted residual and separable blocks with kernels, strides, padding and
// activations of all kinds, with or without squeeze and excite, pool and classifier or none; in one
// of the variants.
Network random_network(std::mt19937_64& random);

// An array of 4 to 13 a side, with memories from what is hardly enough to plenty, and 1 to 3 tables.
AcceleratorConfig random_config(std::mt19937_64& random);

}  // namespace rowcast::accelerator
