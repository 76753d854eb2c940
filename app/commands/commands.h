// The commands, one function each: adds itself to the command line and returns what runs it.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "app/reports/report.h"
#include "sim/host/model.h"

namespace rowcast {

using Action = std::function<int()>;  // returns the exit code

Action add_generate(CLI::App& command);
Action add_run(CLI::App& command);
Action add_estimate(CLI::App& command);
Action add_list(CLI::App& command);
Action add_show(CLI::App& command);
Action add_demo(CLI::App& command);
Action add_compare(CLI::App& command);
Action add_synth(CLI::App& command);
Action add_bench(CLI::App& command);

// One line on the terminal that the next one overwrites; quiet in a pipe.
Progress terminal_progress();
void end_progress();

// Simulates and compares the selected layers of one variant.
struct Simulation {
  const Network& network;
  const Variant& variant;
  const Mapping& mapping;
  std::string layers;
  bool allow_overflow = false;
  EmittedFolder rtl;
  RunOptions run;
};
Report simulate(const Simulation& simulation);

}  // namespace rowcast
