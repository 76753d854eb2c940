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

class AcceleratorExample : public Example {};
// The C driver on a processor's process, a memory behind the initiator socket.
TEST_P(AcceleratorExample, gives_the_scores_and_finds_a_fault) {
  const CommandResult emitted = test::run_command(
      std::string(ROWCAST_BINARY) + " generate --accelerator --systemc " + GetParam().options +
          " --a-depth 512 --b-depth 256 --w-depth 512 --q-depth 16 --s-depth 64 -o machine",
      folder_.path());
  ASSERT_EQ(emitted.status, 0) << emitted.text;
  const CommandResult configured =
      run("cmake -B build -DCMAKE_CXX_FLAGS='-Wall -Wextra' -DCMAKE_CXX_FLAGS_RELEASE=-O0 "
          "machine/systemc");
  ASSERT_EQ(configured.status, 0) << configured.text;
  const CommandResult built = run("cmake --build build -j 2");
  ASSERT_EQ(built.status, 0) << built.text;
  EXPECT_THAT(built.text,
              Not(testing::ContainsRegex("systemc/[a-z_]+\\.(h|cpp):[0-9]+:[0-9]+: warning")));
  const CommandResult good = run("build/example machine/tb");
  EXPECT_EQ(good.status, 0) << good.text;
  EXPECT_THAT(good.text, HasSubstr("bytes of scores, "));
  EXPECT_THAT(good.text, HasSubstr("\nPASS\n"));
  EXPECT_EQ(run("build/example").status, 2);

  test::replace_in_file(folder_.path() / "machine/rtl/rc_store.v", "address_q + 20'd1",
                        "address_q");
  const CommandResult again = run("cmake --build build -j 2");
  ASSERT_EQ(again.status, 0) << again.text;
  const CommandResult bad = run("build/example machine/tb");
  EXPECT_EQ(bad.status, 1);
  EXPECT_THAT(bad.text, HasSubstr("FAIL: byte "));
}
INSTANTIATE_TEST_SUITE_P(of, AcceleratorExample,
                         testing::Values(Case{"4x4", "--array 4", "", ""},
                                         Case{"5x5_axi_32_vector",
                                              "--array 5 --axi-data-width 32 --view vector", "", ""}),
                         [](const auto& info) { return info.param.name; });

// A tile through the pins of each core and as a transaction of each model.
constexpr const char* kTwo = R"cpp(
#include <tlm_utils/simple_initiator_socket.h>
#include <iostream>
#include "plain_core_tlm.h"
#include "plain_core_transactor.h"
#include "wide_core_tlm.h"
#include "wide_core_transactor.h"

#define SIDE(ns)                                                          \
  struct ns##_side {                                                      \
    using Command = ns::Command;                                          \
    using Beat = ns::Beat;                                                \
    using Result = ns::Result;                                            \
    using Transactor = ns::Transactor;                                    \
    using TlmCore = ns::TlmCore;                                          \
    static constexpr int kRows = ns::kRows, kCols = ns::kCols;            \
    static constexpr auto kCommand = ns::address::kCommand;               \
    static constexpr auto kBeats = ns::address::kBeats;                   \
    static std::uint64_t result() { return ns::address::result(0, 0); }   \
  };
SIDE(wide_core)
SIDE(plain_core)

