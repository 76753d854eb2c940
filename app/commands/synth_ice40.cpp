#include "app/commands/synth_ice40.h"

#include <fmt/format.h>

#include <utility>

#include "app/commands/commands.h"
#include "app/reports/synth_shared.h"
#include "sim/formats/csv.h"
#include "synth/ice40.h"

namespace rowcast {
namespace {

constexpr int kSeeds = 5;

struct Count {
  const char *label, *key;
  int (*of)(const Ice40Side&);
};
constexpr Count kCounts[] = {
    {"logic cells of rc_core", "logic_cells", [](const Ice40Side& s) { return s.core_cells(); }},
    {"LUTs", "luts", [](const Ice40Side& s) { return s.luts; }},
    {"carries", "carries", [](const Ice40Side& s) { return s.carries; }},
    {"flip-flops", "flip_flops", [](const Ice40Side& s) { return s.flip_flops; }},
    {"flip-flops in elements", "element_flip_flops",
     [](const Ice40Side& s) { return s.element_flip_flops; }},
    {"block RAMs", "rams", [](const Ice40Side& s) { return s.rams; }},
    {"DSP blocks", "dsps", [](const Ice40Side& s) { return s.dsps; }},
    {"logic cells of the harness", "harness_logic_cells",
     [](const Ice40Side& s) { return s.harness_cells; }},
    {"LUTs of one element alone", "element_luts",
     [](const Ice40Side& s) { return s.element_luts; }},
};

// What the seeds allow at least and at most: the slowest against the fastest, and the other way.
std::pair<double, double> fmax_overhead_interval(const Ice40& ice40) {
  const Interval &base = ice40.base.fmax_mhz, &extended = ice40.row_broadcast.fmax_mhz;
  return {relative(base.high, extended.low), relative(base.low, extended.high)};
}

std::string text_of(const Ice40& ice40) {
  const Ice40Side &base = ice40.base, &extended = ice40.row_broadcast;
  std::string text =
      fmt::format("{}; iCE40 HX8K ({} logic cells)\n\n", array_text(ice40.config), kIce40Cells);
  const auto row = [&](const std::string& name, double a, double b, int digits) {
    text += fmt::format("{:<28} {:>14.{}f} {:>14.{}f} {:>9}\n", name, a, digits, b, digits,
                        a > 0 ? fmt::format("{:+.2f} %", 100 * relative(a, b)) : "");
  };
  text += fmt::format("{:<28} {:>14} {:>14} {:>9}\n", "", "base", "row broadcast", "overhead");
  for (const Count& count : kCounts) row(count.label, count.of(base), count.of(extended), 0);
  row("fmax after routing, best", base.fmax_mhz.high, extended.fmax_mhz.high, 2);
  row("fmax after routing, mean", base.fmax_mhz.mean, extended.fmax_mhz.mean, 2);
  row("fmax after routing, worst", base.fmax_mhz.low, extended.fmax_mhz.low, 2);
  const auto [low, high] = fmax_overhead_interval(ice40);
  text += fmt::format(
      "\nfmax in MHz, of {} placements each; any two of them allow {:+.2f} to {:+.2f} %.\n",
      base.runs_mhz.size(), 100 * low, 100 * high);
  text += fmt::format("Critical paths, base: {} to {}; row broadcast: {} to {}.\n", base.from,
                      base.to, extended.from, extended.to);
  text +=
      "The ports are registers of a harness; LUTs, carries and flip-flops include it. Multipliers "
      "are logic cells: no DSP blocks.\n";
  return text;
}

nlohmann::ordered_json json_of(const Ice40Side& side) {
  nlohmann::ordered_json json;
  for (const Count& count : kCounts) json[count.key] = count.of(side);
  json["fmax_mhz_routed"] = side.fmax_mhz.high;
  json["fmax_mhz_routed_mean"] = side.fmax_mhz.mean;
  json["fmax_mhz_routed_lowest"] = side.fmax_mhz.low;
  json["fmax_mhz_routed_runs"] = side.runs_mhz;
  json["critical_path"] = {side.from, side.to};
  return json;
}

nlohmann::ordered_json json_of(const Ice40& ice40) {
  const Ice40Side &base = ice40.base, &extended = ice40.row_broadcast;
  const auto [low, high] = fmax_overhead_interval(ice40);
  return {{"schema", 2},
          {"target", "ice40"},
          {"device", "HX8K"},
          {"device_logic_cells", kIce40Cells},
          {"array", fmt::format("{}x{}", ice40.config.rows, ice40.config.cols)},
          {"broadcast_stages", ice40.config.broadcast_stages},
          {"mac_stages", ice40.config.mac_stages},
          {"base", json_of(base)},
          {"row_broadcast", json_of(extended)},
          {"overhead",
           {{"logic_cells", relative(base.core_cells(), extended.core_cells())},
            {"fmax", relative(base.fmax_mhz.high, extended.fmax_mhz.high)},
            {"fmax_mean", relative(base.fmax_mhz.mean, extended.fmax_mhz.mean)},
            {"fmax_lowest", low},
            {"fmax_highest", high}}}};
}

std::string csv_of(const Ice40& ice40) {
  std::vector<std::string> header = {"side", "seed"};
  for (const Count& count : kCounts) header.emplace_back(count.key);
  header.emplace_back("fmax_mhz_routed");
  std::string csv = csv_record(header);
  for (const auto& [name, side] :
       {std::pair{"base", &ice40.base}, {"row_broadcast", &ice40.row_broadcast}})
    for (size_t run = 0; run < side->runs_mhz.size(); ++run) {
      std::vector<std::string> cells = {name, fmt::format("{}", run + 1)};
      for (const Count& count : kCounts) cells.push_back(fmt::format("{}", count.of(*side)));
      cells.push_back(fmt::format("{:.3f}", side->runs_mhz[run]));
      csv += csv_record(cells);
    }
  return csv;
}

}  // namespace

int synth_ice40(const ArrayConfig& config, const Outputs& outputs) {
  const Ice40 ice40 = place_and_route_ice40(config, kSeeds, terminal_progress());
  end_progress();
  fmt::print(outputs.report(), "{}", text_of(ice40));
  outputs.write({{"--json", [&] { return json_text(json_of(ice40)); }},
                 {"--csv", [&] { return csv_of(ice40); }}});
  return 0;
}

}  // namespace rowcast
