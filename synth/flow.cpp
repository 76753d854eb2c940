#include "synth/flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

#include "generator/emit.h"
#include "generator/files.h"
#include "synth/buffer_trees.h"
#include "synth/library_probe.h"
#include "synth/repeaters.h"
#include "synth/tools.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

constexpr double kBlanketActivity = 0.1;  // transitions per cycle and net

// OpenSTA holds 1.4 to 1.9 kB per cell with its pins' activities. Two netlists above this size are
// analysed one after the other.
constexpr int64_t kMostCellsAtOnce = 1'500'000;
std::mutex large_analysis;

// "$paramod$1234\rc_delay" -> "rc_delay"
std::string plain_name(const std::string& name) {
  const size_t at = name.find("rc_");
  const size_t end = at == std::string::npos ? at : name.find('\\', at);
  return at == std::string::npos ? name
                                 : name.substr(at, end == std::string::npos ? end : end - at);
}

// From Yosys' cell counts of each module, the library's areas, and who instantiates whom how often.
// Instances of `hole` have no cells.
Netlist read_netlist(const fs::path& file, const std::string& top, const CellLibrary& library,
                     const std::string& hole) {
  // Yosys 0.23 prints the hierarchy as text into the JSON, behind the modules.
  const std::string text = read_file(file);
  write_file(file, text.substr(0, text.find("\n   },")) + "\n}}");
  const nlohmann::json modules = read_tool_json(file).at("modules");
  std::map<std::string, MappedModule> found;
  const auto visit = [&](const auto& self, const std::string& key, int64_t times) -> void {
    MappedModule& module = found[plain_name(key)];
    module.name = plain_name(key);
    module.instances += times;
    for (const auto& [type, count] : modules.at(key).at("num_cells_by_type").items()) {
      const int64_t all = count.template get<int64_t>() * times;
      std::string inside = modules.contains(type) ? type : "\\" + type;
      if (modules.contains(inside)) {
        self(self, inside, all);
        continue;
      }
      if (!hole.empty() && plain_name(type) == hole) continue;
      const auto cell = library.cells.find(type);
      if (cell == library.cells.end())
        throw ToolError(fmt::format("yosys leaves a cell that the library lacks: {}", type));
      MappedModule& own = found[plain_name(key)];
      own.cells += all;
      own.area_um2 += cell->second.area * static_cast<double>(all);
    }
  };
  for (const auto& [key, module] : modules.items())
    if (plain_name(key) == top) visit(visit, key, 1);
  Netlist netlist;
  for (auto& [name, module] : found) netlist.modules.push_back(std::move(module));
  std::ranges::sort(netlist.modules, std::ranges::greater{}, &MappedModule::area_um2);
  return netlist;
}

struct MapOptions {
  std::string top = "rc_core";
  std::vector<EmittedFile> modules{};  // empty: the core's
  std::string hole{};                  // a module that is not mapped: a memory
  bool split = false;                  // every module keeps its place
  bool trees = false;                  // behind flip-flops of the top
  int seed = 0;  // of ABC's order; 0 leaves it as it is
  Goal goal = Goal::kArea;
  bool dissolve = false;         // a core's array and elements, too
  double repeater_wire_pf = 0;   // of the broadcast's wire at one element; 0: no repeaters
  std::string given{}, rtlil{};  // a module that was mapped before, and its netlist
};

