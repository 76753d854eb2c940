#include "tests/formal/module_netlist.h"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

#include "generator/files.h"
#include "tests/replace.h"

namespace rowcast::test {

ModuleNetlist::ModuleNetlist(const std::string& module, const std::vector<EmittedFile>& modules,
                             const std::string& parameters, bool zeros, const Seed* seed) {
  // What it is made of comes along, but nothing that is made of it.
  std::string text;
  for (EmittedFile file : modules) {
    const std::string name = std::filesystem::path(file.path).stem().string();
    if (seed && name == module) replace_once(file.text, seed->right, seed->wrong);
    text += file.text;
    if (name == module) break;
  }
  write_file(folder_.path() / "modules.v", text);
  const CommandResult yosys = run_command(
      fmt::format("yosys -q -p 'read_verilog modules.v {0}; hierarchy -check -top {1}_properties "
                  "{2}; proc; flatten; opt -nodffe -nosdff; memory_map; opt_clean; async2sync; "
                  "dffunmap; techmap; opt -nodffe -nosdff; dffunmap; abc -g AND -fast; "
                  "opt_clean; {3}write_aiger -zinit netlist.aig'",
                  source_path(fmt::format("tests/formal/{}_properties.v", module)).string(), module,
                  parameters, zeros ? "setundef -undriven -init -zero; " : ""),
      folder_.path());
  if (yosys.status != 0) throw std::logic_error(yosys.text);
}

std::string ModuleNetlist::abc(const std::string& commands) const {
  return run_command("yosys-abc -q 'read_aiger netlist.aig; strash; " + commands + "'",
                     folder_.path())
      .text;
}

}  // namespace rowcast::test
