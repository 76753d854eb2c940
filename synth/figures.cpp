#include "synth/figures.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/version.h"
#include "sim/host/cache.h"
#include "synth/tools.h"

namespace rowcast {
namespace {

constexpr FigureEntry kEntries[] = {
    {"area_um2", &Figures::area_um2}, {"fmax_mhz", &Figures::fmax_mhz},
    {"clock_ns", &Figures::clock_ns}, {"gemm_w", &Figures::gemm_w},
    {"fuse_w", &Figures::fuse_w},     {"depthwise_w", &Figures::depthwise_w}};

Figures measured(const ArrayConfig& config, const CellLibrary& library,
                 const FigureOptions& options) {
  SynthOptions synth = options.synth;
  const Elements elements = map_elements(config, library, synth.seeds, false);
  const Element& element = config.row_broadcast ? elements.row_broadcast : elements.base;
  Figures figures{.clock_ns = synth.clock_ns};
  if (!options.machine.modules.empty()) {
    const MappedTop top = map_top(config, library, element, options.machine);
    figures.area_um2 = top.netlist.area_um2();
    figures.fmax_mhz = top.timing.fmax_mhz();
    return figures;
  }
  synth.power = false;
  if (options.workload) {
    try {
      synth.workload = options.workload(config);
      synth.power = true;
    } catch (const InputError&) {
      // An array that can not run the network has no power that belongs to it.
    }
  }
  const Side side = synthesise_side(config, library, element, synth);
  figures.area_um2 = side.area_um2();
  figures.fmax_mhz = side.wired_mhz();
  for (const LayerPower& layer : side.layers) {
    if (!layer.run.exact())
      throw ToolError(fmt::format("the mapped netlist of {}x{} does not run {} as golden does",
                                  config.rows, config.cols, layer.run.layer));
    double& watts = layer.run.kind == "gemm"   ? figures.gemm_w
                    : layer.run.kind == "fuse" ? figures.fuse_w
                                               : figures.depthwise_w;
    watts = layer.power.total_w();
  }
  return figures;
}

std::string identity_of(const ArrayConfig& config, const CellLibrary& library,
                        const FigureOptions& options) {
  std::string text = figures_identity(library, options) + canonical_text(config) + "\n";
  for (const EmittedFile& file : options.machine.modules.empty()
                                     ? emit_modules(config, View::kStructural)
                                     : options.machine.modules)
    text += file.path + "\n" + file.text;
  return text;
}

}  // namespace

std::span<const FigureEntry> figure_entries() { return kEntries; }

std::string figures_identity(const CellLibrary& library, const FigureOptions& options) {
  const SynthOptions& synth = options.synth;
  std::string text = fmt::format(
      "rowcast {} program {}\nlibrary {} {}\nclock_ns {} seeds {} cycles {} seed {}\n"
      "wires {} {} {}\ntop {} hole {}\nworkload {}\n",
      kVersion, program_hash(), library.name, hash_text(library.text), synth.clock_ns, synth.seeds,
      synth.most_cycles, synth.seed, synth.wires.ohm_per_um, synth.wires.ff_per_um,
      synth.wires.utilisation, options.machine.top, options.machine.hole,
      options.workload ? options.workload_identity : "none");
  for (const char* script : {"map.ys.in", "timing.tcl.in"})
    text += fmt::format("{} {}\n", script,
                        hash_text(read_file(source_path(fmt::format("synth/{}", script)))));
  for (const char* option : {"yosys -V", "sta -version"}) {
    const std::string_view words = option;
    const size_t blank = words.find(' ');
    text += fmt::format(
        "{}: {}\n", option,
        hash_text(run_tool(
            {std::string(words.substr(0, blank)), std::string(words.substr(blank + 1))}, ".")));
  }
  return text;
}

Figures figures_of(const ArrayConfig& config, const CellLibrary& library,
                   const FigureOptions& options) {
  const std::filesystem::path file =
      cached("figures_" + hash_text(identity_of(config, library, options)), "figures.json",
             [&](const std::filesystem::path& folder) {
               const Figures figures = measured(config, library, options);
               nlohmann::ordered_json json;
               for (const FigureEntry& entry : kEntries) json[entry.key] = figures.*entry.value;
               write_file(folder / "figures.json", json.dump() + "\n");
             });
  const nlohmann::json json = nlohmann::json::parse(read_file(file));
  Figures figures;
  for (const FigureEntry& entry : kEntries) figures.*entry.value = json.at(entry.key).get<double>();
  return figures;
}

double energy_joule(std::span<const std::pair<double, int64_t>> watts_and_cycles, double clock_ns) {
  double joule = 0;
  for (const auto& [watts, cycles] : watts_and_cycles) {
    if (watts == 0 && cycles > 0) return 0;
    joule += watts * static_cast<double>(cycles) * clock_ns * 1e-9;
  }
  return joule;
}

}  // namespace rowcast
