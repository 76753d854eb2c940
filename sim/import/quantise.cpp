#include "sim/import/quantise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "generator/error.h"
#include "sim/onnx/operators.h"

namespace rowcast {
namespace {

// How large values are: a histogram over 1/64 octaves, so that percentiles are within 1 %.
class Magnitudes {
 public:
  void add(float value) {
    low_ = std::min<double>(low_, value);
    high_ = std::max<double>(high_, value);
    ++count_;
    if (value != 0) ++bins_[bin_of(std::fabs(value))];
  }
  double low() const { return count_ == 0 ? 0 : low_; }
  double high() const { return count_ == 0 ? 0 : high_; }
  double most() const { return std::max(std::fabs(low()), std::fabs(high())); }
  // What so many percent of the magnitudes do not exceed.
  double percentile(double percent) const {
    if (percent >= 100) return most();
    const auto above = static_cast<int64_t>((1 - percent / 100) * static_cast<double>(count_));
    int64_t seen = 0;
    for (size_t bin = bins_.size(); bin-- > 0;) {
      seen += bins_[bin];
      if (seen > above)
        return std::min(most(), std::exp2((static_cast<double>(bin) + 1) / 64 - 32));
    }
    return 0;
  }

 private:
  static size_t bin_of(float magnitude) {
    return static_cast<size_t>(std::clamp((std::log2(magnitude) + 32) * 64, 0.0f, 4095.0f));
  }
  std::vector<int64_t> bins_ = std::vector<int64_t>(4096);
  double low_ = INFINITY, high_ = -INFINITY;
  int64_t count_ = 0;
};

// What calibration knows of a node, or of the input.
struct Calibration {
  Magnitudes output;
  std::vector<double> input_sums;  // of a layer: per input channel, to be divided by input_count
  int64_t input_count = 0;
  // Of a node with a table: values before it, a sample, with the channel of each.
  std::vector<float> before;
  std::vector<int> channels;
  double most_before = 0;  // of all, not only of the sample
};
constexpr size_t kSamplesPerInput = 4096;

constexpr int kMostFactor = 1 << 15;  // of kAdd and kConcat

// Nodes whose words have the scale of their operands'.
bool keeps_scale(Op op) { return op == Op::kMaxPool || op == Op::kGather; }

// Nodes that share a scale, -1 (the network's input) among them; and the ranges of each group.
class Scales {
 public:
  explicit Scales(std::vector<double> ranges) : least_(ranges), most_(std::move(ranges)) {
    parent_.resize(most_.size());
    std::iota(parent_.begin(), parent_.end(), 0);
  }
  void join(int x, int y) { join(find(index(x)), find(index(y))); }
  // Unless the smaller ranges would lose more than a bit.
  void join_alike(int x, int y) {
    const size_t a = find(index(x)), b = find(index(y));
    if (std::max(most_[a], most_[b]) <= 2 * std::min(least_[a], least_[b])) join(a, b);
  }
  double range(int node) { return most_[find(index(node))]; }
  bool alone(int node) {
    const size_t group = find(index(node));
    size_t members = 0;
    for (size_t i = 0; i < parent_.size(); ++i) members += find(i) == group;
    return members == 1;
  }

