// The part of the program that needs libtorch: a module beside the program's file, built and loaded
// only for what trains.
#pragma once

#include "sim/training/train.h"

namespace rowcast::training {

struct Module {
  decltype(&train) train_;
};
// The module's one symbol.
inline constexpr const char* kModuleSymbol = "rowcast_training_module";

// Throws InputError if it was not built or can not be loaded.
const Module& module();

}  // namespace rowcast::training
