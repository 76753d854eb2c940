// What foreign Verilog, signals, full disks and closed streams do to the program: it says what
// happened, and leaves nothing behind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "generator/files.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Contained : public testing::Test {
  TempFolder temporary_;

 protected:
  const fs::path folder_ = temporary_.path();

  test::CommandResult rowcast(const std::string& arguments, const std::string& before = "") {
    return test::run_command(
        fmt::format("{} timeout 100 '{}' {}", before, ROWCAST_BINARY, arguments), folder_);
  }
  std::string shell(const std::string& command) { return test::run_command(command, folder_).text; }
};

// ---------------------------------------------------------------- foreign Verilog

// One array for all: the reduction's length says what it does.
class HostileVerilog : public Contained {
 protected:
  void SetUp() override {
    ASSERT_EQ(rowcast("generate --array 2x2 -o d").status, 0);
    test::replace_in_file(folder_ / "d/rtl/rc_core.v", "endmodule", R"(
  wire oscillates = cmd_valid_i && cmd_beats_i == 11 && !oscillates;
  integer i;
  always @(posedge clk_i) begin
    if (cmd_valid_i && !rst_i) begin
      case (cmd_beats_i)
        12: if (!oscillates) $finish;
        13: $stop;
        14: $fatal(1, "out of order");
        15: assert (0);
        16: for (i = 0; i >= 0; i = i & 3) i = i + 1;
        17: $c("__builtin_trap();");
        18: $display("hello");
        default: ;
      endcase
    end
  end
endmodule)");
  }
  test::CommandResult run(int beats, const std::string& rest = "") {
    return rowcast(fmt::format("run --layer pw:2x2x{},o2 --rtl d --json r.json {}", beats, rest));
  }
  std::string ended(const std::string& why) {
    return "error: rc_core: its Verilog ended the simulation: " + why;
  }
};

TEST_F(HostileVerilog, ends_with_1_and_what_it_did) {
  EXPECT_EQ(run(3).status, 0);
  fs::remove(folder_ / "r.json");
  for (const auto& [beats, why] :
       {std::pair{11, ended("rtl/rc_core.v:")},
        {12, ended("rtl/rc_core.v:")},
        {13, ended("rtl/rc_core.v:")},
        {14, ended("rtl/rc_core.v:")},
        {15, ended("rtl/rc_core.v:")},
        {16, std::string("error: rc_core: a clock edge does not end: its Verilog has an endless "
                         "loop\n")},
        {17, std::string("error: rc_core: its Verilog crashes the simulation\n")}}) {
    SCOPED_TRACE(beats);
    const test::CommandResult result = run(beats);
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.text, HasSubstr(why));
    EXPECT_FALSE(fs::exists(folder_ / "r.json"));
  }
  EXPECT_THAT(run(11).text, HasSubstr("did not converge"));
  EXPECT_THAT(run(12).text, HasSubstr(": $finish\n"));
  EXPECT_THAT(run(13).text, HasSubstr(": $stop, or a failing assertion\n"));
  EXPECT_THAT(run(14).text, HasSubstr("out of order"));
}

TEST_F(HostileVerilog, prints_beside_the_results_not_among_them) {
  const test::CommandResult result =
      rowcast("run --layer pw:2x2x18,o2 --rtl d --json - 2>err | head -c 1");
  EXPECT_EQ(result.text, "{");
  EXPECT_THAT(shell("cat err"), HasSubstr("hello\n"));
}

TEST_F(HostileVerilog, leaves_no_half_trace) {
  const test::CommandResult result = rowcast("run --layer pw:2x2x12,o2 --rtl d --trace t.fst");
  EXPECT_EQ(result.status, 1) << result.text;
  EXPECT_EQ(shell("ls"), "d\n");
}

// ---------------------------------------------------------------- signals

