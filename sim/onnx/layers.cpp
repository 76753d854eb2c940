// Convolutions, pools, products and reductions (see evaluate.h).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/onnx/evaluate.h"

namespace rowcast::onnx {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw NodeError(what); }

const Tensor& reals(const Operands& o, size_t i) {
  if (!o[i].constant || !is_real(o[i].type))
    refuse(fmt::format("input {} ('{}') is {}, numbers are needed", i + 1, o[i].name,
                       to_string(o[i].type)));
  return *o[i].constant;
}

Tensor zeros(const Result& result) {
  Tensor tensor{result.type, result.dims, {}, {}};
  tensor.reals.assign(element_count(result.dims), 0.0f);
  return tensor;
}

// An image's sizes: [n][channels][height][width]; an image of one axis has a height of 1.
struct Image {
  int64_t n, channels, height, width;
  int64_t pixels() const { return height * width; }
};

Image image_of(const Dims& dims) {
  if (dims.size() == 3) return {dims[0], dims[1], 1, dims[2]};
  if (dims.size() == 4) return {dims[0], dims[1], dims[2], dims[3]};
  refuse(fmt::format("an image of {} is not supported, allowed are three or four dimensions",
                     to_string(dims)));
}

// Windows along two axes; one axis is the width.
struct Windows2 {
  struct Axis {
    int64_t kernel, stride, dilation, pad_begin;
  } h, w;
};

Windows2 windows2(const Windows& given) {
  const auto axis = [&](size_t i) {
    return Windows2::Axis{given.kernel[i], given.strides[i], given.dilations[i],
                          given.pads_begin[i]};
  };
  if (given.kernel.size() == 1) return {{1, 1, 1, 0}, axis(0)};
  return {axis(0), axis(1)};
}

// Results first .. last - 1 of an axis whose operand, `offset` behind the window's start, is
// inside.
std::pair<int64_t, int64_t> inside(const Windows2::Axis& axis, int64_t offset, int64_t size,
                                   int64_t results) {
  // 0 <= result * stride - pad + offset < size
  const int64_t from = axis.pad_begin - offset;
  const int64_t first = from <= 0 ? 0 : (from + axis.stride - 1) / axis.stride;
  const int64_t end = from + size <= 0 ? 0 : (from + size + axis.stride - 1) / axis.stride;
  return {std::min(first, results), std::clamp(end, std::min(first, results), results)};
}

}  // namespace

Tensors evaluate_conv(const Operands& o, const std::vector<Result>& results) {
  const Tensor &x = reals(o, 0), &weights = reals(o, 1);
  const Windows2 win =
      windows2(windows_of(o, Dims(weights.dims.begin() + 2, weights.dims.end()), x.dims));
  const Image in = image_of(x.dims), out = image_of(results[0].dims);
  const int64_t groups = o.integer("group", 1), per_group = out.channels / groups;
  const int64_t depth = in.channels / groups, taps = win.h.kernel * win.w.kernel;
  Tensor y = zeros(results[0]);
  for (int64_t n = 0; n < out.n; ++n)
    for (int64_t c = 0; c < out.channels; ++c) {
      float* to = &y.reals[(n * out.channels + c) * out.pixels()];
      if (o.has(2)) std::fill(to, to + out.pixels(), reals(o, 2).reals[c]);
      for (int64_t k = 0; k < depth; ++k) {
        const float* from = &x.reals[(n * in.channels + c / per_group * depth + k) * in.pixels()];
        for (int64_t tap = 0; tap < taps; ++tap) {
          const float weight = weights.reals[(c * depth + k) * taps + tap];
          const int64_t dy = tap / win.w.kernel * win.h.dilation,
                        dx = tap % win.w.kernel * win.w.dilation;
          const auto [top, bottom] = inside(win.h, dy, in.height, out.height);
          const auto [left, right] = inside(win.w, dx, in.width, out.width);
          for (int64_t i = top; i < bottom; ++i) {
            const float* line =
                from + (i * win.h.stride - win.h.pad_begin + dy) * in.width - win.w.pad_begin + dx;
            for (int64_t j = left; j < right; ++j)
              to[i * out.width + j] += weight * line[j * win.w.stride];
          }
        }
      }
    }
  return {y};
}

