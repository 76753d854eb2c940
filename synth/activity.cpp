#include "synth/activity.h"

#include <fmt/format.h>
#include <fmt/os.h>

#include <algorithm>
#include <map>

#include "generator/error.h"
#include "generator/text.h"
#include "sim/host/driver.h"
#include "sim/host/run.h"
#include "sim/schedule/beginning.h"
#include "synth/gate_model.h"
#include "synth/gate_simulator.h"

namespace rowcast {
namespace {

const Mapping& mapping_named(const char* name) { return *find_mapping(name); }

std::string kind_of(const Layer& layer) {
  return !is_channelwise(layer) ? "gemm" : layer.kind == LayerKind::kFuse ? "fuse" : "depthwise";
}

struct Planned {
  std::shared_ptr<const Network> network;
  std::vector<LayerPlan> base, row_broadcast;
};

Planned plan(const ArrayConfig& plain, const ArrayConfig& extended, const Network& network,
             const std::string& variant, Workload& into) {
  const Variant* found = find_variant(variant);
  if (!found)
    throw InputError(fmt::format("--variant: {} is unknown, allowed are those of `rowcast list`",
                                 in_quotes(variant)));
  Network made = transform(network, *found);
  if (const std::string problem = infer_shapes(made); !problem.empty())
    throw InputError(fmt::format("--variant: {} can not be made: {}", variant, problem));
  Planned planned{std::make_shared<const Network>(std::move(made)), {}, {}};
  planned.base = plan_layers(*planned.network, plain, mapping_named("gemm-dwc"), "", false);
  planned.row_broadcast =
      plan_layers(*planned.network, extended, mapping_named("st-os"), "", false);
  const auto sum = [&](const std::vector<LayerPlan>& plans) {
    NetworkCycles cycles{variant, 0, 0};
    for (const LayerPlan& at : plans)
      (is_channelwise(*at.layer) ? cycles.channelwise : cycles.gemm) += at.choice.phases.total();
    return cycles;
  };
  into.base.push_back(sum(planned.base));
  into.row_broadcast.push_back(sum(planned.row_broadcast));
  return planned;
}

}  // namespace

Workload prepare_workload(const ArrayConfig& config, const Network& network,
                          const std::string& variant, const std::string& layers, uint64_t seed,
                          int threads) {
  const ArrayConfig extended = with_broadcast(config), plain = without_broadcast(config);
  Workload workload{.network = network.name, .layers = {}, .base = {}, .row_broadcast = {}};
  // The unmodified network's depthwise layers stand beside the variant's FuSe layers.
  std::vector<std::string> variants = {variant};
  if (variant != "baseline") variants.push_back("baseline");
  for (const std::string& name : variants) {
    const Planned planned = plan(plain, extended, network, name, workload);
    std::vector<size_t> chosen;
    if (layers.empty()) {
      for (const char* kind : {"gemm", "fuse", "depthwise"}) {
        if (name != variant && std::string_view(kind) != "depthwise") continue;
        if (name != "baseline" && std::string_view(kind) == "depthwise") continue;
        size_t best = planned.row_broadcast.size();
        for (size_t i = 0; i < planned.row_broadcast.size(); ++i)
          if (kind_of(*planned.row_broadcast[i].layer) == kind &&
              (best == planned.row_broadcast.size() ||
               planned.row_broadcast[i].choice.phases.total() >
                   planned.row_broadcast[best].choice.phases.total()))
            best = i;
        if (best < planned.row_broadcast.size()) chosen.push_back(best);
      }
    } else if (name == variant) {
      for (const LayerPlan& at :
           select_layers(*planned.network, extended, layers, "--activity-layers"))
        chosen.push_back(static_cast<size_t>(at.number - 1));
    }
    std::ranges::sort(chosen);
    size_t next = 0;
    struct Enough {};
    try {
      if (!chosen.empty())
        infer(*planned.network, config, seed, threads, [&](LayerCase values) {
          const LayerPlan& at = planned.base[chosen[next]];
          if (values.node != at.node) return;
          const Layer& layer = *at.layer;
          workload.layers.push_back({kind_of(layer), name, planned.network, std::move(values),
                                     at.choice, planned.row_broadcast[chosen[next]].choice});
          if (++next == chosen.size()) throw Enough{};  // what follows is not asked for
        });
    } catch (const Enough&) {
    }
  }
  std::ranges::stable_sort(workload.layers, {}, [](const WorkloadLayer& layer) {
    return layer.kind == "gemm" ? 0 : layer.kind == "fuse" ? 1 : 2;
  });
  return workload;
}

namespace {

// Table for timing.tcl.in: `M`, a number, and for each net of a module the pins of its cells that
// lie on it; `I`, a module's number, an instance's path with a slash, and toggles and duty of each
// of these nets.
double write_activity(const GateNetlist& netlist, const CellLibrary& library,
                      const GateSimulator& gates, const std::filesystem::path& path) {
  auto file = fmt::output_file(path.string());
  double sum = 0, outputs = 0;
  for (size_t m = 0; m < netlist.modules.size(); ++m) {
    const GateModule& module = netlist.modules[m];
    const int id = static_cast<int>(m);
    if (module.cells.empty() || gates.instances(id) == 0) continue;
    struct Net {
      std::string pins;
      int outputs = 0;
    };
    std::map<int, Net> nets;
    for (const GateCell& cell : module.cells) {
      const LibraryCell& kind = library.cells.at(cell.type);
      for (const auto& [pin, number] : cell.pins) {
        // Of clock pins the timing analyser knows itself.
        if (kind.flip_flop && kind.flip_flop->clocked_on == pin) continue;
        Net& net = nets[number];
        net.pins += fmt::format("{}{}/{}", net.pins.empty() ? "" : ",", cell.name, pin);
        net.outputs += kind.functions.contains(pin);
      }
    }
    file.print("M {}", m);
    for (const auto& [number, net] : nets) file.print(" {}", net.pins);
    file.print("\n");
    for (int i = 0; i < gates.instances(id); ++i) {
      const std::string& instance = gates.path(id, i);
      file.print("I {} {}", m, instance.empty() ? "./" : instance + "/");
      for (const auto& [number, net] : nets) {
        const GateSimulator::Activity activity = gates.activity(id, i, number);
        file.print(" {:.5g} {:.5g}", activity.toggles, activity.duty);
        sum += activity.toggles * net.outputs;
        outputs += net.outputs;
      }
      file.print("\n");
    }
  }
  return sum / std::max(outputs, 1.0);
}

}  // namespace

GateRun run_gates(const GateNetlist& netlist, const CellLibrary& library, const ArrayConfig& config,
                  const WorkloadLayer& layer, int64_t most_cycles, uint64_t seed,
                  const std::filesystem::path& file) {
  const Choice& choice = config.row_broadcast ? layer.row_broadcast : layer.base;
  const Layer& shape = *layer.values.layer;
  GateRun run{.kind = layer.kind,
              .variant = layer.variant,
              .layer = shape.name,
              .mapping = choice.schedule.mapping,
              .layer_steps = choice.schedule.commands.steps(),
              .layer_cycles = choice.phases.total(),
              .messages = {}};
  const auto cycles_of = [&](int64_t steps) {
    return rtl_cycles(config, shape, beginning(choice.schedule, steps)).total();
  };
  int64_t low = 1, high = run.layer_steps;  // the most steps that keep to most_cycles, at least one
  while (low < high) {
    const int64_t middle = (low + high + 1) / 2;
    if (cycles_of(middle) <= most_cycles)
      low = middle;
    else
      high = middle - 1;
  }
  run.steps = low;
  const Schedule schedule = beginning(choice.schedule, run.steps);
  run.predicted_cycles = cycles_of(run.steps);

  GateSimulator gates(netlist, library, "clk_i");
  Model model = gate_model(gates, config, seed);
  const Work work{&shape, &schedule, *layer.values.input, layer.values.weights, false};
  const Measurement measured = run_works(model, {&work, 1});
  run.cycles = measured.cycles;
  run.violations = measured.violation_count;
  run.messages = measured.violations;
  const int spare = 64 - effective_acc_width(config);
  for (size_t i = 0; i < measured.made[0].size(); ++i) {
    if (!measured.made[0][i]) continue;
    ++run.results;
    const int64_t expected =
        static_cast<int64_t>(static_cast<uint64_t>(layer.values.golden[i]) << spare) >> spare;
    if (measured.outputs[0][i] == expected) continue;
    if (++run.mismatches <= 3)
      run.messages.push_back(
          fmt::format("output {} is {}, golden is {}", i, measured.outputs[0][i], expected));
  }
  run.macs = run.results * shape.reduction();
  run.counted_cycles = static_cast<double>(gates.cycles());
  run.toggles_per_cycle = write_activity(netlist, library, gates, file);
  return run;
}

}  // namespace rowcast
