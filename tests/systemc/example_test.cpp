// What `generate --systemc` emits, where its users are: in a folder far from this repository, with
// nothing but the compilers and libraries of the system.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generator/emit.h"
#include "generator/files.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using test::CommandResult;
using testing::HasSubstr;
using testing::Not;

struct Case {
  std::string name, options, gemm, fuse;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Example : public testing::TestWithParam<Case> {
 protected:
  // In an environment that knows nothing of this build.
  CommandResult run(const std::string& command) {
    return test::run_command("env -i PATH=\"$PATH\" HOME=\"$PWD\" " + command, folder_.path());
  }
  TempFolder folder_;
};

TEST_P(Example, builds_outside_the_repository_and_checks_itself) {
  const CommandResult emitted = test::run_command(
      std::string(ROWCAST_BINARY) + " generate --systemc " + GetParam().options + " -o array",
      folder_.path());
  ASSERT_EQ(emitted.status, 0) << emitted.text;
  EXPECT_EQ(test::run_command("grep -rl '" + source_path("").string() + "' array", folder_.path()).text, "");
  EXPECT_THAT(read_file(folder_.path() / "array/README.md"),
              HasSubstr("systemc/rc_core_transactor.h"));
  // Not optimised: that would take most of the time.
  const CommandResult configured =
      run("cmake -B build -DCMAKE_CXX_FLAGS='-Wall -Wextra' -DCMAKE_CXX_FLAGS_RELEASE=-O0 "
          "array/systemc");
  ASSERT_EQ(configured.status, 0) << configured.text;
  const CommandResult built = run("cmake --build build -j 2");
  ASSERT_EQ(built.status, 0) << built.text;
  EXPECT_THAT(built.text,
              Not(testing::ContainsRegex("systemc/[a-z_]+\\.(h|cpp):[0-9]+:[0-9]+: warning")));
  const CommandResult good = run("build/example");
  EXPECT_EQ(good.status, 0);
  EXPECT_THAT(good.text, HasSubstr(GetParam().gemm));
  if (GetParam().fuse.empty())
    EXPECT_THAT(good.text, Not(HasSubstr("FuSe")));
  else
    EXPECT_THAT(good.text, HasSubstr(GetParam().fuse));
  EXPECT_THAT(good.text, HasSubstr("\nPASS\n"));
  EXPECT_THAT(good.text, Not(HasSubstr("FAIL")));
  if (GetParam().fuse.empty()) return;

  // It finds a fault of the hardware.
  test::replace_in_file(folder_.path() / "array/rtl/rc_mac.v", "acc_i + ", "acc_i - ");
  const CommandResult again = run("cmake --build build -j 2");
  ASSERT_EQ(again.status, 0) << again.text;
  const CommandResult bad = run("build/example");
  EXPECT_EQ(bad.status, 1);
  EXPECT_THAT(bad.text, HasSubstr("FAIL: GEMM tile"));
  EXPECT_THAT(bad.text, HasSubstr("FAIL: FuSe window"));
}

// Cycles by hand: K + 2 (rows - 1) + cols - 1, and cols - 1 + taps + rows - 1.
INSTANTIATE_TEST_SUITE_P(
    of, Example,
    testing::Values(
        Case{
            "4x6", "--array 4x6",
            "GEMM tile, 4 x 6, 9 beats: 24 results, 20 cycles through the pins, 20 by",
            "FuSe window, 4 rows, 6 positions, 3 taps: 24 results, 11 cycles through the pins, 11"},
        Case{"3x2_plain_vector",
             "--array 3x2 --no-row-broadcast --max-reduction 5 --acc-width 17 --view vector",
             "GEMM tile, 3 x 2, 5 beats: 6 results, 10 cycles through the pins, 10 by", ""}),
    [](const auto& info) { return info.param.name; });

TEST(SystemcFiles, are_there_where_asked_for_and_nothing_else_changes) {
  for (const bool broadcast : {true, false}) {
    const ArrayConfig config{.rows = 2, .cols = 3, .row_broadcast = broadcast};
    const std::vector<EmittedFile> plain = emit(config, View::kStructural);
    const std::vector<EmittedFile> with = emit(config, View::kStructural, true);
    ASSERT_EQ(with.size(), plain.size() + 6);
    for (size_t i = 0; i < plain.size(); ++i) {
      EXPECT_EQ(with[i].path, plain[i].path);
      const bool says_how = with[i].path == "README.md" || with[i].path == "manifest.json";
      EXPECT_EQ(with[i].text == plain[i].text, !says_how) << with[i].path;
      EXPECT_THAT(plain[i].text, Not(HasSubstr("systemc"))) << plain[i].path;
    }
    for (size_t i = plain.size(); i < with.size(); ++i) {
      EXPECT_THAT(with[i].path, testing::StartsWith("systemc/"));
      EXPECT_THAT(with[i].text, HasSubstr("--systemc -o DIR\n")) << with[i].path;
      if (!broadcast) {
        EXPECT_THAT(with[i].text, Not(HasSubstr("tap_ready"))) << with[i].path;
      }
    }
  }
}

}  // namespace
}  // namespace rowcast
