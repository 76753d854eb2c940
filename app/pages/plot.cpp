#include "app/pages/plot.h"

#include <fmt/format.h>

#include <stdexcept>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/host/process.h"

namespace rowcast {

const std::vector<std::string> kColours = {"#0072B2", "#E69F00", "#009E73", "#D55E00",
                                           "#CC79A7", "#56B4E9", "#F0E442", "#555555"};

void check_gnuplot() {
  if (run_process({"gnuplot", "--version"}).status != 0)
    throw InputError("gnuplot: can not be run, --html needs it (Debian package gnuplot-nox)");
}

std::string plot_svg(const std::string& script, int width, int height) {
  static int number = 0;
  const TempFolder folder;
  write_file(folder.path() / "plot.gp",
             fmt::format("set terminal svg size {},{} dynamic noenhanced font "
                         "'sans-serif,13' name 'p{}' background '#ffffff'\n"
                         "set output 'plot.svg'\n{}\n",
                         width, height, ++number, script));
  const ProcessResult result = run_process({"gnuplot", "plot.gp"}, folder.path().string());
  if (result.status != 0)
    throw std::runtime_error(
        fmt::format("gnuplot failed with status {}: {}", result.status, result.output));
  const std::string svg = read_file(folder.path() / "plot.svg");
  const size_t begin = svg.find("<svg");
  return begin == std::string::npos ? svg : svg.substr(begin);
}

std::string plot_label(std::string text) {
  for (char& c : text)
    if (c == '"' || c == '\\') c = '\'';
  return text;
}

}  // namespace rowcast
