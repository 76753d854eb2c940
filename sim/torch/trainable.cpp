#include "sim/torch/trainable.h"

#include <fmt/format.h>
#include <torch/nn/functional.h>

#include <algorithm>
#include <optional>
#include <set>

#include "generator/error.h"
#include "sim/convert/channels.h"
#include "sim/onnx/evaluate.h"
#include "sim/onnx/operators.h"

namespace rowcast::training {
namespace {

using onnx::Dims;
using onnx::NodeError;
using onnx::Operands;
using onnx::Operation;
using torch::Tensor;

Tensor tensor_of(const onnx::Tensor& constant) {
  return onnx::is_real(constant.type)
             ? torch::tensor(at::ArrayRef<float>(constant.reals)).reshape(constant.dims)
             : torch::tensor(at::ArrayRef<int64_t>(constant.integers)).reshape(constant.dims);
}

// For a batch of any size: what was a batch of one.
Dims batched(Dims dims) {
  if (dims.empty() || dims[0] != 1)
    throw NodeError(
        fmt::format("a result of {}, allowed is a batch of 1 in front", onnx::to_string(dims)));
  dims[0] = -1;
  return dims;
}

}  // namespace

class Trainable::Builder {
 public:
  Builder(Trainable& to, const Scaffold& scaffold)
      : to_(to), scaffold_(scaffold), graph_(to.graph_) {}

  void run() {
    if (graph_.inputs.size() != 1 || graph_.outputs.empty())
      throw InputError(fmt::format(
          "{}: has {} inputs and {} outputs, allowed are one input and at least one output",
          graph_.file, graph_.inputs.size(), graph_.outputs.size()));
    count_readers();
    to_.output_ = logits();
    const Dims& dims = graph_.values[to_.output_].dims;
    to_.outputs_ = onnx::element_count(dims);
    find_fused();
    check_scaffold();
    for (size_t i = 0; i < graph_.operations.size(); ++i) {
      if (absorbed_.contains(i)) continue;
      const Operation& operation = graph_.operations[i];
      try {
        add(i, operation);
      } catch (const NodeError& error) {
        throw InputError(
            fmt::format("{}: {}: {}", graph_.file, onnx::described(operation.node), error.what()));
      }
      if (to_.steps_.back().result == to_.output_) break;
    }
    find_last_uses();
  }

 private:
  using Function = std::function<Tensor(const Values&, bool)>;

  void count_readers() {
    readers_.resize(graph_.values.size());
    producers_.assign(graph_.values.size(), -1);
    for (size_t i = 0; i < graph_.operations.size(); ++i) {
      for (const int value : graph_.operations[i].inputs)
        if (value >= 0) readers_[value].push_back(i);
      for (const int value : graph_.operations[i].outputs)
        if (value >= 0) producers_[value] = static_cast<int>(i);
    }
    for (const int value : graph_.outputs) readers_[value].push_back(SIZE_MAX);
  }
  const Operation* producer(int value) const {
    return value >= 0 && producers_[value] >= 0 ? &graph_.operations[producers_[value]] : nullptr;
  }

  // Cross entropy has a softmax of its own.
  int logits() const {
    const int output = graph_.outputs[0];
    const Operation* last = producer(output);
    return last && last->node.op == "Softmax" ? last->inputs[0] : output;
  }

  // A convolution of each channel with one filter of its own, or nothing.
  std::optional<BranchWeights> branch(const Operation& operation) {
    if (!is_depthwise(graph_, operation)) return std::nullopt;
    const Operands given = onnx::operands_of(graph_, operation);
    if (given[0].dims.size() != 4 || !given[1].constant) return std::nullopt;
    return BranchWeights{weights(operation.inputs[1]), sliding(given)};
  }
  static Sliding sliding(const Operands& given) {
    const Dims &x = given[0].dims, &w = given[1].dims;
    const onnx::Windows windows = onnx::windows_of(given, Dims(w.begin() + 2, w.end()), x);
    const auto size = [](int64_t value) { return static_cast<int>(value); };
    return {size(windows.strides[0]),   size(windows.strides[1]),    size(windows.dilations[0]),
            size(windows.dilations[1]), size(windows.pads_begin[0]), size(windows.pads_begin[1]),
            size(windows.pads_end[0]),  size(windows.pads_end[1])};
  }

