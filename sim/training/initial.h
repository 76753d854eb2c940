// A network that has learnt nothing yet, as an ONNX model.
#pragma once

#include <cstdint>

#include "sim/onnx/model.h"
#include "sim/workload/network.h"

namespace rowcast::training {

// Every layer but fully connected ones has a batch norm behind it, these a bias; weights are normal
// with a deviation of sqrt(2 / products per output) (He et al., ICCV 2015). A node's tensors are
// called NODE.weight (of FuSe NODE.row.weight and NODE.col.weight), NODE.bias, NODE.norm.scale,
// .shift, .mean and .variance. Throws InputError naming a node that has no such form.
onnx::Model initial_model(const Network& network, uint64_t seed);

}  // namespace rowcast::training
