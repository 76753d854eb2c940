#include "sim/accelerator/dram.h"

#include <algorithm>

namespace rowcast::accelerator {
namespace {

// What a convolution's im2col, or the image itself, has of a pixel as its k-th number.
int16_t number_of(const Shape& image, const Layer* layer, int k, int y, int x,
                  std::span<const int16_t> values) {
  if (layer) {
    const int taps = layer->kernel_h * layer->kernel_w, t = k % taps;
    k /= taps;
    y = y * layer->stride_h + t / layer->kernel_w * layer->dilation_h - layer->pad_top;
    x = x * layer->stride_w + t % layer->kernel_w * layer->dilation_w - layer->pad_left;
    if (y < 0 || y >= image.height || x < 0 || x >= image.width) return 0;
  }
  return values[(static_cast<size_t>(k) * image.height + y) * image.width + x];
}

size_t place_of(const Tensor& dram, int channel, int d, int lanes) {
  return static_cast<size_t>(dram.address(channel, d, lanes)) * lanes +
         dram.lane(channel, d, lanes);
}

}  // namespace

Tensor in_dram(Tensor here) {
  here.dram = true;
  here.ring = here.pixels();
  here.base = 0;
  return here;
}

std::vector<Lines> lines_of(const Tensor& here, const Tensor& dram, Span pixels, int lanes) {
  std::vector<Lines> all;
  while (pixels.first < pixels.end) {
    const int end = std::min(pixels.end, (pixels.first / here.ring + 1) * here.ring);
    const auto add = [&](int channel, int depth) {
      all.push_back({here.address(channel, pixels.first, lanes),
                     dram.address(channel, pixels.first, lanes), depth});
    };
    if (here.layout == Layout::kPixels)
      add(0, ceil_div(end - pixels.first, lanes) * here.places());
    else
      for (int place = 0; place < here.places(); place += lanes)
        add(place < here.gap_at ? place : place - here.gap, end - pixels.first);
    pixels.first = end;
  }
  return all;
}

std::vector<int16_t> input_words(const Tensor& dram, const Network& network, int lanes,
                                 std::span<const int16_t> input) {
  const Layer* layer =
      dram.reader < 0 ? nullptr : &network.nodes[static_cast<size_t>(dram.reader)].layer;
  std::vector<int16_t> words(static_cast<size_t>(dram.size(lanes)) * lanes);
  for (int y = 0; y < dram.height; ++y)
    for (int x = 0; x < dram.width; ++x)
      for (int k = 0; k < dram.channels; ++k)
        words[place_of(dram, k, dram.pixel(y, x), lanes)] =
            number_of(network.input, layer, k, y, x, input);
  return words;
}

std::vector<int16_t> values_of(const Tensor& dram, int lanes, std::span<const int16_t> words) {
  std::vector<int16_t> values;
  values.reserve(static_cast<size_t>(dram.channels) * dram.pixels());
  for (int channel = 0; channel < dram.channels; ++channel)
    for (int y = 0; y < dram.height; ++y)
      for (int x = 0; x < dram.width; ++x)
        values.push_back(words[place_of(dram, channel, dram.pixel(y, x), lanes)]);
  return values;
}

}  // namespace rowcast::accelerator
