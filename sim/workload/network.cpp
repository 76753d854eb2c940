#include "sim/workload/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace rowcast {
namespace {

constexpr std::array<std::pair<std::string_view, Activation>, 5> kActivations = {{
    {"none", Activation::kNone},
    {"relu", Activation::kRelu},
    {"relu6", Activation::kRelu6},
    {"hswish", Activation::kHswish},
    {"hsigmoid", Activation::kHsigmoid},
}};

constexpr std::array<std::pair<std::string_view, BlockType>, 7> kBlockTypes = {{
    {"conv", BlockType::kConv},
    {"pointwise", BlockType::kPointwise},
    {"depthwise", BlockType::kDepthwise},
    {"separable", BlockType::kSeparable},
    {"inverted_residual", BlockType::kInvertedResidual},
    {"pool", BlockType::kPool},
    {"fc", BlockType::kFc},
}};

constexpr std::array<std::pair<std::string_view, Operator>, 3> kOperatorNames = {{
    {"depthwise", Operator::kDepthwise},
    {"half", Operator::kHalf},
    {"full", Operator::kFull},
}};

struct OpRow {
  std::string_view name;
  Op op;
  int operands;
};
constexpr OpRow kOps[] = {
    {"layer", Op::kLayer, 1},
    {"add", Op::kAdd, 2},
    {"pool", Op::kPool, 1},
    {"scale", Op::kScale, 2},
    {"map", Op::kMap, 1},
    {"max_pool", Op::kMaxPool, 1},
    {"average_pool", Op::kAveragePool, 1},
    {"concat", Op::kConcat, 0},
    {"gather", Op::kGather, 1},
};

template <class Table>
auto find_in(const Table& table, std::string_view name)
    -> std::optional<std::decay_t<decltype(table[0].second)>> {
  for (const auto& [key, value] : table)
    if (key == name) return value;
  return std::nullopt;
}

constexpr std::array kVariants = {
    Variant{"baseline", false, false, false, "depthwise layers as they are"},
    Variant{"full", true, false, false, "FuSe Full: both branches on all channels (D=1)"},
    Variant{"half", true, true, false, "FuSe Half: each branch on a half of the channels (D=2)"},
    Variant{"full50", true, false, true, "FuSe Full in the published half of the blocks"},
    Variant{"half50", true, true, true, "FuSe Half in the published half of the blocks"},
};

// Appends a node that reads the last one, or `input`.
int add(Network& network, Node node, int input = -2) {
  const int last = static_cast<int>(network.nodes.size()) - 1;
  if (node.inputs.empty()) node.inputs = {input == -2 ? last : input};
  network.nodes.push_back(std::move(node));
  return last + 1;
}

// A node that is no layer.
Node op_node(std::string name, Op op, std::vector<int> inputs = {}) {
  Node node;
  node.name = std::move(name);
  node.op = op;
  node.inputs = std::move(inputs);
  return node;
}

// Shapes of the inputs are filled in by infer_shapes.
Node layer_node(Layer layer, Activation activation) {
  std::string name = layer.name;
  return {.name = std::move(name), .layer = std::move(layer), .activation = activation};
}

Layer slid(Layer layer, const Window& window, bool strided = true) {
  layer.kernel_h = window.kernel_h, layer.kernel_w = window.kernel_w;
  if (strided) layer.stride_h = window.stride_h, layer.stride_w = window.stride_w;
  layer.dilation_h = window.dilation_h, layer.dilation_w = window.dilation_w;
  pad_same(layer);
  if (window.padding) {
    const auto& [top, left, bottom, right] = *window.padding;
    layer.pad_top = top, layer.pad_left = left, layer.pad_bottom = bottom, layer.pad_right = right;
  }
  return layer;
}

void append_depthwise(Network& network, const std::string& name, const Block& block,
                      bool strided = true) {
  Layer layer = make_depthwise(name, 1, 1, 1, 1, 1);
  layer.out_channels = block.multiplier;
  Node node = layer_node(slid(std::move(layer), block.window, strided), block.activation);
  node.fuse50 = block.fuse50;
  add(network, std::move(node));
}

// Squeeze-and-excite on the last node: pool, C -> C/4 -> C, scale.
void append_squeeze_excite(Network& network, const std::string& name) {
  const int scaled = static_cast<int>(network.nodes.size()) - 1;
  add(network, op_node(name + ".pool", Op::kPool));
  Node reduce = layer_node(make_fc(name + ".reduce", 1, 1), Activation::kRelu);
  reduce.out_like = scaled;
  reduce.out_divisor = 4;
  add(network, std::move(reduce));
  Node expand = layer_node(make_fc(name + ".expand", 1, 1), Activation::kHsigmoid);
  expand.out_like = scaled;
  const int scale = add(network, std::move(expand));
  add(network, op_node(name + ".scale", Op::kScale, {scaled, scale}));
}

// Shapes of the nodes from `first` on.
std::string infer_from(Network& network, size_t first);

void append_nodes(Network& network, const Block& block, int& numbered) {
  switch (block.type) {
    case BlockType::kConv:
      add(network, layer_node(slid(make_conv(block.name, 1, 1, 1, block.out, 1, 1), block.window),
                              block.activation));
      return;
    case BlockType::kPointwise:
      add(network, layer_node(slid(make_pointwise(block.name, 1, 1, 1, block.out), block.window),
                              block.activation));
      return;
    case BlockType::kDepthwise:
      append_depthwise(network, block.name, block);
      return;
    case BlockType::kFc:
      add(network, layer_node(make_fc(block.name, 1, block.out), block.activation));
      return;
    case BlockType::kPool:
      add(network, op_node(block.name, Op::kPool));
      return;
    case BlockType::kSeparable:
      for (int i = 0; i < block.repeat; ++i) {
        const std::string name = fmt::format("block{}", ++numbered);
        append_depthwise(network, name + ".dw", block, i == 0);
        add(network, layer_node(make_pointwise(name + ".project", 1, 1, 1, block.out),
                                block.linear ? Activation::kNone : block.activation));
      }
      return;
    case BlockType::kInvertedResidual:
      for (int i = 0; i < block.repeat; ++i) {
        const std::string name = fmt::format("block{}", ++numbered);
        const bool strided = i == 0 && (block.window.stride_h > 1 || block.window.stride_w > 1);
        const int entry = static_cast<int>(network.nodes.size()) - 1;
        if (block.expanded != 0 || block.expand > 1) {
          Node expand = layer_node(make_pointwise(name + ".expand", 1, 1, 1, block.expanded),
                                   block.activation);
          if (block.expanded == 0) {
            expand.out_like = entry;
            expand.out_factor = block.expand;
          }
          add(network, std::move(expand));
        }
        append_depthwise(network, name + ".dw", block, strided);
        if (block.squeeze_excite) append_squeeze_excite(network, name + ".se");
        const int project = add(
            network,
            layer_node(make_pointwise(name + ".project", 1, 1, 1, block.out), Activation::kNone));
        infer_from(network, static_cast<size_t>(
                                std::max(entry, 0)));  // the entry may be a sum just appended
        if (!strided && network.shape_of(entry).channels == block.out)
          add(network, op_node(name + ".add", Op::kAdd, {project, entry}));
      }
      return;
  }
}

}  // namespace

