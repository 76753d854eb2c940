// compare: the table that rowcast's numbers are quoted from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

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
