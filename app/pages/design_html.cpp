#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "app/pages/html_page.h"
#include "app/pages/plot.h"
#include "app/reports/design_report.h"
#include "app/reports/report.h"
#include "generator/version.h"

namespace rowcast {
namespace {

constexpr int kWidth = 1000, kHeight = 560;
// What a plot shows of points that are on no front; more would only cover each other.
constexpr size_t kMostPoints = 3000;

const std::string& colour_of(size_t series) { return kColours[series % kColours.size()]; }

// Shown under the mouse.
std::string hover_text(const DesignReport& report, const DesignRow& row) {
  std::string text = fmt::format("{}\n{}, {}\n{} cycles, {:.1f} % utilised", label_of(report, row),
                                 report.networks[row.network], row.variant->name,
                                 grouped(row.run.cycles), 100 * utilisation_of(row));
  for (const DesignMetric& metric : design_metrics())
    if (const auto value = metric.of(report, row))
      text += fmt::format("\n{:.6g} {}", *value, metric.title);
  return text + (row.front ? "\non the front" : "");
}

// Names beside points, where they cover no point and no other name. Places are shares of the plot's
// sides.
class Labels {
 public:
  void mark(double x, double y) { boxes_.push_back({x - kMark, x + kMark, y}); }
  // A command for gnuplot; empty if there is no room. `at` as gnuplot has it.
  std::string label(double x, double y, const std::string& at, const std::string& text,
                    const std::string& colour) {
    const double width = kGlyph * static_cast<double>(text.size());
    for (const bool right : {true, false})
      for (const int up : {1, -1}) {
        const double begin = right ? x + kMark : x - kMark - width;
        const Box box{begin, begin + width, y + up * kLine * 0.6};
        if (box.begin < 0 || box.end > 1 || std::ranges::any_of(boxes_, [&](const Box& other) {
              return box.begin < other.end && other.begin < box.end &&
                     std::abs(box.y - other.y) < kLine;
            }))
          continue;
        boxes_.push_back(box);
        return fmt::format("set label {} at {} {} offset {},{} font ',11' textcolor rgb '{}'\n",
                           plot_text(text), at, right ? "left" : "right", right ? 0.7 : -0.7,
                           up * 0.6, colour);
      }
    return "";
  }

