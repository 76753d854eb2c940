// Random networks as programs in DRAM.
#pragma once

#include <random>

#include "sim/machine/golden.h"
#include "sim/system/image.h"

namespace rowcast::accelerator {

struct Made {
  SystemConfig config{};
  Network network{};
  Golden golden{};
  Program program{};
  Image image{};
};

// A random network that fits its random memories.
Made made(std::mt19937_64& random, int data_width = 8);

}  // namespace rowcast::accelerator
