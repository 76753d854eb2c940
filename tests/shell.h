// Running other programs from tests.
#pragma once

#include <filesystem>
#include <string>

namespace rowcast::test {

struct CommandResult {
  int status;        // exit status; 128 + signal where it was killed
  std::string text;  // standard output and standard error, interleaved
};

// As one word of a shell command.
std::string quoted(const std::string& text);

// Runs a shell command in a folder, which exists.
CommandResult run_command(const std::string& command, const std::filesystem::path& folder = ".");

}  // namespace rowcast::test
