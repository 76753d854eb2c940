#include <fmt/format.h>

#include <filesystem>

#include "app/commands/command_line.h"
#include "app/commands/commands.h"
#include "generator/emit.h"
#include "sim/formats/network_file.h"
#include "sim/host/processors.h"
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

Action add_demo(CommandOptions&) {
  return [] {
    ArrayConfig config;  // 32x32, 8-bit
    const std::filesystem::path folder = "out/demo_32x32";
    write_files(emit(config, View::kStructural), folder, true);
    fmt::print("Generated a {}x{} ST-OS array in {} (README.md there says how to use it).\n\n",
               config.rows, config.cols, folder.string());

    const Network baseline = find_network("mobilenet_v2");
    const Variant& half = *find_variant("half");
    const Network network = transform(baseline, half);
    RunOptions run;
    run.threads = processors();
    run.progress = terminal_progress();
    const EmittedFolder rtl{config, View::kVector, emit_modules(config, View::kVector)};
    const Report report = simulate({network, half, *find_mapping("auto"), "", false, rtl, run});
    fmt::print("{}", text_of(report));
    fmt::print("Simulated in {:.1f} s.\n", report.wall_seconds);

    // What ships is the structural view: it must do the same, if slower.
    const EmittedFolder structural{config, View::kStructural,
                                   emit_modules(config, View::kStructural)};
    const Report shipped = simulate({network, half, *find_mapping("auto"),
                                     "block5.expand,block5.fuse", false, structural, run});
    fmt::print(
        "\nOne GEMM and one FuSe layer on the structural view, as generated, beside the published "
        "model (DATE 2021, by its "
        "formulas for this array):\n");
    for (const LayerResult& layer : shipped.layers)
      fmt::print(
          "  {:<14} {:>6} cycles measured in RTL, {} mismatches; {:>6} by the published model\n",
          layer.plan.layer->name, grouped(layer.measured_cycles), layer.mismatches,
          grouped(date21_cycles(config, *layer.plan.layer, Rounding::kPublished)));

    int64_t published = 0;
    for (const Node& node : baseline.nodes)
      if (node.op == Op::kLayer)
        published += date21_cycles(config, node.layer, Rounding::kPublished);
    const auto speedup = [&](const char* over, int64_t cycles) {
      fmt::print("  {:>5.1f}x over {} ({} cycles)\n", static_cast<double>(cycles) / report.cycles(),
                 over, grouped(cycles));
    };
    fmt::print("\nSpeed-up of FuSe Half over ordinary MobileNet-V2 at {}x{}:\n", config.rows,
               config.cols);
    speedup("the published baseline, their model at this size", published);
    speedup("im2col on this array", estimated(baseline, config, "im2col"));
    speedup("the best plain GEMM hardware can do, the fair one",
            estimated(baseline, config, "gemm-dwc"));
    speedup("plain GEMM hardware running FuSe Half as well",
            estimated(network, config, "gemm-dwc"));
    return report.exact() && shipped.exact() ? 0 : kExitMismatch;
  };
}

}  // namespace rowcast
