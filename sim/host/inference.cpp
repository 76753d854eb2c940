#include "sim/host/inference.h"

#include <fmt/format.h>

#include <algorithm>

#include "generator/error.h"
#include "sim/formats/npy.h"
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

// What random values are requantised by.
Requantisation choose(const Node& node, std::span<const int64_t> sums, int width,
                      bool saturating_adds) {
  if (node.op == Op::kAdd && saturating_adds) return no_requantisation(width);
  switch (node.op) {
    case Op::kScale:  // the second factor is 0 to qmax, which stands for 1
      return power_of_two(width - 1, Activation::kNone, width);
    case Op::kMaxPool:
    case Op::kConcat:
    case Op::kGather:
      return no_requantisation(width);
    default:
      return power_of_two(choose_shift(sums, node.activation, width), node.activation, width);
  }
}

// A layer's name as part of a file's.
std::string file_name(std::string name) {
  for (char& c : name)
    if (static_cast<unsigned char>(c) < ' ' ||
        std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos)
      c = '_';
  return name;
}

uint64_t seed_of(uint64_t seed, uint64_t factor, size_t node) {
  return seed ^ (factor * (node + 1));
}

}  // namespace

std::string dump_name(int number, const Layer& layer, const std::string& tensor) {
  return fmt::format("{:02}_{}_{}.npy", number, file_name(layer.name), tensor);
}

std::vector<std::string> dump_names(int number, const Layer& layer) {
  std::vector<std::string> names;
  for (const char* tensor : {"input", "weights", "golden", "rtl"})
    names.push_back(dump_name(number, layer, tensor));
  return names;
}

std::vector<int> weights_shape(const Layer& layer) {
  switch (layer.kind) {
    case LayerKind::kDepthwise:
      return {layer.out_channels, layer.kernel_h, layer.kernel_w};
    case LayerKind::kFuse:
      return {layer.out_channels, layer.kernel_w};
    default:
      return {layer.out_channels, layer.in_channels, layer.kernel_h, layer.kernel_w};
  }
}

