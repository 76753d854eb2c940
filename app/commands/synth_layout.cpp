#include "app/commands/synth_layout.h"

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/pages/layout_svg.h"
#include "app/reports/synth_shared.h"
#include "sim/formats/csv.h"
#include "synth/layout.h"

namespace rowcast {
namespace {

struct LayoutFigure {
  const char *label, *key;
  int digits;
  double (*of)(const LayoutSide&);
};
constexpr LayoutFigure kFigures[] = {
    {"cells", "cells", 0, [](const LayoutSide& s) { return double(s.placed.size()); }},
    {"cells, um2", "cells_um2", 1, [](const LayoutSide& s) { return s.cells_um2; }},
    {"width, um", "width_um", 1, [](const LayoutSide& s) { return s.width_um; }},
    {"height, um", "height_um", 1, [](const LayoutSide& s) { return s.height_um; }},
    {"share of the floor in cells", "floor_utilisation", 3,
     [](const LayoutSide& s) { return s.utilisation(); }},
    {"wires, mm", "wire_mm", 2, [](const LayoutSide& s) { return 1e-3 * s.wire_um(); }},
    {"vias", "vias", 0, [](const LayoutSide& s) { return double(s.vias); }},
    {"fmax without wires, MHz", "fmax_mhz", 2,
     [](const LayoutSide& s) { return s.bare.fmax_mhz(); }},
    {"fmax with the wires, MHz", "fmax_mhz_with_wires", 2,
     [](const LayoutSide& s) { return s.routed.fmax_mhz(); }},
};

std::string text_of(const Layout& layout) {
  const LayoutSide &base = layout.base, &extended = layout.row_broadcast;
  std::string text = fmt::format(
      "{}; {}, placed by graywolf, routed by qrouter\n\n{:<28} {:>14} {:>14} {:>9}\n",
      array_text(layout.config), kLayoutTechnology, "", "base", "row broadcast", "overhead");
  for (const LayoutFigure& figure : kFigures)
    text += fmt::format("{:<28} {:>14.{}f} {:>14.{}f} {:>+7.2f} %\n", figure.label, figure.of(base),
                        figure.digits, figure.of(extended), figure.digits,
                        100 * relative(figure.of(base), figure.of(extended)));
  text += fmt::format("\n{:<28} {:^26} {:^26}\n{:<28}", "nets, um of wire", "base", "row broadcast",
                      "");
  for (int side = 0; side < 2; ++side)
    text += fmt::format(" {:>8} {:>8} {:>8}", "nets", "mean", "longest");
  text += '\n';
  for (size_t i = 0; i < base.wires.size(); ++i) {
    text += fmt::format("{:<28}", base.wires[i].name);
    for (const WireClass& wires : {base.wires[i], extended.wires[i]})
      text += wires.nets ? fmt::format(" {:>8} {:>8.1f} {:>8.1f}", wires.nets, wires.mean_um(),
                                       wires.most_um)
                         : fmt::format(" {:>8} {:>8} {:>8}", 0, "-", "-");
    text += '\n';
  }
  text += fmt::format(
      "\nThe wire model of --target asic takes a net of the broadcast for {:.1f} um.\n"
      "Longest paths with wires, base: {} to {}; row broadcast: {} to {}.\n"
      "fmax has the wires' capacitance, not their resistance: without vias, no net but the clock's "
      "adds more than {:.3f} and {:.3f} ns by it.\n"
      "The clock has a tree of buffers, not balanced, and is ideal in fmax.\n",
      layout.estimated_um, base.routed.from, base.routed.to, extended.routed.from,
      extended.routed.to, base.elmore_ns, extended.elmore_ns);
  return text;
}

nlohmann::ordered_json json_of(const LayoutSide& side) {
  nlohmann::ordered_json json;
  for (const LayoutFigure& figure : kFigures) {
    const double value = figure.of(side);
    if (figure.digits == 0)
      json[figure.key] = static_cast<int64_t>(value);
    else
      json[figure.key] = value;
  }
  for (const WireClass& wires : side.wires)
    json["net_classes"][wires.key] = {{"nets", wires.nets},
                                      {"wire_um", wires.total_um},
                                      {"mean_um", wires.mean_um()},
                                      {"longest_um", wires.most_um}};
  json["most_elmore_ns"] = side.elmore_ns;
  json["critical_path"] = {side.routed.from, side.routed.to};
  return json;
}

nlohmann::ordered_json json_of(const Layout& layout) {
  const ArrayConfig& c = layout.config;
  nlohmann::ordered_json overhead;
  for (const LayoutFigure& figure : kFigures)
    overhead[figure.key] = relative(figure.of(layout.base), figure.of(layout.row_broadcast));
  return {{"schema", 2},
          {"target", "layout"},
          {"technology", kLayoutTechnology},
          {"array", fmt::format("{}x{}", c.rows, c.cols)},
          {"broadcast_stages", c.broadcast_stages},
          {"mac_stages", c.mac_stages},
          {"base", json_of(layout.base)},
          {"row_broadcast", json_of(layout.row_broadcast)},
          {"overhead", overhead},
          {"estimated_broadcast_net_um", layout.estimated_um}};
}

std::string csv_of(const Layout& layout) {
  std::string csv = csv_row("side", "net_class", "nets", "wire_um", "mean_um", "longest_um");
  for (const auto& [name, side] :
       {std::pair{"base", &layout.base}, {"row_broadcast", &layout.row_broadcast}})
    for (const WireClass& wires : side->wires)
      csv += csv_row(name, wires.key, wires.nets, fmt::format("{:.2f}", wires.total_um),
                     fmt::format("{:.2f}", wires.mean_um()), fmt::format("{:.2f}", wires.most_um));
  return csv;
}

}  // namespace

int synth_layout(const ArrayConfig& config, int seeds, const Outputs& outputs) {
  const Layout layout = place_and_route_layout(config, seeds, terminal_progress());
  end_progress();
  fmt::print(outputs.report(), "{}", text_of(layout));
  outputs.write({{"--json", [&] { return json_text(json_of(layout)); }},
                 {"--csv", [&] { return csv_of(layout); }},
                 {"--svg", [&] { return svg_of(layout); }}});
  return 0;
}

}  // namespace rowcast
