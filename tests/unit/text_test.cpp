// Short texts of outside hands: numbers, and what may be printed.
#include "generator/text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "generator/parse.h"

namespace rowcast {
namespace {

template <class Number>
bool is_number(std::string_view text, Number expected) {
  Number value = 77;
  return parse_number(text, value) && value == expected;
}
template <class Number>
bool is_none(std::string_view text) {
  Number value = 77;
  return !parse_number(text, value) && value == 77;
}

TEST(Numbers, are_what_stands_there) {
  EXPECT_TRUE(is_number("0", 0));
  EXPECT_TRUE(is_number("007", 7));
  EXPECT_TRUE(is_number("-5", -5));
  EXPECT_TRUE(is_number("2147483647", 2147483647));
  EXPECT_TRUE(is_number("18446744073709551615", std::numeric_limits<uint64_t>::max()));
  EXPECT_TRUE(is_number("2.5", 2.5));
  EXPECT_TRUE(is_number("1e3", 1000.0));
  EXPECT_TRUE(is_number("-0.5", -0.5));
}

TEST(Numbers, are_never_something_near) {
  for (const char* text : {"",           " ",          "+5",          " 5",
                           "5 ",         "-0",         "--5",         "- 5",
                           "0x10",       "1e3",        "2.9",         "5k",
                           "2147483648", "4294967298", "-2147483649", "99999999999999999999",
                           "\t1",        "1\n",        "nan",         "inf",
                           "\xd9\xa3"})
    EXPECT_TRUE(is_none<int>(text)) << text;
  for (const char* text : {"-1", "-0", "18446744073709551616", "+1"})
    EXPECT_TRUE(is_none<uint64_t>(text)) << text;
  for (const char* text : {"", "nan", "-nan", "nan(1)", "inf", "-inf", "infinity", "+5", "-0",
                           "-0.0", "-0e5", "0x1p3", "1e999", "1e-999", "1.5x", " 1", "1 ", "1,5"})
    EXPECT_TRUE(is_none<double>(text)) << text;
  EXPECT_TRUE(is_none<int>(std::string_view("5\0", 2)));
}

TEST(Numbers, are_taken_from_the_front) {
  std::string_view text = "12, 3";
  int value = 0;
  EXPECT_TRUE(take_number(text, value));
  EXPECT_EQ(value, 12);
  EXPECT_EQ(text, ", 3");
  EXPECT_FALSE(take_number(text, value));
  EXPECT_EQ(text, ", 3");
}

TEST(Text, is_printable_if_it_is_utf8_without_control_characters) {
  for (const std::string_view text :
       {"", "a b~", "\xc2\xa0", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_printable(text)) << text;
  for (const std::string_view text :
       {std::string_view("\0", 1), std::string_view("a\n"), std::string_view("\x1b[31m"),
        std::string_view("\x7f"), std::string_view("\x80"), std::string_view("\xc2"),
        std::string_view("\xc2\x9b"),  // a control character beyond ASCII
        std::string_view("\xc0\xaf"),  // longer than needed
        std::string_view("\xe0\x80\xaf"), std::string_view("\xed\xa0\x80"),  // half a pair
        std::string_view("\xf4\x90\x80\x80"), std::string_view("\xff"),
        std::string_view("a\xe2\x82")})
    EXPECT_FALSE(is_printable(text)) << printable(text);
}

TEST(Text, shows_what_is_not_printable_byte_by_byte) {
  EXPECT_EQ(printable("a\xc3\xa9\n\xff\x1b[0m"), "a\xc3\xa9\\x0a\\xff\\x1b[0m");
  EXPECT_EQ(in_quotes("a\tb"), "'a\\x09b'");
  EXPECT_EQ(in_quotes(std::string(39, 'x') + "\xc3\xa9y"), "'" + std::string(39, 'x') + "...'");
}

}  // namespace
}  // namespace rowcast
