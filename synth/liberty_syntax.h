// The syntax of liberty files: groups with attributes, and where each stands in its file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rowcast {

// `name : value;` or `name (value, value);`. The values are without quotes.
struct LibertyAttribute {
  std::string_view name;
  std::vector<std::string_view> values;
  size_t line = 0, begin = 0;  // of the text
};

// `kind (argument, argument) { ... }`
struct LibertyGroup {
  std::string_view kind;
  std::vector<std::string_view> arguments;
  std::vector<LibertyAttribute> attributes;
  std::vector<LibertyGroup> groups;
  size_t line = 0, begin = 0, end = 0;  // of the text

  // The first value of an attribute; empty: it is not given.
  std::string_view value(std::string_view name) const;
  const LibertyAttribute* attribute(std::string_view name) const;  // or nullptr
  std::string_view name() const;                                   // the first argument
};

// The group that a whole text is; it refers to the text. Throws InputError naming `where`, which
// stands for the text, and a line.
LibertyGroup parse_liberty(std::string_view text, const std::string& where);

// A text from a file as an error may show it: its beginning, up to what can not be printed.
std::string shown(std::string_view text);

}  // namespace rowcast
