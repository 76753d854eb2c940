// Kernels against the solution on the patches themselves: a matrix with a line for every output
// pixel of every sample, solved by Eigen's QR instead of its normal equations.
#include "sim/convert/least_squares.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <random>

#include "sim/convert/convert.h"
#include "tests/import/small_networks.h"
#include "tests/names.h"

namespace rowcast {
namespace {

using test::SmallNetwork;
using Ints = std::vector<int64_t>;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing::ElementsAre;

// The patches of one channel, [pixels of all samples][K²].
MatrixXd patches(const Layer& layer, const std::vector<std::vector<float>>& samples, int channel) {
  const int taps = layer.kernel_h * layer.kernel_w;
  MatrixXd result(static_cast<int>(samples.size()) * layer.pixels(), taps);
  int line = 0;
  for (const std::vector<float>& sample : samples)
    for (int y = 0; y < layer.out_height(); ++y)
      for (int x = 0; x < layer.out_width(); ++x, ++line)
        for (int tap = 0; tap < taps; ++tap) {
          const int in_y = y * layer.stride_h + tap / layer.kernel_w * layer.dilation_h -
                           layer.pad_top,
                    in_x = x * layer.stride_w + tap % layer.kernel_w * layer.dilation_w -
                           layer.pad_left;
          const bool outside =
              in_y < 0 || in_x < 0 || in_y >= layer.in_height || in_x >= layer.in_width;
          result(line, tap) =
              outside ? 0
                      : sample[(size_t(channel) * layer.in_height + in_y) * layer.in_width + in_x];
        }
  return result;
}

// The regularised problem: a line more for each tap, as heavy as all pixels together.
MatrixXd with_more_lines(const MatrixXd& x) {
  const auto pixels = static_cast<double>(x.rows());
  const double added = 1e-4 * (x.array().square().sum() / pixels / x.cols()) + 1e-9;
  MatrixXd result(x.rows() + x.cols(), x.cols());
  result << x, std::sqrt(pixels * added) * MatrixXd::Identity(x.cols(), x.cols());
  return result;
}

VectorXd solution(const MatrixXd& x, const VectorXd& kernel, const std::vector<int>& taps) {
  const MatrixXd all = with_more_lines(x);
  return all(Eigen::all, taps).colPivHouseholderQr().solve(all * kernel);
}

double relative(const VectorXd& got, const VectorXd& wanted) {
  return (got - wanted).norm() / wanted.norm();
}

VectorXd vector_of(const std::vector<double>& values) {
  return Eigen::Map<const VectorXd>(values.data(), std::ssize(values));
}

struct Problem {
  SmallNetwork network{{1}};
  std::vector<std::vector<float>> samples;
  DepthwiseLayer layer;
  PatchStatistics statistics;
  onnx::Graph graph;
  std::vector<VectorXd> kernels;
};

// A depthwise convolution that reads the input, of any kernel, stride, dilation and padding that
// can be fused, and a pointwise one behind it.
Problem random_problem(uint32_t seed, bool bent) {
  std::mt19937 random(seed);
  const auto from = [&](int low, int high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  Problem problem;
  do {
    const int64_t k = 2 * from(1, 3) + 1, d = from(1, 2), c = from(2, 5), h = from(3, 13),
                  w = from(3, 13);
    const Ints strides = {from(1, 3), from(1, 3)};
    // The own pixel is at any of the kernel's taps, the rest of the padding on the other side.
    const int64_t top = d * from(0, static_cast<int>(k - 1)),
                  left = d * from(0, static_cast<int>(k - 1));
    const Ints pads = {top, left, std::max<int64_t>(0, d * (k - 1) - top),
                       std::max<int64_t>(0, d * (k - 1) - left)};
    problem.network = SmallNetwork({1, c, h, w}, seed);
    std::string y = problem.network.conv(
        "x", {c, 1, k, k},
        {{"group", c}, {"strides", strides}, {"dilations", Ints{d, d}}, {"pads", pads}});
    if (bent) y = problem.network.add("Relu", {y});
    problem.network.conv(y, {3, c, 1, 1});
    problem.graph = onnx::resolve(onnx::parse_model(problem.network.bytes(), "m"), "m");
  } while (convertible_layers(problem.graph).empty());
  problem.layer = convertible_layers(problem.graph)[0];
  // Neighbouring pixels are alike, and their mean is not zero, as in images.
  std::normal_distribution<float> normal;
  for (int i = 0; i < 3; ++i) {
    std::vector<float>& sample = problem.samples.emplace_back(size_t(problem.layer.layer.inputs()));
    for (size_t k = 0; k < sample.size(); ++k)
      sample[k] = 0.3f + normal(random) + 0.7f * (k > 0 ? sample[k - 1] : 0);
  }
  problem.statistics = patch_statistics(problem.graph, problem.samples);
  const std::vector<float>& weights = problem.network.model().initialisers.at("c0").reals;
  const int taps = problem.layer.layer.kernel_h * problem.layer.layer.kernel_w;
  for (int c = 0; c < problem.layer.layer.in_channels; ++c)
    problem.kernels.push_back(
        Eigen::Map<const Eigen::VectorXf>(weights.data() + c * taps, taps).cast<double>());
  return problem;
}

const std::vector<float>& constant_of(const onnx::Graph& graph, const std::string& name) {
  const auto it = std::ranges::find(graph.values, name, &onnx::Value::name);
  if (it == graph.values.end() || !it->constant) throw std::runtime_error(name);
  return it->constant->reals;
}

class LeastSquares : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(random, LeastSquares, testing::Range(1, 41), test::seed_name);

TEST_P(LeastSquares, equal_the_solution_on_the_patches_by_qr) {
  const Problem problem = random_problem(static_cast<uint32_t>(GetParam()), true);
  const Layer& layer = problem.layer.layer;
  for (int c = 0; c < layer.in_channels; ++c) {
    const MatrixXd x = patches(layer, problem.samples, c);
    const std::vector<double>& moments = problem.statistics.layers[0].channels[c];
    const MatrixXd wanted = x.transpose() * x / static_cast<double>(x.rows());
    const Eigen::Map<const MatrixXd> got(moments.data(), x.cols(), x.cols());
    EXPECT_LE((got - wanted).norm() / wanted.norm(), 1e-12);
    const VectorXd& k = problem.kernels[c];
    const std::vector<double> kernel(k.begin(), k.end());
    for (const bool down : {false, true}) {
      const std::vector<int> taps = line_of(layer, down);
      EXPECT_LE(
          relative(vector_of(nearest(regularised(moments), kernel, taps)), solution(x, k, taps)),
          1e-9)
          << padding_text(layer) << (down ? " column" : " row");
    }
    EXPECT_NEAR(mean_square(moments, kernel), (x * k).squaredNorm() / x.rows(),
                1e-9 * mean_square(moments, kernel));
  }
}

// The operand's place in the K×K kernel is where the output's own pixel is.
TEST(LeastSquares, take_the_line_that_meets_the_own_pixel) {
  Layer layer = make_depthwise("", 2, 9, 9, 3, 1);
  EXPECT_THAT(line_of(layer, false), ElementsAre(3, 4, 5));
  EXPECT_THAT(line_of(layer, true), ElementsAre(1, 4, 7));
  layer.dilation_h = layer.dilation_w = 2;
  layer.pad_top = 4, layer.pad_bottom = 0, layer.pad_left = 0, layer.pad_right = 4;
  EXPECT_THAT(line_of(layer, false), ElementsAre(6, 7, 8));
  EXPECT_THAT(line_of(layer, true), ElementsAre(0, 3, 6));
  EXPECT_TRUE(has_lines(layer));
  layer.pad_top = 3, layer.pad_bottom = 1;
  EXPECT_FALSE(has_lines(layer));
  layer.pad_top = 6, layer.pad_bottom = 0;
  EXPECT_FALSE(has_lines(layer));
}

// Behind a bend: each kernel is the nearest by itself, and the weights of what reads them make
// their sum the nearest.
TEST_P(LeastSquares, of_full_share_a_weight_as_qr_does) {
  const Problem problem = random_problem(static_cast<uint32_t>(GetParam()), true);
  const Layer& layer = problem.layer.layer;
  const onnx::Graph graph =
      convert(problem.graph, problem.statistics, {{"Conv0", Operator::kFull}});
  const std::vector<float>&rows = constant_of(graph, "Conv0.row.weight"),
        &columns = constant_of(graph, "Conv0.col.weight"),
        &before = constant_of(problem.graph, "c2"), &after = constant_of(graph, "c2");
  const int k = layer.kernel_w, count = layer.in_channels;
  double distance = 0, energy = 0;
  for (int c = 0; c < count; ++c) {
    const MatrixXd x = patches(layer, problem.samples, c);
    const VectorXd& kernel = problem.kernels[c];
    const MatrixXd all = with_more_lines(x);
    VectorXd lines[2], seen[2];
    for (const bool down : {false, true}) {
      const std::vector<int> taps = line_of(layer, down);
      const VectorXd f = solution(x, kernel, taps);
      const VectorXd got =
          Eigen::Map<const Eigen::VectorXf>((down ? columns : rows).data() + c * k, k)
              .cast<double>();
      EXPECT_LE(relative(got, f), 1e-6);
      lines[down] = all(Eigen::all, taps) * f;
      seen[down] = x(Eigen::all, taps) * f;
    }
    const MatrixXd gap = lines[0] - lines[1];
    const double share =
        std::clamp(gap.colPivHouseholderQr().solve(all * kernel - lines[1])[0], 0.0, 1.0);
    const VectorXd wanted = x * kernel;
    for (int filter = 0; filter < 3; ++filter) {
      const float weight = before[filter * count + c];
      EXPECT_NEAR(after[filter * 2 * count + c], share * weight, 1e-6);
      EXPECT_NEAR(after[filter * 2 * count + count + c], (1 - share) * weight, 1e-6);
    }
    distance += (wanted - share * seen[0] - (1 - share) * seen[1]).squaredNorm();
    energy += wanted.squaredNorm();
  }
  const auto errors = conversion_errors(problem.graph, problem.statistics);
  EXPECT_NEAR(errors.at(0).full.value(), distance / energy, 1e-9);
}

// With nothing between that bends, the sum of both is the nearest cross.
TEST_P(LeastSquares, of_full_before_a_convolution_are_the_nearest_cross) {
  const Problem problem = random_problem(static_cast<uint32_t>(GetParam()), false);
  const Layer& layer = problem.layer.layer;
  const onnx::Graph graph =
      convert(problem.graph, problem.statistics, {{"Conv0", Operator::kFull}});
  const std::vector<float>&rows = constant_of(graph, "Conv0.row.weight"),
        &columns = constant_of(graph, "Conv0.col.weight"),
        &before = constant_of(problem.graph, "c2"), &after = constant_of(graph, "c2");
  const int k = layer.kernel_w, count = layer.in_channels;
  double distance = 0, energy = 0;
  for (int c = 0; c < count; ++c) {
    const MatrixXd x = patches(layer, problem.samples, c);
    const std::vector<int> row = line_of(layer, false), column = line_of(layer, true);
    std::vector<int> cross = row;
    std::ranges::copy_if(column, std::back_inserter(cross),
                         [&](int tap) { return std::ranges::find(row, tap) == row.end(); });
    const VectorXd f = solution(x, problem.kernels[c], cross);
    VectorXd wanted = VectorXd::Zero(k * k), got = wanted;
    for (size_t i = 0; i < cross.size(); ++i) wanted[cross[i]] = f[static_cast<int>(i)];
    for (int i = 0; i < k; ++i) {
      got[row[i]] += rows[c * k + i] / 2.0;
      got[column[i]] += columns[c * k + i] / 2.0;
    }
    EXPECT_LE(relative(got, wanted), 1e-6);
    for (int filter = 0; filter < 3; ++filter)
      for (const int copy : {0, count})
        EXPECT_EQ(after[filter * 2 * count + copy + c], before[filter * count + c] / 2);
    distance += (x * (problem.kernels[c] - wanted)).squaredNorm();
    energy += (x * problem.kernels[c]).squaredNorm();
  }
  const auto errors = conversion_errors(problem.graph, problem.statistics);
  EXPECT_NEAR(errors.at(0).full.value(), distance / energy, 1e-9);
}

TEST(LeastSquares, have_a_kernel_where_the_input_is_always_zero) {
  const std::vector<double> zeros = regularised(std::vector<double>(81)),
                            kernel = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  const std::vector<int> row = {3, 4, 5};
  EXPECT_THAT(nearest(zeros, kernel, row), ElementsAre(4, 5, 6));
}

}  // namespace
}  // namespace rowcast
