#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/commands/commands.h"
#include "app/commands/synth_accelerator.h"
#include "app/commands/synth_ice40.h"
#include "app/commands/synth_layout.h"
#include "app/options/accelerator_options.h"
#include "app/options/options.h"
#include "app/options/outputs.h"
#include "app/pages/plot.h"
#include "app/reports/synth_report.h"
#include "app/reports/synth_sweep.h"
#include "generator/error.h"
#include "generator/parse.h"
#include "generator/text.h"
#include "sim/formats/network_file.h"
#include "synth/flow.h"

namespace rowcast {
namespace {

int sweep_all(const ArrayConfig& config, const std::vector<std::string_view>& names,
              SynthOptions options, const Outputs& outputs) {
  std::vector<const SweepAxis*> axes;
  for (const std::string_view name : names) {
    axes.push_back(find_sweep_axis(name));
    if (!axes.back())
      throw InputError(fmt::format("--sweep: {} is unknown, allowed are {}", in_quotes(name),
                                   fmt::join(names_of(sweep_axes()), ", ")));
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

Action add_synth(CommandOptions& command) {
  struct Options {
    ArrayOptions array;
    AcceleratorOptions accelerator;
    Outputs outputs;
    std::string liberty = kDefaultLiberty, network = "mobilenet_v2", variant = "half",
                activity = "workload", layers, target = "asic", stages, sweeps;
    double clock_ns = 10, io_budget = SynthOptions{}.io_budget;
    int cycles = 4000, seeds = 8;
    WireModel wires;
  };
  const auto options = std::make_shared<Options>();
  options->array.add_to(command);
  command
      .option("--target", options->target,
              "asic: mapped and measured; ice40: placed and routed on an FPGA; layout: placed "
              "and routed as osu018's cells, for arrays of a few elements")
      .one_of({"asic", "ice40", "layout"});
  options->accelerator.add_to(
      command, "the machine around the core instead of the broadcast: area by module, and fmax");
  const Condition asic = with("--target", {"asic"}), unswept = without("--sweep"),
                  simulated = with("--activity", {"workload"}),
                  core = without("--accelerator");  // both sides of the broadcast
  command.at("--accelerator").only(asic);
  command.option("--liberty", options->liberty, "cell library, also as .gz").only(asic);
  command.number("--clock", options->clock_ns, 0.01, 10000, "period in ns for slack and power")
      .only(asic)
      .only(unswept);
  command
      .number("--io-budget", options->io_budget, 0, 0.45,
              "share of the period that the user's logic takes in front of an input and behind an "
              "output")
      .only(asic)
      .only(unswept)
      .only(core);
  command
      .option("--network", options->network, "whose layers run on the mapped netlist for the power")
      .only(asic)
      .only(unswept)
      .only(simulated)
      .only(core);
  command.option("--variant", options->variant, "of the network")
      .one_of(names_of(variants()))
      .only(asic)
      .only(unswept)
      .only(simulated)
      .only(core);
  command
      .option("--activity", options->activity,
              "every pin's, measured on the netlist, or one for all")
      .one_of({"workload", "blanket"})
      .only(asic)
      .only(unswept)
      .only(core);
  command
      .option("--activity-layers", options->layers,
              "these instead of the ones with the most cycles of their kind",
              "one GEMM, one FuSe and one depthwise layer")
      .only(asic)
      .only(unswept)
      .only(simulated)
      .only(core);
  command
      .number("--activity-cycles", options->cycles, 1, 100'000'000,
              "at most about so many cycles of each layer's first steps")
      .only(asic)
      .only(unswept)
      .only(simulated)
      .only(core);
  command.number("--seeds", options->seeds, 1, 1000, "runs of the element against ABC's luck")
      .only(with("--target", {"asic", "layout"}));
  command
      .option("--stages", options->stages,
              "other BROADCAST_STAGES whose timing is measured, too, as 0,1,2", kOff)
      .only(asic)
      .only(unswept)
      .only(core);
  command
      .number("--wire-resistance", options->wires.ohm_per_um, 1e-6, 1e6,
              "of the broadcast's wire, ohm per um", "0.233, metal4 of osu018's LEF")
      .only(asic)
      .only(core);
  command
      .number("--wire-capacitance", options->wires.ff_per_um, 1e-6, 1e6,
              "of the broadcast's wire, fF per um", "0.0844, metal4 of osu018's LEF")
      .only(asic)
      .only(core);
  command
      .number("--utilisation", options->wires.utilisation, 0.05, 1,
              "share of the floor that cells cover, for the elements' pitch")
      .only(asic)
      .only(core);
  command
      .option("--sweep", options->sweeps,
              fmt::format("area and fmax on both sides against {}: the array's size, the "
                          "operands' width, the accumulators' width; one or several, as size,acc",
                          fmt::join(names_of(sweep_axes()), ", ")),
              kOff)
      .only(asic)
      .only(core);
  options->outputs.add_file(command, "--html", "write a page with plots here")
      .only(asic)
      .only(core);
  options->outputs.add_file(command, "--svg", "draw the layout here")
      .only(with("--target", {"layout"}));
  options->outputs.add_to(command);
  return [options] {
    const ArrayConfig config = options->array.resolve();
    if (!config.row_broadcast)
      throw InputError("--no-row-broadcast: synth measures both sides, allowed is to leave it out");
    Outputs& outputs = options->outputs;
    options->array.declare_inputs(outputs);
    outputs.reads("--liberty", options->liberty);
    outputs.reads("--network", network_file(options->network));
    outputs.check();
    if (options->target == "ice40") return synth_ice40(config, outputs);
    if (options->target == "layout") return synth_layout(config, options->seeds, outputs);
    if (outputs.wanted("--html")) check_gnuplot();
    SynthOptions synth{.liberty = options->liberty, .progress = terminal_progress()};
    synth.clock_ns = options->clock_ns;
    synth.seeds = options->seeds;
    synth.most_cycles = options->cycles;
    synth.wires = options->wires;
    synth.io_budget = options->io_budget;
    if (options->accelerator.given())
      return synth_accelerator(options->accelerator.resolve(config), synth, outputs);
    if (!options->sweeps.empty())
      return sweep_all(config, split(options->sweeps, ','), synth, outputs);
    if (!options->stages.empty())
      for (const std::string_view text : split(options->stages, ','))
        if (std::string problem = read_number("--stages", text, 0, 8, synth.stages.emplace_back());
            !problem.empty())
          throw InputError(std::move(problem));
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
