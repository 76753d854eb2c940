#include "app/options/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "generator/error.h"
#include "generator/parse.h"
#include "generator/say.h"
#include "generator/text.h"
#include "sim/formats/config_file.h"
#include "sim/formats/network_file.h"
#include "sim/formats/topology_file.h"
#include "sim/model/select.h"

namespace rowcast {
namespace {

constexpr Named<DepthwiseReading> kReadings[] = {{"encoded", DepthwiseReading::kEncoded},
                                                 {"channels", DepthwiseReading::kChannels}};
constexpr Named<View> kViews[] = {{"structural", View::kStructural}, {"vector", View::kVector}};

constexpr std::string_view kLayerSyntax =
    "conv:HxWxC,kK,sS,pP,dD,oN pw:HxWxC,sS,pP,oN dw:HxWxC,kK,sS,pP,dD,mM "
    "fuse:HxWxC,kK,sS,pP,dD,half|full or fc:C,oN (kernel K, stride S and dilation D one number or "
    "height x width as in 3x5, padding P one number or top.left.bottom.right, M filters of each "
    "channel)";

std::ptrdiff_t count_fused(const Network& network) {
  return std::ranges::count_if(network.nodes, [](const Node& node) {
    return node.op == Op::kLayer && node.layer.kind == LayerKind::kFuse;
  });
}

}  // namespace

bool is_topology(std::string_view network) { return network.ends_with(".csv"); }

std::string option_name(const ConfigField& field) {
  return fmt::format("--{}{}", field.flag ? "no-" : "", field.option);
}

void ArrayOptions::add_to(CommandOptions& command, const Condition& condition) {
  std::vector<CommandOptions::Option*> options{
      &command.option("--array", array_, "array size, ROWSxCOLS or one side, from 1 to 1024",
                      fmt::format("{}x{}", usual_.rows, usual_.cols)),
      &command.option("--config", file_, "TOML file with the array's parameters", kOff)};
  for (const ConfigField& field : config_fields()) {
    if (field.option.empty()) continue;
    const std::string help(field.help), name = option_name(field);
    options.push_back(
        field.flag
            ? &command.flag(name, off_[field.key], "leave out " + help)
            : &command.option(name, values_[field.key],
                              fmt::format("{}, {}", help, number_range(field.min, field.max)),
                              field.default_text.empty() ? number_text(usual_.*field.member)
                                                         : std::string(field.default_text)));
  }
  if (condition)
    for (CommandOptions::Option* option : options) option->only(condition);
}

void ArrayOptions::declare_inputs(Outputs& outputs) const { outputs.reads("--config", file_); }

ArrayConfig ArrayOptions::resolve() const {
  ArrayConfig config = usual_;
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
    if (std::string problem = read_number(option_name(field), text->second, field.min, field.max,
                                          config.*field.member);
        !problem.empty())
      problems.push_back(std::move(problem));
  }
  for (std::string& problem : validate(config)) problems.push_back(std::move(problem));
  if (!problems.empty()) throw InputError(std::move(problems));
  return config;
}

void WorkloadOptions::add_to(CommandOptions& command, bool with_mapping) {
  command.option("network", network_,
                 "a network's name (see `rowcast list`), a .toml file, or SCALE-Sim's topology "
                 "as a .csv file",
                 "the layer of --layer");
  command.option("--layer", layer_, fmt::format("a single layer instead, {}", kLayerSyntax),
                 "the network");
  files_.add_to(command, [this] { return is_topology(network_); });
  std::vector<std::string> names = names_of(variants());
  names.emplace_back("all");
  command.option("--variant", variant_, "the network's operators").one_of(std::move(names));
  if (!with_mapping) return;
  command.option("--mapping", mapping_, "of depthwise and FuSe layers")
      .one_of(names_of(mappings()));
  command
      .option("--select", select_,
              "blocks of the 50 % variants, greedy is the half that saves most")
      .one_of({"published", "greedy"})
      .only(with("--variant", {"full50", "half50", "all"}));
  command
      .option("--layers", layers_, "only these, numbers, ranges A..B, names, separated by commas",
              "all")
      .only(without("--layer"));
  command.flag("--allow-overflow", allow_overflow_, "let sums wrap around in the accumulator");
}

void WorkloadOptions::declare_inputs(Outputs& outputs) const {
  outputs.reads("network", network_file(network_));
}