// Every element of the image adds its window to the result: a convolution's gradient.
Tensors evaluate_conv_transpose(const Operands& o, const std::vector<Result>& results) {
  const Tensor &x = reals(o, 0), &weights = reals(o, 1);
  const Windows2 win =
      windows2(windows_of(o, Dims(weights.dims.begin() + 2, weights.dims.end()), x.dims));
  const Image in = image_of(x.dims), out = image_of(results[0].dims);
  const int64_t groups = o.integer("group", 1), per_group = out.channels / groups;
  const int64_t depth = in.channels / groups, taps = win.h.kernel * win.w.kernel;
  Tensor y = zeros(results[0]);
  for (int64_t n = 0; n < out.n; ++n)
    for (int64_t c = 0; c < out.channels; ++c) {
      float* to = &y.reals[(n * out.channels + c) * out.pixels()];
      if (o.has(2)) std::fill(to, to + out.pixels(), reals(o, 2).reals[c]);
      for (int64_t k = 0; k < depth; ++k) {
        const int64_t from_channel = c / per_group * depth + k;
        const float* from = &x.reals[(n * in.channels + from_channel) * in.pixels()];
        for (int64_t tap = 0; tap < taps; ++tap) {
          const float weight =
              weights.reals[(from_channel * per_group + c % per_group) * taps + tap];
          const int64_t dy = tap / win.w.kernel * win.h.dilation,
                        dx = tap % win.w.kernel * win.w.dilation;
          const auto [top, bottom] = inside(win.h, dy, out.height, in.height);
          const auto [left, right] = inside(win.w, dx, out.width, in.width);
          for (int64_t i = top; i < bottom; ++i)
            for (int64_t j = left; j < right; ++j)
              to[(i * win.h.stride - win.h.pad_begin + dy) * out.width + j * win.w.stride -
                 win.w.pad_begin + dx] += weight * from[i * in.width + j];
        }
      }
    }
  return {y};
}

Tensors evaluate_pool(const Operands& o, const std::vector<Result>& results) {
  const Tensor& x = reals(o, 0);
  const Windows given = windows_of(o, o.integers("kernel_shape").value_or(Dims{}), x.dims);
  const Windows2 win = windows2(given);
  const Image in = image_of(x.dims), out = image_of(results[0].dims);
  const bool average = o.node().op == "AveragePool",
             with_pads = o.integer("count_include_pad", 0) != 0;
  // Where pads count, they end here; a window that ceil_mode adds may reach further.
  const int64_t end_y = in.height + (given.kernel.size() > 1 ? given.pads_end[0] : 0);
  const int64_t end_x = in.width + given.pads_end.back();
  Tensor y = zeros(results[0]);
  for (int64_t plane = 0; plane < out.n * out.channels; ++plane)
    for (int64_t i = 0; i < out.height; ++i)
      for (int64_t j = 0; j < out.width; ++j) {
        double sum = 0;
        float most = -INFINITY;
        int64_t count = 0;
        for (int64_t dy = 0; dy < win.h.kernel; ++dy)
          for (int64_t dx = 0; dx < win.w.kernel; ++dx) {
            const int64_t at_y = i * win.h.stride - win.h.pad_begin + dy * win.h.dilation;
            const int64_t at_x = j * win.w.stride - win.w.pad_begin + dx * win.w.dilation;
            if (at_y < 0 || at_y >= in.height || at_x < 0 || at_x >= in.width) {
              count += with_pads && at_y < end_y && at_x < end_x;
              continue;
            }
            const float value = x.reals[plane * in.pixels() + at_y * in.width + at_x];
            sum += value;
            most = std::max(most, value);
            ++count;
          }
        y.reals[plane * out.pixels() + i * out.width + j] =
            !average     ? most
            : count == 0 ? 0.0f
                         : static_cast<float>(sum / static_cast<double>(count));
      }
  return {y};
}

Tensors evaluate_global_pool(const Operands& o, const std::vector<Result>& results) {
  const Tensor& x = reals(o, 0);
  Tensor y = zeros(results[0]);
  if (y.reals.empty()) return {y};
  const size_t pixels = x.reals.size() / y.reals.size();
  for (size_t plane = 0; plane < y.reals.size(); ++plane) {
    double sum = 0;
    float most = -INFINITY;
    for (size_t i = 0; i < pixels; ++i) {
      sum += x.reals[plane * pixels + i];
      most = std::max(most, x.reals[plane * pixels + i]);
    }
    y.reals[plane] = o.node().op == "GlobalMaxPool"
                         ? most
                         : static_cast<float>(sum / static_cast<double>(pixels));
  }
  return {y};
}

Tensors evaluate_batch_normalization(const Operands& o, const std::vector<Result>& results) {
  const Tensor& x = reals(o, 0);
  const float epsilon = o.real("epsilon", 1e-5f);
  Tensor y = zeros(results[0]);
  const int64_t channels = x.dims[1];
  const int64_t pixels = element_count(Dims(x.dims.begin() + 2, x.dims.end()));
  for (int64_t first = 0, plane = 0; first < x.size(); first += pixels, ++plane) {
    const int64_t c = plane % channels;
    const float scale = reals(o, 1).reals[c] / std::sqrt(reals(o, 4).reals[c] + epsilon);
    const float mean = reals(o, 3).reals[c], bias = reals(o, 2).reals[c];
    for (int64_t i = first; i < first + pixels; ++i)
      y.reals[i] = (x.reals[i] - mean) * scale + bias;
  }
  return {y};
}

