#include "sim/onnx/graph.h"

#include <fmt/format.h>

#include <algorithm>

#include "generator/error.h"
#include "sim/onnx/operators.h"

namespace rowcast::onnx {
namespace {

class Resolver {
 public:
  Resolver(Model model, const std::string& file) : model_(std::move(model)) {
    graph_.file = file;
    graph_.opset = model_.opset;
  }

  Graph run(const InputShapes& shapes) {
    for (auto& [name, tensor] : model_.initialisers) add_constant(name, std::move(tensor));
    add_inputs(shapes);
    for (Node& node : model_.nodes) {
      try {
        add(std::move(node));
      } catch (const NodeError& error) {
        throw InputError(fmt::format("{}: {}: {}", graph_.file, described(current_), error.what()));
      }
    }
    for (const ValueInfo& output : model_.outputs) {
      const auto it = names_.find(output.name);
      if (it == names_.end())
        throw InputError(
            fmt::format("{}: output '{}' comes from no node", graph_.file, output.name));
      graph_.outputs.push_back(it->second);
    }
    drop_unused();
    return std::move(graph_);
  }

 private:
  int add_value(Value value) {
    const int index = static_cast<int>(graph_.values.size());
    if (!names_.emplace(value.name, index).second)
      throw InputError(fmt::format("{}: value '{}' is made twice", graph_.file, value.name));
    graph_.values.push_back(std::move(value));
    return index;
  }

  int add_constant(const std::string& name, Tensor tensor) {
    Value value{name, tensor.type, tensor.dims, {}};
    value.constant = std::move(tensor);
    return add_value(std::move(value));
  }

  void add_inputs(const InputShapes& shapes) {
    for (const auto& [name, dims] : shapes)
      if (!name.empty() &&
          std::ranges::find(model_.inputs, name, &ValueInfo::name) == model_.inputs.end())
        throw InputError(fmt::format("{}: input '{}' is not there, allowed are {}", graph_.file,
                                     name, input_names()));
    for (const ValueInfo& input : model_.inputs) {
      auto given = shapes.find(input.name);
      if (given == shapes.end() && &input == &model_.inputs.front()) given = shapes.find("");
      Dims dims = input.dims;
      if (dims.size() >= 2 && dims[0] < 0) dims[0] = 1;
      if (given != shapes.end()) {
        if (input.has_dims && !fits(given->second, input.dims))
          throw InputError(fmt::format("{}: input '{}': a shape of {} was given, allowed is {}",
                                       graph_.file, input.name, to_string(given->second),
                                       open_shape(input.dims)));
        dims = given->second;
      } else if (!input.has_dims || element_count(dims) <= 0) {
        throw InputError(fmt::format(
            "{}: input '{}': its shape {} is open, it has to be given", graph_.file, input.name,
            input.has_dims ? open_shape(input.dims) : "is not in the file and"));
      }
      graph_.inputs.push_back(add_value({input.name, input.type, dims, {}}));
    }
  }

  std::string input_names() const {
    std::string names;
    for (const ValueInfo& input : model_.inputs)
      names += fmt::format("{}'{}'", names.empty() ? "" : ", ", input.name);
    return names;
  }

  static bool fits(const Dims& given, const Dims& declared) {
    return std::ranges::equal(given, declared, [](int64_t size, int64_t wanted) {
      return size > 0 && (wanted < 0 || size == wanted);
    });
  }

  static std::string open_shape(const Dims& dims) {
    std::string text;
    for (const int64_t size : dims)
      text += fmt::format("{}{}", text.empty() ? "" : "x", size < 0 ? "?" : std::to_string(size));
    return text;
  }

