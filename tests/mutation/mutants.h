// Mutants of the generated RTL: what Yosys' `mutate` changes in a netlist that is otherwise the
// emitted design, elaborated for one configuration, word by word.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/accelerator/emit.h"

namespace rowcast::mutation {

enum class Design { kCore, kAccelerator };

// A configuration that is mutated. Small and narrow: every bit of every counter is then within a
// testbench's reach.
struct Subject {
  std::string name;
  accelerator::AcceleratorConfig config;  // of the core its array alone
  int share;                              // percent of each of its modules' mutants
  // A module of the accelerator, mutated by itself with these parameters, "N=4 COUNT_W=3"; without
  // one, all of the core's as they are in it.
  std::string module = {}, parameters = {};
  // The module stays in an accelerator of this configuration; it meets random moves, and has no
  // testbench.
  bool in_accelerator = false;

  Design design() const { return module.empty() ? Design::kCore : Design::kAccelerator; }
  std::string top() const {
    return module.empty() ? "rc_core" : in_accelerator ? accelerator::kTop : module;
  }
};
const std::vector<Subject>& subjects();

struct Mutant {
  size_t subject = 0;        // of subjects()
  std::string module;        // as in rtl_templates, "rc_pe"
  std::string yosys_module;  // elaborated, "$paramod$...\rc_pe"
  // Names the mutant whatever the line numbers: module, cell by what it drives or by its source's
  // text, port, bit and change.
  std::string name;
  std::string command;  // for Yosys; empty: nothing is changed
  int number = 0;       // in its subject's switched module; 0: nothing is changed
};

// One subject, emitted and elaborated into a folder.
class Original {
 public:
  // Throws std::runtime_error if Yosys fails.
  Original(size_t subject, const std::filesystem::path& folder);

  const Subject& subject() const { return subjects()[subject_]; }
  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path testbench() const { return folder_ / "tb/rc_core_tb.v"; }

  // Names of the modules that are mutated, and how many mutations Yosys knows of each.
  const std::map<std::string, int>& sites() const { return sites_; }
  // A choice of Yosys', spread over the module's source.
  std::vector<Mutant> mutants(const std::string& module, int count, int seed) const;
  // Nothing changed, seen from this module's testbench.
  Mutant unchanged(const std::string& module) const;
  // The parameters of an elaborated module.
  const std::map<std::string, int64_t>& parameters(const std::string& yosys_module) const {
    return elaborated_.at(yosys_module).parameters;
  }
  // The whole design as Verilog with this one change.
  std::string netlist(const Mutant& mutant, const std::filesystem::path& folder) const;
  // The subject's module with all of these mutants in it, to stand in for the emitted file. Which
  // of them is in force it reads from a file, kChosen, when the simulation begins.
  std::string switched(const std::vector<Mutant>& mutants,
                       const std::filesystem::path& folder) const;

 private:
  struct Elaborated {
    std::string module;
    std::map<std::string, int64_t> parameters;
    std::map<std::string, std::string> cells;  // Yosys' name to ours
  };
  void read_netlist(const std::filesystem::path& file);
  std::string source(const std::string& range) const;

  size_t subject_;
  std::filesystem::path folder_;
  std::map<std::string, Elaborated> elaborated_;  // by Yosys' name
  std::map<std::string, int> sites_;
};

// In the working folder, a mutant's number in hexadecimal digits.
inline constexpr const char* kChosen = "mutant.hex";

// Runs Yosys on a script; its output. Throws std::runtime_error with what it says if it fails.
std::string run_yosys(const std::string& script, const std::filesystem::path& folder);

}  // namespace rowcast::mutation
