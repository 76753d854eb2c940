// generate and the folder it writes: complete or not at all, never over what is not its own.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "generator/files.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

using Contents = std::map<std::string, std::string>;
Contents contents(const fs::path& folder) {
  Contents result;
  if (!fs::exists(folder)) return result;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    result[entry.path().lexically_relative(folder)] =
        entry.is_symlink()        ? "-> " + fs::read_symlink(entry.path()).string()
        : entry.is_regular_file() ? read_file(entry.path())
                                  : "";
  return result;
}

// Names of files that are not the same: the texts themselves would fill pages.
std::string differences(const Contents& a, const Contents& b) {
  std::string names;
  for (const auto* one : {&a, &b})
    for (const auto& [name, text] : *one) {
      const auto& other = one == &a ? b : a;
      const auto at = other.find(name);
      if (at == other.end() || at->second != text) names += name + " ";
    }
  return names;
}

class Generate : public testing::Test {
  TempFolder temporary_;

 protected:
  const fs::path folder_ = temporary_.path();

  test::CommandResult generate(const std::string& arguments, const std::string& where = ".") {
    return test::run_command(fmt::format("timeout 60 '{}' generate {}", ROWCAST_BINARY, arguments),
                             folder_ / where);
  }
  void must(const std::string& arguments) {
    const test::CommandResult result = generate(arguments);
    ASSERT_EQ(result.status, 0) << result.text;
  }
  void expect_refused(const std::string& arguments, const std::string& problem,
                      const std::string& where = ".") {
    SCOPED_TRACE(arguments);
    const Contents before = contents(folder_);
    const test::CommandResult result = generate(arguments, where);
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.text, "error: " + problem + "\n");
    EXPECT_EQ(differences(contents(folder_), before), "");
  }
  void write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    write_file(folder_ / name, text);
  }
  const std::string needed_ =
      ", a new or empty folder, or one that generate has written, in a writable folder is needed";
};

TEST_F(Generate, refuses_a_folder_with_files_of_others) {
  write("README.md", "my project\n");
  write("src/a.c", "int a;\n");
  expect_refused(
      "--array 4 -o .",
      ".: can not be written: README.md, src are there and not written by generate" + needed_);
  write("d/manifest.json", "{\"tool\": \"npm\"}\n");
  expect_refused(
      "--array 4 -o d",
      "d: can not be written: manifest.json is there and not written by generate" + needed_);
  expect_refused(
      "--array 4 -o d --force",
      "d: can not be written: manifest.json is there and not written by generate" + needed_);
}

TEST_F(Generate, refuses_the_current_folder_which_would_be_replaced_under_the_shell) {
  must("--array 4 -o d");
  expect_refused("--array 5 -o .",
                 ".: can not be written: it is the current folder or contains it, and is replaced "
                 "as a whole" +
                     needed_,
                 "d");
  expect_refused("--array 5 -o ..",
                 "..: can not be written: it is the current folder or contains it, and is "
                 "replaced as a whole" +
                     needed_,
                 "d/rtl");
}

TEST_F(Generate, takes_new_and_empty_folders_and_links_to_them) {
  fs::create_directories(folder_ / "empty");
  fs::permissions(folder_ / "empty", fs::perms{0750});
  fs::create_symlink("empty", folder_ / "link");
  must("--array 4 -o link/");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_TRUE(fs::exists(folder_ / "empty/rtl/rc_core.v"));
  EXPECT_EQ(fs::status(folder_ / "empty").permissions(), fs::perms{0750});
  must("--array 4 -o new/deep/er");
  EXPECT_EQ(differences(contents(folder_ / "new/deep/er"), contents(folder_ / "empty")), "");
}

