// A graph whose constants are learnt: the operations of an ONNX graph as libtorch computes them, on
// batches.
#pragma once

#include <torch/types.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim/onnx/graph.h"
#include "sim/torch/channelwise.h"
#include "sim/training/train.h"

namespace rowcast::training {

// Values by index, as the graph has them; undefined once nobody reads them any more.
using Values = std::vector<torch::Tensor>;

class Trainable {
 public:
  // Throws InputError naming the first node that can not be trained.
  explicit Trainable(const onnx::Graph& graph, const Scaffold& scaffold = {});

  // [images][...] of the graph's input, to its first output, before a softmax that ends the graph.
  torch::Tensor forward(const torch::Tensor& input, bool training) const;

  // What is learnt, and the statistics of batch norms, by name.
  std::map<std::string, torch::Tensor>& parameters() { return parameters_; }
  std::map<std::string, torch::Tensor>& statistics() { return statistics_; }
  // The graph with what was learnt.
  onnx::Graph graph() const;

  // Of scaffolded layers, in the graph's order, whether the next forward passes in training are
  // depthwise.
  std::vector<char>& depthwise() { return *depthwise_; }
  bool is_adapter(const std::string& parameter) const;
  // What products are with: no bias, batch norm, slope or adapter.
  bool is_weight(const std::string& parameter) const { return weights_.contains(parameter); }

  // Classes: the size of the output.
  int64_t outputs() const { return outputs_; }

 private:
  class Builder;
  struct Step {
    std::function<torch::Tensor(const Values&, bool training)> run;
    int result;
    std::vector<int> last_uses;  // values that no later step reads
  };

  onnx::Graph graph_;
  std::vector<Step> steps_;
  int output_ = 0;
  int64_t outputs_ = 0;
  std::map<std::string, torch::Tensor> parameters_, statistics_;
  std::set<std::string> weights_;      // of parameters_
  std::map<std::string, int> values_;  // of the graph, by the name of what is learnt
  // What is learnt in the place of a value of the graph: its branch's kernels and adapter.
  struct Adapted {
    std::string kernels, adapter;
    int first, channels;
  };
  std::map<int, Adapted> adapted_;
  std::shared_ptr<std::vector<char>> depthwise_ = std::make_shared<std::vector<char>>();
};

}  // namespace rowcast::training
