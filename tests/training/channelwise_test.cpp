// The differentiable operations against libtorch's own in double.
#include "sim/torch/channelwise.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <functional>
#include <random>
#include <vector>

#include "tests/names.h"

namespace rowcast::training {
namespace {

using torch::Tensor;
using Tensors = std::vector<Tensor>;

constexpr float kInfinite = std::numeric_limits<float>::infinity();

struct Answer {
  Tensor result;
  Tensors gradients;
};

// The result and the gradients of all operands, where `weights` are the result's.
Answer answer(const std::function<Tensor(const Tensors&)>& function, const Tensors& operands,
              const Tensor& weights, torch::ScalarType type) {
  Tensors leaves;
  for (const Tensor& operand : operands)
    leaves.push_back(operand.detach().to(type).clone().set_requires_grad(true));
  const Tensor result = function(leaves);
  (result * weights.to(type)).sum().backward();
  Answer answer{result.detach(), {}};
  for (const Tensor& leaf : leaves) answer.gradients.push_back(leaf.grad());
  return answer;
}

// To a share of the largest number.
void expect_near(const Tensor& found, const Tensor& exact, double share, const std::string& what) {
  ASSERT_EQ(found.sizes(), exact.sizes()) << what;
  const double largest = std::max(1.0, exact.abs().max().item<double>());
  EXPECT_LE((found.to(torch::kDouble) - exact).abs().max().item<double>(), share * largest) << what;
}

void expect_same(const Answer& a, const Answer& b) {
  EXPECT_TRUE(a.result.equal(b.result));
  for (size_t i = 0; i < a.gradients.size(); ++i)
    EXPECT_TRUE(a.gradients[i].equal(b.gradients[i])) << "gradient " << i;
}

// The layer as libtorch has it: one branch of all channels, or two, of halves or of all channels.
enum class Kind { kDepthwise, kHalf, kFull };

struct Layer {
  Kind kind;
  int channels;
  std::vector<Sliding> sliding;  // of each branch

  int rows() const { return kind == Kind::kHalf ? channels / 2 : channels; }

  Tensor ours(const Tensors& operands) const {
    std::vector<BranchWeights> branches;
    for (size_t i = 0; i < sliding.size(); ++i)
      branches.push_back({operands[1 + i], sliding[i], kind == Kind::kHalf && i ? rows() : 0});
    return channelwise(operands[0], branches);
  }
  Tensor theirs(const Tensors& operands) const {
    Tensors parts;
    for (size_t i = 0; i < sliding.size(); ++i) {
      const Sliding& s = sliding[i];
      const int64_t count = operands[1 + i].size(0);
      const Tensor x = torch::constant_pad_nd(
          operands[0].narrow(1, kind == Kind::kHalf && i ? rows() : 0, count),
          {s.pad_left, s.pad_right, s.pad_top, s.pad_bottom});
      parts.push_back(torch::conv2d(x, operands[1 + i], {}, {s.stride_h, s.stride_w},
                                    at::IntArrayRef{0, 0}, {s.dilation_h, s.dilation_w}, count));
    }
    return torch::cat(parts, 1);
  }
};

class Channelwise : public testing::TestWithParam<int> {
 protected:
  std::mt19937 random_{static_cast<uint32_t>(GetParam())};
  void SetUp() override { torch::manual_seed(GetParam()); }
  void TearDown() override { at::set_num_threads(1); }

