// What OpenSTA's reports say.
#pragma once

#include <optional>
#include <string>

namespace rowcast {

struct Timing {
  double critical_ns = 0;  // the longest path from register to register, with its setup time
  double slack_ns = 0;     // at the clock asked for
  std::string from, to;    // the path's ends
  double fmax_mhz() const { return 1000 / critical_ns; }
};

struct PowerSplit {
  double internal_w = 0, switching_w = 0, leakage_w = 0;
  double total_w() const { return internal_w + switching_w + leakage_w; }
};
struct Power {
  PowerSplit sequential, combinational;
  double total_w() const { return sequential.total_w() + combinational.total_w(); }
};

// The part of a report behind the line `mark`, which the script prints. These throw
// std::runtime_error, with the report's beginning, if something is missing.
std::string section(const std::string& report, const std::string& mark);

// Of the first path of report_checks.
Timing timing_of(const std::string& report, double clock_ns);

// The same; none if the report says that there is no path.
std::optional<Timing> path_of(const std::string& report, double clock_ns);

// Of report_power.
Power power_of(const std::string& report);

}  // namespace rowcast
