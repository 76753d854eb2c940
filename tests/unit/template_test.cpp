// The templates' marks.
#include "generator/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace rowcast {
namespace {

TemplateValues values() {
  TemplateValues values;
  values.texts = {{"ROWS", "7"}, {"NAME", "rc_core"}, {"EMPTY", ""}};
  values.conditions = {{"YES", true}, {"NO", false}};
  return values;
}

std::string rendered(const std::string& text) { return render("t.v", text, values()); }

// What render() throws for a text.
std::string error_of(const std::string& text) {
  try {
    rendered(text);
  } catch (const std::logic_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Template, without_marks_stays_as_it_is) {
  const std::string text =
      "// plain\nmodule m;\n\n  wire [3:0] a = {4{b}} % 3;  // 100 %\nendmodule\n";
  EXPECT_EQ(rendered(text), text);
  EXPECT_EQ(rendered(""), "");
}

TEST(Template, last_line_gets_the_newline_it_lacks) { EXPECT_EQ(rendered("a\nb"), "a\nb\n"); }

TEST(Template, keeps_the_block_whose_condition_holds) {
  EXPECT_EQ(rendered("a\n//%if YES\nb\n//%end\nc\n"), "a\nb\nc\n");
  EXPECT_EQ(rendered("a\n//%if NO\nb\n//%end\nc\n"), "a\nc\n");
}

TEST(Template, else_block_takes_the_other_place_uncommented) {
  const auto text = [](const std::string& condition) {
    return "a\n  //%if " + condition + "\n  b\n  //%else\n//%  c\n//%\n  //%end\nd\n";
  };
  EXPECT_EQ(rendered(text("YES")), "a\n  b\nd\n");
  EXPECT_EQ(rendered(text("NO")), "a\n  c\n\nd\n");
}

TEST(Template, ordinary_comments_of_an_else_block_stay_comments) {
  EXPECT_EQ(rendered("//%if NO\n//%else\n// a comment\n//%  b;  // c\n//%end\n"),
            "// a comment\n  b;  // c\n");
}

TEST(Template, blocks_nest) {
  for (const bool outer : {true, false})
    for (const bool inner : {true, false}) {
      const std::string o = outer ? "YES" : "NO", i = inner ? "YES" : "NO";
      const std::string text = "1\n//%if " + o + "\n2\n//%if " + i +
                               "\n3\n//%else\n//%4\n//%end\n5\n//%else\n//%6\n" + "//%if " + i +
                               "\n//%7\n//%else\n//%8\n//%end\n//%9\n//%end\n10\n";
      const std::string expected = outer ? (inner ? "1\n2\n3\n5\n10\n" : "1\n2\n4\n5\n10\n")
                                         : (inner ? "1\n6\n7\n9\n10\n" : "1\n6\n8\n9\n10\n");
      EXPECT_EQ(rendered(text), expected) << text;
    }
}

TEST(Template, value_mark_replaces_the_word_behind_it) {
  EXPECT_EQ(rendered("parameter ROWS = /*%ROWS*/32,\n"), "parameter ROWS = 7,\n");
  EXPECT_EQ(rendered("module /*%NAME*/rc_other (\n"), "module rc_core (\n");
  EXPECT_EQ(rendered("a = /*%ROWS*/1 + /*%ROWS*/22;\n"), "a = 7 + 7;\n");
  EXPECT_EQ(rendered("a = /*%ROWS*/ 1;\n"), "a = 7 1;\n");
  EXPECT_EQ(rendered("a = [/*%EMPTY*/x]\n"), "a = []\n");
}

TEST(Template, text_mark_replaces_only_itself) {
  EXPECT_EQ(rendered("a {%ROWS%}x{%ROWS%} array of {%NAME%}s{%EMPTY%}\n"),
            "a 7x7 array of rc_cores\n");
}

TEST(Template, marks_in_a_dropped_block_are_dropped) {
  EXPECT_EQ(rendered("//%if NO\n/*%ROWS*/32 {%NAME%}\n//%end\n"), "");
}

TEST(Template, errors_name_template_and_line) {
  EXPECT_EQ(error_of("a\nb /*%ROW*/3\n"), "template t.v:2: unknown name 'ROW'");
  EXPECT_EQ(error_of("a\n\n{%rows%}\n"), "template t.v:3: unknown name 'rows'");
  EXPECT_EQ(error_of("//%if MAYBE\n//%end\n"), "template t.v:1: unknown condition 'MAYBE'");
  EXPECT_EQ(error_of("a /*%ROWS\n"), "template t.v:1: mark without an end");
  EXPECT_EQ(error_of("a\n{%ROWS\n"), "template t.v:2: mark without an end");
  EXPECT_EQ(error_of("a\n//%end\n"), "template t.v:2: no open block");
  EXPECT_EQ(error_of("//%else\n"), "template t.v:1: no open block");
  EXPECT_EQ(error_of("//%if YES\na\n"), "template t.v:2: block without an end");
}

TEST(Template, unknown_condition_in_a_dropped_block_is_still_an_error) {
  EXPECT_EQ(error_of("//%if NO\n//%if MAYBE\n//%end\n//%end\n"),
            "template t.v:2: unknown condition 'MAYBE'");
}

}  // namespace
}  // namespace rowcast
