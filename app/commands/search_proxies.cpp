#include "app/commands/search_proxies.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <span>

#include "app/commands/commands.h"
#include "app/options/options.h"
#include "generator/error.h"
#include "generator/text.h"
#include "sim/convert/convert.h"
#include "sim/formats/network_file.h"
#include "sim/host/processors.h"
#include "sim/import/imported.h"

namespace rowcast {
namespace {

enum class ProxyKind { kTaps, kError, kSensitivity };
constexpr Named<ProxyKind> kProxies[] = {{"taps", ProxyKind::kTaps},
                                         {"error", ProxyKind::kError},
                                         {"sensitivity", ProxyKind::kSensitivity}};

// The layers of the model that fusible_nodes() are.
std::vector<std::optional<size_t>> layers_of(const Imported& imported,
                                             const std::vector<DepthwiseLayer>& layers) {
  std::map<int, size_t> by_value;
  for (size_t i = 0; i < layers.size(); ++i)
    by_value[imported.graph.operations[layers[i].operation].outputs[0]] = i;
  std::vector<std::optional<size_t>> found;
  for (const int node : fusible_nodes(imported.network())) {
    const auto at = by_value.find(imported.lowered.nodes[node].value);
    found.push_back(at == by_value.end() ? std::nullopt : std::optional(at->second));
  }
  return found;
}

// How many of the samples the graph calls by their labels.
size_t right_ones(const onnx::Graph& graph, std::span<const Sample> samples,
                  const std::function<void(size_t)>& progress) {
  const onnx::Value& input = graph.values[graph.inputs[0]];
  std::atomic<size_t> right = 0;
  on_all_processors(
      samples.size(),
      [&](size_t i) {
        const auto values =
            onnx::evaluate(graph, {{input.type, input.dims, samples[i].tensor, {}}});
        const std::vector<float>& scores = values[graph.outputs[0]].constant->reals;
        right += std::ranges::max_element(scores) - scores.begin() == samples[i].label;
      },
      progress);
  return right;
}

}  // namespace

void ProxyOptions::add_to(CommandOptions& command) {
  command
      .option("network", network_,
              "a network's name (see `rowcast list`), a .toml file, or a folder that import has "
              "written")
      .required();
  command
      .option("--proxy", proxy_,
              "what stands for lost accuracy: taps that are gone; of a trained folder the error of "
              "the nearest FuSe kernels, or the accuracy that converting each layer alone loses "
              "without training",
              "error with --calibrate, else taps")
      .one_of(names_of(kProxies));
  const Condition trained = [](const CommandOptions& all) {
    return all.text("--proxy") == "taps" ? "says nothing with --proxy taps, allowed is --proxy "
                                           "error, sensitivity"
                                         : std::string();
  };
  command
      .option("--calibrate", samples_,
              "inputs like those that the network was trained with, as import takes them", kOff)
      .only(trained);
  command.number("--calibrate-count", count_, 1, 100'000, "so many of them for the nearest kernels")
      .only(with("--calibrate"));
  command
      .number("--held-out", held_out_, 1, 100'000,
              "so many behind them, with labels, to count accuracy")
      .only(with("--proxy", {"sensitivity"}));
}

void ProxyOptions::declare_inputs(Outputs& outputs) const {
  outputs.reads("network", network_file(network_));
  if (!samples_.empty()) outputs.reads("--calibrate", samples_path(samples_));
}

Costed ProxyOptions::resolve(const std::vector<Operator>& allowed) const {
  const ProxyKind kind = !proxy_.empty()    ? value_of(kProxies, proxy_)
                         : samples_.empty() ? ProxyKind::kTaps
                                            : ProxyKind::kError;
  const bool folder = is_network_folder(network_);
  if (kind != ProxyKind::kTaps) {
    if (samples_.empty())
      throw InputError(
          fmt::format("--proxy: {} needs inputs, allowed is with --calibrate", proxy_));
    if (!folder)
      throw InputError(
          fmt::format("--calibrate: {} has no weights, allowed is a folder that import "
                      "has written",
                      in_quotes(network_)));
    if (samples_.ends_with(":test"))
      throw InputError(
          fmt::format("--calibrate: {} are what results are counted by, and no choice "
                      "may see them, allowed are inputs to train with",
                      in_quotes(samples_)));
  }
  Costed costed;
  std::optional<Imported> imported;
  std::vector<DepthwiseLayer> layers;
  std::vector<std::optional<size_t>> of_model;
  if (folder) {
    imported = read_import(network_);
    costed.network = imported->network();
    layers = convertible_layers(imported->graph);
    of_model = layers_of(*imported, layers);
  } else {
    costed.network = find_network(network_);
  }
  costed.costs = tap_costs(costed.network);
  const std::vector<int> nodes = fusible_nodes(costed.network);
  for (size_t place = 0; place < nodes.size(); ++place) {
    costed.names.push_back(folder && of_model[place] ? layers[*of_model[place]].node
                                                     : costed.network.nodes[nodes[place]].name);
    if (!folder) continue;
    std::string problem = of_model[place] ? layers[*of_model[place]].no_full
                                          : "no convolution of the model is converted to it";
    if (!of_model[place]) costed.costs[place] = {{Operator::kDepthwise, 0}};
    if (problem.empty()) continue;
    costed.costs[place].erase(Operator::kFull);
    costed.notes.push_back(fmt::format("{}: {} can not be, {}", costed.names[place],
                                       of_model[place] ? "full" : "half and full", problem));
  }
  if (kind == ProxyKind::kTaps) {
    costed.proxy = {"taps", "the share of the depthwise layers' taps that are gone",
                    "A weak proxy: it knows kernels and filters, and nothing of what they have "
                    "learnt"};
    return costed;
  }

  const auto needed = static_cast<size_t>(count_) +
                      (kind == ProxyKind::kSensitivity ? static_cast<size_t>(held_out_) : 0);
  std::vector<Sample> samples = read_samples(samples_, imported->format, imported->input_dims(),
                                             network_, DataPart::kTrain, needed);
  const size_t used = std::min(samples.size(), static_cast<size_t>(count_));
  const std::span<const Sample> held_out = std::span(samples).subspan(used);
  if (kind == ProxyKind::kSensitivity) {
    if (held_out.size() != static_cast<size_t>(held_out_))
      throw InputError(
          fmt::format("--calibrate: {} has {} inputs, --calibrate-count {} and "
                      "--held-out {} need {}",
                      in_quotes(samples_), samples.size(), count_, held_out_, needed));
    if (std::ranges::any_of(held_out, [](const Sample& sample) { return sample.label < 0; }))
      throw InputError(
          fmt::format("--calibrate: {} has no labels, --proxy sensitivity needs a data "
                      "set",
                      in_quotes(samples_)));
  }
  std::vector<std::vector<float>> inputs;
  for (size_t i = 0; i < used; ++i) inputs.push_back(samples[i].tensor);
  const Progress progress = terminal_progress();
  const PatchStatistics statistics = patch_statistics(imported->graph, inputs, [&](size_t done) {
    if (progress) progress(fmt::format("{} of {} inputs seen", done, used));
  });
  if (kind == ProxyKind::kError) {
    const std::vector<ConversionError> errors = conversion_errors(imported->graph, statistics);
    for (size_t place = 0; place < nodes.size(); ++place) {
      Costs& costs = costed.costs[place];
      if (!of_model[place]) continue;
      const ConversionError& error = errors[*of_model[place]];
      costs[Operator::kHalf] = error.half;
      if (error.full && costs.contains(Operator::kFull)) costs[Operator::kFull] = *error.full;
    }
    end_progress();
    costed.proxy = {
        "error",
        fmt::format("the sum over layers of how far the nearest FuSe kernels' outputs are from the "
                    "depthwise ones', mean square over mean square, on {} inputs",
                    used),
        "A proxy of where training begins: layers count alike, each by itself, and training closes "
        "much of it"};
    return costed;
  }
  size_t done = 0, all = 1;
  for (const Costs& costs : costed.costs)
    for (const Operator op : allowed) all += op != Operator::kDepthwise && costs.contains(op);
  const auto accuracy = [&](const onnx::Graph& graph) {
    const size_t right = right_ones(graph, held_out, [&](size_t images) {
      if (progress)
        progress(
            fmt::format("{} of {} networks, {} of {} images", done, all, images, held_out.size()));
    });
    ++done;
    return static_cast<double>(right) / static_cast<double>(held_out.size());
  };
  const double teacher = accuracy(imported->graph);
  for (size_t place = 0; place < nodes.size(); ++place)
    for (auto& [op, cost] : costed.costs[place])
      if (op != Operator::kDepthwise && std::ranges::find(allowed, op) != allowed.end())
        cost =
            teacher - accuracy(convert(imported->graph, statistics, {{costed.names[place], op}}));
  end_progress();
  costed.proxy = {
      "sensitivity",
      fmt::format("the sum over layers of the accuracy that converting each alone loses, without "
                  "training, on {} held-out training images (as it is: {:.4f})",
                  held_out.size(), teacher),
      "A weak proxy: accuracy before training has been found to misrank what is trained; one image "
      "is a step"};
  return costed;
}

}  // namespace rowcast
