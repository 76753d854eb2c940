#include "app/options/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "generator/error.h"
#include "generator/parse.h"
#include "sim/formats/config_file.h"
#include "sim/formats/network_file.h"
#include "sim/formats/topology_file.h"
#include "sim/model/select.h"

namespace rowcast {

void ArrayOptions::add_to(CLI::App& command) {
  command.add_option("--array", array_, "array size, ROWSxCOLS or one side (default 32x32)");
  command.add_option("--config", file_, "TOML file with the array's parameters");
  for (const ConfigField& field : config_fields()) {
    if (field.option.empty()) continue;
    const std::string help(field.help);
    if (field.flag)
      command.add_flag(fmt::format("--no-{}", field.option), off_[field.key], "leave out " + help);
    else
      command.add_option(
          fmt::format("--{}", field.option), values_[field.key],
          fmt::format("{} ({} to {}, default {})", help, field.min, field.max,
                      field.default_text.empty() ? std::to_string(ArrayConfig{}.*field.member)
                                                 : std::string(field.default_text)));
  }
}

bool ArrayOptions::given() const {
  bool any = !array_.empty() || !file_.empty();
  for (const auto& [key, value] : values_) any = any || !value.empty();
  for (const auto& [key, off] : off_) any = any || off;
  return any;
}

void ArrayOptions::declare_inputs(Outputs& outputs) const { outputs.reads("--config", file_); }

ArrayConfig ArrayOptions::resolve() const {
  ArrayConfig config;
  std::vector<std::string> problems;
  if (!file_.empty()) {
    try {
      read_config_file(file_, config);
    } catch (const InputError& error) {
      problems = error.problems();
    }
  }
  if (std::string error; !array_.empty() && !parse_array_size(array_, config, error))
    problems.push_back("--array: " + error);
  for (const ConfigField& field : config_fields()) {
    const auto off = off_.find(field.key);
    if (off != off_.end() && off->second) config.*field.member = 0;
    const auto text = values_.find(field.key);
    if (text == values_.end() || text->second.empty()) continue;
    int value = 0;
    if (!parse_number(text->second, value))
      problems.push_back(fmt::format("--{}: '{}' is no integer, allowed is {} to {}", field.option,
                                     text->second, field.min, field.max));
    else if (value < field.min || value > field.max)
      problems.push_back(fmt::format("--{}: {} is out of range, allowed is {} to {}", field.option,
                                     value, field.min, field.max));
    else
      config.*field.member = value;
  }
  for (std::string& problem : validate(config)) problems.push_back(std::move(problem));
  if (!problems.empty()) throw InputError(std::move(problems));
  return config;
}

void WorkloadOptions::add_to(CLI::App& command, bool with_mapping) {
  command.add_option("network", network_,
                     "a network's name (see `rowcast list`), a .toml file, or SCALE-Sim's topology "
                     "as a .csv file");
  command.add_option("--layer", layer_,
                     "a single layer instead: conv:HxWxC,kK,sS,oN pw:HxWxC,oN dw:HxWxC,kK,sS "
                     "fuse:HxWxC,kK,sS,half|full fc:C,oN");
  command.add_option("--depthwise-as", depthwise_as_,
                     "a .csv's layers of several channels and one filter: encoded (one filter over "
                     "all channels, as SCALE-Sim "
                     "counts it, the default) or channels (depthwise)");
  command.add_option("--variant", variant_, names_of(variants()) + ", or all");
  if (with_mapping)
    command.add_option("--mapping", mapping_,
                       "of depthwise and FuSe layers: " + names_of(mappings()));
  if (with_mapping)
    command.add_option(
        "--select", select_,
        "blocks of the 50 % variants: published, or greedy (the half that saves most)");
  command.add_option("--layers", layers_,
                     "only these: numbers, ranges A..B, names, separated by commas");
  command.add_flag("--allow-overflow", allow_overflow_, "let sums wrap around in the accumulator");
}

void WorkloadOptions::declare_inputs(Outputs& outputs) const {
  outputs.reads("network", network_file(network_));
}

const Mapping& WorkloadOptions::mapping() const {
  if (const Mapping* mapping = find_mapping(mapping_)) return *mapping;
  throw InputError(
      fmt::format("--mapping: '{}' is unknown, allowed are {}", mapping_, names_of(mappings())));
}

Network WorkloadOptions::base() const {
  constexpr std::pair<std::string_view, DepthwiseReading> kReadings[] = {
      {"encoded", DepthwiseReading::kEncoded}, {"channels", DepthwiseReading::kChannels}};
  const auto reading =
      std::ranges::find(kReadings, depthwise_as_.empty() ? "encoded" : depthwise_as_,
                        &std::pair<std::string_view, DepthwiseReading>::first);
  if (reading == std::end(kReadings))
    throw InputError(fmt::format("--depthwise-as: '{}' is unknown, allowed are encoded, channels",
                                 depthwise_as_));
  if (!network_.ends_with(".csv")) {
    if (!depthwise_as_.empty())
      throw InputError(
          "--depthwise-as: the network is no .csv file, allowed is a SCALE-Sim topology");
    return layer_.empty() ? find_network(network_) : parse_layer(layer_);
  }
  Topology topology = read_topology_file(network_, reading->second);
  for (const std::string& cell : topology.unread)
    fmt::print(stderr, "warning: {}: cells right of Strides are not read\n", cell);
  if (const size_t count = topology.encoded.size(); count > 0 && depthwise_as_.empty())
    fmt::print(stderr,
               "warning: {}: {} of {} layers ({}{}) have several channels and one filter, "
               "SCALE-Sim's way to write "
               "depthwise: read as one filter over all channels, as it counts them (--depthwise-as "
               "channels makes them "
               "depthwise, --depthwise-as encoded confirms)\n",
               network_, count, topology.network.nodes.size(), topology.encoded.front(),
               count > 1 ? ", ..." : "");
  return std::move(topology.network);
}

std::vector<std::pair<const Variant*, Network>> WorkloadOptions::resolve(
    const std::function<int64_t(const Layer&)>& cycles) const {
  if (network_.empty() == layer_.empty())
    throw InputError("command line: exactly one of a network and --layer is needed");
  const bool all = variant_ == "all";
  if (!all && !find_variant(variant_))
    throw InputError(fmt::format("--variant: '{}' is unknown, allowed are {}, all", variant_,
                                 names_of(variants())));
  if (select_ != "published" && select_ != "greedy")
    throw InputError(
        fmt::format("--select: '{}' is unknown, allowed are published, greedy", select_));
  const Network network = base();
  std::vector<std::pair<const Variant*, Network>> result;
  for (const Variant& variant : variants()) {
    if (!all && variant.name != variant_) continue;
    Network transformed = transform(network, variant);
    if (variant.only50 && select_ == "greedy") {
      const Network chosen = select_greedily(network, variant, cycles);
      fmt::print(stderr, "{}: greedy fuses {}; published are {}\n", variant.name,
                 fmt::join(fused_layers(chosen, variant), ", "),
                 fmt::join(fused_layers(network, variant), ", "));
      transformed = transform(chosen, variant);
    }
    if (const std::string problem = infer_shapes(transformed); !problem.empty())
      throw InputError(fmt::format("--variant: {} can not be made: {}", variant.name, problem));
    result.emplace_back(&variant, std::move(transformed));
  }
  return result;
}

View parse_view(const std::string& text) {
  for (const View view : {View::kStructural, View::kVector})
    if (text == to_string(view)) return view;
  throw InputError(fmt::format("--view: '{}' is unknown, allowed are structural, vector", text));
}

Network parse_layer(const std::string& spec) {
  const auto fail = [&](const std::string& what) {
    throw InputError(
        fmt::format("--layer: '{}' {}, allowed is conv:HxWxC,kK,sS,oN pw:HxWxC,oN dw:HxWxC,kK,sS "
                    "fuse:HxWxC,kK,sS,half|full or fc:C,oN",
                    spec, what));
  };
  const size_t colon = spec.find(':');
  const std::string kind = spec.substr(0, colon);
  if (colon == std::string::npos) fail("has no kind");
  const std::vector<std::string_view> parts = split(std::string_view(spec).substr(colon + 1), ',');
  constexpr int kMaxSize = 1 << 14;
  std::vector<int> sizes;
  for (const std::string_view side : split(parts[0], 'x')) {
    int size = 0;
    if (!parse_number(side, size) || size < 1 || size > kMaxSize)
      fail(fmt::format("has a size that is no number from 1 to {}", kMaxSize));
    sizes.push_back(size);
  }
  if (sizes.size() != (kind == "fc" ? 1 : 3)) fail("has the wrong number of sizes");
  // What is not the kind's own is refused, not ignored.
  std::string allowed = kind == "conv" ? "kso" : kind == "pw" || kind == "fc" ? "o" : "ks";
  int kernel = 3, stride = 1, out = sizes.back();
  bool half = true;
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::string_view part = parts[i];
    if (kind == "fuse" && (part == "half" || part == "full")) {
      half = part == "half";
      continue;
    }
    const size_t letter = part.empty() ? std::string::npos : allowed.find(part[0]);
    int value = 0;
    if (letter == std::string::npos || !parse_number(part.substr(1), value) || value < 1 ||
        value > kMaxSize)
      fail(fmt::format("has an unknown part '{}'", part));
    (part[0] == 'k' ? kernel : part[0] == 's' ? stride : out) = value;
    allowed.erase(letter, 1);  // once
  }
  Layer layer;
  if (kind == "conv")
    layer = make_conv(kind, sizes[2], sizes[0], sizes[1], out, kernel, stride);
  else if (kind == "pw")
    layer = make_pointwise(kind, sizes[2], sizes[0], sizes[1], out);
  else if (kind == "dw")
    layer = make_depthwise(kind, sizes[2], sizes[0], sizes[1], kernel, stride);
  else if (kind == "fuse")
    layer = make_fuse(make_depthwise(kind, sizes[2], sizes[0], sizes[1], kernel, stride), half);
  else if (kind == "fc")
    layer = make_fc(kind, sizes[0], out);
  else
    fail(fmt::format("has an unknown kind '{}'", kind));

  Network network{.name = spec, .title = spec, .source = "command line"};
  network.input = {layer.in_channels, layer.in_height, layer.in_width};
  Node node;
  node.name = kind;
  node.layer = layer;
  node.inputs = {-1};
  network.nodes.push_back(std::move(node));
  if (const std::string problem = infer_shapes(network); !problem.empty())
    fail("can not exist: " + problem);
  return network;
}

}  // namespace rowcast
