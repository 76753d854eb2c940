#include "sim/convert/convert.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "generator/error.h"
#include "generator/text.h"
#include "sim/convert/channels.h"
#include "sim/convert/least_squares.h"
#include "sim/onnx/operators.h"

namespace rowcast {
namespace {

using onnx::Operation;

// ---------------------------------------------------------------- which layers

std::optional<Layer> depthwise_of(const onnx::Graph& graph, const Operation& operation) {
  if (!is_depthwise(graph, operation)) return std::nullopt;
  for (size_t i = 1; i < operation.inputs.size(); ++i)
    if (operation.inputs[i] >= 0 && !graph.input(operation, i).constant) return std::nullopt;
  const onnx::Dims &x = graph.input(operation, 0).dims, &w = graph.input(operation, 1).dims,
                   &y = graph.values[operation.outputs[0]].dims;
  if (x.size() != 4 || x[0] != 1) return std::nullopt;
  const onnx::Windows win =
      onnx::windows_of(onnx::operands_of(graph, operation), onnx::Dims(w.begin() + 2, w.end()), x);
  const auto size = [](int64_t value) { return static_cast<int>(value); };
  Layer layer = make_depthwise("", size(x[1]), size(x[2]), size(x[3]), 1, 1);
  layer.kernel_h = size(w[2]), layer.kernel_w = size(w[3]);
  layer.stride_h = size(win.strides[0]), layer.stride_w = size(win.strides[1]);
  layer.dilation_h = size(win.dilations[0]), layer.dilation_w = size(win.dilations[1]);
  layer.pad_top = size(win.pads_begin[0]), layer.pad_left = size(win.pads_begin[1]);
  layer.pad_bottom = size(win.pads_end[0]), layer.pad_right = size(win.pads_end[1]);
  const bool fits = layer.out_height() == y[2] && layer.out_width() == y[3];
  return fits && layer.kernel_w > 1 && can_fuse(layer) && has_lines(layer) ? std::optional(layer)
                                                                           : std::nullopt;
}

// Why these channels can not change; a layer that shares them with another one can not either.
std::string problem_of(const onnx::Graph& graph, const SharedChannels& channels) {
  std::string also = channels.also;
  for (const int other : channels.depthwise)
    if (also.empty() && depthwise_of(graph, graph.operations[other]))
      also = onnx::described(graph.operations[other].node);
  return also.empty() ? "" : "its channels are also those of " + also;
}

// ---------------------------------------------------------------- kernels

// A channel: its K×K kernel, and the 1-D kernels nearest to it by themselves.
struct Channel {
  std::span<const double> seen;  // R as it was measured: for what is reported
  std::vector<double> moments;   // regularised: for what is chosen
  std::vector<double> kernel, row, column;
};

struct Lines {
  std::vector<int> row, column;  // taps
  std::vector<Channel> channels;