 private:
  static size_t index(int node) { return static_cast<size_t>(node + 1); }
  size_t find(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(size_t a, size_t b) {
    parent_[a] = b;
    least_[b] = std::min(least_[a], least_[b]);
    most_[b] = std::max(most_[a], most_[b]);
  }
  std::vector<size_t> parent_;
  std::vector<double> least_, most_;
};

enum class Rounding { kDown, kNearest, kUp };

// factor = scale * 2^-(pre+post), its scale with 8 bits. `exact` is what it became. With a post
// below kMaxPost what comes out is wider: it has up to 15 - post bits more than a word.
ChannelScale channel_scale(double factor, Rounding rounding, double& exact,
                           int most_post = kMaxPost) {
  ChannelScale result;
  int shift = 0;
  double scale = factor;
  while (scale < 128 && shift < kMaxPre + most_post) scale *= 2, ++shift;
  result.scale = static_cast<int>(rounding == Rounding::kUp     ? std::ceil(scale - 1e-9)
                                  : rounding == Rounding::kDown ? std::floor(scale + 1e-9)
                                                                : std::nearbyint(scale));
  if (result.scale > 255 && shift > 0) result.scale = 128, --shift;
  result.scale = std::clamp(result.scale, 128, 255);
  result.post = std::min(shift, most_post);
  result.pre = shift - result.post;
  exact = std::ldexp(result.scale, -shift);
  return result;
}

// The values of the nodes' sums, and behind their functions.
struct FloatNode {
  std::vector<float> sums, values;
};
std::vector<FloatNode> float_nodes(const onnx::Graph& graph, const Lowered& lowered,
                                   std::span<const float> given) {
  const onnx::Value& first = graph.values[graph.inputs[0]];
  const std::vector<onnx::Value> values =
      onnx::evaluate(graph, {{first.type, first.dims, {given.begin(), given.end()}, {}}});
  const std::vector<float> input = network_input(lowered, given);
  std::vector<FloatNode> nodes(lowered.nodes.size());
  const Network& network = lowered.network;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const LoweredNode& node = lowered.nodes[i];
    std::vector<float>& sums = nodes[i].sums;
    const auto operand = [&](size_t k) -> const std::vector<float>& {
      const int from = network.nodes[i].inputs[k];
      return from < 0 ? input : nodes[from].values;
    };
    if (node.value >= 0) {
      const std::vector<float>& reals = values[node.value].constant->reals;
      if (node.order.empty()) {
        sums = reals;
      } else {
        for (const int32_t from : node.order) sums.push_back(reals[from]);
      }
    } else if (!node.indices.empty()) {
      for (const int32_t from : node.indices) sums.push_back(from < 0 ? 0 : operand(0)[from]);
    } else {
      for (size_t k = 0; k < network.nodes[i].inputs.size(); ++k)
        sums.insert(sums.end(), operand(k).begin(), operand(k).end());
    }
    nodes[i].values = node.function(sums, network.nodes[i].shape.channels);
  }
  return nodes;
}

class Quantiser {
 public:
  Quantiser(const onnx::Graph& graph, const Lowered& lowered, const QuantiseOptions& options)
      : graph_(graph),
        lowered_(lowered),
        network_(lowered.network),
        options_(options),
        top_((1 << (options.data_width - 1)) - 1),
        weight_top_((1 << (options.weight_width - 1)) - 1),
        of_nodes_(network_.nodes.size()) {
    for (size_t i = 0; i < network_.nodes.size(); ++i)
      parts_.push_back(lowered.nodes[i].function.parts(network_.nodes[i].shape.channels));
    extra_bits_.resize(network_.nodes.size());
    for (size_t i = 0; i < network_.nodes.size(); ++i)
      if (!has_table(i) && is_last_layer(network_, static_cast<int>(i)))
        extra_bits_[i] = extra_bits(options.data_width);
  }

  Quantised run(const std::vector<std::vector<float>>& inputs,
                const std::function<void(size_t)>& progress) {
    if (inputs.empty())
      throw InputError("calibration: there are no inputs, at least one is needed");
    for (size_t i = 0; i < inputs.size(); ++i) {
      calibrate(inputs[i]);
      if (progress) progress(i + 1);
    }
    choose_scales();
    for (size_t i = 0; i < network_.nodes.size(); ++i) quantise_node(i);
    return std::move(result_);
  }

 private:
  // The largest word that node i hands on.
  int top_of(size_t i) const { return ((top_ + 1) << extra_bits_[i]) - 1; }

