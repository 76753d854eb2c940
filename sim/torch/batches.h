// Training images in the order and with the changes of an epoch.
#pragma once

#include <span>
#include <vector>

#include "sim/dataset/values.h"
#include "sim/training/train.h"

namespace rowcast::training {

// The order of an epoch's images. Depends on the arguments alone, as everything here.
std::vector<int64_t> order_of(int64_t count, uint64_t seed, int epoch);

// Image number `index`, [line][column][channel], as an epoch has it; what is moved in or cut out is
// zero.
void augmented_image(const Dataset& data, int64_t index, const Scaling& scaling,
                     const Augmentation& how, uint64_t seed, int epoch, std::span<float> image);

}  // namespace rowcast::training
