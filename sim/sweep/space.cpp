#include "sim/sweep/space.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "generator/error.h"
#include "generator/one_line.h"
#include "generator/text.h"
#include "sim/accelerator/compile.h"
#include "sim/model/layer_cycles.h"
#include "sim/system/end_to_end.h"

namespace rowcast {
namespace {

PowerKind kind_of(const Layer& layer) {
  return !is_channelwise(layer)           ? PowerKind::kGemm
         : layer.kind == LayerKind::kFuse ? PowerKind::kFuse
                                          : PowerKind::kDepthwise;
}

RunCycles on_array(const Network& network, const ArrayConfig& config, const Mapping& mapping,
                   bool allow_overflow, LayerCycles& layers) {
  RunCycles run{.as_simulated = true};
  const std::string_view simulated = config.row_broadcast ? "st-os" : "gemm-dwc";
  std::vector<std::string> problems;
  for (const Node& node : network.nodes) {
    if (node.op != Op::kLayer) continue;
    if (!allow_overflow)
      if (std::string problem = overflow_problem(config, node.layer); !problem.empty())
        problems.push_back(std::move(problem));
    try {
      const LayerCycles::Known& known = layers.of(node.layer, mapping);
      run.cycles += known.cycles;
      run.macs += node.layer.macs();
      run.by_kind[static_cast<size_t>(kind_of(node.layer))] += known.cycles;
      run.as_simulated &= !is_channelwise(node.layer) || known.chosen == simulated;
    } catch (const InputError& error) {
      if (std::ranges::find(problems, error.what()) == problems.end())
        problems.emplace_back(error.what());
    }
  }
  if (!problems.empty()) return {.problem = one_line(problems)};
  return run;
}

// A network's program on one accelerator after the other.
class Programs {
 public:
  explicit Programs(const Network& network) : network_(network) {}

  RunCycles on(const Machine& machine) {
    try {
      if (!config_ || *config_ != machine.accelerator()) {
        config_.reset();
        program_ = accelerator::compile(network_, machine.accelerator());
        config_ = machine.accelerator();
      }
      const accelerator::EndToEnd run = end_to_end(program_, machine.system, machine.dram);
      return {.cycles = run.counted.cycles,
              .macs = network_.macs(),
              .moves_cycles = run.moves_cycles,
              .dram_bytes = run.dram.total()};
    } catch (const InputError& error) {
      return {.problem = one_line(error.problems())};
    }
  }

 private:
  const Network& network_;
  std::optional<accelerator::AcceleratorConfig> config_;  // the program's
  accelerator::Program program_;
};

int64_t designs_in(const DesignSpace& space) {
  auto count = static_cast<int64_t>(space.arrays.size());
  for (const std::vector<int>& values : space.values)
    // More than can be are not multiplied out.
    count = std::min<int64_t>(count * std::ssize(values.empty() ? std::vector<int>(1) : values),
                              kMostPoints + 1);
  return count;
}

}  // namespace

std::vector<std::pair<int, int>> shapes_of(int elements) {
  const ConfigField &rows = *find_config_field("rows"), &cols = *find_config_field("cols");
  std::vector<std::pair<int, int>> shapes;
  for (int r = rows.min; r <= std::min(rows.max, elements); ++r)
    if (elements % r == 0 && elements / r <= cols.max) shapes.emplace_back(r, elements / r);
  return shapes;
}

std::vector<std::string> problems_of(const DesignSpace& space) {
  std::vector<std::string> problems;
  const auto twice = [&](std::string_view key, const auto& values, const auto& text_of) {
    for (size_t i = 0; i < values.size(); ++i)
      if (std::find(values.begin(), values.begin() + i, values[i]) != values.begin() + i)
        problems.push_back(
            fmt::format("{}: {} is there twice, allowed is once", key, text_of(values[i])));
  };
  const auto itself = [](const auto& value) { return value; };
  const auto name = [](const auto* row) { return in_quotes(row->name); };
  twice("networks", space.networks, [](const std::string& text) { return in_quotes(text); });
  twice("variants", space.variants, name);
  twice("mappings", space.mappings, name);
  twice("array", space.arrays,
        [](const auto& array) { return fmt::format("{}x{}", array.first, array.second); });
  const std::span<const DesignAxis> axes = design_axes();
  Machine machine;
  std::vector<std::pair<const int*, std::string_view>> taken;
  for (size_t a = 0; a < axes.size(); ++a) {
    if (space.values[a].empty()) continue;
    twice(axes[a].key, space.values[a], itself);
    if (axes[a].of_accelerator() && !space.accelerator)
      problems.push_back(
          fmt::format("{}: is of the accelerator, allowed is with accelerator", axes[a].key));
    for (const auto& member : axes[a].members) {
      const int* const value = &member(machine);
      for (const auto& [other, key] : taken)
        if (other == value)
          problems.push_back(
              fmt::format("{}: says what {} says, allowed is one of them", axes[a].key, key));
      taken.emplace_back(value, axes[a].key);
    }
  }
  const int64_t points = designs_in(space) * static_cast<int64_t>(space.runs_per_network()) *
                         std::ssize(space.networks);
  if (points > kMostPoints)
    problems.push_back(fmt::format("points: more than {} are too many, allowed are up to {}",
                                   kMostPoints, kMostPoints));
  return problems;
}

std::vector<Design> designs_of(const DesignSpace& space) {
  const std::span<const DesignAxis> axes = design_axes();
  std::vector<Design> designs;
  for (const auto& [rows, cols] : space.arrays) {
    std::vector<size_t> at(axes.size());
    for (bool more = true; more;) {
      Design design;
      Machine& machine = design.machine;
      const auto set = [&](bool of_accelerator) {
        for (size_t a = 0; a < axes.size(); ++a)
          if (!space.values[a].empty() && axes[a].of_accelerator() == of_accelerator)
            for (const auto& member : axes[a].members) member(machine) = space.values[a][at[a]];
      };
      machine.array().rows = rows, machine.array().cols = cols;
      set(false);
      if (space.accelerator) {
        machine.accelerator() = accelerator::default_config(machine.array());
        set(true);
      }
      const std::vector<std::string> problems =
          space.accelerator ? accelerator::validate(machine.system) : validate(machine.array());
      if (!problems.empty()) design.problem = one_line(problems);
      designs.push_back(std::move(design));
      more = false;
      for (size_t a = axes.size(); a-- > 0 && !more;) {
        if (space.values[a].empty()) continue;
        more = ++at[a] < space.values[a].size();
        if (!more) at[a] = 0;
      }
    }
  }
  return designs;
}

std::vector<std::vector<RunCycles>> run_cycles(const DesignSpace& space,
                                               std::span<const Design> designs,
                                               std::span<const Network> variants,
                                               bool allow_overflow) {
  std::vector<Programs> programs(variants.begin(), variants.end());
  std::vector<std::vector<RunCycles>> all;
  for (const Design& design : designs) {
    std::vector<RunCycles>& runs = all.emplace_back();
    LayerCycles layers(design.machine.array());
    for (size_t v = 0; v < variants.size(); ++v)
      for (const Mapping* mapping : space.mappings) {
        if (!design.problem.empty())
          runs.push_back({.problem = design.problem});
        else if (space.accelerator)
          runs.push_back(programs[v].on(design.machine));
        else
          runs.push_back(
              on_array(variants[v], design.machine.array(), *mapping, allow_overflow, layers));
      }
  }
  return all;
}

}  // namespace rowcast