// Leaves mapped.v and mapped.json in the folder; of less than a core also mapped.il.
Netlist map(const ArrayConfig& config, const CellLibrary& library, const MapOptions& options,
            const fs::path& folder) {
  const bool core = options.top != "rc_mac" && options.top != "rc_pe";  // and what is around it
  TemplateValues values;
  std::string& names = values.texts["VERILOG"];
  const std::vector<EmittedFile> modules =
      options.modules.empty() ? emit_modules(config, View::kStructural) : options.modules;
  for (const EmittedFile& file : modules) {
    const std::string name = fs::path(file.path).filename().string();
    // Nothing but what the top holds: Yosys numbers whatever it reads, and ABC's luck hangs on it.
    const bool needed = core || name == "rc_mac.v" || (options.top == "rc_pe" && name == "rc_pe.v");
    if (!needed) continue;
    write_file(folder / name, file.text);
    if (name == options.hole + ".v")
      values.texts["HOLE"] = name;
    else
      names += (names.empty() ? "" : " ") + name;
  }
  values.texts["HOLE_NAME"] = options.hole;
  values.conditions["HOLE"] = !options.hole.empty();
  values.conditions["SPLIT"] = options.split;
  values.texts["TOP"] = options.top;
  values.texts["GIVEN"] = options.given;
  values.texts["PERMUTE"] = options.seed == 0 ? "" : fmt::format("permute,-S,{};", options.seed);
  values.texts["BUFFER"] =
      fmt::format("{} {}:{}", library.buffer, library.buffer_in, library.buffer_out);
  values.conditions["GIVEN"] = !options.given.empty();
  values.conditions["CORE"] = core && !options.dissolve;
  values.conditions["FOR_SPEED"] = options.goal == Goal::kSpeed;
  values.conditions["KEEP"] = !core;
  values.conditions["DRIVER"] =
      core && config.row_broadcast && !options.dissolve && !library.buffer.empty();
  if (!options.given.empty()) write_file(folder / "given.il", options.rtlil);
  write_file(folder / "cells.lib", library.text);
  write_file(folder / "map.ys", rendered("map.ys.in", values));
  run_tool({"yosys", "-q", "map.ys"}, folder);
  if (options.repeater_wire_pf > 0) {
    std::string loads;
    for (const auto& [net, columns] :
         add_repeaters(folder / "mapped.json", library, options.repeater_wire_pf))
      loads += fmt::format("set_load {} [get_nets u_array/{}]\n",
                           columns * options.repeater_wire_pf, net);
    write_file(folder / "repeated.tcl", loads);
    if (!loads.empty())
      run_tool({"yosys", "-q", "-p",
                "read_json mapped.json; tee -q -o cells.json stat -json; "
                "write_verilog -noattr -noexpr mapped.v"},
               folder);
  }
  if (options.trees && add_buffer_trees(folder / "mapped.json", options.top, library) > 0)
    run_tool({"yosys", "-q", "-p",
              "read_json mapped.json; tee -q -o cells.json stat -json; "
              "write_verilog -noattr -noexpr mapped.v"},
             folder);
  return read_netlist(folder / "cells.json", options.top, library, options.hole);
}

struct Mapped {
  double um2 = 0;
  std::string rtlil;
};

// `seeds` runs that differ in nothing but the order in which ABC sees things, and the smallest.
std::pair<Interval, Mapped> best_of(int seeds, const ArrayConfig& config,
                                    const CellLibrary& library, const char* top) {
  const TempFolder folder;
  std::vector<double> areas;
  Mapped best;
  for (int seed = 0; seed < seeds; ++seed) {
    areas.push_back(map(config, library, {.top = top, .seed = seed}, folder.path()).area_um2());
    if (areas.back() <= std::ranges::min(areas))
      best = {areas.back(), read_file(folder.path() / "mapped.il")};
  }
  const auto [low, high] = std::ranges::minmax(areas);
  return {{low, std::accumulate(areas.begin(), areas.end(), 0.0) / seeds, high}, best};
}

// The element around a multiplier that was mapped before.
Element shell_around(const Mapped& mac, const ArrayConfig& config, const CellLibrary& library) {
  const TempFolder folder;
  const MapOptions options{.top = "rc_pe", .given = "rc_mac", .rtlil = mac.rtlil};
  const double um2 = map(config, library, options, folder.path()).area_um2();
  return {um2, {}, read_file(folder.path() / "mapped.il"), mac.rtlil};
}

std::string table_name(size_t layer) { return fmt::format("activity{}", layer); }

// Their loads for OpenSTA, and their drivers.
std::string edge_wire_commands(const Edge& edge) {
  std::string commands = "set edge_drivers {}\n";
  for (const EdgeWire& wire : edge.wires)
    commands +=
        fmt::format("set_load {} [get_nets -of_objects [get_pins {}]]\nlappend edge_drivers {}\n",
                    1e-3 * edge.ff_per_um * wire.reach * edge.pitch_um, wire.driver, wire.driver);
  return commands;
}