  bool has_table(size_t i) const {
    return network_.nodes[i].op != Op::kMap && !parts_[i].rest.is_identity();
  }

  void calibrate(std::span<const float> given) {
    const std::vector<float> input = network_input(lowered_, given);
    const std::vector<FloatNode> nodes = float_nodes(graph_, lowered_, given);
    for (const float value : input) of_input_.output.add(value);
    for (size_t i = 0; i < nodes.size(); ++i) {
      const Node& node = network_.nodes[i];
      Calibration& known = of_nodes_[i];
      for (const float value : nodes[i].values) {
        if (!std::isfinite(value))
          throw InputError(fmt::format("{}: {}: a value is not finite in calibration", graph_.file,
                                       lowered_.nodes[i].source));
        known.output.add(value);
      }
      if (node.op == Op::kLayer) {
        const std::vector<float>& x = node.inputs[0] < 0 ? input : nodes[node.inputs[0]].values;
        const size_t channels = node.layer.in_channels, plane = x.size() / channels;
        known.input_sums.resize(channels);
        for (size_t k = 0; k < x.size(); ++k) known.input_sums[k / plane] += x[k];
        known.input_count += static_cast<int64_t>(plane);
      }
      if (has_table(i)) {
        const std::vector<float>& sums = nodes[i].sums;
        const size_t step = std::max<size_t>(1, sums.size() / kSamplesPerInput);
        const size_t plane = sums.size() / node.shape.channels;
        for (size_t k = 0; k < sums.size(); ++k) {
          const size_t c = k / plane;
          const double before = parts_[i].affine.a[c] * sums[k] + parts_[i].affine.b[c];
          known.most_before = std::max(known.most_before, std::fabs(before));
          if (k % step != 0) continue;
          known.before.push_back(static_cast<float>(before));
          known.channels.push_back(static_cast<int>(c));
        }
      }
    }
  }

  void choose_scales() {
    std::vector<double> ranges = {of_input_.output.percentile(options_.percentile)};
    for (const Calibration& node : of_nodes_)
      ranges.push_back(node.output.percentile(options_.percentile));
    Scales scales(std::move(ranges));
    for (size_t i = 0; i < network_.nodes.size(); ++i)
      if (keeps_scale(network_.nodes[i].op))
        scales.join(static_cast<int>(i), network_.nodes[i].inputs[0]);
    // One scale along residual chains, and for what is put together: then nothing is rescaled.
    for (size_t i = 0; i < network_.nodes.size(); ++i)
      if (const Op op = network_.nodes[i].op; op == Op::kAdd || op == Op::kConcat)
        for (const int input : network_.nodes[i].inputs)
          scales.join_alike(static_cast<int>(i), input);
    const auto scale_of = [&](int node) {
      const double range = scales.range(node);
      return range > 0 ? range / top_ : 1.0 / top_;
    };
    for (size_t i = 0; i < network_.nodes.size(); ++i)
      alone_.push_back(scales.alone(static_cast<int>(i)));
    result_.input_scale = scale_of(-1);
    for (size_t i = 0; i < network_.nodes.size(); ++i)
      result_.nodes.push_back({.scale = scale_of(static_cast<int>(i)),
                               .low = of_nodes_[i].output.low(),
                               .high = of_nodes_[i].output.high()});
    for (size_t i = 0; i < network_.nodes.size(); ++i)
      if (extra_bits_[i] > 0) result_.nodes[i].scale = wide_scale(i);
  }

  // Twice the largest value that was seen has a word, and no word is finer than the sums.
  double wide_scale(size_t i) const {
    const Node& node = network_.nodes[i];
    const double in = scale_of(node.inputs[0]);
    double scale = 2 * of_nodes_[i].output.most() / top_of(i);
    const std::vector<float>& weights = lowered_.nodes[i].weights;
    const size_t taps = weights.size() / node.layer.out_channels;
    for (size_t k = 0; k < weights.size(); ++k)
      scale =
          std::max(scale, in * std::fabs(parts_[i].affine.a[k / taps] * weights[k]) / weight_top_);
    return scale > 0 ? scale : 1.0 / top_;
  }

