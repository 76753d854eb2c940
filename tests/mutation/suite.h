// The tests that a mutant meets, the quickest first.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/mutation/mutants.h"

namespace rowcast::mutation {

// The test that finds the mutant; empty if none does. Its netlist and what the tools make of it go
// to `folder`. Throws std::runtime_error where a mutant can not be compiled: that would be no kill.
//
//     module testbench   tests/rtl/modules, for the mutant's own parameters; Icarus
//     core testbench     the emitted one; Icarus
//     random steps       against golden and the cycle model; Verilator
//     random moves       of the accelerator, against executor and timeline; Verilator
//
// Random moves are those of subjects in the accelerator, which have no other test; prepare() has
// been called with all of its mutants, numbered from 1 on.
std::string first_killer(const Original& original, const Mutant& mutant,
                         const std::filesystem::path& folder);

// Puts all mutants of a subject in the accelerator into one model.
void prepare(const Original& original, const std::vector<Mutant>& mutants);

}  // namespace rowcast::mutation
