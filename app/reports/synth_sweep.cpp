#include "app/reports/synth_sweep.h"

#include <fmt/format.h>

#include "app/pages/html_page.h"
#include "app/pages/plot.h"
#include "app/reports/synth_shared.h"
#include "sim/formats/csv.h"

namespace rowcast {
namespace {

struct SweepRow {
  int value;
  double base_um2, um2, element_um2;  // element_um2: what the broadcast adds to one element
  double area, element;               // overheads
  double base_mhz, mhz, fmax;         // with the broadcast's wire; fmax: the overhead
  double um2_per_element;             // of all that is added
};

SweepRow row_of(const SweepPoint& point) {
  const Synthesis& synthesis = point.synthesis;
  const Side &base = synthesis.base, &extended = synthesis.row_broadcast;
  const double pes = static_cast<double>(synthesis.config.rows) * synthesis.config.cols;
  return {.value = point.value,
          .base_um2 = base.area_um2(),
          .um2 = extended.area_um2(),
          .element_um2 = extended.element.um2 - base.element.um2,
          .area = relative(base.area_um2(), extended.area_um2()),
          .element = relative(base.element.um2, extended.element.um2),
          .base_mhz = base.wired_mhz(),
          .mhz = extended.wired_mhz(),
          .fmax = relative(1 / base.wired_ns(), 1 / extended.wired_ns()),
          .um2_per_element = (extended.area_um2() - base.area_um2()) / pes};
}

const std::string& library_of(const Sweep& sweep) {
  return sweep.points.front().synthesis.library.name;
}

}  // namespace

std::string text_of_last_point(const Sweep& sweep) {
  std::string text;
  if (sweep.points.size() == 1)
    text = fmt::format(
        "{}; otherwise {}; library {}\n{:>8} {:>14} {:>14} {:>9} {:>12} {:>12} {:>9} {:>9} "
        "{:>9} {:>9}\n",
        sweep.axis->title, array_text(sweep.config), library_of(sweep), sweep.axis->name,
        "base, um2", "um2", "area", "um2 per PE", "um2 in a PE", "PE", "base MHz", "MHz", "fmax");
  const SweepRow r = row_of(sweep.points.back());
  return text +
         fmt::format(
             "{:>8} {:>14.0f} {:>14.0f} {:>+7.2f} % {:>12.0f} {:>12.0f} {:>+7.2f} % {:>9.2f} "
             "{:>9.2f} {:>+7.2f} %\n",
             r.value, r.base_um2, r.um2, 100 * r.area, r.um2_per_element, r.element_um2,
             100 * r.element, r.base_mhz, r.mhz, 100 * r.fmax);
}

nlohmann::ordered_json json_of(const SweepReport& report) {
  nlohmann::ordered_json json{
      {"schema", 1}, {"liberty", report.liberty}, {"library", library_of(report.sweeps.front())}};
  for (const Sweep& sweep : report.sweeps) {
    nlohmann::ordered_json points = nlohmann::ordered_json::array();
    for (const SweepPoint& point : sweep.points) {
      const SweepRow r = row_of(point);
      points.push_back(
          {{"value", r.value},
           {"base_area_um2", r.base_um2},
           {"area_um2", r.um2},
           {"pe_added_um2", r.element_um2},
           {"added_um2_per_pe", r.um2_per_element},
           {"base_fmax_mhz_with_wire", r.base_mhz},
           {"fmax_mhz_with_wire", r.mhz},
           {"overhead", {{"area", r.area}, {"pe_area", r.element}, {"fmax", r.fmax}}}});
    }
    json["sweeps"].push_back({{"axis", sweep.axis->name},
                              {"array", fmt::format("{}x{}", sweep.config.rows, sweep.config.cols)},
                              {"data_width", sweep.config.data_width},
                              {"weight_width", sweep.config.weight_width},
                              {"acc_width", sweep.config.acc_width},
                              {"points", std::move(points)}});
  }
  return json;
}

std::string csv_of(const SweepReport& report) {
  std::string csv =
      csv_row("axis", "value", "base_area_um2", "area_um2", "area_overhead", "pe_added_um2",
              "added_um2_per_pe", "base_fmax_mhz_with_wire", "fmax_mhz_with_wire", "fmax_overhead");
  for (const Sweep& sweep : report.sweeps)
    for (const SweepPoint& point : sweep.points) {
      const SweepRow r = row_of(point);
      csv += csv_row(sweep.axis->name, r.value, r.base_um2, r.um2, fmt::format("{:.6f}", r.area),
                     r.element_um2, fmt::format("{:.3f}", r.um2_per_element),
                     fmt::format("{:.3f}", r.base_mhz), fmt::format("{:.3f}", r.mhz),
                     fmt::format("{:.6f}", r.fmax));
    }
  return csv;
}

namespace {

std::string overhead_plot(const Sweep& sweep) {
  std::string script = "$data << EOD\n", tics;
  for (const SweepPoint& point : sweep.points) {
    const SweepRow r = row_of(point);
    script += fmt::format("{} {} {} {}\n", r.value, 100 * r.area, 100 * r.element, 100 * r.fmax);
    tics += fmt::format("{}{}", tics.empty() ? "" : ", ", r.value);
  }
  script += fmt::format(
      "EOD\nset xlabel '{}'\nset ylabel 'overhead, %'\nset logscale x 2\nset xtics ({})\n"
      "set grid lc rgb '#dddddd'\nset xzeroaxis lt 1 lc rgb '#555555'\nset key outside right\n"
      "set offsets graph 0.03, graph 0.03, graph 0.05, graph 0.05\nplot ",
      plot_label(std::string(sweep.axis->title)), tics);
  constexpr const char* titles[] = {"area", "one element", "fmax"};
  for (int i = 0; i < 3; ++i)
    script +=
        fmt::format("{}$data using 1:{} with linespoints lw 2 pt {} ps 0.9 lc rgb '{}' title '{}'",
                    i ? ", " : "", i + 2, 5 + 2 * i, kColours[i], titles[i]);
  return plot_svg(script, 760, 380);
}

}  // namespace

std::string html_of(const SweepReport& report) {
  std::string html = fmt::format("<h1>What the row broadcast costs</h1>\n<p>Library {}. {}</p>\n",
                                 html_text(library_of(report.sweeps.front())), kSweepNote);
  for (const Sweep& sweep : report.sweeps) {
    html +=
        html_figure(overhead_plot(sweep), fmt::format("Overhead against {}; otherwise {}.",
                                                      sweep.axis->title, array_text(sweep.config)));
    html += fmt::format(
        "<table><tr><th>{}<th>base, µm²<th>row broadcast, µm²<th>overhead<th>µm² per element<th>of "
        "which in it<th>base, MHz<th>row broadcast, MHz<th>overhead",
        sweep.axis->title);
    for (const SweepPoint& point : sweep.points) {
      const SweepRow r = row_of(point);
      html += fmt::format(
          "<tr><td>{}<td>{:.0f}<td>{:.0f}<td>{:+.2f} %<td>{:.0f}<td>{:.0f}<td>{:.2f}<td>{:.2f}<td>"
          "{:+.2f} %",
          r.value, r.base_um2, r.um2, 100 * r.area, r.um2_per_element, r.element_um2, r.base_mhz,
          r.mhz, 100 * r.fmax);
    }
    html += "</table>\n";
  }
  return html_page("rowcast: what the row broadcast costs", html);
}

}  // namespace rowcast
