#include "sim/torch/channelwise.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "sim/torch/kernels.h"

namespace rowcast::training {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// What one thread takes at a time. Fixed, so that sums do not depend on the number of threads.
constexpr int64_t kImages = 16;
constexpr int64_t kPixels = 2048;

int64_t chunks_of(int64_t count, int64_t each) { return (count + each - 1) / each; }

// body(chunk, first, count).
template <class Body>
void for_chunks(int64_t count, int64_t each, const Body& body) {
  at::parallel_for(0, chunks_of(count, each), 1, [&](int64_t begin, int64_t end) {
    for (int64_t chunk = begin; chunk < end; ++chunk)
      body(chunk, chunk * each, std::min(each, count - chunk * each));
  });
}

Tensor channels_last(const Tensor& tensor) {
  return tensor.contiguous(at::MemoryFormat::ChannelsLast);
}
Tensor empty_image(at::IntArrayRef sizes, const Tensor& like) {
  return torch::empty(sizes, like.options().memory_format(at::MemoryFormat::ChannelsLast));
}

// [channels][1][kernel_h][kernel_w] as [tap][channel].
Tensor by_tap(const Tensor& weights) {
  return weights.reshape({weights.size(0), -1}).t().contiguous();
}

struct Geometry : torch::CustomClassHolder {
  std::vector<Branch> branches;
};

class Channelwise : public torch::autograd::Function<Channelwise> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& first,
                        const Tensor& second, const std::vector<Branch>& branches) {
    const Tensor x = channels_last(input);
    const auto geometry = c10::make_intrusive<Geometry>();
    geometry->branches = branches;
    context->saved_data["geometry"] = c10::IValue::make_capsule(geometry);
    context->save_for_backward({x, first, second});
    const Branch& shape = branches[0];
    const int64_t images = x.size(0);
    const Tensor y =
        empty_image({images, shape.out_channels, shape.out_height, shape.out_width}, x);
    for (size_t i = 0; i < branches.size(); ++i) {
      const Branch& branch = branches[i];
      const Tensor weights = by_tap(i ? second : first);
      for_chunks(images, kImages, [&](int64_t, int64_t begin, int64_t count) {
        std::vector<float> scratch(scratch_floats(branch));
        kernels().forward(branch, count, x.data_ptr<float>() + begin * x.stride(0),
                          weights.data_ptr<float>(), y.data_ptr<float>() + begin * y.stride(0),
                          scratch.data());
      });
    }
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const std::vector<Branch>& branches =
        c10::static_intrusive_pointer_cast<Geometry>(context->saved_data["geometry"].toCapsule())
            ->branches;
    const Tensor& x = saved[0];
    const Tensor dy = channels_last(gradients[0]);
    const int64_t images = x.size(0);
    const bool wants_input = context->needs_input_grad(0);
    // Branches of FuSe Half meet other channels, those of Full the same.
    int covered = 0;
    for (const Branch& branch : branches) covered += branch.channels;
    const bool whole = covered == branches[0].in_channels;
    Tensor dx;
    if (wants_input) {
      dx = empty_image(x.sizes(), x);
      if (!whole) dx.zero_();
    }
    variable_list weight_gradients;
    for (size_t i = 0; i < branches.size(); ++i) {
      const Branch& branch = branches[i];
      const Tensor weights = by_tap(saved[1 + i]);
      const Tensor sums =
          torch::zeros({chunks_of(images, kImages), branch.taps(), branch.channels}, x.options());
      for_chunks(images, kImages, [&](int64_t chunk, int64_t begin, int64_t count) {
        std::vector<float> scratch(scratch_floats(branch));
        const float* g = dy.data_ptr<float>() + begin * dy.stride(0);
        if (wants_input)
          kernels().backward_input(branch, count, g, weights.data_ptr<float>(), !whole,
                                   dx.data_ptr<float>() + begin * dx.stride(0), scratch.data());
        kernels().backward_weights(branch, count, x.data_ptr<float>() + begin * x.stride(0), g,
                                   sums.data_ptr<float>() + chunk * sums.stride(0), scratch.data());
      });
      weight_gradients.push_back(sums.sum(0).t().reshape(saved[1 + i].sizes()));
    }
    weight_gradients.resize(2);
    return {dx, weight_gradients[0], weight_gradients[1], Tensor()};
  }
};

