// Where outputs go: standard output, special files, links, and what is refused because something
// would be lost.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "generator/error.h"
#include "generator/files.h"
#include "generator/output_file.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kEstimate = "estimate --layer pw:2x2x2 --array 4 ";
constexpr const char* kHeader = "network,variant,array,model,";

class OutputFiles : public testing::Test {
  TempFolder temporary_;

 protected:
  const fs::path folder_ = temporary_.path();

  // A shell's line in folder_; ROWCAST is the program.
  test::CommandResult shell(std::string line) {
    for (size_t at; (at = line.find("ROWCAST")) != std::string::npos;)
      line.replace(at, 7, fmt::format("timeout 60 '{}'", ROWCAST_BINARY));
    return test::run_command(line, folder_);
  }
  void write(const std::string& name, const std::string& text) { write_file(folder_ / name, text); }
  std::string text_of(const std::string& name) { return read_file(folder_ / name); }
  size_t files() {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  }

  void expect_refused(const std::string& arguments, const std::string& error) {
    SCOPED_TRACE(arguments);
    const size_t before = files();
    const test::CommandResult result = shell("ROWCAST " + arguments);
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.text, "error: " + error + "\n");
    EXPECT_EQ(files(), before);
  }
};

TEST_F(OutputFiles, json_on_standard_output_is_all_that_is_there) {
  for (const char* name : {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}) {
    SCOPED_TRACE(name);
    ASSERT_EQ(shell("ROWCAST " + kEstimate + "--json " + name + " >out 2>err").status, 0);
    EXPECT_EQ(nlohmann::json::parse(text_of("out")).at("network"), "pw:2x2x2");
    EXPECT_THAT(text_of("err"), HasSubstr("MACs"));
    EXPECT_EQ(files(), 2u);
  }
}

TEST_F(OutputFiles, csv_on_standard_output_goes_through_a_pipe) {
  const test::CommandResult result =
      shell("ROWCAST " + kEstimate + "--csv - 2>/dev/null | head -c 28");
  EXPECT_EQ(result.text, kHeader);
}

TEST_F(OutputFiles, standard_output_takes_one_output) {
  expect_refused(kEstimate + "--json - --csv -",
                 "--json: standard output and standard output of --csv are one file, allowed is a "
                 "file for each output");
  expect_refused(kEstimate + "--json - --csv /dev/stdout",
                 "--json: standard output and /dev/stdout of --csv are one file, allowed is a "
                 "file for each output");
}

TEST_F(OutputFiles, pipes_are_written_through) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  const test::CommandResult result =
      shell("cat pipe >copy & ROWCAST " + kEstimate + "--csv pipe >/dev/null && wait");
  EXPECT_EQ(result.status, 0) << result.text;
  EXPECT_THAT(text_of("copy"), StartsWith(kHeader));
  EXPECT_TRUE(fs::is_fifo(folder_ / "pipe"));
}

TEST_F(OutputFiles, open_descriptors_are_written_to) {
  EXPECT_EQ(shell("(echo before; ROWCAST " + kEstimate +
                  "--csv /dev/fd/3 >&2; echo behind) 3>&1 >&3 2>err >out")
                .status,
            0);
  ASSERT_EQ(shell("(echo before >&3; ROWCAST " + kEstimate + "--csv /dev/fd/3 >err) 3>out").status,
            0);
  EXPECT_THAT(text_of("out"), StartsWith(std::string("before\n") + kHeader));
}

TEST_F(OutputFiles, a_device_stays_one) {
  struct stat before {
  }, after{};
  ASSERT_EQ(::stat("/dev/null", &before), 0);
  const test::CommandResult result =
      shell("ROWCAST " + kEstimate + "--csv /dev/null --json /dev/null >/dev/null");
  EXPECT_EQ(result.status, 0) << result.text;
  ASSERT_EQ(::stat("/dev/null", &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(before.st_mode, after.st_mode);
}

TEST_F(OutputFiles, a_link_stays_and_what_it_points_to_is_replaced) {
  fs::create_directories(folder_ / "far/away");
  fs::create_symlink("far/away", folder_ / "near");
  fs::create_symlink("near/file", folder_ / "link");
  for (int round = 0; round < 2; ++round) {  // at first there is no file
    ASSERT_EQ(shell("ROWCAST " + kEstimate + "--csv link >/dev/null").status, 0);
    EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
    EXPECT_FALSE(fs::is_symlink(folder_ / "far/away/file"));
    EXPECT_THAT(text_of("far/away/file"), StartsWith(kHeader));
    write("far/away/file", "old\n");
  }
  fs::create_symlink("round", folder_ / "round");
  expect_refused(kEstimate + "--csv round",
                 "round: can not be written, a file in a writable folder is needed");
}

TEST_F(OutputFiles, a_replaced_file_keeps_mode_and_owner_and_is_never_half) {
  write("old", "old\n");
  fs::create_hard_link(folder_ / "old", folder_ / "reader");  // who has the old file open
  ASSERT_EQ(::chmod((folder_ / "old").c_str(), 0641), 0);
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::chown((folder_ / "old").c_str(), 1234, 4321), 0);
  }
  ASSERT_EQ(shell("ROWCAST " + kEstimate + "--csv old >/dev/null").status, 0);
  EXPECT_THAT(text_of("old"), StartsWith(kHeader));
  EXPECT_EQ(text_of("reader"), "old\n");
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "old").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0641u);
  if (root) {
    EXPECT_EQ(status.st_uid, 1234u);
    EXPECT_EQ(status.st_gid, 4321u);
  }
}

