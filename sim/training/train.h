// Training of a graph on labelled images. What is here is free of libtorch: the program declares
// it, the module that is loaded when something is trained defines it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/dataset/dataset.h"
#include "sim/onnx/graph.h"

namespace rowcast::training {

// What is done to each training image, anew in every epoch.
struct Augmentation {
  int shift = 2;      // by up to so many pixels along each axis
  bool flip = false;  // left and right change places with probability 1/2
  int cutout = 7;     // a square of this side becomes background with probability 1/2 (DeVries and
                      // Taylor, arXiv 1708.04552); 0: none
};

// Stochastic gradient descent with Nesterov's momentum, a rate that rises over the warm-up and then
// falls as a cosine (Loshchilov and Hutter, ICLR 2017), weight decay on weights alone.
struct Recipe {
  int epochs = 20, batch = 128;
  double rate = 0.3, momentum = 0.9, weight_decay = 1e-4;
  double warm_up = 1;  // epochs
  Augmentation augmentation;
  // Of a teacher's answers, softened by the temperature, in the loss: (1 - share) * cross entropy +
  // share * temperature^2 * Kullback-Leibler divergence (Hinton et al., arXiv 1503.02531).
  double distillation = 0.5, temperature = 2;
  uint64_t seed = 1;
  int threads = 1;
};

// Neural Operator Scaffolding (Ganesan et al.): each of these layers, FuSe Half in the graph, keeps
// K×K kernels, and two adapters of K × K² numbers make of each kernel the one of 1×K or K×1 that
// stands for it. In each step a layer is depthwise with a probability that falls from `first` to 0
// over a share `until` of the steps; a batch norm of its own stands behind each operator. At the
// end the adapted kernels are what is left.
struct ScaffoldedLayer {
  std::vector<float> kernels;      // [channels][K²], in the order of the layer's channels
  std::vector<float> row, column;  // the adapters to begin with, [K][K²]
};
struct Scaffold {
  std::map<std::string, ScaffoldedLayer> layers;  // by the name of the FuSe node
  double first = 0.5, until = 0.3;
  double rate = 0.1;  // of the adapters, times the recipe's
};

struct Epoch {
  int number = 0;  // from 1
  double loss = 0, rate = 0, training_accuracy = 0, test_accuracy = 0, seconds = 0;
};

struct Job {
  onnx::Graph graph;                   // what is trained, from the weights that it has
  std::optional<onnx::Graph> teacher;  // of the same inputs and classes
  std::optional<Scaffold> scaffold;
  DataPair data;
  Recipe recipe;
  std::filesystem::path checkpoint;  // written after every epoch, read first where there is one
  std::string settings;  // of what a checkpoint must have been made by; lines KEY = VALUE
  std::function<void(int epoch, int64_t step, int64_t steps, double loss)> on_step;
  std::function<void(const std::vector<Epoch>&)> on_epoch;
};

struct Trained {
  onnx::Graph graph;
  std::vector<Epoch> curve;
};

// Throws InputError: a graph that can not be trained, data of another shape, a loss that is no
// number any more, a checkpoint of another run or that can not be read or written (the one before
// stays).
Trained train(const Job& job);

}  // namespace rowcast::training