template <class Core>
struct Side : sc_core::sc_module {
  SC_HAS_PROCESS(Side);
  Side(sc_core::sc_module_name name, sc_core::sc_clock& clock) : sc_module(name) {
    core.clk(clock);
    core.rst(rst);
    core.commands(commands);
    core.beats(beats);
    core.results(results);
    socket.bind(tlm.socket);
    SC_THREAD(run);
    sensitive << clock.posedge_event();
  }
  void run() {
    rst.write(true);
    wait();
    wait();
    rst.write(false);
    typename Core::Command command;
    command.rows = Core::kRows;
    command.beats = 2;
    std::vector<typename Core::Beat> both(2);
    for (auto& beat : both) {
      for (int r = 0; r < Core::kRows; ++r) beat.a[r] = r + 1;
      for (int c = 0; c < Core::kCols; ++c) beat.b[c] = c - 2;
    }
    commands.write(command);
    for (auto& beat : both) beats.write(beat);
    for (int i = 0; i < Core::kRows * Core::kCols; ++i) {
      const auto result = results.read();
      check(result.row, result.column, result.value);
    }
    auto coded = words(command);
    transport(tlm::TLM_WRITE_COMMAND, Core::kCommand, coded.data(), sizeof coded);
    transport(tlm::TLM_WRITE_COMMAND, Core::kBeats, both.data(), 2 * sizeof both[0]);
    std::vector<std::int64_t> values(Core::kRows * Core::kCols);
    transport(tlm::TLM_READ_COMMAND, Core::result(), values.data(), values.size() * 8);
    for (std::size_t i = 0; i < values.size(); ++i)
      check(i / Core::kCols, i % Core::kCols, values[i]);
  }
  void transport(tlm::tlm_command kind, std::uint64_t address, void* data, std::size_t size) {
    tlm::tlm_generic_payload payload;
    payload.set_command(kind);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(size);
    payload.set_streaming_width(size);
    sc_core::sc_time delay;
    socket->b_transport(payload, delay);
    if (!payload.is_response_ok()) ++failures;
  }
  void check(int row, int column, std::int64_t value) {
    ++checked;
    if (value != 2 * (row + 1) * (column - 2)) ++failures;
  }
  sc_core::sc_signal<bool> rst{"rst"};
  sc_core::sc_fifo<typename Core::Command> commands{"commands"};
  sc_core::sc_fifo<typename Core::Beat> beats{"beats"};
  sc_core::sc_fifo<typename Core::Result> results{"results"};
  typename Core::Transactor core{"core"};
  typename Core::TlmCore tlm{"tlm", sc_core::sc_time(10, sc_core::SC_NS)};
  tlm_utils::simple_initiator_socket<Side> socket{"socket"};
  int checked = 0, failures = 0;
};

int sc_main(int, char**) {
  sc_core::sc_clock clock("clock", sc_core::sc_time(10, sc_core::SC_NS));
  Side<wide_core_side> wide("wide", clock);
  Side<plain_core_side> plain("plain", clock);
  sc_core::sc_start(sc_core::sc_time(2, sc_core::SC_US));
  std::cout << wide.checked << " and " << plain.checked << " results, "
            << wide.failures + plain.failures << " wrong\n";
  return 0;
}
)cpp";

TEST(SystemcPrefix, lets_two_cores_be_in_one_program) {
  const TempFolder folder;
  const auto run = [&](const std::string& command) {
    const CommandResult result = test::run_command(command, folder.path());
    EXPECT_EQ(result.status, 0) << result.text;
    return result.text;
  };
  const std::string generate = std::string(ROWCAST_BINARY) + " generate --systemc ";
  run(generate + "--array 4x3 --data-width 9 --prefix wide -o wide");
  run(generate + "--array 3x5 --no-row-broadcast --tag-width 3 --prefix plain -o plain");
  write_file(folder.path() / "two.cpp", kTwo);
  write_file(folder.path() / "CMakeLists.txt",
             "cmake_minimum_required(VERSION 3.16)\nproject(two LANGUAGES CXX)\n"
             "set(CMAKE_CXX_STANDARD 17)\nset(CMAKE_CXX_STANDARD_REQUIRED ON)\n"
             "add_subdirectory(wide/systemc wide_build)\n"
             "add_subdirectory(plain/systemc plain_build)\n"
             "add_executable(two two.cpp)\ntarget_link_libraries(two PRIVATE wide_core plain_core)\n");
  run("cmake -B build -DCMAKE_CXX_FLAGS_RELEASE=-O0 -DCMAKE_BUILD_TYPE=Release .");
  run("cmake --build build -j 2 --target two wide_example plain_example");
  EXPECT_THAT(run("build/two"), HasSubstr("24 and 30 results, 0 wrong\n"));
  EXPECT_THAT(run("build/wide_build/wide_example"), HasSubstr("\nPASS\n"));
  EXPECT_THAT(run("build/plain_build/plain_example"), HasSubstr("\nPASS\n"));
}

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