  double scale_of(int node) const {
    return node < 0 ? result_.input_scale : result_.nodes[node].scale;
  }

  void quantise_node(size_t i) {
    const Node& node = network_.nodes[i];
    const LoweredNode& lowered = lowered_.nodes[i];
    QuantisedNode& result = result_.nodes[i];
    Arithmetic& arithmetic = result.arithmetic;
    arithmetic.requantisation = no_requantisation(options_.data_width);
    arithmetic.indices = lowered.indices;
    if (node.op == Op::kMap) {
      arithmetic.requantisation.table =
          table_of(i, lowered.function, scale_of(node.inputs[0]), result.scale);
      return;
    }
    // What a word means before the table, if there is one.
    double scale = has_table(i) ? scale_before_table(i) : result.scale;
    if (node.op == Op::kPool || node.op == Op::kAveragePool || node.op == Op::kScale) {
      // A scale of its own grows by under 1 %, so that the factor is exact.
      double factor = 0;
      channel_scale(scale_of_sums(node) / scale, Rounding::kDown, factor);
      if (has_table(i) || alone_[i]) scale = scale_of_sums(node) / factor;
      if (alone_[i] && !has_table(i)) result.scale = scale;
    }
    clamp(i, scale);
    if (node.op == Op::kLayer)
      quantise_layer(i, scale);
    else if (!keeps_scale(node.op))
      quantise_sums(i, scale);
    if (has_table(i))
      arithmetic.requantisation.table = table_of(i, parts_[i].rest, scale, result.scale);
  }

  void clamp(size_t i, double scale) {
    Requantisation& how = result_.nodes[i].arithmetic.requantisation;
    const auto word = [&](double value, int otherwise) {
      return std::isinf(value) ? otherwise
                               : static_cast<int>(std::clamp<double>(std::nearbyint(value / scale),
                                                                     -top_of(i) - 1, top_of(i)));
    };
    how.low = word(parts_[i].low, -top_of(i) - 1);
    how.high = word(parts_[i].high, top_of(i));
  }

  void quantise_layer(size_t i, double scale) {
    const Node& node = network_.nodes[i];
    const LoweredNode& lowered = lowered_.nodes[i];
    const Function::Affine& affine = parts_[i].affine;
    QuantisedNode& result = result_.nodes[i];
    const double in = scale_of(node.inputs[0]);
    const size_t channels = node.layer.out_channels, taps = lowered.weights.size() / channels;
    result.weights.resize(lowered.weights.size());
    std::vector<double> most(channels);
    for (size_t k = 0; k < lowered.weights.size(); ++k)
      most[k / taps] = std::max(most[k / taps], std::fabs(affine.a[k / taps] * lowered.weights[k]));
    if (options_.per_tensor) std::ranges::fill(most, *std::ranges::max_element(most));
    auto& scales = result.arithmetic.requantisation.channels;
    scales.assign(channels, {});
    const int most_post = kMaxPost - extra_bits_[i];
    for (size_t c = 0; c < channels; ++c) {
      double bias = (lowered.bias.empty() ? 0.0 : lowered.bias[c]) * affine.a[c] + affine.b[c];
      // A channel without weights, or with a bias far beyond them, has coarser weights than it
      // might.
      constexpr double kMostBias = 1 << 30;
      double weight = most[c] / weight_top_;
      if (weight == 0) weight = std::ldexp(scale / in, -10);
      weight = std::max({weight, std::fabs(bias) / in / kMostBias,
                         std::ldexp(scale / in, 7 - kMaxPre - most_post)});
      double factor = 0;
      scales[c] = channel_scale(in * weight / scale, Rounding::kUp, factor, most_post);
      weight = factor * scale / in;
      double added = 0;  // by rounding the weights, to the mean of the sums
      for (size_t k = c * taps; k < (c + 1) * taps; ++k) {
        const double exact = affine.a[c] * lowered.weights[k];
        const double rounded =
            std::clamp<double>(std::nearbyint(exact / weight), -weight_top_, weight_top_);
        result.weights[k] = static_cast<int16_t>(rounded);
        added += (rounded * weight - exact) * mean_input(i, c, k - c * taps);
      }
      if (options_.correct_biases) bias -= added;
      scales[c].bias = static_cast<int32_t>(
          std::clamp<double>(std::nearbyint(bias / (in * weight)), INT32_MIN, INT32_MAX));
    }
  }

