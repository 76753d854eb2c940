// Labelled images, to train a network and to say how good it is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rowcast {

constexpr int kMaxClasses = 1 << 16;

struct Dataset {
  std::string name;  // how messages call it
  int count = 0, height = 0, width = 0, channels = 0;
  int classes = 0;              // labels are below
  std::vector<int> labels;      // [count]
  std::vector<uint8_t> pixels;  // [count][height][width][channels]; else
  std::vector<float> reals;     // of the same shape, finite, for a network to take as they are

  size_t image_size() const { return size_t(height) * width * channels; }
};

struct DataPair {
  Dataset train, test;
  std::optional<Dataset> validation;  // what a choice may be made by; a folder may have it
  // A pixel becomes (pixel / 255 - mean) / deviation: pixel / 128, as zeros that pad are
  // background.
  float mean = 0, deviation = 128.0f / 255;
};

// "fashion-mnist", of the Debian package dataset-fashion-mnist; or a folder with train_images.npy
// (|u1 or <f4, [n][height][width] or [n][height][width][3]) and train_labels.npy (integers [n],
// from 0), the same of test_ and, if it is there, of validation_; or a folder with the four files
// of MNIST (train-images-idx3-ubyte.gz, ..., t10k-labels-idx1-ubyte.gz). All parts have images of
// one size, and the training part has every class's number below its largest. Throws InputError.
// `packages` is where Debian's packages put their data.
DataPair read_dataset(const std::string& name_or_folder,
                      const std::filesystem::path& packages = "/usr/share/datasets");

enum class DataPart { kTrain, kValidation, kTest };

// A part of a data set as options name it: NAME, or NAME:test, NAME:train, NAME:validation.
struct DataSource {
  std::string name;  // for read_dataset
  std::optional<DataPart> part{};
};
// Nothing if there is no such data set: then the text may name something else. Throws InputError
// for a part that there is not.
std::optional<DataSource> data_source(const std::string& text);

// That part alone, or `unnamed` if it names none. In a folder, classes are one more than the
// largest of its own labels.
Dataset read_data_part(const DataSource& source, DataPart unnamed,
                       const std::filesystem::path& packages = "/usr/share/datasets");

}  // namespace rowcast
