// What holds for every option of every command, walked one by one; and where options say nothing.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "app/commands/all_commands.h"
#include "generator/files.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class Options : public testing::Test {
 protected:
  const TempFolder folder_;
  const CommandLine line_;

  test::CommandResult rowcast(const std::string& arguments) {
    return test::run_command(fmt::format("timeout 60 '{}' {}", ROWCAST_BINARY, arguments),
                             folder_.path());
  }

  void expect_refused(const std::string& arguments, const std::string& problem) {
    const test::CommandResult result = rowcast(arguments);
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_THAT(result.text, HasSubstr(problem)) << arguments;
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path())) << arguments;
  }

  // Of every command: the option, and a text that the shell may be given for it.
  template <class Visit>
  void for_each_option(const Visit& visit) {
    int count = 0;
    for (const CommandOptions& command : line_.commands())
      for (const CommandOptions::Option& option : command.options()) {
        visit(command, option);
        ++count;
      }
    EXPECT_GT(count, 80);
  }
};

TEST_F(Options, all_say_in_help_what_stands_for_them_or_that_they_are_required) {
  std::map<std::string, std::string> helps;
  for_each_option([&](const CommandOptions& command, const CommandOptions::Option& option) {
    std::string& help = helps[command.name()];
    if (help.empty()) help = rowcast(command.name() + " --help").text;
    std::istringstream lines(help);
    bool listed = false;
    for (std::string text; std::getline(lines, text);) {
      std::istringstream words(text);
      std::string names;
      words >> names;
      if (names != option.name() && !names.ends_with("," + option.name())) continue;
      listed = true;
      EXPECT_THAT(text, MatchesRegex(".+[( ](default: [^ )].*|required)\\)")) << command.name();
    }
    EXPECT_TRUE(listed) << command.name() << ' ' << option.name();
  });
}

TEST_F(Options, all_refuse_to_be_empty) {
  for_each_option([&](const CommandOptions& command, const CommandOptions::Option& option) {
    if (option.is_flag()) return;
    const bool positional = !option.name().starts_with('-');
    const std::string problem =
        fmt::format("error: {}: is empty, a value is needed\n", option.name());
    expect_refused(fmt::format("{} {} ''", command.name(), positional ? "" : option.name()),
                   problem);
    if (!positional) expect_refused(fmt::format("{} {}=", command.name(), option.name()), problem);
  });
}

TEST_F(Options, all_refuse_to_be_given_twice) {
  for_each_option([&](const CommandOptions& command, const CommandOptions::Option& option) {
    if (!option.name().starts_with('-')) return;
    const std::string once = option.name() + (option.is_flag() ? " " : " 1 ");
    expect_refused(fmt::format("{} {}{}", command.name(), once, once),
                   fmt::format("error: {}: is given ", option.name()));
  });
}

TEST_F(Options, that_are_flags_take_no_value) {
  for_each_option([&](const CommandOptions& command, const CommandOptions::Option& option) {
    if (option.is_flag())
      for (const char* value : {"", "false", "true", "1"})
        expect_refused(fmt::format("{} {}={}", command.name(), option.name(), value),
                       fmt::format("error: {}: takes no value\n", option.name()));
  });
}

TEST_F(Options, that_are_numbers_refuse_what_is_none_and_what_lies_outside) {
  int count = 0;
  for_each_option([&](const CommandOptions& command, const CommandOptions::Option& option) {
    if (option.range().empty()) return;
    ++count;
    for (const char* text : {"nan", "inf", "-inf", "-0", "+1", " 1", "1 ", "0x10", "1e", "1,5", "x",
                             "-1", "99999999999999999999999", "4294967297000000000000", "1e999"})
      expect_refused(fmt::format("{} '{}={}'", command.name(), option.name(), text),
                     fmt::format("error: {}: ", option.name()));
    EXPECT_THAT(rowcast(fmt::format("{} {}=x", command.name(), option.name())).text,
                HasSubstr("allowed is " + option.range() + "\n"));
  });
  EXPECT_GE(count, 10);
}

TEST_F(Options, that_are_one_of_a_few_texts_refuse_all_others) {
  std::set<std::string> names;
  for_each_option([&](const CommandOptions& command, const CommandOptions::Option& option) {
    if (option.texts().empty()) return;
    names.insert(option.name());
    for (const std::string& text :
         {option.texts().front() + "x", std::string("AUTO"), std::string(" ")})
      expect_refused(fmt::format("{} {} '{}'", command.name(), option.name(), text),
                     fmt::format("error: {}: '{}' is unknown, allowed are {}", option.name(), text,
                                 option.texts().front()));
  });
  EXPECT_THAT(names, testing::IsSupersetOf({"--view", "--mapping", "--model", "--target"}));
}