  // FuSe: Concat of two channel-wise convolutions, of the parts of a Split or of one tensor.
  void find_fused() {
    for (size_t i = 0; i < graph_.operations.size(); ++i) {
      const Operation& concat = graph_.operations[i];
      if (concat.node.op != "Concat" || concat.inputs.size() != 2) continue;
      if (onnx::operands_of(graph_, concat).integer("axis", 1) != 1) continue;
      std::vector<BranchWeights> branches;
      std::vector<size_t> inner;
      std::vector<int> sources, biases;
      for (const int input : concat.inputs) {
        const Operation* conv = producer(input);
        if (!conv || readers_[input].size() != 1) break;
        std::optional<BranchWeights> found = branch(*conv);
        if (!found) break;
        branches.push_back(*found);
        inner.push_back(static_cast<size_t>(producers_[input]));
        sources.push_back(conv->inputs[0]);
        biases.push_back(conv->inputs.size() > 2 ? conv->inputs[2] : -1);
      }
      if (branches.size() != 2 || (biases[0] < 0) != (biases[1] < 0)) continue;
      int source = sources[0];
      if (sources[0] != sources[1]) {
        const Operation* split = producer(sources[0]);
        if (!split || split->node.op != "Split" || split != producer(sources[1]) ||
            split->outputs != sources || readers_[sources[0]].size() != 1 ||
            readers_[sources[1]].size() != 1)
          continue;
        branches[1].first_in = static_cast<int>(graph_.values[sources[0]].dims[1]);
        source = split->inputs[0];
        inner.push_back(static_cast<size_t>(producers_[sources[0]]));
      }
      absorbed_.insert(inner.begin(), inner.end());
      fused_[i] = {source, branches, biases[0] < 0 ? std::vector<int>{} : biases};
    }
  }

  void check_scaffold() const {
    for (const auto& [name, layer] : scaffold_.layers)
      if (std::ranges::none_of(fused_, [&](const auto& fused) {
            return graph_.operations[fused.first].node.name == name;
          }))
        throw InputError(fmt::format("{}: '{}' is no FuSe layer, which alone can be scaffolded",
                                     graph_.file, name));
  }

  // What is learnt, by its name; the same for all that read it.
  Tensor parameter(int value) {
    const onnx::Value& constant = graph_.values[value];
    if (!constant.constant || !onnx::is_real(constant.type))
      throw NodeError(
          fmt::format("'{}' is no constant, allowed are weights that are known", constant.name));
    Tensor& tensor = to_.parameters_[constant.name];
    if (!tensor.defined()) {
      tensor = tensor_of(*constant.constant);
      if (tensor.dim() == 4) tensor = tensor.contiguous(at::MemoryFormat::ChannelsLast);
      tensor.set_requires_grad(true);
      to_.values_[constant.name] = value;
    }
    return tensor;
  }
  // What products are with, which decays.
  Tensor weights(int value) {
    to_.weights_.insert(graph_.values[value].name);
    return parameter(value);
  }
  Tensor statistic(int value) {
    const onnx::Value& constant = graph_.values[value];
    if (!constant.constant) throw NodeError("statistics that are no constants");
    Tensor& tensor = to_.statistics_[constant.name];
    if (!tensor.defined()) {
      tensor = tensor_of(*constant.constant);
      to_.values_[constant.name] = value;
    }
    return tensor;
  }

  // `reads_` is what it reads.
  void step(Function run, int result) {
    for (const int value : reads_)
      if (value >= 0) last_use_[value] = to_.steps_.size();
    to_.steps_.push_back({std::move(run), result, {}});
  }

  // Bounds of a Clip or Relu that alone reads the value, and its result; it is then done there.
  struct Clamp {
    float low = -std::numeric_limits<float>::infinity();
    float high = std::numeric_limits<float>::infinity();
    int result;
  };
  std::optional<Clamp> clamp(const Operation& operation) const {
    const float infinite = std::numeric_limits<float>::infinity();
    if (operation.node.op == "Relu") return Clamp{0, infinite, operation.outputs[0]};
    if (operation.node.op != "Clip") return std::nullopt;
    const Operands given = onnx::operands_of(graph_, operation);
    const auto bound = [&](const char* name, size_t input, float otherwise) {
      if (graph_.opset < 11) return given.real(name, otherwise);
      if (!given.has(input)) return otherwise;
      const std::vector<float> reals = given.constant_reals(input);
      return reals.empty() ? otherwise : reals[0];
    };
    return Clamp{bound("min", 1, -infinite), bound("max", 2, infinite), operation.outputs[0]};
  }
  Clamp clamp_behind(int value) {
    Clamp none;
    none.result = value;
    if (value == to_.output_ || readers_[value].size() != 1 || readers_[value][0] == SIZE_MAX)
      return none;
    const size_t reader = readers_[value][0];
    const std::optional<Clamp> found = clamp(graph_.operations[reader]);
    if (!found) return none;
    absorbed_.insert(reader);
    return *found;
  }

