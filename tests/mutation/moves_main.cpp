// mutation_moves SUBJECT MODULE.v: random moves on an accelerator with this file in place of one of
// its modules. Exits with 1 where they find something, with 2 where there is nothing to run.
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "generator/error.h"
#include "generator/files.h"
#include "tests/accelerator/checked_moves.h"
#include "tests/mutation/mutants.h"

namespace {

using namespace rowcast;
using namespace rowcast::accelerator;

std::string first_wrong(const std::shared_ptr<const ModelCode>& code) {
  CheckedMoves moves(code);
  HostTraffic traffic;
  // Seeds of their own for each; the quickest first.
  for (uint64_t seed = 0; seed < 60; ++seed)
    if (std::string wrong = moves.sequence(seed, 6); !wrong.empty()) return wrong;
  for (uint64_t seed = 1000; seed < 1060; ++seed)
    if (std::string wrong = moves.beside_a_host(seed, 6, traffic); !wrong.empty()) return wrong;
  for (uint64_t seed = 2000; seed < 2010; ++seed)
    if (std::string wrong = moves.refusals(seed); !wrong.empty()) return wrong;
  for (uint64_t seed = 3000; seed < 3020; ++seed)
    if (std::string wrong = moves.stops(seed); !wrong.empty()) return wrong;
  for (const Move& move : long_moves(code->config()))
    if (std::string wrong = moves.sequence({move}, 4000); !wrong.empty()) return wrong;
  for (uint64_t seed = 5000; seed < 6000; ++seed) {
    if (std::string wrong = moves.sequence(seed, 8); !wrong.empty()) return wrong;
    if (std::string wrong = moves.beside_a_host(seed, 6, traffic); !wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) throw InputError("usage: mutation_moves SUBJECT MODULE.v");
  const mutation::Subject& subject = mutation::subjects().at(std::stoul(argv[1]));
  std::vector<EmittedFile> modules = emit_modules(subject.config, View::kVector);
  for (EmittedFile& file : modules)
    if (std::filesystem::path(file.path).stem() == subject.module) file.text = read_file(argv[2]);
  const auto code = ModelCode::build(subject.config, View::kVector, modules, {});
  const rlimit limit = {60, 60};  // seconds of processor time
  ::setrlimit(RLIMIT_CPU, &limit);
  try {
    const std::string wrong = first_wrong(code);
    fmt::print("{}\n", wrong);
    return wrong.empty() ? 0 : 1;
  } catch (const HardwareFault& fault) {
    fmt::print("{}\n", fault.what());
    return 1;
  }
} catch (const std::exception& error) {
  fmt::print(stderr, "error: {}\n", error.what());
  return 2;
}
