#include "sim/training/initial.h"

#include <fmt/format.h>

#include "generator/error.h"
#include "sim/training/random.h"

namespace rowcast::training {
namespace {

using onnx::Dims;

class Writer {
 public:
  Writer(const Network& network, uint64_t seed) : network_(network), seed_(seed) {
    model_.ir_version = 8;
    model_.opset = 13;
    model_.producer = "rowcast";
    model_.graph_name = network.name;
  }

  onnx::Model run() {
    const Shape& in = network_.input;
    model_.inputs = {{kInput, onnx::Type::kFloat, {1, in.channels, in.height, in.width}, true}};
    for (size_t i = 0; i < network_.nodes.size(); ++i) {
      const Node& node = network_.nodes[i];
      switch (node.op) {
        case Op::kLayer:
          layer(node);
          break;
        case Op::kAdd:
          append("Add", node.name, operands(node));
          break;
        case Op::kScale:
          append("Mul", node.name, operands(node));
          break;
        case Op::kPool:
          append("GlobalAveragePool", node.name, operands(node));
          break;
        default:
          throw InputError(fmt::format(
              "{}: node '{}': '{}' can not be trained, allowed are layer, add, scale and pool",
              network_.name, node.name, to_string(node.op)));
      }
      if (node.op != Op::kLayer) activate(node);
    }
    model_.outputs = {
        {last(static_cast<int>(network_.nodes.size()) - 1), onnx::Type::kFloat, {}, false}};
    return std::move(model_);
  }

 private:
  static constexpr const char* kInput = "image";

  std::string last(int node) const {
    return node < 0 ? kInput : results_.at(network_.nodes[static_cast<size_t>(node)].name);
  }
  std::vector<std::string> operands(const Node& node) const {
    std::vector<std::string> names;
    for (const int input : node.inputs) names.push_back(last(input));
    return names;
  }

  // The node's result is the last one that is appended for it.
  std::string append(const char* op, const std::string& name, std::vector<std::string> inputs,
                     std::map<std::string, onnx::Attribute, std::less<>> attributes = {}) {
    model_.nodes.push_back(
        {name, op, "", std::move(inputs), {name + ".out"}, std::move(attributes)});
    current_ = name + ".out";
    return current_;
  }
  std::string constant(const std::string& name, Dims dims, std::vector<float> values) {
    model_.initialisers[name] = {onnx::Type::kFloat, std::move(dims), std::move(values), {}};
    return name;
  }
  std::string weights(const std::string& name, Dims dims) {
    int64_t products = 1;
    for (size_t i = 1; i < dims.size(); ++i) products *= dims[i];
    const double deviation = std::sqrt(2 / static_cast<double>(products));
    Random random(seed_, 1 + model_.initialisers.size());
    std::vector<float> values(static_cast<size_t>(onnx::element_count(dims)));
    for (float& value : values) value = static_cast<float>(random.normal() * deviation);
    return constant(name, std::move(dims), std::move(values));
  }

  void layer(const Node& node) {
    const Layer& l = node.layer;
    const std::string x = operands(node).at(0);
    if (l.kind == LayerKind::kFc) {
      const Shape from = network_.shape_of(node.inputs.at(0));
      const std::string flat = append("Flatten", node.name + ".flat", {x});
      append("Gemm", node.name,
             {flat, weights(node.name + ".weight", {l.out_channels, from.size()}),
              constant(node.name + ".bias", {l.out_channels},
                       std::vector<float>(static_cast<size_t>(l.out_channels)))},
             {{"transB", int64_t{1}}});
      activate(node);
      // What reads it as an image, of one pixel.
      image(node);
      results_[node.name] = current_;
      return;
    }
    if (l.kind == LayerKind::kFuse) {
      fused(node, x);
    } else {
      const bool own = l.kind == LayerKind::kDepthwise;
      append("Conv", node.name,
             {x, weights(node.name + ".weight",
                         {l.out_channels, own ? 1 : l.in_channels, l.kernel_h, l.kernel_w})},
             {{"group", int64_t{own ? l.in_channels : 1}},
              {"strides", Dims{l.stride_h, l.stride_w}},
              {"dilations", Dims{l.dilation_h, l.dilation_w}},
              {"pads", Dims{l.pad_top, l.pad_left, l.pad_bottom, l.pad_right}}});
    }
    const auto all = [&](float value) {
      return std::vector<float>(static_cast<size_t>(l.out_channels), value);
    };
    const std::string norm = node.name + ".norm";
    append("BatchNormalization", norm,
           {current_, constant(norm + ".scale", {l.out_channels}, all(1)),
            constant(norm + ".shift", {l.out_channels}, all(0)),
            constant(norm + ".mean", {l.out_channels}, all(0)),
            constant(norm + ".variance", {l.out_channels}, all(1))});
    activate(node);
  }

