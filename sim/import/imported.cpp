#include "sim/import/imported.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/text.h"
#include "sim/formats/graph_file.h"
#include "sim/formats/network_file.h"
#include "sim/formats/npy.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

constexpr const char* kModelFile = "model.onnx";
constexpr const char* kNetworkFile = "network.toml";
constexpr const char* kQuantisationFile = "quantisation.toml";

std::string tensor_file(const Node& node, const char* what) {
  return fmt::format("{}_{}.npy", node.name, what);
}

ArrayConfig widths_of(const QuantiseOptions& options) {
  ArrayConfig config;
  config.data_width = options.data_width;
  config.weight_width = options.weight_width;
  return config;
}

// Graph and layers of the bytes; `file` is how messages call them.
void lower_model(Imported& imported, const std::string& file, const fs::path& folder,
                 const std::string& name) {
  onnx::Model model =
      onnx::parse_model(imported.onnx, file, folder.empty() ? fs::path(".") : folder);
  imported.onnx_files = std::move(model.files);
  imported.graph = onnx::resolve(std::move(model), file, imported.shapes);
  imported.lowered = lower(imported.graph, name);
}

Output output_of(const onnx::Value& value) {
  Output output{value.name, value.dims, value.constant->reals};
  if (!onnx::is_real(value.type))
    output.values.assign(value.constant->integers.begin(), value.constant->integers.end());
  return output;
}

// A number as TOML has it, and exactly.
std::string number(double value) {
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  const std::string text = fmt::format("{}", value);
  return text.find_first_of(".e") == text.npos ? text + ".0" : text;
}

double read_real(TomlReader& reader, const toml::table& table, const char* key, double low) {
  reader.require(key);
  const toml::node* node = reader.raw(key);
  if (!node) return 1;
  const auto value = node->value<double>();
  if (!value || std::isnan(*value) || *value < low) {
    reader.problem(table, key, fmt::format("a number from {} is needed", low));
    return 1;
  }
  return *value;
}

std::array<float, 3> read_colours(TomlReader& reader, const toml::table& table, const char* key) {
  reader.require(key);
  std::array<float, 3> colours{};
  const toml::node* node = reader.raw(key);
  const toml::array* list = node ? node->as_array() : nullptr;
  for (size_t i = 0; i < 3; ++i) {
    const auto value = list && list->size() == 3 ? (*list)[i].value<double>() : std::nullopt;
    if (!value || !std::isfinite(*value)) {
      reader.problem(table, key, "three numbers are needed");
      break;
    }
    colours[i] = static_cast<float>(*value);
  }
  return colours;
}

}  // namespace

Imported read_onnx(const fs::path& path, const onnx::InputShapes& shapes, const std::string& name) {
  return import_model(read_file(path), path.string(), path.parent_path(), shapes, name);
}

Imported import_model(std::string bytes, const std::string& file, const fs::path& folder,
                      const onnx::InputShapes& shapes, const std::string& name) {
  Imported imported;
  imported.onnx = std::move(bytes);
  imported.shapes = shapes;
  lower_model(imported, file, folder, name);
  return imported;
}

std::vector<int16_t> input_words(const Imported& imported, std::span<const float> input) {
  return words_of(network_input(imported.lowered, input), imported.quantised.input_scale,
                  imported.options.data_width);
}

GivenValues values_of(const Imported& imported, std::span<const float> input) {
  GivenValues given;
  for (size_t i = 0; i < imported.quantised.nodes.size(); ++i) {
    const QuantisedNode& node = imported.quantised.nodes[i];
    const auto number = static_cast<int>(i);
    given.arithmetic[number] = node.arithmetic;
    if (imported.network().nodes[i].op == Op::kLayer) given.weights[number] = node.weights;
  }
  if (!input.empty()) given.inputs[-1] = input_words(imported, input);
  return given;
}

std::vector<int> handover_nodes(const Imported& imported) {
  std::vector<int> nodes;
  for (const Handover& handover : imported.lowered.handovers) nodes.push_back(handover.node);
  return nodes;
}

std::vector<Output> outputs_of(const Imported& imported,
                               const std::vector<std::vector<int16_t>>& words) {
  const onnx::Graph& tail = imported.lowered.tail;
  std::vector<onnx::Tensor> inputs;
  for (size_t i = 0; i < words.size(); ++i) {
    const int node = imported.lowered.handovers[i].node;
    const double scale =
        node < 0 ? imported.quantised.input_scale : imported.quantised.nodes[node].scale;
    const onnx::Value& value = tail.values[tail.inputs[i]];
    onnx::Tensor tensor{value.type, value.dims, {}, {}};
    for (const int16_t word : words[i]) tensor.reals.push_back(static_cast<float>(word * scale));
    inputs.push_back(std::move(tensor));
  }
  const std::vector<onnx::Value> values = onnx::evaluate(tail, std::move(inputs));
  std::vector<Output> outputs;
  for (const int output : tail.outputs) outputs.push_back(output_of(values[output]));
  return outputs;
}

