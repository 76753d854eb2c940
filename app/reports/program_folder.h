// What `compile -o` writes: a program as rc_accel takes it, with everything that one needs to run
// it and to see that it ran right.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "generator/emit.h"
#include "sim/machine/golden.h"
#include "sim/system/image.h"
#include "sim/system/program_header.h"

namespace rowcast::accelerator {

struct ProgramFolder {
  const Program& program;
  const Network& network;
  const Golden& golden;
  const SystemConfig& config;
  std::string variant;
  uint64_t seed = 1;
  std::string prefix = kPrefix;  // of the driver's names
  Scales scales{};               // outputs: by node
};

// The files' names are the same for all programs.
const std::vector<std::string>& program_file_names();
std::vector<EmittedFile> files_of(const ProgramFolder& folder);

// The numbers are the image's.
Program without_numbers(Program program);

// Where everything lies in the region.
std::string text_of(const Image& image, const Program& program);

}  // namespace rowcast::accelerator
