// A model's graph with every shape known and everything folded that does not depend on the inputs:
// what exporters leave of Shape, Gather, Unsqueeze, Cast, ConstantOfShape, Reshape, ...
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/onnx/model.h"

namespace rowcast::onnx {

struct Value {
  std::string name;
  Type type = Type::kUndefined;
  Dims dims;
  std::optional<Tensor> constant;  // of the same type and shape
};

struct Operation {
  Node node;
  std::vector<int> inputs;   // indices of values; -1 where an optional one is left out
  std::vector<int> outputs;  // likewise
};

struct Graph {
  std::string file;  // how messages call it
  int opset = 0;
  std::vector<Value> values;
  std::vector<Operation> operations;  // in an order in which they can run; each reaches an output
  std::vector<int> inputs, outputs;   // values
  int folded = 0;                     // nodes that were, Constant among them

  const Value& input(const Operation& operation, size_t i) const {
    return values[operation.inputs[i]];
  }
};

// Shapes of inputs that the file leaves open, by the input's name; "" is the first input. An
// unknown first size of an input of two or more dimensions is a batch, and 1.
using InputShapes = std::map<std::string, Dims, std::less<>>;

// Throws InputError: unknown operators, what an operator does not allow, a shape that is not known,
// each as "FILE: node 'NAME' (OP): what is wrong, given, allowed".
Graph resolve(Model model, const std::string& file, const InputShapes& shapes = {});

// All values for these inputs, in the graph's order, computed in float by plain loops; `constant`
// then holds each value's elements. Throws InputError where an input's type or shape is not the
// graph's, or an operator can not be computed.
std::vector<Value> evaluate(const Graph& graph, std::vector<Tensor> inputs);

}  // namespace rowcast::onnx
