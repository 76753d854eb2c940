// Reading short texts: options, cells, selections.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <type_traits>
#include <vector>

namespace rowcast {

// The number that the text begins with, in decimal, and the rest behind it; false, and both as they
// were, if there is none or it does not fit. An integer or, as in "2.5" and "1e3", a finite number
// of a floating type. The one place where text becomes a number: no blanks, no plus, no -0, no
// hexadecimal, no infinity, never another number than the one that stands there.
template <class Number>
bool take_number(std::string_view& text, Number& value) {
  Number read{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), read);
  if (code != std::errc{} || (read == 0 && text.starts_with('-'))) return false;
  if constexpr (std::is_floating_point_v<Number>)
    if (!std::isfinite(read)) return false;
  value = read;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

// The number that the whole text is; else false, and `value` as it was.
template <class Number>
bool parse_number(std::string_view text, Number& value) {
  Number read{};
  if (!take_number(text, read) || !text.empty()) return false;
  value = read;
  return true;
}

// What stands before, between and behind the separators: at least one part, which may be empty. The
// parts are of `text`.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace rowcast
