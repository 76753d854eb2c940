#include <fmt/format.h>

#include <filesystem>
#include <thread>

#include "app/command_line.h"
#include "app/commands.h"
#include "app/published.h"
#include "generator/emit.h"
#include "sim/formats/network_file.h"
#include "sim/model/analytical.h"

namespace rowcast {
namespace {

int64_t estimated(const Network& network, const ArrayConfig& config, const char* mapping) {
  int64_t sum = 0;
  for (const LayerPlan& plan : plan_layers(network, config, *find_mapping(mapping), "", false))
    sum += plan.choice.phases.total();
  return sum;
}

}  // namespace

Action add_demo(CLI::App&) {
  return [] {
    ArrayConfig config;  // 32x32, 8-bit
    const std::filesystem::path folder = "out/demo_32x32";
    write_files(emit(config, View::kStructural), folder);
    fmt::print("Generated a {}x{} ST-OS array in {} (README.md there says how to use it).\n\n", config.rows, config.cols,
               folder.string());

    const Network baseline = find_network("mobilenet_v2");
    const Variant& half = *find_variant("half");
    const Network network = transform(baseline, half);
    RunOptions run;
    run.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    run.progress = terminal_progress();
    const EmittedFolder rtl{config, View::kVector, emit_modules(config, View::kVector)};
    const Report report = simulate({network, half, *find_mapping("auto"), "", false, rtl, run});
    fmt::print("{}", text_of(report));
    fmt::print("Simulated in {:.1f} s.\n", report.wall_seconds);

    fmt::print("\nBeside the published model (DATE 2021, computed by its formulas for this array):\n");
    for (const char* name : {"block5.expand", "block5.fuse"}) {
      for (const LayerResult& layer : report.layers) {
        if (layer.plan.layer->name != name) continue;
        fmt::print("  {:<14} {:>8} cycles measured in RTL, {:>8} by the published model\n", name,
                   grouped(layer.measured_cycles), grouped(date21_cycles(config, *layer.plan.layer, Rounding::kPublished)));
      }
    }
    const int64_t im2col = estimated(baseline, config, "im2col");
    fmt::print("\nSpeed-up of FuSe Half over ordinary MobileNet-V2 on this array:\n"
               "  {:>5.1f}x over im2col ({} cycles, rtl model)\n", static_cast<double>(im2col) / report.cycles(), grouped(im2col));
    int64_t published = 0;
    for (const Node& node : baseline.nodes)
      if (node.op == Op::kLayer) published += date21_cycles(config, node.layer, Rounding::kPublished);
    fmt::print("  {:>5.1f}x over the published baseline ({} cycles, their model at this size)\n",
               static_cast<double>(published) / report.cycles(), grouped(published));
    return report.exact() ? 0 : kExitMismatch;
  };
}

}  // namespace rowcast
