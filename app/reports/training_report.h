// What train says of a run.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/training/train.h"

namespace rowcast {

struct TrainingReport {
  std::string network, data;
  int training_images = 0, test_images = 0;
  bool validation = false;  // test images are training images that were kept apart
  std::string teacher;      // empty: none
  bool from_scratch = false;
  std::optional<training::Scaffold> scaffold;
  training::Recipe recipe;
  std::vector<training::Epoch> curve;
};

nlohmann::ordered_json json_of(const TrainingReport& report);
// A plot of loss and accuracies. Throws std::runtime_error if gnuplot can not be run.
std::string svg_of(const TrainingReport& report);

}  // namespace rowcast
