// Reading short texts: options, cells, selections.
#pragma once

#include <charconv>
#include <string_view>

namespace rowcast {

// The number that the whole text is, in decimal, without spaces or a plus; false, and `value` as it
// was, if it is none or does not fit. An integer or, as in "2.5" and "1e3", a floating type; these
// also take "inf" and "nan", so compare them with a range in which NaN is not.
template <class Number>
bool parse_number(std::string_view text, Number& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc{} && end == text.data() + text.size();
}

}  // namespace rowcast
