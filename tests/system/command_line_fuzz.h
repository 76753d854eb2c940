// Random command lines, drawn from the program's own list of options: good, bad and odd values, in
// a folder with good, bad and odd files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rowcast::test {

struct FuzzReport {
  std::map<int, int> statuses;      // how often the program ended with each
  std::vector<std::string> faults;  // a command line each, and what was wrong with its end
};

struct FuzzOptions {
  uint64_t seed = 1;
  int count = 100;
  // With tools on PATH, so that arrays are simulated; else the program finds them missing.
  bool tools = false;
  int seconds = 60;  // a call that takes longer hangs
};

// Demanded of every call: exit code 0 without an error; or 2 with one on stderr, and nothing
// written; or 1 where the RTL given is known to be wrong. Never a signal, never a temporary file
// left behind. Where it can (as root, by setpriv) the program runs as nobody, so that no file
// outside is at risk and unreadable ones are.
FuzzReport fuzz_command_line(const FuzzOptions& options);

}  // namespace rowcast::test