std::vector<Output> float_outputs(const Imported& imported, std::span<const float> input) {
  const onnx::Graph& graph = imported.graph;
  const onnx::Value& first = graph.values[graph.inputs[0]];
  const std::vector<onnx::Value> values =
      onnx::evaluate(graph, {{first.type, first.dims, {input.begin(), input.end()}, {}}});
  std::vector<Output> outputs;
  for (const int output : graph.outputs) outputs.push_back(output_of(values[output]));
  return outputs;
}

void measure(Imported& imported, const std::vector<std::vector<float>>& inputs, int threads) {
  const size_t count = imported.network().nodes.size();
  std::vector<double> signal(count), noise(count);
  std::vector<int> all(count);
  for (size_t i = 0; i < count; ++i) all[i] = static_cast<int>(i);
  GivenValues given = values_of(imported);
  for (const std::vector<float>& input : inputs) {
    given.inputs[-1] = input_words(imported, input);
    const auto words = infer(
        imported.network(), widths_of(imported.options), 1, threads, [](const LayerCase&) {}, given,
        all, all);
    const auto values = float_values(imported.graph, imported.lowered, input);
    for (size_t i = 0; i < count; ++i)
      for (size_t k = 0; k < values[i].size(); ++k) {
        const double difference = values[i][k] - words[i][k] * imported.quantised.nodes[i].scale;
        signal[i] += static_cast<double>(values[i][k]) * values[i][k];
        noise[i] += difference * difference;
      }
  }
  imported.accuracy.resize(count);
  for (size_t i = 0; i < count; ++i)
    imported.accuracy[i] = noise[i] == 0    ? INFINITY
                           : signal[i] == 0 ? -INFINITY
                                            : 10 * std::log10(signal[i] / noise[i]);
}

void calibrate(Imported& imported, std::vector<std::vector<float>> inputs, int threads,
               const std::function<void(const std::string&)>& progress) {
  imported.calibration_inputs = static_cast<int>(inputs.size());
  if (imported.options.equalise) equalise(imported.graph, imported.lowered, inputs);
  imported.quantised =
      quantise(imported.graph, imported.lowered, inputs, imported.options, [&](size_t done) {
        if (progress) progress(fmt::format("{} of {} inputs calibrated", done, inputs.size()));
      });
  if (progress) progress("comparing words with float ...");
  constexpr size_t kMeasured = 8;
  if (inputs.size() > kMeasured) inputs.resize(kMeasured);
  measure(imported, inputs, threads);
}

