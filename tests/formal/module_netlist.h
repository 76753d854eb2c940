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

class ModuleNetlist {
 public:
  // An AIG whose outputs are the properties' violated_o, of these modules' text; `parameters` are
  // hierarchy's. Registers wake up with anything, or as zeros.
  ModuleNetlist(const std::string& module, const std::vector<EmittedFile>& modules,
                const std::string& parameters, bool zeros, const Seed* seed = nullptr);

  std::string abc(const std::string& commands) const;

 private:
  rowcast::TempFolder folder_;
};

}  // namespace rowcast::test