  std::vector<double> row_difference(const Channel& c) const {
    return difference(c.kernel, c.row, row);
  }
  std::vector<double> column_difference(const Channel& c) const {
    return difference(c.kernel, c.column, column);
  }
};

Lines lines_of(const onnx::Graph& graph, const DepthwiseLayer& layer,
               const PatchStatistics::Moments& moments) {
  Lines lines{line_of(layer.layer, false), line_of(layer.layer, true), {}};
  const std::vector<float>& weights =
      graph.input(graph.operations[layer.operation], 1).constant->reals;
  const size_t taps = size_t(layer.layer.kernel_h) * layer.layer.kernel_w;
  for (size_t c = 0; c < moments.channels.size(); ++c) {
    Channel& channel = lines.channels.emplace_back();
    channel.seen = moments.channels[c];
    channel.moments = regularised(channel.seen);
    channel.kernel.assign(weights.begin() + c * taps, weights.begin() + (c + 1) * taps);
    channel.row = nearest(channel.moments, channel.kernel, lines.row);
    channel.column = nearest(channel.moments, channel.kernel, lines.column);
  }
  return lines;
}

// The channels in their new order: rows, then columns, each as they were.
std::vector<int> half_order(const Lines& lines, bool may_change) {
  std::vector<int> order(lines.channels.size());
  std::iota(order.begin(), order.end(), 0);
  if (!may_change) return order;
  // How much better the row is, of the channel's own outputs: a batch norm evens out their sizes.
  std::vector<double> better;
  for (const Channel& c : lines.channels) {
    const double all = mean_square(c.moments, c.kernel);
    better.push_back(all > 0 ? (mean_square(c.moments, lines.column_difference(c)) -
                                mean_square(c.moments, lines.row_difference(c))) /
                                   all
                             : 0);
  }
  std::ranges::stable_sort(order, std::ranges::greater(), [&](int c) { return better[c]; });
  const auto middle = order.begin() + std::ssize(order) / 2;
  std::sort(order.begin(), middle);
  std::sort(middle, order.end());
  return order;
}

// A channel's two kernels of Full, the first one's share, and what their weighted sum lacks of the
// K×K kernel.
struct Both {
  std::vector<double> row, column;
  double share = 0.5;
  std::vector<double> rest;
};

// Two results of which only the sum counts.
Both cross_of(const Lines& lines, const Channel& channel) {
  // The row, then the column without the tap that they share.
  std::vector<int> cross = lines.row;
  for (const int tap : lines.column)
    if (std::ranges::find(lines.row, tap) == lines.row.end()) cross.push_back(tap);
  const std::vector<double> f = nearest(channel.moments, channel.kernel, cross);
  Both both;
  both.rest = difference(channel.kernel, f, cross);
  const auto of = [&](const std::vector<int>& taps, const std::vector<int>& others) {
    std::vector<double> line;
    for (const int tap : taps) {
      const double value = f[std::ranges::find(cross, tap) - cross.begin()];
      line.push_back(std::ranges::find(others, tap) == others.end() ? 2 * value : value);
    }
    return line;
  };
  both.row = of(lines.row, lines.column);
  both.column = of(lines.column, lines.row);
  return both;
}

// Two results that come to a function by themselves.
Both each_of(const Lines& lines, const Channel& channel) {
  Both both{channel.row, channel.column, 0.5, {}};
  // With r, c what row and column lack: |a r + (1-a) c|² is least at a = c·(c - r) / |c - r|².
  const std::vector<double> r = lines.row_difference(channel), c = lines.column_difference(channel);
  const size_t taps = r.size();
  std::vector<double> gap(taps);
  for (size_t i = 0; i < taps; ++i) gap[i] = c[i] - r[i];
  double along = 0;
  for (size_t i = 0; i < taps; ++i)
    for (size_t j = 0; j < taps; ++j) along += c[i] * channel.moments[i * taps + j] * gap[j];
  if (const double square = mean_square(channel.moments, gap); square > 0)
    both.share = std::clamp(along / square, 0.0, 1.0);
  for (size_t i = 0; i < taps; ++i) both.rest.push_back(c[i] - both.share * gap[i]);
  return both;
}

Both both_of(const Lines& lines, const Channel& channel, bool only_sum) {
  return only_sum ? cross_of(lines, channel) : each_of(lines, channel);
}

double ratio(double distance, double energy) { return energy > 0 ? distance / energy : 0; }

const PatchStatistics::Moments& moments_of(const PatchStatistics& statistics,
                                           const onnx::Graph& graph, const DepthwiseLayer& layer) {
  const auto it = std::ranges::find(statistics.layers, layer.node, &PatchStatistics::Moments::node);
  const size_t taps = size_t(layer.layer.kernel_h) * layer.layer.kernel_w;
  if (it == statistics.layers.end() || std::ssize(it->channels) != layer.layer.in_channels ||
      it->channels[0].size() != taps * taps)
    throw InputError(fmt::format(
        "{}: the statistics are another network's, they have no '{}' of {} channels, {}x{}",
        graph.file, layer.node, layer.layer.in_channels, layer.layer.kernel_h,
        layer.layer.kernel_w));
  return *it;
}

[[noreturn]] void refuse_name(const onnx::Graph& graph, const std::vector<DepthwiseLayer>& layers,
                              const std::string& node) {
  std::vector<std::string> names;
  for (const DepthwiseLayer& layer : layers) names.push_back(printable(layer.node));
  throw InputError(fmt::format(
      "{}: {} is no depthwise convolution that can be FuSe, allowed are {}", graph.file,
      in_quotes(node), names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

// ---------------------------------------------------------------- the graph

class Conversion {
 public:
  Conversion(const onnx::Graph& teacher, const PatchStatistics& statistics)
      : teacher_(teacher), statistics_(statistics), result_(teacher) {
    for (const onnx::Value& value : teacher.values) names_.insert(value.name);
    replaced_.resize(teacher.operations.size());
  }

  void half(const DepthwiseLayer& layer) {
    const Lines lines = lines_of(teacher_, layer, moments_of(statistics_, teacher_, layer));
    const std::vector<int> order = half_order(lines, layer.no_order.empty());
    if (layer.no_order.empty()) reorder(channels_of(teacher_, layer.operation), order);
    const Operation& operation = result_.operations[layer.operation];
    const int x = operation.inputs[0], y = operation.outputs[0];
    const auto count = static_cast<int64_t>(order.size()), rows = count / 2;

    std::vector<int> split_inputs = {x};
    onnx::Node split;
    split.op = "Split";
    split.attributes["axis"] = int64_t{1};
    if (result_.opset < 13)
      split.attributes["split"] = std::vector<int64_t>{rows, count - rows};
    else
      split_inputs.push_back(constant(layer.node + ".split.sizes",
                                      {onnx::Type::kInt64, {2}, {}, {rows, count - rows}}));
    const int first = like(layer.node + ".split.row", x, rows),
              last = like(layer.node + ".split.col", x, count - rows);
    append(layer, std::move(split), ".split", std::move(split_inputs), {first, last});
    const auto made = [&](int from, bool down, std::vector<int> of) {
      std::vector<float> weights;
      for (const int c : of) {
        const std::vector<double>& f = down ? lines.channels[c].column : lines.channels[c].row;
        weights.insert(weights.end(), f.begin(), f.end());
      }
      return branch(layer, from, down, std::move(weights), of);
    };
    const int row = made(first, false, {order.begin(), order.begin() + rows}),
              column = made(last, true, {order.begin() + rows, order.end()});
    concat(layer, row, column, y);
  }

  void full(const DepthwiseLayer& layer) {
    if (!layer.no_full.empty())
      throw InputError(fmt::format("{}: node '{}' can not be FuSe Full: {}", teacher_.file,
                                   layer.node, layer.no_full));
    const Lines lines = lines_of(teacher_, layer, moments_of(statistics_, teacher_, layer));
    const SharedChannels channels = channels_behind(teacher_, layer.operation);
    const int count = layer.layer.in_channels;
    std::vector<float> rows, columns;
    std::vector<int> order(2 * count);
    std::vector<double> shares(2 * count);
    for (int c = 0; c < count; ++c) {
      const Both both = both_of(lines, lines.channels[c], channels.affine);
      rows.insert(rows.end(), both.row.begin(), both.row.end());
      columns.insert(columns.end(), both.column.begin(), both.column.end());
      order[c] = order[count + c] = c;
      shares[c] = both.share;
      shares[count + c] = 1 - both.share;
    }
    reorder(channels, order, shares);
    for (const int number : channels.depthwise)
      result_.operations[number].node.attributes["group"] = int64_t{2} * count;
    for (const int value : channels.values) result_.values[value].dims[1] = int64_t{2} * count;
    const Operation& operation = result_.operations[layer.operation];
    const int x = operation.inputs[0], y = operation.outputs[0];
    order.resize(count);
    const int row = branch(layer, x, false, std::move(rows), order),
              column = branch(layer, x, true, std::move(columns), order);
    concat(layer, row, column, y);
  }

  onnx::Graph take() {
    std::vector<Operation> operations;
    for (size_t i = 0; i < replaced_.size(); ++i)
      if (replaced_[i].empty())
        operations.push_back(std::move(result_.operations[i]));
      else
        std::ranges::move(replaced_[i], std::back_inserter(operations));
    result_.operations = std::move(operations);
    return std::move(result_);
  }

 private:
  int add(std::string name, onnx::Type type, onnx::Dims dims,
          std::optional<onnx::Tensor> constant = {}) {
    while (!names_.insert(name).second) name += "_";
    result_.values.push_back({std::move(name), type, std::move(dims), std::move(constant)});
    return static_cast<int>(result_.values.size()) - 1;
  }
  int constant(std::string name, onnx::Tensor tensor) {
    const onnx::Type type = tensor.type;
    const onnx::Dims dims = tensor.dims;
    return add(std::move(name), type, dims, std::move(tensor));
  }
  // A tensor as another one, with so many channels.
  int like(std::string name, int value, int64_t channels) {
    onnx::Dims dims = result_.values[value].dims;
    dims[1] = channels;
    return add(std::move(name), result_.values[value].type, std::move(dims));
  }

  void append(const DepthwiseLayer& layer, onnx::Node node, const char* suffix,
              std::vector<int> inputs, std::vector<int> outputs) {
    node.name = layer.node + suffix;
    for (const int value : inputs) node.inputs.push_back(result_.values[value].name);
    for (const int value : outputs) node.outputs.push_back(result_.values[value].name);
    replaced_[layer.operation].push_back({std::move(node), std::move(inputs), std::move(outputs)});
  }

  // A convolution by 1×K or K×1; its channel i was the layer's order[i].
  int branch(const DepthwiseLayer& layer, int x, bool down, std::vector<float> weights,
             const std::vector<int>& order) {
    const Layer& l = layer.layer;
    const Operation& operation = teacher_.operations[layer.operation];
    const std::string name = layer.node + (down ? ".col" : ".row");
    const auto count = static_cast<int64_t>(order.size());
    const int k = l.kernel_w;
    std::vector<int> inputs = {x,
                               constant(name + ".weight", {teacher_.input(operation, 1).type,
                                                           {count, 1, down ? k : 1, down ? 1 : k},
                                                           std::move(weights),
                                                           {}})};
    if (operation.inputs.size() > 2 && operation.inputs[2] >= 0)
      inputs.push_back(
          constant(name + ".bias", taken(*teacher_.input(operation, 2).constant, 0, order)));
    onnx::Node conv;
    conv.op = "Conv";
    conv.attributes["group"] = count;
    conv.attributes["kernel_shape"] = std::vector<int64_t>{down ? k : 1, down ? 1 : k};
    conv.attributes["strides"] = std::vector<int64_t>{l.stride_h, l.stride_w};
    conv.attributes["dilations"] =
        std::vector<int64_t>{down ? l.dilation_h : 1, down ? 1 : l.dilation_w};
    conv.attributes["pads"] = down ? std::vector<int64_t>{l.pad_top, 0, l.pad_bottom, 0}
                                   : std::vector<int64_t>{0, l.pad_left, 0, l.pad_right};
    const int y = like(name, operation.outputs[0], count);
    append(layer, std::move(conv), down ? ".col" : ".row", std::move(inputs), {y});
    return y;
  }

  void concat(const DepthwiseLayer& layer, int row, int column, int y) {
    onnx::Node node;
    node.op = "Concat";
    node.attributes["axis"] = int64_t{1};
    append(layer, std::move(node), "", {row, column}, {y});
  }

  // Constants follow the channels, which others that read the same constant do not see.
  void reorder(const SharedChannels& channels, const std::vector<int>& order,
               const std::vector<double>& shares = {}) {
    for (const ChannelConstant& use : channels.constants) {
      int& input = result_.operations[use.operation].inputs[use.input];
      onnx::Value& value = result_.values[input];
      onnx::Tensor tensor =
          taken(*value.constant, use.axis, order, use.sums ? shares : std::vector<double>());
      int readers = static_cast<int>(std::ranges::count(result_.outputs, input));
      for (const Operation& operation : result_.operations)
        readers += static_cast<int>(std::ranges::count(operation.inputs, input));
      if (readers > 1) {
        const std::string name = value.name;
        input = constant(name, std::move(tensor));
      } else {
        value.dims = tensor.dims;
        value.constant = std::move(tensor);
      }
    }
  }

  const onnx::Graph& teacher_;
  const PatchStatistics& statistics_;
  onnx::Graph result_;
  std::vector<std::vector<Operation>> replaced_;  // by operation of the teacher
  std::set<std::string> names_;                   // of values
};

}  // namespace

std::vector<DepthwiseLayer> convertible_layers(const onnx::Graph& graph) {
  std::map<std::string, int> nodes;
  for (const Operation& operation : graph.operations) ++nodes[operation.node.name];
  std::vector<DepthwiseLayer> layers;
  for (size_t i = 0; i < graph.operations.size(); ++i) {
    const Operation& operation = graph.operations[i];
    std::optional<Layer> layer = depthwise_of(graph, operation);
    if (!layer) continue;
    const std::string& name = operation.node.name;
    DepthwiseLayer& each = layers.emplace_back();
    each.node = name.empty() || nodes[name] > 1 ? graph.values[operation.outputs[0]].name : name;
    each.operation = static_cast<int>(i);
    each.layer = std::move(*layer);
    each.layer.name = each.node;
    each.no_order = problem_of(graph, channels_of(graph, each.operation));
    each.no_full = problem_of(graph, channels_behind(graph, each.operation));
  }
  for (size_t i = 0; i < layers.size(); ++i)
    for (size_t k = 0; k < i; ++k)
      if (layers[k].node == layers[i].node)
        throw InputError(fmt::format("{}: two depthwise convolutions are called {}", graph.file,
                                     in_quotes(layers[i].node)));
  return layers;
}

std::vector<ConversionError> conversion_errors(const onnx::Graph& teacher,
                                               const PatchStatistics& statistics) {
  std::vector<ConversionError> errors;
  for (const DepthwiseLayer& layer : convertible_layers(teacher)) {
    const Lines lines = lines_of(teacher, layer, moments_of(statistics, teacher, layer));
    const std::vector<int> order = half_order(lines, layer.no_order.empty());
    const bool only_sum = channels_behind(teacher, layer.operation).affine;
    double energy = 0, half = 0, full = 0;
    for (size_t i = 0; i < order.size(); ++i) {
      const Channel& channel = lines.channels[order[i]];
      energy += mean_square(channel.seen, channel.kernel);
      half += mean_square(channel.seen, i < order.size() / 2 ? lines.row_difference(channel)
                                                             : lines.column_difference(channel));
      full += mean_square(channel.seen, both_of(lines, channel, only_sum).rest);
    }
    ConversionError& error = errors.emplace_back();
    error.half = ratio(half, energy);
    if (layer.no_full.empty()) error.full = ratio(full, energy);
  }
  return errors;
}

onnx::Graph convert(const onnx::Graph& teacher, const PatchStatistics& statistics,
                    const std::map<std::string, Operator>& operators) {
  const std::vector<DepthwiseLayer> layers = convertible_layers(teacher);
  for (const auto& [node, operation] : operators)
    if (std::ranges::find(layers, node, &DepthwiseLayer::node) == layers.end())
      refuse_name(teacher, layers, node);
  Conversion conversion(teacher, statistics);
  for (const DepthwiseLayer& layer : layers) {
    const auto it = operators.find(layer.node);
    if (it == operators.end() || it->second == Operator::kDepthwise) continue;
    it->second == Operator::kHalf ? conversion.half(layer) : conversion.full(layer);
  }
  return conversion.take();
}

Adapters adapters_of(const onnx::Graph& teacher, const PatchStatistics& statistics,
                     const std::string& node) {
  const std::vector<DepthwiseLayer> layers = convertible_layers(teacher);
  const auto layer = std::ranges::find(layers, node, &DepthwiseLayer::node);
  if (layer == layers.end()) refuse_name(teacher, layers, node);
  const Lines lines = lines_of(teacher, *layer, moments_of(statistics, teacher, *layer));
  Adapters adapters;
  for (const int c : half_order(lines, layer->no_order.empty()))
    adapters.kernels.insert(adapters.kernels.end(), lines.channels[c].kernel.begin(),
                            lines.channels[c].kernel.end());
  const size_t taps = lines.channels[0].kernel.size();
  std::vector<double> mean(taps * taps);
  for (const Channel& channel : lines.channels)
    for (size_t i = 0; i < mean.size(); ++i)
      mean[i] += channel.seen[i] / static_cast<double>(lines.channels.size());
  mean = regularised(mean);
  const auto adapter = [&](const std::vector<int>& line) {
    std::vector<float> matrix(line.size() * taps);
    for (size_t tap = 0; tap < taps; ++tap) {
      std::vector<double> one(taps);
      one[tap] = 1;
      const std::vector<double> f = nearest(mean, one, line);
      for (size_t i = 0; i < f.size(); ++i) matrix[i * taps + tap] = static_cast<float>(f[i]);
    }
    return matrix;
  };
  adapters.row = adapter(lines.row);
  adapters.column = adapter(lines.column);
  return adapters;
}

}  // namespace rowcast
