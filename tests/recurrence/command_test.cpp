// rowcast explain, as it is called: what its JSON says, and what it refuses.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "generator/files.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class Explain : public testing::Test {
 protected:
  const TempFolder folder_;

  test::CommandResult explain(const std::string& arguments) {
    return test::run_command(fmt::format("timeout 60 '{}' explain {}", ROWCAST_BINARY, arguments),
                             folder_.path());
  }
  json answer(const std::string& arguments) {
    const test::CommandResult result = explain(arguments + " --json out.json");
    EXPECT_EQ(result.status, 0) << result.text;
    return json::parse(read_file(folder_.path() / "out.json"));
  }
  void expect_refused(const std::string& arguments, const std::string& problem) {
    const test::CommandResult result = explain(arguments);
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_EQ(result.text, "error: " + problem + "\n") << arguments;
  }
};

json mapping(const json& answer, const std::string& links, bool passes = false) {
  for (const json& entry : answer["mappings"])
    if (entry["links"] == links && entry["passes"] == passes) return entry;
  return {};
}

TEST_F(Explain, says_that_fuse_with_a_row_broadcast_is_st_os) {
  const json json = answer("fuse-row --bounds C=8,Y=5,X=20,K=5");
  EXPECT_EQ(json["regular"], false);
  EXPECT_EQ(json["merged"], json::parse(R"([["c", "y"], ["x"], ["k"]])"));
  const auto best = mapping(json, "row-broadcast")["best"];
  EXPECT_EQ(best["dimensions"], 2);
  EXPECT_EQ(best["groups"], json::parse(R"([["c", "y"], ["x"], ["k"]])"));
  EXPECT_EQ(best["row"], json::parse("[1, 0, 0]"));
  EXPECT_EQ(best["column"], json::parse("[0, -1, 0]"));
  EXPECT_EQ(best["cycle"], json::parse("[0, 0, 1]"));
  EXPECT_TRUE(best["folds"].empty());
  EXPECT_EQ(best["operands"][0]["way"], "stays");
  EXPECT_EQ(best["operands"][1]["way"], "row");
  EXPECT_EQ(best["operands"][1]["registers"], 1);
  EXPECT_EQ(best["operands"][2]["way"], "broadcast");
  EXPECT_EQ(best["latency"], 5);
  EXPECT_EQ(best["formulas"]["latency"], "K");
  EXPECT_EQ(best["fill"], 19);
  EXPECT_EQ(best["formulas"]["fill"], "X - 1");
  EXPECT_EQ(best["pe_rows"], 40);
  EXPECT_EQ(best["pe_columns"], 20);
  EXPECT_EQ(best["utilisation"], 1.0);
  EXPECT_DOUBLE_EQ(best["utilisation_with_fill"], 5.0 / 24);
  EXPECT_TRUE(best["period"].is_null());
}

TEST_F(Explain, says_why_depthwise_uses_one_column) {
  const json json = answer("depthwise --links systolic");
  EXPECT_EQ(json["mappings"].size(), 2u);
  const auto whole = mapping(json, "systolic");
  EXPECT_EQ(whole["best"]["dimensions"], 1);
  EXPECT_EQ(whole["best"]["pe_columns"], 1);
  EXPECT_EQ(whole["best"]["formulas"]["period"], "K*K");
  EXPECT_EQ(whole["best"]["operands"][1]["shared"], false);
  EXPECT_THAT(whole["reasons"][0].get<std::string>(), HasSubstr("one column works"));
  EXPECT_TRUE(json["dependences"][1]["merged_directions"].empty());
  EXPECT_EQ(json["dependences"][1]["copied"], true);
  const test::CommandResult text = explain("depthwise --links systolic");
  EXPECT_THAT(text.text, HasSubstr("one column works, all others starve."));
  EXPECT_THAT(text.text, HasSubstr("I[c, y + r/K, x + r%K]"));
}

TEST_F(Explain, says_that_a_matrix_product_is_regular_and_how_long_it_takes) {
  const json json = answer("gemm --links systolic --bounds M=3,N=4,K=5");
  EXPECT_EQ(json["regular"], true);
  EXPECT_EQ(json["bounds"][1], json::parse(R"({"name": "N", "value": 4})"));
  EXPECT_EQ(json["mappings"].size(), 1u);
  const auto best = json["mappings"][0]["best"];
  EXPECT_EQ(best["latency"], 10);
  EXPECT_EQ(best["formulas"]["latency"], "M + N + K - 2");
  EXPECT_EQ(best["formulas"]["utilisation"], "K/(M + N + K - 2)");
  EXPECT_DOUBLE_EQ(best["utilisation"], 0.5);
}