struct Clamp {
  float low, high;
};

class Normalised : public torch::autograd::Function<Normalised> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& scale,
                        const Tensor& shift, Tensor running_mean, Tensor running_variance,
                        double epsilon, double momentum, Clamp clamp) {
    const Tensor x = channels_last(input);
    const int channels = static_cast<int>(x.size(1));
    const int64_t pixels = x.numel() / channels, chunks = chunks_of(pixels, kPixels);
    const Tensor means = torch::empty({chunks, channels}, x.options());
    const Tensor squares = torch::empty({chunks, channels}, x.options());
    for_chunks(pixels, kPixels, [&](int64_t chunk, int64_t begin, int64_t count) {
      kernels().moments(count, channels, x.data_ptr<float>() + begin * channels,
                        means.data_ptr<float>() + chunk * channels,
                        squares.data_ptr<float>() + chunk * channels);
    });
    // Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm ...", 1979.
    std::vector<double> mean(channels), square(channels);
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      const double before = static_cast<double>(chunk * kPixels),
                   count = static_cast<double>(std::min(kPixels, pixels - chunk * kPixels));
      for (int c = 0; c < channels; ++c) {
        const double apart = means.data_ptr<float>()[chunk * channels + c] - mean[c];
        mean[c] += apart * count / (before + count);
        square[c] += squares.data_ptr<float>()[chunk * channels + c] +
                     apart * apart * before * count / (before + count);
      }
    }
    const Tensor centre = torch::empty({channels}, x.options()),
                 factor = torch::empty({channels}, x.options()),
                 offset = torch::empty({channels}, x.options()),
                 inverse = torch::empty({channels}, x.options());
    for (int c = 0; c < channels; ++c) {
      const double variance = square[c] / static_cast<double>(pixels);
      const double deviation = 1 / std::sqrt(variance + epsilon);
      const double by = scale.data_ptr<float>()[c] * deviation;
      centre.data_ptr<float>()[c] = static_cast<float>(mean[c]);
      inverse.data_ptr<float>()[c] = static_cast<float>(deviation);
      factor.data_ptr<float>()[c] = static_cast<float>(by);
      offset.data_ptr<float>()[c] = static_cast<float>(shift.data_ptr<float>()[c] - mean[c] * by);
      float& kept_mean = running_mean.data_ptr<float>()[c];
      float& kept_variance = running_variance.data_ptr<float>()[c];
      const double unbiased = square[c] / static_cast<double>(std::max<int64_t>(1, pixels - 1));
      kept_mean += static_cast<float>(momentum * (mean[c] - kept_mean));
      kept_variance += static_cast<float>(momentum * (unbiased - kept_variance));
    }
    const Norm norm{factor.data_ptr<float>(), offset.data_ptr<float>(), clamp.low, clamp.high};
    const Tensor y = empty_image(x.sizes(), x);
    for_chunks(pixels, kPixels, [&](int64_t, int64_t begin, int64_t count) {
      kernels().normalise(count, channels, x.data_ptr<float>() + begin * channels, norm,
                          y.data_ptr<float>() + begin * channels);
    });
    context->save_for_backward({x, centre, inverse, factor, offset});
    context->saved_data["low"] = static_cast<double>(clamp.low);
    context->saved_data["high"] = static_cast<double>(clamp.high);
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &centre = saved[1], &inverse = saved[2];
    const Norm norm{saved[3].data_ptr<float>(), saved[4].data_ptr<float>(),
                    static_cast<float>(context->saved_data["low"].toDouble()),
                    static_cast<float>(context->saved_data["high"].toDouble())};
    const Tensor dy = channels_last(gradients[0]);
    const int channels = static_cast<int>(x.size(1));
    const int64_t pixels = x.numel() / channels, chunks = chunks_of(pixels, kPixels);
    const Tensor sums = torch::empty({2, chunks, channels}, x.options());
    for_chunks(pixels, kPixels, [&](int64_t chunk, int64_t begin, int64_t count) {
      float* g = sums.data_ptr<float>() + chunk * channels;
      kernels().norm_sums(count, channels, x.data_ptr<float>() + begin * channels,
                          dy.data_ptr<float>() + begin * channels, norm, centre.data_ptr<float>(),
                          g, g + chunks * channels);
    });
    const Tensor total = sums.to(torch::kDouble).sum(1);
    const Tensor deviation = inverse.to(torch::kDouble);
    const Tensor by_one = (total[0] / static_cast<double>(pixels)).to(torch::kFloat);
    const Tensor by_x =
        (total[1] * deviation * deviation / static_cast<double>(pixels)).to(torch::kFloat);
    const Tensor dx = empty_image(x.sizes(), x);
    for_chunks(pixels, kPixels, [&](int64_t, int64_t begin, int64_t count) {
      kernels().norm_backward(count, channels, x.data_ptr<float>() + begin * channels,
                              dy.data_ptr<float>() + begin * channels, norm,
                              centre.data_ptr<float>(), by_one.data_ptr<float>(),
                              by_x.data_ptr<float>(), dx.data_ptr<float>() + begin * channels);
    });
    return {dx,
            (total[1] * deviation).to(torch::kFloat),
            total[0].to(torch::kFloat),
            Tensor(),
            Tensor(),
            Tensor(),
            Tensor(),
            Tensor()};
  }
};

}  // namespace

