// Running the outside tools of synthesis on files in a folder of their own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "generator/config.h"
#include "generator/template.h"
#include "sim/host/model.h"

namespace rowcast {

// What the tool prints. Throws std::runtime_error if it can not be run or fails.
std::string run_tool(const std::vector<std::string>& argv, const std::filesystem::path& folder);

// Runs a command that does nothing, as `yosys -V`; throws InputError, which names the target of
// synth and Debian's package, if that fails.
void require_tool(const std::vector<std::string>& command, const std::string& target,
                  const std::string& package);

// For sides that report at the same time. `progress`, which may be empty, has to outlive it.
Progress one_at_a_time(const Progress& progress);

// "base" or "row broadcast".
std::string side_name(const ArrayConfig& config);

// A script or module of synth/, rendered.
std::string rendered(const std::string& name, const TemplateValues& values);

}  // namespace rowcast
