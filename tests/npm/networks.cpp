#include "tests/npm/networks.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace rowcast::test {

onnx::InputShapes npm_shapes(const std::string& name) {
  if (name == "line_classifier") return {{"", {1, 3, 48, 192}}};
  if (name == "text_recognition") return {{"", {1, 3, 48, 64}}};
  if (name == "text_detection") return {{"", {1, 3, 64, 96}}};
  return {};
}

Imported npm_network(const std::string& name) {
  return read_onnx(npm_file(npm_model(name)), npm_shapes(name), name);
}

std::vector<float> sample_input(const Imported& network, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> number(0, 1);
  const InputShape shape = input_shape(network.input_dims(), network.network().name);
  std::vector<float> input(size_t(shape.channels) * shape.height * shape.width);
  if (network.network().name == "text_detection") {
    const size_t plane = size_t(shape.height) * shape.width;
    const int shift = 7 * static_cast<int>(seed - 1);
    for (size_t i = 0; i < input.size(); ++i) {
      const int y = static_cast<int>(i % plane) / shape.width,
                x = static_cast<int>(i % shape.width);
      const bool line = 100 * y >= 35 * shape.height && 100 * y < 65 * shape.height && x >= 8 &&
                        x < shape.width - 8;
      input[i] = line && ((x + shift) * 7919 % 13 + y / 4 * 3) % 5 < 2 ? -1.0f : 1.0f;
    }
    return input;
  }
  constexpr int kWaves = 6;
  for (int c = 0; c < shape.channels; ++c) {
    float down[kWaves], across[kWaves], phase[kWaves];
    for (int k = 0; k < kWaves; ++k)
      down[k] = 12 * number(random), across[k] = 12 * number(random), phase[k] = number(random);
    for (int y = 0; y < shape.height; ++y)
      for (int x = 0; x < shape.width; ++x) {
        float value = 0;
        for (int k = 0; k < kWaves; ++k)
          value += std::sin(2 * std::numbers::pi_v<float> *
                            (down[k] * y / shape.height + across[k] * x / shape.width + phase[k]));
        const size_t pixel = size_t(y) * shape.width + x;
        input[shape.channels_last ? pixel * shape.channels + c
                                  : size_t(c) * shape.height * shape.width + pixel] =
            std::clamp(value / 3, -1.0f, 1.0f);
      }
  }
  return input;
}

void quantise_on_samples(Imported& network, int count) {
  std::vector<std::vector<float>> inputs;
  for (int i = 0; i < count; ++i)
    inputs.push_back(sample_input(network, static_cast<uint32_t>(i + 1)));
  equalise(network.graph, network.lowered, inputs);
  network.quantised = quantise(network.graph, network.lowered, inputs, network.options);
  network.calibration_inputs = count;
}

}  // namespace rowcast::test
