#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <thread>

#include "app/commands/commands.h"
#include "app/options/outputs.h"
#include "generator/error.h"
#include "generator/parse.h"
#include "generator/say.h"
#include "generator/text.h"
#include "sim/import/imported.h"

namespace rowcast {
namespace {

// "1x3x48x192".
onnx::InputShapes parse_shape(const std::string& text) {
  if (text.empty()) return {};
  onnx::Dims dims;
  for (const std::string_view part : split(text, 'x')) {
    int64_t size = 0;
    if (!parse_number(part, size) || size < 1 || size > kMaxSize)
      throw InputError(
          fmt::format("--shape: {} is no shape, allowed are sizes from 1 to {}, "
                      "separated by x, as 1x3x224x224",
                      in_quotes(text), kMaxSize));
    dims.push_back(size);
  }
  return {{"", dims}};
}

// One number for all colours, or three.
std::array<float, 3> parse_colours(const char* option, const std::string& text, bool positive) {
  const std::vector<std::string_view> parts = split(text, ',');
  std::array<float, 3> colours{};
  for (size_t i = 0; i < 3; ++i) {
    double value = 0;
    if ((parts.size() != 1 && parts.size() != 3) ||
        !parse_number(parts[parts.size() == 1 ? 0 : i], value) || std::fabs(value) > 1e6 ||
        (positive && value <= 0))
      throw InputError(
          fmt::format("{}: {} is not allowed, allowed is one number{}, or three "
                      "separated by commas (red, green, blue)",
                      option, in_quotes(text), positive ? " above 0" : ""));
    colours[i] = static_cast<float>(value);
  }
  return colours;
}

}  // namespace

Action add_import(CommandOptions& command) {
  struct Options {
    std::string model, folder, pictures, shape, mean = "0", deviation = "1", fit = "stretch",
                                                variant = "baseline";
    QuantiseOptions quantise;
    int count = 100;
    bool bgr = false, keep_channels = false, keep_biases = false;
  };
  const auto options = std::make_shared<Options>();
  command.option("model", options->model, "the network, an .onnx file of operator sets 7 to 20")
      .required();
  command.option("-o,--output", options->folder, "folder to write, a new or empty one").required();
  command
      .option(
          "--calibrate", options->pictures,
          "inputs like those to come: a folder of pictures, a picture, an .npy file of pictures "
          "(|u1 [n, height, width, 3]) or tensors (<f4, of the input's shape), or a data set, "
          "fashion-mnist or a folder as train --data takes it, of which those to train with "
          "are taken unless NAME:test says otherwise")
      .required();
  command.number("--calibrate-count", options->count, 1, 100000, "at most so many of them");
  command.option("--shape", options->shape,
                 "the input's, where the file leaves it open, as 1x3x48x192", "the file's");
  command.option("--mean", options->mean,
                 "a picture's value / 255 minus this, for all colours or for red,green,blue");
  command.option("--deviation", options->deviation, "and divided by this");
  command.flag("--bgr", options->bgr, "blue is the first colour");
  command
      .option("--fit", options->fit,
              "how a picture gets the input's size, pad keeps its proportions and fills with zeros")
      .one_of({"stretch", "pad"});
  command.number("--data-width", options->quantise.data_width, 2, 16, "bits of activations");
  command.number("--weight-width", options->quantise.weight_width, 2, 16, "bits of weights");
  command.number("--percentile", options->quantise.percentile, 50.0, 100.0,
                 "of a tensor's values, in percent, that its largest word covers");
  command.flag("--per-tensor", options->quantise.per_tensor,
               "one scale for all weights of a layer, to see what that costs");
  command.flag("--no-equalisation", options->keep_channels,
               "channels as they are, without bringing those of a layer nearer to one range");
  command.flag("--no-bias-correction", options->keep_biases,
               "biases as they are, without what rounding the weights adds to the mean");
  command
      .option("--variant", options->variant,
              "half replaces depthwise layers by FuSe Half with the nearest 1-D kernels, the start "
              "of training, not its end")
      .one_of({"baseline", "half"});
  return [options] {
    const std::string model = options->model;
    const std::filesystem::path path = model;
    QuantiseOptions& quantise = options->quantise;
    quantise.equalise = !options->keep_channels;
    quantise.correct_biases = !options->keep_biases;
    const onnx::InputShapes shapes = parse_shape(options->shape);
    PictureFormat format{parse_colours("--mean", options->mean, false),
                         parse_colours("--deviation", options->deviation, true), options->bgr,
                         options->fit == "pad"};
    Outputs outputs;
    outputs.reads("model", path);
    outputs.reads("--calibrate", samples_path(options->pictures));
    Imported imported =
        read_onnx(path, shapes, printable(path.stem().string()), options->variant == "half");
    imported.options = quantise;
    imported.format = format;
    std::vector<std::vector<float>> inputs;
    for (Sample& sample : read_samples(options->pictures, format, imported.input_dims(), model,
                                       DataPart::kTrain, static_cast<size_t>(options->count)))
      inputs.push_back(std::move(sample.tensor));
    calibrate(imported, std::move(inputs),
              static_cast<int>(std::max(1u, std::thread::hardware_concurrency())),
              terminal_progress());
    end_progress();
    const std::vector<EmittedFile> files = folder_files(imported);
    std::vector<std::string> names;
    for (const EmittedFile& file : files) names.push_back(file.path);
    outputs.fills("--output", options->folder, names);
    outputs.check();
    write_files(files, options->folder, false);
    const Network& network = imported.network();
    fmt::print(
        "{}: {} operations became {} layers of the array and {} host operations, {} stay in "
        "float\n",
        network.name, imported.graph.operations.size(),
        std::ranges::count(network.nodes, Op::kLayer, &Node::op),
        std::ranges::count_if(network.nodes,
                              [](const Node& node) { return node.op != Op::kLayer; }),
        imported.lowered.tail.operations.size());
    const auto worst = std::ranges::min_element(imported.accuracy);
    fmt::print(
        "{} MACs, {} weights of {} bits, activations of {} bits, calibrated on {} inputs; "
        "words are {:.1f} dB from float at worst ({})\n",
        grouped(network.macs()), grouped(network.weights()), quantise.weight_width,
        quantise.data_width, imported.calibration_inputs, *worst,
        network.nodes[worst - imported.accuracy.begin()].name);
    if (imported.fused)
      fmt::print(
          "{} depthwise layers became FuSe Half with the 1-D kernels nearest to theirs: the "
          "network needs training before its answers mean anything\n",
          imported.fused_nodes.size());
    fmt::print("written to {}: `rowcast run {} --images ...` next\n", options->folder,
               options->folder);
    return 0;
  };
}

}  // namespace rowcast