std::string WorkloadOptions::folder() const {
  return is_network_folder(network_) ? network_ : std::string();
}

const std::string& WorkloadOptions::imported_folder(const char* option) const {
  if (!is_network_folder(network_))
    throw InputError(
        fmt::format("{}: {} is no folder that import has written, one is needed", option,
                    network_.empty() ? std::string("a single layer") : in_quotes(network_)));
  if (variant_ != "baseline")
    throw InputError(fmt::format(
        "--variant: '{}' has other layers than were trained, which need training first, allowed "
        "with {} is baseline (import --variant half makes their start)",
        variant_, option));
  if (!layers_.empty())
    throw InputError(fmt::format("--layers: says nothing with {}, all layers are run", option));
  return network_;
}

void NetworkFiles::add_to(CommandOptions& command, const std::function<bool()>& has_topology) {
  command
      .option("--depthwise-as", depthwise_as_,
              "a .csv's layers of several channels and one filter, as one filter over all "
              "channels, as SCALE-Sim counts it, or depthwise",
              std::string(kReadings[0].name))
      .one_of(names_of(kReadings))
      .only([has_topology](const CommandOptions&) {
        return has_topology() ? std::string()
                              : "the network is no .csv file, allowed is a SCALE-Sim topology";
      });
}

Network NetworkFiles::open(const std::string& name) const {
  if (!is_topology(name)) return find_network(name);
  Topology topology = read_topology_file(
      name, value_of(kReadings, depthwise_as_.empty() ? kReadings[0].name : depthwise_as_));
  for (const std::string& warning : topology.warnings) say("warning: {}\n", warning);
  if (const size_t count = topology.encoded.size(); count > 0 && depthwise_as_.empty())
    say("warning: {}: {} of {} layers ({}{}) have several channels and one filter, "
        "SCALE-Sim's way to write "
        "depthwise: read as one filter over all channels, as it counts them (--depthwise-as "
        "channels makes them "
        "depthwise, --depthwise-as encoded confirms)\n",
        name, count, topology.network.nodes.size(), topology.encoded.front(),
        count > 1 ? ", ..." : "");
  return std::move(topology.network);
}

const Mapping& WorkloadOptions::mapping() const { return *find_mapping(mapping_); }

std::vector<std::pair<const Variant*, Network>> WorkloadOptions::resolve(
    const std::function<int64_t(const Layer&)>& cycles) const {
  if (network_.empty() == layer_.empty())
    throw InputError("command line: exactly one of a network and --layer is needed");
  const bool all = variant_ == "all";
  const Network network = layer_.empty() ? files_.open(network_) : parse_layer(layer_);
  std::vector<std::pair<const Variant*, Network>> result;
  for (const Variant& variant : variants()) {
    if (!all && variant.name != variant_) continue;
    Network transformed = transform(network, variant);
    if (variant.only50 && select_ == "greedy") {
      const Network chosen = select_greedily(network, variant, cycles);
      say("{}: greedy fuses {}; published are {}\n", variant.name,
          fmt::join(fused_layers(chosen, variant), ", "),
          fmt::join(fused_layers(network, variant), ", "));
      transformed = transform(chosen, variant);
    }
    if (!all && variant.fuse && count_fused(transformed) == count_fused(network))
      throw InputError(
          fmt::format("--variant: '{}' changes nothing, {} has no layer that it fuses{}, allowed "
                      "is baseline",
                      variant.name, network.name,
                      variant.only50 ? " (fuse50 marks the blocks that it does)" : ""));
    if (const std::string problem = infer_shapes(transformed); !problem.empty())
      throw InputError(fmt::format("--variant: {} can not be made: {}", variant.name, problem));
    result.emplace_back(&variant, std::move(transformed));
  }
  return result;
}

std::vector<std::string> view_names() { return names_of(kViews); }
View view_of(std::string_view name) { return value_of(kViews, name); }

