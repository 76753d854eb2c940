#include "tests/mutation/suite.h"

#include <fmt/format.h>

#include <regex>
#include <stdexcept>

#include "generator/files.h"
#include "tests/accelerator/move_fields.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast::mutation {
namespace fs = std::filesystem;
namespace {

// Seconds of processor time; the longest test of an unchanged design takes one or two. A mutant
// that hangs is found.
constexpr int kLimit = 30;

bool passes(const std::string& compile, const fs::path& folder) {
  const test::CommandResult compiled = test::run_command(compile, folder);
  if (compiled.status != 0)
    throw std::runtime_error("a mutant does not compile: " + compiled.text.substr(0, 600));
  const test::CommandResult run =
      test::run_command(fmt::format("ulimit -t {}; exec vvp -n tb.vvp", kLimit), folder);
  return run.status == 0 && run.text.starts_with("PASS");
}

bool passes_module_testbench(const Original& original, const Mutant& mutant, std::string netlist,
                             const fs::path& folder) {
  const std::string bench = mutant.module + "_tb";
  const fs::path source = source_path("tests/rtl/modules") / (bench + ".v");
  if (!fs::exists(source)) return true;
  const std::string text = read_file(source);

  // The netlist's module has lost its parameters; the testbench gives them by name.
  std::string parameters, given;
  for (const auto& [name, value] : original.parameters(mutant.yosys_module)) {
    parameters += fmt::format("{}parameter {} = {}", parameters.empty() ? "" : ", ", name, value);
    if (std::regex_search(text, std::regex(fmt::format("\\bparameter\\s+integer\\s+{}\\b", name))))
      given += fmt::format(" -P{}.{}={}", bench, name, value);
  }
  const std::string name = mutant.yosys_module.find_first_of("$\\") == std::string::npos
                               ? mutant.yosys_module
                               : "\\" + mutant.yosys_module + " ";
  if (!parameters.empty())
    test::replace_once(netlist, fmt::format("module {}(", name),
                       fmt::format("module {} #({})(", mutant.module, parameters));
  write_file(folder / "module.v", netlist);
  write_file(folder / "move_fields.vh", test::move_fields_vh());
  return passes(fmt::format("iverilog -g2005 -I. -o tb.vvp -s {} {}{} module.v {}", bench,
                            original.subject().config.array.row_broadcast ? "-DROW_BROADCAST" : "",
                            given, source.string()),
                folder);
}

bool passes_core_testbench(const Original& original, const fs::path& folder) {
  return passes(fmt::format("iverilog -g2005 -o tb.vvp -s rc_core_tb mutant.v {}",
                            original.testbench().string()),
                folder);
}

// In a process of its own: a mutant may bring the verilated code to abort.
bool passes_random_steps(const Mutant& mutant, const fs::path& folder) {
  const test::CommandResult run = test::run_command(
      fmt::format("{} {} mutant.v", ROWCAST_MUTATION_STEPS, mutant.subject), folder);
  if (run.status == 2) throw std::runtime_error("a mutant does not compile: " + run.text);
  return run.status == 0;
}

// All of a subject's mutants in one file, and so in one model, which is built once.
fs::path switched_file(const Original& original) { return original.folder() / "all_mutants.v"; }

bool passes_random_moves(const Original& original, const Mutant& mutant, const fs::path& folder) {
  write_file(folder / kChosen, fmt::format("{:x}\n", mutant.number));
  const test::CommandResult run =
      test::run_command(fmt::format("{} {} {}", ROWCAST_MUTATION_MOVES, mutant.subject,
                                    switched_file(original).string()),
                        folder);
  if (run.status == 2) throw std::runtime_error("mutants do not compile: " + run.text);
  return run.status == 0;
}

}  // namespace

void prepare(const Original& original, const std::vector<Mutant>& mutants) {
  write_file(switched_file(original), original.switched(mutants, original.folder()));
}

std::string first_killer(const Original& original, const Mutant& mutant, const fs::path& folder) {
  if (original.subject().in_accelerator)
    return passes_random_moves(original, mutant, folder) ? "" : "random moves";
  const std::string netlist = original.netlist(mutant, folder);
  if (!passes_module_testbench(original, mutant, netlist, folder)) return "module testbench";
  if (original.subject().design() == Design::kAccelerator) return {};
  if (!passes_core_testbench(original, folder)) return "core testbench";
  if (!passes_random_steps(mutant, folder)) return "random steps";
  return {};
}

}  // namespace rowcast::mutation