  // The operand: a value of an earlier step, or a constant, learnt where it has more than one
  // element.
  std::function<Tensor(const Values&)> operand(int value) {
    if (value < 0) return [](const Values&) { return Tensor(); };
    const onnx::Value& given = graph_.values[value];
    if (!given.constant) return [value](const Values& values) { return values[value]; };
    const Tensor tensor = onnx::is_real(given.type) && given.constant->size() > 1
                              ? parameter(value)
                              : tensor_of(*given.constant);
    return [tensor](const Values&) { return tensor; };
  }

  // The batch is in front of the result, and of both operands that have one.
  static void check_elementwise(const Operands& given, const Dims& result) {
    batched(result);
    for (size_t i = 0; i < 2; ++i)
      if (!given[i].constant && given[i].dims.size() != result.size())
        throw NodeError(fmt::format("an operand of {} dimensions, allowed are the result's {}",
                                    given[i].dims.size(), result.size()));
  }

  void add(size_t index, const Operation& operation) {
    const std::string& op = operation.node.op;
    const Operands given = onnx::operands_of(graph_, operation);
    const int result = operation.outputs[0];
    const int x = operation.inputs.empty() ? -1 : operation.inputs[0];
    const Dims& dims = graph_.values[result].dims;
    reads_ = operation.inputs;
    if (const auto layer = scaffold_.layers.find(operation.node.name);
        layer != scaffold_.layers.end() && fused_.contains(index)) {
      add_scaffolded(index, operation, layer->second);
    } else if (const auto fused = fused_.find(index); fused != fused_.end()) {
      const auto& [source, branches, biases] = fused->second;
      reads_ = {source};
      std::vector<Tensor> added;
      for (const int bias : biases) added.push_back(parameter(bias));
      step(
          [source = source, branches = branches, added](const Values& values, bool) {
            const Tensor sums = channelwise(values[source], branches);
            return added.empty() ? sums : sums + torch::cat(added).view({1, -1, 1, 1});
          },
          result);
    } else if (op == "Conv") {
      add_convolution(operation, given);
    } else if (op == "BatchNormalization") {
      BatchNorm norm{parameter(operation.inputs[1]), parameter(operation.inputs[2]),
                     statistic(operation.inputs[3]), statistic(operation.inputs[4]),
                     given.real("epsilon", 1e-5F)};
      if (given[0].dims.size() != 4) throw NodeError("allowed are images, of 4 dimensions");
      const Clamp behind = clamp_behind(result);
      norm.low = behind.low, norm.high = behind.high;
      step([x, norm](const Values& values,
                     bool training) { return normalised(values[x], norm, training); },
           behind.result);
    } else if (const std::optional<Clamp> bounds = clamp(operation)) {
      step([x, low = bounds->low, high = bounds->high](const Values& values,
                                                       bool) { return values[x].clamp(low, high); },
           result);
    } else if (op == "Gemm") {
      const Tensor weights = this->weights(operation.inputs[1]);
      const Tensor bias = given.has(2) ? parameter(operation.inputs[2]) : Tensor();
      const bool across = given.integer("transB", 0) == 0;
      if (given.real("alpha", 1) != 1 || given.real("beta", 1) != 1 || given.integer("transA", 0))
        throw NodeError("allowed are alpha 1, beta 1, transA 0");
      step(
          [=](const Values& values, bool) {
            const Tensor sums = values[x].matmul(across ? weights : weights.t());
            return bias.defined() ? sums + bias : sums;
          },
          result);
    } else if (op == "MatMul" && given[1].constant) {
      const Tensor weights = this->weights(operation.inputs[1]);
      step([=](const Values& values, bool) { return values[x].matmul(weights); }, result);
    } else if (op == "PRelu") {
      const Tensor slope = parameter(operation.inputs[1]);
      step([=](const Values& values,
               bool) { return torch::where(values[x] > 0, values[x], values[x] * slope); },
           result);
    } else if (op == "GlobalAveragePool") {
      if (dims.size() != 4) throw NodeError("allowed are images, of 4 dimensions");
      step([=](const Values& values, bool) { return values[x].mean({2, 3}, true); }, result);
    } else if (op == "Add" || op == "Sub" || op == "Mul" || op == "Div") {
      check_elementwise(given, dims);
      const auto a = operand(x), b = operand(operation.inputs[1]);
      step(
          [=, kind = op[0], second = op[1]](const Values& values, bool) {
            if (kind == 'A') return a(values) + b(values);
            if (kind == 'S') return a(values) - b(values);
            return second == 'u' ? a(values) * b(values) : a(values) / b(values);
          },
          result);
    } else if (op == "Sigmoid") {
      step([=](const Values& values, bool) { return values[x].sigmoid(); }, result);
    } else if (op == "Tanh") {
      step([=](const Values& values, bool) { return values[x].tanh(); }, result);
    } else if (op == "HardSigmoid") {
      const float alpha = given.real("alpha", 0.2F), beta = given.real("beta", 0.5F);
      step([=](const Values& values, bool) { return (values[x] * alpha + beta).clamp(0, 1); },
           result);
    } else if (op == "HardSwish") {
      step(
          [=](const Values& values, bool) { return values[x] * (values[x] / 6 + 0.5).clamp(0, 1); },
          result);
    } else if (op == "MaxPool" || op == "AveragePool") {
      add_pool(operation, given, op == "MaxPool");
    } else if (op == "Identity" || op == "Dropout") {
      step([=](const Values& values, bool) { return values[x]; }, result);
    } else if (op == "Flatten" || op == "Reshape" || op == "Squeeze" || op == "Unsqueeze") {
      batched(given[0].dims);
      step([x, to = batched(dims)](const Values& values, bool) { return values[x].reshape(to); },
           result);
    } else if (op == "Transpose") {
      const std::vector<int> order = onnx::permutation_of(given);
      if (order.empty() || order[0] != 0) throw NodeError("allowed is a batch that stays in front");
      step([x, to = Dims(order.begin(), order.end())](const Values& values,
                                                      bool) { return values[x].permute(to); },
           result);
    } else if (op == "Concat") {
      const int axis = onnx::axis_of(given.integer("axis", 1), dims.size());
      if (axis == 0) throw NodeError("allowed are axes from 1");
      for (const int input : operation.inputs)
        if (graph_.values[input].constant)
          throw NodeError("a part is constant, allowed are results of other nodes");
      step(
          [axis, parts = operation.inputs](const Values& values, bool) {
            std::vector<Tensor> tensors;
            for (const int part : parts) tensors.push_back(values[part]);
            return torch::cat(tensors, axis);
          },
          result);
    } else if (op == "Split") {
      const int axis = onnx::axis_of(given.integer("axis", 0), given[0].dims.size());
      if (axis == 0) throw NodeError("allowed are axes from 1");
      int64_t first = 0;
      for (const int part : operation.outputs) {
        if (part < 0) throw NodeError("a result is left out");
        const int64_t count = graph_.values[part].dims[axis];
        step([=](const Values& values, bool) { return values[x].narrow(axis, first, count); },
             part);
        first += count;
      }
    } else if (op == "Gather" && given[1].constant && given[1].dims.size() == 1) {
      const int axis = onnx::axis_of(given.integer("axis", 0), given[0].dims.size());
      if (axis == 0) throw NodeError("allowed are axes from 1");
      Tensor indices = tensor_of(*given[1].constant);
      indices = torch::where(indices < 0, indices + given[0].dims[axis], indices);
      step([=](const Values& values, bool) { return values[x].index_select(axis, indices); },
           result);
    } else {
      throw NodeError(
          "can not be trained, allowed are Add, AveragePool, BatchNormalization, Clip, Concat, "
          "Conv, "
          "Div, Dropout, Flatten, Gather, Gemm, GlobalAveragePool, HardSigmoid, HardSwish, "
          "Identity, MatMul, MaxPool, Mul, PRelu, Relu, Reshape, Sigmoid, Split, Squeeze, Sub, "
          "Tanh, Transpose, Unsqueeze, and a Softmax at the end");
    }
  }

