// The loops over channels, of every instruction set that this processor has, against the
// definition.
#include "sim/torch/kernels.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <ostream>
#include <random>
#include <string>
#include <vector>

namespace rowcast::training {

namespace baseline {
extern const Kernels kKernels;
}
namespace avx2 {
extern const Kernels kKernels;
}
namespace avx512 {
extern const Kernels kKernels;
}

namespace {

struct Set {
  std::string name;
  const Kernels* kernels;
};
void PrintTo(const Set& set, std::ostream* out) { *out << set.name; }

std::vector<Set> sets() {
  std::vector<Set> sets = {{"baseline", &baseline::kKernels}};
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    sets.push_back({"avx2", &avx2::kKernels});
  if (__builtin_cpu_supports("avx512f")) sets.push_back({"avx512", &avx512::kKernels});
#endif
  return sets;
}

// What is never a result: it shows what was not written, or should not have been.
constexpr float kUntouched = 12345;

using Floats = std::vector<float>;

// A sum in double and how far one in float, in any order, may be from it.
struct Sum {
  double value = 0, magnitude = 0;
  int terms = 0;
  void add(double term) { value += term, magnitude += std::abs(term), ++terms; }
  double allowed() const { return (terms + 2) * 0x1p-24 * magnitude; }
};

class Instructions : public testing::TestWithParam<Set> {
 protected:
  std::mt19937 random_{7};
  const Kernels& kernels_ = *GetParam().kernels;

  int from_to(int first, int last) {
    return std::uniform_int_distribution<int>(first, last)(random_);
  }
  Floats values(int64_t count, float middle = 0) {
    std::uniform_real_distribution<float> value(middle - 1, middle + 1);
    Floats values(static_cast<size_t>(count));
    for (float& each : values) each = value(random_);
    return values;
  }

  Branch random_branch() {
    Branch b{};
    switch (from_to(0, 3)) {
      case 0:
        b.kernel_h = 1, b.kernel_w = from_to(1, 7);
        break;
      case 1:
        b.kernel_h = from_to(1, 7), b.kernel_w = 1;
        break;
      default:
        b.kernel_h = from_to(1, 5), b.kernel_w = from_to(0, 1) ? b.kernel_h : from_to(1, 5);
    }
    b.stride_h = from_to(1, 3), b.stride_w = from_to(1, 3);
    b.dilation_h = from_to(1, 3), b.dilation_w = from_to(1, 3);
    b.pad_top = from_to(-2, 4), b.pad_left = from_to(-2, 4);
    const auto size = [&](int kernel, int stride, int dilation, int before, int most, int& out) {
      const int reach = dilation * (kernel - 1) + 1, after = from_to(-2, 4);
      const int least = std::max(1, reach - before - after);
      const int in = from_to(least, std::max(least, most));
      out = (in + before + after - reach) / stride + 1;
      return in;
    };
    b.in_height = size(b.kernel_h, b.stride_h, b.dilation_h, b.pad_top, 6, b.out_height);
    b.in_width = size(b.kernel_w, b.stride_w, b.dilation_w, b.pad_left, 19, b.out_width);
    b.channels = from_to(0, 3) ? from_to(1, 12) : from_to(13, 50);
    b.first_in = from_to(0, 1) * from_to(0, 5), b.first_out = from_to(0, 1) * from_to(0, 5);
    b.in_channels = b.first_in + b.channels + from_to(0, 1) * from_to(0, 3);
    b.out_channels = b.first_out + b.channels + from_to(0, 1) * from_to(0, 3);
    return b;
  }

  static std::string text(const Branch& b) {
    return fmt::format(
        "{}x{}x{} to {}x{}x{}, channels {} from {} to {}, kernel {}x{} stride {}x{} dilation {}x{} "
        "pads {} {}",
        b.in_height, b.in_width, b.in_channels, b.out_height, b.out_width, b.out_channels,
        b.channels, b.first_in, b.first_out, b.kernel_h, b.kernel_w, b.stride_h, b.stride_w,
        b.dilation_h, b.dilation_w, b.pad_top, b.pad_left);
  }

  // visit(input's index, output's index, weight's index), of all products of the branch.
  template <class Visit>
  static void products(const Branch& b, int64_t images, const Visit& visit) {
    for (int64_t n = 0; n < images; ++n)
      for (int y = 0; y < b.out_height; ++y)
        for (int x = 0; x < b.out_width; ++x)
          for (int u = 0; u < b.kernel_h; ++u)
            for (int v = 0; v < b.kernel_w; ++v) {
              const int line = y * b.stride_h + u * b.dilation_h - b.pad_top;
              const int column = x * b.stride_w + v * b.dilation_w - b.pad_left;
              if (line < 0 || line >= b.in_height || column < 0 || column >= b.in_width) continue;
              for (int c = 0; c < b.channels; ++c)
                visit(((n * b.in_height + line) * b.in_width + column) * b.in_channels +
                          b.first_in + c,
                      ((n * b.out_height + y) * b.out_width + x) * b.out_channels + b.first_out + c,
                      static_cast<int64_t>(u * b.kernel_w + v) * b.channels + c);
            }
  }

