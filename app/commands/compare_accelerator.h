// compare --accelerator.
#pragma once

#include <string>
#include <vector>

#include "app/options/accelerator_options.h"
#include "app/options/dram_options.h"
#include "app/options/options.h"
#include "app/options/outputs.h"

namespace rowcast {

struct AcceleratorCompareOptions {
  AcceleratorOptions accelerator;
  BusOptions bus;
  DramOptions dram;
  std::string variants = "baseline,full,half", widths = "64,256", memories = "50", synth;

  void add_to(CommandOptions& command);
};

// `sizes`: as --sizes was given. Throws InputError, before any work is done.
int compare_accelerator(const AcceleratorCompareOptions& options, const ArrayConfig& array,
                        const std::string& sizes, const std::vector<std::string>& names,
                        const NetworkFiles& files, Outputs& outputs);

}  // namespace rowcast
