#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <cmath>
#include <memory>

#include "app/commands/commands.h"
#include "app/options/outputs.h"
#include "generator/error.h"
#include "generator/parse.h"
#include "generator/say.h"
#include "generator/text.h"
#include "sim/convert/convert.h"
#include "sim/host/processors.h"
#include "sim/import/imported.h"
#include "sim/onnx/write.h"

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

// The depthwise layers that are to be `op`: those that match one of the patterns. Without patterns
// all that can be.
std::map<std::string, Operator> chosen_layers(const std::vector<DepthwiseLayer>& layers,
                                              const std::string& patterns, Operator op,
                                              const std::string& file) {
  if (layers.empty())
    throw InputError(fmt::format("{}: has no depthwise convolution that can be FuSe", file));
  std::map<std::string, Operator> chosen;
  if (patterns.empty()) {
    for (const DepthwiseLayer& layer : layers)
      if (op == Operator::kHalf || layer.no_full.empty()) chosen[layer.node] = op;
    if (chosen.empty())
      throw InputError(
          fmt::format("{}: no depthwise convolution can be FuSe Full, allowed is "
                      "--variant half ({}: {})",
                      file, printable(layers[0].node), printable(layers[0].no_full)));
    return chosen;
  }
  for (const std::string_view pattern : split(patterns, ',')) {
    bool matches = false;
    for (const DepthwiseLayer& layer : layers) {
      if (::fnmatch(std::string(pattern).c_str(), layer.node.c_str(), FNM_NOESCAPE) != 0) continue;
      matches = true;
      chosen[layer.node] = op;
    }
    if (matches) continue;
    std::vector<std::string> names;
    for (const DepthwiseLayer& layer : layers) names.push_back(printable(layer.node));
    throw InputError(fmt::format(
        "--fuse: {} is no depthwise convolution that can be FuSe, allowed are {}, and patterns of "
        "them with * and ?",
        in_quotes(pattern), fmt::join(names, ", ")));
  }
  return chosen;
}

// What conversion did, for people.
struct ConversionReport {
  size_t layers = 0, of = 0;
  std::string nearest, farthest;
  std::vector<std::string> left;  // layers that can not be Full, and why
};

std::string decibels(const DepthwiseLayer& layer, double error) {
  return fmt::format(
      "{} ({})", error > 0 ? fmt::format("{:.1f} dB", -10 * std::log10(error)) : "no difference",
      printable(layer.node));
}

Imported converted(const Imported& imported, const std::vector<std::vector<float>>& inputs,
                   const std::string& patterns, Operator op, const Progress& progress,
                   ConversionReport& report) {
  const std::vector<DepthwiseLayer> layers = convertible_layers(imported.graph);
  const auto chosen = chosen_layers(layers, patterns, op, imported.graph.file);
  const PatchStatistics statistics = patch_statistics(imported.graph, inputs, [&](size_t done) {
    if (progress)
      progress(fmt::format("{} of {} inputs seen by depthwise layers", done, inputs.size()));
  });
  // With its shapes, and with all data inside.
  Imported result =
      import_model(onnx::write_model(onnx::model_of(convert(imported.graph, statistics, chosen))),
                   imported.graph.file, {}, {}, imported.network().name);
  result.options = imported.options;
  result.format = imported.format;
  const std::vector<ConversionError> errors = conversion_errors(imported.graph, statistics);
  report.layers = chosen.size();
  report.of = layers.size();
  std::optional<double> least, most;
  for (size_t i = 0; i < layers.size(); ++i) {
    if (!chosen.contains(layers[i].node)) {
      if (op == Operator::kFull && patterns.empty())
        report.left.push_back(
            fmt::format("{} ({})", printable(layers[i].node), printable(layers[i].no_full)));
      continue;
    }
    const double error = op == Operator::kHalf ? errors[i].half : errors[i].full.value();
    if (!least || error < *least) report.nearest = decibels(layers[i], *(least = error));
    if (!most || error > *most) report.farthest = decibels(layers[i], *(most = error));
  }
  return result;
}

}  // namespace

Action add_import(CommandOptions& command) {
  struct Options {
    std::string model, folder, pictures, shape, mean = "0", deviation = "1", fit = "stretch",
                                                variant = "baseline", fuse;
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
      .option(
          "--variant", options->variant,
          "half and full replace depthwise layers by FuSe with the 1-D kernels that are nearest "
          "on the inputs of --calibrate, the start of training, not its end")
      .one_of({"baseline", "half", "full"});
  command
      .option(
          "--fuse", options->fuse,
          "the depthwise nodes that are replaced, as names and patterns with * and ?, separated "
          "by commas",
          "all that can be")
      .only(with("--variant", {"half", "full"}));
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
    Imported imported = read_onnx(path, shapes, printable(path.stem().string()));
    imported.options = quantise;
    imported.format = format;
    std::vector<std::vector<float>> inputs;
    for (Sample& sample : read_samples(options->pictures, format, imported.input_dims(), model,
                                       DataPart::kTrain, static_cast<size_t>(options->count)))
      inputs.push_back(std::move(sample.tensor));
    const Operator op = options->variant == "half"   ? Operator::kHalf
                        : options->variant == "full" ? Operator::kFull
                                                     : Operator::kDepthwise;
    const Progress progress = terminal_progress();
    ConversionReport report;
    if (op != Operator::kDepthwise)
      imported = converted(imported, inputs, options->fuse, op, progress, report);
    calibrate(imported, std::move(inputs), processors(), progress);
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
    if (op != Operator::kDepthwise)
      fmt::print(
          "{} of {} depthwise layers became FuSe {}, from {} to {} away from theirs: the network "
          "needs training before its answers mean anything\n",
          report.layers, report.of, op == Operator::kHalf ? "Half" : "Full", report.nearest,
          report.farthest);
    if (!report.left.empty())
      fmt::print("{} stay depthwise: {}\n", report.left.size(), fmt::join(report.left, ", "));
    fmt::print("written to {}: `rowcast run {} --images ...` next\n", options->folder,
               options->folder);
    return 0;
  };
}

}  // namespace rowcast
