// Files: those of the source tree that the program needs while it runs (templates, networks, the
// model's shim), those it writes, and folders for a while.
#pragma once

#include <filesystem>
#include <string>

#include "generator/ending.h"

namespace rowcast {

// A path inside the source tree; ROWCAST_ROOT in the environment overrides where that is.
std::filesystem::path source_path(const std::filesystem::path& relative);

// A whole file. Throws InputError if it can not be read, or has no end in sight.
std::string read_file(const std::filesystem::path& path);

// By way of a temporary file in the same folder, so that a reader never sees half of it; see
// generator/output_file.h. Throws InputError if that is not possible.
void write_file(const std::filesystem::path& path, std::string_view text);

// A fresh folder below the system's temporary folder, or another; gone at the end of its scope, or
// of the program. Throws InputError if there can be none.
class TempFolder {
 public:
  TempFolder();
  explicit TempFolder(const std::filesystem::path& within);
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  Ending early_;
};

// FNV-1a, 64 bits, as 16 hexadecimal digits.
std::string hash_text(std::string_view text);

// Of the running program's own file: for what is kept and depends on its code.
std::string program_hash();

}  // namespace rowcast
