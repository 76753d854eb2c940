// A program's C header: what a driver has to know of it (rc_accel.h's rc_tensor).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/accelerator/program.h"
#include "sim/system/config.h"
#include "sim/system/image.h"
#include "sim/workload/network.h"

namespace rowcast::accelerator {

// The fields of rc_tensor in their order, with their values.
std::vector<std::pair<const char*, uint32_t>> tensor_fields(const TensorPlace& place,
                                                            const Program& program,
                                                            const Network& network,
                                                            const SystemConfig& config);

// What a word's 1 stands for; 0: of numbers that stand for nothing.
struct Scales {
  double input = 0;
  std::vector<double> outputs{};  // in the image's order
};

// `origin`: comment lines on how it was made.
std::string program_header(const Image& image, const Program& program, const Network& network,
                           const SystemConfig& config, const Scales& scales,
                           const std::vector<std::string>& origin);

}  // namespace rowcast::accelerator
