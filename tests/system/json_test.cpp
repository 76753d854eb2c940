// JSON as scripts meet it: the same command gives the same bytes, and every key is explained.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "generator/files.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using nlohmann::ordered_json;

// "name" of everything below; of an array's parameters the table in docs/array.md speaks, and the
// names of cells are the library's.
void collect(const ordered_json& json, std::set<std::string>& keys) {
  for (const auto& [key, value] : json.items()) {
    if (json.is_object()) keys.insert(key);
    if (key != "config" && key != "cells_left_out" && value.is_structured()) collect(value, keys);
  }
}

struct Case {
  std::string name, arguments;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.arguments; }

class Json : public testing::TestWithParam<Case> {};

TEST_P(Json, is_the_same_again_but_for_timing_and_every_key_is_explained) {
  const TempFolder folder;
  write_file(folder.path() / "tiny.toml",
             "name = \"tiny\"\ninput = [2, 6, 6]\n"
             "[[block]]\ntype = \"conv\"\nname = \"stem\"\nout = 4\nkernel = 3\n"
             "[[block]]\ntype = \"separable\"\nout = 5\nkernel = 3\nfuse50 = true\n");
  write_file(folder.path() / "runs.json",
             R"({"runs":[{"operators":{"block1.dw":"half"},"seed":1,"test_accuracy":0.9}]})");
  std::string texts[2];
  for (std::string& text : texts) {
    const test::CommandResult result = test::run_command(
        fmt::format("'{}' {} --json out.json", ROWCAST_BINARY, GetParam().arguments),
        folder.path());
    ASSERT_EQ(result.status, 0) << result.text;
    ordered_json json = ordered_json::parse(read_file(folder.path() / "out.json"));
    std::set<std::string> keys;
    collect(json, keys);
    const std::string docs = read_file(source_path("docs/formats.md"));
    for (const std::string& key : keys) {
      const bool a_module = key.starts_with("rc_");
      EXPECT_TRUE(a_module || docs.find("`" + key + "`") != std::string::npos) << key;
    }
    json.erase("timing");
    text = json.dump();
    EXPECT_EQ(text.find("seconds"), std::string::npos);
  }
  EXPECT_EQ(texts[0], texts[1]);
}

INSTANTIATE_TEST_SUITE_P(
    of, Json,
    testing::Values(
        Case{"run", "run tiny.toml --array 4 --variant half"},
        Case{"run_of_all_variants", "run tiny.toml --array 4 --variant all"},
        Case{"run_accelerator", "run tiny.toml --array 4 --accelerator"},
        Case{"estimate", "estimate tiny.toml --array 4 --memory"},
        Case{"estimate_date21", "estimate tiny.toml --array 4 --model date21"},
        Case{"estimate_scale_sim", "estimate tiny.toml --array 4 --model scale-sim --dataflow ws"},
        Case{"explain", "explain depthwise"},
        Case{"compare", "compare --networks mobilenet_v2,tiny.toml --array 64 --sizes 8"},
        Case{"compare_in_rtl", "compare --networks tiny.toml --array 4 --rtl"},
        Case{"compare_accelerator",
             "compare --accelerator --networks tiny.toml --array 4 --sizes 8"},
        Case{"search", "search tiny.toml --array 4 --max-cycles 99% --results runs.json"},
        Case{"search_accelerator", "search tiny.toml --array 4 --accelerator"},
        Case{"synth", "synth --array 1x2 --seeds 1 --network tiny.toml --stages 1"},
        Case{"synth_sweep", "synth --array 1x1 --seeds 1 --sweep acc"},
        Case{"synth_ice40", "synth --array 1x1 --target ice40"},
        Case{"synth_layout", "synth --array 1x1 --seeds 1 --target layout"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace rowcast