// Timing and, if asked for, the power of the layers, whose activities lie in the folder; of no
// layer: blanket.
void measure(const SynthOptions& options, bool power, const fs::path& folder, Side& side) {
  const double clock_ns = options.clock_ns;
  TemplateValues values;
  std::vector<std::string> tables;
  for (size_t i = 0; i < side.layers.size(); ++i) tables.push_back(table_name(i));
  values.texts = {{"TOP", "rc_core"},
                  {"CLOCK", fmt::format("{}", clock_ns)},
                  {"ACTIVITY", fmt::format("{}", kBlanketActivity)},
                  {"TABLES", fmt::format("{}", fmt::join(tables, " "))}};
  const bool broadcast = side.wire.length_um > 0;
  values.texts["WIRE_LOAD"] = fmt::format("{}", side.wire.wire_pf);
  values.texts["EDGE_WIRES"] = edge_wire_commands(side.edge);
  values.conditions["EDGE_WIRES"] = !side.edge.wires.empty();
  values.conditions["BROADCAST"] = broadcast;
  values.conditions["TIMING_ONLY"] = !power;
  values.conditions["BLANKET"] = tables.empty();
  write_file(folder / "timing.tcl", rendered("timing.tcl.in", values));
  std::unique_lock<std::mutex> turn(large_analysis, std::defer_lock);
  if (side.netlist.cells() > kMostCellsAtOnce) turn.lock();
  const std::string report = run_tool({"sta", "-no_splash", "-exit", "timing.tcl"}, folder);
  if (turn) turn.unlock();
  side.timing = timing_of(report, clock_ns);
  side.io.input = path_of(section(report, "from inputs"), clock_ns);
  side.io.output = path_of(section(report, "to outputs"), clock_ns);
  side.io.through = path_of(section(report, "from inputs to outputs"), clock_ns);
  if (!side.edge.wires.empty())
    if (const auto path = path_of(section(report, "along the edges"), clock_ns))
      side.edge.path_ns = path->critical_ns + side.edge.elmore_ns;
  if (broadcast)
    side.wire.path_ns = timing_of(section(report, "through the broadcast"), clock_ns).critical_ns +
                        side.wire.elmore_ns;
  if (!power) return;
  const auto table = [&](const std::string& name) {
    return power_of(section(report, "power " + name));
  };
  if (tables.empty()) side.blanket = table("blanket");
  for (size_t i = 0; i < tables.size(); ++i) side.layers[i].power = table(tables[i]);
}

// The pins of an element that hang on one bit of its row's broadcast, the most of any bit.
double broadcast_pins_pf(const GateNetlist& netlist, const CellLibrary& library) {
  double most = 0;
  for (const GateModule& module : netlist.modules) {
    if (plain_name(module.name) != "rc_pe") continue;
    for (const GatePort& port : module.ports) {
      if (!is_broadcast_port(port.name)) continue;
      for (const int net : port.nets) {
        double sum = 0;
        for (const GateCell& cell : module.cells)
          for (const auto& [pin, at] : cell.pins)
            if (at == net) sum += library.cells.at(cell.type).input_pf.at(pin);
        most = std::max(most, sum);
      }
    }
  }
  return most;
}

BroadcastWire broadcast_wire(const ArrayConfig& config, const CellLibrary& library,
                             const WireModel& wires, double pe_um2, double pins_pf) {
  BroadcastWire wire;
  wire.pitch_um = wires.pitch_um(pe_um2);
  wire.length_um = config.cols * wire.pitch_um;
  wire.wire_pf = 1e-3 * wires.ff_per_um * wire.length_um;
  wire.groups = repeater_groups(config.cols, wire.wire_pf / config.cols + pins_pf, library);
  wire.pins_pf = wire.groups == 0
                     ? config.cols * pins_pf
                     : wire.groups * library.cells.at(library.buffer).input_pf.begin()->second;
  // ohm times pF is ps.
  wire.elmore_ns = 1e-3 * wires.ohm_per_um * wire.length_um * (wire.wire_pf + wire.pins_pf) / 2;
  return wire;
}