  void fused(const Node& node, const std::string& x) {
    const Layer& l = node.layer;
    std::array<std::string, 2> sources = {x, x};
    if (l.half) {
      const std::string sizes = node.name + ".sizes";
      model_.initialisers[sizes] = {onnx::Type::kInt64, {2}, {}, {l.row_channels, l.col_channels}};
      sources = {node.name + ".rows", node.name + ".columns"};
      model_.nodes.push_back({node.name + ".split",
                              "Split",
                              "",
                              {x, sizes},
                              {sources[0], sources[1]},
                              {{"axis", int64_t{1}}}});
    }
    std::vector<std::string> parts;
    for (const bool down : {false, true}) {
      const std::string name = node.name + (down ? ".col" : ".row");
      const int channels = down ? l.col_channels : l.row_channels;
      const int64_t k = l.kernel_w;
      parts.push_back(append(
          "Conv", name,
          {sources[down], weights(name + ".weight", {channels, 1, down ? k : 1, down ? 1 : k})},
          {{"group", int64_t{channels}},
           {"strides", Dims{l.stride_h, l.stride_w}},
           {"dilations", down ? Dims{l.dilation_h, 1} : Dims{1, l.dilation_w}},
           {"pads",
            down ? Dims{l.pad_top, 0, l.pad_bottom, 0} : Dims{0, l.pad_left, 0, l.pad_right}}}));
    }
    append("Concat", node.name, parts, {{"axis", int64_t{1}}});
  }

  void activate(const Node& node) {
    const std::string name = node.name + ".act";
    switch (node.activation) {
      case Activation::kNone:
        break;
      case Activation::kRelu:
        append("Relu", name, {current_});
        break;
      case Activation::kRelu6:
        append("Clip", name, {current_, constant("zero", {}, {0.0F}), constant("six", {}, {6.0F})});
        break;
      case Activation::kHsigmoid:
        append("HardSigmoid", name, {current_}, {{"alpha", 1.0F / 6}, {"beta", 0.5F}});
        break;
      case Activation::kHswish: {
        const std::string x = current_;
        const std::string gate =
            append("HardSigmoid", name + ".gate", {x}, {{"alpha", 1.0F / 6}, {"beta", 0.5F}});
        append("Mul", name, {x, gate});
        break;
      }
    }
    results_[node.name] = current_;
  }

  // A fully connected layer's outputs are channels of one pixel for what scales by them.
  void image(const Node& node) {
    if (&node == &network_.nodes.back()) return;
    const std::string shape = "pixel";
    model_.initialisers[shape] = {onnx::Type::kInt64, {4}, {}, {1, -1, 1, 1}};
    append("Reshape", node.name + ".image", {current_, shape});
  }

  const Network& network_;
  uint64_t seed_;
  onnx::Model model_;
  std::map<std::string, std::string> results_;  // of nodes
  std::string current_;
};

}  // namespace

onnx::Model initial_model(const Network& network, uint64_t seed) {
  return Writer(network, seed).run();
}

}  // namespace rowcast::training