std::optional<Activation> find_activation(std::string_view name) {
  return find_in(kActivations, name);
}
std::optional<BlockType> find_block_type(std::string_view name) {
  return find_in(kBlockTypes, name);
}

std::string_view to_string(Op op) { return std::ranges::find(kOps, op, &OpRow::op)->name; }

int operands_of(Op op) { return std::ranges::find(kOps, op, &OpRow::op)->operands; }

std::string_view to_string(Activation activation) {
  return std::ranges::find(kActivations, activation, [](const auto& row) { return row.second; })
      ->first;
}

std::span<const Variant> variants() { return kVariants; }

const Variant* find_variant(std::string_view name) {
  const auto it = std::ranges::find(kVariants, name, &Variant::name);
  return it == kVariants.end() ? nullptr : &*it;
}

Shape Network::input_of(const Node& node) const {
  if (!node.inputs.empty()) return shape_of(node.inputs.front());
  return {node.layer.in_channels, node.layer.in_height, node.layer.in_width};
}

int64_t Network::macs() const {
  int64_t sum = 0;
  for (const Node& node : nodes)
    if (node.op == Op::kLayer) sum += node.layer.macs();
  return sum;
}

int64_t Network::weights() const {
  int64_t sum = 0;
  for (const Node& node : nodes)
    if (node.op == Op::kLayer) sum += node.layer.weights();
  return sum;
}

