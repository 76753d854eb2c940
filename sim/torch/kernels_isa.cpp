// See kernels.h. Compiled once for each instruction set, into the namespace ROWCAST_ISA; therefore
// nothing here may be an inline function that other files have too.
#include "sim/torch/kernels.h"

namespace rowcast::training::ROWCAST_ISA {
namespace {

// Channels that are worked on together.
constexpr int kMostLanes = 16;
template <int L>
struct Vector {
  typedef float type __attribute__((vector_size(L * sizeof(float)), aligned(4), may_alias));
};
template <>
struct Vector<1> {
  typedef float type;
};

template <int L>
using Lanes = typename Vector<L>::type;

template <int L>
inline Lanes<L> load(const float* at) {
  return *reinterpret_cast<const Lanes<L>*>(at);
}
template <int L>
inline void store(float* at, Lanes<L> value) {
  *reinterpret_cast<Lanes<L>*>(at) = value;
}

// Calls body.template run<L>(first) for runs of L channels that make up all.
template <class Body>
inline void for_lanes(int channels, const Body& body) {
  int c = 0;
  for (; c + 16 <= channels; c += 16) body.template run<16>(c);
  if (c + 8 <= channels) body.template run<8>(c), c += 8;
  if (c + 4 <= channels) body.template run<4>(c), c += 4;
  for (; c < channels; ++c) body.template run<1>(c);
}

// The image with its padding, L channels of it: lines x columns x L. As far as the kernel reaches.
struct Padded {
  int height, width;
  explicit Padded(const Branch& b)
      : height((b.out_height - 1) * b.stride_h + (b.kernel_h - 1) * b.dilation_h + 1),
        width((b.out_width - 1) * b.stride_w + (b.kernel_w - 1) * b.dilation_w + 1) {}
};

template <int L>
inline void pad(const Branch& b, const Padded& p, const float* x, float* padded) {
  for (int y = 0; y < p.height; ++y) {
    const int line = y - b.pad_top;
    const bool inside = line >= 0 && line < b.in_height;
    float* to = padded + static_cast<int64_t>(y) * p.width * L;
    const float* from = x + (static_cast<int64_t>(line) * b.in_width - b.pad_left) * b.in_channels;
    for (int column = 0; column < p.width; ++column) {
      const int at = column - b.pad_left;
      const bool pixel = inside && at >= 0 && at < b.in_width;
      store<L>(to + column * L,
               pixel ? load<L>(from + static_cast<int64_t>(column) * b.in_channels) : Lanes<L>{});
    }
  }
}

template <int L, int T>
inline void outputs(const Branch& b, const Padded& p, const float* padded, const float* weights,
                    float* y) {
  Lanes<L> sums[T] = {};
  const int step = b.stride_w * L;
  for (int u = 0; u < b.kernel_h; ++u)
    for (int v = 0; v < b.kernel_w; ++v) {
      const Lanes<L> w = load<L>(weights + static_cast<int64_t>(u * b.kernel_w + v) * b.channels);
      const float* x = padded + (u * b.dilation_h * p.width + v * b.dilation_w) * L;
      for (int t = 0; t < T; ++t) sums[t] += load<L>(x + t * step) * w;
    }
  for (int t = 0; t < T; ++t) store<L>(y + static_cast<int64_t>(t) * b.out_channels, sums[t]);
}

struct Forward {
  const Branch& b;
  const float *x, *weights;
  float *y, *scratch;
  template <int L>
  void run(int c) const {
    const Padded p(b);
    pad<L>(b, p, x + b.first_in + c, scratch);
    for (int line = 0; line < b.out_height; ++line) {
      const float* from = scratch + static_cast<int64_t>(line) * b.stride_h * p.width * L;
      float* to = y + static_cast<int64_t>(line) * b.out_width * b.out_channels + b.first_out + c;
      int at = 0;
      const auto next = [&](int count) {
        from += count * b.stride_w * L, to += static_cast<int64_t>(count) * b.out_channels;
        at += count;
      };
      while (b.out_width - at >= 8) outputs<L, 4>(b, p, from, weights + c, to), next(4);
      switch (b.out_width - at) {
        case 7:
          outputs<L, 7>(b, p, from, weights + c, to);
          break;
        case 6:
          outputs<L, 6>(b, p, from, weights + c, to);
          break;
        case 5:
          outputs<L, 5>(b, p, from, weights + c, to);
          break;
        case 4:
          outputs<L, 4>(b, p, from, weights + c, to);
          break;
        case 3:
          outputs<L, 3>(b, p, from, weights + c, to);
          break;
        case 2:
          outputs<L, 2>(b, p, from, weights + c, to);
          break;
        case 1:
          outputs<L, 1>(b, p, from, weights + c, to);
          break;
        default:
          break;
      }
    }
  }
};

// Spreads each output's gradient over the padded image's pixels that it came from.
struct BackwardInput {
  const Branch& b;
  const float *dy, *weights;
  bool add;
  float *dx, *scratch;
  template <int L>
  void run(int c) const {
    const Padded p(b);
    const int64_t all = static_cast<int64_t>(p.height) * p.width * L;
    for (int64_t i = 0; i < all; ++i) scratch[i] = 0;
    for (int line = 0; line < b.out_height; ++line)
      for (int column = 0; column < b.out_width; ++column) {
        const Lanes<L> g =
            load<L>(dy + (static_cast<int64_t>(line) * b.out_width + column) * b.out_channels +
                    b.first_out + c);
        float* at =
            scratch + (static_cast<int64_t>(line) * b.stride_h * p.width + column * b.stride_w) * L;
        const float* w = weights + c;
        for (int u = 0; u < b.kernel_h; ++u)
          for (int v = 0; v < b.kernel_w; ++v, w += b.channels) {
            float* to = at + (u * b.dilation_h * p.width + v * b.dilation_w) * L;
            store<L>(to, load<L>(to) + g * load<L>(w));
          }
      }
    for (int line = 0; line < b.in_height; ++line)
      for (int column = 0; column < b.in_width; ++column) {
        const int y = line + b.pad_top, at = column + b.pad_left;
        // Pixels before the first window, and behind the last, have no gradient.
        const bool met = y >= 0 && y < p.height && at >= 0 && at < p.width;
        const Lanes<L> g =
            met ? load<L>(scratch + (static_cast<int64_t>(y) * p.width + at) * L) : Lanes<L>{};
        float* to = dx + (static_cast<int64_t>(line) * b.in_width + column) * b.in_channels +
                    b.first_in + c;
        store<L>(to, add ? load<L>(to) + g : g);
      }
  }
};

template <int L, int T>
inline void tap_gradients(const Branch& b, const Padded& p, const float* padded, const float* dy,
                          int first, float* dweights) {
  Lanes<L> sums[T] = {};
  const float* x[T];
  for (int t = 0; t < T; ++t)
    x[t] = padded + ((first + t) / b.kernel_w * b.dilation_h * p.width +
                     (first + t) % b.kernel_w * b.dilation_w) *
                        L;
  for (int line = 0; line < b.out_height; ++line) {
    int64_t at = static_cast<int64_t>(line) * b.stride_h * p.width * L;
    for (int column = 0; column < b.out_width; ++column, at += b.stride_w * L) {
      const Lanes<L> g = load<L>(dy);
      dy += b.out_channels;
      for (int t = 0; t < T; ++t) sums[t] += load<L>(x[t] + at) * g;
    }
  }
  for (int t = 0; t < T; ++t) {
    float* to = dweights + static_cast<int64_t>(first + t) * b.channels;
    store<L>(to, load<L>(to) + sums[t]);
  }
}

struct BackwardWeights {
  const Branch& b;
  const float *x, *dy;
  float *dweights, *scratch;
  template <int L>
  void run(int c) const {
    const Padded p(b);
    pad<L>(b, p, x + b.first_in + c, scratch);
    const float* g = dy + b.first_out + c;
    int tap = 0;
    for (; tap + 8 <= b.taps(); tap += 8) tap_gradients<L, 8>(b, p, scratch, g, tap, dweights + c);
    for (; tap + 3 <= b.taps(); tap += 3) tap_gradients<L, 3>(b, p, scratch, g, tap, dweights + c);
    for (; tap < b.taps(); ++tap) tap_gradients<L, 1>(b, p, scratch, g, tap, dweights + c);
  }
};

int64_t in_floats(const Branch& b) {
  return static_cast<int64_t>(b.in_height) * b.in_width * b.in_channels;
}
int64_t out_floats(const Branch& b) {
  return static_cast<int64_t>(b.out_height) * b.out_width * b.out_channels;
}

void forward(const Branch& b, int64_t images, const float* x, const float* weights, float* y,
             float* scratch) {
  for (int64_t i = 0; i < images; ++i)
    for_lanes(b.channels,
              Forward{b, x + i * in_floats(b), weights, y + i * out_floats(b), scratch});
}

void backward_input(const Branch& b, int64_t images, const float* dy, const float* weights,
                    bool add, float* dx, float* scratch) {
  for (int64_t i = 0; i < images; ++i)
    for_lanes(b.channels, BackwardInput{b, dy + i * out_floats(b), weights, add,
                                        dx + i * in_floats(b), scratch});
}

void backward_weights(const Branch& b, int64_t images, const float* x, const float* dy,
                      float* dweights, float* scratch) {
  for (int64_t i = 0; i < images; ++i)
    for_lanes(b.channels,
              BackwardWeights{b, x + i * in_floats(b), dy + i * out_floats(b), dweights, scratch});
}

struct Moments {
  int64_t pixels;
  int channels;
  const float* x;
  float *mean, *squares;
  template <int L>
  void run(int c) const {
    Lanes<L> sums[4] = {};
    const float* at = x + c;
    int64_t i = 0;
    for (; i + 4 <= pixels; i += 4, at += static_cast<int64_t>(4) * channels)
      for (int t = 0; t < 4; ++t) sums[t] += load<L>(at + static_cast<int64_t>(t) * channels);
    for (; i < pixels; ++i, at += channels) sums[0] += load<L>(at);
    const Lanes<L> middle =
        ((sums[0] + sums[1]) + (sums[2] + sums[3])) / static_cast<float>(pixels);
    Lanes<L> squared[4] = {};
    at = x + c;
    for (i = 0; i + 4 <= pixels; i += 4, at += static_cast<int64_t>(4) * channels)
      for (int t = 0; t < 4; ++t) {
        const Lanes<L> d = load<L>(at + static_cast<int64_t>(t) * channels) - middle;
        squared[t] += d * d;
      }
    for (; i < pixels; ++i, at += channels) {
      const Lanes<L> d = load<L>(at) - middle;
      squared[0] += d * d;
    }
    store<L>(mean + c, middle);
    store<L>(squares + c, (squared[0] + squared[1]) + (squared[2] + squared[3]));
  }
};

void moments(int64_t pixels, int channels, const float* x, float* mean, float* squares) {
  for_lanes(channels, Moments{pixels, channels, x, mean, squares});
}

struct Normalise {
  int64_t pixels;
  int channels;
  const float* x;
  const Norm& norm;
  float* y;
  template <int L>
  void run(int c) const {
    const Lanes<L> scale = load<L>(norm.scale + c), shift = load<L>(norm.shift + c);
    const Lanes<L> low = Lanes<L>{} + norm.low, high = Lanes<L>{} + norm.high;
    for (int64_t i = 0; i < pixels; ++i) {
      Lanes<L> value = load<L>(x + i * channels + c) * scale + shift;
      // What is no number stays so.
      value = value < low ? low : value;
      value = value > high ? high : value;
      store<L>(y + i * channels + c, value);
    }
  }
};

void normalise(int64_t pixels, int channels, const float* x, const Norm& norm, float* y) {
  for_lanes(channels, Normalise{pixels, channels, x, norm, y});
}

// The gradient before the clamp.
template <int L>
inline Lanes<L> unclamped(Lanes<L> x, Lanes<L> dy, Lanes<L> scale, Lanes<L> shift, Lanes<L> low,
                          Lanes<L> high) {
  const Lanes<L> value = x * scale + shift, zero = {};
  const Lanes<L> g = value > low ? dy : zero;
  return value < high ? g : zero;
}

struct NormSums {
  int64_t pixels;
  int channels;
  const float *x, *dy;
  const Norm& norm;
  const float* mean;
  float *sum_g, *sum_gx;
  template <int L>
  void run(int c) const {
    const Lanes<L> scale = load<L>(norm.scale + c), shift = load<L>(norm.shift + c);
    const Lanes<L> low = Lanes<L>{} + norm.low, high = Lanes<L>{} + norm.high;
    const Lanes<L> middle = load<L>(mean + c);
    Lanes<L> sums[2] = {}, products[2] = {};
    const auto take = [&](int64_t i, int to) {
      const Lanes<L> value = load<L>(x + i * channels + c);
      const Lanes<L> g =
          unclamped<L>(value, load<L>(dy + i * channels + c), scale, shift, low, high);
      sums[to] += g;
      products[to] += g * (value - middle);
    };
    int64_t i = 0;
    for (; i + 2 <= pixels; i += 2) take(i, 0), take(i + 1, 1);
    if (i < pixels) take(i, 0);
    store<L>(sum_g + c, sums[0] + sums[1]);
    store<L>(sum_gx + c, products[0] + products[1]);
  }
};

void norm_sums(int64_t pixels, int channels, const float* x, const float* dy, const Norm& norm,
               const float* mean, float* sum_g, float* sum_gx) {
  for_lanes(channels, NormSums{pixels, channels, x, dy, norm, mean, sum_g, sum_gx});
}

struct NormBackward {
  int64_t pixels;
  int channels;
  const float *x, *dy;
  const Norm& norm;
  const float *mean, *by_one, *by_x;
  float* dx;
  template <int L>
  void run(int c) const {
    const Lanes<L> scale = load<L>(norm.scale + c), shift = load<L>(norm.shift + c);
    const Lanes<L> low = Lanes<L>{} + norm.low, high = Lanes<L>{} + norm.high;
    const Lanes<L> middle = load<L>(mean + c), one = load<L>(by_one + c), per_x = load<L>(by_x + c);
    for (int64_t i = 0; i < pixels; ++i) {
      const Lanes<L> value = load<L>(x + i * channels + c);
      const Lanes<L> g =
          unclamped<L>(value, load<L>(dy + i * channels + c), scale, shift, low, high);
      store<L>(dx + i * channels + c, scale * (g - one - (value - middle) * per_x));
    }
  }
};

void norm_backward(int64_t pixels, int channels, const float* x, const float* dy, const Norm& norm,
                   const float* mean, const float* by_one, const float* by_x, float* dx) {
  for_lanes(channels, NormBackward{pixels, channels, x, dy, norm, mean, by_one, by_x, dx});
}

}  // namespace

extern const Kernels kKernels;
const Kernels kKernels = {forward,   backward_input, backward_weights, moments,
                          normalise, norm_sums,      norm_backward};

}  // namespace rowcast::training::ROWCAST_ISA
