// A module with its numbered properties (NAME_properties.v) as a netlist, for ABC.
#pragma once

#include <string>
#include <vector>

#include "generator/emit.h"
#include "generator/files.h"
#include "tests/shell.h"

namespace rowcast::test {

// One place of a module's text that is changed.
struct Seed {
  const char* name;
  const char* right;
  const char* wrong;
};

struct NetlistSource {
  std::string module;
  std::vector<EmittedFile> files;    // its own, those of what it is made of, and what they include
  std::string parameters;            // hierarchy's, of the properties' module
  bool zeros = false;                // registers wake up as zeros; else with anything
  std::vector<std::string> parts{};  // modules that it is made of, those of them that are read
  // A script of Yosys that makes MODULE.il, which is read in place of the Verilog; its wires that
  // nobody drives are inputs.
  std::string prepared{};
};

class ModuleNetlist {
 public:
  // An AIG whose outputs are the properties' violated_o.
  explicit ModuleNetlist(const NetlistSource& source, const Seed* seed = nullptr);

  std::string abc(const std::string& commands) const;

 private:
  void yosys(const std::string& script) const;

  rowcast::TempFolder folder_;
};

}  // namespace rowcast::test