Tensors evaluate_gemm(const Operands& o, const std::vector<Result>& results) {
  const Tensor &a = reals(o, 0), &b = reals(o, 1);
  const bool transposed_a = o.integer("transA", 0) != 0, transposed_b = o.integer("transB", 0) != 0;
  const float alpha = o.real("alpha", 1), beta = o.real("beta", 1);
  const int64_t rows = results[0].dims[0], columns = results[0].dims[1];
  const int64_t depth = a.dims[transposed_a ? 0 : 1];
  const Dims at_c = o.has(2) ? broadcast_strides(o[2].dims, 2) : Dims{0, 0};
  Tensor y = zeros(results[0]);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < depth; ++k)
        sum += static_cast<double>(a.reals[transposed_a ? k * rows + i : i * depth + k]) *
               b.reals[transposed_b ? j * depth + k : k * columns + j];
      const float c = o.has(2) ? reals(o, 2).reals[i * at_c[0] + j * at_c[1]] : 0;
      y.reals[i * columns + j] = alpha * static_cast<float>(sum) + beta * c;
    }
  return {y};
}

Tensors evaluate_matmul(const Operands& o, const std::vector<Result>& results) {
  const Tensor &a = reals(o, 0), &b = reals(o, 1);
  Dims a_dims = a.dims, b_dims = b.dims;
  if (a_dims.size() == 1) a_dims.insert(a_dims.begin(), 1);
  if (b_dims.size() == 1) b_dims.push_back(1);
  const int64_t rows = a_dims[a_dims.size() - 2], depth = a_dims.back(), columns = b_dims.back();
  const Dims stack_a(a_dims.begin(), a_dims.end() - 2), stack_b(b_dims.begin(), b_dims.end() - 2);
  const size_t rank = std::max(stack_a.size(), stack_b.size());
  const Dims stack(results[0].dims.begin(), results[0].dims.begin() + rank);
  const Dims at_a = broadcast_strides(stack_a, rank), at_b = broadcast_strides(stack_b, rank);
  Tensor y = zeros(results[0]);
  const int64_t matrices = element_count(stack);
  for (int64_t m = 0; m < matrices; ++m) {
    int64_t from_a = 0, from_b = 0, rest = m;
    for (size_t axis = rank; axis-- > 0; rest /= stack[axis]) {
      from_a += rest % stack[axis] * at_a[axis];
      from_b += rest % stack[axis] * at_b[axis];
    }
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t k = 0; k < depth; ++k) {
        const float value = a.reals[(from_a * rows + i) * depth + k];
        const float* line = &b.reals[(from_b * depth + k) * columns];
        float* to = &y.reals[(m * rows + i) * columns];
        for (int64_t j = 0; j < columns; ++j) to[j] += value * line[j];
      }
  }
  return {y};
}

// Up to operator set 12 over all axes from `axis` on, later over one.
Tensors evaluate_softmax(const Operands& o, const std::vector<Result>& results) {
  const Tensor& x = reals(o, 0);
  const bool old = o.opset() < 13, logarithm = o.node().op == "LogSoftmax";
  const int axis = axis_of(o.integer("axis", old ? 1 : -1), x.dims.size());
  const int64_t size =
      old ? element_count(Dims(x.dims.begin() + axis, x.dims.end())) : x.dims[axis];
  const int64_t step = old ? 1 : element_count(Dims(x.dims.begin() + axis + 1, x.dims.end()));
  Tensor y = zeros(results[0]);
  for (int64_t i = 0; i < x.size(); ++i) {
    if (i / step % size != 0) continue;
    double most = -INFINITY, sum = 0;
    for (int64_t k = 0; k < size; ++k) most = std::max<double>(most, x.reals[i + k * step]);
    for (int64_t k = 0; k < size; ++k) sum += std::exp(x.reals[i + k * step] - most);
    for (int64_t k = 0; k < size; ++k) {
      const double value = x.reals[i + k * step] - most;
      y.reals[i + k * step] =
          static_cast<float>(logarithm ? value - std::log(sum) : std::exp(value) / sum);
    }
  }
  return {y};
}