  // 1-D kernels as the adapter makes them of the branch's K×K ones, [channels][1][..][..].
  static Tensor adapted(const Tensor& kernels, const Tensor& adapter, const BranchWeights& like) {
    const int64_t channels = like.weights.size(0);
    return kernels.narrow(0, like.first_in, channels)
        .reshape({channels, -1})
        .matmul(adapter.t())
        .reshape(like.weights.sizes());
  }

  void add_scaffolded(size_t index, const Operation& operation, const ScaffoldedLayer& layer) {
    const auto& [source, branches, biases] = fused_.at(index);
    const int sums = operation.outputs[0];
    const Operation* norm = readers_[sums].size() == 1 && readers_[sums][0] != SIZE_MAX
                                ? &graph_.operations[readers_[sums][0]]
                                : nullptr;
    const BranchWeights &row = branches[0], &column = branches[1];
    const int64_t rows = row.weights.size(0), channels = rows + column.weights.size(0);
    if (!norm || norm->node.op != "BatchNormalization" || !biases.empty() ||
        column.first_in != rows)
      throw NodeError("can not be scaffolded, allowed is FuSe Half with a batch norm behind it");
    const int64_t k = row.weights.size(3), taps = k * k;
    const std::string& name = operation.node.name;
    const auto learnt = [&](const std::string& what, const std::vector<float>& values,
                            at::IntArrayRef sizes) {
      Tensor& tensor = to_.parameters_[name + what];
      tensor = torch::tensor(at::ArrayRef<float>(values)).reshape(sizes);
      tensor.set_requires_grad(true);
      return tensor;
    };
    to_.weights_.insert(name + ".kernels");
    const Tensor kernels = learnt(".kernels", layer.kernels, {channels, 1, k, k});
    const Tensor by_row = learnt(".row.adapter", layer.row, {k, taps});
    const Tensor by_column = learnt(".col.adapter", layer.column, {k, taps});
    for (const auto& [branch, what] : {std::pair{&row, ".row.adapter"}, {&column, ".col.adapter"}})
      for (const auto& [learnt_name, value] : to_.values_)
        if (to_.parameters_.contains(learnt_name) &&
            to_.parameters_.at(learnt_name).is_same(branch->weights))
          to_.adapted_[value] = {name + ".kernels", name + what, branch->first_in,
                                 static_cast<int>(branch->weights.size(0))};
    std::erase_if(to_.parameters_, [&](const auto& entry) {
      return entry.second.is_same(row.weights) || entry.second.is_same(column.weights);
    });

    BranchWeights square{kernels, row.sliding};
    square.sliding.dilation_h = column.sliding.dilation_h;
    square.sliding.pad_top = column.sliding.pad_top;
    square.sliding.pad_bottom = column.sliding.pad_bottom;

    absorbed_.insert(readers_[sums][0]);
    const Operands given = onnx::operands_of(graph_, *norm);
    BatchNorm fused{parameter(norm->inputs[1]), parameter(norm->inputs[2]),
                    statistic(norm->inputs[3]), statistic(norm->inputs[4]),
                    given.real("epsilon", 1e-5F)};
    const Clamp behind = clamp_behind(norm->outputs[0]);
    fused.low = behind.low, fused.high = behind.high;
    BatchNorm whole = fused;
    const auto own = [&](std::map<std::string, Tensor>& all, const char* what, Tensor& tensor) {
      const bool learns = tensor.requires_grad();
      tensor = tensor.detach().clone().set_requires_grad(learns);
      all[name + ".depthwise." + what] = tensor;
    };
    own(to_.parameters_, "scale", whole.scale);
    own(to_.parameters_, "shift", whole.shift);
    own(to_.statistics_, "mean", whole.running_mean);
    own(to_.statistics_, "variance", whole.running_variance);

    const size_t number = to_.depthwise_->size();
    to_.depthwise_->push_back(0);
    reads_ = {source};
    step(
        [=, source = source, row = row, column = column, choice = to_.depthwise_](
            const Values& values, bool training) {
          if (training && (*choice)[number])
            return normalised(channelwise(values[source], {square}), whole, training);
          BranchWeights r = row, c = column;
          r.weights = adapted(kernels, by_row, row);
          c.weights = adapted(kernels, by_column, column);
          return normalised(channelwise(values[source], {r, c}), fused, training);
        },
        behind.result);
  }

