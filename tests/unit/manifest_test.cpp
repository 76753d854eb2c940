// manifest.json is read back as strictly as a configuration in TOML.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generator/emit.h"
#include "generator/files.h"
#include "generator/version.h"
#include "tests/unit/problems.h"

namespace rowcast {
namespace {

using test::Problems;
using test::problems_of;
using testing::ElementsAre;

class Manifest : public testing::Test {
 protected:
  Manifest() { write_files(emit(config_, View::kVector), folder_.path()); }

  // The problems after one replacement of a text that is there.
  Problems after(const std::string& from, const std::string& to) const {
    std::string text = original_;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    return of(text);
  }
  Problems of(const std::string& text) const {
    write_file(path_, text);
    Problems problems = problems_of([&] { read_folder(folder_.path()); });
    for (std::string& problem : problems) {
      EXPECT_EQ(problem.find(path_.string() + ": "), 0u) << problem;
      problem.erase(0, path_.string().size() + 2);
    }
    return problems;
  }

  const ArrayConfig config_{.rows = 3, .cols = 5, .data_width = 7, .row_broadcast = 0};
  TempFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "manifest.json";
  const std::string original_ =
      (write_files(emit(config_, View::kVector), folder_.path()), read_file(path_));
};

TEST_F(Manifest, as_written_gives_the_array_back) {
  const EmittedFolder folder = read_folder(folder_.path());
  for (const ConfigField& field : config_fields())
    EXPECT_EQ(folder.config.*field.member, field_value(config_, field)) << field.key;
  EXPECT_EQ(folder.view, View::kVector);
  ASSERT_EQ(folder.modules.size(), emit_modules(config_, View::kVector).size());
  for (const EmittedFile& module : folder.modules)
    EXPECT_EQ(module.text, read_file(folder_.path() / module.path));
}

TEST_F(Manifest, numbers_are_integers_in_range) {
  const std::string rows = "\"rows\": 3";
  EXPECT_THAT(after(rows, "\"rows\": 2.9"),
              ElementsAre("config.rows: is a float, allowed is an integer from 1 to 1024"));
  EXPECT_THAT(after(rows, "\"rows\": 3e0"),
              ElementsAre("config.rows: is a float, allowed is an integer from 1 to 1024"));
  for (const char* value :
       {"4294967299", "0", "-1", "1025", "18446744073709551615", "-9223372036854775808"})
    EXPECT_THAT(
        after(rows, fmt::format("\"rows\": {}", value)),
        ElementsAre(fmt::format(
            "config.rows: {} is out of range, allowed is an integer from 1 to 1024", value)));
  EXPECT_THAT(after(rows, "\"rows\": \"3\""),
              ElementsAre("config.rows: is a string, allowed is an integer from 1 to 1024"));
  EXPECT_THAT(after(rows, "\"rows\": null"),
              ElementsAre("config.rows: is null, allowed is an integer from 1 to 1024"));
  EXPECT_THAT(after("\"row_broadcast\": false", "\"row_broadcast\": 0"),
              ElementsAre("config.row_broadcast: is an integer, allowed is true or false"));
}

TEST_F(Manifest, of_another_tool_schema_or_version_is_refused) {
  EXPECT_THAT(after("\"tool\": \"rowcast\"", "\"tool\": \"other\""),
              ElementsAre("tool: 'other' is unknown, allowed is rowcast"));
  EXPECT_THAT(after(fmt::format("\"schema\": {}", kManifestSchema),
                    fmt::format("\"schema\": {}", kManifestSchema + 1)),
              ElementsAre(fmt::format("schema: {} is out of range, allowed is {}",
                                      kManifestSchema + 1, kManifestSchema)));
  EXPECT_THAT(after(fmt::format("\"version\": \"{}\"", kVersion), "\"version\": \"9.9\\u001b\""),
              ElementsAre(fmt::format("version: '9.9\\x1b' is unknown, allowed is {}", kVersion)));
  EXPECT_THAT(after("\"view\": \"vector\"", "\"view\": \"Vector\""),
              ElementsAre("view: 'Vector' is unknown, allowed is structural or vector"));
}

TEST_F(Manifest, keys_are_known_there_and_there_once) {
  EXPECT_THAT(
      after("\"rows\": 3", "\"rows\": 3, \"columns\": 5"),
      ElementsAre(testing::StartsWith("config.columns: unknown key, allowed are acc_width, ")));
  EXPECT_THAT(after("\"rows\": 3,", ""),
              ElementsAre("config.rows: is missing, allowed is an integer from 1 to 1024"));
  EXPECT_THAT(after("\"rows\": 3", "\"rows\": 3, \"rows\": 4"),
              ElementsAre("rows: is there twice, allowed is once"));
  EXPECT_THAT(after("\"tool\"", "\"Tool\""),
              ElementsAre("tool: is missing, allowed is a string",
                          testing::StartsWith("Tool: unknown key, allowed are command, config, ")));
  EXPECT_THAT(after("\"ports\": [", "\"ports\": [7,"),
              ElementsAre("ports[0]: is an integer, allowed is an object"));
}

TEST_F(Manifest, files_stay_in_the_folder) {
  for (const char* path : {"../rtl/x.v", "/etc/passwd", "rtl/../../x.v", ""})
    EXPECT_THAT(after("\"path\": \"rtl/rc_delay.v\"", fmt::format("\"path\": \"{}\"", path)),
                ElementsAre(fmt::format("files[0].path: '{}' is no path in the folder", path)));
}

TEST_F(Manifest, that_is_no_json_object_is_refused) {
  for (const std::string& text : {std::string(), std::string("[]"), std::string("3"),
                                  original_.substr(0, original_.size() / 2), original_ + "x",
                                  std::string(100'000, '['), std::string("{\"a\": \xff}")})
    EXPECT_THAT(of(text),
                ElementsAre("is no valid JSON object, a folder written by rowcast generate "
                            "is needed"));
}

TEST_F(Manifest, of_an_impossible_array_is_refused) {
  EXPECT_THAT(after("\"acc_width\": 32", "\"acc_width\": 4"),
              ElementsAre(testing::StartsWith("config.acc_width: 4 is too small")));
}

}  // namespace
}  // namespace rowcast
