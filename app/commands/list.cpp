#include <fmt/format.h>

#include <memory>

#include "app/commands/commands.h"
#include "app/options/options.h"
#include "app/options/outputs.h"
#include "app/reports/published.h"
#include "generator/error.h"
#include "sim/formats/network_file.h"
#include "sim/formats/topology_file.h"
#include "sim/import/imported.h"
#include "sim/recurrence/library.h"

namespace rowcast {

Action add_list(CommandOptions&) {
  return [] {
    fmt::print("networks\n");
    for (const std::string& name : builtin_networks()) {
      const Network network = find_network(name);
      fmt::print("  {:<20} {} ({}), {} MACs, {} weights, {} parameters\n", name, network.title,
                 network.source, grouped(network.macs()), grouped(network.weights()),
                 grouped(network.parameters()));
    }
    fmt::print("variants\n");
    for (const Variant& variant : variants())
      fmt::print("  {:<20} {}\n", variant.name, variant.help);
    fmt::print("mappings\n");
    for (const Mapping& mapping : mappings())
      fmt::print("  {:<20} {}\n", mapping.name, mapping.help);
    fmt::print("recurrences\n");
    for (const std::string& name : recurrence::builtin())
      fmt::print("  {:<20} {}\n", name, recurrence::find(name).title);
    return 0;
  };
}

namespace {

// Scales, ranges, and how far words are from float, of every node.
std::string quantisation_text(const Imported& imported) {
  std::string text = fmt::format(
      "    {} bits for activations, {} for weights; calibrated on {} inputs, the input's scale is "
      "{:.6g}\n{:>3} {:<22} {:>11} {:>11} {:>12} {:>9}  {}\n",
      imported.options.data_width, imported.options.weight_width, imported.calibration_inputs,
      imported.quantised.input_scale, "", "name", "least", "most", "scale", "error", "from");
  for (size_t i = 0; i < imported.quantised.nodes.size(); ++i) {
    const QuantisedNode& node = imported.quantised.nodes[i];
    text += fmt::format("{:>3} {:<22} {:>11.4g} {:>11.4g} {:>12.6g} {:>6.1f} dB  {}\n", "",
                        imported.network().nodes[i].name, node.low, node.high, node.scale,
                        -imported.accuracy[i], imported.lowered.nodes[i].source);
  }
  return text;
}

}  // namespace

Action add_show(CommandOptions& command) {
  struct Options {
    WorkloadOptions workload;
    Outputs outputs;
  };
  const auto options = std::make_shared<Options>();
  options->workload.add_to(command, false);
  options->outputs.add_file(command, "--scale-sim",
                            "write the layers as SCALE-Sim's topology, a .csv file");
  return [options] {
    const auto networks = options->workload.resolve();
    Outputs& outputs = options->outputs;
    if (outputs.wanted("--scale-sim")) {
      if (networks.size() != 1)
        throw InputError("--scale-sim: a file holds one network, allowed is one --variant");
      if (const auto names = unreadable_by_scale_sim(networks.front().second); !names.empty())
        fmt::print(stderr,
                   "warning: --scale-sim: {} of the layers' names ({}{}) are quoted, which rowcast "
                   "reads and SCALE-Sim does not\n",
                   names.size(), names.front(), names.size() > 1 ? ", ..." : "");
    }
    options->workload.declare_inputs(outputs);
    outputs.check();
    outputs.write({{"--scale-sim", [&] { return topology_of(networks.front().second); }}});
    for (const auto& [variant, network] : networks) {
      fmt::print(outputs.report(), "{}, variant {}: {}\n\n", network.title, variant->name,
                 network.source);
      fmt::print(outputs.report(),
                 "{:>3} {:<22} {:<6} {:>14} {:>4} {:>3} {:>6} {:<9} {:>12} {:>10}\n", "#", "name",
                 "kind", "input", "k", "s", "out", "then", "MACs", "weights");
      int number = 0;
      for (const Node& node : network.nodes) {
        const Shape in = network.input_of(node);
        const std::string input = fmt::format("{}x{}x{}", in.height, in.width, in.channels);
        if (node.op != Op::kLayer) {
          fmt::print(outputs.report(), "{:>3} {:<22} {:<6} {:>14}\n", "", node.name,
                     to_string(node.op), input);
          continue;
        }
        const Layer& layer = node.layer;
        fmt::print(
            outputs.report(), "{:>3} {:<22} {:<6} {:>14} {:>4} {:>3} {:>6} {:<9} {:>12} {:>10}{}\n",
            ++number, node.name, to_string(layer.kind), input,
            size_text(layer.kernel_h, layer.kernel_w), size_text(layer.stride_h, layer.stride_w),
            layer.out_channels, to_string(node.activation), grouped(layer.macs()),
            grouped(layer.weights()), unusual_text(layer));
      }
      fmt::print(outputs.report(),
                 "{:>3} {:<22} {:<6} {:>14} {:>4} {:>3} {:>6} {:<9} {:>12} {:>10}\n", "", "total",
                 "", "", "", "", "", "", grouped(network.macs()), grouped(network.weights()));
      fmt::print(
          outputs.report(),
          "    {} parameters: the weights, two per output channel for batch norm, a bias per "
          "output of fc\n",
          grouped(network.parameters()));
      if (const Published cited = published(network.name, variant->name); cited.cycles != 0)
        fmt::print(
            outputs.report(),
            "    as published (FuSeConv, DATE 2021): {} M parameters, {} MFLOPs (they count more "
            "than multiply-accumulates), "
            "top-1 {} %\n",
            cited.mparams, cited.mflops, cited.accuracy);
      fmt::print(outputs.report(), "\n");
      if (const std::string folder = options->workload.folder(); !folder.empty() && !variant->fuse)
        fmt::print(outputs.report(), "{}\n", quantisation_text(read_import(folder)));
    }
    return 0;
  };
}

}  // namespace rowcast