Edge edge(std::vector<EdgeWire> wires, const WireModel& model, double pitch_um) {
  Edge edge{.pitch_um = pitch_um, .ff_per_um = model.ff_per_um, .wires = std::move(wires)};
  for (const EdgeWire& wire : edge.wires) {
    const double um = wire.reach * pitch_um, pf = 1e-3 * model.ff_per_um * um + wire.pins_pf;
    edge.length_um = std::max(edge.length_um, um);
    edge.elmore_ns = std::max(edge.elmore_ns, 1e-3 * model.ohm_per_um * um * pf / 2);
  }
  return edge;
}

// From register to register, without wires.
Timing plain_timing(const std::string& top, double clock_ns, const fs::path& folder) {
  TemplateValues values;
  values.texts = {{"TOP", top},       {"CLOCK", fmt::format("{}", clock_ns)},
                  {"WIRE_LOAD", ""},  {"EDGE_WIRES", ""},
                  {"ACTIVITY", ""},   {"TABLES", ""}};
  values.conditions = {
      {"EDGE_WIRES", false}, {"BROADCAST", false}, {"TIMING_ONLY", true}, {"BLANKET", false}};
  write_file(folder / "timing.tcl", rendered("timing.tcl.in", values));
  return timing_of(run_tool({"sta", "-no_splash", "-exit", "timing.tcl"}, folder), clock_ns);
}

Side measure_side(const ArrayConfig& config, const CellLibrary& library, const Element& element,
                  const SynthOptions& options, bool power) {
  const TempFolder folder;
  Side side;
  side.element = element;
  const double pitch_um = options.wires.pitch_um(element.um2);
  side.netlist =
      map(config, library,
          {.goal = Goal::kSpeed,
           .repeater_wire_pf = config.row_broadcast ? 1e-3 * options.wires.ff_per_um * pitch_um : 0,
           .given = "rc_pe",
           .rtlil = element.rtlil},
          folder.path());
  const GateNetlist gates = read_gate_netlist(folder.path() / "mapped.json", "rc_core", library);
  if (config.row_broadcast)
    side.wire = broadcast_wire(config, library, options.wires, element.um2,
                               broadcast_pins_pf(gates, library));
  if (options.workload && power) {
    for (const WorkloadLayer& layer : options.workload->layers)
      side.layers.push_back(
          {run_gates(gates, library, config, layer, options.most_cycles, options.seed,
                     folder.path() / table_name(side.layers.size())),
           {}});
  }
  side.edge =
      edge(edge_wires(folder.path() / "mapped.json", library, config), options.wires, pitch_um);
  measure(options, power, folder.path(), side);
  return side;
}

}  // namespace

namespace {

Elements elements_of(const ArrayConfig& config, const CellLibrary& library, int seeds,
                     bool dissolved) {
  const ArrayConfig plain = without_broadcast(config), extended = with_broadcast(config);
  // The one that gives w's inverse away, for both: the plain element leaves that output open.
  const Mapped mac = best_of(seeds, extended, library, "rc_mac").second;
  Elements elements{shell_around(mac, plain, library), shell_around(mac, extended, library),
                    mac.um2};
  if (dissolved) {
    auto other = std::async(std::launch::async,
                            [&] { return best_of(seeds, plain, library, "rc_pe").first; });
    elements.row_broadcast.dissolved_um2 = best_of(seeds, extended, library, "rc_pe").first;
    elements.base.dissolved_um2 = other.get();
  }
  return elements;
}

}  // namespace

Elements map_elements(const ArrayConfig& config, const CellLibrary& library, int seeds,
                      bool dissolved) {
  return with_library(library, [&] { return elements_of(config, library, seeds, dissolved); });
}

CellLibrary library_for_flow(const std::string& liberty) {
  require_tool({"yosys", "-V"}, "asic", "yosys");
  require_tool({"sta", "-version"}, "asic", "opensta");
  return read_liberty(liberty);
}

int64_t Netlist::cells() const {
  return std::accumulate(
      modules.begin(), modules.end(), int64_t{0},
      [](int64_t sum, const MappedModule& module) { return sum + module.cells; });
}

