#include "app/pages/layout_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "app/pages/plot.h"

namespace rowcast {
namespace {

constexpr double kMargin = 20, kTitle = 30, kLegend = 34;  // µm
constexpr double kTitleWidth = 260, kLegendWidth = 760;    // at least, so that no text is cut
constexpr int kMostNamed = 4;                              // elements in the legend
constexpr const char* kNoElement = "#bbbbbb";

// Neighbours differ, in a row and in a column.
const std::string& colour_of(int element, int cols) {
  return kColours[static_cast<size_t>(element % cols + 3 * (element / cols)) %
                  (kColours.size() - 1)];
}

// Cells of one colour as one path; those that touch are one rectangle.
std::string cells_of(const LayoutSide& side, int cols) {
  std::vector<PlacedCell> cells = side.placed;
  std::ranges::sort(cells, {}, [](const PlacedCell& cell) {
    return std::tuple(cell.element, cell.y_um, cell.x_um);
  });
  std::map<std::string, std::string> paths;
  for (size_t i = 0; i < cells.size();) {
    const PlacedCell& first = cells[i];
    double right = first.x_um + first.width_um;
    for (++i; i < cells.size() && cells[i].element == first.element &&
              cells[i].y_um == first.y_um && cells[i].x_um < right + 0.01;
         ++i)
      right = cells[i].x_um + cells[i].width_um;
    paths[first.element < 0 ? kNoElement : colour_of(first.element, cols)] +=
        fmt::format("M{:.6g} {:.6g}h{:.6g}v{:.6g}H{:.6g}z", first.x_um, side.height_um - first.y_um,
                    right - first.x_um, -first.height_um, first.x_um);
  }
  std::string svg;
  for (const auto& [colour, path] : paths)
    svg += fmt::format("<path fill=\"{}\" d=\"{}\"/>\n", colour, path);
  return svg;
}

std::string wires_of(const LayoutSide& side) {
  std::string path;
  for (const DefWire& wire : side.broadcast)
    path += fmt::format("M{:.6g} {:.6g}L{:.6g} {:.6g}", wire.x0_um, side.height_um - wire.y0_um,
                        wire.x1_um, side.height_um - wire.y1_um);
  return path.empty() ? "" : fmt::format("<path class=\"w\" d=\"{}\"/>\n", path);
}

std::string legend(const ArrayConfig& config, double y, bool wires) {
  std::string svg;
  double x = 0;
  const auto entry = [&](const std::string& swatch, const std::string& text) {
    svg += fmt::format(
        "<g transform=\"translate({:.6g} {:.6g})\">{}<text x=\"18\" y=\"11\">{}</text></g>\n", x, y,
        swatch, text);
    x += 28 + 8 * static_cast<double>(text.size());
  };
  const auto square = [](const std::string& colour) {
    return fmt::format("<path fill=\"{}\" d=\"M0 0h12v12H0z\"/>", colour);
  };
  if (config.rows * config.cols > kMostNamed)
    entry(square(colour_of(0, config.cols)), "and other colours: an element each");
  else
    for (int element = 0; element < config.rows * config.cols; ++element)
      entry(square(colour_of(element, config.cols)),
            fmt::format("element {},{}", element / config.cols, element % config.cols));
  entry(square(kNoElement), "sequencer, edges");
  if (wires) entry("<path class=\"w\" d=\"M0 6h12\"/>", "broadcast");
  return svg;
}

}  // namespace

std::string svg_of(const Layout& layout) {
  const ArrayConfig& config = layout.config;
  const auto picture = [&](const LayoutSide& side, const char* name, double x) {
    return fmt::format(
        "<g transform=\"translate({:.6g} {:.6g})\">\n<text y=\"-10\">{}, {:.0f} × {:.0f} "
        "µm</text>\n"
        "<path fill=\"#f4f4f4\" d=\"M0 0h{:.6g}v{:.6g}H0z\"/>\n{}{}</g>\n",
        x, kMargin + kTitle, name, side.width_um, side.height_um, side.width_um, side.height_um,
        cells_of(side, config.cols), wires_of(side));
  };
  const LayoutSide &base = layout.base, &extended = layout.row_broadcast;
  const double second = kMargin + std::max(base.width_um, kTitleWidth) + 2 * kMargin,
               width = std::max(second + std::max(extended.width_um, kTitleWidth) + kMargin,
                                kLegendWidth),
               bottom = kMargin + kTitle + std::max(base.height_um, extended.height_um) + kMargin;
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\">\n"
      "<style>text{{font:14px "
      "sans-serif;fill:#222}}.w{{fill:none;stroke:#000;stroke-width:1.6}}</style>\n"
      "<path fill=\"#fff\" d=\"M0 0h{:.0f}v{:.0f}H0z\"/>\n{}{}<g transform=\"translate({:.6g} "
      "0)\">{}</g>\n</svg>\n",
      width, bottom + kLegend, width, bottom + kLegend, picture(base, "base", kMargin),
      picture(extended, "row broadcast", second), kMargin,
      legend(config, bottom, !extended.broadcast.empty()));
}

}  // namespace rowcast
