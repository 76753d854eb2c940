#include "generator/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "generator/error.h"
#include "generator/output_file.h"

namespace rowcast {
namespace fs = std::filesystem;

fs::path source_path(const fs::path& relative) {
  const char* root = std::getenv("ROWCAST_ROOT");
  return fs::path(root && *root ? root : ROWCAST_SOURCE_DIR) / relative;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::error_code code;
  if (!in || fs::is_directory(path, code))
    throw InputError(fmt::format("{}: can not be read, a readable file is needed", path.string()));
  // /dev/zero has no end.
  constexpr size_t kLargest = size_t{1} << 30;
  std::string text, part(1 << 16, '\0');
  while (in.read(part.data(), std::ssize(part)) || in.gcount() > 0) {
    text.append(part, 0, static_cast<size_t>(in.gcount()));
    if (text.size() > kLargest)
      throw InputError(
          fmt::format("{}: is larger than 1 GiB, a smaller file is needed", path.string()));
  }
  return text;
}

void write_file(const fs::path& path, std::string_view text) {
  write_together({{destination_of(path), text}});
}

namespace {

fs::path made_folder(const fs::path& within) {
  std::string name = (within / "rowcast_XXXXXX").string();
  if (!::mkdtemp(name.data()))
    throw InputError(fmt::format("{} can not hold temporary files: {}, a writable folder is needed",
                                 within.string(), std::generic_category().message(errno)));
  return name;
}

fs::path made_temporary() {
  std::error_code code;
  const fs::path place = fs::temp_directory_path(code);
  if (code)
    throw InputError(
        fmt::format("TMPDIR: what it names can not hold temporary files: {}, a writable folder is "
                    "needed",
                    code.message()));
  return made_folder(place);
}

void remove_tree(const fs::path& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

}  // namespace

TempFolder::TempFolder() : path_(made_temporary()), early_([this] { remove_tree(path_); }) {}

TempFolder::TempFolder(const fs::path& within)
    : path_(made_folder(within)), early_([this] { remove_tree(path_); }) {}

TempFolder::~TempFolder() { remove_tree(path_); }

std::string hash_text(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3u;
  return fmt::format("{:016x}", hash);
}

std::string program_hash() {
  static const std::string hash = hash_text(read_file("/proc/self/exe"));
  return hash;
}

}  // namespace rowcast
