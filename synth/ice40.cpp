#include "synth/ice40.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <future>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

#include "generator/emit.h"
#include "generator/error.h"
#include "generator/files.h"
#include "synth/tools.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

constexpr const char* kHarness = "ice40_harness.v";
constexpr const char* kLogicCells = "ICESTORM_LC:";  // in nextpnr's log

[[noreturn]] void refuse(const ArrayConfig& config, const std::string& needed, int element,
                         const std::string& fitting) {
  throw InputError(fmt::format(
      "--array: {}x{} needs {} logic cells, an iCE40 HX8K has {}, allowed are {} elements of this "
      "kind, {} cells each (a smaller array, or fewer bits)",
      config.rows, config.cols, needed, kIce40Cells, fitting, element));
}

// Cells of the mapped design `top`, by name. Leaves mapped.json in the folder.
nlohmann::json map(const std::string& top, const std::string& verilog, const fs::path& folder) {
  TemplateValues values;
  values.texts = {{"TOP", top}, {"VERILOG", verilog}};
  write_file(folder / "map.ys", rendered("ice40.ys.in", values));
  run_tool({"yosys", "-q", "map.ys"}, folder);
  return read_tool_json(folder / "mapped.json").at("modules").at(top).at("cells");
}

// Where a cell was written: its file and, flattened, those of the instances around it.
std::string source(const nlohmann::json& cell) { return cell.at("attributes").value("src", ""); }

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

// Adds up the cells. The harness has flip-flops and gates before them, one logic cell per bit.
void count(const nlohmann::json& cells, Ice40Side& side) {
  for (const auto& [name, cell] : cells.items()) {
    const std::string type = cell.at("type");
    if (type == "SB_LUT4") ++side.luts;
    if (type == "SB_CARRY") ++side.carries;
    if (type.starts_with("SB_RAM")) ++side.rams;
    if (type.starts_with("SB_MAC")) ++side.dsps;
    if (!type.starts_with("SB_DFF")) continue;
    ++side.flip_flops;
    if (contains(source(cell), "rc_pe.v")) ++side.element_flip_flops;
    if (contains(source(cell), kHarness) && !contains(source(cell), "rc_core.v"))
      ++side.harness_cells;
  }
}

std::vector<std::string> nextpnr(std::initializer_list<std::string> more) {
  std::vector<std::string> argv = {"nextpnr-ice40", "--hx8k", "--package",
                                   "ct256",         "--json", "mapped.json"};
  argv.insert(argv.end(), more);
  return argv;
}

int packed_cells(const fs::path& folder) {
  const std::string log = run_tool(nextpnr({"--pack-only"}), folder);
  const size_t at = log.find(kLogicCells);
  int cells = 0;
  if (at == std::string::npos || std::sscanf(log.c_str() + at, "ICESTORM_LC: %d/", &cells) != 1)
    throw std::runtime_error("nextpnr-ice40 reports no logic cells");
  return cells;
}

// "u_core.u_array.gen_row[1].gen_col[2].u_pe.acc_q_SB_DFF_Q_3" -> "rc_pe(1,2) acc_q"
std::string in_module_terms(const std::string& name) {
  const std::string signal = name.substr(0, name.find("_SB_"));
  int row = 0, col = 0, length = 0;
  if (std::sscanf(signal.c_str(), "u_core.u_array.gen_row[%d].gen_col[%d].%n", &row, &col,
                  &length) == 2 &&
      length > 0) {
    const std::string inside = signal.substr(static_cast<size_t>(length));
    return fmt::format("rc_pe({},{}) {}", row, col,
                       inside.starts_with("u_pe.") ? inside.substr(5) : inside);
  }
  if (!signal.starts_with("u_core.")) return "port " + signal;
  const std::string inside = signal.substr(7);
  const size_t dot = inside.find('.');
  if (inside.starts_with("u_") && dot != std::string::npos)
    return fmt::format("rc_{} {}", inside.substr(2, dot - 2), inside.substr(dot + 1));
  return "rc_core " + inside;
}

struct Run {
  double fmax_mhz;
  std::string from, to;
};

