#include "sim/accelerator/stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "generator/error.h"
#include "sim/accelerator/memories.h"

namespace rowcast::accelerator {
namespace {

struct Home {
  Memory memory;
  Layout layout;
  friend bool operator==(const Home&, const Home&) = default;
};
constexpr Home kRows{Memory::kA, Layout::kPixels}, kColumns{Memory::kB, Layout::kPixels},
    kSamples{Memory::kA, Layout::kChannels}, kTaps{Memory::kB, Layout::kChannels};

std::string text_of(const Home& home) {
  return fmt::format("{} in {}", home.layout == Layout::kPixels ? "pixels" : "channels",
                     to_string(home.memory));
}

bool is_gemm(const Node& node) { return node.op == Op::kLayer && !is_channelwise(node.layer); }

class Builder {
 public:
  Builder(const Network& network, const std::map<int, Arithmetic>& arithmetic,
          const AcceleratorConfig& config)
      : network_(network),
        arithmetic_(arithmetic),
        config_(config.array),
        tables_(config.tables),
        count_(static_cast<int>(network.nodes.size())),
        users_(static_cast<size_t>(count_ + 1)),
        homes_(static_cast<size_t>(count_ + 1)),
        samples_(static_cast<size_t>(count_ + 1)),
        added_(static_cast<size_t>(count_), -1),
        tensor_(static_cast<size_t>(count_ + 1), -1),
        turned_(static_cast<size_t>(count_ + 1), -1) {}

  Stages build() {
    for (int i = 0; i < count_; ++i) {
      for (const int input : network_.nodes[i].inputs) users_[input + 1].push_back(i);
      check(i);
    }
    refuse();
    fuse_adds();
    refuse();
    for (int i = count_ - 1; i >= -1; --i) choose_homes(i);
    refuse();
    for (int i = 0; i < count_; ++i) append(i);
    for (size_t s = 0; s < result_.stages.size(); ++s) {
      const Stage& stage = result_.stages[s];
      result_.producer[stage.output] = static_cast<int>(s);
      for (const int tensor : stage.reads())
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
      case Op::kScale: {
        const Shape &x = network_.input_of(node), &by = network_.shape_of(node.inputs[1]);
        if (by != Shape{x.channels, 1, 1})
          problem(i, "is a product of whole tensors, allowed on the accelerator is one by channel");
        break;
      }
      default:
        problem(i, fmt::format("the accelerator has no {}, allowed are layers, add, pool and scale",
                               to_string(node.op)));
    }
    check_table(i);
    const auto how = arithmetic_.find(i);
    if (how != arithmetic_.end()) check_arithmetic(i, how->second);
  }

  void check_table(int i) {
    const Activation activation = network_.nodes[i].activation;
    const auto how = arithmetic_.find(i);
    const bool given = how != arithmetic_.end() && !how->second.requantisation.table.empty();
    if (!given && activation != Activation::kHswish && activation != Activation::kHsigmoid) return;
    if (tables_ == 0)
      problem(i, fmt::format("its activation{} is no clamp and needs a table, the accelerator has "
                             "none (give it some with --tables)",
                             activation == Activation::kNone
                                 ? ""
                                 : fmt::format(" ({})", to_string(activation))));
    if (!given) return;
    const auto& table = how->second.requantisation.table;
    if (table.size() != size_t{1} << config_.data_width)
      problem(i,
              "its activation is a table for each channel, the accelerator's tables are for all");
    const int limit = 1 << (config_.data_width - 1);
    const auto [least, most] = std::ranges::minmax(table);
    if (least < -limit || most >= limit)
      problem(i, fmt::format("its activation gives {} to {}, words of the accelerator are {} to {}",
                             least, most, -limit, limit - 1));
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
      const auto shape = [&](int input) {
      return input < 0 ? network_.input : network_.nodes[input].shape;
    };
    if (shape(node.inputs[0]) != shape(node.inputs[1]))
      problem(i, "adds tensors of two shapes, allowed on the accelerator is one");
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
    if (home == kSamples) {
      samples_[node + 1] = true;
      return;
    }
    std::optional<Home>& now = homes_[node + 1];
    if (now && *now != home)
      problem(by, fmt::format("reads {} as {}, another needs it as {}",
                              node < 0 ? "the input" : network_.nodes[node].name, text_of(home),
                              text_of(*now)));
    now = home;
  }

