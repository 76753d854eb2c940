// How a text gets into a file: links are followed, what is no ordinary file is written through, and
// an ordinary one is replaced as a whole.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rowcast {

// Where an output goes.
struct Destination {
  std::filesystem::path given;  // as the user calls it
  std::filesystem::path path;   // absolute, without symbolic links
  int descriptor = -1;          // of what is open already, as /dev/stdout and /dev/fd/3 are
  bool exists = false;
  bool special = false;  // a pipe, a device, or open already: written through, never replaced
  dev_t device = 0;      // with `node` the file's identity, if it exists
  ino_t node = 0;
};
// Throws InputError if nothing can be written there.
Destination destination_of(const std::filesystem::path& path);
Destination standard_output();

// What is written to one would be lost or mixed with what is written to the other. /dev/null is no
// such thing.
bool same_file(const Destination& a, const Destination& b);

struct OutputFile {
  Destination destination;
  std::string_view text;
};
// All of them or, where the disk is full, none; only what has to be written through may remain
// half. A replaced file's mode and owner stay. Throws InputError with the system's reason.
void write_together(const std::vector<OutputFile>& files);

// Puts a complete file of the same file system in the place of `path`, as write_together does.
void move_into_place(const std::filesystem::path& complete, const std::filesystem::path& path);

}  // namespace rowcast
