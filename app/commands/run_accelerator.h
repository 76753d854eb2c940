// `run --accelerator`: whole networks on the array with its memories, from DRAM.
#pragma once

#include <vector>

#include "app/options/outputs.h"
#include "sim/accelerator/choose.h"
#include "sim/host/run.h"
#include "sim/machine/dram.h"
#include "sim/system/config.h"
#include "sim/workload/network.h"

namespace rowcast {

// One variant of a network, and the values that are not random.
struct AcceleratorRun {
  const Variant& variant;
  const Network& network;
  GivenValues given;
};

// Compiles, runs and compares all of them, and writes the reports; the exit code. Of the options
// count seed, threads and progress. Throws InputError, before anything is built, if one can not be
// compiled.
int run_on_accelerator(const accelerator::SystemConfig& config, accelerator::Spilling spilling,
                       const accelerator::DramTiming& dram, View view,
                       std::vector<AcceleratorRun> runs, const RunOptions& options,
                       Outputs& outputs);

}  // namespace rowcast