int64_t Network::parameters() const {
  int64_t sum = weights();
  for (const Node& node : nodes)
    if (node.op == Op::kLayer)
      sum += (node.layer.kind == LayerKind::kFc ? 1 : 2) * int64_t{node.layer.out_channels};
  return sum;
}

void append(Network& network, const Block& block, int& numbered) {
  const size_t first = network.nodes.size();
  append_nodes(network, block, numbered);
  infer_from(network, first);
}

namespace {

// A pool's output; or an error.
std::string pool_shape(const PoolWindow& window, const Shape& in, Shape& out) {
  const int height = in.height + window.pad_top + window.pad_bottom - window.kernel_h,
            width = in.width + window.pad_left + window.pad_right - window.kernel_w;
  if (height < 0 || width < 0)
    return fmt::format("window: {}x{} is larger than the padded input {}x{}", window.kernel_h,
                       window.kernel_w, height + window.kernel_h, width + window.kernel_w);
  out = {in.channels, height / window.stride_h + 1, width / window.stride_w + 1};
  return {};
}

std::string infer_from(Network& network, size_t first) {
  for (size_t i = first; i < network.nodes.size(); ++i) {
    Node& node = network.nodes[i];
    const Shape in = network.input_of(node);
    switch (node.op) {
      case Op::kPool:
        node.shape = {in.channels, 1, 1};
        break;
      case Op::kAdd:
        if (network.shape_of(node.inputs[1]) != in)
          return fmt::format("{}: adds tensors of different shapes", node.name);
        node.shape = in;
        break;
      case Op::kScale: {
        const Shape& by = network.shape_of(node.inputs[1]);
        if (by != in && by != Shape{in.channels, 1, 1})
          return fmt::format("{}: scales a tensor by one of another shape", node.name);
        node.shape = in;
        break;
      }
      case Op::kMap:
        node.shape = in;
        break;
      case Op::kMaxPool:
      case Op::kAveragePool:
        if (const std::string problem = pool_shape(node.window, in, node.shape); !problem.empty())
          return fmt::format("{}: {}", node.name, problem);
        break;
      case Op::kConcat: {
        int64_t size = 0, channels = 0;
        bool alike = true;
        for (const int input : node.inputs) {
          const Shape& part = network.shape_of(input);
          size += part.size();
          channels += part.channels;
          alike = alike && part.height == in.height && part.width == in.width;
        }
        if (size > kMaxElements || (!alike && size > kMaxSize) || channels > kMaxSize)
          return fmt::format("{}: puts together too many elements", node.name);
        node.shape = alike ? Shape{static_cast<int>(channels), in.height, in.width}
                           : Shape{static_cast<int>(size), 1, 1};
        break;
      }
      case Op::kGather:
        break;
      case Op::kLayer: {
        Layer& layer = node.layer;
        if (layer.kind == LayerKind::kDepthwise && layer.out_channels % layer.in_channels != 0)
          return fmt::format("{}: {}", node.name, validate(layer).front());
        const int multiplier = layer.multiplier();
        layer.in_channels = in.channels;
        layer.in_height = in.height;
        layer.in_width = in.width;
        if (layer.kind == LayerKind::kFc) {  // flattens
          layer.in_channels = static_cast<int>(std::min<int64_t>(in.size(), 1 << 30));
          layer.in_height = layer.in_width = 1;
        }
        if (node.out_like != -2) {
          const int channels = network.shape_of(node.out_like).channels;
          layer.out_channels = std::max(1, channels * node.out_factor / node.out_divisor);
        }
        if (layer.kind == LayerKind::kDepthwise)
          layer.out_channels =
              static_cast<int>(std::min<int64_t>(int64_t{in.channels} * multiplier, 1 << 30));
        if (layer.kind == LayerKind::kFuse) layer = make_fuse(layer, layer.half);
        if (const std::vector<std::string> problems = validate(layer); !problems.empty())
          return fmt::format("{}: {}", node.name, problems.front());
        node.shape = {layer.out_channels, layer.out_height(), layer.out_width()};
      }
    }
  }
  return {};
}

}  // namespace