std::vector<EmittedFile> folder_files(const Imported& imported) {
  const Network& network = imported.network();
  const auto colours = [](const std::array<float, 3>& values) {
    return fmt::format("[{}, {}, {}]", number(values[0]), number(values[1]), number(values[2]));
  };
  std::string text = fmt::format(
      "data_width = {}\nweight_width = {}\npercentile = {}\nper_tensor = {}\nequalise = {}\n"
      "correct_biases = {}\ncalibration_inputs = {}\ninput_scale = {}\nmean = {}\ndeviation = "
      "{}\nbgr = {}\npad = {}\n",
      imported.options.data_width, imported.options.weight_width,
      number(imported.options.percentile), imported.options.per_tensor, imported.options.equalise,
      imported.options.correct_biases, imported.calibration_inputs,
      number(imported.quantised.input_scale), colours(imported.format.mean),
      colours(imported.format.deviation), imported.format.bgr, imported.format.pad);
  if (!imported.shapes.empty())
    text += fmt::format("shape = [{}]\n", fmt::join(imported.shapes.begin()->second, ", "));
  std::vector<EmittedFile> files;
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    const QuantisedNode& words = imported.quantised.nodes[i];
    const Requantisation& how = words.arithmetic.requantisation;
    text += fmt::format(
        "\n[[node]]\nname = {}\nsource = {}\nscale = {}\nlow = {}\nhigh = {}\nfrom = {}\nto = {}\n"
        "accuracy_db = {}\n",
        toml_string(node.name), toml_string(imported.lowered.nodes[i].source), number(words.scale),
        how.low, how.high, number(words.low), number(words.high), number(imported.accuracy[i]));
    if (!words.arithmetic.factors.empty())
      text += fmt::format("factors = [{}]\n", fmt::join(words.arithmetic.factors, ", "));
    if (node.op == Op::kLayer)
      files.push_back(
          {tensor_file(node, "weights"), npy_text(words.weights, weights_shape(node.layer))});
    std::vector<int32_t> scales;
    for (const ChannelScale& channel : how.channels)
      scales.insert(scales.end(), {channel.bias, channel.scale, channel.pre, channel.post});
    files.push_back({tensor_file(node, "scales"),
                     npy_text(scales, {static_cast<int>(how.channels.size()), 4})});
    if (!how.table.empty())
      files.push_back(
          {tensor_file(node, "table"), npy_text(how.table, {static_cast<int>(how.table.size())})});
    if (!words.arithmetic.indices.empty())
      files.push_back({tensor_file(node, "indices"),
                       npy_text(words.arithmetic.indices,
                                {static_cast<int>(words.arithmetic.indices.size())})});
  }
  files.push_back({kNetworkFile, network_text(network)});
  files.push_back({kQuantisationFile, text});
  files.push_back({kModelFile, imported.onnx});
  for (const auto& [location, bytes] : imported.onnx_files) {
    const std::string path = fs::path(location).lexically_normal().string();
    if (std::ranges::find(files, path, &EmittedFile::path) != files.end())
      throw InputError(fmt::format("{}: its external data '{}' has the name of a file of import's",
                                   imported.graph.file, printable(location)));
    files.push_back({path, bytes});
  }
  return files;
}