TEST_F(Explain, takes_a_recurrence_of_ones_own) {
  write_file(folder_.path() / "mine.txt",
             "title Two strides\nindex l < L = 4\nindex x < X = 6\nindex k < K = 3\n"
             "O[l, x] += I[l, 2*x + k] * W[l, k]\n");
  const json json = answer("mine.txt --links row-broadcast");
  EXPECT_EQ(json["recurrence"], "mine");
  EXPECT_EQ(json["dependences"][1]["directions"], json::parse("[[0, 1, -2]]"));
  // Samples take two cycles from PE to PE.
  EXPECT_EQ(json["mappings"][0]["best"]["operands"][1]["registers"], 2);
  EXPECT_EQ(json["mappings"][0]["best"]["formulas"]["latency"], "K");
}

TEST_F(Explain, prints_its_report_beside_json_on_standard_output) {
  const test::CommandResult result = explain("gemm --json - 2>report.txt");
  EXPECT_EQ(json::parse(result.text)["recurrence"], "gemm");
  EXPECT_THAT(read_file(folder_.path() / "report.txt"), HasSubstr("M + N + K - 2"));
}

TEST_F(Explain, says_where_there_is_no_mapping) {
  write_file(folder_.path() / "none.txt",
             "index a < N = 4\nindex b < N\nindex c < N\nO[a + b + c] += A[a, b] * B[b, c]\n");
  const json json = answer("none.txt");
  EXPECT_TRUE(json["merged"].empty());
  for (const auto& entry : json["mappings"]) EXPECT_TRUE(entry["best"].is_null());
}

// The page for newcomers shows what the program says.
TEST_F(Explain, says_what_its_page_shows) {
  std::set<std::string> said;
  for (const char* name : {"gemm", "conv2d", "depthwise", "conv1d", "fuse-row"})
    for (const char* links : {"systolic", "row-broadcast"}) {
      std::istringstream lines(explain(fmt::format("{} --links {}", name, links)).text);
      for (std::string line; std::getline(lines, line);) said.insert(line);
    }
  std::istringstream page(read_file(source_path("docs/why-depthwise-starves.md")));
  int shown = 0;
  for (std::string line; std::getline(page, line);) {
    // Equations are the page's own.
    if (!line.starts_with("    ") || line.find("] += ") != line.npos ||
        line.find(") = ") != line.npos)
      continue;
    ++shown;
    EXPECT_TRUE(said.contains(line)) << line;
  }
  EXPECT_GE(shown, 40);
}

TEST_F(Explain, refuses_what_it_can_not_read) {
  expect_refused("", "recurrence: is missing, it is required");
  expect_refused("nothing",
                 "recurrence: 'nothing' is unknown, allowed are conv1d, conv2d, depthwise, "
                 "depthwise-multiplier, fuse-col, fuse-row, gemm, pointwise, or the path of a .txt "
                 "file");
  expect_refused("gemm --bounds Q=3", "--bounds: 'Q' is no bound of gemm, allowed are M, N, K");
  expect_refused("gemm --links mesh",
                 "--links: 'mesh' is unknown, allowed are both, systolic, row-broadcast");
  expect_refused("gemm --bounds M=1048576,N=1048576,K=1048576",
                 "gemm: has more than 1099511627776 operations with these bounds, allowed are up "
                 "to 1099511627776");
  const auto write = [&](const std::string& text) { write_file(folder_.path() / "f.txt", text); };
  write("");
  expect_refused("f.txt",
                 "f.txt:1:1: ends without an equation, allowed is O[i, j] += A[i, k] * B[k, j]");
  write(std::string(10 << 20, 'a'));
  expect_refused("f.txt", "f.txt:1:1: is 10485760 bytes long, allowed are up to 65536");
  write("index i < N = 3\nO[i] += A[i*i] * B[i]\n");
  expect_refused("f.txt",
                 "f.txt:2:13: 'i' times 'i' is not affine, allowed are integers times indices");
  write("index i < N = 3\nO[i] += A[i] * B[i]\n");
  EXPECT_EQ(explain("f.txt").status, 0);
  const test::CommandResult result = explain("f.txt --json f.txt");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.text, HasSubstr("f.txt is read, too"));
  EXPECT_EQ(explain("missing.txt").status, 2);
  EXPECT_EQ(explain(".txt").status, 2);
}

TEST_F(Explain, works_at_the_largest_bounds) {
  for (const char* bounds :
       {"C=1048576,Y=1,X=1048576,K=1", "C=1,Y=1,X=1,K=1", "C=4,Y=4,X=65536,K=1024"})
    EXPECT_EQ(explain(fmt::format("depthwise --bounds {}", bounds)).status, 0) << bounds;
  EXPECT_EQ(explain("gemm --bounds M=1048576,N=1048576,K=1").status, 0);
}

}  // namespace
}  // namespace rowcast
