// Tests are named as sentences, and their parameters by words: what ctest lists, and what is said
// where one fails.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "generator/files.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

TEST(NamesOfTests, are_words_with_parameters_that_can_be_read) {
  std::istringstream programs(read_file(ROWCAST_TEST_PROGRAMS));
  int listed = 0;
  for (std::string program; std::getline(programs, program);) {
    if (!std::filesystem::exists(program)) continue;  // of a build of single targets
    SCOPED_TRACE(program);
    const test::CommandResult list =
        test::run_command(test::quoted(program) + " --gtest_list_tests");
    ASSERT_EQ(list.status, 0) << list.text;
    EXPECT_THAT(list.text, Not(HasSubstr("byte object")));
    std::istringstream lines(list.text);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("  ")) continue;
      ++listed;
      const std::string name = line.substr(2, line.find("  #") - 2);
      EXPECT_THAT(name, MatchesRegex("[a-zA-Z0-9_]+(/[a-zA-Z0-9_]+)?"));
      EXPECT_THAT(name, HasSubstr("_")) << "is no sentence";
      EXPECT_THAT(name, Not(MatchesRegex(".*/[0-9]+"))) << "has a number for a parameter";
    }
  }
  EXPECT_GT(listed, 20);
}

}  // namespace
}  // namespace rowcast
