#include <fmt/format.h>

#include <memory>

#include "app/commands.h"
#include "app/options.h"
#include "sim/formats/network_file.h"

namespace rowcast {

Action add_list(CLI::App&) {
  return [] {
    fmt::print("networks\n");
    for (const std::string& name : builtin_networks()) {
      const Network network = find_network(name);
      fmt::print("  {:<20} {} ({}), {} MACs, {} weights\n", name, network.title, network.source, grouped(network.macs()),
                 grouped(network.weights()));
    }
    fmt::print("variants\n");
    for (const Variant& variant : variants()) fmt::print("  {:<20} {}\n", variant.name, variant.help);
    fmt::print("mappings\n");
    for (const Mapping& mapping : mappings()) fmt::print("  {:<20} {}\n", mapping.name, mapping.help);
    return 0;
  };
}

Action add_show(CLI::App& command) {
  const auto workload = std::make_shared<WorkloadOptions>();
  workload->add_to(command, false);
  return [workload] {
    for (const auto& [variant, network] : workload->resolve()) {
      fmt::print("{}, variant {}: {}\n\n", network.title, variant->name, network.source);
      fmt::print("{:>3} {:<22} {:<6} {:>14} {:>4} {:>3} {:>6} {:<9} {:>12} {:>10}\n", "#", "name", "kind", "input",
                 "k", "s", "out", "then", "MACs", "weights");
      int number = 0;
      for (const Node& node : network.nodes) {
        const Shape& in = network.shape_of(node.inputs.front());
        const std::string input = fmt::format("{}x{}x{}", in.height, in.width, in.channels);
        if (node.op != Op::kLayer) {
          fmt::print("{:>3} {:<22} {:<6} {:>14}\n", "", node.name,
                     node.op == Op::kAdd ? "add" : node.op == Op::kPool ? "pool" : "scale", input);
          continue;
        }
        const Layer& layer = node.layer;
        fmt::print("{:>3} {:<22} {:<6} {:>14} {:>4} {:>3} {:>6} {:<9} {:>12} {:>10}\n", ++number, node.name,
                   to_string(layer.kind), input, layer.kernel_w, layer.stride, layer.out_channels,
                   to_string(node.activation), grouped(layer.macs()), grouped(layer.weights()));
      }
      fmt::print("{:>3} {:<22} {:<6} {:>14} {:>4} {:>3} {:>6} {:<9} {:>12} {:>10}\n\n", "", "total", "", "", "", "", "",
                 "", grouped(network.macs()), grouped(network.weights()));
    }
    return 0;
  };
}

}  // namespace rowcast