  // The mean of what tap `tap` of an output channel meets.
  double mean_input(size_t i, size_t channel, size_t tap) const {
    const Layer& layer = network_.nodes[i].layer;
    const size_t window = size_t(layer.kernel_h) * layer.kernel_w;
    const size_t from = layer.kind == LayerKind::kDepthwise
                            ? channel / (layer.out_channels / layer.in_channels)
                            : tap / window;
    return of_nodes_[i].input_sums[from] / static_cast<double>(of_nodes_[i].input_count);
  }

  // What 1 stands for in the sums of a pool or a product, or where all operands have one scale.
  double scale_of_sums(const Node& node) const {
    const double first = scale_of(node.inputs[0]);
    const Shape in = network_.input_of(node);
    switch (node.op) {
      case Op::kPool:
        return first / (static_cast<double>(in.height) * in.width);
      case Op::kAveragePool:
        return first / (static_cast<double>(node.window.kernel_h) * node.window.kernel_w);
      case Op::kScale:
        return first * scale_of(node.inputs[1]);
      default:
        return first;
    }
  }

  // Additions, pools, products.
  void quantise_sums(size_t i, double scale) {
    const Node& node = network_.nodes[i];
    const Function::Affine& affine = parts_[i].affine;
    Arithmetic& arithmetic = result_.nodes[i].arithmetic;
    const bool has_bias = std::ranges::any_of(affine.b, [](double b) { return b != 0; });
    double sum = scale_of_sums(node);
    if (node.op == Op::kAdd || node.op == Op::kConcat) {
      const std::vector<int>& signs = lowered_.nodes[i].factors;
      if (!has_bias && sum == scale &&
          std::ranges::all_of(node.inputs, [&](int k) { return scale_of(k) == sum; })) {
        arithmetic.factors = signs;
      } else {
        sum = std::ldexp(scale, -15);  // a power of two: the way back is exact
        for (const int input : node.inputs)
          while (scale_of(input) / sum > kMostFactor) sum *= 2;
        for (size_t k = 0; k < node.inputs.size(); ++k)
          arithmetic.factors.push_back(
              static_cast<int>(std::lround(scale_of(node.inputs[k]) / sum)) *
              (signs.empty() ? 1 : signs[k]));
      }
    }
    auto& scales = arithmetic.requantisation.channels;
    const bool one = std::ranges::count(affine.a, affine.a[0]) == std::ssize(affine.a) && !has_bias;
    scales.assign(one ? 1 : affine.a.size(), {});
    for (size_t c = 0; c < scales.size(); ++c) {
      double exact = 0;
      scales[c] = channel_scale(sum * affine.a[c] / scale, Rounding::kNearest, exact);
      scales[c].bias = static_cast<int32_t>(std::clamp<double>(
          std::nearbyint(affine.b[c] / (sum * affine.a[c])), INT32_MIN, INT32_MAX));
    }
  }

