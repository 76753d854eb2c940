// Running the outside tools of synthesis on files in a folder of their own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "generator/template.h"

namespace rowcast {

// What the tool prints. Throws std::runtime_error if it can not be run or fails.
std::string run_tool(const std::vector<std::string>& argv, const std::filesystem::path& folder);

// A script or module of synth/, rendered.
std::string rendered(const std::string& name, const TemplateValues& values);

}  // namespace rowcast
