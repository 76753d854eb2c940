#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/pages/html_page.h"
#include "app/pages/plot.h"
#include "app/reports/accelerator_comparison.h"
#include "app/reports/published.h"
#include "app/reports/report.h"
#include "generator/version.h"

namespace rowcast {
namespace {

std::vector<std::string> distinct(const EndToEndComparison& comparison,
                                  std::string EndToEndRow::*member) {
  std::vector<std::string> texts;
  for (const EndToEndRow& row : comparison.rows)
    if (std::ranges::find(texts, row.*member) == texts.end()) texts.push_back(row.*member);
  return texts;
}

// MACs a cycle against MACs a byte, below the roofs of all the machines.
std::string roofline_plot(const EndToEndComparison& comparison) {
  std::set<std::pair<int64_t, double>> roofs;
  double left = 0, right = 0, low = 0, high = 0;
  std::string data, plots;
  const std::vector<std::string> variants = distinct(comparison, &EndToEndRow::variant);
  for (size_t v = 0; v < variants.size(); ++v) {
    std::string points;
    for (const EndToEndRow& row : comparison.rows) {
      if (row.variant != variants[v] || !row.runs()) continue;
      const double x = intensity_of(comparison, row), y = macs_per_cycle(row);
      left = left == 0 ? x : std::min(left, x);
      low = low == 0 ? y : std::min(low, y);
      right = std::max(right, x);
      const MachinePoint& point = comparison.point(row);
      high = std::max(high, static_cast<double>(point.peak_macs()));
      roofs.emplace(point.peak_macs(), bus_bytes(comparison, point));
      points +=
          fmt::format("{} {} {}\n", x, y,
                      plot_text(fmt::format("{}, {}\n{}\n{:.1f} MACs a byte, {:.1f} MACs a cycle",
                                            row.network, row.variant, label_of(point), x, y)));
    }
    if (points.empty()) continue;
    data += fmt::format("$v{} << EOD\n{}EOD\n", v, points);
    const std::string& colour = kColours[v % kColours.size()];
    const int mark = kMarks[v % std::size(kMarks)];
    plots += fmt::format(
        ", \\\n$v{0} using 1:2 with points pt {1} ps 0.9 lc rgb '{2}' title '{3}', $v{0} using "
        "1:2:3 with labels hypertext point pt {1} ps 0.9 lc rgb '{2}' notitle",
        v, mark, colour, variants[v]);
  }
  if (roofs.empty()) return "";
  std::string lines;
  for (const auto& [peak, bytes] : roofs)
    lines += fmt::format("{}min({}, {} * x) lw 1.5 lc rgb '#999999' title '{} MACs, {:g} bytes'",
                         lines.empty() ? "" : ", \\\n", peak, bytes, peak, bytes);
  return plot_svg(
      data +
          fmt::format("min(a, b) = a < b ? a : b\nset logscale xy\nset xrange [{}:{}]\nset yrange "
                      "[{}:{}]\nset samples 800\nset xlabel 'MACs a byte of the busier "
                      "direction'\nset ylabel 'MACs a cycle'\nset grid lc rgb '#e4e4e4'\nset key "
                      "outside right\nplot {}{}",
                      left / 2, right * 2, low / 2, high * 1.5, lines, plots),
      1000, 480);
}

// Cycles of all variants on each machine, and of the array alone on the first.
std::string cycles_plot(const EndToEndComparison& comparison, const std::string& network) {
  const std::vector<std::string> variants = distinct(comparison, &EndToEndRow::variant);
  std::map<std::pair<size_t, std::string>, const EndToEndRow*> rows;
  for (const EndToEndRow& row : comparison.rows)
    if (row.network == network && row.runs()) rows[{row.point, row.variant}] = &row;
  if (rows.empty()) return "";
  std::string script = "$data << EOD\n";
  const auto line = [&](const std::string& label, size_t point, auto cycles) {
    script += plot_text(label);
    for (const std::string& variant : variants) {
      const auto found = rows.find({point, variant});
      script += found == rows.end() ? " 0" : fmt::format(" {}", cycles(*found->second) / 1e3);
    }
    script += "\n";
  };
  for (size_t point = 0; point < comparison.points.size(); ++point)
    line(label_of(comparison.points[point]), point,
         [](const EndToEndRow& row) { return static_cast<double>(row.run.counted.cycles); });
  line(fmt::format("{0}x{0}, array alone", comparison.points.front().lanes()), 0,
       [](const EndToEndRow& row) { return static_cast<double>(row.array_cycles); });
  script += fmt::format(
      "EOD\nset style data histogram\nset style histogram clustered gap 1\nset style fill solid "
      "border -1\nset boxwidth 1\nset ylabel 'thousand cycles'\nset grid ytics lc rgb "
      "'#dddddd'\nset key outside top center horizontal\nset yrange [0:*]\nset xtics rotate by "
      "-20\nset rmargin 12\nset title '{}'\nplot ",
      plot_label(network));
  for (size_t v = 0; v < variants.size(); ++v)
    script += fmt::format("{}$data using {}{} title '{}' lc rgb '{}'", v == 0 ? "" : ", ", v + 2,
                          v == 0 ? ":xtic(1)" : "", variants[v], kColours[v % kColours.size()]);
  return plot_svg(script, 1000, 460);
}

std::string times_text(std::optional<double> value) {
  return value ? fmt::format("{:.2f}×", *value) : "–";
}

std::string number_or_dash(std::optional<double> value, double factor = 1) {
  return value ? fmt::format("{:.2f}", *value * factor) : "–";
}

std::string rows_table(const EndToEndComparison& comparison) {
  std::string html =
      "<table><tr><th>network<th>variant<th>machine<th>cycles<th>array alone<th>DRAM bytes<th>MACs "
      "a byte<th>MACs a cycle<th>array's roof<th>DRAM's roof<th>cycles saved<th>bytes "
      "saved<th>frames/s<th>array, mJ<th>RAM, mJ<th>DRAM, mJ";
  for (const EndToEndRow& row : comparison.rows) {
    html += fmt::format("<tr><td>{}<td>{}<td>{}", html_text(row.network), row.variant,
                        label_of(comparison.point(row)));
    if (!row.runs()) {
      html += fmt::format("<td colspan=\"13\" style=\"text-align:left\">can not be: {}",
                          html_text(row.problem));
      continue;
    }
    const Roofline roof = roofline_of(comparison, row);
    html += fmt::format(
        "<td>{}<td>{}<td>{}<td>{:.1f}<td>{:.1f}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}–{}",
        grouped(row.run.counted.cycles), grouped(row.array_cycles), grouped(row.run.dram.total()),
        intensity_of(comparison, row), macs_per_cycle(row), grouped(roof.compute),
        grouped(roof.dram), times_text(cycles_saved(row)), times_text(bytes_saved(row)),
        number_or_dash(frames_per_second(comparison, row)),
        number_or_dash(array_joule(comparison, row), 1e3),
        number_or_dash(row.energy.ram_joule, 1e3), number_or_dash(row.energy.dram_joule[0], 1e3),
        number_or_dash(row.energy.dram_joule[1], 1e3));
  }
  return html + "</table>\n";
}

std::string citations_table() {
  std::string html =
      "<table><tr><th>machine<th>network<th>source<th>multipliers<th>MHz<th>frames/s<th>cycles a "
      "frame<th>as fast<th>less DRAM traffic";
  for (const PublishedMachine& machine : published_machines()) {
    html += fmt::format("<tr><td>{}<td>{}<td>{}", html_text(machine.machine), machine.network,
                        html_text(machine.source));
    if (machine.frames_per_second > 0)
      html += fmt::format("<td>{}<td>{:g}–{:g}<td>{:.1f}<td>{}–{}<td>–<td>–", machine.multipliers,
                          machine.mhz[0], machine.mhz[1], machine.frames_per_second,
                          grouped(machine.cycles(0)), grouped(machine.cycles(1)));
    else
      html +=
          fmt::format("<td>–<td>–<td>–<td>–<td>{:g}×<td>{:g}×", machine.speedup, machine.traffic);
  }
  return html + "</table>\n";
}

}  // namespace

std::string html_of(const EndToEndComparison& comparison) {
  std::string html = fmt::format(
      "<h1>From an image in DRAM to scores</h1>\n<p>rowcast {}; cycles by the exact model of the "
      "accelerator and its bus, from the register that starts it to the interrupt. DRAM answers in "
      "{} cycles and has a beat in {}. Machines differ from the first in one thing.</p>\n",
      kVersion, comparison.dram.read_latency, comparison.dram.beat_cycles);
  std::string first;
  for (const EndToEndRow& row : comparison.rows)
    if (row.point == 0 && row.baseline && row.baseline != &row)
      first += fmt::format("<tr><td>{}<td>{}<td>{}<td>{}<td>{}<td>{}", html_text(row.network),
                           row.variant, grouped(row.baseline->run.counted.cycles),
                           grouped(row.run.counted.cycles), times_text(cycles_saved(row)),
                           times_text(bytes_saved(row)));
  if (!first.empty())
    html += fmt::format(
        "<h2>Over the unmodified network, end to end ({})</h2>\n<table><tr><th>network<th>variant"
        "<th>cycles, unmodified<th>cycles<th>as fast<th>less DRAM traffic{}</table>\n",
        label_of(comparison.points.front()), first);
  html +=
      html_figure(roofline_plot(comparison),
                  "Roofline: N × N multipliers, and the bytes that a direction of the bus takes "
                  "in a cycle. Points name themselves under the mouse.");
  for (const std::string& network : distinct(comparison, &EndToEndRow::network))
    html += html_figure(cycles_plot(comparison, network), "Cycles end to end.");
  html += "<h2>All rows</h2>\n" + rows_table(comparison);
  html += fmt::format(
      "<p>Frames per second and the array's energy are at the fmax and power of synth, where a "
      "report was given; the array's power is that of a GEMM layer in every cycle. Energy of "
      "memories: {}. {}</p>\n",
      html_text(kEnergySource), html_text(kEnergyAssumptions));
  html += "<h2>Published, cited, not measured here</h2>\n" + citations_table();
  return html_page("rowcast: end to end", html);
}

}  // namespace rowcast
