// Running other programs from tests.
#pragma once

#include <filesystem>
#include <string>

namespace rowcast::test {

struct CommandResult {
  int status;        // exit status; 128 + signal where it was killed
  std::string text;  // standard output and standard error, interleaved
};

// Runs a shell command in a folder, which exists.
CommandResult run_command(const std::string& command, const std::filesystem::path& folder = ".");

// A fresh folder below the system's temporary folder; gone at the end of its scope.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace rowcast::test
