#include "sim/host/inference.h"

#include <algorithm>

#include "sim/host/reference.h"

namespace rowcast {
namespace {

using Tensor = std::shared_ptr<const std::vector<int16_t>>;

// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): a stream per seed, the same on every platform.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

Tensor requantised(std::span<const int64_t> sums, int shift, Activation activation, int width) {
  auto values = std::make_shared<std::vector<int16_t>>(sums.size());
  std::ranges::transform(sums, values->begin(),
                         [&](int64_t sum) { return requantise(sum, shift, activation, width); });
  return values;
}

Tensor pooled(const std::vector<int16_t>& input, const Shape& shape, int width) {
  // The average up to a power of two: sums are requantised like any others.
  const size_t plane = size_t(shape.height) * shape.width;
  std::vector<int64_t> sums(shape.channels);
  for (size_t c = 0; c < sums.size(); ++c)
    for (size_t i = 0; i < plane; ++i) sums[c] += input[c * plane + i];
  return requantised(sums, choose_shift(sums, Activation::kNone, width), Activation::kNone, width);
}

Tensor added(const std::vector<int16_t>& x, const std::vector<int16_t>& y, int width) {
  std::vector<int64_t> sums(x.size());
  for (size_t i = 0; i < sums.size(); ++i) sums[i] = int64_t{x[i]} + y[i];
  return requantised(sums, choose_shift(sums, Activation::kNone, width), Activation::kNone, width);
}

Tensor channel_scaled(const std::vector<int16_t>& x, const std::vector<int16_t>& scales, int width) {
  auto values = std::make_shared<std::vector<int16_t>>(x.size());
  const size_t plane = x.size() / scales.size();
  for (size_t i = 0; i < x.size(); ++i) (*values)[i] = scaled(x[i], scales[i / plane], width);
  return values;
}

}  // namespace

std::vector<int16_t> random_activations(uint64_t seed, int64_t count, int width) {
  Random random(seed);
  std::vector<int16_t> values(count);
  for (int16_t& value : values)
    value = static_cast<int16_t>(static_cast<int64_t>(random.next() >> (64 - width)) - (int64_t{1} << (width - 1)));
  return values;
}

std::vector<int16_t> random_weights(uint64_t seed, int64_t count, int width) {
  const int64_t top = (int64_t{1} << (width - 1)) - 1;
  Random random(seed);
  std::vector<int16_t> values(count);
  for (int16_t& value : values)
    value = static_cast<int16_t>(static_cast<int64_t>(random.next() % (2 * top + 1)) - top);
  return values;
}

void infer(const Network& network, const ArrayConfig& config, uint64_t seed, int threads,
           const std::function<void(LayerCase)>& visit) {
  const int width = config.data_width;
  // Last user of each node, so that tensors go when nobody needs them.
  std::vector<int> last_use(network.nodes.size(), -1);
  for (size_t i = 0; i < network.nodes.size(); ++i)
    for (const int input : network.nodes[i].inputs)
      if (input >= 0) last_use[input] = static_cast<int>(i);

  const Tensor image = std::make_shared<std::vector<int16_t>>(
      random_activations(seed, network.input.size(), width));
  std::vector<Tensor> values(network.nodes.size());
  const auto value_of = [&](int node) -> const Tensor& { return node < 0 ? image : values[node]; };
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    const Tensor& first = value_of(node.inputs.front());
    switch (node.op) {
      case Op::kPool: values[i] = pooled(*first, network.shape_of(node.inputs.front()), width); break;
      case Op::kAdd: values[i] = added(*first, *value_of(node.inputs[1]), width); break;
      case Op::kScale: values[i] = channel_scaled(*first, *value_of(node.inputs[1]), width); break;
      case Op::kLayer: {
        LayerCase layer{.node = static_cast<int>(i), .layer = &node.layer, .input = first};
        layer.weights = random_weights(seed ^ (0x5851f42d4c957f2du * (i + 1)), node.layer.weights(), config.weight_width);
        layer.golden = golden_outputs(node.layer, *first, layer.weights, threads);
        layer.shift = choose_shift(layer.golden, node.activation, width);
        layer.input_statistics = statistics(*first, width);
        values[i] = requantised(layer.golden, layer.shift, node.activation, width);
        visit(std::move(layer));
        break;
      }
    }
    for (const int input : node.inputs)
      if (input >= 0 && last_use[input] == static_cast<int>(i)) values[input].reset();
  }
}

}  // namespace rowcast
