// Random arrays, layers and values, from small and odd to larger than the array.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "generator/config.h"
#include "sim/schedule/schedule.h"
#include "sim/workload/layer.h"

namespace rowcast {

int random_in(std::mt19937_64& random, int min, int max);
// Sizes 1 to 13 a side, seldom square.
ArrayConfig random_array(std::mt19937_64& random);
// Images up to `side` pixels high and wide.
Layer random_layer(std::mt19937_64& random, int side = 15);
std::string describe(const Layer& layer);
// Signed 8-bit values, all of them.
std::vector<int16_t> random_values(std::mt19937_64& random, int64_t count);
// Every schedule that the array can run the layer by; of packed forms and
// orders of tiles a random handful.
std::vector<Schedule> all_schedules(const ArrayConfig& config, const Layer& layer,
                                    std::mt19937_64& random);

}  // namespace rowcast