  void add(Node node) {
    current_ = std::move(node);
    const Operator* row = current_.domain.empty() ? find_operator(current_.op) : nullptr;
    if (!row)
      throw NodeError(
          fmt::format("the operator is not supported, allowed are {}", operator_names()));
    if (current_.inputs.size() < row->least_inputs || current_.inputs.size() > row->most_inputs)
      throw NodeError(fmt::format("{} inputs, allowed are {} to {}", current_.inputs.size(),
                                  row->least_inputs, row->most_inputs));
    Operation operation{current_, {}, {}};
    std::vector<const Value*> inputs;
    for (const std::string& name : current_.inputs) {
      const auto it = names_.find(name);
      if (!name.empty() && it == names_.end())
        throw NodeError(fmt::format("its input '{}' comes from no node before it", name));
      operation.inputs.push_back(name.empty() ? -1 : it->second);
      inputs.push_back(name.empty() ? nullptr : &graph_.values[it->second]);
    }
    const Operands operands(current_, inputs, graph_.opset);
    const std::vector<Result> results = row->infer(operands);
    for (const Result& result : results)
      if (element_count(result.dims) < 0)
        throw NodeError(fmt::format("a result of {} can not be", to_string(result.dims)));
    if (results.size() < current_.outputs.size())
      throw NodeError(
          fmt::format("{} outputs, allowed are up to {}", current_.outputs.size(), results.size()));

    const bool small = std::ranges::all_of(
        results, [](const Result& result) { return element_count(result.dims) <= kMaxFolded; });
    if (small && (row->of_shapes || operands.all_constant())) {
      std::vector<Tensor> tensors = row->evaluate(operands, results);
      for (size_t i = 0; i < current_.outputs.size(); ++i)
        if (!current_.outputs[i].empty()) {
          elements_ += tensors[i].size();
          if (elements_ > kMaxFolded) throw NodeError("constants of the file grow beyond all use");
          add_constant(current_.outputs[i], std::move(tensors[i]));
        }
      ++graph_.folded;
      return;
    }
    for (size_t i = 0; i < current_.outputs.size(); ++i)
      operation.outputs.push_back(
          current_.outputs[i].empty()
              ? -1
              : add_value({current_.outputs[i], results[i].type, results[i].dims, {}}));
    graph_.operations.push_back(std::move(operation));
  }

  void drop_unused() {
    std::vector<bool> used(graph_.values.size());
    for (const int value : graph_.outputs) used[value] = true;
    std::vector<Operation> kept;
    for (auto it = graph_.operations.rbegin(); it != graph_.operations.rend(); ++it) {
      if (std::ranges::none_of(it->outputs, [&](int value) { return value >= 0 && used[value]; }))
        continue;
      for (const int value : it->inputs)
        if (value >= 0) used[value] = true;
      kept.push_back(std::move(*it));
    }
    std::ranges::reverse(kept);
    graph_.operations = std::move(kept);
  }

  Model model_;
  Graph graph_;
  std::map<std::string, int, std::less<>> names_;
  Node current_;
  int64_t elements_ = 0;  // of folded constants
};

}  // namespace

Graph resolve(Model model, const std::string& file, const InputShapes& shapes) {
  return Resolver(std::move(model), file).run(shapes);
}

std::vector<Value> evaluate(const Graph& graph, std::vector<Tensor> inputs) {
  std::vector<Value> values = graph.values;
  if (inputs.size() != graph.inputs.size())
    throw InputError(fmt::format("{}: {} inputs were given, {} are needed", graph.file,
                                 inputs.size(), graph.inputs.size()));
  for (size_t i = 0; i < inputs.size(); ++i) {
    Value& value = values[graph.inputs[i]];
    if (inputs[i].type != value.type || inputs[i].dims != value.dims)
      throw InputError(fmt::format("{}: input '{}' is {} {}, {} {} is needed", graph.file,
                                   value.name, to_string(inputs[i].type), to_string(inputs[i].dims),
                                   to_string(value.type), to_string(value.dims)));
    value.constant = std::move(inputs[i]);
  }
  for (const Operation& operation : graph.operations) {
    std::vector<const Value*> operands;
    std::vector<Result> results;
    for (const int value : operation.inputs)
      operands.push_back(value < 0 ? nullptr : &values[value]);
    for (const int value : operation.outputs)
      results.push_back(value < 0 ? Result{} : Result{values[value].type, values[value].dims});
    try {
      std::vector<Tensor> tensors =
          find_operator(operation.node.op)
              ->evaluate(Operands(operation.node, operands, graph.opset), results);
      for (size_t i = 0; i < operation.outputs.size(); ++i)
        if (operation.outputs[i] >= 0)
          values[operation.outputs[i]].constant = std::move(tensors[i]);
    } catch (const NodeError& error) {
      throw InputError(
          fmt::format("{}: {}: {}", graph.file, described(operation.node), error.what()));
    }
  }
  return values;
}

}  // namespace rowcast::onnx
