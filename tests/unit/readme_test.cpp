// README and docs say what the program does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>

#include "generator/files.h"
#include "generator/sheet.h"

namespace rowcast {
namespace {

TEST(Docs, show_the_parameter_table_of_the_field_table) {
  const std::string page = read_file(source_path("docs/array.md"));
  const std::string begin =
      "<!-- parameters: generated from the field table, checked by a test -->\n";
  const size_t first = page.find(begin), last = page.find("<!-- /parameters -->");
  ASSERT_NE(first, std::string::npos);
  ASSERT_NE(last, std::string::npos);
  EXPECT_EQ(page.substr(first + begin.size(), last - first - begin.size()), parameter_table());
}

TEST(Readme, is_a_front_door_of_at_most_150_lines) {
  const std::string readme = read_file(source_path("README.md"));
  EXPECT_LE(std::ranges::count(readme, '\n'), 150);
}

// Pages, pictures and folders that README and docs point to.
TEST(Docs, point_only_to_files_that_are_there) {
  std::vector<std::filesystem::path> pages = {source_path("README.md")};
  for (const auto& entry : std::filesystem::directory_iterator(source_path("docs")))
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  ASSERT_GT(pages.size(), 4u);
  const std::regex link(R"(\]\(([^)#:]+)\))");
  for (const auto& page : pages) {
    const std::string text = read_file(page);
    for (std::sregex_iterator it(text.begin(), text.end(), link), end; it != end; ++it)
      EXPECT_TRUE(std::filesystem::exists(page.parent_path() / (*it)[1].str()))
          << page << " points to " << (*it)[1];
  }
}

}  // namespace
}  // namespace rowcast