Imported read_import(const fs::path& folder) {
  const Network network = read_network_file(folder / kNetworkFile);
  const std::string file = (folder / kQuantisationFile).string();
  std::vector<std::string> problems;
  const toml::table table = parse_toml(read_file(file), file);
  TomlReader reader(table, file, problems);
  Imported imported;
  QuantiseOptions& options = imported.options;
  for (const char* key : {"data_width", "weight_width", "calibration_inputs"}) reader.require(key);
  options.data_width = reader.integer("data_width", 8, 2, 16);
  options.weight_width = reader.integer("weight_width", 8, 2, 16);
  options.percentile = read_real(reader, table, "percentile", 0);
  options.per_tensor = reader.boolean("per_tensor", false);
  options.equalise = reader.boolean("equalise", true);
  options.correct_biases = reader.boolean("correct_biases", true);
  imported.calibration_inputs = reader.integer("calibration_inputs", 1, 1, kMaxSize);
  imported.quantised.input_scale = read_real(reader, table, "input_scale", 0);
  imported.format.mean = read_colours(reader, table, "mean");
  imported.format.deviation = read_colours(reader, table, "deviation");
  imported.format.bgr = reader.boolean("bgr", false);
  imported.format.pad = reader.boolean("pad", false);
  if (const toml::node* shape = reader.raw("shape")) {
    onnx::Dims& dims = imported.shapes[""];
    const toml::array* list = shape->as_array();
    for (size_t i = 0; list && i < list->size(); ++i)
      dims.push_back((*list)[i].value_exact<int64_t>().value_or(0));
    if (dims.empty() || std::ranges::any_of(dims, [](int64_t size) { return size < 1; }))
      reader.problem(*shape, "shape", "allowed is a list of sizes from 1");
  }
  reader.require("node");
  const toml::node* nodes = reader.raw("node");
  const toml::array* list = nodes ? nodes->as_array() : nullptr;
  if (nodes && (!list || list->size() != network.nodes.size() ||
                !list->is_homogeneous(toml::node_type::table)))
    reader.problem(*nodes, "node",
                   fmt::format("allowed are {} tables [[node]], as {} has", network.nodes.size(),
                               kNetworkFile));
  reader.finish();
  if (!problems.empty()) throw InputError(std::move(problems));

  std::error_code code;
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    const fs::path table_path = folder / tensor_file(node, "table");
    const bool has_table = fs::exists(table_path, code) || node.op == Op::kMap;
    const bool wide = !has_table && is_last_layer(network, static_cast<int>(i));
    const int bits = options.data_width + (wide ? extra_bits(options.data_width) : 0);
    const int64_t most = (1 << (bits - 1)) - 1;
    const toml::table& entry = *(*list)[i].as_table();
    TomlReader own(entry, file, problems);
    QuantisedNode& words = imported.quantised.nodes.emplace_back();
    Requantisation& how = words.arithmetic.requantisation;
    if (const std::string name = own.name("name"); !name.empty() && name != node.name)
      own.problem(entry, "name",
                  fmt::format("allowed is '{}', as {} has", node.name, kNetworkFile));
    own.text("source", "", SIZE_MAX);
    words.scale = read_real(own, entry, "scale", 0);
    for (const char* key : {"low", "high"}) own.require(key);
    how.low = own.integer("low", 0, static_cast<int>(-most - 1), static_cast<int>(most));
    how.high = own.integer("high", 0, how.low, static_cast<int>(most));
    words.low = read_real(own, entry, "from", -INFINITY);
    words.high = read_real(own, entry, "to", -INFINITY);
    imported.accuracy.push_back(read_real(own, entry, "accuracy_db", -INFINITY));
    if (const toml::node* factors = own.raw("factors")) {
      const toml::array* each = factors->as_array();
      for (size_t k = 0; each && k < each->size(); ++k) {
        const int64_t factor = (*each)[k].value_exact<int64_t>().value_or(INT64_MAX);
        if (factor >= -32768 && factor <= 32768)
          words.arithmetic.factors.push_back(static_cast<int>(factor));
      }
      if (words.arithmetic.factors.size() != node.inputs.size())
        own.problem(
            *factors, "factors",
            fmt::format("allowed are {} integers from -32768 to 32768", node.inputs.size()));
    }
    own.finish();
    const auto read = [&](const auto& what) {
      try {
        what();
      } catch (const InputError& error) {
        problems.insert(problems.end(), error.problems().begin(), error.problems().end());
      }
    };
    const auto size_in = [&](const fs::path& path, size_t header, size_t bytes) {
      const auto size = fs::file_size(path, code);
      return code || size < header ? 0 : (size - header) / bytes;
    };
    if (node.op == Op::kLayer)
      read([&] {
        words.weights = read_npy(folder / tensor_file(node, "weights"), weights_shape(node.layer),
                                 options.weight_width);
      });
    read([&] {
      const fs::path path = folder / tensor_file(node, "scales");
      const int channels = size_in(path, 128, 16) == 1 ? 1 : node.shape.channels;
      const auto values = read_npy_int32(path, {channels, 4}, INT32_MIN, INT32_MAX);
      how.channels.clear();
      for (int c = 0; c < channels; ++c) {
        const ChannelScale scale{values[4 * c], values[4 * c + 1], values[4 * c + 2],
                                 values[4 * c + 3]};
        if (scale.scale < 128 || scale.scale > 255 || scale.pre < 0 || scale.pre > kMaxPre ||
            scale.post < 0 || scale.post > kMaxPost)
          throw InputError(fmt::format(
              "{}: channel {}: scale {}, pre {}, post {} are out of range, allowed are 128 to 255, "
              "0 to {}, 0 to {}",
              path.string(), c, scale.scale, scale.pre, scale.post, kMaxPre, kMaxPost));
        how.channels.push_back(scale);
      }
    });
    if (has_table)
      read([&] {
        const int all = 1 << options.data_width;
        const bool one = size_in(table_path, 128, 2) == static_cast<size_t>(all);
        how.table =
            read_npy(table_path, {one ? all : all * node.shape.channels}, options.data_width);
      });
    if (node.op == Op::kGather)
      read([&] {
        words.arithmetic.indices = read_npy_int32(folder / tensor_file(node, "indices"),
                                                  {static_cast<int>(node.shape.size())}, -1,
                                                  network.input_of(node).size() - 1);
      });
  }
  if (!problems.empty()) throw InputError(std::move(problems));

  const std::string model = (folder / kModelFile).string();
  imported.onnx = read_file(model);
  lower_model(imported, model, folder, network.name);
  // The network's file may have been edited, but not to another network than the model's.
  const Network& made = imported.lowered.network;
  bool same = made.nodes.size() == network.nodes.size() && made.input == network.input;
  for (size_t i = 0; same && i < made.nodes.size(); ++i) {
    Layer layer = made.nodes[i].layer;
    layer.name = network.nodes[i].layer.name;
    same = made.nodes[i].op == network.nodes[i].op &&
           made.nodes[i].inputs == network.nodes[i].inputs &&
           made.nodes[i].shape == network.nodes[i].shape &&
           (made.nodes[i].op != Op::kLayer || layer == network.nodes[i].layer);
  }
  if (!same)
    throw InputError(fmt::format("{}: is not the network of {}, import makes both anew",
                                 (folder / kNetworkFile).string(), kModelFile));
  imported.lowered.network = network;
  return imported;
}

}  // namespace rowcast