TEST_F(OutputFiles, a_new_file_has_the_mode_that_the_umask_leaves) {
  ASSERT_EQ(shell("umask 027; ROWCAST " + kEstimate + "--csv new >/dev/null").status, 0);
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "new").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST_F(OutputFiles, two_outputs_on_one_file_are_refused_however_they_are_spelt) {
  fs::create_directories(folder_ / "d");
  fs::create_symlink("d", folder_ / "e");
  write("there", "precious\n");
  fs::create_symlink("there", folder_ / "link");
  fs::create_hard_link(folder_ / "there", folder_ / "hard");
  const auto refused = [&](const std::string& csv, const std::string& json) {
    expect_refused(fmt::format("{}--json {} --csv {}", kEstimate, json, csv),
                   fmt::format("--json: {} and {} of --csv are one file, allowed is a file for "
                               "each output",
                               json, csv));
  };
  refused("new", "new");
  refused("new", "./d/../new");
  refused("d/new", "e/new");
  refused("there", "link");
  refused("there", "hard");
  refused("there", (folder_ / "there").string());
  EXPECT_EQ(text_of("there"), "precious\n");
}

TEST_F(OutputFiles, an_output_on_an_input_is_refused_by_every_command) {
  write("net.toml",
        "name = \"n\"\ninput = [1, 4, 4]\n[[block]]\ntype = \"fc\"\nname = \"a\"\nout = 2\n");
  write("array.toml", "rows = 4\ncols = 4\n");
  fs::copy_file("/usr/share/qflow/tech/osu018/osu018_stdcells.lib", folder_ / "cells.lib");
  ASSERT_EQ(shell("ROWCAST generate --array 4 -o d").status, 0);
  ASSERT_EQ(shell("ROWCAST run net.toml --array 4 --dump w >/dev/null").status, 0);
  fs::create_symlink("net.toml", folder_ / "link");
  const auto refused = [&](const std::string& command, const std::string& option,
                           const std::string& output, const std::string& input_option,
                           const std::string& input) {
    expect_refused(fmt::format("{} {} {}", command, option, output),
                   fmt::format("{}: {} is read, too ({} {}), allowed is a file that is no input",
                               option, output, input_option, input));
  };
  for (const char* option : {"--json", "--csv"}) {
    refused("estimate net.toml --array 4", option, "link", "network", "net.toml");
    refused("run net.toml --array 4", option, "./net.toml", "network", "net.toml");
    refused("estimate net.toml --config array.toml", option, "array.toml", "--config",
            "array.toml");
    refused("run net.toml --rtl d", option, "d/rtl/rc_pe.v", "--rtl", "d/rtl/rc_pe.v");
    refused("run net.toml --rtl d", option, "d/manifest.json", "--rtl", "d/manifest.json");
    refused("run net.toml --array 4 --weights w", option, "w/01_a_weights.npy", "--weights",
            "w/01_a_weights.npy");
    refused("run net.toml --array 4 --input w/01_a_input.npy", option, "w/01_a_input.npy",
            "--input", "w/01_a_input.npy");
    refused("compare --array 4 --networks net.toml", option, "net.toml", "--networks", "net.toml");
    refused("synth --array 2 --liberty cells.lib", option, "cells.lib", "--liberty", "cells.lib");
  }
  refused("compare --array 4 --networks net.toml", "--html", "net.toml", "--networks", "net.toml");
  refused("synth --array 2 --liberty cells.lib", "--html", "cells.lib", "--liberty", "cells.lib");
  refused("show net.toml", "--scale-sim", "net.toml", "network", "net.toml");
  const std::string trace = "run net.toml --array 4 --config t.fst";
  fs::copy_file(folder_ / "array.toml", folder_ / "t.fst");
  refused(trace, "--trace", "t.fst", "--config", "t.fst");
  // A dump over the weights that are read.
  const test::CommandResult dump = shell("ROWCAST run net.toml --array 4 --weights w --dump ./w");
  EXPECT_EQ(dump.status, 2);
  EXPECT_THAT(dump.text, HasSubstr("error: --dump: ./w/01_a_weights.npy is read, too (--weights "
                                   "w/01_a_weights.npy), allowed is a file that is no input\n"));
  EXPECT_EQ(shell("ROWCAST run net.toml --rtl d >/dev/null").status, 0);
}

