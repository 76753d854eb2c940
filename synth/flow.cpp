#include "synth/flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>
#include <stdexcept>

#include "generator/emit.h"
#include "generator/files.h"
#include "synth/tools.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

constexpr double kBlanketActivity = 0.1;  // transitions per cycle and net

// "$paramod$1234\rc_delay" -> "rc_delay"
std::string plain_name(const std::string& name) {
  const size_t at = name.find("rc_");
  const size_t end = at == std::string::npos ? at : name.find('\\', at);
  return at == std::string::npos ? name
                                 : name.substr(at, end == std::string::npos ? end : end - at);
}

// From Yosys' cell counts of each module, the library's areas, and who instantiates whom how often.
Netlist read_netlist(const fs::path& file, const std::string& top, const CellLibrary& library) {
  // Yosys 0.23 prints the hierarchy as text into the JSON, behind the modules.
  const std::string text = read_file(file);
  const nlohmann::json modules =
      nlohmann::json::parse(text.substr(0, text.find("\n   },")) + "\n}}").at("modules");
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
      const auto area = library.areas.find(type);
      if (area == library.areas.end())
        throw std::runtime_error(
            fmt::format("yosys leaves a cell that the library lacks: {}", type));
      MappedModule& own = found[plain_name(key)];
      own.cells += all;
      own.area_um2 += area->second * static_cast<double>(all);
    }
  };
  for (const auto& [key, module] : modules.items())
    if (plain_name(key) == top) visit(visit, key, 1);
  Netlist netlist;
  for (auto& [name, module] : found) netlist.modules.push_back(std::move(module));
  std::ranges::sort(netlist.modules, std::ranges::greater{}, &MappedModule::area_um2);
  return netlist;
}

// Seed 0 leaves ABC's order as it is. Leaves mapped.v in the folder.
Netlist map(const ArrayConfig& config, const CellLibrary& library, const std::string& top, int seed,
            bool flat, const fs::path& folder) {
  TemplateValues values;
  for (const EmittedFile& file : emit_modules(config, View::kStructural)) {
    const std::string name = fs::path(file.path).filename().string();
    values.texts["VERILOG"] += (values.texts["VERILOG"].empty() ? "" : " ") + name;
    write_file(folder / name, file.text);
  }
  values.texts["TOP"] = top;
  values.texts["PERMUTE"] = seed == 0 ? "" : fmt::format("permute,-S,{};", seed);
  values.texts["BUFFER"] = library.buffer + " " + library.buffer_ports;
  values.conditions["FLAT"] = flat;
  values.conditions["DRIVER"] =
      top == "rc_core" && config.row_broadcast && !flat && !library.buffer.empty();
  write_file(folder / "cells.lib", library.text);
  write_file(folder / "map.ys", rendered("map.ys.in", values));
  run_tool({"yosys", "-q", "map.ys"}, folder);
  return read_netlist(folder / "cells.json", top, library);
}

double number_before(const std::string& text, const std::string& mark) {
  const size_t at = text.find(mark);
  if (at == std::string::npos)
    throw std::runtime_error(fmt::format("sta reports no {}: {}", mark, text.substr(0, 400)));
  const size_t line = text.rfind('\n', at) + 1;
  std::istringstream words(text.substr(line, at - line));
  double number = 0, last = 0;
  while (words >> number) last = number;
  return last;
}

std::string word_after(const std::string& text, const std::string& mark) {
  const size_t at = text.find(mark);
  std::istringstream words(at == std::string::npos ? "" : text.substr(at + mark.size()));
  std::string word;
  words >> word;
  return word;
}

Timing measure(double clock_ns, const fs::path& folder) {
  TemplateValues values;
  values.texts = {{"TOP", "rc_core"},
                  {"CLOCK", fmt::format("{}", clock_ns)},
                  {"ACTIVITY", fmt::format("{}", kBlanketActivity)}};
  write_file(folder / "timing.tcl", rendered("timing.tcl.in", values));
  const std::string report = run_tool({"sta", "-no_splash", "-exit", "timing.tcl"}, folder);
  Timing timing;
  timing.slack_ns = number_before(report, "slack (");
  timing.critical_ns = clock_ns - timing.slack_ns;
  timing.from = word_after(report, "Startpoint:");
  timing.to = word_after(report, "Endpoint:");
  const char* kRows[] = {"\nSequential", "\nCombinational", "\nTotal"};
  for (int row = 0; row < 3; ++row) {
    const size_t at = report.find(kRows[row]);
    if (at == std::string::npos)
      throw std::runtime_error("sta reports no power: " + report.substr(0, 400));
    std::istringstream words(report.substr(at));
    std::string name;
    words >> name;
    for (double& value : timing.power_w[row]) words >> value;
  }
  return timing;
}

Side measure_side(const ArrayConfig& config, const CellLibrary& library,
                  const SynthOptions& options) {
  const WorkFolder folder;
  Side side;
  std::vector<double> elements;
  for (int seed = 1; seed <= options.seeds; ++seed)
    elements.push_back(map(config, library, "rc_pe", seed, false, folder.path()).area_um2());
  side.netlist = map(config, library, "rc_core", 0, false, folder.path());
  const auto pe = std::ranges::find(side.netlist.modules, "rc_pe", &MappedModule::name);
  const double pes = static_cast<double>(pe->instances);
  elements.push_back(pe->area_um2 / pes);
  const auto [low, high] = std::ranges::minmax(elements);
  side.pe_um2 = {
      low,
      std::accumulate(elements.begin(), elements.end(), 0.0) / static_cast<double>(elements.size()),
      high};
  const double rest = side.netlist.area_um2() - pe->area_um2;
  side.area_um2 = {rest + pes * low, rest + pes * side.pe_um2.mean, rest + pes * high};
  side.timing = measure(options.clock_ns, folder.path());
  return side;
}

}  // namespace

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

Netlist map_core(const ArrayConfig& config, const CellLibrary& library, bool flat) {
  const WorkFolder folder;
  return map(config, library, "rc_core", 0, flat, folder.path());
}

Synthesis synthesise(const ArrayConfig& config, const SynthOptions& options) {
  Synthesis result{.config = config,
                   .library = read_liberty(options.liberty),
                   .clock_ns = options.clock_ns,
                   .activity = kBlanketActivity};
  result.config.row_broadcast = 1;
  ArrayConfig plain = result.config;
  plain.row_broadcast = 0;
  plain.broadcast_stages = 0;
  if (options.progress)
    options.progress(fmt::format("mapping {}x{} onto {} with and without the broadcast ...",
                                 config.rows, config.cols, result.library.name));
  auto base =
      std::async(std::launch::async, [&] { return measure_side(plain, result.library, options); });
  result.row_broadcast = measure_side(result.config, result.library, options);
  result.base = base.get();
  return result;
}

}  // namespace rowcast
