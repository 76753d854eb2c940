// mutation_steps SUBJECT NETLIST.v: the random step sequences on one netlist of a subject. Exits
// with 1 where they find something, with 2 where there is nothing to run.
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdio>
#include <exception>
#include <string>

#include "generator/error.h"
#include "generator/files.h"
#include "tests/mutation/mutants.h"
#include "tests/random_steps.h"

int main(int argc, char** argv) try {
  using namespace rowcast;
  if (argc != 3) throw InputError("usage: mutation_steps SUBJECT NETLIST.v");
  const ArrayConfig& config = mutation::subjects().at(std::stoul(argv[1])).config.array;
  const auto code =
      ModelCode::build({config, View::kStructural, {{"rc_core.v", read_file(argv[2])}}}, {});
  const rlimit limit = {60, 60};  // seconds of processor time
  ::setrlimit(RLIMIT_CPU, &limit);
  try {
    for (int sequence = 0; sequence < 40; ++sequence) {
      const std::string wrong = random_steps(code, sequence);
      if (wrong.empty()) continue;
      fmt::print("{}\n", wrong);
      return 1;
    }
  } catch (const HardwareFault& fault) {
    fmt::print("{}\n", fault.what());
    return 1;
  }
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "error: {}\n", error.what());
  return 2;
}
