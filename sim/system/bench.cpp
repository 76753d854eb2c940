#include "sim/system/bench.h"

#include <fmt/format.h>

#include <bit>
#include <functional>
#include <optional>
#include <random>

#include "generator/error.h"
#include "sim/accelerator/compile.h"
#include "sim/system/interpreter.h"

namespace rowcast::accelerator {
namespace {

// One node behind the other.
class Chain {
 public:
  explicit Chain(const Shape& input) {
    network_.name = network_.title = "bench";
    network_.input = shape_ = input;
  }
  Chain& layer(LayerKind kind, int out, int kernel = 1, int stride = 1) {
    Layer layer{.name = fmt::format("layer{}", network_.nodes.size()),
                .kind = kind,
                .in_channels = shape_.channels,
                .in_height = shape_.height,
                .in_width = shape_.width,
                .out_channels = out,
                .kernel_h = kernel,
                .kernel_w = kernel,
                .stride_h = stride,
                .stride_w = stride};
    layer.pad_top = layer.pad_left = layer.pad_bottom = layer.pad_right = kernel / 2;
    shape_ = {out, layer.out_height(), layer.out_width()};
    return add({.name = layer.name, .layer = layer});
  }
  Chain& pool() {
    shape_ = {shape_.channels, 1, 1};
    return add({.name = "pool", .op = Op::kPool});
  }
  Network network() const {
    Network network = network_;
    if (const std::string error = infer_shapes(network); !error.empty())
      throw std::logic_error(error);
    return network;
  }

 private:
  Chain& add(Node node) {
    node.inputs = {static_cast<int>(network_.nodes.size()) - 1};
    network_.nodes.push_back(std::move(node));
    return *this;
  }
  Network network_;
  Shape shape_;
};

// Numbers of all words, and scales that bring sums back to words.
Values values_of(const Network& network, int width) {
  std::mt19937 random(1);
  const auto words = [&](int64_t count) {
    std::vector<int16_t> all;
    for (int64_t i = 0; i < count; ++i)
      all.push_back(
          static_cast<int16_t>(static_cast<int>(random() >> (32 - width)) - (1 << (width - 1))));
    return all;
  };
  Values values{.input = words(network.input.size())};
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    const int number = static_cast<int>(i);
    const bool layer = node.op == Op::kLayer;
    if (layer) values.weights[number] = words(node.layer.weights());
    const Shape before = network.input_of(node);
    const int64_t terms = layer ? node.layer.reduction() : int64_t{before.height} * before.width;
    // A sum of n random products is some sqrt(n) as large as one.
    const int spread = static_cast<int>(std::bit_width(static_cast<uint64_t>(terms))) / 2;
    values.arithmetic[number].requantisation =
        power_of_two(spread + (layer ? width - 2 : 0), node.activation, width);
  }
  return values;
}

std::optional<Bench> try_network(const Network& network, const SystemConfig& config) {
  Program program;
  try {
    program = compile(network, values_of(network, config.accelerator.array.data_width),
                      config.accelerator);
  } catch (const InputError&) {
    return std::nullopt;
  }
  Bench bench{.what = {}, .image = image_of(program, config)};
  bench.cycles = cycles_of(program);
  bench.region = region_of(bench.image, program, config);
  Bytes after = bench.region;
  Memories memories(config.accelerator);
  const Outcome outcome = interpret(bench.image.launch, config, 0, after, memories,
                                    [](std::span<const Part> ready) { return ready.front(); });
  if (outcome.code != 0) return std::nullopt;
  const int lanes = config.lanes();
  for (const TensorPlace& place : bench.image.tensors) {
    if (place.role == Role::kInput) continue;
    // Other words of its lines are nothing.
    const Tensor& tensor = program.tensors[static_cast<size_t>(place.tensor)];
    for (int channel = 0; channel < tensor.channels; ++channel)
      for (int i = 0; i < tensor.height * tensor.width; ++i)
        for (int byte = 0; byte < config.word_bytes(); ++byte) {
          const int d = tensor.pixel(i / tensor.width, i % tensor.width);
          const auto offset =
              static_cast<uint32_t>(static_cast<int>(place.offset) +
                                    tensor.address(channel, d, lanes) * config.line_bytes() +
                                    tensor.lane(channel, d, lanes) * config.word_bytes() + byte);
          bench.checks.push_back({offset, after[offset]});
        }
  }
  return bench;
}

}  // namespace

Bench bench_of(const SystemConfig& config) {
  const std::pair<const char*, Network> candidates[] = {
      {"a convolution, a depthwise and a pointwise layer, a pool and a fully connected layer",
       Chain({3, 9, 8})
           .layer(LayerKind::kConv, 6, 3, 2)
           .layer(LayerKind::kDepthwise, 6, 3)
           .layer(LayerKind::kPointwise, 9)
           .pool()
           .layer(LayerKind::kFc, 11)
           .network()},
      {"a convolution, a depthwise and a pointwise layer", Chain({3, 6, 6})
                                                               .layer(LayerKind::kConv, 5, 3, 2)
                                                               .layer(LayerKind::kDepthwise, 5, 3)
                                                               .layer(LayerKind::kPointwise, 4)
                                                               .network()},
      {"one pointwise layer", Chain({1, 2, 2}).layer(LayerKind::kPointwise, 1).network()}};
  for (const auto& [what, network] : candidates)
    if (std::optional<Bench> bench = try_network(network, config)) {
      bench->what = what;
      return std::move(*bench);
    }
  Program nothing;
  nothing.config = config.accelerator;
  Bench bench{.what = "no instructions: the memories are too small for any layer",
              .image = image_of(nothing, config)};
  bench.region = region_of(bench.image, nothing, config);
  return bench;
}

}  // namespace rowcast::accelerator
