// Numbers as options say them.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <type_traits>

#include "generator/parse.h"
#include "generator/text.h"

namespace rowcast {

template <class Number>
std::string number_text(Number number) {
  return fmt::format("{}", number);
}

template <class Number>
std::string number_range(Number min, Number max) {
  return fmt::format("{} to {}", min, max);
}

// The option's text as a number from `min` to `max`. What is wrong with it, if anything, and then
// `value` is as it was.
template <class Number>
std::string read_number(std::string_view option, std::string_view text,
                        std::type_identity_t<Number> min, std::type_identity_t<Number> max,
                        Number& value) {
  Number number{};
  if (!parse_number(text, number))
    return fmt::format("{}: {} is {}, allowed is {}", option, in_quotes(text),
                       std::is_integral_v<Number> ? "no integer" : "no number",
                       number_range(min, max));
  if (!(number >= min && number <= max))
    return fmt::format("{}: {} is out of range, allowed is {}", option, text,
                       number_range(min, max));
  value = number;
  return {};
}

}  // namespace rowcast