  void add_convolution(const Operation& operation, const Operands& given) {
    const int x = operation.inputs[0], result = operation.outputs[0];
    const Tensor bias = given.has(2) ? parameter(operation.inputs[2]) : Tensor();
    if (std::optional<BranchWeights> own = branch(operation)) {
      step(
          [=, branches = std::vector{*own}](const Values& values, bool) {
            const Tensor sums = channelwise(values[x], branches);
            return bias.defined() ? sums + bias.view({1, -1, 1, 1}) : sums;
          },
          result);
      return;
    }
    if (given[0].dims.size() != 4) throw NodeError("allowed are images, of 4 dimensions");
    const Tensor weights = this->weights(operation.inputs[1]);
    const Sliding s = sliding(given);
    const int64_t groups = given.integer("group", 1);
    const bool even = s.pad_top == s.pad_bottom && s.pad_left == s.pad_right;
    step(
        [=](const Values& values, bool) {
          const Tensor padded = even ? values[x]
                                     : torch::constant_pad_nd(values[x], {s.pad_left, s.pad_right,
                                                                          s.pad_top, s.pad_bottom});
          return torch::conv2d(
              padded, weights, bias, {s.stride_h, s.stride_w},
              even ? at::IntArrayRef{s.pad_top, s.pad_left} : at::IntArrayRef{0, 0},
              {s.dilation_h, s.dilation_w}, groups);
        },
        result);
  }

