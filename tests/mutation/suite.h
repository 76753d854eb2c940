// The tests that a mutant meets, the quickest first.
#pragma once

#include <filesystem>
#include <string>

#include "tests/mutation/mutants.h"

namespace rowcast::mutation {

// The test that finds the mutant; empty if none does. Its netlist and what the tools make of it go
// to `folder`. Throws std::runtime_error where a mutant can not be compiled: that would be no kill.
//
//     module testbench   tests/rtl/modules, for the mutant's own parameters; Icarus
//     core testbench     the emitted one; Icarus
//     random steps       against golden and the cycle model; Verilator
std::string first_killer(const Original& original, const Mutant& mutant,
                         const std::filesystem::path& folder);

}  // namespace rowcast::mutation
