// Emissions with a prefix each stand in one design, whatever their configurations.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "generator/emit.h"
#include "generator/files.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using test::CommandResult;
using test::run_command;
using testing::HasSubstr;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

class Prefix : public testing::Test {
 protected:
  struct Side {
    std::string prefix;
    ArrayConfig config;
  };
  const std::vector<Side> sides_ = {
      {"rc", {.rows = 2, .cols = 2, .broadcast_stages = 1}},
      {"wide", {.rows = 4, .cols = 3, .data_width = 9, .weight_width = 7}},
      {"plain", {.rows = 3, .cols = 5, .weight_width = 5, .tag_width = 3, .row_broadcast = 0}}};

  // All of them below folder_, and three_cores.v, which has one of each and all their ports.
  void SetUp() override {
    std::string ports, instances;
    for (const Side& side : sides_) {
      write_files(emit(side.config, View::kStructural, false, side.prefix),
                  folder_.path() / side.prefix);
      const auto manifest =
          nlohmann::json::parse(read_file(folder_.path() / side.prefix / "manifest.json"));
      EXPECT_EQ(manifest["prefix"], side.prefix);
      EXPECT_EQ(manifest["top"], side.prefix + "_core");
      for (const auto& file : manifest["files"])
        rtl_ += fmt::format(" {}/{}", side.prefix, file["path"].get<std::string>());
      std::string connections;
      for (const auto& port : manifest["ports"]) {
        const std::string name = port["name"], wire = fmt::format("{}_{}", side.prefix, name);
        const int width = port["width"];
        ports += fmt::format("{}    {} wire {} {}", ports.empty() ? "" : ",\n",
                             port["direction"].get<std::string>(),
                             width == 1 ? "" : fmt::format("[{}:0]", width - 1), wire);
        connections +=
            fmt::format("{}        .{}({})", connections.empty() ? "" : ",\n", name, wire);
      }
      instances += fmt::format("    {0}_core u_{0} (\n{1}\n    );\n", side.prefix, connections);
    }
    write_file(folder_.path() / "three_cores.v",
               fmt::format("module three_cores (\n{}\n);\n{}endmodule\n", ports, instances));
  }
  void expect_quiet(const std::string& command) {
    const CommandResult result = run_command(command, folder_.path());
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.text, "") << command;
  }

  TempFolder folder_;
  std::string rtl_;
};

TEST_F(Prefix, lets_three_cores_stand_in_one_design_in_verilator) {
  expect_quiet("verilator --lint-only -Wall --top-module three_cores three_cores.v" + rtl_);
}
TEST_F(Prefix, lets_three_cores_stand_in_one_design_in_icarus) {
  expect_quiet("iverilog -g2005 -Wall -s three_cores -o three_cores.vvp three_cores.v" + rtl_);
}
TEST_F(Prefix, lets_three_cores_stand_in_one_design_in_yosys) {
  expect_quiet("yosys -q -p 'read_verilog three_cores.v" + rtl_ +
               "; hierarchy -check -top three_cores; proc; check -assert'");
}

TEST_F(Prefix, lets_every_testbench_pass_with_all_cores_compiled) {
  std::string benches;
  for (const Side& side : sides_) benches += fmt::format(" {0}/tb/{0}_core_tb.v", side.prefix);
  for (const Side& side : sides_) {
    SCOPED_TRACE(side.prefix);
    expect_quiet(fmt::format("iverilog -g2005 -Wall -s {}_core_tb -o tb.vvp{}{}", side.prefix, rtl_,
                             benches));
    const CommandResult result = run_command("vvp tb.vvp", folder_.path());
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.text, HasSubstr("PASS"));
    EXPECT_THAT(result.text, testing::Not(HasSubstr("FAIL")));
  }
}

TEST_F(Prefix, is_needed_for_that) {
  const CommandResult result =
      run_command("iverilog -g2005 -s three_cores -o three_cores.vvp three_cores.v" + rtl_ + " " +
                      replaced(rtl_.substr(0, rtl_.find(" wide")), "rc/", "./rc/"),
                  folder_.path());
  EXPECT_NE(result.status, 0);
}

// In all files, the SystemC part's included.
TEST(PrefixedFiles, differ_from_others_by_nothing_but_names) {
  for (const View view : {View::kStructural, View::kVector}) {
    const ArrayConfig config{.rows = 3, .cols = 4};
    const std::vector<EmittedFile> files = emit(config, view, true),
                                   same = emit(config, view, true, "rc"),
                                   prefixed = emit(config, view, true, "abc");
    ASSERT_EQ(files.size(), prefixed.size());
    for (size_t i = 0; i < files.size(); ++i) {
      EXPECT_EQ(files[i].path, same[i].path);
      EXPECT_EQ(files[i].text, same[i].text);
      EXPECT_EQ(files[i].path, replaced(prefixed[i].path, "abc_", "rc_"));
      if (files[i].path == "manifest.json") continue;  // it has hashes
      std::string text = replaced(prefixed[i].text, " --prefix abc -o", " -o");
      text = replaced(replaced(text, "abc_example", "example"), "abc_rowcast", "rowcast");
      text = replaced(replaced(text, "abc_", "rc_"), "ABC_", "RC_");
      EXPECT_EQ(files[i].text, text);
      EXPECT_EQ(prefixed[i].text.find("rc_"), std::string::npos) << files[i].path;
      EXPECT_EQ(prefixed[i].text.find("RC_"), std::string::npos) << files[i].path;
    }
  }
}

}  // namespace
}  // namespace rowcast