  // Of every word with scale `in`, the word with scale `out` that the function makes of it.
  std::vector<int16_t> table_of(size_t i, const Function& function, double in, double out) const {
    const int64_t channels = network_.nodes[i].shape.channels;
    const size_t words = size_t{1} << options_.data_width;
    std::vector<float> values(words * channels);
    for (size_t k = 0; k < values.size(); ++k)
      values[k] = static_cast<float>(in * (static_cast<double>(k % words) - top_ - 1));
    const std::vector<float> results = function(values, channels);
    std::vector<int16_t> table(results.size());
    for (size_t k = 0; k < results.size(); ++k)
      table[k] = static_cast<int16_t>(
          std::clamp<double>(std::nearbyint(results[k] / out), -top_ - 1, top_));
    bool alike = true;
    for (size_t k = words; k < table.size() && alike; ++k) alike = table[k] == table[k % words];
    if (alike) table.resize(words);
    return table;
  }

  // The scale of the words before a table with which the words behind it are nearest to the
  // function's values: a gate that ends at 3 needs no words beyond.
  double scale_before_table(size_t i) const {
    const Calibration& known = of_nodes_[i];
    const int64_t channels = network_.nodes[i].shape.channels;
    const double most = known.most_before;
    if (most == 0) return 1.0 / top_;
    // The wanted values, each by its channel's function.
    std::vector<std::vector<float>> by_channel(channels);
    for (size_t k = 0; k < known.before.size(); ++k)
      by_channel[known.channels[k]].push_back(known.before[k]);
    size_t longest = 0;
    for (const auto& list : by_channel) longest = std::max(longest, list.size());
    std::vector<float> padded(longest * channels);
    for (int64_t c = 0; c < channels; ++c)
      std::ranges::copy(by_channel[c], padded.begin() + c * static_cast<int64_t>(longest));
    const std::vector<float> wanted = parts_[i].rest(padded, channels);
    const size_t words = size_t{1} << options_.data_width;
    double best = INFINITY, best_scale = most / top_;
    for (int step = 0; step <= 24; ++step) {
      const double scale = most * std::exp2(-step / 4.0) / top_;
      const std::vector<int16_t> table =
          table_of(i, parts_[i].rest, scale, scale_of(static_cast<int>(i)));
      double error = 0;
      for (int64_t c = 0; c < channels; ++c)
        for (size_t k = 0; k < by_channel[c].size(); ++k) {
          const double word =
              std::clamp<double>(std::nearbyint(by_channel[c][k] / scale), -top_ - 1, top_);
          const size_t row = table.size() == words ? 0 : c * words;
          const double got =
              table[row + static_cast<size_t>(word + top_ + 1)] * scale_of(static_cast<int>(i));
          error += (got - wanted[c * longest + k]) * (got - wanted[c * longest + k]);
        }
      if (error < best) best = error, best_scale = scale;
    }
    return best_scale;
  }