// A terminal acts on escape sequences, whoever wrote them.
TEST_F(Options, are_shown_without_control_characters) {
  const std::string bad = "a\x1b[2J\rb", shown = "a\\x1b[2J\\x0db";
  for (const char* arguments : {"run --array '{}'",
                                "run --layer '{}'",
                                "run --layer 'dw:8x8x4,{}'",
                                "run --seed '{}'",
                                "run --view '{}'",
                                "run --mapping '{}'",
                                "run --variant '{}'",
                                "run mobilenet_v2 --layers '{}'",
                                "run --layer dw:8x8x4 --trace '{}'",
                                "run --layer dw:8x8x4 --trace w.fst --trace-steps '{}'",
                                "run --rtl '{}' --layer dw:8x8x4",
                                "run '{}'",
                                "run --config '{}' --layer dw:8x8x4",
                                "generate -o d --prefix '{}'",
                                "generate -o d --acc-width '{}'",
                                "synth --clock '{}'",
                                "synth --sweep '{}'",
                                "synth --variant '{}'",
                                "synth --liberty '{}'",
                                "compare --networks '{}'",
                                "search '{}'",
                                "search mobilenet_v2 --operators '{}'",
                                "search mobilenet_v2 --max-cycles '{}'",
                                "estimate --model '{}'",
                                "show '{}'",
                                "'{}'",
                                "run '--{}'",
                                "estimate mobilenet_v2 --json '{}/x'"}) {
    const test::CommandResult result = rowcast(fmt::format(fmt::runtime(arguments), bad));
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_THAT(result.text, testing::StartsWith("error: ")) << arguments;
    EXPECT_THAT(result.text, HasSubstr(shown)) << arguments;
    EXPECT_EQ(result.text.find_first_of("\x1b\r"), std::string::npos) << arguments;
  }
}

TEST_F(Options, say_so_where_they_say_nothing) {
  const std::pair<const char*, const char*> kRefused[] = {
      {"estimate mobilenet_v2 --rounding code",
       "--rounding: says nothing with --model rtl, allowed is --model date21"},
      {"estimate mobilenet_v2 --model date21 --dataflow ws",
       "--dataflow: says nothing with --model date21, allowed is --model scale-sim"},
      {"estimate mobilenet_v2 --model scale-sim --mapping im2col",
       "--mapping: says nothing with --model scale-sim, allowed is --model rtl"},
      {"estimate mobilenet_v2 --model roofline --allow-overflow",
       "--allow-overflow: says nothing with --model roofline, allowed is --model rtl"},
      {"estimate mobilenet_v2 --model date21 --memory",
       "--memory: says nothing with --model date21, allowed is --model rtl"},
      {"estimate mobilenet_v2 --model date21 --no-row-broadcast",
       "--no-row-broadcast: says nothing with --model date21, allowed is --model rtl, roofline"},
      {"estimate mobilenet_v2 --model roofline --acc-width 32",
       "--acc-width: says nothing with --model roofline, allowed is --model rtl"},
      {"estimate mobilenet_v2 --sram-weights 3",
       "--sram-weights: says nothing without --memory, allowed is with --memory"},
      {"estimate mobilenet_v2 --im2col stored",
       "--im2col: says nothing without --memory, allowed is with --memory"},
      {"estimate mobilenet_v2 --select greedy",
       "--select: says nothing with --variant baseline, allowed is --variant full50, half50, all"},
      {"estimate mobilenet_v2 --depthwise-as channels",
       "--depthwise-as: the network is no .csv file, allowed is a SCALE-Sim topology"},
      {"estimate --layer pw:1x1x1 --layers 1",
       "--layers: says nothing with --layer, allowed is to leave it out"},
      {"run mobilenet_v2 --trace-steps 1",
       "--trace-steps: says nothing without --trace, allowed is with --trace"},
      {"run mobilenet_v2 --rtl d --acc-width 32",
       "--acc-width: says nothing with --rtl, allowed is to leave it out"},
      {"estimate --layer pw:2x2x2 --variant half",
       "--variant: 'half' changes nothing, pw:2x2x2 has no layer that it fuses, allowed is "
       "baseline"},
      {"show --layer dw:3x3x4 --variant full50",
       "--variant: 'full50' changes nothing, dw:3x3x4 has no layer that it fuses (fuse50 marks the "
       "blocks that it does), allowed is baseline"},
      {"compare --view vector", "--view: says nothing without --rtl, allowed is with --rtl"},
      {"synth --activity blanket --network mobilenet_v1",
       "--network: says nothing with --activity blanket, allowed is --activity workload"},
      {"synth --sweep size --clock 1",
       "--clock: says nothing with --sweep, allowed is to leave it out"},
      {"synth --target ice40 --html h.html",
       "--html: says nothing with --target ice40, allowed is --target asic"},
  };
  for (const auto& [arguments, problem] : kRefused)
    expect_refused(arguments, fmt::format("error: {}\n", problem));
}

