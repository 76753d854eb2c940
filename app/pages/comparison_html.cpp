#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "app/pages/html_page.h"
#include "app/pages/plot.h"
#include "app/reports/comparison.h"
#include "generator/version.h"

namespace rowcast {
namespace {

const ComparisonRow* find(const std::vector<ComparisonRow>& rows, std::string_view network,
                          std::string_view variant, std::string_view mapping) {
  for (const ComparisonRow& row : rows)
    if (row.network == network && row.variant == variant && row.mapping == mapping) return &row;
  return nullptr;
}

std::vector<std::string> networks_of(const Comparison& comparison) {
  std::vector<std::string> names;
  for (const ComparisonRow& row : comparison.rows)
    if (names.empty() || names.back() != row.network) names.push_back(row.network);
  return names;
}

// What the plots set side by side: a variant by a mapping.
struct Contender {
  const char *variant, *mapping, *title;
};
constexpr Contender kContenders[] = {
    {"baseline", "im2col", "unmodified, im2col"},
    {"baseline", "gemm-dwc", "unmodified, plain hardware"},
    {"baseline", "st-os", "unmodified, ST-OS"},
    {"full", "st-os", "FuSe Full, ST-OS"},
    {"half", "st-os", "FuSe Half, ST-OS"},
};

// Columns after a label, one line per network.
template <class Value>
std::string block_by_network(const Comparison& comparison, const char* name, Value value) {
  std::string text = fmt::format("${} << EOD\n", name);
  for (const std::string& network : networks_of(comparison)) {
    text += plot_text(network);
    for (const Contender& contender : kContenders)
      text += fmt::format(" {}", value(network, contender));
    text += '\n';
  }
  return text + "EOD\n";
}

bool cited_somewhere(const Comparison& comparison) {
  return std::ranges::any_of(comparison.rows, &ComparisonRow::cited_cycles);
}

std::string speedup_plot(const Comparison& comparison) {
  std::string script = block_by_network(
      comparison, "data", [&](const std::string& network, const Contender& contender) {
        const ComparisonRow* row =
            find(comparison.rows, network, contender.variant, contender.mapping);
        return row ? row->speedup(row->date21_baseline) : 0;
      });
  script += "$cited << EOD\n";
  int at = 0;
  for (const std::string& network : networks_of(comparison)) {
    const Published base = published(network, "baseline");
    int column = 0;
    for (const Contender& contender : kContenders) {
      const Published cited = published(network, contender.variant);
      if (cited_somewhere(comparison) && cited.cycles != 0 &&
          std::string_view(contender.variant) != "baseline")
        script += fmt::format("{} {}\n", at + (column - 2) / 6.5,
                              static_cast<double>(base.cycles) / cited.cycles);
      ++column;
    }
    ++at;
  }
  script += "EOD\n";
  script +=
      "set style data histogram\nset style histogram clustered gap 1.5\nset style fill solid "
      "border -1\nset boxwidth 1\n"
      "set ylabel 'speed-up over the date21 baseline'\nset grid ytics lc rgb '#dddddd'\n"
      "set key outside top center horizontal\nset yrange [0:*]\nplot ";
  for (int i = 0; i < std::ssize(kContenders); ++i)
    script += fmt::format("{}$data using {}{} title '{}' lc rgb '{}'", i ? ", " : "", i + 2,
                          i == 0 ? ":xtic(1)" : "", kContenders[i].title, kColours[i]);
  if (script.find("$cited << EOD\nEOD") == std::string::npos)
    script +=
        ", $cited using 1:2 with points pt 5 ps 0.7 lc rgb 'black' title 'as published (cited)'";
  return plot_svg(script, 1000, 440);
}

std::string scaling_plot(const Comparison& comparison, const std::string& network) {
  std::string script;
  std::string plots;
  for (int i = 0; i < std::ssize(kContenders); ++i) {
    std::map<int, int64_t> cycles;
    for (const auto* rows : {&comparison.scaling, &comparison.rows})
      for (const ComparisonRow& row : *rows)
        if (row.network == network && row.variant == kContenders[i].variant &&
            row.mapping == kContenders[i].mapping)
          cycles[row.report.config.rows * row.report.config.cols] = row.cycles();
    if (cycles.empty()) continue;  // of a mapping that the array has not
    script += fmt::format("$d{} << EOD\n", i);
    for (const auto& [pes, count] : cycles) script += fmt::format("{} {}\n", pes, count);
    script += "EOD\n";
    plots +=
        fmt::format("{}$d{} using 1:2 with linespoints lw 2 pt {} ps 0.9 lc rgb '{}' title '{}'",
                    plots.empty() ? "" : ", ", i, std::vector{5, 7, 9, 11, 13}[i], kColours[i],
                    kContenders[i].title);
  }
  script += fmt::format(
      "set title '{}'\nset logscale xy\nset logscale x 2\nset xlabel 'processing elements'\nset "
      "ylabel 'cycles'\n"
      "set grid lc rgb '#dddddd'\nset format y '10^%T'\nset key outside right\nplot {}",
      plot_label(network), plots);
  return plot_svg(script, 760, 380);
}

std::string operator_plot(const Comparison& comparison) {
  constexpr std::array kinds = {LayerKind::kConv, LayerKind::kPointwise, LayerKind::kFc,
                                LayerKind::kDepthwise, LayerKind::kFuse};
  constexpr std::array titles = {"standard convolution", "pointwise", "fully connected",
                                 "depthwise", "FuSe"};
  // The im2col bars would dwarf the others: they are cut to what can be compared.
  constexpr Contender shown[] = {kContenders[1], kContenders[2], kContenders[3], kContenders[4]};
  std::string script = "$data << EOD\n";
  for (const std::string& network : networks_of(comparison)) {
    for (const Contender& contender : shown) {
      const ComparisonRow* row =
          find(comparison.rows, network, contender.variant, contender.mapping);
      if (!row) continue;
      std::array<int64_t, kinds.size()> sums{};
      for (size_t i = 0; i < row->report.layers.size(); ++i)
        sums[std::ranges::find(kinds, row->report.layers[i].plan.layer->kind) - kinds.begin()] +=
            row->report.measured ? row->report.layers[i].measured_cycles : row->report.predicted[i];
      script += plot_text(fmt::format("{}, {}", network, contender.title));
      for (const int64_t sum : sums) script += fmt::format(" {}", sum / 1e3);
      script += '\n';
    }
    script += "\"\" 0 0 0 0 0\n";
  }
  script +=
      "EOD\nset style data histogram\nset style histogram rowstacked\nset style fill solid border "
      "-1\nset boxwidth 0.8\n"
      "set ylabel 'thousand cycles'\nset xtics rotate by -60 font ',10'\nset grid ytics lc rgb "
      "'#dddddd'\n"
      "set key outside top center horizontal\nset bmargin 15\nset rmargin 10\nplot ";
  for (size_t i = 0; i < kinds.size(); ++i)
    script += fmt::format("{}$data using {}{} title '{}' lc rgb '{}'", i ? ", " : "", i + 2,
                          i == 0 ? ":xtic(1)" : "", titles[i], kColours[i]);
  return plot_svg(script, 1000, 560);
}

std::string layer_plot(const Comparison& comparison, const std::string& network) {
  const ComparisonRow* plain = find(comparison.rows, network, "baseline", "gemm-dwc");
  const ComparisonRow* st_os = find(comparison.rows, network, "baseline", "st-os");
  const ComparisonRow* half = find(comparison.rows, network, "half", "st-os");
  if (!plain || !st_os || !half) return "";
  std::string data;
  for (size_t i = 0; i < plain->report.layers.size(); ++i) {
    const Layer& layer = *plain->report.layers[i].plan.layer;
    if (!is_channelwise(layer)) continue;
    const double base = static_cast<double>(plain->report.predicted[i]);
    data += fmt::format("{} {} {}\n", plot_text(layer.name), base / st_os->report.predicted[i],
                        base / half->report.predicted[i]);
  }
  if (data.empty()) return "";
  const std::string script = fmt::format(
      "$data << EOD\n{}EOD\nset title '{}'\nset style data histogram\nset style histogram "
      "clustered gap 1\nset "
      "style fill solid border -1\n"
      "set ylabel 'speed-up of the layer over plain hardware'\nset xtics rotate by -45\nset yrange "
      "[0:*]\n"
      "set grid ytics lc rgb '#dddddd'\nset key outside top center horizontal\nset bmargin 6\n"
      "plot $data using 2:xtic(1) title 'depthwise by ST-OS' lc rgb '{}', $data using 3 title "
      "'FuSe Half by ST-OS' lc rgb '{}'",
      data, plot_label(network), kColours[2], kColours[4]);
  return plot_svg(script, 1000, 420);
}

std::string heat_map(const Comparison& comparison) {
  std::string script, tics;
  std::string data;
  size_t widest = 0;
  int y = 0;
  const std::vector<std::string> names = networks_of(comparison);
  for (const std::string& network : names)
    for (const Contender& contender : kContenders) {
      const ComparisonRow* row =
          find(comparison.rows, network, contender.variant, contender.mapping);
      if (!row) continue;
      tics += fmt::format("{}{} {}", tics.empty() ? "" : ", ",
                          plot_text(network + ", " + contender.title), y);
      const double pes = static_cast<double>(row->report.config.rows) * row->report.config.cols;
      widest = std::max(widest, row->report.layers.size());
      for (size_t i = 0; i < row->report.layers.size(); ++i) {
        const int64_t cycles =
            row->report.measured ? row->report.layers[i].measured_cycles : row->report.predicted[i];
        data += fmt::format("{} {} {:.3f}\n", i + 1, y,
                            100 * row->report.layers[i].plan.layer->macs() / (pes * cycles));
      }
      ++y;
    }
  if (data.empty()) return "";
  // A box per layer; cividis-like: dark blue is idle, yellow is full.
  script = fmt::format(
      "$data << EOD\n{}EOD\nset palette defined (0 '#00204d', 25 '#414d6b', 50 '#7c7b78', 75 "
      "'#bcaf6f', 100 '#ffea46')\n"
      "set cbrange [0:100]\nset cblabel 'utilisation, %'\nset ytics ({}) font ',10'\nset yrange "
      "[{}:-0.5]\nset xrange [0.5:{}]\n"
      "set xlabel 'layer'\nset lmargin 40\nunset key\n"
      "plot $data using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):3 with boxxyerror fillstyle solid "
      "noborder lc palette",
      data, tics, y - 0.5, widest + 0.5);
  return plot_svg(script, 1000, 60 + 22 * std::max(y, 5));
}

std::string accuracy_plot(const Comparison& comparison) {
  std::string script, plots;
  const std::vector<std::string> names = networks_of(comparison);
  for (size_t i = 0; i < names.size(); ++i) {
    std::string points;
    for (const char* variant : {"baseline", "half50", "full50", "half", "full"}) {
      const ComparisonRow* row = find(comparison.rows, names[i], variant, "st-os");
      if (row && row->cited.accuracy > 0)
        points +=
            fmt::format("{} {} {}\n", row->cycles() / 1e3, row->cited.accuracy, plot_text(variant));
    }
    if (points.empty()) continue;
    script += fmt::format("$n{} << EOD\n{}EOD\n", i, points);
    const std::string colour = kColours[i % kColours.size()];
    plots += fmt::format(
        "{}$n{} using 1:2 with points pt {} ps 1.2 lc rgb '{}' title '{}', $n{} using 1:2:3 with "
        "labels left offset 0.8,0.3 font ',9' notitle",
        plots.empty() ? "" : ", ", i, std::vector{5, 7, 9, 11, 13}[i % 5], colour,
        plot_label(names[i]), i);
  }
  if (plots.empty()) return "";
  script +=
      "set xlabel 'thousand cycles by ST-OS'\nset ylabel 'ImageNet top-1, % (cited)'\nset grid lc "
      "rgb '#dddddd'\n"
      "set key outside right\nset offsets graph 0.02, graph 0.08, graph 0.04, graph 0.04\nplot " +
      plots;
  return plot_svg(script, 1000, 480);
}

std::string table(const Comparison& comparison) {
  std::string html =
      "<table><tr><th>network<th>variant<th>mapping<th>cycles<th>utilisation<th>over "
      "roofline<th>over date21, unmodified"
      "<th>over im2col<th>over plain hardware<th>over plain, same variant<th>cited cycles "
      "(64×64)<th>cited top-1";
  if (comparison.measured) html += "<th>mismatches";
  for (const ComparisonRow& row : comparison.rows) {
    html += fmt::format(
        "<tr><td>{}<td>{}<td>{}<td>{}<td>{:.1f} "
        "%<td>{:.2f}×<td>{:.2f}×<td>{:.2f}×<td>{:.2f}×<td>{:.2f}×<td>{}<td>{}",
        html_text(row.network), row.variant, row.mapping, grouped(row.cycles()),
        100 * row.utilisation(),
        static_cast<double>(row.cycles()) / std::max<int64_t>(row.roofline, 1),
        row.speedup(row.date21_baseline), row.speedup(row.im2col_baseline),
        row.speedup(row.plain_baseline), row.speedup(row.plain_same),
        row.cited_cycles() ? grouped(row.cited_cycles()) : "–",
        row.cited.accuracy > 0 ? fmt::format("{:.2f} %", row.cited.accuracy) : "–");
    if (comparison.measured)
      html += fmt::format("<td>{}{}", grouped(row.report.mismatches()),
                          row.report.exact() ? "" : " (differs)");
  }
  return html + "</table>";
}

}  // namespace

std::string html_of(const Comparison& comparison) {
  const ArrayConfig& config = comparison.config;
  std::string html = fmt::format(
      "<h1>Depthwise and FuSe networks on a {0}×{1} array</h1>\n"
      "<p>rowcast {2}; {3}-bit activations, {4}-bit weights, {5}-bit sums. Cycles {6}.</p>\n",
      config.rows, config.cols, kVersion, config.data_width, config.weight_width,
      effective_acc_width(config),
      comparison.measured ? "measured in RTL simulation, every output compared with golden"
                          : "by the rtl model, which equals RTL simulation exactly");
  html +=
      "<p>Speed-ups are over three baselines, the unmodified network each time: <b>date21</b> (the "
      "FuSeConv authors' analytical model at this size, depthwise layers as im2col; at 64×64 these "
      "are the counts published at DATE 2021), <b>im2col</b> on this very array, and the best that "
      "the array can do "
      "<b>without the row broadcast</b> "
      "(plain hardware), which is the fair one. Cycles of published models and accuracies are "
      "citations.</p>\n";
  const auto figure = [&](const std::string& svg, const std::string& caption) {
    html += html_figure(svg, caption);
  };
  figure(speedup_plot(comparison),
         cited_somewhere(comparison)
             ? "Speed-up over the date21 baseline; black squares: what the authors published."
             : "Speed-up over the date21 baseline.");
  figure(operator_plot(comparison), "Where the cycles go, by operator.");
  for (const std::string& network : networks_of(comparison))
    figure(layer_plot(comparison, network), "Layer by layer, over plain hardware (rtl model).");
  figure(heat_map(comparison), "Utilisation of the processing elements, layer by layer.");
  if (!comparison.scaling.empty())
    for (const std::string& network : networks_of(comparison))
      figure(scaling_plot(comparison, network), "Cycles against array size, by the rtl model.");
  figure(accuracy_plot(comparison), "Cited accuracy against cycles by ST-OS on this array.");
  html += "<h2>All rows</h2>\n" + table(comparison);
  return html_page(fmt::format("rowcast: {}x{}", config.rows, config.cols), html);
}

}  // namespace rowcast
