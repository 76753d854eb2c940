// Pictures as a network takes them.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/dataset/dataset.h"
#include "sim/onnx/model.h"

namespace rowcast {

// Red, green, blue, row by row.
struct Picture {
  std::string name{};  // how messages and reports call it
  int width = 0, height = 0;
  std::vector<uint8_t> rgb{};
};

// How a picture becomes a tensor: scaled to the input's size, then (value / 255 - mean) / deviation
// for each colour.
struct PictureFormat {
  std::array<float, 3> mean{0, 0, 0}, deviation{1, 1, 1};
  bool bgr = false;  // blue first
  bool pad = false;  // keeps its proportions, at the top left; zeros fill the rest
};

// The input [1][colours][height][width] or [1][height][width][colours], of three colours or of one
// (their mean). Throws InputError for other shapes.
struct InputShape {
  int channels = 0, height = 0, width = 0;
  bool channels_last = false;
};
InputShape input_shape(const onnx::Dims& dims, const std::string& file);

std::vector<float> tensor_of(const Picture& picture, const PictureFormat& format,
                             const InputShape& shape);

// One input of a network: a picture, or a tensor that is taken as it is.
struct Sample {
  Picture picture{};            // empty for a tensor
  std::vector<float> tensor{};  // of the graph's input
  int label = -1;               // its class, -1 if it is not known
};

// What option values name, in this order:
//   a data set (see dataset.h), or a part of it: its images, with their labels
//   a folder: all its .png, .jpg, .jpeg, .pgm and .ppm files, by name
//   an .npy file: pictures |u1 [n][height][width] or [n][height][width][3], or tensors <f4 [n][...]
//   of the input's shape
//   a picture
// At most `most`. Of a data set whose part is not named, `unnamed` is taken. Throws InputError.
std::vector<Sample> read_samples(const std::string& name, const PictureFormat& format,
                                 const onnx::Dims& dims, const std::string& file, DataPart unnamed,
                                 size_t most = SIZE_MAX);
// The user's file or folder that this reads.
std::filesystem::path samples_path(const std::string& name);

// The picture in another size.
Picture resized(const Picture& picture, int width, int height);

// As .png, for pages.
std::string png_of(const Picture& picture);

}  // namespace rowcast
