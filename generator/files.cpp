#include "generator/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

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
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

void write_file(const fs::path& path, std::string_view text) {
  write_together({{destination_of(path), text}});
}

TempFolder::TempFolder() {
  std::string name = (fs::temp_directory_path() / "rowcast_XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("can not make a folder like " + name);
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string hash_text(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3u;
  return fmt::format("{:016x}", hash);
}

}  // namespace rowcast
