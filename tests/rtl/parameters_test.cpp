// The Verilog parameters: of a type that can not wrap, whatever the width of what they are
// overridden with, nothing that follows from others among them, and refused beyond the bounds of
// the field table.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "generator/emit.h"
#include "generator/files.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using test::CommandResult;
using test::run_command;
using testing::HasSubstr;
using testing::IsEmpty;

// "NAME" and the line, for each parameter that the text declares.
std::vector<std::pair<std::string, std::string>> declared_parameters(const std::string& text) {
  static const std::regex declaration(R"(\n *parameter\b[^;,\n]*?(\w+) *=[^\n]*)");
  std::vector<std::pair<std::string, std::string>> found;
  for (std::sregex_iterator it(text.begin(), text.end(), declaration), end; it != end; ++it)
    found.emplace_back((*it)[1], (*it)[0]);
  return found;
}

TEST(Parameters, of_every_module_are_integers) {
  int parameters = 0;
  for (const char* folder : {"rtl_templates", "tests", "synth"})
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(source_path(folder))) {
      const std::string name = entry.path().filename();
      if (!name.ends_with(".v") && !name.ends_with(".v.in")) continue;
      for (const auto& [parameter, line] : declared_parameters(read_file(entry.path()))) {
        EXPECT_THAT(line, HasSubstr("parameter integer ")) << entry.path();
        ++parameters;
      }
    }
  EXPECT_GT(parameters, 50);
}

// What follows from a parameter is no parameter, so that nobody can override it.
TEST(Parameters, of_the_core_are_those_of_the_field_table) {
  for (const int row_broadcast : {0, 1})
    for (const EmittedFile& file :
         {emit_modules({.row_broadcast = row_broadcast}, View::kStructural).back(),
          emit_trace_module({.row_broadcast = row_broadcast}, View::kStructural)}) {
      std::vector<std::string> declared, fields;
      for (const auto& [parameter, line] : declared_parameters(file.text))
        declared.push_back(parameter);
      for (const ConfigField& field : config_fields())
        if (!field.flag && (row_broadcast || field.member != &ArrayConfig::broadcast_stages))
          fields.emplace_back(field.parameter);
      EXPECT_THAT(declared, testing::UnorderedElementsAreArray(fields)) << file.path;
    }
}

// ------------------------------------------------------------------ overrides of any width

// The emitted defaults, and a configuration in which every sum and product of two parameters wraps
// where it has as many bits as they need.
constexpr ArrayConfig kDefaults{.rows = 2, .cols = 3, .max_reduction = 9, .tag_width = 5};
constexpr ArrayConfig kNarrow{.rows = 7,
                              .cols = 15,
                              .data_width = 8,
                              .weight_width = 8,
                              .acc_width = 31,
                              .max_reduction = 7,
                              .tag_width = 15,
                              .broadcast_stages = 1};

std::string overrides(const ArrayConfig& config, bool sized) {
  std::vector<std::string> values;
  for (const ConfigField& field : config_fields()) {
    if (field.flag || (!config.row_broadcast && field.member == &ArrayConfig::broadcast_stages))
      continue;
    const unsigned value = static_cast<unsigned>(field_value(config, field));
    values.push_back(sized
                         ? fmt::format(".{}({}'d{})", field.parameter,
                                       std::max(1, static_cast<int>(std::bit_width(value))), value)
                         : fmt::format(".{}({})", field.parameter, value));
  }
  return fmt::format("{}", fmt::join(values, ", "));
}

// The defaults' modules with the narrow configuration's testbench, which overrides them all.
std::vector<EmittedFile> overridden(int row_broadcast) {
  ArrayConfig defaults = kDefaults, narrow = kNarrow;
  defaults.row_broadcast = narrow.row_broadcast = row_broadcast;
  if (!row_broadcast) narrow.broadcast_stages = 0;
  std::vector<EmittedFile> files = emit(defaults, View::kStructural);
  for (EmittedFile& file : emit(narrow, View::kStructural)) {
    if (file.path != "tb/rc_core_tb.v") continue;
    test::replace_once(file.text, "rc_core u_core (",
                       fmt::format("rc_core #({}) u_core (", overrides(narrow, true)));
    file.path = "narrow_tb.v";
    files.push_back(file);
  }
  return files;
}

class Overridden : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Core, Overridden, testing::Values(1, 0),
                         [](const auto& info) { return info.param ? "broadcast" : "plain"; });

TEST_P(Overridden, with_narrow_constants_is_right_in_icarus) {
  const TempFolder folder;
  write_files(overridden(GetParam()), folder.path());
  const CommandResult result = run_command(
      "iverilog -g2005 -Wall -o tb.vvp -c filelist.f narrow_tb.v && vvp tb.vvp", folder.path());
  EXPECT_THAT(result.text, testing::StartsWith("PASS: "));
}

