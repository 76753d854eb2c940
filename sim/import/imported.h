// A trained network with its words: what import makes of an ONNX file, and the folder that it is
// kept in:
//   network.toml       the network's graph, as any network's file (graph_file.h)
//   quantisation.toml  widths, scales, ranges and errors, and how pictures become inputs
//   NODE_weights.npy, NODE_scales.npy (a line for each channel: bias, scale, pre, post),
//   NODE_table.npy, NODE_indices.npy
//   model.onnx         the file, or what it was converted to, for what is computed in float: the
//                      reference, and the tail; and its external data, as it calls them
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "generator/emit.h"
#include "sim/host/inference.h"
#include "sim/import/picture.h"
#include "sim/import/quantise.h"

namespace rowcast {

// How far the words of a node are from float in calibration: 10 log10 of the mean square of the
// values over that of the differences. Infinite where there is no difference.
using Decibels = double;

struct Imported {
  onnx::Graph graph;
  Lowered lowered;
  Quantised quantised;
  QuantiseOptions options;
  PictureFormat format;
  int calibration_inputs = 0;
  std::vector<Decibels> accuracy;                 // by node
  std::string onnx;                               // the file's bytes
  std::map<std::string, std::string> onnx_files;  // its external data, by location
  onnx::InputShapes shapes;                       // as they were given

  const Network& network() const { return lowered.network; }
  // Of the graph's input.
  const onnx::Dims& input_dims() const { return graph.values[graph.inputs[0]].dims; }
};

// Reads a model and lowers it. Throws InputError.
Imported read_onnx(const std::filesystem::path& path, const onnx::InputShapes& shapes,
                   const std::string& name);
// The same of a model's bytes, which `file` is messages' name for; `folder` is where external data
// is.
Imported import_model(std::string bytes, const std::string& file,
                      const std::filesystem::path& folder, const onnx::InputShapes& shapes,
                      const std::string& name);

// Fills in accuracy, over the inputs.
void measure(Imported& imported, const std::vector<std::vector<float>>& inputs, int threads);

// Scales and words, calibrated on inputs of the graph, and how far from float they are on the first
// of them; `progress` hears what is done. Throws InputError.
void calibrate(Imported& imported, std::vector<std::vector<float>> inputs, int threads,
               const std::function<void(const std::string&)>& progress = {});

// The network's input, in words, for one input of the graph.
std::vector<int16_t> input_words(const Imported& imported, std::span<const float> input);
// Weights and arithmetic, and the network's input if one is given.
GivenValues values_of(const Imported& imported, std::span<const float> input = {});

// The graph's outputs, in order, in float: of words as integers compute them, and of the float
// graph.
struct Output {
  std::string name;
  onnx::Dims dims;
  std::vector<float> values;
};
// `words` are those that infer() keeps for handover_nodes().
std::vector<int> handover_nodes(const Imported& imported);
std::vector<Output> outputs_of(const Imported& imported,
                               const std::vector<std::vector<int16_t>>& words);
std::vector<Output> float_outputs(const Imported& imported, std::span<const float> input);

// The folder's files.
std::vector<EmittedFile> folder_files(const Imported& imported);
// Throws InputError with all problems: files that are missing, of a wrong shape, of another
// version.
Imported read_import(const std::filesystem::path& folder);

}  // namespace rowcast
