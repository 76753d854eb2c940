#include "sim/accelerator/dram.h"

#include <algorithm>
#include <bit>

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

int line_bytes(const AcceleratorConfig& config) {
  const auto words = static_cast<unsigned>(config.lanes() * (config.array.data_width > 8 ? 2 : 1));
  return static_cast<int>(std::max(8u, std::bit_ceil(words)));
}

DramBytes dram_bytes(const Program& program) {
  const int64_t line = line_bytes(program.config), lanes = program.config.lanes();
  const auto whole = [](int64_t bytes, int64_t of) { return (bytes + of - 1) / of * of; };
  DramBytes bytes;
  std::vector<bool> comes_back(program.tensors.size());
  for (const Load& load : program.loads) {
    if (load.tensor >= 0) {
      const auto t = static_cast<size_t>(load.tensor);
      comes_back[t] = true;
      (program.tensors[t].node < 0 ? bytes.input : bytes.spilled_loads) += load.depth * line;
    } else if (load.memory == Memory::kQ || load.memory == Memory::kS) {
      bytes.scales += whole(8 * load.depth * (load.memory == Memory::kQ ? lanes : 1), line);
    } else if (load.memory == Memory::kTables) {
      bytes.tables += whole(load.depth * (program.config.array.data_width > 8 ? 2 : 1), line);
    } else {
      bytes.weights += load.depth * line;
    }
  }
  for (const Store& store : program.stores)
    (comes_back[static_cast<size_t>(store.tensor)] ? bytes.spilled_stores : bytes.output) +=
        store.depth * line;
  constexpr int64_t kTransfer = 32, kBlock = 128;
  bytes.instructions = whole(kTransfer * static_cast<int64_t>(program.loads.size()), kBlock) +
                       kBlock * static_cast<int64_t>(program.moves.size()) +
                       whole(kTransfer * static_cast<int64_t>(program.stores.size()), kBlock);
  return bytes;
}

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