TEST_F(OutputFiles, the_parts_of_a_dump_and_a_trace_are_outputs_like_others) {
  const std::string run = "run --layer pw:2x2x2 --array 4 ";
  expect_refused(run + "--dump d --json d/01_pw_rtl.npy",
                 "d/01_pw_rtl.npy: can not be written, a file in a writable folder is needed");
  fs::create_directories(folder_ / "d");
  expect_refused(run + "--dump d --json d/01_pw_rtl.npy",
                 "--json: d/01_pw_rtl.npy and d/01_pw_rtl.npy of --dump are one file, allowed is a "
                 "file for each output");
  expect_refused(run + "--dump new --json new",
                 "--json: new and new/01_pw_input.npy of --dump are one file, allowed is a file "
                 "for each output");
  expect_refused(run + "--trace t.fst --csv t.gtkw",
                 "--csv: t.gtkw and t.gtkw of --trace are one file, allowed is a file for each "
                 "output");
  fs::create_symlink("/dev/null", folder_ / "n.fst");
  expect_refused(run + "--trace n.fst", "--trace: n.fst is no ordinary file, allowed is one");
}

TEST_F(OutputFiles, a_full_disk_is_one_clear_error_and_leaves_nothing_half) {
  const std::string full = ": can not be written: No space left on device\n";
  test::CommandResult result =
      shell("ROWCAST " + kEstimate + "--json /dev/full --csv c >/dev/null");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.text, "error: /dev/full" + full);
  EXPECT_FALSE(fs::exists(folder_ / "c"));
  result = shell("ROWCAST " + kEstimate + "--json - >/dev/full 2>err; echo $?");
  EXPECT_EQ(result.text, "2\n");
  EXPECT_THAT(text_of("err"), HasSubstr("error: standard output" + full));
  for (const char* command : {"list", "estimate mobilenet_v2", "generate -o d"}) {
    result = shell(fmt::format("ROWCAST {} >/dev/full", command));
    EXPECT_EQ(result.status, 2) << command;
    EXPECT_EQ(result.text, "error: standard output" + full) << command;
  }
}

// Two files, of which the second does not fit: a file system of 64 KB.
TEST_F(OutputFiles, all_files_are_on_the_disk_before_the_first_takes_its_place) {
  const test::CommandResult mounted = shell("mkdir m && mount -t tmpfs -o size=64k tmpfs m 2>&1");
  if (mounted.status != 0) GTEST_SKIP() << "no tmpfs here: " << mounted.text;
  write("m/a", "old\n");
  std::string error;
  try {
    write_together({{destination_of(folder_ / "m/a"), "new\n"},
                    {destination_of(folder_ / "m/b"), std::string(100'000, 'b')}});
  } catch (const InputError& problem) {
    error = problem.what();
  }
  EXPECT_EQ(error, (folder_ / "m/b").string() + ": can not be written: No space left on device");
  EXPECT_EQ(text_of("m/a"), "old\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "m"), fs::directory_iterator()), 1);
  EXPECT_EQ(shell("umount m").status, 0);
}

TEST_F(OutputFiles, what_was_printed_comes_before_a_file_on_standard_output) {
  std::fflush(stdout);
  const int own = ::dup(STDOUT_FILENO);
  const int file = ::open((folder_ / "out").c_str(), O_WRONLY | O_CREAT, 0600);
  ::dup2(file, STDOUT_FILENO);
  std::fputs("printed, ", stdout);
  write_together({{standard_output(), "written\n"}});
  std::fflush(stdout);
  ::dup2(own, STDOUT_FILENO);
  ::close(own);
  ::close(file);
  EXPECT_EQ(text_of("out"), "printed, written\n");
}

TEST_F(OutputFiles, an_unprivileged_user_keeps_to_the_permissions) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  write("mine", "old\n");
  ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
  ASSERT_EQ(::chmod((folder_ / "mine").c_str(), 0644), 0);
  const std::string as_nobody =
      "setpriv --reuid=65534 --regid=65534 --clear-groups '" ROWCAST_BINARY "' " + kEstimate;
  test::CommandResult result = shell(as_nobody + "--csv mine");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.text,
            "error: mine: can not be written, a file in a writable folder is needed\n");
  // A file that all may write in a folder that they may not: a new content, the same file.
  ASSERT_EQ(shell("ROWCAST " + kEstimate + "--csv new >/dev/null").status, 0);
  write("mine", std::string(10'000, 'x'));
  ASSERT_EQ(::chmod((folder_ / "mine").c_str(), 0666), 0);
  result = shell(as_nobody + "--csv mine >/dev/null");
  EXPECT_EQ(result.status, 0) << result.text;
  EXPECT_EQ(text_of("mine"), text_of("new"));
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "mine").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 0u);
}

}  // namespace
}  // namespace rowcast