GivenValues read_values(const Network& network, const ArrayConfig& config,
                        const std::filesystem::path& weights, const std::filesystem::path& input) {
  namespace fs = std::filesystem;
  GivenValues given;
  std::vector<std::string> problems;
  const auto read = [&](std::map<int, std::vector<int16_t>>& values, int node, const fs::path& path,
                        const std::vector<int>& shape, int width) {
    try {
      values[node] = read_npy(path, shape, width);
    } catch (const InputError& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  };
  if (!weights.empty()) {
    std::error_code code;
    if (!fs::is_directory(weights, code))
      throw InputError(fmt::format(
          "{}: is no folder, a folder with .npy files of weights is needed", weights.string()));
    int number = 0, found = 0;
    std::string example;
    for (size_t i = 0; i < network.nodes.size(); ++i) {
      const Node& node = network.nodes[i];
      if (node.op != Op::kLayer) continue;
      const fs::path plain = weights / (file_name(node.layer.name) + ".npy");
      const fs::path dumped = weights / dump_name(++number, node.layer, "weights");
      if (example.empty())
        example = fmt::format("{} or {}", plain.filename().string(), dumped.filename().string());
      const bool has_plain = fs::exists(plain, code), has_dumped = fs::exists(dumped, code);
      if (!has_plain && !has_dumped) continue;
      ++found;
      if (has_plain && has_dumped)
        problems.push_back(fmt::format("{}: there is {}, too, allowed is one of them",
                                       plain.string(), dumped.filename().string()));
      else
        read(given.weights, static_cast<int>(i), has_plain ? plain : dumped,
             weights_shape(node.layer), config.weight_width);
    }
    if (found == 0)
      problems.push_back(fmt::format("{}: has no layer's weights, allowed are files named like {}",
                                     weights.string(), example));
  }
  if (!input.empty()) {
    const auto own = [](const Node& node) { return node.inputs.empty(); };
    const auto count = std::ranges::count_if(network.nodes, own);
    if (count == 0) {
      const Shape& shape = network.input;
      read(given.inputs, -1, input, {shape.channels, shape.height, shape.width}, config.data_width);
    } else if (count == 1 && network.nodes.size() == 1) {
      const Shape shape = network.input_of(network.nodes.front());
      read(given.inputs, 0, input, {shape.channels, shape.height, shape.width}, config.data_width);
    } else {
      problems.push_back(fmt::format(
          "{}: there are {} layers with an input of their own, allowed is a network with one input",
          input.string(), count));
    }
  }
  if (!problems.empty()) throw InputError(std::move(problems));
  return given;
}

std::vector<int16_t> random_activations(uint64_t seed, int64_t count, int width) {
  Random random(seed);
  std::vector<int16_t> values(count);
  for (int16_t& value : values)
    value = static_cast<int16_t>(static_cast<int64_t>(random.next() >> (64 - width)) -
                                 (int64_t{1} << (width - 1)));
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

std::vector<bool> needed_nodes(const Network& network, std::span<const int> wanted) {
  std::vector<bool> needed(network.nodes.size(), wanted.empty());
  for (const int node : wanted)
    if (node >= 0) needed[node] = true;
  for (size_t i = needed.size(); i-- > 0;)  // inputs come before their users
    if (needed[i])
      for (const int input : network.nodes[i].inputs)
        if (input >= 0) needed[input] = true;
  return needed;
}

std::vector<std::vector<int16_t>> infer(const Network& network, const ArrayConfig& config,
                                        uint64_t seed, int threads,
                                        const std::function<void(LayerCase)>& visit,
                                        const GivenValues& given, std::span<const int> wanted,
                                        std::span<const int> kept,
                                        std::map<int, Arithmetic>* used) {
  const int width = config.data_width;
  const std::vector<bool> needed = needed_nodes(network, wanted);
  // Last user of each node, so that tensors go when nobody needs them.
  std::vector<int> last_use(network.nodes.size(), -1);
  for (size_t i = 0; i < network.nodes.size(); ++i)
    for (const int input : network.nodes[i].inputs)
      if (input >= 0 && needed[i]) last_use[input] = static_cast<int>(i);
  for (const int node : kept)
    if (node >= 0) last_use[node] = static_cast<int>(network.nodes.size());

  const auto input = [&](int node, uint64_t own_seed, int64_t size) -> Tensor {
    const auto it = given.inputs.find(node);
    return std::make_shared<std::vector<int16_t>>(
        it != given.inputs.end() ? it->second : random_activations(own_seed, size, width));
  };
  const Arithmetic none;
  const Tensor image = input(-1, seed, network.input.size());
  std::vector<Tensor> values(network.nodes.size());
  const auto value_of = [&](int node) -> const Tensor& { return node < 0 ? image : values[node]; };
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    if (!needed[i]) continue;
    const Node& node = network.nodes[i];
    const Tensor first =
        node.inputs.empty()
            ? input(static_cast<int>(i), seed_of(seed, 0xda942042e4dd58b5u, i), node.layer.inputs())
            : value_of(node.inputs.front());
    const auto given_arithmetic = given.arithmetic.find(static_cast<int>(i));
    const bool chosen = given_arithmetic == given.arithmetic.end();
    const Arithmetic& arithmetic = chosen ? none : given_arithmetic->second;
    const auto hand_on = [&](std::span<const int64_t> sums) {
      if (last_use[i] < 0) return;
      Arithmetic how = arithmetic;
      if (chosen) how.requantisation = choose(node, sums, width, given.saturating_adds);
      values[i] = std::make_shared<std::vector<int16_t>>(
          requantise(sums, how.requantisation, node.shape.channels, width));
      if (used) (*used)[static_cast<int>(i)] = std::move(how);
    };
    if (node.op == Op::kLayer) {
      LayerCase layer;
      layer.node = static_cast<int>(i);
      layer.layer = &node.layer;
      layer.input = first;
      const auto weights = given.weights.find(static_cast<int>(i));
      layer.weights = weights != given.weights.end()
                          ? weights->second
                          : random_weights(seed_of(seed, 0x5851f42d4c957f2du, i),
                                           node.layer.weights(), config.weight_width);
      layer.golden = golden_outputs(node.layer, *first, layer.weights, threads);
      layer.input_statistics = statistics(*first, width);
      hand_on(layer.golden);
      visit(std::move(layer));
    } else {
      std::vector<std::span<const int16_t>> operands;
      for (const int operand : node.inputs) operands.emplace_back(*value_of(operand));
      hand_on(host_sums(network, node, arithmetic, operands));
    }
    for (const int input : node.inputs)
      if (input >= 0 && last_use[input] == static_cast<int>(i)) values[input].reset();
  }
  std::vector<std::vector<int16_t>> words;
  for (const int node : kept) words.push_back(*value_of(node));
  return words;
}

}  // namespace rowcast
