#include "sim/golden/convolution.h"

#include <algorithm>

namespace rowcast::golden {
namespace {

// Outputs [first, last) along one axis whose input position output * stride + offset is not
// padding.
struct Range {
  int first, last;
};
Range inside(int outputs, int inputs, int stride, int offset) {
  const int first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const int last = inputs <= offset ? 0 : (inputs - offset - 1) / stride + 1;
  return {first, std::min(outputs, last)};
}

}  // namespace

void convolve(const Convolution& shape, std::span<const int16_t> input,
              std::span<const int16_t> weights, std::span<int64_t> output, int first, int last) {
  const int out_h = shape.out_height(), out_w = shape.out_width();
  const int group_in = shape.in_channels / shape.groups;
  const int group_out = shape.out_channels / shape.groups;
  for (int o = first; o < last; ++o) {
    int64_t* out = output.data() + size_t(o) * out_h * out_w;
    for (int i = 0; i < group_in; ++i) {
      const int channel = o / group_out * group_in + i;
      const int16_t* in = input.data() + size_t(channel) * shape.in_height * shape.in_width;
      for (int u = 0; u < shape.kernel_h; ++u) {
        const int line_offset = u * shape.dilation_h - shape.pad_top;
        const Range rows = inside(out_h, shape.in_height, shape.stride_h, line_offset);
        for (int v = 0; v < shape.kernel_w; ++v) {
          const int offset = v * shape.dilation_w - shape.pad_left;
          const Range cols = inside(out_w, shape.in_width, shape.stride_w, offset);
          const int64_t weight =
              weights[((size_t(o) * group_in + i) * shape.kernel_h + u) * shape.kernel_w + v];
          for (int y = rows.first; y < rows.last; ++y) {
            const int16_t* line = in + size_t(y * shape.stride_h + line_offset) * shape.in_width;
            int64_t* result = out + size_t(y) * out_w;
            for (int x = cols.first; x < cols.last; ++x)
              result[x] += weight * line[x * shape.stride_w + offset];
          }
        }
      }
    }
  }
}

std::vector<int64_t> convolve(const Convolution& shape, std::span<const int16_t> input,
                              std::span<const int16_t> weights) {
  std::vector<int64_t> output(size_t(shape.out_channels) * shape.out_height() * shape.out_width());
  convolve(shape, input, weights, output, 0, shape.out_channels);
  return output;
}

}  // namespace rowcast::golden
