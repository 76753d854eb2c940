// command_line_fuzz [COUNT [SEED]]: the campaign of random command lines. Exit code 1 if one of
// them ended as none may.
#include <fmt/format.h>

#include <cstdlib>

#include "generator/parse.h"
#include "tests/system/command_line_fuzz.h"

int main(int argc, char** argv) {
  rowcast::test::FuzzOptions options{.seed = 1, .count = 2000, .tools = true, .seconds = 300};
  if ((argc > 1 && !rowcast::parse_number(argv[1], options.count)) ||
      (argc > 2 && !rowcast::parse_number(argv[2], options.seed)) || argc > 3) {
    fmt::print(stderr, "error: usage: command_line_fuzz [COUNT [SEED]]\n");
    return 2;
  }
  const rowcast::test::FuzzReport report = rowcast::test::fuzz_command_line(options);
  for (const std::string& fault : report.faults) fmt::print("{}\n\n", fault);
  fmt::print("{} command lines of seed {}", options.count, options.seed);
  for (const auto& [status, count] : report.statuses)
    fmt::print(", {} times exit code {}", count, status);
  fmt::print("; {} ended as none may\n", report.faults.size());
  return report.faults.empty() ? 0 : 1;
}
