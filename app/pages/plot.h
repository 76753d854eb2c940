// Plots by gnuplot, as SVG text.
#pragma once

#include <string>
#include <vector>

namespace rowcast {

// Okabe and Ito's colours, which colour-blind readers tell apart.
extern const std::vector<std::string> kColours;

// Throws InputError, before any work is done, if gnuplot can not be run.
void check_gnuplot();

// Runs a gnuplot script that draws one plot of `width` × `height` pixels; data goes in as $name <<
// EOD blocks. Returns the SVG element. Throws std::runtime_error with gnuplot's message.
std::string plot_svg(const std::string& script, int width, int height);

// A text as gnuplot shows it literally.
std::string plot_label(std::string text);

}  // namespace rowcast
