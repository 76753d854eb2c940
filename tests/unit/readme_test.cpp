// The README says what the program does.
#include <gtest/gtest.h>

#include "generator/files.h"
#include "generator/sheet.h"

namespace rowcast {
namespace {

TEST(Readme, shows_the_parameter_table_of_the_field_table) {
  const std::string readme = read_file(source_path("README.md"));
  const std::string begin =
      "<!-- parameters: generated from the field table, checked by a test -->\n";
  const size_t first = readme.find(begin), last = readme.find("<!-- /parameters -->");
  ASSERT_NE(first, std::string::npos);
  ASSERT_NE(last, std::string::npos);
  EXPECT_EQ(readme.substr(first + begin.size(), last - first - begin.size()), parameter_table());
}

}  // namespace
}  // namespace rowcast
