#include "app/pages/plot.h"

#include <fmt/format.h>

#include <stdexcept>
#include <string_view>

#include "app/pages/html_page.h"
#include "generator/error.h"
#include "generator/files.h"
#include "sim/host/process.h"

namespace rowcast {

const std::vector<std::string> kColours = {"#0072B2", "#E69F00", "#009E73", "#D55E00",
                                           "#CC79A7", "#56B4E9", "#F0E442", "#555555"};

void check_gnuplot(std::string_view option) {
  if (run_process({"gnuplot", "--version"}).status != 0)
    throw InputError(
        fmt::format("gnuplot: can not be run, {} needs it (Debian package gnuplot-nox)", option));
}

namespace {

// A byte of a label is code point U+E000 + byte, of the private use area: three bytes of UTF-8.
std::string hidden(unsigned char byte) {
  return {'\xEE', static_cast<char>(0x80 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3F))};
}

// gnuplot's hypertexts as titles, which browsers show without a script.
std::string with_titles(std::string_view svg) {
  constexpr std::string_view
      kBegin = R"(<g onmousemove="gnuplot_svg.showHypertext(evt,')",
      kEnd = R"--(')" onmouseout="gnuplot_svg.hideHypertext()"><title> </title>)--";
  std::string result;
  for (;;) {
    const size_t begin = svg.find(kBegin), end = svg.find(kEnd, begin);
    if (end == std::string_view::npos) return result += svg;
    result += svg.substr(0, begin);
    const size_t text = begin + kBegin.size();
    result += "<g><title>";
    result += svg.substr(text, end - text);
    result += "</title>";
    svg.remove_prefix(end + kEnd.size());
  }
}

std::string with_labels(std::string_view svg) {
  std::string result;
  for (size_t at = 0; at < svg.size();) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(svg[at + i]); };
    if (byte(0) != 0xEE || at + 2 >= svg.size() || byte(1) > 0x83) {
      result += svg[at++];
      continue;
    }
    const char label[] = {static_cast<char>((byte(1) & 3) << 6 | (byte(2) & 0x3F))};
    result += html_text({label, 1});
    at += 3;
  }
  return result;
}

}  // namespace

std::string plot_label(std::string_view text) {
  std::string label;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view(" .,:+-_/()").find(c) != std::string_view::npos;
    label += plain ? std::string(1, c) : hidden(static_cast<unsigned char>(c));
  }
  return label;
}

std::string plot_text(std::string_view text) { return fmt::format("\"{}\"", plot_label(text)); }

std::string plot_svg(const std::string& script, int width, int height) {
  static int number = 0;
  const TempFolder folder;
  write_file(folder.path() / "plot.gp",
             fmt::format("set encoding utf8\nset terminal svg size {},{} dynamic noenhanced font "
                         "'sans-serif,13' name 'p{}' background '#ffffff'\n"
                         "set output 'plot.svg'\n{}\n",
                         width, height, ++number, script));
  const ProcessResult result = run_process({"gnuplot", "plot.gp"}, folder.path().string());
  if (result.status != 0)
    throw std::runtime_error(
        fmt::format("gnuplot failed with status {}: {}", result.status, result.output));
  const std::string svg = read_file(folder.path() / "plot.svg");
  const size_t begin = svg.find("<svg");
  return with_labels(with_titles(begin == std::string::npos ? svg : svg.substr(begin)));
}

}  // namespace rowcast
