// Running the outside tools of synthesis on files in a folder of their own.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "generator/config.h"
#include "generator/template.h"
#include "sim/host/model.h"

namespace rowcast {

// A tool that ran, and failed.
class ToolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What the tool prints. Throws ToolError if it fails; InputError if it can not be run, or if the
// folder can not be written.
std::string run_tool(const std::vector<std::string>& argv, const std::filesystem::path& folder);

// A file of a tool's. Throws ToolError, or InputError if the folder can not be written, if it is
// not complete.
nlohmann::json read_tool_json(const std::filesystem::path& file);

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
