// What a trained network says of pictures, in integers and in float, and how often it is right.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "generator/config.h"
#include "sim/import/imported.h"

namespace rowcast {

// What an image's outputs come down to.
struct Answer {
  std::vector<float> scores;  // of each class, or one
  int best() const;           // the class with the largest score; 0 of one score
  // Classes with the largest scores, the largest first.
  std::vector<int> top(size_t count) const;
};

// Which outputs say what an image is: of "scores" all elements are classes; of "boxes:1", those in
// column 1 of the last axis. Several: the largest of all is the one score.
struct ScoreSource {
  std::string output;  // empty: the first output
  std::optional<int> column{};
};

// Throws InputError, naming the option, if there is no such output or column.
std::vector<ScoreSource> parse_scores(const std::string& text, const std::vector<Output>& outputs);
Answer answer_of(const std::vector<Output>& outputs, const std::vector<ScoreSource>& sources);

struct ImageResult {
  std::string name;
  int label = -1;  // -1: none
  Answer words, reference;
  std::optional<std::pair<int, int>> boxes{};  // of a detector: how many in words, in float
  bool in_rtl = false;
  int64_t cycles = 0, predicted_cycles = 0, outputs = 0, mismatches = 0, violations = 0;
  bool exact = true;  // every output and every layer's cycles
};

struct ImageReport {
  ArrayConfig config;
  std::string network, mapping;
  std::vector<ImageResult> images;
  double seconds = 0;

  bool exact() const;
};

// The part of pairs of a positive and a negative image in which the positive one's score is larger
// (area under the ROC curve, ties count half). Nothing where there are not both.
std::optional<double> area_under_curve(const std::vector<std::pair<double, int>>& scores);

// What a report of labelled images says of a network's accuracy, to stand beside citations.
struct Accuracy {
  std::string network;
  int64_t images = 0;
  std::optional<double> top1, auc;              // in words
  std::optional<double> float_top1, float_auc;  // in float
};
// From a file that `run --images --labels --json` has written. Throws InputError.
Accuracy read_accuracy(const std::filesystem::path& path);

// A label for each image: its class's number, from 0. A line for each in order, or NAME,NUMBER in
// any order. Throws InputError.
std::vector<int> read_labels(const std::filesystem::path& path,
                             const std::vector<std::string>& names);

// A line for each image, and the summary; the summary alone.
std::string text_of(const ImageReport& report);
std::string summary_of(const ImageReport& report);
nlohmann::ordered_json json_of(const ImageReport& report);
std::string csv_of(const ImageReport& report);

}  // namespace rowcast
