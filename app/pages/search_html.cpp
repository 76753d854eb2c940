#include <fmt/format.h>

#include <algorithm>

#include "app/pages/html_page.h"
#include "app/pages/plot.h"
#include "app/reports/report.h"
#include "app/reports/search_report.h"
#include "generator/version.h"
#include "sim/search/ranking.h"

namespace rowcast {
namespace {

constexpr int kSearchWidth = 1000, kSearchHeight = 520;

std::string hover_text(const SearchReport& report, const SearchRow& row) {
  std::string text =
      fmt::format("{}: {} cycles, {:.1f} %", report.number_of(row), grouped(row.cycles),
                  100 * static_cast<double>(row.cycles) / static_cast<double>(report.cycles));
  if (row.loss) text += fmt::format(", loss {:.4f}", *row.loss);
  return text + "\n" + letters_of(row.operators);
}

// Points of a data block: x, y, and what is shown under the mouse.
std::string point(const SearchReport& report, const SearchRow& row) {
  return fmt::format("{} {} {}\n", row.cycles, *row.loss, plot_text(hover_text(report, row)));
}

std::string front_plot(const SearchReport& report) {
  std::string front, shown, others, labels;
  for (const SearchRow& row : report.rows)
    if (row.front) front += fmt::format("{} {}\n", row.cycles, *row.loss);
  for (const SearchRow* row : shown_rows(report)) {
    if (!row->loss) continue;
    (row->front ? shown : others) += point(report, *row);
    if (const std::string_view all = uniform(*row); !all.empty())
      labels += fmt::format("set label 'all {}' at {},{} right offset -0.8,-0.6\n", all,
                            row->cycles, *row->loss);
  }
  std::string plots = "$front using 1:2 with steps lw 2 lc rgb '" + kColours[0] + "' title 'front'";
  const auto add = [&](const char* name, const std::string& points, int mark, double size,
                       size_t colour, const char* title) {
    if (points.empty()) return std::string();
    plots += fmt::format(
        ", \\\n${0} using 1:2 with points pt {1} ps {4} lc rgb '{2}' title '{3}', \\\n${0} using "
        "1:2:3 with labels hypertext point pt {1} ps {4} lc rgb '{2}' notitle",
        name, mark, kColours[colour], title, size);
    return fmt::format("${} << EOD\n{}EOD\n", name, points);
  };
  std::string script = fmt::format("$front << EOD\n{}EOD\n", front);
  script += add("shown", shown, kMarks[0], 0.9, 0, "choices of the table");
  script += add("others", others, kMarks[1], 0.9, 3, "beaten by others");
  if (report.chosen && report.rows[*report.chosen].loss)
    script += add("chosen", point(report, report.rows[*report.chosen]), 6, 2.0, 2, "chosen");
  if (report.most_cycles)
    script += fmt::format(
        "set arrow from {0},graph 0 to {0},graph 1 nohead dashtype 2 lc rgb '{1}'\n"
        "set label 'limit' at {0},graph 0.97 left offset 0.6,0 textcolor rgb '{1}'\n",
        *report.most_cycles, kColours[7]);
  return plot_svg(
      script + labels +
          fmt::format("set title {}\nset xlabel 'cycles'\nset ylabel 'loss by the proxy, {}'\n"
                      "set format x '%.0s%c'\nset offsets graph 0.04, graph 0.04, graph 0.05, "
                      "graph 0.05\nset grid lc rgb '#e4e4e4'\nset key top right\nplot {}",
                      plot_text(report.space.network.title + " on a " + machine_text(report)),
                      report.proxy.name, plots),
      kSearchWidth, kSearchHeight);
}

// Accuracies over losses, a colour for each method.
std::string trained_plot(const std::vector<Ranking>& rankings, const SearchReport& report) {
  std::string script, plots;
  for (size_t r = 0; r < rankings.size(); ++r) {
    std::string points;
    for (const auto& [row, runs] : rankings[r].rows) {
      if (!row->loss) continue;
      const Mean mean = mean_of(runs->accuracies);
      points += fmt::format("{} {} {} {}\n", *row->loss, 100 * mean.mean,
                            100 * mean.error.value_or(0), plot_text(hover_text(report, *row)));
    }
    if (points.empty()) continue;
    const std::string& colour = kColours[r % kColours.size()];
    script += fmt::format("$trained{} << EOD\n{}EOD\n", r, points);
    plots += fmt::format(
        "{0}$trained{1} using 1:2:3 with yerrorbars pt {2} lc rgb '{3}' title {4}, \\\n"
        "$trained{1} using 1:2:4 with labels hypertext point pt {2} lc rgb '{3}' notitle",
        plots.empty() ? "" : ", \\\n", r, kMarks[r % std::size(kMarks)], colour,
        plot_text(rankings[r].method.empty() ? "trained" : rankings[r].method));
  }
  if (plots.empty()) return "";
  return plot_svg(
      script + fmt::format("set xlabel 'loss by the proxy, {}'\nset ylabel 'test accuracy, %'\nset "
                           "offsets graph 0.05, graph 0.05, graph 0.08, graph 0.08\nset grid lc "
                           "rgb '#e4e4e4'\nset key outside right\nplot {}",
                           report.proxy.name, plots),
      kSearchWidth, 420);
}

std::string rows_table(const SearchReport& report) {
  std::string html = fmt::format(
      "<table><tr><th>no<th>cycles<th>%<th>loss{}<th>front<th>operators"
      "<th>made by",
      report.system ? "<th>est.<th>moves<th>DRAM bytes<th>mJ" : "");
  for (const SearchRow* row : shown_rows(report)) {
    html += fmt::format("<tr><td>{}{}<td>{}<td>{:.1f}<td>{}", report.number_of(*row),
                        report.chosen && &report.rows[*report.chosen] == row ? " (chosen)" : "",
                        grouped(row->cycles),
                        100 * static_cast<double>(row->cycles) / static_cast<double>(report.cycles),
                        row->loss ? fmt::format("{:.4f}", *row->loss) : "-");
    if (row->machine) {
      const auto joule = row->machine->joule();
      html += fmt::format("<td>{}<td>{}<td>{}<td>{}",
                          row->machine->estimated ? grouped(*row->machine->estimated) : "-",
                          grouped(row->machine->moves_cycles), grouped(row->machine->dram_bytes),
                          joule ? fmt::format("{:.4g}", 1e3 * *joule) : "-");
    }
    html += fmt::format("<td>{}<td><code>{}</code><td>{}", row->front ? "front" : "",
                        letters_of(row->operators), html_text(options_of(report, *row)));
  }
  return html + "</table>\n";
}

std::string trained_table(const Ranking& ranking, const SearchReport& report) {
  std::string html = fmt::format(
      "<h3>{}</h3>\n<table><tr><th>no<th>cycles<th>loss<th>accuracy, %<th>standard "
      "error<th>seeds<th>operators",
      ranking.method.empty() ? "Trained" : html_text(ranking.method));
  for (const auto& [row, runs] : ranking.rows) {
    const Mean mean = mean_of(runs->accuracies);
    html += fmt::format("<tr><td>{}<td>{}<td>{}<td>{:.2f}<td>{}<td>{}<td><code>{}</code>",
                        report.number_of(*row), grouped(row->cycles),
                        row->loss ? fmt::format("{:.4f}", *row->loss) : "-", 100 * mean.mean,
                        mean.error ? fmt::format("{:.2f}", 100 * *mean.error) : "-",
                        runs->seeds.size(), letters_of(row->operators));
  }
  return html + "</table>\n<p>" + correlation_text(ranking) + "</p>\n";
}

}  // namespace

std::string html_of(const SearchReport& report) {
  const std::string title = html_text(report.space.network.title);
  std::string html = fmt::format(
      "<h1>Operators for {}</h1>\n<p>rowcast {}; {} depthwise layers on a {}, {:.10g} choices, {} "
      "cycles as it is. {}</p>\n<p>Loss: {}. {}</p>\n",
      title, kVersion, report.space.nodes.size(), machine_text(report), report.choices(),
      grouped(report.cycles), method_text(report), report.proxy.is, report.proxy.worth);
  for (const std::string& note : report.space.notes)
    html += fmt::format("<p>{}.</p>\n", html_text(note));
  if (const std::string limits = limits_text(report); !limits.empty())
    html += fmt::format("<p>{}</p>\n", limits);
  html += html_figure(front_plot(report), "The front; points name themselves under the mouse.");
  html += rows_table(report);
  html += "<p>Operators layer by layer: d depthwise, h half, f full.</p>\n";
  const std::vector<Ranking> rankings = rankings_of(report);
  if (!rankings.empty()) {
    html += "<h2>What training made of them</h2>\n";
    html += html_figure(trained_plot(rankings, report),
                        "Test accuracy over the proxy's loss; bars are standard errors.");
    for (const Ranking& ranking : rankings) html += trained_table(ranking, report);
  }
  return html_page("rowcast: operators", html);
}

std::string svg_of(const SearchReport& report) { return front_plot(report) + "\n"; }

}  // namespace rowcast
