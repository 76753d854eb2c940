// The launcher, with stand-ins for the tools that it calls: nothing is installed or built here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "generator/files.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Makes a program of the build folder.
const std::string kProgram =
    "mkdir -p build; printf '#!/bin/sh\\necho here\\n' >build/rowcast; chmod +x build/rowcast";

class Launcher : public testing::Test {
 protected:
  const TempFolder temporary_;
  const fs::path tools_ = temporary_.path() / "tools", tree_ = temporary_.path() / "a tree";

  // A copy of the launcher in a tree of its own, and tools before all others in PATH. Every tool
  // but dpkg-query logs its calls.
  void SetUp() override {
    fs::create_directories(tools_);
    fs::create_directories(tree_);
    fs::copy(source_path("rowcast"), tree_);
    missing();
    for (const char* name : {"apt-get", "sudo", "cmake", "ninja", "ctest", "ccache"})
      tool(name, "");
  }

  void tool(const std::string& name, const std::string& body) {
    const std::string file = (tools_ / name).string();
    const std::string logging =
        name == "dpkg-query"
            ? ""
            : "echo \"" + name + " $*\" >>'" + (temporary_.path() / "log").string() + "'\n";
    const test::CommandResult made = test::run_command("cat >" + file + " <<'END'\n#!/bin/sh\n" +
                                                       logging + body + "\nEND\nchmod +x " + file);
    ASSERT_EQ(made.status, 0) << made.text;
  }

  // dpkg-query finds every package but these, separated by spaces.
  void missing(const std::string& packages = "") {
    tool("dpkg-query", "for package; do :; done\ncase \" " + packages +
                           " \" in *\" $package \"*) exit 1 ;; esac\n"
                           "printf installed");
  }

  void built() { ASSERT_EQ(test::run_command(kProgram, tree_).status, 0); }

  test::CommandResult launch(const std::string& arguments,
                             const std::string& environment = "ROWCAST_NO_INSTALL=1") {
    return test::run_command(
        "PATH='" + tools_.string() + "':$PATH " + environment + " ./rowcast " + arguments, tree_);
  }

  std::string log() { return test::run_command("cat log 2>/dev/null", temporary_.path()).text; }
};

TEST_F(Launcher, asks_for_the_synthesis_tools_only_where_synth_is_asked_for) {
  missing("opensta qflow-tech-osu018");
  EXPECT_EQ(launch("synth --array 4").text,
            "error: packages: missing are opensta qflow-tech-osu018, install them or unset "
            "ROWCAST_NO_INSTALL\n");
  EXPECT_THAT(launch("list").text, Not(HasSubstr("opensta")));
}

TEST_F(Launcher, asks_for_place_and_route_only_where_it_is_the_target) {
  for (const auto& [target, package] :
       {std::pair<std::string, std::string>{"ice40", "nextpnr-ice40"}, {"layout", "qflow"}}) {
    missing(package);
    const std::string words =
        "error: packages: missing are " + package + ", install them or unset ROWCAST_NO_INSTALL\n";
    EXPECT_EQ(launch("synth --array 4 --target " + target).text, words);
    EXPECT_EQ(launch("synth --target=" + target + " --array 4").text, words);
    EXPECT_EQ(launch("test").text, words);
    EXPECT_THAT(launch("synth --array 4").text, Not(HasSubstr("missing")));
    EXPECT_THAT(launch("list " + target).text, Not(HasSubstr("missing")));
  }
}

TEST_F(Launcher, asks_for_a_data_set_only_where_it_is_named) {
  missing("dataset-fashion-mnist");
  const std::string words =
      "error: packages: missing are dataset-fashion-mnist, install them or unset "
      "ROWCAST_NO_INSTALL\n";
  EXPECT_EQ(launch("run f --images fashion-mnist").text, words);
  EXPECT_EQ(launch("run f --images=fashion-mnist:train --golden-only").text, words);
  EXPECT_EQ(launch("import m.onnx -o f --calibrate fashion-mnist:train").text, words);
  EXPECT_EQ(launch("test").text, words);
  EXPECT_THAT(launch("list").text, Not(HasSubstr("missing")));
  EXPECT_THAT(launch("run f --images my-fashion-mnist/pictures").text, Not(HasSubstr("missing")));
}

TEST_F(Launcher, asks_for_typefaces_only_where_glyphs_takes_those_of_Debian) {
  missing("fonts-baekmuk fonts-woowa-bm");
  EXPECT_EQ(launch("glyphs -o d").text,
            "error: packages: missing are fonts-baekmuk fonts-woowa-bm, install them or unset "
            "ROWCAST_NO_INSTALL\n");
  EXPECT_THAT(launch("glyphs -o d --train=a.ttf --test b.ttf").text, Not(HasSubstr("missing")));
  EXPECT_THAT(launch("list glyphs").text, Not(HasSubstr("missing")));
}