  // Of the branch's channels near the sums, elsewhere as before.
  static void expect_near(const Floats& found, const std::vector<Sum>& sums, const Floats& before,
                          int channels, int first, int count, const char* what) {
    for (size_t i = 0; i < found.size(); ++i) {
      const int channel = static_cast<int>(i) % channels;
      if (channel >= first && channel < first + count)
        ASSERT_NEAR(found[i], sums[i].value, sums[i].allowed()) << what << " " << i;
      else
        ASSERT_EQ(found[i], before[i]) << what << " " << i << ", of another branch's channels";
    }
  }
};

TEST_P(Instructions, convolutions_of_random_shapes_are_the_definition_forward_and_backward) {
  for (int round = 0; round < 1500; ++round) {
    const Branch b = random_branch();
    SCOPED_TRACE(fmt::format("round {}: {}", round, text(b)));
    const int64_t images = from_to(1, 3);
    const int64_t ins = images * b.in_height * b.in_width * b.in_channels,
                  outs = images * b.out_height * b.out_width * b.out_channels,
                  taps = int64_t{b.taps()} * b.channels;
    const Floats x = values(ins), dy = values(outs), w = values(taps), begun = values(taps),
                 earlier = values(ins);
    std::vector<Sum> y(outs), dx(ins), added(ins), dw(taps);
    for (int64_t i = 0; i < taps; ++i) dw[i].add(begun[i]);
    for (int64_t i = 0; i < ins; ++i) added[i].add(earlier[i]);
    products(b, images, [&](int64_t in, int64_t out, int64_t tap) {
      y[out].add(double{x[in]} * w[tap]);
      dx[in].add(double{dy[out]} * w[tap]);
      added[in].add(double{dy[out]} * w[tap]);
      dw[tap].add(double{x[in]} * dy[out]);
    });

    Floats scratch(scratch_floats(b) + 16, kUntouched);
    Floats found(outs, kUntouched);
    kernels_.forward(b, images, x.data(), w.data(), found.data(), scratch.data());
    expect_near(found, y, Floats(outs, kUntouched), b.out_channels, b.first_out, b.channels,
                "output");
    found.assign(ins, kUntouched);
    kernels_.backward_input(b, images, dy.data(), w.data(), false, found.data(), scratch.data());
    expect_near(found, dx, Floats(ins, kUntouched), b.in_channels, b.first_in, b.channels,
                "input's gradient");
    found = earlier;
    kernels_.backward_input(b, images, dy.data(), w.data(), true, found.data(), scratch.data());
    expect_near(found, added, earlier, b.in_channels, b.first_in, b.channels,
                "input's gradient that is added");
    found = begun;
    kernels_.backward_weights(b, images, x.data(), dy.data(), found.data(), scratch.data());
    expect_near(found, dw, begun, b.channels, 0, b.channels, "weights' gradient");
    for (int i = 0; i < 16; ++i)
      ASSERT_EQ(scratch[scratch_floats(b) + i], kUntouched) << "behind the scratch";
    if (HasFatalFailure()) return;
  }
}

TEST_P(Instructions, moments_are_mean_and_squared_deviations) {
  for (int round = 0; round < 300; ++round) {
    const int64_t pixels = from_to(1, 40);
    const int channels = from_to(1, 40);
    SCOPED_TRACE(fmt::format("round {}: {} pixels, {} channels", round, pixels, channels));
    // A mean far from zero, where sums of squares would cancel.
    const float middle = round % 2 ? 100 : 0;
    const Floats x = values(pixels * channels, middle);
    Floats mean(channels, kUntouched), squares(channels, kUntouched);
    kernels_.moments(pixels, channels, x.data(), mean.data(), squares.data());
    for (int c = 0; c < channels; ++c) {
      Sum sum;
      for (int64_t i = 0; i < pixels; ++i) sum.add(x[i * channels + c]);
      const double exact = sum.value / static_cast<double>(pixels);
      ASSERT_NEAR(mean[c], exact, sum.allowed() / static_cast<double>(pixels));
      Sum squared;
      for (int64_t i = 0; i < pixels; ++i) squared.add(std::pow(x[i * channels + c] - exact, 2));
      const double off = mean[c] - exact;
      ASSERT_NEAR(squares[c], squared.value,
                  2 * squared.allowed() + static_cast<double>(pixels) * off * off +
                      static_cast<double>(pixels) * (middle + 1) * 0x1p-23);
    }
  }
}

// A batch norm with a clamp, none of whose values lies where rounding decides what is clamped.
struct Clamped {
  int64_t pixels;
  int channels;
  Floats x, dy, scale, shift, mean, by_one, by_x;
  float low, high;
  Norm norm() const { return {scale.data(), shift.data(), low, high}; }
  double value(int64_t i) const { return double{x[i]} * scale[i % channels] + shift[i % channels]; }
  bool inside(int64_t i) const { return value(i) > low && value(i) < high; }
};

class Norms : public Instructions {
 protected:
  Clamped random_norm() {
    constexpr float kInfinite = std::numeric_limits<float>::infinity();
    const int64_t pixels = from_to(1, 30);
    const int channels = from_to(1, 40);
    Clamped n{.pixels = pixels,
              .channels = channels,
              .x = values(pixels * channels),
              .dy = values(pixels * channels),
              .scale = values(channels),
              .shift = values(channels),
              .mean = values(channels),
              .by_one = values(channels),
              .by_x = values(channels),
              .low = from_to(0, 2) ? -0.3F : -kInfinite,
              .high = from_to(0, 2) ? 0.4F : kInfinite};
    for (int64_t i = 0; i < pixels * channels; ++i)
      while (std::abs(n.value(i) - n.low) < 1e-4 || std::abs(n.value(i) - n.high) < 1e-4)
        n.x[i] += 0.01F;
    return n;
  }
};

TEST_P(Norms, forward_and_backward_are_the_definition) {
  for (int round = 0; round < 500; ++round) {
    const Clamped n = random_norm();
    const Norm norm = n.norm();
    const int64_t pixels = n.pixels, all = pixels * n.channels;
    SCOPED_TRACE(fmt::format("round {}: {} pixels, {} channels, {} to {}", round, pixels,
                             n.channels, n.low, n.high));
    Floats y(all, kUntouched), dx(all, kUntouched);
    kernels_.normalise(pixels, n.channels, n.x.data(), norm, y.data());
    kernels_.norm_backward(pixels, n.channels, n.x.data(), n.dy.data(), norm, n.mean.data(),
                           n.by_one.data(), n.by_x.data(), dx.data());
    for (int64_t i = 0; i < all; ++i) {
      const int64_t c = i % n.channels;
      ASSERT_NEAR(y[i], std::clamp(n.value(i), double{n.low}, double{n.high}), 4e-7);
      const double g = n.inside(i) ? n.dy[i] : 0;
      ASSERT_NEAR(dx[i], n.scale[c] * (g - n.by_one[c] - (double{n.x[i]} - n.mean[c]) * n.by_x[c]),
                  2e-6);
    }
    Floats sum_g(n.channels, kUntouched), sum_gx(n.channels, kUntouched);
    kernels_.norm_sums(pixels, n.channels, n.x.data(), n.dy.data(), norm, n.mean.data(),
                       sum_g.data(), sum_gx.data());
    for (int c = 0; c < n.channels; ++c) {
      Sum g, gx;
      for (int64_t i = c; i < all; i += n.channels)
        if (n.inside(i)) g.add(n.dy[i]), gx.add(n.dy[i] * (double{n.x[i]} - n.mean[c]));
      ASSERT_NEAR(sum_g[c], g.value, g.allowed());
      ASSERT_NEAR(sum_gx[c], gx.value, 2 * gx.allowed() + 1e-6);
    }
  }
}

// What has gone wrong must reach the loss, and not be clamped away.
TEST_P(Norms, what_is_no_number_stays_so) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Floats scale(21, 1), shift(21, 0);
  for (const float low : {0.0F, -std::numeric_limits<float>::infinity()}) {
    Floats x = values(int64_t{21} * 3);
    x[5] = x[16] = x[62] = nan;
    Floats y(x.size(), 0);
    kernels_.normalise(3, 21, x.data(), {scale.data(), shift.data(), low, 6}, y.data());
    for (size_t i = 0; i < x.size(); ++i)
      EXPECT_EQ(std::isnan(x[i]), std::isnan(y[i])) << i << ", low " << low;
  }
}

const auto kName = [](const testing::TestParamInfo<Set>& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Kernels, Instructions, testing::ValuesIn(sets()), kName);
INSTANTIATE_TEST_SUITE_P(Kernels, Norms, testing::ValuesIn(sets()), kName);

}  // namespace
}  // namespace rowcast::training
