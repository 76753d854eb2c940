#include "sim/training/train.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/nn/functional/loss.h>
#include <torch/optim/sgd.h>

#include <chrono>
#include <cmath>
#include <numbers>

#include "generator/error.h"
#include "sim/torch/batches.h"
#include "sim/torch/checkpoint.h"
#include "sim/torch/trainable.h"
#include "sim/training/random.h"

namespace rowcast::training {
namespace {

using torch::Tensor;

// Of images that are only looked at.
constexpr int64_t kLook = 256;
// Of the seed's streams, those that choose operators.
constexpr uint64_t kOperators = uint64_t{3} << 61;

// fill(index, image) for each of the images.
template <class Fill>
Tensor image_batch(const Dataset& data, int64_t count, const Fill& fill) {
  const Tensor images = torch::empty({count, data.height, data.width, data.channels});
  const size_t size = data.image_size();
  for (int64_t i = 0; i < count; ++i)
    fill(i, std::span(images.data_ptr<float>() + static_cast<size_t>(i) * size, size));
  return images.permute({0, 3, 1, 2});
}

Tensor outputs_of(const Trainable& network, const Tensor& images) {
  const torch::NoGradGuard none;
  return network.forward(images, false);
}

double accuracy_of(const Trainable& network, const Dataset& data, const Scaling& scaling) {
  int64_t right = 0;
  for (int64_t first = 0; first < data.count; first += kLook) {
    const int64_t count = std::min(kLook, data.count - first);
    const Tensor images = image_batch(data, count, [&](int64_t i, std::span<float> image) {
      image_values(data, first + i, scaling, image);
    });
    const Tensor best = outputs_of(network, images).argmax(1);
    for (int64_t i = 0; i < count; ++i)
      right += best.data_ptr<int64_t>()[i] == data.labels[static_cast<size_t>(first + i)];
  }
  return data.count ? static_cast<double>(right) / data.count : 0;
}

double rate_at(const Recipe& recipe, int64_t step, int64_t steps_per_epoch) {
  const double all = static_cast<double>(steps_per_epoch) * recipe.epochs,
               warm = std::min(all, static_cast<double>(steps_per_epoch) * recipe.warm_up),
               at = static_cast<double>(step);
  if (at < warm) return recipe.rate * (at + 1) / warm;
  return recipe.rate * (1 + std::cos(std::numbers::pi * (at - warm) / (all - warm))) / 2;
}

Tensor distillation_loss(const Tensor& outputs, const Tensor& teacher, double temperature) {
  const Tensor student = (outputs / temperature).log_softmax(1);
  const Tensor target = (teacher / temperature).softmax(1);
  return (target * (target.clamp_min(1e-12).log() - student)).sum(1).mean() * temperature *
         temperature;
}

void check(const Trainable& network, const onnx::Graph& graph, const Dataset& data) {
  const onnx::Dims& dims = graph.values[graph.inputs[0]].dims;
  const onnx::Dims given = {1, data.channels, data.height, data.width};
  if (dims != given)
    throw InputError(fmt::format("{}: its input is {}, the images of {} are {}", graph.file,
                                 onnx::to_string(dims), data.name, onnx::to_string(given)));
  if (network.outputs() < data.classes)
    throw InputError(fmt::format("{}: has {} outputs, the images of {} are of {} classes",
                                 graph.file, network.outputs(), data.name, data.classes));
}

class Training {
 public:
  explicit Training(const Job& job)
      : job_(job),
        data_(job.data.train),
        scaling_{job.data.mean, job.data.deviation},
        network_(job.graph, job.scaffold.value_or(Scaffold{})),
        optimiser_(groups(), torch::optim::SGDOptions(job.recipe.rate)) {
    check(network_, job.graph, data_);
    check(network_, job.graph, job.data.test);
    if (job.teacher) {
      teacher_.emplace(*job.teacher);
      check(*teacher_, *job.teacher, data_);
      if (teacher_->outputs() != network_.outputs())
        throw InputError(fmt::format("{}: has {} outputs, its student {}, as many are needed",
                                     job.teacher->file, teacher_->outputs(), network_.outputs()));
    }
    // A run that goes on from a checkpoint has them, used or not, as the one before had.
    for (const auto& [name, tensor] : network_.parameters())
      tensor.mutable_grad() = torch::zeros_like(tensor);
    batch_ = std::min(job.recipe.batch, data_.count);
    steps_ = data_.count / batch_;
  }

  Trained run() {
    CheckpointState state{network_.parameters(), network_.statistics(), optimiser_};
    curve_ = read_checkpoint(job_.checkpoint, job_.settings, state);
    while (static_cast<int>(curve_.size()) < job_.recipe.epochs) {
      const auto start = std::chrono::steady_clock::now();
      Epoch epoch = one_epoch(static_cast<int>(curve_.size()) + 1);
      epoch.test_accuracy = accuracy_of(network_, job_.data.test, scaling_);
      epoch.seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      curve_.push_back(epoch);
      write_checkpoint(job_.checkpoint, job_.settings, state, curve_);
      if (job_.on_epoch) job_.on_epoch(curve_);
    }
    return {network_.graph(), curve_};
  }

