// compare: the table that rowcast's numbers are quoted from.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/pages/plot.h"
#include "generator/files.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

nlohmann::json compared(const std::string& options) {
  const TempFolder folder;
  const std::string json = (folder.path() / "c.json").string();
  const rowcast::test::CommandResult result = rowcast::test::run_command(
      std::string(ROWCAST_BINARY) + " compare " + options + " --json " + json);
  EXPECT_EQ(result.status, 0) << result.text;
  return nlohmann::json::parse(read_file(json)).at("rows");
}

const nlohmann::json& row(const nlohmann::json& rows, const std::string& network,
                          const std::string& variant, const std::string& mapping) {
  for (const nlohmann::json& entry : rows)
    if (entry.at("network") == network && entry.at("variant") == variant &&
        entry.at("mapping") == mapping)
      return entry;
  throw std::runtime_error("no such row");
}

TEST(Compare, at_64x64_stays_below_the_totals_it_once_reached) {
  struct Bound {
    const char* network;
    int64_t half, full, st_os, gemm_dwc;
  };
  // What each schedule reached when it was written; a change may only take fewer cycles.
  constexpr Bound bounds[] = {{"mobilenet_v1", 222667, 415980, 237883, 402369},
                              {"mobilenet_v2", 194769, 297299, 214139, 412839},
                              {"mnasnet_b1", 177969, 272619, 201274, 521658},
                              {"mobilenet_v3_small", 66280, 97499, 76153, 190473},
                              {"mobilenet_v3_large", 164903, 269388, 183500, 374895}};
  const nlohmann::json rows = compared("--array 64x64");
  EXPECT_EQ(rows.size(), 5u * 5u * 3u);
  for (const Bound& bound : bounds) {
    SCOPED_TRACE(bound.network);
    EXPECT_LE(row(rows, bound.network, "half", "st-os").at("cycles"), bound.half);
    EXPECT_LE(row(rows, bound.network, "full", "st-os").at("cycles"), bound.full);
    EXPECT_LE(row(rows, bound.network, "baseline", "st-os").at("cycles"), bound.st_os);
    EXPECT_LE(row(rows, bound.network, "baseline", "gemm-dwc").at("cycles"), bound.gemm_dwc);
  }
}

TEST(Compare, names_three_baselines_and_cites_the_published_ones) {
  const nlohmann::json rows = compared("--array 64x64 --networks mobilenet_v2 --sizes 8");
  const nlohmann::json& base = row(rows, "mobilenet_v2", "baseline", "im2col");
  EXPECT_DOUBLE_EQ(base.at("speedup_im2col"), 1);
  EXPECT_DOUBLE_EQ(base.at("speedup_published"), 2979156.0 / base.at("cycles").get<double>());
  EXPECT_DOUBLE_EQ(row(rows, "mobilenet_v2", "baseline", "gemm-dwc").at("speedup_plain"), 1);
  EXPECT_EQ(base.at("cited").at("cycles_64x64"), 2979156);
  EXPECT_TRUE(base.at("measured_cycles").is_null());
  EXPECT_EQ(rows.size(), 2u * 15u);
}

TEST(Compare, in_rtl_is_exact_with_squeeze_and_excite_and_every_mapping) {
  const nlohmann::json rows = compared("--array 16x16 --networks mobilenet_v3_small --rtl");
  EXPECT_EQ(rows.size(), 15u);
  for (const nlohmann::json& entry : rows) {
    SCOPED_TRACE(entry.dump());
    EXPECT_EQ(entry.at("mismatches"), 0);
    EXPECT_EQ(entry.at("measured_cycles"), entry.at("cycles"));
    EXPECT_EQ(entry.at("exact"), true);
  }
}

TEST(Compare, cites_cycles_beside_64x64_arrays_only) {
  const TempFolder folder;
  const auto run = [&](const std::string& array) {
    const test::CommandResult result = test::run_command(
        fmt::format("'{}' compare --array {} --networks mobilenet_v2 --csv {}.csv --html {}.html",
                    ROWCAST_BINARY, array, array, array),
        folder.path());
    EXPECT_EQ(result.status, 0) << result.text;
    return result.text;
  };
  const std::string cycles = "2979156", shown = "2,979,156";
  for (const std::string array : {"64x64", "64x32", "8x8"}) {
    SCOPED_TRACE(array);
    const bool there = array == "64x64";
    EXPECT_EQ(run(array).find(shown) != std::string::npos, there);
    EXPECT_EQ(read_file(folder.path() / (array + ".csv")).find(cycles) != std::string::npos, there);
    const std::string page = read_file(folder.path() / (array + ".html"));
    EXPECT_EQ(page.find(shown) != std::string::npos, there);
    EXPECT_EQ(page.find("as published (cited)") != std::string::npos, there);
    // An accuracy is the network's on any array.
    EXPECT_NE(page.find("<td>70.80 %"), std::string::npos);
    for (const nlohmann::json& entry :
         compared("--array " + array + " --networks mobilenet_v2 --sizes 16")) {
      const bool belongs = entry.at("array") == "64x64";
      EXPECT_EQ(entry.at("speedup_published").is_null(), !belongs);
      EXPECT_EQ(entry.at("cited").at("cycles_64x64").is_null(), !belongs);
      EXPECT_GT(entry.at("speedup_date21"), 0);
      EXPECT_GT(entry.at("cited").at("top1_percent"), 60);
    }
  }
}

