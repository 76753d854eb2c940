// npm's networks as tests import them: on synthetic pictures, since none come with them.
#pragma once

#include <string>
#include <vector>

#include "sim/import/imported.h"
#include "tests/npm/npm.h"

namespace rowcast::test {

// A network's shape where its file leaves it open, small enough to be computed in a moment.
onnx::InputShapes npm_shapes(const std::string& name);
Imported npm_network(const std::string& name);

// A picture from -1 to 1 as the network's input: random waves, or strokes like letters for the
// network that looks for text.
std::vector<float> sample_input(const Imported& network, uint32_t seed);

// Calibrated on `count` such pictures, seeds from 1.
void quantise_on_samples(Imported& network, int count);

}  // namespace rowcast::test
