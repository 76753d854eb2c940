// Running a tool.
#pragma once

#include <string>
#include <vector>

namespace rowcast {

struct ProcessResult {
  int status = -1;     // exit code; 128 + signal; -1: could not be started
  std::string output;  // stdout and stderr, as they came
};

// Runs argv[0] (searched in PATH), without a shell and without standard input, in `folder` if
// given. The tool and what it starts end with this program, however that ends.
ProcessResult run_process(const std::vector<std::string>& argv, const std::string& folder = {});

}  // namespace rowcast
