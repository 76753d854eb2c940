// What a run that was killed goes on from.
#pragma once

#include <torch/optim/optimizer.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/training/train.h"

namespace rowcast::training {

struct CheckpointState {
  std::map<std::string, torch::Tensor>&parameters, &statistics;
  torch::optim::Optimizer& optimiser;
};

// Fills the state in and returns the epochs so far; none where there is no checkpoint, or `path` is
// empty. Throws InputError for one that was made with other settings, naming the first, or that can
// not be read.
std::vector<Epoch> read_checkpoint(const std::filesystem::path& path, const std::string& settings,
                                   const CheckpointState& state);

// As a whole or not at all: the one before stays until this one is complete.
void write_checkpoint(const std::filesystem::path& path, const std::string& settings,
                      const CheckpointState& state, const std::vector<Epoch>& curve);

}  // namespace rowcast::training