  const onnx::Graph& graph_;
  const Lowered& lowered_;
  const Network& network_;
  const QuantiseOptions& options_;
  const int top_, weight_top_;  // the largest words
  std::vector<Function::Parts> parts_;
  Calibration of_input_;
  std::vector<Calibration> of_nodes_;
  std::vector<int> extra_bits_;  // by node: of its words, beyond the array's
  std::vector<bool> alone_;      // by node: nothing else has its scale
  Quantised result_;
};

}  // namespace

std::vector<float> network_input(const Lowered& lowered, std::span<const float> input) {
  std::vector<float> values = lowered.input_function(input, lowered.input_channels);
  if (lowered.input_indices.empty()) return values;
  std::vector<float> moved;
  for (const int32_t from : lowered.input_indices) moved.push_back(values[from]);
  return moved;
}

std::vector<std::vector<float>> float_values(const onnx::Graph& graph, const Lowered& lowered,
                                             std::span<const float> input) {
  std::vector<std::vector<float>> values;
  for (FloatNode& node : float_nodes(graph, lowered, input))
    values.push_back(std::move(node.values));
  return values;
}

Quantised quantise(const onnx::Graph& graph, const Lowered& lowered,
                   const std::vector<std::vector<float>>& inputs, const QuantiseOptions& options,
                   const std::function<void(size_t)>& progress) {
  try {
    return Quantiser(graph, lowered, options).run(inputs, progress);
  } catch (const onnx::NodeError& error) {
    throw InputError(fmt::format("{}: {}", graph.file, error.what()));
  }
}

void equalise(const onnx::Graph& graph, Lowered& lowered,
              const std::vector<std::vector<float>>& inputs) {
  constexpr size_t kInputs = 8;
  const Network& network = lowered.network;
  // The one convolution that reads each node's words, or -1.
  std::vector<int> reader(network.nodes.size(), -1), readers(network.nodes.size());
  for (size_t i = 0; i < network.nodes.size(); ++i)
    for (const int input : network.nodes[i].inputs)
      if (input >= 0) reader[input] = static_cast<int>(i), ++readers[input];
  for (const Handover& handover : lowered.handovers)
    if (handover.node >= 0) ++readers[handover.node];
  std::vector<std::vector<float>> most(network.nodes.size());  // by channel
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    if (node.op != Op::kLayer || readers[i] != 1) continue;
    const Node& next = network.nodes[reader[i]];
    const Function::Parts parts = lowered.nodes[i].function.parts(node.shape.channels);
    const LayerKind kind = next.layer.kind;
    if (next.op == Op::kLayer && (kind == LayerKind::kPointwise || kind == LayerKind::kConv) &&
        next.layer.in_channels == node.shape.channels && parts.rest.is_identity() &&
        std::isinf(parts.high) && (std::isinf(parts.low) || parts.low == 0))
      most[i].resize(node.shape.channels);
  }
  for (size_t k = 0; k < std::min(kInputs, inputs.size()); ++k) {
    const auto values = float_values(graph, lowered, inputs[k]);
    for (size_t i = 0; i < most.size(); ++i)
      for (size_t v = 0; v < values[i].size() && !most[i].empty(); ++v) {
        float& channel = most[i][v / (values[i].size() / most[i].size())];
        channel = std::max(channel, std::fabs(values[i][v]));
      }
  }
  for (size_t i = 0; i < most.size(); ++i) {
    if (most[i].empty()) continue;
    std::vector<float>& weights = lowered.nodes[reader[i]].weights;
    const Layer& layer = network.nodes[reader[i]].layer;
    const size_t channels = most[i].size(), window = size_t(layer.kernel_h) * layer.kernel_w;
    std::vector<float> largest(channels), factors(channels, 1.0f);
    for (size_t k = 0; k < weights.size(); ++k) {
      float& weight = largest[k / window % channels];
      weight = std::max(weight, std::fabs(weights[k]));
    }
    for (size_t c = 0; c < channels; ++c)
      if (most[i][c] > 0 && largest[c] > 0)  // a power of two: weights in float stay exact
        factors[c] = std::exp2(std::nearbyint(std::log2(most[i][c] / largest[c]) / 2));
    for (size_t k = 0; k < weights.size(); ++k) weights[k] *= factors[k / window % channels];
    for (float& factor : factors) factor = 1 / factor;
    lowered.nodes[i].function = lowered.nodes[i].function.times(factors);
  }
}

bool is_last_layer(const Network& network, int node) {
  return network.nodes[node].op == Op::kLayer &&
         std::ranges::none_of(network.nodes, [&](const Node& reader) {
           return std::ranges::find(reader.inputs, node) != reader.inputs.end();
         });
}

std::vector<int16_t> words_of(std::span<const float> values, double scale, int width) {
  const double top = (1 << (width - 1)) - 1;
  std::vector<int16_t> words(values.size());
  std::ranges::transform(values, words.begin(), [&](float value) {
    return static_cast<int16_t>(std::clamp(std::nearbyint(value / scale), -top - 1, top));
  });
  return words;
}

}  // namespace rowcast
