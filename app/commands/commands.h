// The commands, one function each: adds itself to the command line and returns what runs it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/options/command_options.h"
#include "app/reports/report.h"
#include "sim/host/model.h"

namespace rowcast {

using Action = std::function<int()>;  // returns the exit code

Action add_generate(CommandOptions& command);
Action add_import(CommandOptions& command);
Action add_compile(CommandOptions& command);
Action add_glyphs(CommandOptions& command);
Action add_run(CommandOptions& command);
Action add_estimate(CommandOptions& command);
Action add_explain(CommandOptions& command);
Action add_list(CommandOptions& command);
Action add_show(CommandOptions& command);
Action add_demo(CommandOptions& command);
Action add_compare(CommandOptions& command);
Action add_sweep(CommandOptions& command);
Action add_search(CommandOptions& command);
Action add_train(CommandOptions& command);
Action add_synth(CommandOptions& command);
Action add_watch(CommandOptions& command);
Action add_bench(CommandOptions& command);

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
