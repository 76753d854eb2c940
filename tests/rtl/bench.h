// A module's own testbench, tests/rtl/modules/MODULE_tb.v, in Icarus.
#pragma once

#include <filesystem>
#include <string>

#include "tests/shell.h"

namespace rowcast::test {

// Compiles it with the emitted files in `folder`, and runs it. `parameters` are the testbench's, as
// "NAME=VALUE NAME=VALUE"; `options` are iverilog's own.
CommandResult run_bench(const std::string& module, const std::string& parameters,
                        const std::filesystem::path& folder, const std::string& options = "");

}  // namespace rowcast::test