  int from_to(int first, int last) {
    return std::uniform_int_distribution<int>(first, last)(random_);
  }
  // In another order in memory, or with gaps, now and then.
  Tensor image(int64_t n, int64_t c, int64_t h, int64_t w) {
    switch (from_to(0, 2)) {
      case 0:
        return torch::randn({n, c, h, w}).contiguous(at::MemoryFormat::ChannelsLast);
      case 1:
        return torch::randn({n, c, h, w});
      default:
        return torch::randn({n, c + 2, w, h}).transpose(2, 3).narrow(1, 1, c);
    }
  }
  struct Case {
    Layer layer;
    Tensors operands;
  };
  Case random_case(Kind kind) {
    const int k = from_to(1, 2) * 2 + 1, channels = from_to(2, 20);
    const Sliding whole{from_to(1, 2), from_to(1, 2), from_to(1, 2), from_to(1, 2),
                        from_to(0, k), from_to(0, k), from_to(0, k), from_to(0, k)};
    Layer layer{kind, channels, {}};
    const Tensor x = image(from_to(0, 3) ? from_to(1, 4) : from_to(17, 40), channels,
                           from_to(0, 3) + 2 * k, from_to(0, 9) + 2 * k);
    if (kind == Kind::kDepthwise) {
      layer.sliding = {whole};
      return {layer, {x, torch::randn({channels, 1, k, k})}};
    }
    // Both of one size: the branch reaches as far as its kernel, in the middle.
    Sliding row = whole, column = whole;
    row.pad_top -= row.dilation_h * (k / 2), row.pad_bottom -= row.dilation_h * (k / 2);
    column.pad_left -= column.dilation_w * (k / 2), column.pad_right -= column.dilation_w * (k / 2);
    layer.sliding = {row, column};
    const int columns = kind == Kind::kHalf ? channels - layer.rows() : channels;
    return {layer, {x, torch::randn({layer.rows(), 1, 1, k}), torch::randn({columns, 1, k, 1})}};
  }
};

TEST_P(Channelwise, is_libtorchs_convolution_and_has_its_gradients) {
  for (const Kind kind : {Kind::kDepthwise, Kind::kHalf, Kind::kFull})
    for (int round = 0; round < 12; ++round) {
      SCOPED_TRACE(fmt::format("kind {}, round {}", static_cast<int>(kind), round));
      const Case c = random_case(kind);
      const Tensor result = c.layer.ours(c.operands);
      // All the same, without memory of their own: as a sum's gradient is.
      const Tensor weights =
          round % 4 ? torch::randn(result.sizes()) : torch::full({1}, 0.5).expand(result.sizes());
      const Answer ours = answer([&](const Tensors&of) { return c.layer.ours(of); }, c.operands,
                                 weights, torch::kFloat),
                   theirs = answer([&](const Tensors&of) { return c.layer.theirs(of); }, c.operands,
                                   weights, torch::kDouble);
      expect_near(ours.result, theirs.result, 1e-5, "result");
      for (size_t i = 0; i < c.operands.size(); ++i)
        expect_near(ours.gradients[i], theirs.gradients[i], 1e-5,
                    fmt::format("gradient of operand {}", i));
    }
}

TEST_P(Channelwise, does_not_depend_on_the_number_of_threads) {
  for (const Kind kind : {Kind::kDepthwise, Kind::kHalf, Kind::kFull}) {
    SCOPED_TRACE(fmt::format("kind {}", static_cast<int>(kind)));
    Case c = random_case(kind);
    c.operands[0] = torch::randn({70, c.layer.channels, 12, 12});
    const Tensor weights = torch::randn(c.layer.ours(c.operands).sizes());
    const auto of = [&](int threads) {
      at::set_num_threads(threads);
      EXPECT_EQ(at::get_num_threads(), threads);
      return answer([&](const Tensors& x) { return c.layer.ours(x); }, c.operands, weights,
                    torch::kFloat);
    };
    const Answer one = of(1);
    for (const int threads : {2, 3, 5}) expect_same(one, of(threads));
  }
}

INSTANTIATE_TEST_SUITE_P(Random, Channelwise, testing::Values(1, 2), test::seed_name);

// Operands: x, scale, shift.
BatchNorm norm_of(const Tensors& operands, float low, float high) {
  const int64_t channels = operands[0].size(1);
  return {operands[1],
          operands[2],
          torch::linspace(-1, 1, channels),
          torch::linspace(0.5, 2, channels),
          1e-3,
          0.3,
          low,
          high};
}

struct Bounds {
  float low, high;
};
constexpr Bounds kBounds[] = {
    {-kInfinite, kInfinite}, {0, kInfinite}, {0, 1.5F}, {-kInfinite, 0.5F}};

using Normalised = Channelwise;

// The gradient's weights, 0 where rounding decides whether a value is clamped.
Tensor decided(const Tensor& weights, const Tensor& unclamped, const Bounds& bounds) {
  return weights * ((unclamped - bounds.low).abs() > 1e-4).to(weights.scalar_type()) *
         ((unclamped - bounds.high).abs() > 1e-4).to(weights.scalar_type());
}

TEST_P(Normalised, is_libtorchs_batch_norm_and_has_its_gradients) {
  for (const Bounds& bounds : kBounds)
    for (const bool training : {true, false})
      for (int round = 0; round < 3; ++round) {
        SCOPED_TRACE(fmt::format("{} to {}, training {}, round {}", bounds.low, bounds.high,
                                 training, round));
        const int channels = from_to(1, 20);
        const Tensor x = image(from_to(2, 5), channels, from_to(1, 9), round == 2 ? 700 : 3) * 2 +
                         (round == 1 ? 30 : 0);
        const Tensors operands = {x, torch::randn({channels}), torch::randn({channels})};
        const auto reference = [&](const Tensors& of, Tensor& mean, Tensor& variance) {
          return torch::batch_norm(of[0], of[1], of[2], mean, variance, training, 0.3, 1e-3, false);
        };
        const BatchNorm start = norm_of(operands, bounds.low, bounds.high);
        const Tensor mean = start.running_mean.to(torch::kDouble),
                     variance = start.running_variance.to(torch::kDouble);
        const Tensors exact = {x.to(torch::kDouble), operands[1].to(torch::kDouble),
                               operands[2].to(torch::kDouble)};
        Tensor m = mean.clone(), v = variance.clone();
        const Tensor weights =
            decided(torch::randn(x.sizes()).to(torch::kDouble), reference(exact, m, v), bounds);
        Tensor running_mean, running_variance;
        const Answer ours = answer(
            [&](const Tensors& of) {
              const BatchNorm norm = norm_of(of, bounds.low, bounds.high);
              running_mean = norm.running_mean, running_variance = norm.running_variance;
              return normalised(of[0], norm, training);
            },
            operands, weights, torch::kFloat);
        m = mean.clone(), v = variance.clone();
        const Answer theirs = answer(
            [&](const Tensors& of) {
              return reference(of, m, v).clamp(double{bounds.low}, double{bounds.high});
            },
            operands, weights, torch::kDouble);
        expect_near(ours.result, theirs.result, 2e-5, "result");
        expect_near(running_mean, m, 1e-5, "running mean");
        expect_near(running_variance, v, 1e-5, "running variance");
        for (size_t i = 0; i < operands.size(); ++i)
          expect_near(ours.gradients[i], theirs.gradients[i], 5e-5,
                      fmt::format("gradient of operand {}", i));
        // In an evaluation without gradients other loops do it.
        if (!training) {
          const torch::NoGradGuard none;
          expect_near(normalised(x, start, false), theirs.result, 2e-5, "result without gradients");
        }
      }
}

TEST_P(Normalised, does_not_depend_on_the_number_of_threads) {
  const Tensors operands = {torch::randn({9, 19, 31, 30}), torch::randn({19}), torch::randn({19})};
  const Tensor weights = torch::randn(operands[0].sizes());
  Tensor mean, variance;
  const auto of = [&](int threads) {
    at::set_num_threads(threads);
    return answer(
        [&](const Tensors& x) {
          const BatchNorm norm = norm_of(x, 0, 1);
          mean = norm.running_mean, variance = norm.running_variance;
          return normalised(x[0], norm, true);
        },
        operands, weights, torch::kFloat);
  };
  const Answer one = of(1);
  const Tensor one_mean = mean, one_variance = variance;
  for (const int threads : {2, 3, 5}) {
    expect_same(one, of(threads));
    EXPECT_TRUE(mean.equal(one_mean) && variance.equal(one_variance));
  }
}

INSTANTIATE_TEST_SUITE_P(Random, Normalised, testing::Values(1), test::seed_name);

}  // namespace
}  // namespace rowcast::training
