#include <fmt/format.h>

#include "app/pages/html_page.h"
#include "app/pages/plot.h"
#include "app/reports/synth_report.h"

namespace rowcast {
namespace {

constexpr const char* kStacked =
    "set style data histogram\nset style histogram rowstacked\nset style fill solid border -1\n"
    "set boxwidth 0.6\nset xtics rotate by -25\nset grid ytics lc rgb '#dddddd'\nset key outside "
    "right\nset yrange [0:*]\n";

// One stacked bar per side and its parts from bottom to top.
std::string stacked(const std::string& data, const std::vector<std::string>& parts,
                    const char* unit) {
  std::string script =
      fmt::format("$data << EOD\n{}EOD\n{}set ylabel '{}'\nplot ", data, kStacked, unit);
  for (size_t i = 0; i < parts.size(); ++i)
    script += fmt::format("{}$data using {}{} title '{}' lc rgb '{}'", i ? ", " : "", i + 2,
                          i ? "" : ":xtic(1)", plot_label(parts[i]), kColours[i % kColours.size()]);
  return plot_svg(script, 900, 400);
}

std::string area_plot(const Synthesis& synthesis) {
  std::vector<std::string> parts;
  std::string data;
  for (const MappedModule& module : synthesis.row_broadcast.netlist.modules)
    parts.push_back(module.name);
  for (const auto& [name, side] :
       {std::pair{"base", &synthesis.base}, {"row broadcast", &synthesis.row_broadcast}}) {
    data += fmt::format("\"{}\"", name);
    for (const std::string& part : parts) {
      double um2 = 0;
      for (const MappedModule& module : side->netlist.modules)
        if (module.name == part) um2 = module.area_um2;
      data += fmt::format(" {}", 1e-6 * um2);
    }
    data += '\n';
  }
  return stacked(data, parts, "mm2 of cells");
}

std::string power_plot(const Synthesis& synthesis) {
  const std::vector<std::string> parts = {"sequential, internal",     "sequential, switching",
                                          "sequential, leakage",      "combinational, internal",
                                          "combinational, switching", "combinational, leakage"};
  std::string data;
  const auto bar = [&](const std::string& name, const Power& power) {
    data += fmt::format("\"{}\"", plot_label(name));
    for (const PowerSplit& split : {power.sequential, power.combinational})
      data += fmt::format(" {} {} {}", 1e3 * split.internal_w, 1e3 * split.switching_w,
                          1e3 * split.leakage_w);
    data += '\n';
  };
  if (!synthesis.workload) {
    bar("base", synthesis.base.blanket);
    bar("row broadcast", synthesis.row_broadcast.blanket);
  }
  for (size_t i = 0; i < synthesis.base.layers.size(); ++i) {
    const LayerPower &base = synthesis.base.layers[i],
                     &extended = synthesis.row_broadcast.layers[i];
    bar(base.run.kind + ", base", base.power);
    bar(base.run.kind + ", row broadcast", extended.power);
  }
  return stacked(data, parts, "mW");
}

std::string performance_plot(const Synthesis& synthesis) {
  const std::vector<NetworkPerformance> rows = performance_of(synthesis);
  if (rows.empty()) return "";
  std::string data;
  for (const NetworkPerformance& row : rows)
    data += fmt::format("\"{}, {}\" {} {}\n", row.variant,
                        row.row_broadcast ? "row broadcast" : "plain", row.per_second_mm2,
                        1 / row.joule);
  return plot_svg(
      fmt::format(
          "$data << EOD\n{}EOD\nset style data histogram\nset style histogram clustered gap "
          "1\nset style fill solid border -1\nset ylabel 'inferences per s and mm2'\n"
          "set xtics rotate by -25\nset y2label 'inferences per joule'\nset ytics nomirror\nset "
          "y2tics\n"
          "set yrange [0:*]\nset y2range [0:*]\nset key outside right\n"
          "plot $data using 2:xtic(1) title 'per s and mm2' lc rgb '{}', "
          "$data using 3 axes x1y2 title 'per joule' lc rgb '{}'",
          data, kColours[0], kColours[1]),
      900, 400);
}

}  // namespace

std::string html_of(const SynthReport& report) {
  const Synthesis& synthesis = report.synthesis;
  return html_page(
      "rowcast: what the row broadcast costs",
      "<h1>What the row broadcast costs</h1>\n" +
          html_figure(area_plot(synthesis),
                      "Area by module; rc_core is the sequencer and the edges, rc_pe an element "
                      "without its rc_mac.") +
          html_figure(power_plot(synthesis), "Power by layer.") +
          html_figure(performance_plot(synthesis),
                      "What a network gets, each side at its own fmax.") +
          "<pre>" + html_text(text_of(report)) + "</pre>");
}

}  // namespace rowcast