 private:
  // Weights, which decay; what does not; adapters, with a rate of their own.
  std::vector<torch::optim::OptimizerParamGroup> groups() {
    std::vector<Tensor> weights, others, adapters;
    for (const auto& [name, tensor] : network_.parameters())
      (network_.is_adapter(name)  ? adapters
       : network_.is_weight(name) ? weights
                                  : others)
          .push_back(tensor);
    std::vector<torch::optim::OptimizerParamGroup> groups;
    const auto add = [&](const std::vector<Tensor>& tensors, double decay, double rate) {
      if (tensors.empty()) return;
      groups.emplace_back(tensors, std::make_unique<torch::optim::SGDOptions>(
                                       torch::optim::SGDOptions(job_.recipe.rate)
                                           .momentum(job_.recipe.momentum)
                                           .nesterov(job_.recipe.momentum > 0)
                                           .weight_decay(decay)));
      rates_.push_back(rate);
    };
    add(weights, job_.recipe.weight_decay, 1);
    add(others, 0, 1);
    add(adapters, 0, job_.scaffold ? job_.scaffold->rate : 1);
    return groups;
  }

  // Draws each scaffolded layer's operator.
  void choose_operators(int64_t step) {
    if (!job_.scaffold) return;
    const Scaffold& how = *job_.scaffold;
    const double share =
        static_cast<double>(step) / (static_cast<double>(steps_) * job_.recipe.epochs * how.until);
    const double probability = share < 1 ? how.first * (1 - share) : 0;
    Random random(job_.recipe.seed, kOperators + static_cast<uint64_t>(step));
    for (char& depthwise : network_.depthwise()) depthwise = random.uniform() < probability;
  }

  Epoch one_epoch(int number) {
    const Recipe& recipe = job_.recipe;
    const std::vector<int64_t> order = order_of(data_.count, recipe.seed, number);
    Epoch epoch{.number = number};
    int64_t right = 0;
    for (int64_t step = 0; step < steps_; ++step) {
      epoch.rate = rate_at(recipe, (number - 1) * steps_ + step, steps_);
      for (size_t i = 0; i < rates_.size(); ++i)
        static_cast<torch::optim::SGDOptions&>(optimiser_.param_groups()[i].options())
            .lr(epoch.rate * rates_[i]);
      choose_operators((number - 1) * steps_ + step);
      const int64_t* indices = order.data() + step * batch_;
      const Tensor images = image_batch(data_, batch_, [&](int64_t i, std::span<float> image) {
        augmented_image(data_, indices[i], scaling_, recipe.augmentation, recipe.seed, number,
                        image);
      });
      const Tensor labels = torch::empty({batch_}, torch::kLong);
      for (int64_t i = 0; i < batch_; ++i)
        labels.data_ptr<int64_t>()[i] = data_.labels[static_cast<size_t>(indices[i])];
      optimiser_.zero_grad();
      const Tensor outputs = network_.forward(images, true);
      Tensor loss = torch::nn::functional::cross_entropy(outputs, labels);
      if (teacher_ && recipe.distillation > 0)
        loss = (1 - recipe.distillation) * loss +
               recipe.distillation *
                   distillation_loss(outputs, outputs_of(*teacher_, images), recipe.temperature);
      const double value = loss.item<double>();
      if (!std::isfinite(value))
        throw InputError(fmt::format(
            "training: the loss is {} in epoch {}, step {} of {}: a rate below {} is needed", value,
            number, step + 1, steps_, recipe.rate));
      loss.backward();
      optimiser_.step();
      epoch.loss += value / static_cast<double>(steps_);
      right += (outputs.argmax(1) == labels).sum().item<int64_t>();
      if (job_.on_step) job_.on_step(number, step + 1, steps_, value);
    }
    for (const auto& [name, tensor] : network_.parameters())
      if (!tensor.isfinite().all().item<bool>())
        throw InputError(
            fmt::format("training: '{}' is no number after epoch {}: a rate below {} is needed",
                        name, number, recipe.rate));
    epoch.training_accuracy = static_cast<double>(right) / static_cast<double>(steps_ * batch_);
    return epoch;
  }

  const Job& job_;
  const Dataset& data_;
  Scaling scaling_;
  Trainable network_;
  std::vector<double> rates_;  // of the optimiser's groups, times the recipe's
  torch::optim::SGD optimiser_;
  std::optional<Trainable> teacher_;
  int64_t batch_ = 1, steps_ = 1;
  std::vector<Epoch> curve_;
};

}  // namespace

Trained train(const Job& job) {
  at::set_num_threads(job.recipe.threads);
  return Training(job).run();
}

}  // namespace rowcast::training
