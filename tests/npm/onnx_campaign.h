// Trained networks' files, damaged at random, through reader, shape inference and lowering: a
// network or an InputError comes out, in bounded time and memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/onnx/graph.h"

namespace rowcast::test {

struct CampaignModel {
  std::string name, bytes;
  onnx::InputShapes shapes;
};

struct OnnxCampaign {
  int64_t networks = 0, refused = 0;
  double slowest_seconds = 0;  // of the processor
  uint64_t slowest_seed = 0;
  int64_t most_memory = 0;          // bytes of a process that reads one file after the other
  std::vector<std::string> faults;  // "seed N: what happened"
};

// `files` files of the seeds from `seed` on, a model after the other, each with one to three
// damages. A file may take so many seconds, and a process that reads files, one after the other, so
// much memory; one that is killed is a fault.
OnnxCampaign run_onnx_campaign(const std::vector<CampaignModel>& models, int files, uint64_t seed,
                               int seconds, int64_t memory);

}  // namespace rowcast::test