  void add_pool(const Operation& operation, const Operands& given, bool largest) {
    const int x = operation.inputs[0];
    if (given[0].dims.size() != 4) throw NodeError("allowed are images, of 4 dimensions");
    const onnx::Windows w =
        onnx::windows_of(given, given.integers("kernel_shape").value_or(Dims{}), given[0].dims);
    if (w.pads_begin != w.pads_end || given.integer("ceil_mode", 0))
      throw NodeError("allowed are equal pads on both sides, and ceil_mode 0");
    const bool count_pads = given.integer("count_include_pad", 0) != 0;
    step(
        [=](const Values& values, bool) {
          return largest
                     ? torch::max_pool2d(values[x], w.kernel, w.strides, w.pads_begin, w.dilations)
                     : torch::avg_pool2d(values[x], w.kernel, w.strides, w.pads_begin, false,
                                         count_pads);
        },
        operation.outputs[0]);
  }

  void find_last_uses() {
    for (const auto& [value, at] : last_use_)
      if (value != to_.output_) to_.steps_[at].last_uses.push_back(value);
  }

  Trainable& to_;
  const Scaffold& scaffold_;
  const onnx::Graph& graph_;
  std::vector<std::vector<size_t>> readers_;
  std::vector<int> producers_;
  std::set<size_t> absorbed_;
  std::vector<int> reads_;
  std::map<int, size_t> last_use_;  // of a value, the step
  std::map<size_t, std::tuple<int, std::vector<BranchWeights>, std::vector<int>>> fused_;
};

Trainable::Trainable(const onnx::Graph& graph, const Scaffold& scaffold) : graph_(graph) {
  Builder(*this, scaffold).run();
}

bool Trainable::is_adapter(const std::string& parameter) const {
  return std::ranges::any_of(adapted_,
                             [&](const auto& entry) { return entry.second.adapter == parameter; });
}

Tensor Trainable::forward(const Tensor& input, bool training) const {
  Values values(graph_.values.size());
  values[graph_.inputs[0]] = input;
  for (const Step& step : steps_) {
    values[step.result] = step.run(values, training);
    for (const int value : step.last_uses) values[value] = Tensor();
  }
  return values[output_].reshape({input.size(0), -1});
}

onnx::Graph Trainable::graph() const {
  onnx::Graph graph = graph_;
  const auto put = [&](int value, const Tensor& tensor) {
    const Tensor flat = tensor.detach().contiguous(at::MemoryFormat::Contiguous);
    const float* data = flat.data_ptr<float>();
    graph.values[value].constant->reals.assign(data, data + flat.numel());
  };
  for (const auto* tensors : {&parameters_, &statistics_})
    for (const auto& [name, tensor] : *tensors)
      if (const auto found = values_.find(name); found != values_.end()) put(found->second, tensor);
  for (const auto& [value, from] : adapted_)
    put(value, parameters_.at(from.kernels)
                   .narrow(0, from.first, from.channels)
                   .reshape({from.channels, -1})
                   .matmul(parameters_.at(from.adapter).t()));
  return graph;
}

}  // namespace rowcast::training
