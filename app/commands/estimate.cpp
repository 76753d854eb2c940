#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "app/commands/commands.h"
#include "app/options/options.h"
#include "app/options/outputs.h"
#include "app/reports/memory_report.h"
#include "generator/error.h"
#include "sim/model/analytical.h"

namespace rowcast {
namespace {

enum class ModelKind { kRtl, kDate21, kScaleSim, kRoofline };

// What an option accepts, by name.
template <class Value>
struct Named {
  std::string_view name;
  Value value;
};
using CycleModel = Named<ModelKind>;
constexpr std::array kModels = {
    CycleModel{"rtl", ModelKind::kRtl}, CycleModel{"date21", ModelKind::kDate21},
    CycleModel{"scale-sim", ModelKind::kScaleSim}, CycleModel{"roofline", ModelKind::kRoofline}};
constexpr std::array kRoundings = {Named<Rounding>{"published", Rounding::kPublished},
                                   Named<Rounding>{"code", Rounding::kCode}};
constexpr std::array kDataflows = {Named<Dataflow>{"os", Dataflow::kOs},
                                   Named<Dataflow>{"ws", Dataflow::kWs},
                                   Named<Dataflow>{"is", Dataflow::kIs}};

template <class Row, size_t N>
const Row& pick(std::string_view option, const std::string& text, const std::array<Row, N>& rows) {
  const auto row = std::ranges::find(rows, text, &Row::name);
  if (row != rows.end()) return *row;
  throw InputError(
      fmt::format("{}: '{}' is unknown, allowed are {}", option, text, names_of(rows)));
}

}  // namespace

Action add_estimate(CLI::App& command) {
  struct Options {
    ArrayOptions array;
    WorkloadOptions workload;
    MemoryOptions memory;
    Outputs outputs;
    std::string model = "rtl", rounding = "published", dataflow = "os";
  };
  const auto options = std::make_shared<Options>();
  options->workload.add_to(command, true);
  options->array.add_to(command);
  command.add_option("--model", options->model,
                     "rtl (exact for the generated hardware), date21, scale-sim, roofline");
  command.add_option("--rounding", options->rounding, "of date21: published or code");
  command.add_option("--dataflow", options->dataflow, "of scale-sim: os, ws or is");
  options->memory.add_to(command);
  options->outputs.add_to(command);
  return [options] {
    const ArrayConfig config = options->array.resolve();
    const Mapping& mapping = options->workload.mapping();
    const CycleModel& model = pick("--model", options->model, kModels);
    const auto rounding = pick("--rounding", options->rounding, kRoundings).value;
    const auto dataflow = pick("--dataflow", options->dataflow, kDataflows).value;
    std::optional<Memory> memory;
    if (options->memory.given()) memory = options->memory.resolve(config);
    if (memory && model.value != ModelKind::kRtl)
      throw InputError(
          fmt::format("--model: '{}' has no schedule whose traffic could be counted, allowed with "
                      "--memory and its options is rtl",
                      model.name));
    const auto cycles_of = [&](const Layer& layer, const Choice& choice) {
      switch (model.value) {
        case ModelKind::kRtl:
          return choice.phases.total();
        case ModelKind::kDate21:
          return date21_cycles(config, layer, rounding);
        case ModelKind::kScaleSim:
          return scale_sim_cycles(config, layer, dataflow);
        case ModelKind::kRoofline:
          return roofline_cycles(config, layer);
      }
      __builtin_unreachable();
    };
    const auto networks = options->workload.resolve([&](const Layer& layer) {
      return cycles_of(
          layer, model.value == ModelKind::kRtl ? must_choose(config, layer, mapping) : Choice{});
    });
    Outputs& outputs = options->outputs;
    options->workload.declare_inputs(outputs);
    options->array.declare_inputs(outputs);
    outputs.check();
    std::vector<Report> reports;
    std::vector<MemoryReport> traffic;
    for (const auto& [variant, network] : networks) {
      Report report{.config = config,
                    .network = network.name,
                    .title = network.title,
                    .variant = std::string(variant->name),
                    .mapping = std::string(mapping.name),
                    .model = options->model,
                    .rounding = model.value == ModelKind::kDate21     ? options->rounding
                                : model.value == ModelKind::kScaleSim ? options->dataflow
                                                                      : "",
                    .view = {},
                    .layers = {},
                    .predicted = {}};
      const std::string& selection = options->workload.layers();
      for (LayerPlan& plan : model.value == ModelKind::kRtl
                                 ? plan_layers(network, config, mapping, selection,
                                               options->workload.allow_overflow())
                                 : select_layers(network, config, selection)) {
        report.predicted.push_back(cycles_of(*plan.layer, plan.choice));
        LayerResult result;
        result.plan = std::move(plan);
        report.layers.push_back(std::move(result));
      }
      reports.push_back(std::move(report));
      fmt::print(outputs.report(), "{}{}", reports.size() > 1 ? "\n" : "", text_of(reports.back()));
      if (!memory) continue;
      traffic.push_back(memory_report(reports.back(), *memory));
      fmt::print(outputs.report(), "{}", text_of(reports.back(), *memory, traffic.back()));
    }
    outputs.write({{"--json",
                    [&] {
                      nlohmann::ordered_json json = json_of(reports);
                      for (size_t i = 0; i < traffic.size(); ++i)
                        add_memory(traffic.size() == 1 ? json : json["runs"][i], *memory,
                                   traffic[i]);
                      return json_text(json);
                    }},
                   {"--csv", [&] {
                      if (!memory) return csv_of(reports);
                      MemoryReport all;
                      for (const MemoryReport& estimates : traffic)
                        all.insert(all.end(), estimates.begin(), estimates.end());
                      return with_memory(csv_of(reports), all);
                    }}});
    return 0;
  };
}

}  // namespace rowcast