constexpr const char* kInput = "input = [2, 9, 9]\n";
constexpr const char* kConv = "[[block]]\ntype = \"conv\"\nname = \"c\"\nout = 4\nkernel = 3\n";
constexpr const char* kDepthwise =
    "[[block]]\ntype = \"depthwise\"\nname = \"d\"\nkernel = 3\nstride = 1\n";
constexpr const char* kFc = "[[block]]\ntype = \"fc\"\nname = \"f\"\nout = 1\n";

TEST(Compare, draws_any_network_on_any_array) {
  const TempFolder folder;
  const std::vector<std::pair<std::string, std::string>> networks = {
      {"conv", kConv},
      {"depthwise", kDepthwise},
      {"fc", kFc},
      {"both", std::string(kConv) + kDepthwise + kFc}};
  std::string all;
  for (const auto& [name, blocks] : networks) {
    write_file(folder.path() / (name + ".toml"), "name = \"" + name + "\"\n" + kInput + blocks);
    all += (all.empty() ? "" : ",") + name + ".toml";
  }
  std::vector<std::string> lists = {all, all + ",mobilenet_v1"};
  for (const auto& [name, blocks] : networks) lists.push_back(name + ".toml");
  for (const std::string& list : lists)
    for (const std::string array : {"1x1", "5x3 --no-row-broadcast", "64x64 --sizes 8,16x4",
                                    "4 --no-row-broadcast --sizes 4"}) {
      const std::string arguments = "compare --networks " + list + " --array " + array;
      const test::CommandResult result = test::run_command(
          fmt::format("'{}' {} --json c.json --csv c.csv --html c.html", ROWCAST_BINARY, arguments),
          folder.path());
      EXPECT_EQ(result.status, 0) << arguments << "\n" << result.text;
      for (const char* file : {"c.json", "c.csv", "c.html"})
        EXPECT_TRUE(std::filesystem::remove(folder.path() / file)) << arguments << ": " << file;
    }
}

// gnuplot carries out what stands in backquotes, and ends data at a line EOD.
TEST(Compare, shows_what_names_say_and_carries_none_of_it_out) {
  const TempFolder folder;
  write_file(folder.path() / "n.toml",
             std::string("name = \"a`touch pwned`'<b>&$(touch pwned)ö{x}%\"\n") + kInput +
                 "[[block]]\ntype = \"depthwise\"\nname = \"l`touch pwned`@x<i>\"\nkernel = 3\n"
                 "stride = 1\n");
  const test::CommandResult result = test::run_command(
      "'" ROWCAST_BINARY "' compare --networks n.toml --array 4 --sizes 8 --html p.html",
      folder.path());
  ASSERT_EQ(result.status, 0) << result.text;
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "pwned"));
  const std::string page = read_file(folder.path() / "p.html"),
                    shown = "a`touch pwned`'&lt;b&gt;&amp;$(touch pwned)ö{x}%";
  EXPECT_THAT(page, testing::HasSubstr("<td>" + shown + "<td>"));
  EXPECT_THAT(page, testing::HasSubstr("<text>" + shown + "</text>"));
  EXPECT_THAT(page, testing::HasSubstr("<text>l`touch pwned`@x&lt;i&gt;</text>"));
  EXPECT_EQ(page.find("<b>&$"), std::string::npos);
}

TEST(Compare, hides_from_gnuplot_what_would_end_a_text_or_a_block_of_data) {
  const std::string label = plot_label("x\nEOD\nsystem 'touch pwned'\n`touch pwned`\"\\");
  EXPECT_EQ(label.find_first_of("\n`'\"\\"), std::string::npos);
  const std::string svg =
      plot_svg("$d << EOD\n\"" + label + "\" 1\n\"y\" 2\nEOD\nset title '" + label +
                   "'\nset style data histogram\nplot $d using 2:xtic(1) title \"" + label + "\"",
               600, 400);
  EXPECT_FALSE(std::filesystem::exists("pwned"));
  EXPECT_THAT(
      svg, testing::HasSubstr("<text>x\nEOD\nsystem 'touch pwned'\n`touch pwned`&quot;\\</text>"));
}

TEST(Compare, refuses_a_network_that_is_there_twice) {
  const test::CommandResult result =
      test::run_command("'" ROWCAST_BINARY "' compare --networks mobilenet_v1,mobilenet_v1");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.text, "error: --networks: 'mobilenet_v1' is there twice, allowed is once\n");
}

TEST(Compare, without_gnuplot_refuses_a_page_before_any_work) {
  const TempFolder folder;
  const test::CommandResult result =
      test::run_command("PATH=. '" ROWCAST_BINARY
                        "' compare --array 8 --networks mobilenet_v1 --json c.json "
                        "--csv c.csv --html c.html",
                        folder.path());
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.text,
            "error: gnuplot: can not be run, --html needs it (Debian package gnuplot-nox)\n");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace rowcast
