// Plots by gnuplot, as SVG text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rowcast {

// Okabe and Ito's colours, which colour-blind readers tell apart.
extern const std::vector<std::string> kColours;
// Points that are told apart without colours.
inline constexpr int kMarks[] = {7, 5, 9, 11, 13};

// Throws InputError, before any work is done, if gnuplot can not be run.
void check_gnuplot(std::string_view option = "--html");

// Runs a gnuplot script that draws one plot of `width` × `height` pixels; data goes in as $name <<
// EOD blocks. Returns the SVG element, in which hypertexts are titles: what is shown under the
// mouse. Throws std::runtime_error with gnuplot's message.
std::string plot_svg(const std::string& script, int width, int height);

// How a text that is not this program's own stands in a script, in quotes: gnuplot sees letters,
// digits and code points without a meaning, and plot_svg puts the text in their place. Whatever
// gnuplot would carry out, as it does with backquotes, never reaches it.
std::string plot_label(std::string_view text);
// The same in its quotes, as a column of data or a label.
std::string plot_text(std::string_view text);

}  // namespace rowcast