// A stand-in for Verilator that starts another process and waits for it.
class Ended : public Contained {
 protected:
  void SetUp() override {
    shell(
        "mkdir tools tmp cache; printf '#!/bin/sh\\n"
        "case \"$*\" in --version) echo Verilator; exit ;; --getenv*) echo /; exit ;; esac\\n"
        "sleep 1000 & echo $! >child; echo $$ >self; wait\\n' >tools/verilator; "
        "printf '#!/bin/sh\\necho >\"$PWD/verilated.o\"\\n' >tools/g++; chmod +x tools/*");
  }
  // Starts a run, waits for the stand-in, sends the signal; what is left of processes and files.
  // Job control (set -m): else the shell has INT and QUIT ignored in the background. The process's
  // number, not %1: a job that has ended before the shell waits for it is no job any more.
  std::string left_behind(const std::string& signal) {
    write_file(folder_ / "script", fmt::format(R"(set -m
PATH=$PWD/tools:$PATH TMPDIR=$PWD/tmp ROWCAST_CACHE=$PWD/cache \
  '{}' run --layer pw:2x2x2 --array 2 >out 2>&1 &
rowcast=$!
for ((n = 0; n < 600; ++n)); do
  [[ -s $(echo cache/*/self) ]] && break
  sleep 0.05
done
children=$(cat cache/*/self cache/*/child)
kill -{} -- -$rowcast
wait $rowcast 2>/dev/null
echo status $?
sleep 0.3
for child in $children; do
  [[ $(ps -o stat= $child) == [^Z]* ]] && echo $child lives
done
ls tmp cache | grep -v verilated
cat out
)",
                                               ROWCAST_BINARY, signal));
    return shell("bash script 2>/dev/null; rm -rf cache/*");
  }
};

TEST_F(Ended, by_a_signal_leaves_neither_processes_nor_folders) {
  for (const auto& [name, number] : {std::pair{"TERM", 15}, {"HUP", 1}, {"INT", 2}, {"QUIT", 3}})
    EXPECT_EQ(left_behind(name), fmt::format("status {}\ncache:\n\ntmp:\n", 128 + number)) << name;
}

TEST_F(Ended, by_force_leaves_no_processes) {
  EXPECT_THAT(left_behind("KILL"), AllOf(StartsWith("status 137\n"), Not(HasSubstr("lives"))));
}

// ---------------------------------------------------------------- streams and disks

TEST_F(Contained, closed_or_full_standard_streams_do_not_change_the_exit_code) {
  for (const char* stream : {"2>&-", "2>/dev/full", "2>&- <&-"}) {
    SCOPED_TRACE(stream);
    EXPECT_EQ(rowcast(fmt::format("show nothing {}", stream)).status, 2);
    EXPECT_EQ(rowcast(fmt::format("nothing {}", stream)).status, 2);
    EXPECT_EQ(rowcast(fmt::format("show --nothing {}", stream)).status, 2);
    EXPECT_EQ(rowcast(fmt::format("generate --array 2 -o d {}", stream)).status, 0);
    EXPECT_EQ(rowcast(fmt::format("run --layer pw:2x2x2 --array 2 {}", stream)).status, 0);
  }
  EXPECT_THAT(rowcast("list >&-").text, StartsWith("error: standard output: can not be written: "));
  EXPECT_EQ(rowcast("list >&-").status, 2);
}

TEST_F(Contained, a_trace_of_nothing_is_refused) {
  write_file(folder_ / "n.toml",
             "name = \"n\"\ninput = [2, 4, 4]\n[[block]]\ntype = \"pool\"\nname = \"p\"\n");
  const test::CommandResult result = rowcast("run n.toml --array 2 --trace t.fst");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.text,
            "error: --trace: the network has no layer that runs on the array, one is needed\n");
}

TEST_F(Contained, a_trace_on_a_full_disk_is_refused_and_leaves_nothing) {
  if (::geteuid() != 0) GTEST_SKIP() << "mounting a small disk needs root";
  ASSERT_EQ(rowcast("run --layer pw:2x2x2 --array 2 --trace t.fst").status, 0);
  for (const char* size : {"64k", "60M"})
    for (const char* kind : {"fst", "vcd"}) {
      SCOPED_TRACE(fmt::format("{} {}", size, kind));
      const std::string text = shell(fmt::format(
          "mkdir -p disk; unshare -m sh -c \"mount -t tmpfs -o size={} none disk && '{}' run "
          "--layer pw:20x20x40,o20 --array 2 --trace disk/t.{} >out 2>err; echo \\$?; ls -A "
          "disk\"; "
          "cat err",
          size, ROWCAST_BINARY, kind));
      EXPECT_EQ(text,
                "2\nerror: trace: less than 64 MB are free where it is to be written, more is "
                "needed\n");
    }
}

TEST_F(Contained, a_page_whose_trace_has_no_space_is_refused_and_leaves_nothing) {
  if (::geteuid() != 0) GTEST_SKIP() << "mounting a small disk needs root";
  ASSERT_EQ(rowcast("watch pw:2x2x2 --array 2 -o /dev/null").status, 0);
  EXPECT_EQ(shell(fmt::format(
                "mkdir -p disk; unshare -m sh -c \"mount -t tmpfs -o size=1M none disk && "
                "TMPDIR=disk '{}' watch pw:2x2x2 --array 2 -o p.html >out 2>err; echo \\$?; ls -A "
                "disk\"; cat err; ls p.html 2>&1 | grep -c cannot",
                ROWCAST_BINARY)),
            "2\nerror: trace: less than 64 MB are free where it is to be written, more is needed\n"
            "1\n");
}

}  // namespace
}  // namespace rowcast