Tensors evaluate_reduce(const Operands& o, const std::vector<Result>& results) {
  const Tensor& x = reals(o, 0);
  const std::string& op = o.node().op;
  const std::vector<bool> gone = reduced_axes(o);
  const size_t rank = gone.size();
  Tensor y = zeros(results[0]);
  if (y.reals.empty()) return {y};
  std::vector<double> sums(y.reals.size(), op == "ReduceMax" ? -INFINITY : 0.0);
  for (int64_t i = 0; i < x.size(); ++i) {
    int64_t to = 0, step = 1, rest = i;
    for (size_t axis = rank; axis-- > 0; rest /= x.dims[axis])
      if (!gone[axis]) {
        to += rest % x.dims[axis] * step;
        step *= x.dims[axis];
      }
    sums[to] = op == "ReduceMax" ? std::max<double>(sums[to], x.reals[i]) : sums[to] + x.reals[i];
  }
  const double count = static_cast<double>(x.size()) / static_cast<double>(sums.size());
  for (size_t i = 0; i < sums.size(); ++i)
    y.reals[i] = static_cast<float>(op == "ReduceMean" ? sums[i] / count : sums[i]);
  return {y};
}

// Nearest neighbours or bilinear, where each result axis is the operand's times a factor.
Tensors evaluate_resize(const Operands& o, const std::vector<Result>& results) {
  const Tensor& x = reals(o, 0);
  const Dims& dims = results[0].dims;
  const bool upsample = o.node().op == "Upsample";
  const std::string mode = o.text("mode", "nearest");
  const std::string place = o.text("coordinate_transformation_mode",
                                   upsample || o.opset() < 11 ? "asymmetric" : "half_pixel");
  const std::string rounding =
      o.text("nearest_mode", upsample || o.opset() < 11 ? "floor" : "round_prefer_floor");
  if (mode != "nearest" && mode != "linear")
    refuse(fmt::format("mode: '{}' is not supported, allowed are nearest, linear", mode));
  const auto scales = o.reals("scales", upsample || o.opset() < 11 ? 1 : 2);
  const size_t rank = x.dims.size();

  // What a result's place along an axis is made of: two elements and the second's share.
  struct Source {
    int64_t first, second;
    float share;
  };
  std::vector<std::vector<Source>> sources(rank);
  for (size_t axis = 0; axis < rank; ++axis) {
    const int64_t size = x.dims[axis];
    const double factor = scales && scales->size() == rank
                              ? (*scales)[axis]
                              : static_cast<double>(dims[axis]) / static_cast<double>(size);
    for (int64_t i = 0; i < dims[axis]; ++i) {
      const double at = static_cast<double>(i);
      double from = 0;
      if (place == "asymmetric")
        from = at / factor;
      else if (place == "half_pixel" || place == "pytorch_half_pixel")
        from = place != "half_pixel" && dims[axis] == 1 ? 0 : (at + 0.5) / factor - 0.5;
      else if (place == "align_corners")
        from = dims[axis] == 1
                   ? 0
                   : at * static_cast<double>(size - 1) / static_cast<double>(dims[axis] - 1);
      else
        refuse(fmt::format(
            "coordinate_transformation_mode: '{}' is not supported, allowed are asymmetric, "
            "half_pixel, pytorch_half_pixel, align_corners",
            place));
      const auto inside = [&](double value) {
        return static_cast<int64_t>(std::clamp(value, 0.0, static_cast<double>(size - 1)));
      };
      if (mode == "linear") {
        const double floor = std::floor(from);
        sources[axis].push_back(
            {inside(floor), inside(floor + 1), static_cast<float>(from - floor)});
      } else {
        const double nearest = rounding == "floor"               ? std::floor(from)
                               : rounding == "ceil"              ? std::ceil(from)
                               : rounding == "round_prefer_ceil" ? std::floor(from + 0.5)
                                                                 : std::ceil(from - 0.5);
        sources[axis].push_back({inside(nearest), inside(nearest), 0});
      }
    }
  }

  // One axis after the other.
  Tensor y = x;
  for (size_t axis = 0; axis < rank; ++axis) {
    int64_t place = 0;
    const bool stays =
        dims[axis] == x.dims[axis] && std::ranges::all_of(sources[axis], [&](const Source& source) {
          return source.first == place++ && source.share == 0;
        });
    if (stays) continue;
    Dims next = y.dims;
    next[axis] = dims[axis];
    const int64_t step = element_count(Dims(next.begin() + axis + 1, next.end()));
    const int64_t size = y.dims[axis];
    Tensor wider = zeros({y.type, next});
    for (int64_t i = 0; i < wider.size(); ++i) {
      const Source& source = sources[axis][i / step % dims[axis]];
      const float* line = &y.reals[i / step / dims[axis] * size * step + i % step];
      wider.reals[i] = line[source.first * step] * (1 - source.share) +
                       line[source.second * step] * source.share;
    }
    y = std::move(wider);
  }
  return {y};
}

}  // namespace rowcast::onnx
