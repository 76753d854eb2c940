#include "synth/sta_report.h"

#include <fmt/format.h>

#include <sstream>
#include <stdexcept>

namespace rowcast {
namespace {

[[noreturn]] void fail(const std::string& missing, const std::string& report) {
  throw std::runtime_error(fmt::format("sta reports no {}: {}", missing, report.substr(0, 400)));
}

double number_before(const std::string& text, const std::string& mark) {
  const size_t at = text.find(mark);
  if (at == std::string::npos) fail(mark, text);
  const size_t line = text.rfind('\n', at) + 1;
  std::istringstream words(text.substr(line, at - line));
  double number = 0, last = 0;
  while (words >> number) last = number;
  return last;
}

std::string word_after(const std::string& text, const std::string& mark) {
  const size_t at = text.find(mark);
  std::istringstream words(at == std::string::npos ? "" : text.substr(at + mark.size()));
  std::string word;
  words >> word;
  return word;
}

PowerSplit power_row(const std::string& report, const char* mark) {
  const size_t at = report.find(mark);
  if (at == std::string::npos) fail("power", report);
  std::istringstream words(report.substr(at, 200));
  std::string name;
  PowerSplit power;
  words >> name >> power.internal_w >> power.switching_w >> power.leakage_w;
  return power;
}

}  // namespace

std::string section(const std::string& report, const std::string& mark) {
  const std::string line = mark + "\n";
  const size_t at = report.starts_with(line) ? 0 : report.find("\n" + line);
  if (at == std::string::npos) fail(mark, report);
  return report.substr(at);
}

Timing timing_of(const std::string& report, double clock_ns) {
  Timing timing;
  timing.slack_ns = number_before(report, "slack (");
  timing.critical_ns = clock_ns - timing.slack_ns;
  timing.from = word_after(report, "Startpoint:");
  timing.to = word_after(report, "Endpoint:");
  return timing;
}

std::optional<Timing> path_of(const std::string& report, double clock_ns) {
  const size_t none = report.find("No paths found."), start = report.find("Startpoint:");
  if (none < start) return std::nullopt;
  return timing_of(report, clock_ns);
}

Power power_of(const std::string& report) {
  return {power_row(report, "\nSequential"), power_row(report, "\nCombinational")};
}

}  // namespace rowcast
