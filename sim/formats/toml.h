// Reading TOML strictly: every key is asked for by name, with what is allowed; what nobody asked
// for is an error. Problems read "FILE:LINE: KEY: what is wrong, given, allowed" and are collected.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A debug build of the header-only library would abort on some damaged files ("a = [}"), which it
// refuses all the same.
#ifndef TOML_ASSERT
#define TOML_ASSERT(expr) static_assert(true)
#endif
#include <toml++/toml.h>

namespace rowcast {

class TomlReader {
 public:
  // One table of a file. `file` is how messages call it; `problems` collects them.
  TomlReader(const toml::table& table, std::string file, std::vector<std::string>& problems);

  // The value, or the default where the key is absent or wrong (then a problem is noted).
  int integer(std::string_view key, int fallback, int min, int max);
  // As many integers as there are names, in an array. Nothing where the key is absent or wrong.
  std::optional<std::vector<int>> integers(std::string_view key,
                                           std::initializer_list<std::string_view> names, int min,
                                           int max);
  // One integer for both, or [height, width].
  std::pair<int, int> sides(std::string_view key, int fallback, int max);
  bool boolean(std::string_view key, bool fallback);
  // Printable UTF-8 of up to `max` bytes.
  std::string text(std::string_view key, std::string_view fallback, size_t max = 200);
  // A text that has to be there and is not empty.
  std::string name(std::string_view key);
  // Notes a problem if the key is absent.
  void require(std::string_view key);
  // A key that the caller reads itself.
  const toml::node* raw(std::string_view key);

  void problem(const toml::node& where, std::string_view key, const std::string& what);
  // Notes every key that was never asked for.
  void finish();

 private:
  const toml::table& table_;
  std::string file_;
  std::vector<std::string>& problems_;
  std::set<std::string, std::less<>> asked_;
};

// Parses a whole file. Throws InputError with file and line if it is no TOML.
toml::table parse_toml(const std::string& text, const std::string& file);

}  // namespace rowcast