TEST_F(Launcher, says_which_packages_are_missing_where_it_must_not_install) {
  missing("verilator libcli11-dev");
  const test::CommandResult result = launch("list");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.text,
            "error: packages: missing are verilator libcli11-dev, install them or unset "
            "ROWCAST_NO_INSTALL\n");
  EXPECT_THAT(log(), testing::IsEmpty());
}

TEST_F(Launcher, counts_packages_that_were_removed_as_missing) {
  tool("dpkg-query",
       "for package; do :; done\n[ $package = ninja-build ] && printf config-files || printf "
       "installed");
  const test::CommandResult result = launch("list");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.text,
            "error: packages: missing are ninja-build, install them or unset ROWCAST_NO_INSTALL\n");
}

TEST_F(Launcher, needs_the_packages_of_the_tests_for_the_tests_only) {
  missing("libgtest-dev");
  const test::CommandResult tests = launch("test");
  EXPECT_EQ(tests.status, 2);
  EXPECT_EQ(
      tests.text,
      "error: packages: missing are libgtest-dev, install them or unset ROWCAST_NO_INSTALL\n");
  EXPECT_THAT(launch("list").text, Not(HasSubstr("missing")));
}

TEST_F(Launcher, installs_exactly_what_is_missing) {
  missing("verilator");
  launch("list", "");
  EXPECT_THAT(log(), testing::ContainsRegex(
                         "apt-get update\n(.*\n)*.*apt-get install -y --no-install-recommends -o "
                         "DPkg::Lock::Timeout=600 verilator\n"));
}

TEST_F(Launcher, says_so_where_a_package_can_not_be_installed) {
  missing("verilator");
  tool("apt-get", "echo 'E: no such package'; exit 100");
  tool("sudo", "exec \"$@\"");
  const test::CommandResult result = launch("list", "");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.text,
              AllOf(HasSubstr("E: no such package\n"),
                    testing::EndsWith("error: packages: apt-get could not install verilator\n")));
  EXPECT_THAT(log(), Not(HasSubstr("ninja")));
}

TEST_F(Launcher, passes_arguments_on_and_the_exit_code_back) {
  fs::create_directories(tree_ / "build");
  test::run_command(
      "printf '#!/bin/sh\\nfor a; do echo \"[$a]\"; done; exit 7\\n' >build/rowcast; chmod +x "
      "build/rowcast",
      tree_);
  const test::CommandResult result = launch("run 'a b' \"it's\" --layers '1..2,*'");
  EXPECT_EQ(result.status, 7);
  EXPECT_THAT(result.text, testing::EndsWith("[run]\n[a b]\n[it's]\n[--layers]\n[1..2,*]\n"));
  EXPECT_THAT(log(), HasSubstr("cmake -S " + tree_.string() + " -B " + (tree_ / "build").string()));
}

TEST_F(Launcher, works_through_a_link_from_anywhere) {
  built();
  fs::create_symlink(tree_ / "rowcast", tools_ / "linked");
  const test::CommandResult result = test::run_command(
      "PATH='" + tools_.string() + "':$PATH ROWCAST_NO_INSTALL=1 linked list", "/");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.text, testing::EndsWith("here\n"));
}

TEST_F(Launcher, shows_what_a_failing_build_says) {
  tool("ninja", "echo 'x.cpp:1: error: broken' ; exit 1");
  const test::CommandResult result = launch("list");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.text,
              AllOf(HasSubstr("x.cpp:1: error: broken\n"),
                    testing::EndsWith("error: build: 'ninja' failed (the output is above)\n")));
}

TEST_F(Launcher, builds_what_trains_for_train_and_the_tests_alone) {
  built();
  missing("libtorch-dev");
  const std::string words =
      "error: packages: missing are libtorch-dev, install them or unset ROWCAST_NO_INSTALL\n";
  EXPECT_EQ(launch("train fashion_e --data pictures -o f").text, words);
  EXPECT_EQ(launch("test").text, words);
  EXPECT_THAT(log(), testing::IsEmpty());
  EXPECT_THAT(launch("list").text, testing::EndsWith("here\n"));
  EXPECT_THAT(log(), HasSubstr("-DROWCAST_TRAIN=OFF"));
  missing();
  EXPECT_THAT(launch("train fashion_e --data pictures -o f").text, testing::EndsWith("here\n"));
  EXPECT_THAT(log(), AllOf(HasSubstr("-DROWCAST_TRAIN=ON"), HasSubstr("rowcast rowcast_torch")));
}

TEST_F(Launcher, runs_the_tests_with_their_arguments) {
  tool("ctest", "exit 8");
  const test::CommandResult result = launch("test -R unit_");
  EXPECT_EQ(result.status, 8);
  EXPECT_THAT(log(), AllOf(HasSubstr("-DROWCAST_TESTS=ON"),
                           testing::ContainsRegex("ctest --test-dir .*build .*-R unit_\n")));
}

