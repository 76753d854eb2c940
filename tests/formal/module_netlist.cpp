#include "tests/formal/module_netlist.h"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

#include "tests/replace.h"

namespace rowcast::test {

ModuleNetlist::ModuleNetlist(const NetlistSource& source, const Seed* seed) {
  for (EmittedFile file : source.files) {
    const std::string name = std::filesystem::path(file.path).filename().string();
    if (seed && name == source.module + ".v") replace_once(file.text, seed->right, seed->wrong);
    write_file(folder_.path() / name, file.text);
  }
  std::string read, undriven;
  if (source.prepared.empty()) {
    for (const std::string& part : source.parts) read += fmt::format("read_verilog {}.v; ", part);
    read += fmt::format("read_verilog {}.v; ", source.module);
  } else {
    yosys(source.prepared);
    read = fmt::format("read_rtlil {}.il; ", source.module);
    undriven = "setundef -undriven -anyseq; ";
  }
  yosys(fmt::format(
      "{}read_verilog -formal -I. {}; hierarchy -check -top {}_properties {}; proc; flatten; {}"
      "opt -nodffe -nosdff; memory_map; opt_clean; async2sync; dffunmap; techmap; opt -nodffe "
      "-nosdff; dffunmap; abc -g AND -fast; opt_clean; {}write_aiger -zinit netlist.aig",
      read, source_path(fmt::format("tests/formal/{}_properties.v", source.module)).string(),
      source.module, source.parameters, undriven,
      source.zeros ? "setundef -undriven -init -zero; " : ""));
}

std::string ModuleNetlist::abc(const std::string& commands) const {
  return run_command("yosys-abc -q 'read_aiger netlist.aig; strash; " + commands + "'",
                     folder_.path())
      .text;
}

void ModuleNetlist::yosys(const std::string& script) const {
  const CommandResult result = run_command(fmt::format("yosys -q -p '{}'", script), folder_.path());
  if (result.status != 0) throw std::logic_error(result.text);
}

}  // namespace rowcast::test