TEST_P(Overridden, with_narrow_constants_is_right_in_verilator) {
  const TempFolder folder;
  write_files(overridden(GetParam()), folder.path());
  // Verilator reports each constant that is not 32 bits wide.
  const CommandResult built = run_command(
      "verilator --binary --timing --language 1364-2005 -Wno-WIDTH -Wno-fatal -Wno-STMTDLY "
      "--top-module rc_core_tb --Mdir obj -f filelist.f narrow_tb.v -MAKEFLAGS "
      "\"$(command -v ccache >/dev/null && echo OBJCACHE=ccache) OPT_FAST=-O0 OPT_SLOW=-O0\" "
      ">build.log 2>&1 || cat build.log",
      folder.path());
  ASSERT_EQ(built.text, "");
  EXPECT_THAT(run_command("obj/Vrc_core_tb", folder.path()).text, testing::StartsWith("PASS: "));
}

TEST_P(Overridden, with_narrow_constants_is_the_same_netlist_in_yosys) {
  const TempFolder folder;
  write_files(overridden(GetParam()), folder.path());
  ArrayConfig config = kNarrow;
  config.row_broadcast = GetParam();
  // Names of parametrised modules hold the values as they were written: after flatten they are
  // gone.
  const auto netlist = [&](bool sized) {
    write_file(folder.path() / "top.v", fmt::format("module top (input wire clk_i);\n"
                                                    "  (* keep *) rc_core #({}) u_core "
                                                    "(.clk_i(clk_i));\nendmodule\n",
                                                    overrides(config, sized)));
    const CommandResult result = run_command(
        "yosys -q -p \"read_verilog top.v $(tr '\\n' ' ' < filelist.f); "
        "hierarchy -check -top top; proc; tee -q -o stat.txt stat -width\"; "
        "sed -n '/design hierarchy/,$p' stat.txt | grep -v paramod",
        folder.path());
    EXPECT_EQ(result.status, 0);
    return result.text;
  };
  const std::string unsized = netlist(false);
  EXPECT_THAT(unsized, HasSubstr("Number of cells"));
  EXPECT_EQ(netlist(true), unsized);
}

// ------------------------------------------------------------------ bounds

struct Bound {
  std::string parameter;
  int value;
  std::string message;  // of an illegal value; empty: legal
};
void PrintTo(const Bound& bound, std::ostream* out) {
  *out << bound.parameter << "=" << bound.value << (bound.message.empty() ? "" : ", refused");
}

constexpr ArrayConfig kBase{.rows = 1, .cols = 1};

std::vector<Bound> bounds() {
  std::vector<Bound> all;
  for (const ConfigField& field : config_fields()) {
    if (field.flag) continue;
    const std::string name(field.parameter);
    const bool sum = field.member == &ArrayConfig::acc_width;
    const int least = sum ? kBase.data_width + kBase.weight_width : field.min;
    const std::string message =
        fmt::format("{}_must_be_from_{}_to_{}", name,
                    sum ? "DATA_W_plus_WEIGHT_W" : std::to_string(field.min), field.max);
    for (const int value : {least, field.max}) all.push_back({name, value, ""});
    for (const int value : std::set{least - 1, field.max + 1, 0, -1, -5})
      if (value < least || value > field.max) all.push_back({name, value, message});
  }
  return all;
}

class Bounds : public testing::TestWithParam<Bound> {};
INSTANTIATE_TEST_SUITE_P(Of, Bounds, testing::ValuesIn(bounds()), [](const auto& info) {
  return fmt::format("{}_{}{}", info.param.parameter, info.param.value < 0 ? "minus_" : "",
                     std::abs(info.param.value));
});

TEST_P(Bounds, are_kept_by_every_tool) {
  const auto& [parameter, value, message] = GetParam();
  const TempFolder folder;
  // The vector view has no modules of its elements, of which a long side has too many for a test.
  // Yosys does not take it; in its hierarchy elements are cheap.
  write_files(emit(kBase, View::kStructural), folder.path());
  write_files(emit(kBase, View::kVector), folder.path() / "vector");
  write_file(
      folder.path() / "top.v",
      fmt::format("module top;\n  rc_core #(.{}({})) u_core ();\nendmodule\n", parameter, value));
  std::vector<std::string> commands = {
      fmt::format("cd vector && verilator --lint-only -Wall -Wno-BLKSEQ --unroll-count 3000 "
                  "--unroll-stmts 1 --top-module rc_core -f filelist.f -G{}={}",
                  parameter, value),
      fmt::format("cd vector && iverilog -g2005 -Wall -s rc_core -o core.vvp -c filelist.f "
                  "-Prc_core.{}={}",
                  parameter, value),
      std::string("ulimit -v 2000000; yosys -q -p \"read_verilog top.v "
                  "$(tr '\\n' ' ' < filelist.f); hierarchy -check -top top\"")};
  // The structural view, where it is small.
  if (value <= 1)
    commands.push_back(
        fmt::format("verilator --lint-only -Wall --top-module rc_core -f filelist.f -G{}={}",
                    parameter, value));
  for (const std::string& command : commands) {
    const CommandResult result = run_command(command, folder.path());
    if (message.empty()) {
      EXPECT_EQ(result.status, 0) << command;
      EXPECT_THAT(result.text, IsEmpty()) << command;
    } else {
      EXPECT_NE(result.status, 0) << command;
      EXPECT_THAT(result.text, HasSubstr(message)) << command;
    }
  }
}

}  // namespace
}  // namespace rowcast