TEST_F(Options, that_break_rules_are_all_named_at_once) {
  EXPECT_EQ(
      rowcast("estimate mobilenet_v2 --rounding code --memory --memory --json '' --model x").text,
      "error: --model: 'x' is unknown, allowed are rtl, date21, scale-sim, roofline\n"
      "error: --rounding: says nothing with --model x, allowed is --model date21\n"
      "error: --memory: is given 2 times, allowed is once\n"
      "error: --json: is empty, a value is needed\n");
}

TEST_F(Options, of_compare_name_what_estimate_reads_too) {
  write_file(folder_.path() / "t.csv",
             "Layer name,IFMAP Height,IFMAP Width,Filter Height,Filter Width,Channels,"
             "Num Filter,Strides,\nstem,6,6,3,3,2,4,1,\n"
             "dw,6,6,3,3,4,1,1,\n");
  const test::CommandResult open = rowcast("compare --networks t.csv --array 4 --csv c.csv");
  EXPECT_EQ(open.status, 0) << open.text;
  EXPECT_THAT(open.text, HasSubstr("warning: t.csv: 1 of 2 layers (dw) have several channels"));
  const test::CommandResult told =
      rowcast("compare --networks t.csv --array 4 --depthwise-as channels --csv c.csv");
  EXPECT_EQ(told.status, 0) << told.text;
  EXPECT_THAT(told.text, testing::Not(HasSubstr("warning")));
  EXPECT_EQ(rowcast("compare --networks mobilenet_v1 --depthwise-as channels").text,
            "error: --depthwise-as: the network is no .csv file, allowed is a SCALE-Sim "
            "topology\n");
}

// ---------------------------------------------------------------- what the machine refuses

TEST_F(Options, and_a_standard_output_that_is_full_or_closed_are_errors) {
  for (const char* arguments : {"list", "--help", "--version", "run --help", "show mobilenet_v1"}) {
    EXPECT_EQ(rowcast(fmt::format("{} 2>&1 >/dev/full", arguments)).text,
              "error: standard output: can not be written: No space left on device\n");
    EXPECT_EQ(rowcast(fmt::format("{} 2>&1 >&-", arguments)).text,
              "error: standard output: can not be written: Bad file descriptor\n");
    EXPECT_EQ(rowcast(fmt::format("{} >/dev/full", arguments)).status, 2);
  }
  for (const char* nowhere : {"2>/dev/full", "2>&-"}) {
    EXPECT_EQ(rowcast(fmt::format("list {}", nowhere)).status, 0);
    EXPECT_EQ(rowcast(fmt::format("frobnicate {}", nowhere)).status, 2);
  }
}

TEST_F(Options, need_a_folder_for_temporary_files) {
  const test::CommandResult result = test::run_command(
      fmt::format("TMPDIR=/no/such '{}' synth --array 1 --activity blanket", ROWCAST_BINARY),
      folder_.path());
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.text, testing::StartsWith("error: TMPDIR: what it names can not hold"));
}

TEST_F(Options, and_a_closed_stderr_leave_files_as_they_should_be) {
  const std::string topology =
      "Layer name,IFMAP Height,IFMAP Width,Filter Height,Filter Width,Channels,"
      "Num Filter,Strides,\na,4,4,3,3,4,1,1,\n";
  write_file(folder_.path() / "t.csv", topology);
  EXPECT_EQ(rowcast("estimate t.csv --array 4 --json r.json 2>&-").status, 0);
  EXPECT_THAT(read_file(folder_.path() / "r.json"), testing::StartsWith("{"));
}

}  // namespace
}  // namespace rowcast
