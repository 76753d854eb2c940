#include "sim/formats/graph_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "generator/text.h"

namespace rowcast {
namespace {

constexpr LayerKind kKinds[] = {LayerKind::kConv, LayerKind::kPointwise, LayerKind::kDepthwise,
                                LayerKind::kFuse, LayerKind::kFc};
constexpr Op kHostOps[] = {Op::kAdd,     Op::kPool,        Op::kScale,  Op::kMap,
                           Op::kMaxPool, Op::kAveragePool, Op::kConcat, Op::kGather};
constexpr std::string_view kInputName = "input";

std::string allowed_ops() {
  std::vector<std::string_view> names;
  for (const LayerKind kind : kKinds) names.push_back(to_string(kind));
  for (const Op op : kHostOps) names.push_back(to_string(op));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<int> read_inputs(TomlReader& reader, const std::map<std::string, int>& numbers) {
  reader.require("inputs");
  std::vector<int> inputs;
  const toml::node* node = reader.raw("inputs");
  if (!node) return inputs;
  const toml::array* list = node->as_array();
  if (!list || list->empty() || !list->is_homogeneous(toml::node_type::string)) {
    reader.problem(*node, "inputs", "allowed is a list of names of nodes before it, or \"input\"");
    return inputs;
  }
  for (const toml::node& entry : *list) {
    const std::string name = **entry.as_string();
    const auto found = numbers.find(name);
    if (found == numbers.end()) {
      reader.problem(
          entry, "inputs",
          fmt::format("{} is no node before it, allowed are these, or \"input\"", in_quotes(name)));
      return {};
    }
    inputs.push_back(found->second);
  }
  return inputs;
}

void read_pads(TomlReader& reader, int& top, int& left, int& bottom, int& right) {
  if (const auto pads = reader.integers("padding", {"top", "left", "bottom", "right"}, 0, kMaxSize))
    top = (*pads)[0], left = (*pads)[1], bottom = (*pads)[2], right = (*pads)[3];
}

// Shapes of the input are filled in by infer_shapes.
Layer read_layer(TomlReader& reader, LayerKind kind) {
  Layer layer;
  layer.kind = kind;
  const bool depthwise = kind == LayerKind::kDepthwise;
  if (kind == LayerKind::kFuse) {
    layer.half = reader.boolean("half", false);
  } else if (depthwise) {
    layer.out_channels = reader.integer("multiplier", 1, 1, kMaxSize);
  } else {
    reader.require("out");
    layer.out_channels = reader.integer("out", 1, 1, kMaxSize);
  }
  if (kind == LayerKind::kFc) return layer;
  if (kind != LayerKind::kPointwise) {
    reader.require("kernel");
    std::tie(layer.kernel_h, layer.kernel_w) = reader.sides("kernel", 1, kMaxSize);
    std::tie(layer.dilation_h, layer.dilation_w) = reader.sides("dilation", 1, kMaxSize);
  }
  std::tie(layer.stride_h, layer.stride_w) = reader.sides("stride", 1, kMaxSize);
  read_pads(reader, layer.pad_top, layer.pad_left, layer.pad_bottom, layer.pad_right);
  return layer;
}

PoolWindow read_pool(TomlReader& reader) {
  PoolWindow window;
  reader.require("kernel");
  std::tie(window.kernel_h, window.kernel_w) = reader.sides("kernel", 1, kMaxSize);
  std::tie(window.stride_h, window.stride_w) = reader.sides("stride", 1, kMaxSize);
  read_pads(reader, window.pad_top, window.pad_left, window.pad_bottom, window.pad_right);
  return window;
}

// "kernel = [3, 1], ", where it is not `usual`.
std::string pair_text(const char* key, int h, int w, int usual) {
  return h == usual && w == usual ? "" : fmt::format("{} = [{}, {}]\n", key, h, w);
}
std::string pads_text(int top, int left, int bottom, int right) {
  return top == 0 && left == 0 && bottom == 0 && right == 0
             ? ""
             : fmt::format("padding = [{}, {}, {}, {}]\n", top, left, bottom, right);
}

std::string layer_text(const Layer& layer) {
  std::string text;
  if (layer.kind == LayerKind::kFuse)
    text += fmt::format("half = {}\n", layer.half);
  else if (layer.kind == LayerKind::kDepthwise)
    text += layer.multiplier() == 1 ? "" : fmt::format("multiplier = {}\n", layer.multiplier());
  else
    text += fmt::format("out = {}\n", layer.out_channels);
  if (layer.kind == LayerKind::kFc) return text;
  if (layer.kind != LayerKind::kPointwise) {
    text += pair_text("kernel", layer.kernel_h, layer.kernel_w, 0);
    text += pair_text("dilation", layer.dilation_h, layer.dilation_w, 1);
  }
  return text + pair_text("stride", layer.stride_h, layer.stride_w, 1) +
         pads_text(layer.pad_top, layer.pad_left, layer.pad_bottom, layer.pad_right);
}

}  // namespace

std::string toml_string(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

void read_nodes(const toml::array& tables, const std::string& file, Network& network,
                std::vector<std::string>& problems) {
  std::map<std::string, int> numbers = {{std::string(kInputName), -1}};
  for (const toml::node& entry : tables) {
    const toml::table& table = *entry.as_table();
    TomlReader reader(table, file, problems);
    Node node;
    node.name = reader.name("name");
    reader.require("op");
    const std::string name = reader.text("op", "");
    const auto kind = std::ranges::find(kKinds, name, [](LayerKind k) { return to_string(k); });
    const auto op = std::ranges::find(kHostOps, name, [](Op o) { return to_string(o); });
    if (kind == std::end(kKinds) && op == std::end(kHostOps)) {
      if (const toml::node* given = reader.raw("op"); given && given->is_string())
        reader.problem(
            *given, "op",
            fmt::format("{} is unknown, allowed are {}", in_quotes(name), allowed_ops()));
      continue;
    }
    node.op = kind != std::end(kKinds) ? Op::kLayer : *op;
    node.inputs = read_inputs(reader, numbers);
    if (const int count = operands_of(node.op);
        !node.inputs.empty() && count != 0 && std::ssize(node.inputs) != count)
      reader.problem(table, "inputs",
                     fmt::format("{} are given, {} needs {}", node.inputs.size(), name, count));
    if (node.op == Op::kLayer) {
      node.layer = read_layer(reader, *kind);
      node.layer.name = node.name;
      const std::string activation = reader.text("activation", "none");
      if (const auto found = find_activation(activation))
        node.activation = *found;
      else
        reader.problem(table, "activation",
                       fmt::format("{} is unknown, allowed are none, relu, "
                                   "relu6, hswish, hsigmoid",
                                   in_quotes(activation)));
    } else if (node.op == Op::kMaxPool || node.op == Op::kAveragePool) {
      node.window = read_pool(reader);
    } else if (node.op == Op::kGather) {
      reader.require("shape");
      if (const auto shape =
              reader.integers("shape", {"channels", "height", "width"}, 1, kMaxSize)) {
        node.shape = {(*shape)[0], (*shape)[1], (*shape)[2]};
        if (int64_t{node.shape.height} * node.shape.width > kMaxElements / node.shape.channels)
          reader.problem(table, "shape", "more than 2^36 elements");
      }
    }
    reader.finish();
    const auto number = static_cast<int>(network.nodes.size());
    if (!numbers.emplace(node.name, number).second)
      reader.problem(table, "name",
                     fmt::format("{} is taken, each node needs its own", in_quotes(node.name)));
    network.nodes.push_back(std::move(node));
  }
}

std::string network_text(const Network& network) {
  std::string text = fmt::format("name = {}\ntitle = {}\nsource = {}\ninput = [{}, {}, {}]\n",
                                 toml_string(network.name), toml_string(network.title),
                                 toml_string(network.source), network.input.channels,
                                 network.input.height, network.input.width);
  for (const Node& node : network.nodes) {
    std::vector<std::string> inputs;
    for (const int input : node.inputs)
      inputs.push_back(
          toml_string(input < 0 ? std::string(kInputName) : network.nodes[input].name));
    text +=
        fmt::format("\n[[node]]\nname = {}\nop = \"{}\"\ninputs = [{}]\n", toml_string(node.name),
                    node.op == Op::kLayer ? to_string(node.layer.kind) : to_string(node.op),
                    fmt::join(inputs, ", "));
    if (node.op == Op::kLayer) {
      text += layer_text(node.layer);
      if (node.activation != Activation::kNone)
        text += fmt::format("activation = \"{}\"\n", to_string(node.activation));
    } else if (node.op == Op::kMaxPool || node.op == Op::kAveragePool) {
      const PoolWindow& w = node.window;
      text += pair_text("kernel", w.kernel_h, w.kernel_w, 0) +
              pair_text("stride", w.stride_h, w.stride_w, 1) +
              pads_text(w.pad_top, w.pad_left, w.pad_bottom, w.pad_right);
    } else if (node.op == Op::kGather) {
      text += fmt::format("shape = [{}, {}, {}]\n", node.shape.channels, node.shape.height,
                          node.shape.width);
    }
  }
  return text;
}

}  // namespace rowcast
