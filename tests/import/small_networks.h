// Small networks as ONNX, with random weights.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/onnx/onnx_writer.h"

namespace rowcast::test {

class SmallNetwork {
 public:
  explicit SmallNetwork(onnx::Dims input, uint32_t seed = 1, int opset = 13) : random_(seed) {
    model_.ir_version = 8;
    model_.opset = opset;
    model_.graph_name = "small";
    model_.inputs = {{"x", onnx::Type::kFloat, std::move(input), true}};
  }

  using Attributes = std::map<std::string, onnx::Attribute, std::less<>>;
  // Appends a node of the last one, or of these inputs; what it makes.
  std::string add(const std::string& op, std::vector<std::string> inputs,
                  Attributes attributes = {}, int outputs = 1) {
    onnx::Node node;
    node.op = op;
    node.name = op + std::to_string(model_.nodes.size());
    node.inputs = std::move(inputs);
    node.attributes = std::move(attributes);
    for (int i = 0; i < outputs; ++i)
      node.outputs.push_back(node.name + (i == 0 ? "" : "_" + std::to_string(i)));
    model_.nodes.push_back(node);
    return node.name;
  }
  // Constants from -1 to 1, or around a middle.
  std::string constant(onnx::Dims dims, float middle = 0) {
    std::uniform_real_distribution<float> value(middle - 1, middle + 1);
    std::vector<float> values(static_cast<size_t>(onnx::element_count(dims)));
    for (float& v : values) v = value(random_);
    return constant(reals(std::move(dims), std::move(values)));
  }
  std::string constant(onnx::Tensor tensor) {
    const std::string name = "c" + std::to_string(model_.initialisers.size());
    model_.initialisers.emplace(name, std::move(tensor));
    return name;
  }
  std::string scalar(float value) { return constant(reals({}, {value})); }
  std::string numbers(std::vector<int64_t> values) {
    const auto size = static_cast<int64_t>(values.size());
    return constant(integers({size}, std::move(values)));
  }
  // A convolution of `x` with random weights and biases.
  std::string conv(const std::string& x, onnx::Dims weights, Attributes attributes = {}) {
    const int64_t filters = weights[0];
    const std::string w = constant(std::move(weights)), b = constant({filters});
    return add("Conv", {x, w, b}, std::move(attributes));
  }
  // The last node's result is the network's.
  std::string bytes(std::vector<std::string> outputs = {}, const std::vector<Proto>& more = {}) {
    if (outputs.empty()) outputs = {model_.nodes.back().outputs[0]};
    model_.outputs.clear();
    for (const std::string& name : outputs)
      model_.outputs.push_back({name, onnx::Type::kFloat, {}, false});
    return model_bytes(model_, more);
  }
  onnx::Model& model() { return model_; }

 private:
  onnx::Model model_;
  std::mt19937 random_;
};

}  // namespace rowcast::test