Tensor channelwise(const Tensor& input, const std::vector<BranchWeights>& parts) {
  std::vector<Branch> branches;
  int first_out = 0;
  for (const BranchWeights& part : parts) {
    const Sliding& s = part.sliding;
    const auto size = [](int64_t value) { return static_cast<int>(value); };
    Branch b{};
    b.in_channels = size(input.size(1)), b.in_height = size(input.size(2));
    b.in_width = size(input.size(3));
    b.channels = size(part.weights.size(0));
    b.kernel_h = size(part.weights.size(2)), b.kernel_w = size(part.weights.size(3));
    b.stride_h = s.stride_h, b.stride_w = s.stride_w;
    b.dilation_h = s.dilation_h, b.dilation_w = s.dilation_w;
    b.pad_top = s.pad_top, b.pad_left = s.pad_left;
    const int reach_h = s.dilation_h * (b.kernel_h - 1) + 1;
    const int reach_w = s.dilation_w * (b.kernel_w - 1) + 1;
    b.out_height = (b.in_height + s.pad_top + s.pad_bottom - reach_h) / s.stride_h + 1;
    b.out_width = (b.in_width + s.pad_left + s.pad_right - reach_w) / s.stride_w + 1;
    b.first_in = part.first_in, b.first_out = first_out;
    first_out += b.channels;
    branches.push_back(b);
  }
  for (Branch& branch : branches) branch.out_channels = first_out;
  return Channelwise::apply(input, parts[0].weights,
                            parts.size() > 1 ? parts[1].weights : torch::empty({0}), branches);
}

Tensor normalised(const Tensor& input, const BatchNorm& norm, bool training) {
  if (training)
    return Normalised::apply(input, norm.scale, norm.shift, norm.running_mean,
                             norm.running_variance, norm.epsilon, norm.momentum,
                             Clamp{norm.low, norm.high});
  const Tensor factor = norm.scale / (norm.running_variance + norm.epsilon).sqrt();
  const Tensor offset = norm.shift - norm.running_mean * factor;
  if (!torch::GradMode::is_enabled()) {
    const Tensor x = channels_last(input), y = empty_image(x.sizes(), x);
    const int channels = static_cast<int>(x.size(1));
    const Norm by{factor.data_ptr<float>(), offset.data_ptr<float>(), norm.low, norm.high};
    for_chunks(x.numel() / channels, kPixels, [&](int64_t, int64_t begin, int64_t count) {
      kernels().normalise(count, channels, x.data_ptr<float>() + begin * channels, by,
                          y.data_ptr<float>() + begin * channels);
    });
    return y;
  }
  return (input * factor.view({1, -1, 1, 1}) + offset.view({1, -1, 1, 1}))
      .clamp(norm.low, norm.high);
}

}  // namespace rowcast::training
