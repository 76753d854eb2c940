#include <fmt/format.h>

#include <cmath>

#include "generator/error.h"
#include "sim/convert/convert.h"

namespace rowcast {
namespace {

constexpr double kMostBytes = 2e9;

// Sums of products over all patches: the upper triangle of [K²][K²] for each channel.
struct Sums {
  const DepthwiseLayer* layer;
  std::vector<std::vector<double>> channels;
};

// Taps of all output pixels of one channel.
void add_patches(const Layer& layer, const float* image, std::vector<double>& sums) {
  const int k = layer.kernel_w, taps = k * k;
  const int height = static_cast<int>(layer.padded_height()),
            width = static_cast<int>(layer.padded_width());
  std::vector<double> padded(size_t(height) * width);
  for (int y = 0; y < layer.in_height; ++y)
    for (int x = 0; x < layer.in_width; ++x)
      padded[size_t(y + layer.pad_top) * width + x + layer.pad_left] =
          image[size_t(y) * layer.in_width + x];
  std::vector<double> patch(taps);
  for (int y = 0; y < layer.out_height(); ++y)
    for (int x = 0; x < layer.out_width(); ++x) {
      for (int u = 0; u < k; ++u)
        for (int v = 0; v < k; ++v)
          patch[u * k + v] = padded[size_t(y * layer.stride_h + u * layer.dilation_h) * width +
                                    x * layer.stride_w + v * layer.dilation_w];
      double* row = sums.data();
      for (int i = 0; i < taps; ++i, row += taps) {
        const double pixel = patch[i];
        if (pixel == 0) continue;
        for (int j = i; j < taps; ++j) row[j] += pixel * patch[j];
      }
    }
}

}  // namespace

PatchStatistics patch_statistics(const onnx::Graph& teacher,
                                 const std::vector<std::vector<float>>& samples,
                                 const std::function<void(size_t)>& progress) {
  const std::vector<DepthwiseLayer> layers = convertible_layers(teacher);
  std::vector<Sums> all;
  double bytes = 0;
  for (const DepthwiseLayer& each : layers)
    bytes += sizeof(double) * each.layer.in_channels * std::pow(each.layer.kernel_w, 4);
  if (bytes > kMostBytes)
    throw InputError(
        fmt::format("{}: the moments of the patches of its {} depthwise layers need {:.0f} MB, "
                    "allowed are {:.0f} (a KxK kernel has K^4 for each channel)",
                    teacher.file, layers.size(), bytes / 1e6, kMostBytes / 1e6));
  for (const DepthwiseLayer& each : layers) {
    const size_t taps = size_t(each.layer.kernel_h) * each.layer.kernel_w;
    all.push_back({&each, std::vector(each.layer.in_channels, std::vector<double>(taps * taps))});
  }
  const onnx::Value& input = teacher.values[teacher.inputs[0]];
  for (size_t sample = 0; sample < samples.size(); ++sample) {
    const std::vector<onnx::Value> values =
        onnx::evaluate(teacher, {{input.type, input.dims, samples[sample], {}}});
    for (Sums& sums : all) {
      const Layer& layer = sums.layer->layer;
      const onnx::Operation& operation = teacher.operations[sums.layer->operation];
      const std::vector<float>& image = values[operation.inputs[0]].constant->reals;
      for (const float pixel : image)
        if (!std::isfinite(pixel))
          throw InputError(fmt::format("{}: {}: a value of its input is not finite, for input {}",
                                       teacher.file, onnx::described(operation.node), sample + 1));
      const size_t plane = size_t(layer.in_height) * layer.in_width;
      for (size_t c = 0; c < sums.channels.size(); ++c)
        add_patches(layer, image.data() + c * plane, sums.channels[c]);
    }
    if (progress) progress(sample + 1);
  }
  PatchStatistics statistics;
  for (Sums& sums : all) {
    const Layer& layer = sums.layer->layer;
    const size_t taps = size_t(layer.kernel_h) * layer.kernel_w;
    const double count = static_cast<double>(layer.pixels()) * static_cast<double>(samples.size());
    for (std::vector<double>& moments : sums.channels)
      for (size_t i = 0; i < taps; ++i)
        for (size_t j = i; j < taps; ++j) moments[j * taps + i] = moments[i * taps + j] /= count;
    statistics.layers.push_back({sums.layer->node, std::move(sums.channels)});
  }
  return statistics;
}

}  // namespace rowcast
