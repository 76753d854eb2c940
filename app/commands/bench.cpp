#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>

#include "app/commands/commands.h"
#include "app/options/outputs.h"
#include "generator/files.h"
#include "generator/version.h"
#include "sim/formats/network_file.h"
#include "sim/host/processors.h"
#include "sim/host/reference.h"
#include "sim/schedule/gemm.h"
#include "sim/schedule/stream.h"

namespace rowcast {
namespace {

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct Figure {
  std::string name;
  double value;
  std::string unit;
};

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// A model built from nothing: neither rowcast's cache nor the compiler's helps.
std::shared_ptr<const ModelCode> build_cold(const ArrayConfig& config, View view,
                                            const Progress& progress) {
  const TempFolder cold;
  const char* before = std::getenv("ROWCAST_CACHE");
  const std::string kept = before ? before : "";
  ::setenv("ROWCAST_CACHE", cold.path().c_str(), 1);
  ::setenv("CCACHE_DISABLE", "1", 1);
  const auto code = ModelCode::build({config, view, emit_modules(config, view)}, progress);
  ::unsetenv("CCACHE_DISABLE");
  if (before)
    ::setenv("ROWCAST_CACHE", kept.c_str(), 1);
  else
    ::unsetenv("ROWCAST_CACHE");
  return code;  // a loaded library stays loaded when its folder goes
}

// Every mapping form that a search over the network's layers looks at, evaluated by the exact model
// or ranked by its bound. Returns how many.
int64_t evaluate_mappings(const Network& network, const ArrayConfig& config) {
  int64_t count = 0;
  for (const Node& node : network.nodes) {
    if (node.op != Op::kLayer) continue;
    const auto evaluate = [&](const std::optional<Schedule>& schedule) {
      if (!schedule) return;
      if (rtl_cycles(config, node.layer, *schedule).total() > 0) ++count;
    };
    if (!is_channelwise(node.layer)) {
      for (const Orientation orientation :
           {Orientation::kPixelRows, Orientation::kFilterRows, Orientation::kCross})
        evaluate(gemm_schedule(config, node.layer, orientation));
      continue;
    }
    for (const DwcForm& form : dwc_forms(config, node.layer))
      evaluate(dwc_schedule(config, node.layer, form));
    for (const StreamForm& form : packed_forms(config, node.layer))
      if (stream_bound(config, node.layer, form) > 0) ++count;
  }
  return count;
}

}  // namespace

Action add_bench(CommandOptions& command) {
  const auto outputs = std::make_shared<Outputs>();
  outputs->add_file(command, "--json", "write JSON here");
  return [outputs] {
    outputs->check();
    const Progress progress = terminal_progress();
    std::vector<Figure> figures;
    const auto add = [&](std::string name, double value, const char* unit) {
      end_progress();
      fmt::print(outputs->report(), "{:<44} {:>14.4g} {}\n", name, value, unit);
      std::fflush(outputs->report());
      figures.push_back({std::move(name), value, unit});
    };
    const Network baseline = find_network("mobilenet_v2");
    const Variant& half = *find_variant("half");
    const Network network = transform(baseline, half);
    RunOptions run;
    run.threads = processors();
    run.progress = progress;

    for (const int side : {16, 32, 64, 128}) {
      ArrayConfig config;
      config.rows = config.cols = side;
      const auto rate = [&](const std::shared_ptr<const ModelCode>& code, const std::string& layers,
                            double* seconds) {
        const RunResult result = run_network(
            network, code, plan_layers(network, config, *find_mapping("auto"), layers, false), run);
        double cycles = 0;
        for (const LayerResult& layer : result.layers)
          cycles += static_cast<double>(layer.measured_cycles);
        if (seconds) *seconds = result.sim_seconds;
        return cycles * side * side / result.sim_seconds;
      };
      const std::string name = fmt::format("{}x{}", side, side);
      const auto vector = build_cold(config, View::kVector, progress);
      add("build_vector_" + name, vector->build_seconds(), "s");
      double seconds = 0;
      add("pe_cycles_vector_" + name, rate(vector, "", &seconds), "PE-cycles/s, all layers");
      add("sim_seconds_vector_" + name, seconds, "s, all layers");
      if (side > 64) continue;
      // The structural view is too slow for whole networks: one GEMM and one FuSe layer, on both
      // views.
      const auto structural = build_cold(config, View::kStructural, progress);
      add("build_structural_" + name, structural->build_seconds(), "s");
      const std::string layers = "block13.expand,block13.fuse";
      // In turns, and the median of each: the vector view is through in milliseconds.
      std::vector<double> fast, slow;
      for (int i = 0; i < 5; ++i) {
        fast.push_back(rate(vector, layers, nullptr));
        slow.push_back(rate(structural, layers, nullptr));
      }
      add("pe_cycles_structural_" + name, median(slow), "PE-cycles/s, block13, median of 5");
      add("vector_over_structural_" + name, median(fast) / median(slow),
          "x, block13, medians of 5");
    }

    double macs = 0;
    const double golden = seconds_of([&] {
      infer(network, ArrayConfig{}, 1, 1,
            [&](const LayerCase& layer) { macs += static_cast<double>(layer.layer->macs()); });
    });
    add("golden", macs / golden, "MAC/s, one thread, requantisation included");

    ArrayConfig config;
    config.rows = config.cols = 64;
    int64_t mappings = 0;
    const double search = seconds_of([&] {
      for (const std::string& name : published_networks())
        for (const Variant& variant : variants())
          mappings += evaluate_mappings(transform(find_network(name), variant), config);
    });
    add("layer_mappings", static_cast<double>(mappings) / search,
        "evaluations/s, one thread, 64x64");

    nlohmann::ordered_json json{{"schema", 2}, {"version", kVersion}};
    for (const Figure& figure : figures)
      json["timing"]["figures"].push_back(
          {{"name", figure.name}, {"value", figure.value}, {"unit", figure.unit}});
    outputs->write({{"--json", [&] { return json_text(json); }}});
    return 0;
  };
}

}  // namespace rowcast