namespace {

// "3" or "3x5".
bool parse_sides(std::string_view text, std::pair<int, int>& sides) {
  const std::vector<std::string_view> parts = split(text, 'x');
  return parts.size() <= 2 && parse_number(parts.front(), sides.first) &&
         parse_number(parts.back(), sides.second) && std::min(sides.first, sides.second) >= 1 &&
         std::max(sides.first, sides.second) <= kMaxSize;
}

// "1" or "0.0.1.1".
bool parse_padding(std::string_view text, Layer& layer) {
  const std::vector<std::string_view> parts = split(text, '.');
  if (parts.size() != 1 && parts.size() != 4) return false;
  int* const pads[] = {&layer.pad_top, &layer.pad_left, &layer.pad_bottom, &layer.pad_right};
  for (size_t i = 0; i < 4; ++i)
    if (!parse_number(parts[parts.size() == 1 ? 0 : i], *pads[i]) || *pads[i] < 0 ||
        *pads[i] > kMaxSize)
      return false;
  return true;
}

// How a kind of layer is written: which parts it has.
struct LayerSpec {
  std::string_view kind, parts;
};
constexpr LayerSpec kLayerSpecs[] = {
    {"conv", "kspdo"}, {"pw", "spo"}, {"dw", "kspdm"}, {"fuse", "kspd"}, {"fc", "o"}};

}  // namespace

Network parse_layer(const std::string& spec, std::string_view option) {
  const auto fail = [&](const std::string& what) {
    throw InputError(
        fmt::format("{}: {} {}, allowed is {}", option, in_quotes(spec), what, kLayerSyntax));
  };
  const size_t colon = spec.find(':');
  const std::string kind = spec.substr(0, colon);
  if (colon == std::string::npos) fail("has no kind");
  const std::vector<std::string_view> parts = split(std::string_view(spec).substr(colon + 1), ',');
  std::vector<int> sizes;
  for (const std::string_view side : split(parts[0], 'x')) {
    int size = 0;
    if (!parse_number(side, size) || size < 1 || size > kMaxSize)
      fail(fmt::format("has a size that is no number from 1 to {}", kMaxSize));
    sizes.push_back(size);
  }
  if (sizes.size() != (kind == "fc" ? 1 : 3)) fail("has the wrong number of sizes");
  const auto known = std::ranges::find(kLayerSpecs, kind, &LayerSpec::kind);
  if (known == std::end(kLayerSpecs)) fail(fmt::format("has an unknown kind {}", in_quotes(kind)));
  // What is not the kind's own is refused, not ignored.
  std::string allowed(known->parts);
  const int usual_kernel = allowed.find('k') != allowed.npos ? 3 : 1;
  std::pair kernel{usual_kernel, usual_kernel}, stride{1, 1}, dilation{1, 1};
  int out = sizes.back(), multiplier = 1;
  bool half = true;
  std::optional<Layer> padded;
  const auto read = [&](char key, std::string_view value) {
    const auto number = [&](int& into, int max) {
      return parse_number(value, into) && into >= 1 && into <= max;
    };
    switch (key) {
      case 'k':
        return parse_sides(value, kernel);
      case 's':
        return parse_sides(value, stride);
      case 'd':
        return parse_sides(value, dilation);
      case 'p':
        return parse_padding(value, padded.emplace());
      case 'm':
        return number(multiplier, kMaxSize / sizes.back());
      default:
        return number(out, kMaxSize);
    }
  };
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::string_view part = parts[i];
    if (kind == "fuse" && (part == "half" || part == "full")) {
      half = part == "half";
      continue;
    }
    const size_t letter = part.empty() ? std::string::npos : allowed.find(part[0]);
    if (letter == std::string::npos || !read(part[0], part.substr(1)))
      fail(fmt::format("has an unknown part {}", in_quotes(part)));
    allowed.erase(letter, 1);  // once
  }
  Layer layer;
  if (kind == "fc")
    layer = make_fc(kind, sizes[0], out);
  else if (kind == "conv" || kind == "pw")
    layer = make_conv(kind, sizes[2], sizes[0], sizes[1], out, 1, 1);
  else
    layer = make_depthwise(kind, sizes[2], sizes[0], sizes[1], 1, 1);
  if (kind == "pw") layer.kind = LayerKind::kPointwise;
  std::tie(layer.kernel_h, layer.kernel_w) = kernel;
  std::tie(layer.stride_h, layer.stride_w) = stride;
  std::tie(layer.dilation_h, layer.dilation_w) = dilation;
  pad_same(layer);
  if (padded) {
    layer.pad_top = padded->pad_top, layer.pad_left = padded->pad_left;
    layer.pad_bottom = padded->pad_bottom, layer.pad_right = padded->pad_right;
  }
  if (kind == "dw") layer.out_channels *= multiplier;
  if (kind == "fuse") layer = make_fuse(layer, half);

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
