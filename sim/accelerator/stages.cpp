#include "sim/accelerator/stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "generator/error.h"

namespace rowcast::accelerator {
namespace {

struct Home {
  Memory memory;
  Layout layout;
  friend bool operator==(const Home&, const Home&) = default;
};
constexpr Home kRows{Memory::kA, Layout::kPixels}, kColumns{Memory::kB, Layout::kPixels},
    kSamples{Memory::kA, Layout::kChannels};

constexpr const char* text_of(const Home& home) {
  return home == kRows ? "pixels in A" : home == kColumns ? "pixels in B" : "channels in A";
}

bool is_gemm(const Node& node) { return node.op == Op::kLayer && !is_channelwise(node.layer); }

class Builder {
 public:
  Builder(const Network& network, const std::map<int, Arithmetic>& arithmetic,
          const ArrayConfig& config)
      : network_(network),
        arithmetic_(arithmetic),
        config_(config),
        count_(static_cast<int>(network.nodes.size())),
        users_(static_cast<size_t>(count_ + 1)),
        homes_(static_cast<size_t>(count_ + 1)),
        added_(static_cast<size_t>(count_), -1),
        tensor_(static_cast<size_t>(count_ + 1), -1) {}

  Stages build() {
    for (int i = 0; i < count_; ++i) {
      for (const int input : network_.nodes[i].inputs) users_[input + 1].push_back(i);
      check(i);
    }
    refuse();
    fuse_adds();
    refuse();
    for (int i = count_ - 1; i >= 0; --i) choose_homes(i);
    refuse();
    for (int i = 0; i < count_; ++i) append(i);
    for (size_t s = 0; s < result_.stages.size(); ++s) {
      const Stage& stage = result_.stages[s];
      result_.producer[stage.output] = static_cast<int>(s);
      for (const int tensor : {stage.input, stage.residual})
        if (tensor >= 0) result_.consumers[tensor].push_back(static_cast<int>(s));
    }
    return std::move(result_);
  }

 private:
  void problem(int node, const std::string& text) {
    problems_.push_back(fmt::format("{}: {}", network_.nodes[node].name, text));
  }
  void refuse() const {
    if (!problems_.empty()) throw InputError(problems_);
  }

  void check(int i) {
    const Node& node = network_.nodes[i];
    if (node.inputs.empty())
      problem(i,
              "has an input of its own, the accelerator runs networks whose nodes are connected");
    switch (node.op) {
      case Op::kLayer:
        check_layer(i);
        break;
      case Op::kAdd:
      case Op::kPool:
        break;
      default:
        problem(i, fmt::format("the accelerator has no {}, allowed are layers, add and pool",
                               to_string(node.op)));
    }
    if (node.activation == Activation::kHswish || node.activation == Activation::kHsigmoid)
      problem(i, fmt::format("its activation ({}) is no clamp, the accelerator has clamps only",
                             to_string(node.activation)));
    const auto how = arithmetic_.find(i);
    if (how != arithmetic_.end()) check_arithmetic(i, how->second);
  }

  void check_layer(int i) {
    const Layer& layer = network_.nodes[i].layer;
    const bool from_image =
        !network_.nodes[i].inputs.empty() && network_.nodes[i].inputs.front() == -1;
    if (layer.kind == LayerKind::kConv && !from_image)
      problem(i, fmt::format("a {} convolution over all channels, allowed on the accelerator are "
                             "pointwise and channel-wise ones, and any that reads the network's "
                             "input",
                             size_text(layer.kernel_h, layer.kernel_w)));
    if (is_channelwise(layer) && (layer.vertical().dilation > 1 || layer.horizontal().dilation > 1))
      problem(i, fmt::format("dilation {}, allowed on the accelerator is 1",
                             size_text(layer.dilation_h, layer.dilation_w)));
    if (layer.multiplier() > 1)
      problem(i, fmt::format("{} filters of each channel, allowed on the accelerator is 1",
                             layer.multiplier()));
    if (layer.kind == LayerKind::kPointwise &&
        (layer.stride_h > 1 || layer.stride_w > 1 || layer.padded_height() != layer.in_height ||
         layer.padded_width() != layer.in_width) &&
        !from_image)
      problem(i,
              "a pointwise layer with a stride or padding, allowed on the accelerator is stride "
              "1 without padding");
    if (const Shape shape = network_.input_of(network_.nodes[i]);
        shape != Shape{layer.in_channels, layer.in_height, layer.in_width})
      problem(i, fmt::format("reads {}x{}x{} as {} channels of {}x{}, the accelerator keeps shapes",
                             shape.channels, shape.height, shape.width, layer.in_channels,
                             layer.in_height, layer.in_width));
    if (!is_channelwise(layer) && layer.reduction() > config_.max_reduction)
      problem(i, fmt::format("sums {} products, allowed is {} (--max-reduction)", layer.reduction(),
                             config_.max_reduction));
  }

  void check_arithmetic(int i, const Arithmetic& how) {
    const Requantisation& by = how.requantisation;
    const int top = (1 << (config_.data_width - 1)) - 1;
    if (!by.table.empty()) problem(i, "its activation is a table, the accelerator has clamps only");
    if (by.low < -top - 1 || by.high > top)
      problem(i, fmt::format("its results are {} to {}, words of the accelerator are {} to {}",
                             by.low, by.high, -top - 1, top));
    if (network_.nodes[i].op != Op::kAdd) return;
    const Requantisation plain = no_requantisation(config_.data_width);
    const bool saturates = by.low == plain.low && by.high == plain.high &&
                           std::ranges::all_of(by.channels, [](const ChannelScale& scale) {
                             return scale == ChannelScale{};
                           });
    if (!saturates || std::ranges::any_of(how.factors, [](int factor) { return factor != 1; }))
      problem(i,
              "adds tensors of different scales or has an activation, the accelerator adds words "
              "as they are");
  }

