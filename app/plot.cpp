#include "app/plot.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "generator/files.h"
#include "sim/host/process.h"

namespace rowcast {

const std::vector<std::string> kColours = {"#0072B2", "#E69F00", "#009E73", "#D55E00",
                                           "#CC79A7", "#56B4E9", "#F0E442", "#555555"};

std::string plot_svg(const std::string& script, int width, int height) {
  static int number = 0;
  const std::filesystem::path base = std::filesystem::temp_directory_path() /
                                     fmt::format("rowcast-plot-{}-{}", ::getpid(), ++number);
  const std::string script_path = base.string() + ".gp", svg_path = base.string() + ".svg";
  write_file(script_path, fmt::format("set terminal svg size {},{} dynamic noenhanced font "
                                      "'sans-serif,13' name 'p{}' background '#ffffff'\n"
                                      "set output '{}'\n{}\n",
                                      width, height, number, svg_path, script));
  const ProcessResult result = run_process({"gnuplot", script_path});
  std::error_code ignored;
  std::string svg;
  if (result.status == 0) svg = read_file(svg_path);
  std::filesystem::remove(script_path, ignored);
  std::filesystem::remove(svg_path, ignored);
  if (result.status != 0)
    throw std::runtime_error(
        fmt::format("gnuplot failed with status {}: {}", result.status, result.output));
  const size_t begin = svg.find("<svg");
  return begin == std::string::npos ? svg : svg.substr(begin);
}

std::string plot_label(std::string text) {
  for (char& c : text)
    if (c == '"' || c == '\\') c = '\'';
  return text;
}

}  // namespace rowcast