TEST_F(Generate, refuses_to_lose_edits_unless_forced) {
  must("--array 4 -o d");
  const Contents generated = contents(folder_ / "d");
  test::replace_in_file(folder_ / "d/rtl/rc_mac.v", "endmodule", "endmodule // mine");
  expect_refused("--array 4 -o d",
                 "d: rtl/rc_mac.v has been edited since generate wrote it, allowed is another "
                 "folder, or --force, which loses the edits");
  test::replace_in_file(folder_ / "d/README.md", "# rc_core", "# our rc_core");
  test::replace_in_file(folder_ / "d/manifest.json", "\"rows\": 4", "\"rows\": 5");
  expect_refused("--array 4 -o d",
                 "d: README.md, manifest.json, rtl/rc_mac.v have been edited since generate wrote "
                 "them, allowed is another folder, or --force, which loses the edits");
  must("--array 4 -o d --force");
  EXPECT_EQ(differences(contents(folder_ / "d"), generated), "");
}

TEST_F(Generate, keeps_what_others_put_there_and_drops_what_an_earlier_emission_had) {
  must("--array 4 --systemc -o d");
  must("--array 5 --no-row-broadcast --prefix five -o plain");
  write("d/notes.txt", "mine\n");
  write("d/rtl/mine.v", "module mine; endmodule\n");
  write("d/systemc/build/a.o", "object\n");
  fs::create_directories(folder_ / "d/empty");
  fs::create_symlink("notes.txt", folder_ / "d/link");
  fs::remove(folder_ / "d/rtl/rc_pe.v");  // what is gone is no edit
  must("--array 5 --no-row-broadcast --prefix five -o d");
  Contents expected = contents(folder_ / "plain");
  for (const char* path : {"empty", "systemc", "systemc/build"}) expected[path] = "";
  expected["notes.txt"] = "mine\n";
  expected["rtl/mine.v"] = "module mine; endmodule\n";
  expected["systemc/build/a.o"] = "object\n";
  expected["link"] = "-> notes.txt";
  EXPECT_EQ(differences(contents(folder_ / "d"), expected), "");
  // Theirs and ours in one folder.
  must("--array 5 --systemc -o whole");
  must("--array 5 --systemc -o d");
  for (const auto& [path, text] : contents(folder_ / "plain"))
    if (!fs::exists(folder_ / "whole" / path)) expected.erase(path);
  for (const auto& [path, text] : contents(folder_ / "whole")) expected[path] = text;
  EXPECT_EQ(differences(contents(folder_ / "d"), expected), "");
}

TEST_F(Generate, that_fails_takes_the_folders_back_that_it_has_made) {
  const test::CommandResult result = test::run_command(
      fmt::format("ulimit -f 1; '{}' generate --array 4 -o new/deep/er", ROWCAST_BINARY), folder_);
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.text, AllOf(StartsWith("error: new/deep/er: can not be written: "),
                                 HasSubstr("File too large")));
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Generate, refuses_where_a_file_of_others_is_in_the_way) {
  must("--array 4 -o d");
  write("d/systemc", "a file\n");
  write("d/rtl/x_core.v", "module x_core; endmodule\n");
  fs::create_directories(folder_ / "d/tb/x_core_tb.v");
  const test::CommandResult result = generate("--array 4 --systemc --prefix x -o d --force");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.text, AllOf(StartsWith("error: d: can not be written: "), HasSubstr("systemc"),
                                 HasSubstr("rtl/x_core.v"), HasSubstr("tb/x_core_tb.v"),
                                 HasSubstr(" are there and not written by generate, ")));
  EXPECT_EQ(read_file(folder_ / "d/rtl/x_core.v"), "module x_core; endmodule\n");
  EXPECT_FALSE(fs::exists(folder_ / "d/rtl/x_pe.v"));
}