  // An add is made where one of its operands is: by the move of the later pointwise layer that
  // nothing else reads.
  void fuse_adds() {
    for (int i = 0; i < count_; ++i) {
      const Node& node = network_.nodes[i];
      if (node.op != Op::kAdd) continue;
      const int maker = std::max(node.inputs[0], node.inputs[1]);
      const int other = std::min(node.inputs[0], node.inputs[1]);
      if (maker == other || maker < 0 || !is_gemm(network_.nodes[maker]) ||
          users_[maker + 1].size() != 1 || other >= maker)
        problem(i,
                "allowed on the accelerator is the sum of an earlier tensor and of a pointwise "
                "layer that nothing else reads");
      else
        added_[maker] = i;
    }
  }

  // The node whose tensor the gemm's results are.
  int result_of(int i) const { return added_[i] >= 0 ? added_[i] : i; }

  void want(int node, const Home& home, int by) {
    std::optional<Home>& now = homes_[node + 1];
    if (now && *now != home)
      problem(by, fmt::format("reads {} as {}, another needs it as {}",
                              node < 0 ? "the input" : network_.nodes[node].name, text_of(home),
                              text_of(*now)));
    now = home;
  }

  void choose_homes(int i) {
    const Node& node = network_.nodes[i];
    if (node.op == Op::kAdd) {
      if (!homes_[i + 1]) homes_[i + 1] = kRows;
      if (*homes_[i + 1] == kSamples)
        problem(i, "a channel-wise layer or a pool behind an add is not for the accelerator");
      want(std::min(node.inputs[0], node.inputs[1]), kRows, i);
      return;
    }
    if (!homes_[i + 1]) homes_[i + 1] = kRows;
    const Home& out = *homes_[result_of(i) + 1];
    const int input = node.inputs.front();
    if (is_gemm(node)) {
      want(input, out == kSamples ? kRows : kColumns, i);
      return;
    }
    if (out == kSamples)
      problem(i,
              "is read by a channel-wise layer or a pool, the accelerator needs a pointwise layer "
              "between");
    want(input, kSamples, i);
  }

  int add_tensor(Tensor tensor) {
    result_.tensors.push_back(std::move(tensor));
    result_.producer.push_back(-1);
    result_.consumers.emplace_back();
    return static_cast<int>(result_.tensors.size()) - 1;
  }
  int new_tensor(int node, const Shape& shape, const Home& home) {
    return add_tensor({.name = node < 0 ? "input" : network_.nodes[node].name,
                       .node = node,
                       .memory = home.memory,
                       .layout = home.layout,
                       .channels = shape.channels,
                       .height = shape.height,
                       .width = shape.width});
  }

  // The tensor that a node reads, loaded first where it is the network's input.
  int read(int i) {
    const Node& node = network_.nodes[i];
    const int from = node.inputs.front();
    if (from >= 0) return tensor_[from + 1];
    const Layer& layer = node.layer;
    const Home home = *homes_[0];
    if (node.op == Op::kLayer && is_gemm(node)) {
      const Shape shape{static_cast<int>(layer.reduction()), layer.out_height(), layer.out_width()};
      return load_input(shape, home, i);
    }
    if (tensor_[0] < 0) tensor_[0] = load_input(network_.input, home, -1);
    return tensor_[0];
  }

  int load_input(const Shape& shape, const Home& home, int reader) {
    const int from = new_tensor(-1, shape, home), to = new_tensor(-1, shape, home);
    result_.tensors[from].dram = true;
    result_.tensors[from].reader = reader;
    result_.stages.push_back({.kind = StageKind::kLoad, .input = from, .output = to});
    return to;
  }

  void append(int i) {
    const Node& node = network_.nodes[i];
    if (node.op == Op::kAdd) return;
    const int input = read(i), result = result_of(i);
    const Home home = *homes_[result + 1];
    Stage stage{.node = i, .input = input};
    if (is_gemm(node)) {
      stage.kind = home == kSamples ? StageKind::kToChannels : StageKind::kToPixels;
      if (result != i)
        stage.residual =
            tensor_[std::min(network_.nodes[result].inputs[0], network_.nodes[result].inputs[1]) +
                    1];
    } else {
      stage.kind = node.op == Op::kPool ? StageKind::kPool : StageKind::kStream;
    }
    stage.output = tensor_[result + 1] = new_tensor(result, node.shape, home);
    result_.stages.push_back(stage);
  }

  const Network& network_;
  const std::map<int, Arithmetic>& arithmetic_;
  const ArrayConfig& config_;
  int count_;
  std::vector<std::vector<int>> users_;     // by node + 1
  std::vector<std::optional<Home>> homes_;  // by node + 1
  std::vector<int> added_;                  // by node: the add that its move makes, or -1
  std::vector<int> tensor_;                 // by node + 1
  std::vector<std::string> problems_;
  Stages result_;
};

}  // namespace

Stages stages_of(const Network& network, const std::map<int, Arithmetic>& arithmetic,
                 const ArrayConfig& config) {
  return Builder(network, arithmetic, config).build();
}

}  // namespace rowcast::accelerator
