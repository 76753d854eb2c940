#include "sim/convert/channels.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/onnx/evaluate.h"
#include "sim/onnx/operators.h"

namespace rowcast {
namespace {

using onnx::Operation;

class Walk {
 public:
  Walk(const onnx::Graph& graph, int depthwise, bool behind)
      : graph_(graph), depthwise_(depthwise), behind_(behind) {
    const Operation& operation = graph.operations[depthwise];
    channels_ = graph.input(operation, 0).dims[1];
    if (!behind) add(operation.inputs[0]);
    add(operation.outputs[0]);
    // Grows while it is walked along.
    for (size_t i = 0; i < result_.values.size() && result_.also.empty(); ++i)
      meet(result_.values[i]);
  }

  SharedChannels take() { return std::move(result_); }

 private:
  void add(int value) {
    if (value < 0 || std::ranges::find(result_.values, value) != result_.values.end()) return;
    result_.values.push_back(value);
  }

  void fail(const std::string& also) {
    if (result_.also.empty()) result_.also = also;
  }

  void meet(int index) {
    const onnx::Value& value = graph_.values[index];
    const auto among = [&](const std::vector<int>& list) {
      return std::ranges::find(list, index) != list.end();
    };
    if (among(graph_.inputs)) return fail(fmt::format("the network's input '{}'", value.name));
    if (among(graph_.outputs)) return fail(fmt::format("the network's output '{}'", value.name));
    for (size_t i = 0; i < graph_.operations.size(); ++i) {
      const Operation& operation = graph_.operations[i];
      const auto number = static_cast<int>(i);
      const bool makes = std::ranges::find(operation.outputs, index) != operation.outputs.end(),
                 reads = std::ranges::find(operation.inputs, index) != operation.inputs.end();
      if (!makes && !reads) continue;
      if (number == depthwise_) {
        if (reads && behind_) fail(onnx::described(operation.node));
      } else if (operation.node.op == "Conv") {
        convolution(number, makes, reads);
      } else if (met_.insert(number).second && !passes_on(number)) {
        fail(onnx::described(operation.node));
      }
    }
  }

  bool is_constant(const Operation& operation, size_t input) const {
    return graph_.input(operation, input).constant.has_value();
  }

  void constant(int operation, size_t input, int axis, bool sums = false) {
    result_.constants.push_back({operation, input, axis, sums});
  }

  void convolution(int number, bool makes, bool reads) {
    const Operation& operation = graph_.operations[number];
    for (size_t i = 1; i < operation.inputs.size(); ++i)
      if (operation.inputs[i] >= 0 && !is_constant(operation, i))
        return fail(onnx::described(operation.node));
    const bool has_bias = operation.inputs.size() > 2 && operation.inputs[2] >= 0;
    const bool depthwise = is_depthwise(graph_, operation);
    if (depthwise && !met_.insert(number).second) return;
    if (!depthwise && graph_.input(operation, 1).dims[1] != graph_.input(operation, 0).dims[1])
      return fail(onnx::described(operation.node));  // groups of several channels
    if (depthwise || makes) {
      constant(number, 1, 0);
      if (has_bias) constant(number, 2, 0);
    }
    if (depthwise) {
      result_.depthwise.push_back(number);
      add(operation.inputs[0]);
      add(operation.outputs[0]);
    } else if (reads) {
      constant(number, 1, 1, true);
    }
  }

  // Takes each channel by itself: then operands and results have these channels, too.
  bool passes_on(int number) {
    const Operation& operation = graph_.operations[number];
    const std::string& op = operation.node.op;
    const onnx::Dims& dims = graph_.values[operation.outputs[0]].dims;
    if (dims.size() < 2 || dims[0] != 1 || dims[1] != channels_) return false;
    if (onnx::is_elementwise(op)) {
      if (!elementwise(number)) return false;
    } else if (op == "MaxPool" || op == "GlobalMaxPool") {
      result_.affine = false;
    } else if (op != "AveragePool" && op != "GlobalAveragePool" && !keeps_channels(operation)) {
      return false;
    }
    for (const int output : operation.outputs) add(output);
    if (!onnx::is_elementwise(op)) add(operation.inputs[0]);
    return true;
  }

