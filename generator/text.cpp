#include "generator/text.h"

#include <fmt/format.h>

#include <cstdint>

namespace rowcast {
namespace {

// Bytes of the printable character that the text begins with; 0 if there is none.
size_t printable_character(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  uint32_t code = first & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool exists =
      code >= kSmallest[length] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return exists && code >= 0xa0 ? length : 0;  // 0x80 to 0x9f are control characters, too
}

}  // namespace

bool is_printable(std::string_view text) {
  while (!text.empty()) {
    const size_t length = printable_character(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t length = printable_character(text);
    if (length == 0)
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    else
      result += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

std::string in_quotes(std::string_view text) {
  constexpr size_t kMaxBytes = 40;
  std::string_view begin = text.substr(0, kMaxBytes);
  if (begin.size() < text.size())  // not within a character
    while (!begin.empty() && (static_cast<unsigned char>(text[begin.size()]) & 0xc0) == 0x80)
      begin.remove_suffix(1);
  return fmt::format("'{}{}'", printable(begin), begin.size() < text.size() ? "..." : "");
}

}  // namespace rowcast
