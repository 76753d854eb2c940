// Small networks to train in tests.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "generator/error.h"
#include "sim/formats/network_file.h"
#include "sim/onnx/graph.h"
#include "sim/training/initial.h"
#include "sim/workload/network.h"

namespace rowcast::test {

// The network of a TOML's blocks, as a variant, its shapes known.
inline Network small_network(const std::string& input, const std::string& blocks,
                             const std::string& variant = "baseline") {
  Network network =
      transform(parse_network("name = \"small\"\ninput = " + input + "\n" + blocks, "small.toml"),
                *find_variant(variant));
  if (const std::string problem = infer_shapes(network); !problem.empty())
    throw InputError(problem);
  return network;
}

// A network's graph whose weights, scales, shifts and statistics are all random: as if it had
// learnt something.
inline onnx::Graph random_graph(const Network& network, uint32_t seed) {
  onnx::Model model = training::initial_model(network, seed);
  std::mt19937 random(seed);
  for (auto& [name, tensor] : model.initialisers) {
    if (name.find(".norm.") == std::string::npos && !name.ends_with(".bias")) continue;
    const bool positive = name.ends_with(".variance");
    std::uniform_real_distribution<float> value(positive ? 0.5F : -1, positive ? 2.0F : 1);
    for (float& each : tensor.reals) each = value(random);
  }
  return onnx::resolve(std::move(model), network.name);
}

}  // namespace rowcast::test