  // What all its users want is known.
  void choose_home(int i) {
    std::optional<Home>& home = homes_[i + 1];
    // Only moves with pixels on the rows make channels, and the host; others' results are turned.
    const bool makes_channels = i < 0 || (is_gemm(network_.nodes[i]) && added_[i] < 0);
    if (samples_[i + 1] && !home && makes_channels) {
      home = kSamples;
    } else if (samples_[i + 1]) {
      if (i < 0 || (home && *home != kRows))
        problems_.push_back(fmt::format("{}: is needed as {}, and as {}",
                                        i < 0 ? "the input" : network_.nodes[i].name,
                                        text_of(kSamples), text_of(*home)));
      home = kRows;
    } else if (!home) {
      home = kRows;
    }
    if (*home == kTaps && !makes_channels)
      problem(i, "scales channels, the accelerator needs a pointwise layer's results there");
  }

  // And of the tensors that it reads.
  void choose_homes(int i) {
    choose_home(i);
    if (i < 0) return;
    const Node& node = network_.nodes[i];
    if (node.op == Op::kAdd) {
      want(std::min(node.inputs[0], node.inputs[1]), kRows, i);
    } else if (is_gemm(node)) {
      const bool to_channels = homes_[result_of(i) + 1]->layout == Layout::kChannels;
      want(node.inputs.front(), to_channels ? kRows : kColumns, i);
    } else {
      want(node.inputs.front(), kSamples, i);
      if (node.op == Op::kScale) want(node.inputs[1], kTaps, i);
    }
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
    if (!is_gemm(node) && turned_[from + 1] >= 0) return turned_[from + 1];
    if (from >= 0) return tensor_[from + 1];
    const Layer& layer = node.layer;
    const Home home = *homes_[0];
    if (node.op == Op::kLayer && is_gemm(node)) {
      const Shape shape{static_cast<int>(layer.reduction()), layer.out_height(), layer.out_width()};
      return load_input(shape, home, i);
    }
    return read_input();
  }
  int read_input() {
    if (tensor_[0] < 0) tensor_[0] = load_input(network_.input, *homes_[0], -1);
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
      stage.kind = home.layout == Layout::kChannels ? StageKind::kToChannels : StageKind::kToPixels;
      if (result != i)
        stage.residual =
            tensor_[std::min(network_.nodes[result].inputs[0], network_.nodes[result].inputs[1]) +
                    1];
    } else {
      stage.kind = node.op == Op::kPool ? StageKind::kPool : StageKind::kStream;
      if (node.op == Op::kScale)
        stage.taps = node.inputs[1] < 0 ? read_input() : tensor_[node.inputs[1] + 1];
    }
    stage.output = tensor_[result + 1] = new_tensor(result, node.shape, home);
    result_.stages.push_back(stage);
    if (home != kRows || !samples_[result + 1]) return;
    const int turned = turned_[result + 1] = new_tensor(result, node.shape, kSamples);
    result_.tensors[turned].name += " turned";
    result_.stages.push_back(
        {.kind = StageKind::kTurn, .node = result, .input = stage.output, .output = turned});
  }

  const Network& network_;
  const std::map<int, Arithmetic>& arithmetic_;
  const ArrayConfig& config_;
  int tables_;
  int count_;
  std::vector<std::vector<int>> users_;     // by node + 1
  std::vector<std::optional<Home>> homes_;  // by node + 1: where its tensor is made
  std::vector<bool> samples_;               // by node + 1: it is read as channels in A
  std::vector<int> added_;                  // by node: the add that its move makes, or -1
  std::vector<int> tensor_;                 // by node + 1
  std::vector<int> turned_;                 // by node + 1: the same as channels in A, or -1
  std::vector<std::string> problems_;
  Stages result_;
};

}  // namespace

Stages stages_of(const Network& network, const std::map<int, Arithmetic>& arithmetic,
                 const AcceleratorConfig& config) {
  return Builder(network, arithmetic, config).build();
}

}  // namespace rowcast::accelerator
