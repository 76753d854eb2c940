#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <limits>
#include <memory>

#include "app/commands/command_line.h"
#include "app/commands/commands.h"
#include "app/commands/run_accelerator.h"
#include "app/commands/run_images.h"
#include "app/options/accelerator_options.h"
#include "app/options/dram_options.h"
#include "app/options/options.h"
#include "app/options/outputs.h"
#include "app/options/trace_options.h"
#include "generator/error.h"
#include "generator/say.h"
#include "sim/host/processors.h"

namespace rowcast {

Progress terminal_progress() {
  if (!::isatty(STDERR_FILENO)) return {};
  return [](const std::string& text) { say("\r\033[K{}", text); };
}

void end_progress() {
  if (::isatty(STDERR_FILENO)) say("\r\033[K");
}

Report simulate(const Simulation& simulation) {
  const ArrayConfig& config = simulation.rtl.config;
  const std::vector<LayerPlan> plans = plan_layers(simulation.network, config, simulation.mapping,
                                                   simulation.layers, simulation.allow_overflow);
  check_memory(simulation.network, plans);
  const auto code = ModelCode::build(simulation.rtl, simulation.run.progress,
                                     simulation.run.trace ? Tracing::kFst : Tracing::kNone);
  RunResult result = run_network(simulation.network, code, plans, simulation.run);
  end_progress();
  Report report{.config = config,
                .network = simulation.network.name,
                .title = simulation.network.title,
                .variant = std::string(simulation.variant.name),
                .mapping = std::string(simulation.mapping.name),
                .rounding = {},
                .dataflow = {},
                .view = std::string(to_string(simulation.rtl.view)),
                .seed = simulation.run.seed,
                .measured = true,
                .layers = std::move(result.layers),
                .predicted = {},
                .wall_seconds = result.wall_seconds,
                .sim_seconds = result.sim_seconds};
  for (const LayerResult& layer : report.layers)
    report.predicted.push_back(layer.plan.choice.phases.total());
  return report;
}

namespace {

// Throws InputError if no files can be written to the folder, which may be there or not.
void check_folder(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::path at = std::filesystem::absolute(folder);
  while (!std::filesystem::exists(at, code) && at.has_relative_path()) at = at.parent_path();
  if (!std::filesystem::is_directory(at, code) || ::access(at.c_str(), W_OK) != 0)
    throw InputError(
        fmt::format("{}: can not be written, a writable folder is needed", folder.string()));
}

// Where a dump is written to and weights are read from: several variants have a folder each.
std::filesystem::path variant_folder(const std::filesystem::path& folder, const Variant& variant,
                                     size_t variants) {
  return folder.empty() || variants == 1 ? folder : folder / variant.name;
}

GivenValues given_values(const Network& network, const ArrayConfig& config,
                         const std::filesystem::path& weights, const std::filesystem::path& input) {
  GivenValues given = read_values(network, config, weights, input);
  const auto layers = static_cast<size_t>(std::ranges::count(network.nodes, Op::kLayer, &Node::op));
  if (!weights.empty() && given.weights.size() < layers)
    say("warning: {}: has weights of {} of {} layers, the others' are random\n", weights.string(),
        given.weights.size(), layers);
  return given;
}

struct Options {
  ArrayOptions array;
  AcceleratorOptions accelerator;
  BusOptions bus;
  DramOptions dram;
  WorkloadOptions workload;
  Outputs outputs;
  TraceCommandOptions trace;
  ImageOptions images;
  std::string view, rtl, dump, weights, input;
  uint64_t seed = 1;
};

using Networks = std::vector<std::pair<const Variant*, Network>>;

// What the values of the networks are read from.
void declare_values(const Options& options, const Networks& networks, Outputs& outputs) {
  options.workload.declare_inputs(outputs);
  options.array.declare_inputs(outputs);
  outputs.reads("--input", options.input);
  for (const auto& [variant, network] : networks)
    outputs.reads("--weights", variant_folder(options.weights, *variant, networks.size()));
}

std::vector<GivenValues> all_values(const Options& options, const Networks& networks,
                                    const ArrayConfig& config) {
  std::vector<GivenValues> given;
  for (const auto& [variant, network] : networks)
    given.push_back(given_values(network, config,
                                 variant_folder(options.weights, *variant, networks.size()),
                                 options.input));
  if (const std::string folder = options.workload.folder();
      !folder.empty() && options.weights.empty())
    for (size_t i = 0; i < networks.size(); ++i)
      take_trained(folder, *networks[i].first, config, given[i]);
  return given;
}

}  // namespace

Action add_run(CommandOptions& command) {
  const auto options = std::make_shared<Options>();
  options->workload.add_to(command, true);
  options->array.add_to(command, without("--rtl"));
  command
      .option("--view", options->view,
              "vector is fast, structural is what ships, with the same cycles",
              "vector, with --trace structural")
      .one_of(view_names())
      .only(without("--rtl"));
  command.option("--rtl", options->rtl,
                 "run a folder emitted earlier, as it stands, edits included", "a new array");
  command.number("--seed", options->seed, 0, std::numeric_limits<uint64_t>::max(),
                 "of weights, input and the registers' values at power-up");
  command.option("--dump", options->dump,
                 "write every layer's input, weights, golden and RTL output as .npy", kOff);
  command.option(
      "--weights", options->weights,
      "folder with layers' weights, NAME.npy or as --dump writes them; absent ones are random",
      "random");
  command.option("--input", options->input,
                 "the network's input, [channels, height, width] as .npy", "random");
  options->images.add_to(command, options->outputs);
  options->trace.add_to(command);
  options->accelerator.add_to(command,
                              "from an image in DRAM to its scores on the array with its memories "
                              "and its bus, every tensor "
                              "compared");
  options->accelerator.add_spill(command, with("--accelerator"));
  options->bus.add_to(command, with("--accelerator"));
  options->dram.add_to(command, with("--accelerator"));
  for (const char* other :
       {"--rtl", "--mapping", "--layers", "--allow-overflow", "--dump", "--images", "--trace"})
    command.at(other).only(without("--accelerator"));
  options->outputs.add_to(command);
  return [options] {
    const EmittedFolder rtl = [&]() -> EmittedFolder {
      if (!options->rtl.empty()) return read_folder(options->rtl);
      const ArrayConfig config = options->array.resolve();
      // Traced are the registers of the array that ships.
      const View usual = options->trace.given() ? View::kStructural : View::kVector;
      const View view = options->view.empty() ? usual : view_of(options->view);
      return {config, view, emit_modules(config, view)};
    }();
    const Mapping& mapping = options->workload.mapping();
    if (options->images.given()) {
      options->workload.declare_inputs(options->outputs);
      return options->images.run(
          {options->workload.imported_folder("--images"), rtl, mapping,
           options->workload.allow_overflow(), options->seed, terminal_progress()},
          options->outputs);
    }
    RunOptions run;
    run.seed = options->seed;
    run.threads = processors();
    run.dump = options->dump;
    run.progress = terminal_progress();
    const auto networks = options->workload.resolve(
        [&](const Layer& layer) { return must_choose(rtl.config, layer, mapping).phases.total(); });
    if (options->accelerator.given()) {
      const accelerator::SystemConfig config =
          options->bus.resolve(options->accelerator.resolve(rtl.config));
      declare_values(*options, networks, options->outputs);
      options->outputs.check();
      std::vector<AcceleratorRun> runs;
      std::vector<GivenValues> given = all_values(*options, networks, rtl.config);
      for (size_t i = 0; i < networks.size(); ++i)
        runs.push_back({*networks[i].first, networks[i].second, std::move(given[i])});
      return run_on_accelerator(config, options->accelerator.spilling(),
                                options->dram.resolve(options->seed), rtl.view, std::move(runs),
                                run, options->outputs);
    }
    run.trace = options->trace.resolve();
    if (run.trace && networks.size() > 1)
      throw InputError("--trace: there are several variants, allowed is one");
    // All variants' plans are checked before anything is built or written.
    for (const auto& [variant, network] : networks) {
      const auto plans = plan_layers(network, rtl.config, mapping, options->workload.layers(),
                                     options->workload.allow_overflow());
      if (run.trace) check_trace(*run.trace, plans);
    }
    Outputs& outputs = options->outputs;
    declare_values(*options, networks, outputs);
    if (!options->rtl.empty()) {
      outputs.reads("--rtl", std::filesystem::path(options->rtl) / "manifest.json");
      for (const EmittedFile& file : rtl.modules)
        outputs.reads("--rtl", std::filesystem::path(options->rtl) / file.path);
    }
    if (run.trace)
      for (const auto& file : {run.trace->file, save_file_of(run.trace->file)})
        outputs.writes("--trace", file);
    if (!run.dump.empty())
      for (const auto& [variant, network] : networks) {
        const auto folder = variant_folder(run.dump, *variant, networks.size());
        for (const LayerPlan& plan : select_layers(network, rtl.config, options->workload.layers()))
          outputs.fills("--dump", folder, dump_names(plan.number, *plan.layer));
      }
    outputs.check();
    std::vector<GivenValues> given = all_values(*options, networks, rtl.config);
    if (!run.dump.empty()) check_folder(run.dump);
    // Before the first file: Verilog that does not compile leaves nothing behind.
    ModelCode::build(rtl, run.progress, run.trace ? Tracing::kFst : Tracing::kNone);
    std::vector<Report> reports;
    for (const auto& [variant, network] : networks) {
      RunOptions own = run;
      own.given = std::move(given[reports.size()]);
      own.dump = variant_folder(run.dump, *variant, networks.size());
      reports.push_back(simulate({network, *variant, mapping, options->workload.layers(),
                                  options->workload.allow_overflow(), rtl, own}));
      fmt::print(outputs.report(), "{}{}", reports.size() > 1 ? "\n" : "", text_of(reports.back()));
    }
    outputs.write({{"--json", [&] { return json_text(json_of(reports)); }},
                   {"--csv", [&] { return csv_of(reports); }}});
    return std::ranges::all_of(reports, &Report::exact) ? 0 : kExitMismatch;
  };
}

}  // namespace rowcast