TEST_F(Launcher, runs_the_campaigns_where_they_are_asked_for) {
  const auto ctest = [&](const std::string& arguments) {
    fs::remove(temporary_.path() / "log");
    launch("test " + arguments);
    const std::string all = log(), begin = "--output-on-failure -j ";
    const size_t at = all.find_first_of(" \n", all.find(begin) + begin.size());
    return all.substr(std::min(at, all.size()));
  };
  EXPECT_EQ(ctest(""), " -LE campaign\n");
  EXPECT_EQ(ctest("-V"), " -LE campaign -V\n");
  EXPECT_EQ(ctest("--campaigns"), "\n");
  EXPECT_EQ(ctest("--campaigns -V"), " -V\n");
  EXPECT_EQ(ctest("-R 'a b'"), " -R a b\n");
  EXPECT_EQ(ctest("-L campaign"), " -L campaign\n");
}

TEST_F(Launcher, needs_no_temporary_folder) {
  built();
  missing("verilator");
  EXPECT_EQ(launch("list", "TMPDIR=/nowhere").text,
            "rowcast: installing verilator ...\nrowcast: configuring ...\nhere\n");
}

TEST_F(Launcher, says_where_it_can_not_build) {
  test::run_command("echo >build", tree_);
  const test::CommandResult result = launch("list");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.text, "error: " + (tree_ / "build").string() +
                             ": can not be written, the program is built there: a writable folder "
                             "is needed\n");
}

TEST_F(Launcher, runs_what_another_has_built_where_it_can_not_write) {
  built();
  tool("ninja", "echo 'ninja: no work to do.'");
  test::run_command("chmod 755 .. . build && chmod 555 build", tree_);
  const std::string user = ::geteuid() == 0 ? "setpriv --reuid=1 --regid=1 --clear-groups " : "";
  const test::CommandResult result = test::run_command(
      "PATH='" + tools_.string() + "':$PATH ROWCAST_NO_INSTALL=1 " + user + "./rowcast list",
      tree_);
  EXPECT_EQ(result.text, "here\n");
  EXPECT_EQ(result.status, 0);
}

TEST_F(Launcher, configures_what_was_configured_for_another_folder_from_scratch) {
  built();
  const std::string own = tree_.string(), cmake = "cmake -S " + own + " -B " + own + "/build",
                    fresh = "cmake --fresh -S " + own + " -B " + own + "/build";
  const auto configured_for = [&](const std::string& source, const std::string& folder) {
    test::run_command("echo >build.ninja; echo 'CMAKE_HOME_DIRECTORY:INTERNAL=" + source +
                          "\nCMAKE_CACHEFILE_DIR:INTERNAL=" + folder + "' >CMakeCache.txt",
                      tree_ / "build");
    fs::remove(temporary_.path() / "log");
    launch("list");
    return log();
  };
  EXPECT_THAT(configured_for(own, own + "/build"), Not(HasSubstr("cmake")));
  EXPECT_THAT(configured_for("/elsewhere", own + "/build"), HasSubstr(fresh));
  EXPECT_THAT(configured_for(own, "/elsewhere/build"), HasSubstr(fresh));
  fs::remove(tree_ / "build/build.ninja");
  launch("list");
  EXPECT_THAT(log(), HasSubstr(fresh));
  fs::remove(tree_ / "build/CMakeCache.txt");
  launch("list");
  EXPECT_THAT(log(), HasSubstr(cmake));
}

TEST_F(Launcher, builds_once_where_two_start_at_once) {
  // A build that does not bear another beside it.
  tool("ninja",
       "mkdir building || { echo 'two at once'; exit 1; }\nsleep 0.5\nrmdir building\n" + kProgram);
  const std::string one =
      "PATH='" + tools_.string() + "':$PATH ROWCAST_NO_INSTALL=1 ./rowcast list";
  const test::CommandResult result = test::run_command(one + " & " + one + "; wait", tree_);
  EXPECT_THAT(result.text,
              AllOf(HasSubstr("rowcast: waiting for another rowcast that builds ...\n"),
                    testing::ContainsRegex("here\n(.*\n)*here\n"), Not(HasSubstr("two at once"))));
}

TEST_F(Launcher, counts_what_is_built_on_a_terminal_only) {
  tool("ninja", "echo '[3/7] Building x'; echo '[4/7] Building y'; " + kProgram);
  const test::CommandResult quiet = launch("list");
  EXPECT_EQ(quiet.text, "rowcast: configuring ...\nrowcast: building ...\nhere\n");
  const test::CommandResult shown =
      test::run_command("PATH='" + tools_.string() +
                            "':$PATH ROWCAST_NO_INSTALL=1 script -qec './rowcast list' /dev/null",
                        tree_);
  EXPECT_THAT(shown.text,
              HasSubstr("\rrowcast: building 3/7 \rrowcast: building 4/7 \r\033[Khere"));
}

}  // namespace
}  // namespace rowcast