Run place_and_route(int seed, const fs::path& folder) {
  run_tool(nextpnr({"--freq", "100", "--timing-allow-fail", "--seed", std::to_string(seed),
                    "--report", "report.json"}),
           folder);
  const nlohmann::json report = read_tool_json(folder / "report.json");
  Run run{report.at("fmax").front().at("achieved"), {}, {}};
  // nextpnr's paths are one per pair of clock domains; "<async>" are the pins.
  for (const nlohmann::json& path : report.at("critical_paths")) {
    if (path.at("from") == "<async>" || path.at("to") == "<async>") continue;
    const nlohmann::json& steps = path.at("path");
    for (const nlohmann::json& step : steps)
      if (run.from.empty() && step.contains("net")) run.from = in_module_terms(step.at("net"));
    run.to = in_module_terms(steps.back().at("to").at("cell"));
  }
  return run;
}

// Maps and packs a side: everything but its speed. Throws InputError if it does not fit.
Ice40Side pack(const ArrayConfig& config, const fs::path& folder, const Progress& progress) {
  std::string verilog = kHarness;
  for (const EmittedFile& file : emit_modules(config, View::kStructural)) {
    const std::string name = fs::path(file.path).filename().string();
    verilog += " " + name;
    write_file(folder / name, file.text);
  }
  write_file(folder / kHarness, rendered("ice40_harness.v.in", template_values(config)));
  Ice40Side element, side;
  count(map("rc_pe", "rc_mac.v rc_pe.v", folder), element);
  side.element_luts = element.luts;
  const int64_t least = int64_t{element.luts} * config.rows * config.cols;
  if (least > kIce40Cells)
    refuse(config, fmt::format("more than {}", least), element.luts,
           fmt::format("fewer than {}", kIce40Cells / element.luts));

  progress(fmt::format("mapping {} ...", side_name(config)));
  count(map("rc_harness", verilog, folder), side);
  side.logic_cells = packed_cells(folder);
  if (const int64_t rest = side.logic_cells - least; side.logic_cells > kIce40Cells)
    refuse(config, fmt::format("{}", side.logic_cells), element.luts,
           fmt::format("about {}", std::max<int64_t>(0, kIce40Cells - rest) / element.luts));

  return side;
}

void route(const ArrayConfig& config, int seeds, const fs::path& folder, const Progress& progress,
           Ice40Side& side) {
  std::vector<Run> runs;
  for (int seed = 1; seed <= seeds; ++seed) {
    progress(
        fmt::format("placing and routing {}, seed {} of {} ...", side_name(config), seed, seeds));
    runs.push_back(place_and_route(seed, folder));
    side.runs_mhz.push_back(runs.back().fmax_mhz);
  }
  const Run& best = *std::ranges::max_element(runs, {}, &Run::fmax_mhz);
  side.from = best.from;
  side.to = best.to;
  side.fmax_mhz = {std::ranges::min(side.runs_mhz),
                   std::accumulate(side.runs_mhz.begin(), side.runs_mhz.end(), 0.0) / seeds,
                   best.fmax_mhz};
}

}  // namespace

Ice40 place_and_route_ice40(const ArrayConfig& config, int seeds, const Progress& progress) {
  require_tool({"yosys", "-V"}, "ice40", "yosys");
  require_tool({"nextpnr-ice40", "--version"}, "ice40", "nextpnr-ice40");
  Ice40 result{.config = with_broadcast(config), .base = {}, .row_broadcast = {}};
  const ArrayConfig plain = without_broadcast(config);
  const Progress say = one_at_a_time(progress);
  const TempFolder base_folder, folder;
  auto base = std::async(std::launch::async, [&] { return pack(plain, base_folder.path(), say); });
  result.row_broadcast = pack(result.config, folder.path(), say);
  result.base = base.get();
  auto base_routed = std::async(std::launch::async,
                                [&] { route(plain, seeds, base_folder.path(), say, result.base); });
  route(result.config, seeds, folder.path(), say, result.row_broadcast);
  base_routed.get();
  return result;
}

}  // namespace rowcast
