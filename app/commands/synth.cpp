#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/commands/commands.h"
#include "app/commands/synth_ice40.h"
#include "app/commands/synth_layout.h"
#include "app/options/options.h"
#include "app/options/outputs.h"
#include "app/pages/plot.h"
#include "app/reports/synth_report.h"
#include "app/reports/synth_sweep.h"
#include "generator/error.h"
#include "generator/parse.h"
#include "sim/formats/network_file.h"
#include "synth/flow.h"

namespace rowcast {
namespace {

constexpr const char* kDefaultLiberty =
    "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";  // of qflow-tech-osu018

const std::vector<std::string> kTargets = {"asic", "ice40", "layout"};

// Whom an option of synth tells something, if not just asic.
const std::map<std::string, std::vector<std::string>> kTargetsOf = {{"--seeds", {"asic", "layout"}},
                                                                    {"--svg", {"layout"}}};

// Throws InputError if an option was given that says nothing with this target.
void check_options(const std::vector<const CLI::Option*>& options, const std::string& target) {
  for (const CLI::Option* option : options) {
    const auto at = kTargetsOf.find(option->get_name());
    const std::vector<std::string> targets =
        at == kTargetsOf.end() ? std::vector<std::string>{"asic"} : at->second;
    if (option->count() > 0 && std::ranges::find(targets, target) == targets.end())
      throw InputError(fmt::format("{}: says nothing with --target {}, allowed is --target {}",
                                   option->get_name(), target, fmt::join(targets, ", ")));
  }
}

// Of the power and of other BROADCAST_STAGES.
const std::set<std::string> kNotSwept = {"--clock",    "--network",         "--variant",
                                         "--activity", "--activity-layers", "--activity-cycles",
                                         "--stages"};

int sweep_all(const ArrayConfig& config, const std::vector<std::string>& names,
              SynthOptions options, const Outputs& outputs) {
  std::vector<const SweepAxis*> axes;
  for (const std::string& name : names) {
    axes.push_back(find_sweep_axis(name));
    if (!axes.back())
      throw InputError(
          fmt::format("--sweep: '{}' is unknown, allowed are {}", name, names_of(sweep_axes())));
  }
  options.power = false;
  SweepReport report{options.liberty, {}};
  // Each point is shown when it is there: a sweep that is stopped has not been for nothing.
  const auto show = [&outputs](const Sweep& so_far) {
    end_progress();
    fmt::print(outputs.report(), "{}", text_of_last_point(so_far));
    std::fflush(outputs.report());
  };
  for (const SweepAxis* axis : axes) {
    report.sweeps.push_back(sweep(config, *axis, options, show));
    fmt::print(outputs.report(), "\n");
  }
  fmt::print(outputs.report(), "{}\n", kSweepNote);
  outputs.write({{"--json", [&] { return json_text(json_of(report)); }},
                 {"--csv", [&] { return csv_of(report); }},
                 {"--html", [&] { return html_of(report); }}});
  return 0;
}

}  // namespace

Action add_synth(CLI::App& command) {
  struct Options {
    ArrayOptions array;
    Outputs outputs;
    std::string liberty = kDefaultLiberty, clock = "10", network = "mobilenet_v2", variant = "half",
                activity = "workload", layers, target = "asic";
    int cycles = 4000, seeds = 8;
    WireModel wires;
    std::vector<int> stages;
    std::vector<std::string> sweeps;
    std::vector<const CLI::Option*> of_some_targets;
  };
  const auto options = std::make_shared<Options>();
  options->array.add_to(command);
  command.add_option("--target", options->target,
                     "asic (default); ice40: placed and routed on an FPGA; layout: placed and "
                     "routed as osu018's cells, for arrays of a few elements");
  const auto before = static_cast<ptrdiff_t>(command.get_options().size());
  command.add_option("--liberty", options->liberty,
                     fmt::format("cell library, also as .gz (default {})", kDefaultLiberty));
  command.add_option("--clock", options->clock, "period in ns for slack and power (default 10)");
  command.add_option("--network", options->network,
                     "whose layers run on the mapped netlist for the power (default mobilenet_v2)");
  command.add_option("--variant", options->variant, "of the network (default half)");
  command.add_option(
      "--activity", options->activity,
      "workload: every pin's, measured on the netlist (default); blanket: one for all");
  command.add_option("--activity-layers", options->layers,
                     "these instead of the ones with the most cycles of their kind");
  command
      .add_option("--activity-cycles", options->cycles,
                  "about so many cycles of each layer's first steps (default 4000)")
      ->check(CLI::Range(1, 100'000'000));
  command
      .add_option("--seeds", options->seeds, "runs of the element against ABC's luck (default 8)")
      ->check(CLI::Range(1, 1000));
  command
      .add_option("--stages", options->stages,
                  "other BROADCAST_STAGES whose timing is measured, too, as 0,1,2")
      ->delimiter(',')
      ->check(CLI::Range(0, 8));
  command
      .add_option("--wire-resistance", options->wires.ohm_per_um,
                  "of the broadcast's wire, ohm per um (default: metal4 of osu018's LEF, 0.233)")
      ->check(CLI::PositiveNumber);
  command
      .add_option("--wire-capacitance", options->wires.ff_per_um,
                  "of the broadcast's wire, fF per um (default: metal4 of osu018's LEF, 0.0844)")
      ->check(CLI::PositiveNumber);
  command
      .add_option("--utilisation", options->wires.utilisation,
                  "share of the floor that cells cover, for the elements' pitch (default 0.7)")
      ->check(CLI::Range(0.05, 1.0));
  command
      .add_option(
          "--sweep", options->sweeps,
          fmt::format("area and fmax on both sides against {}: the array's size, the "
                      "operands' width, the accumulators' width; one or several, as size,acc",
                      names_of(sweep_axes())))
      ->delimiter(',');
  options->outputs.add_file(command, "--html", "write a page with plots here");
  options->outputs.add_file(command, "--svg", "draw the layout here");
  const std::vector<CLI::Option*> all = command.get_options();
  options->of_some_targets.assign(all.begin() + before, all.end());
  options->outputs.add_to(command);
  return [options] {
    const ArrayConfig config = options->array.resolve();
    if (!config.row_broadcast)
      throw InputError("--no-row-broadcast: synth measures both sides, allowed is to leave it out");
    if (std::ranges::find(kTargets, options->target) == kTargets.end())
      throw InputError(fmt::format("--target: '{}' is unknown, allowed are {}", options->target,
                                   fmt::join(kTargets, ", ")));
    check_options(options->of_some_targets, options->target);
    Outputs& outputs = options->outputs;
    options->array.declare_inputs(outputs);
    outputs.reads("--liberty", options->liberty);
    outputs.reads("--network", network_file(options->network));
    outputs.check();
    if (options->target == "ice40") return synth_ice40(config, outputs);
    if (options->target == "layout") return synth_layout(config, options->seeds, outputs);
    if (outputs.wanted("--html")) check_gnuplot();
    SynthOptions synth{.liberty = options->liberty, .progress = terminal_progress()};
    if (!parse_number(options->clock, synth.clock_ns) ||
        !(synth.clock_ns >= 0.01 && synth.clock_ns <= 10000))
      throw InputError(
          fmt::format("--clock: '{}' is no period, allowed is 0.01 to 10000 ns", options->clock));
    if (options->activity != "workload" && options->activity != "blanket")
      throw InputError(fmt::format("--activity: '{}' is unknown, allowed are workload, blanket",
                                   options->activity));
    synth.seeds = options->seeds;
    synth.most_cycles = options->cycles;
    synth.wires = options->wires;
    if (!options->sweeps.empty()) {
      for (const CLI::Option* option : options->of_some_targets)
        if (option->count() > 0 && kNotSwept.contains(option->get_name()))
          throw InputError(fmt::format("{}: says nothing with --sweep, allowed is to leave it out",
                                       option->get_name()));
      return sweep_all(config, options->sweeps, synth, outputs);
    }
    synth.stages = options->stages;
    if (options->activity == "workload")
      synth.workload = prepare_workload(config, find_network(options->network), options->variant,
                                        options->layers, synth.seed, 2);
    const SynthReport report{options->liberty, synthesise(config, synth)};
    end_progress();
    fmt::print(outputs.report(), "{}", text_of(report));
    outputs.write({{"--json", [&] { return json_text(json_of(report)); }},
                   {"--csv", [&] { return csv_of(report); }},
                   {"--html", [&] { return html_of(report); }}});
    for (const Side* side : {&report.synthesis.base, &report.synthesis.row_broadcast})
      for (const LayerPower& layer : side->layers)
        if (!layer.run.exact()) return 1;
    return 0;
  };
}

}  // namespace rowcast