 private:
  struct Box {
    double begin, end, y;
  };
  static constexpr double kGlyph = 6.4 / (0.73 * kWidth), kLine = 13.0 / (0.78 * kHeight),
                          kMark = 6.0 / (0.73 * kWidth);
  std::vector<Box> boxes_;
};

// A logarithmic axis around all values.
struct Range {
  double low = 0, high = 0;
  void add(double value) {
    low = low == 0 ? value : std::min(low, value);
    high = std::max(high, value);
  }
  void widen(double share) {
    const double factor = std::max(std::pow(high / low, share), 1.08);
    low /= factor, high *= factor;
  }
  double place(double value) const { return std::log(value / low) / std::log(high / low); }
};

std::string log_axis(char axis, const Range& range, const std::string& title) {
  // Powers of ten alone would leave short axes without a number.
  std::string tics;
  const double spread = range.high / range.low;
  for (double decade = std::pow(10, std::floor(std::log10(range.low))); decade <= range.high;
       decade *= 10)
    for (const int digit : {2, 3, 5, 7})
      if (spread < 40 || (spread < 4000 && (digit == 2 || digit == 5)))
        tics += fmt::format("{}{:g}", tics.empty() ? "" : ", ", digit * decade);
  return fmt::format(
      "set logscale {0}\nset {0}range [{1}:{2}]\nset {0}label '{3}'\nset format {0} "
      "'%.0s%c'\n{4}",
      axis, range.low, range.high, title,
      tics.empty() ? "" : fmt::format("set {}tics add ({})\n", axis, tics));
}

// Cycles against the report's cost: every point, and each variant's front with its designs' names.
std::string front_plot(const DesignReport& report, size_t network) {
  Range x, y;
  size_t dominated = 0;
  std::vector<std::vector<const DesignRow*>> series;
  for (const Variant* variant : report.variants) {
    series.push_back(rows_of(report, network, variant));
    std::erase_if(series.back(),
                  [&](const DesignRow* row) { return !row->runs() || !report.cost(*row); });
    for (const DesignRow* row : series.back()) {
      x.add(*report.cost(*row));
      y.add(static_cast<double>(row->run.cycles));
      dominated += !row->front;
    }
  }
  if (x.high == 0) return "";
  x.widen(0.06);
  y.widen(0.06);
  const size_t step = dominated / kMostPoints + 1;
  Labels labels;
  std::string data, plots, names;
  const auto plot = [&](const std::string& text) {
    plots += (plots.empty() ? "" : ", \\\n") + text;
  };
  const auto by_cost = [&](const DesignRow* row) { return *report.cost(*row); };
  std::vector<std::vector<const DesignRow*>> fronts;
  for (const auto& rows : series) {
    std::ranges::copy_if(rows, std::back_inserter(fronts.emplace_back()), &DesignRow::front);
    std::ranges::stable_sort(fronts.back(), {}, by_cost);
    for (const DesignRow* row : fronts.back())
      labels.mark(x.place(by_cost(row)), y.place(static_cast<double>(row->run.cycles)));
  }
  const auto point = [&](const DesignRow* row) {
    return fmt::format("{} {} {}\n", by_cost(row), row->run.cycles,
                       plot_text(hover_text(report, *row)));
  };
  for (size_t s = 0; s < series.size(); ++s) {
    const std::string& colour = colour_of(s);
    std::string all, front;
    size_t number = 0;
    for (const DesignRow* row : series[s])
      if (!row->front && number++ % step == 0) all += point(row);
    for (const DesignRow* row : fronts[s]) {
      front += point(row);
      names += labels.label(x.place(by_cost(row)), y.place(static_cast<double>(row->run.cycles)),
                            fmt::format("{},{}", by_cost(row), row->run.cycles),
                            label_of(report, *row), colour);
    }
    const int mark = kMarks[s % std::size(kMarks)];
    if (!all.empty()) {
      data += fmt::format("$all{} << EOD\n{}EOD\n", s, all);
      plot(fmt::format(
          "$all{} using 1:2:3 with labels hypertext point pt {} ps 0.4 lc rgb '#90{}' notitle", s,
          mark, colour.substr(1)));
    }
    if (front.empty()) continue;
    data += fmt::format("$front{} << EOD\n{}EOD\n", s, front);
    plot(fmt::format("$front{} using 1:2 with linespoints pt {} ps 0.9 lw 2 lc rgb '{}' title '{}'",
                     s, mark, colour, report.variants[s]->name));
    plot(
        fmt::format("$front{} using 1:2:3 with labels hypertext point pt {} ps 0.9 lc rgb '{}' "
                    "notitle",
                    s, mark, colour));
  }
  return plot_svg(
      data + names + log_axis('x', x, std::string(report.against->title)) +
          log_axis('y', y, "cycles") +
          fmt::format("set title '{}'\nset grid lc rgb '#e4e4e4'\nset key outside right\nplot {}",
                      plot_label(report.networks[network]), plots),
      kWidth, kHeight);
}

// Cycles against the number of rows, a line for each number of elements; nothing where there are
// no shapes to compare.
std::string shape_plot(const DesignReport& report, size_t network, const Variant* variant) {
  // The best of what else varies.
  std::map<int64_t, std::map<int, const DesignRow*>> lines;
  for (const DesignRow* row : rows_of(report, network, variant)) {
    if (!row->runs()) continue;
    const ArrayConfig& array = row->design->machine.array();
    const DesignRow*& best = lines[int64_t{array.rows} * array.cols][array.rows];
    if (!best || row->run.cycles < best->run.cycles) best = row;
  }
  std::erase_if(lines, [](const auto& line) { return line.second.size() < 3; });
  if (lines.empty() || lines.size() > kColours.size()) return "";
  Range x, y;
  std::string data, plots;
  size_t s = 0;
  for (const auto& [elements, line] : lines) {
    std::string points;
    for (const auto& [rows, row] : line) {
      x.add(rows);
      y.add(static_cast<double>(row->run.cycles));
      points +=
          fmt::format("{} {} {}\n", rows, row->run.cycles, plot_text(hover_text(report, *row)));
    }
    data += fmt::format("$d{} << EOD\n{}EOD\n", s, points);
    const int mark = kMarks[s % std::size(kMarks)];
    plots += fmt::format(
        "{0}$d{1} using 1:2 with linespoints pt {2} ps 0.8 lw 2 lc rgb '{3}' title '{4} "
        "elements', $d{1} using 1:2:3 with labels hypertext point pt {2} ps 0.8 lc rgb '{3}' "
        "notitle",
        plots.empty() ? "" : ", \\\n", s, mark, colour_of(s), grouped(elements));
    ++s;
  }
  x.widen(0.04);
  y.widen(0.06);
  return plot_svg(
      data + log_axis('y', y, "cycles") +
          fmt::format("set logscale x 2\nset xrange [{}:{}]\nset xlabel 'rows; columns "
                      "are elements / rows'\nset title '{}, {}'\nset grid lc rgb "
                      "'#e4e4e4'\nset key outside right\nplot {}",
                      x.low, x.high, plot_label(report.networks[network]), variant->name, plots),
      kWidth, 420);
}

std::string front_table(const DesignReport& report, size_t network) {
  std::string html = fmt::format("<table><tr><th>variant<th>design<th>cycles<th>{}<th>utilisation",
                                 report.against->title);
  for (const Variant* variant : report.variants) {
    std::vector<const DesignRow*> rows = rows_of(report, network, variant);
    std::erase_if(rows, [](const DesignRow* row) { return !row->front; });
    std::ranges::stable_sort(rows, {}, [&](const DesignRow* row) { return *report.cost(*row); });
    for (const DesignRow* row : rows)
      html += fmt::format("<tr><td>{}<td>{}<td>{}<td>{:.7g}<td>{:.1f} %", variant->name,
                          label_of(report, *row), grouped(row->run.cycles), *report.cost(*row),
                          100 * utilisation_of(*row));
  }
  return html + "</table>\n";
}

}  // namespace

std::string html_of(const DesignReport& report) {
  const auto running = std::ranges::count_if(report.rows, &DesignRow::runs);
  std::string html = fmt::format(
      "<h1>Designs for {} network{}</h1>\n<p>rowcast {}; {} points by the exact model of the {}, "
      "of which {} can not be (JSON and CSV say why).{} A front is what no other design of the "
      "same network and variant beats in both cycles and {}. Points name themselves under the "
      "mouse.</p>\n",
      report.networks.size(), report.networks.size() == 1 ? "" : "s", kVersion,
      grouped(std::ssize(report.rows)), report.accelerator ? "accelerator" : "array",
      grouped(std::ssize(report.rows) - running),
      report.library.empty() ? "" : " Library " + html_text(report.library) + ".",
      report.against->title);
  for (size_t n = 0; n < report.networks.size(); ++n) {
    html += fmt::format("<h2>{}</h2>\n", html_text(report.networks[n]));
    html += html_figure(front_plot(report, n),
                        "Small points are beaten by another; lines are the fronts.");
    html += front_table(report, n);
    for (const Variant* variant : report.variants)
      html += html_figure(shape_plot(report, n, variant),
                          "The same number of elements in other shapes.");
  }
  return html_page("rowcast: designs", html);
}

std::string svg_of(const DesignReport& report) {
  const std::string svg = front_plot(report, 0);
  return (svg.empty() ? plot_svg("set title 'nothing runs'\nplot [0:1] 0 notitle", kWidth, kHeight)
                      : svg) +
         "\n";
}

}  // namespace rowcast