// Killed after a random while, again and again.
TEST_F(Generate, that_is_killed_leaves_the_old_folder_or_the_new_one) {
  must("--array 4 -o four");
  must("--array 5 --systemc --prefix five -o five");
  write("four/notes.txt", "mine\n");
  write("five/notes.txt", "mine\n");
  const Contents four = contents(folder_ / "four"), five = contents(folder_ / "five");
  must("--array 4 -o d");
  write("d/notes.txt", "mine\n");
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  int killed = 0, old = 0;
  bool is_four = true;
  for (int round = 0; round < 60; ++round) {
    const std::string target = (folder_ / "d").string();
    const pid_t child = ::fork();
    if (child == 0) {
      if (!std::freopen("/dev/null", "w", stdout)) ::_exit(3);
      if (is_four)
        ::execl(ROWCAST_BINARY, "rowcast", "generate", "--array", "5", "--systemc", "--prefix",
                "five", "-o", target.c_str(), nullptr);
      else
        ::execl(ROWCAST_BINARY, "rowcast", "generate", "--array", "4", "-o", target.c_str(),
                nullptr);
      ::_exit(127);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    killed += WIFSIGNALED(status);
    const Contents found = contents(folder_ / "d");
    ASSERT_TRUE(found == four || found == five) << "round " << round;
    old += WIFSIGNALED(status) && (found == four) == is_four;
    is_four = found == four;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_))
      ASSERT_THAT(entry.path().filename().string(),
                  testing::AnyOf("d", "four", "five", "d.rowcast-tmp"));
  }
  EXPECT_GT(killed, 0);
  EXPECT_GT(old, 0);
  must("--array 4 -o d --force");
  EXPECT_FALSE(fs::exists(folder_ / "d.rowcast-tmp"));
  EXPECT_EQ(differences(contents(folder_ / "d"), four), "");
}

TEST_F(Generate, at_once_into_one_folder_ends_with_one_whole_emission) {
  must("--array 4 -o four");
  must("--array 5 -o five");
  const std::string program = fmt::format("'{}' generate ", ROWCAST_BINARY);
  std::string all;
  for (int i = 0; i < 6; ++i)
    all += fmt::format("{} --array {} -o d >/dev/null & ", program, i % 2 ? 4 : 5);
  EXPECT_EQ(test::run_command(all + "wait", folder_).text, "");
  const Contents found = contents(folder_ / "d");
  EXPECT_TRUE(found == contents(folder_ / "four") || found == contents(folder_ / "five"));
}

// In RTL as it stands, edits included.
TEST_F(Generate, with_a_prefix_makes_a_folder_that_run_takes) {
  const std::string run = fmt::format("'{}' run --layer dw:5x5x3,k3 --rtl d", ROWCAST_BINARY);
  must("--array 3x4 --prefix abc -o d");
  EXPECT_TRUE(fs::exists(folder_ / "d/rtl/abc_core.v"));
  test::CommandResult result = test::run_command(run + " --trace w.fst", folder_);
  EXPECT_EQ(result.status, 0) << result.text;
  EXPECT_THAT(result.text, HasSubstr(" 0 mismatches; measured cycles equal predicted ones in 1"));
  EXPECT_THAT(read_file(folder_ / "w.gtkw"), HasSubstr("abc_core_trace.u_core.u_array."));
  test::replace_in_file(folder_ / "d/rtl/abc_mac.v", "acc_i + ", "acc_i - ");
  EXPECT_EQ(test::run_command(run, folder_).status, 1);
  test::replace_in_file(folder_ / "d/manifest.json", "\"prefix\": \"abc\"",
                        "\"prefix\": \"abc; rm\"");
  result = test::run_command(run, folder_);
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.text, StartsWith("error: d/manifest.json: prefix: 'abc; rm' is no prefix "));
}

TEST_F(Generate, refuses_prefixes_that_make_no_legal_or_unique_names) {
  for (const std::string prefix : {"4x", "Big", "a-b", "a.b", "_a", "a_", "a__b", "sc", "tlm",
                                   "rc_x", "a b", "a/b", "é", "abcdefghijklmnopqrstuvwxyzabcdefg"})
    expect_refused(fmt::format("--array 4 -o d --prefix='{}'", prefix),
                   fmt::format("--prefix: '{}' is no prefix of names, allowed are 1 to 32 "
                               "lower-case letters, digits and single underscores between them, "
                               "from a letter on, but not sc, tlm or rc_...",
                               prefix));
}

}  // namespace
}  // namespace rowcast