double Netlist::area_um2() const {
  return std::accumulate(
      modules.begin(), modules.end(), 0.0,
      [](double sum, const MappedModule& module) { return sum + module.area_um2; });
}

Interval Synthesis::dissolved_area_um2(const Side& side) const {
  const double pes = static_cast<double>(config.rows) * config.cols;
  const auto area = [&](double pe_um2) {
    return side.area_um2() + pes * (pe_um2 - side.element.um2);
  };
  const Interval& pe = side.element.dissolved_um2;
  return {area(pe.low), area(pe.mean), area(pe.high)};
}

double PortPaths::period_ns(double register_ns, double share) const {
  const auto period = [](const std::optional<Timing>& path, double left) {
    return path ? path->critical_ns / left : 0;
  };
  return std::max({register_ns, period(input, 1 - share), period(output, 1 - share),
                   period(through, 1 - 2 * share)});
}

double LayerPower::joule_per_mac(double clock_ns) const {
  return power.total_w() * clock_ns * 1e-9 * run.counted_cycles /
         static_cast<double>(std::max<int64_t>(run.macs, 1));
}

MappedCore map_core(const ArrayConfig& config, const CellLibrary& library, const Element& element,
                    Goal goal, bool dissolve) {
  const TempFolder folder;
  MapOptions options{.goal = goal, .dissolve = dissolve, .given = "rc_pe", .rtlil = element.rtlil};
  if (dissolve) {
    options.given = "rc_mac";
    options.rtlil = element.mac_rtlil;
  }
  return with_library(library, [&]() -> MappedCore {
    Netlist netlist = map(config, library, options, folder.path());
    return {std::move(netlist),
            read_gate_netlist(folder.path() / "mapped.json", "rc_core", library)};
  });
}

MappedTop map_top(const ArrayConfig& config, const CellLibrary& library, const Element& element,
                  const TopOptions& options) {
  const TempFolder folder;
  return with_library(library, [&]() -> MappedTop {
    MappedTop mapped;
    mapped.netlist = map(config, library,
                         {.top = options.top,
                          .modules = options.modules,
                          .hole = options.hole,
                          .split = options.split,
                          .trees = !options.split,
                          .goal = Goal::kSpeed,
                          .given = "rc_pe",
                          .rtlil = element.rtlil},
                         folder.path());
    if (!options.split) mapped.timing = plain_timing(options.top, options.clock_ns, folder.path());
    return mapped;
  });
}

Side synthesise_side(const ArrayConfig& config, const CellLibrary& library, const Element& element,
                     const SynthOptions& options) {
  return with_library(
      library, [&] { return measure_side(config, library, element, options, options.power); });
}

Synthesis synthesise(const ArrayConfig& config, const CellLibrary& library,
                     const Elements& elements, const SynthOptions& options) {
  Synthesis result{.config = with_broadcast(config),
                   .library = library,
                   .clock_ns = options.clock_ns,
                   .activity = kBlanketActivity,
                   .io_budget = options.io_budget,
                   .workload = options.workload,
                   .mac_um2 = elements.mac_um2};
  const auto side = [&](const ArrayConfig& of, const Element& element, bool power) {
    return with_library(library,
                        [&] { return measure_side(of, library, element, options, power); });
  };
  auto base = std::async(std::launch::async, [&] {
    return side(without_broadcast(config), elements.base, options.power);
  });
  result.row_broadcast = side(result.config, elements.row_broadcast, options.power);
  for (const int stages : options.stages) {
    ArrayConfig staged = result.config;
    staged.broadcast_stages = stages;
    result.stages.emplace_back(stages, side(staged, elements.row_broadcast, false));
  }
  result.base = base.get();
  return result;
}

Synthesis synthesise(const ArrayConfig& config, const SynthOptions& options) {
  const CellLibrary library = library_for_flow(options.liberty);
  if (options.progress)
    options.progress(fmt::format("mapping {}x{} onto {} with and without the broadcast ...",
                                 config.rows, config.cols, library.name));
  return synthesise(config, library, map_elements(config, library, options.seeds, true), options);
}

}  // namespace rowcast
