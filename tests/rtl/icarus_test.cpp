// A second simulator, with X. The structural RTL runs random sequences of steps in Icarus, where
// registers wake up as X and what must not matter is driven X: its self-checking testbench lets no
// X pass on a valid output or on any status or handshake. Verilator runs the same sequences from
// random registers, with random values for X: same results, in the same cycles.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "generator/emit.h"
#include "generator/files.h"
#include "tests/names.h"
#include "tests/replace.h"
#include "tests/rtl/sequence.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using test::CommandResult;
using test::run_command;
using testing::HasSubstr;

// Sequences per array; ROWCAST_SEQUENCES asks for more.
int sequences() {
  const char* asked = std::getenv("ROWCAST_SEQUENCES");
  return asked ? std::max(1, std::atoi(asked)) : 4;
}

struct Bug {
  const char* name = "";
  const char* module = "";
  const char* right = "";
  const char* wrong = "";
};
void PrintTo(const Bug& bug, std::ostream* out) { *out << bug.right << " -> " << bug.wrong; }

// The emitted array with its testbench, compiled by Icarus.
class Bench {
 public:
  explicit Bench(const ArrayConfig& config, const Bug* bug = nullptr) {
    write_files(emit(config, View::kStructural), folder_.path());
    if (bug)
      test::replace_in_file(folder_.path() / "rtl" / (std::string(bug->module) + ".v"), bug->right,
                            bug->wrong);
    const CommandResult compiled = run_command(
        "iverilog -g2005 -Wall -o tb.vvp -c filelist.f tb/rc_core_tb.v", folder_.path());
    if (compiled.status != 0 || !compiled.text.empty())
      throw std::runtime_error("iverilog: " + compiled.text);
  }

  struct Run {
    std::string verdict;  // what the testbench said
    std::string log;
  };
  Run run(const std::string& sequence) const {
    write_file(folder_.path() / "sequence", sequence);
    const CommandResult result =
        run_command("vvp tb.vvp +sequence=sequence +log=log", folder_.path());
    return {result.text, read_file(folder_.path() / "log")};
  }

 private:
  TempFolder folder_;
};

uint64_t seed_of(const ArrayConfig& config, int sequence) {
  return 1000 * static_cast<uint64_t>(config.rows * 41 + config.cols) + sequence;
}

std::string name_of(const testing::TestParamInfo<ArrayConfig>& info) {
  const ArrayConfig& c = info.param;
  return fmt::format("{}x{}_data{}_weight{}{}_stages{}_tag{}{}", c.rows, c.cols, c.data_width,
                     c.weight_width, c.row_broadcast ? "" : "_plain", c.broadcast_stages,
                     c.tag_width, c.mac_stages ? "_mac_stage" : "");
}

class Sequences : public testing::TestWithParam<ArrayConfig> {};
INSTANTIATE_TEST_SUITE_P(
    Of, Sequences,
    testing::Values(
        ArrayConfig{.rows = 1, .cols = 1}, ArrayConfig{.rows = 1, .cols = 7},
        ArrayConfig{.rows = 7, .cols = 1},
        ArrayConfig{.rows = 2, .cols = 2, .tag_width = 2, .broadcast_stages = 1},
        ArrayConfig{.rows = 3, .cols = 5, .data_width = 4, .weight_width = 6},
        ArrayConfig{.rows = 5, .cols = 3, .broadcast_stages = 2},
        ArrayConfig{.rows = 4, .cols = 4, .row_broadcast = 0}, ArrayConfig{.rows = 7, .cols = 13},
        ArrayConfig{
            .rows = 13, .cols = 7, .data_width = 16, .weight_width = 16, .broadcast_stages = 1},
        ArrayConfig{.rows = 11, .cols = 4, .weight_width = 5, .row_broadcast = 0},
        ArrayConfig{.rows = 3, .cols = 5, .broadcast_stages = 1, .mac_stages = 1},
        ArrayConfig{.rows = 5, .cols = 2, .row_broadcast = 0, .mac_stages = 1}),
    name_of);

TEST_P(Sequences, have_no_x_in_icarus_and_the_results_and_cycles_of_verilator) {
  const ArrayConfig& config = GetParam();
  const Bench bench(config);
  const auto code =
      ModelCode::build({config, View::kStructural, emit_modules(config, View::kStructural)}, {});
  for (int i = 0; i < sequences(); ++i) {
    const uint64_t seed = seed_of(config, i);
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const std::string sequence = test::random_sequence(config, seed);
    const Bench::Run icarus = bench.run(sequence);
    ASSERT_THAT(icarus.verdict, testing::StartsWith("PASS: "));
    ASSERT_THAT(icarus.verdict, testing::Not(HasSubstr("FAIL")));
    ASSERT_THAT(icarus.log, HasSubstr(" column 0 value "));
    Model model(code, static_cast<uint32_t>(seed));
    ASSERT_EQ(test::replay(model, sequence, seed), icarus.log);
  }
}

const Bug kLeaks[] = {
    {"wash_too_short", "rc_sequencer", ".WAVE(TO_PORT + CLEAR)", ".WAVE(1)"},
    {"no_clearing_wave", "rc_sequencer", "wash_wave ?", "1'b0 ?"},
    {"no_row_gate", "rc_skew", "& {DATA_W{row_en_i[r]}}", ""},
    {"command_not_reset", "rc_steps", "if (rst_i) active_q <= 1'b0;\n    else if", "if"},
};

class Leak : public testing::TestWithParam<Bug> {};
INSTANTIATE_TEST_SUITE_P(Of, Leak, testing::ValuesIn(kLeaks),
                         [](const auto& info) { return info.param.name; });

TEST_P(Leak, of_x_is_seen) {
  const ArrayConfig config{.rows = 3, .cols = 5};
  const Bench bench(config, &GetParam());
  std::string verdicts;
  for (int i = 0; i < 8; ++i)
    verdicts += bench.run(test::random_sequence(config, seed_of(config, i))).verdict;
  EXPECT_THAT(verdicts, HasSubstr("FAIL"));
  EXPECT_THAT(verdicts, testing::AnyOf(HasSubstr(" is x"), HasSubstr(" is X"), HasSubstr(" an X")));
}

TEST(Difference, between_the_simulators_is_seen) {
  const ArrayConfig config{.rows = 3, .cols = 5, .data_width = 4, .weight_width = 6};
  const auto code =
      ModelCode::build({config, View::kStructural, emit_modules(config, View::kStructural)}, {});
  const std::string sequence = test::random_sequence(config, seed_of(config, 2));
  for (const Bug& bug : {Bug{"tag", "rc_steps", "tag_q + ONE", "tag_q"},
                         Bug{"value", "rc_mac", "acc_i + {", "acc_i - {"},
                         Bug{"cycle", "rc_tiles", "last_beat_i && lane_busy_i", "lane_busy_i"}}) {
    const std::string log = Bench(config, &bug).run(sequence).log;
    Model model(code, 1);
    EXPECT_NE(test::replay(model, sequence, 1), log) << bug.name;
  }
}

}  // namespace
}  // namespace rowcast