  // Pads and reductions along other axes. An operand before a reduction has to have channels.
  bool keeps_channels(const Operation& operation) const {
    const onnx::Operands o = onnx::operands_of(graph_, operation);
    const std::string& op = operation.node.op;
    if (op == "Pad") {
      const onnx::Slice slice = onnx::pads_of(o)[1];
      return slice.first == 0 && slice.step == 1 && slice.count == channels_;
    }
    if (op != "ReduceMean") return false;
    const std::vector<bool> reduced = onnx::reduced_axes(o);
    return o.integer("keepdims", 1) != 0 && reduced.size() > 1 && !reduced[0] && !reduced[1];
  }

  bool elementwise(int number) {
    const Operation& operation = graph_.operations[number];
    const std::string& op = operation.node.op;
    const size_t rank = graph_.values[operation.outputs[0]].dims.size();
    const bool norm = op == "BatchNormalization";
    int tensors = 0;
    for (size_t i = 0; i < operation.inputs.size(); ++i) {
      if (operation.inputs[i] < 0) continue;
      const onnx::Value& input = graph_.input(operation, i);
      // Operands meet the result from the last axis on; a batch norm's have the channels alone.
      const int axis = norm ? 0 : static_cast<int>(input.dims.size()) - static_cast<int>(rank) + 1;
      if (input.constant && (norm ? i > 0 : axis >= 0 && input.dims[axis] == channels_)) {
        constant(number, i, axis);
      } else if (!input.constant) {
        ++tensors;
        if (input.dims.size() != rank || input.dims[1] != channels_ || (norm && i > 0))
          return false;
        add(operation.inputs[i]);
      }
    }
    constexpr std::string_view kAffine[] = {
        "Add", "BatchNormalization", "Dropout", "Identity", "Neg", "Sub"};
    const bool by_constants =
        tensors == 1 && (op == "Mul" || (op == "Div" && !is_constant(operation, 0)));
    if (!by_constants && std::ranges::find(kAffine, op) == std::end(kAffine))
      result_.affine = false;
    return true;
  }

  const onnx::Graph& graph_;
  int depthwise_;
  bool behind_;
  int64_t channels_ = 0;
  std::set<int> met_;  // of those that pass on
  SharedChannels result_;
};

}  // namespace

bool is_depthwise(const onnx::Graph& graph, const Operation& operation) {
  if (operation.node.op != "Conv") return false;
  const onnx::Dims &x = graph.input(operation, 0).dims, &w = graph.input(operation, 1).dims;
  return x.size() > 2 && w.size() == x.size() && x[1] > 1 && w[0] == x[1] && w[1] == 1;
}

SharedChannels channels_of(const onnx::Graph& graph, int depthwise) {
  return Walk(graph, depthwise, false).take();
}
SharedChannels channels_behind(const onnx::Graph& graph, int depthwise) {
  return Walk(graph, depthwise, true).take();
}

onnx::Tensor taken(const onnx::Tensor& tensor, int axis, const std::vector<int>& order,
                   const std::vector<double>& times) {
  onnx::Tensor result{tensor.type, tensor.dims, {}, {}};
  result.dims[axis] = static_cast<int64_t>(order.size());
  int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= tensor.dims[i];
  for (size_t i = axis + 1; i < tensor.dims.size(); ++i) inner *= tensor.dims[i];
  for (int64_t block = 0; block < outer; ++block)
    for (size_t i = 0; i < order.size(); ++i) {
      const auto from = tensor.reals.begin() + (block * tensor.dims[axis] + order[i]) * inner;
      for (int64_t k = 0; k < inner; ++k)
        result.reals.push_back(times.empty() ? from[k] : static_cast<float>(times[i] * from[k]));
    }
  return result;
}

}  // namespace rowcast
