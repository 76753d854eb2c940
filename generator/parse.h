// Reading short texts: options, cells, selections.
#pragma once

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

namespace rowcast {

// The number that the whole text is, in decimal, without spaces or a plus; false, and `value` as it
// was, if it is none or does not fit. An integer or, as in "2.5" and "1e3", a floating type; these
// also take "inf" and "nan", so compare them with a range in which NaN is not.
template <class Number>
bool parse_number(std::string_view text, Number& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc{} && end == text.data() + text.size();
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
