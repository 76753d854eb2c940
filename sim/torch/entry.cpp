#include "sim/training/module.h"

extern "C" const rowcast::training::Module rowcast_training_module;
const rowcast::training::Module rowcast_training_module = {rowcast::training::train};