std::string infer_shapes(Network& network) {
  std::string problem = infer_from(network, 0);
  if (problem.empty() && network.macs() > kMaxNetworkMacs)
    problem = "size: the layers have more than 2^50 multiply-accumulates together";
  return problem;
}

namespace {

// A depthwise layer as it is when it is split: with padding that its branches can have. Nothing for
// nodes that are no such layer.
std::optional<Layer> fusible(const Node& node) {
  Layer layer = node.layer;
  if (node.op != Op::kLayer || layer.kernel_w == 1) return std::nullopt;
  if (node.inputs.empty()) {
    // Each branch pads along its own axis only, so the padding can not stay inside the input.
    pad_same(layer);
    layer.in_height = static_cast<int>(node.layer.padded_height() - 2 * layer.pad_top);
    layer.in_width = static_cast<int>(node.layer.padded_width() - 2 * layer.pad_left);
  }
  return can_fuse(layer) ? std::optional(layer) : std::nullopt;
}

}  // namespace

std::string_view to_string(Operator op) {
  return std::ranges::find(kOperatorNames, op, [](const auto& row) { return row.second; })->first;
}

std::optional<Operator> find_operator(std::string_view name) {
  return find_in(kOperatorNames, name);
}

Operator operator_of(const Layer& layer) {
  if (layer.kind == LayerKind::kDepthwise) return Operator::kDepthwise;
  return layer.half ? Operator::kHalf : Operator::kFull;
}

std::vector<int> channelwise_nodes(const Network& network) {
  std::vector<int> nodes;
  for (size_t i = 0; i < network.nodes.size(); ++i)
    if (network.nodes[i].op == Op::kLayer && is_channelwise(network.nodes[i].layer))
      nodes.push_back(static_cast<int>(i));
  return nodes;
}

std::vector<int> fusible_nodes(const Network& network) {
  std::vector<int> nodes;
  for (size_t i = 0; i < network.nodes.size(); ++i)
    if (fusible(network.nodes[i])) nodes.push_back(static_cast<int>(i));
  return nodes;
}

std::vector<Operator> operators_of(const Network& network, const Variant& variant) {
  std::vector<Operator> operators(network.nodes.size(), Operator::kDepthwise);
  if (variant.fuse)
    for (const int node : fusible_nodes(network))
      if (!variant.only50 || network.nodes[node].fuse50)
        operators[node] = variant.half ? Operator::kHalf : Operator::kFull;
  return operators;
}

Network transform(const Network& network, std::span<const Operator> operators) {
  Network result = network;
  if (std::ranges::count(operators, Operator::kDepthwise) == std::ssize(operators)) return result;
  // The layer that says a tensor's scales has as many channels as the tensor.
  for (const Node& node : network.nodes) {
    if (node.op != Op::kScale) continue;
    int scales = node.inputs[1];
    while (scales > 0 && result.nodes[scales].op == Op::kMap)
      scales = result.nodes[scales].inputs[0];
    if (scales < 0 || scales <= node.inputs[0]) continue;
    Node& layer = result.nodes[scales];
    if (layer.op == Op::kLayer && !is_channelwise(layer.layer) && layer.out_like == -2)
      layer.out_like = node.inputs[0];
  }
  for (size_t i = 0; i < result.nodes.size(); ++i) {
    Node& node = result.nodes[i];
    const std::optional<Layer> layer = fusible(node);
    if (!layer || operators[i] == Operator::kDepthwise) continue;
    node.layer = make_fuse(*layer, operators[i] == Operator::kHalf);
    if (node.name.ends_with(".dw")) node.name.replace(node.name.size() - 2, 2, "fuse");
    node.layer.name = node.name;
  }
  infer_shapes(result);
  return result;
}

Network transform(const Network& network, const Variant& variant) {
  return transform(network, operators_of(network, variant));
}

}  // namespace rowcast
