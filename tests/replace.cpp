#include "tests/replace.h"

#include <stdexcept>

#include "generator/files.h"

namespace rowcast::test {

void replace_once(std::string& text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos || text.find(from, at + 1) != std::string::npos)
    throw std::logic_error("not there exactly once: " + from);
  text.replace(at, from.size(), to);
}

void replace_in_file(const std::filesystem::path& file, const std::string& from,
                     const std::string& to) {
  std::string text = read_file(file);
  replace_once(text, from, to);
  write_file(file, text);
}

}  // namespace rowcast::test
