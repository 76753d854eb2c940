// One self-checking Verilog testbench per module (modules/*.v), for a few parameter sets each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "generator/emit.h"
#include "generator/files.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using test::CommandResult;
using test::run_command;

struct Run {
  const char* module;
  ArrayConfig config;
  const char* parameters;  // of the testbench, as "NAME=VALUE NAME=VALUE"
  View view = View::kStructural;
};
void PrintTo(const Run& run, std::ostream* out) {
  *out << run.module << " " << run.parameters << " row_broadcast=" << run.config.row_broadcast;
}

// Emits, compiles the module's testbench with the emitted modules, and runs it. The emitted file
// may be changed in between: `right` to `wrong`.
CommandResult simulate(const Run& run, const std::string& right = "",
                       const std::string& wrong = "") {
  const TempFolder folder;
  write_files(emit(run.config, run.view), folder.path());
  if (!right.empty())
    test::replace_in_file(folder.path() / "rtl" / (std::string(run.module) + ".v"), right, wrong);
  const std::string bench = std::string(run.module) + "_tb";
  std::string command = "iverilog -g2005 -Wall -o tb.vvp -s " + bench;
  if (run.config.row_broadcast) command += " -DROW_BROADCAST";
  std::string names = run.parameters;
  while (!names.empty()) {
    const size_t space = names.find(' ');
    command += " -P" + bench + "." + names.substr(0, space);
    names = space == std::string::npos ? "" : names.substr(space + 1);
  }
  const std::filesystem::path source = source_path("tests/rtl/modules") / (bench + ".v");
  return run_command(command + " -c filelist.f " + source.string() + " && vvp tb.vvp",
                     folder.path());
}

constexpr ArrayConfig kBroadcast{.rows = 4, .cols = 4};
constexpr ArrayConfig kPlain{.rows = 4, .cols = 4, .row_broadcast = 0};

class Module : public testing::TestWithParam<Run> {};
INSTANTIATE_TEST_SUITE_P(
    Of, Module,
    testing::Values(
        Run{"rc_delay", kPlain, "WIDTH=8 CYCLES=0"}, Run{"rc_delay", kPlain, "WIDTH=1 CYCLES=1"},
        Run{"rc_delay", kPlain, "WIDTH=1 CYCLES=2"}, Run{"rc_delay", kPlain, "WIDTH=17 CYCLES=13"},
        Run{"rc_mac", kPlain, "DATA_W=8 WEIGHT_W=8 ACC_W=32"},
        Run{"rc_mac", kPlain, "DATA_W=2 WEIGHT_W=2 ACC_W=4"},
        Run{"rc_mac", kBroadcast, "DATA_W=5 WEIGHT_W=3 ACC_W=17"},
        Run{"rc_mac", kPlain, "DATA_W=16 WEIGHT_W=16 ACC_W=64"},
        Run{"rc_mac", kPlain, "DATA_W=3 WEIGHT_W=16 ACC_W=19"},
        Run{"rc_pe", kPlain, "DATA_W=8 WEIGHT_W=8 ACC_W=32"},
        Run{"rc_pe", kBroadcast, "DATA_W=8 WEIGHT_W=8 ACC_W=32"},
        Run{"rc_pe", kBroadcast, "DATA_W=5 WEIGHT_W=3 ACC_W=8"},
        Run{"rc_pe", kPlain, "DATA_W=16 WEIGHT_W=2 ACC_W=40"},
        Run{"rc_array", kPlain, "ROWS=3 COLS=4"}, Run{"rc_array", kBroadcast, "ROWS=3 COLS=4"},
        Run{"rc_array", kBroadcast, "ROWS=1 COLS=5 WEIGHT_W=3"},
        Run{"rc_array", kPlain, "ROWS=7 COLS=1 DATA_W=4"},
        Run{"rc_array", kBroadcast, "ROWS=1 COLS=1 ACC_W=16"},
        Run{"rc_array", kPlain, "ROWS=3 COLS=4", View::kVector},
        Run{"rc_array", kBroadcast, "ROWS=5 COLS=2 DATA_W=3 ACC_W=11", View::kVector},
        Run{"rc_array", kBroadcast, "ROWS=1 COLS=7", View::kVector},
        Run{"rc_array", kPlain, "ROWS=1 COLS=1", View::kVector},
        Run{"rc_skew", kPlain, "ROWS=3 COLS=4"}, Run{"rc_skew", kPlain, "ROWS=1 COLS=1 DATA_W=2"},
        Run{"rc_skew", kBroadcast, "ROWS=3 COLS=4 STAGES=0"},
        Run{"rc_skew", kBroadcast, "ROWS=7 COLS=2 STAGES=2 DATA_W=5 WEIGHT_W=3"},
        Run{"rc_skew", kBroadcast, "ROWS=1 COLS=5 STAGES=1"},
        Run{"rc_skew", kPlain, "ROWS=3 COLS=4", View::kVector},
        Run{"rc_skew", kBroadcast, "ROWS=3 COLS=4 STAGES=0", View::kVector},
        Run{"rc_skew", kBroadcast, "ROWS=7 COLS=2 STAGES=2 DATA_W=5 WEIGHT_W=3", View::kVector},
        Run{"rc_skew", kBroadcast, "ROWS=1 COLS=5 STAGES=1", View::kVector},
        Run{"rc_sequencer", kPlain, "ROWS=3 COLS=4"}, Run{"rc_sequencer", kPlain, "ROWS=1 COLS=1"},
        Run{"rc_sequencer", kPlain, "ROWS=8 COLS=3 TAG_W=1 BEAT_W=2"},
        Run{"rc_sequencer", kBroadcast, "ROWS=3 COLS=4"},
        Run{"rc_sequencer", kBroadcast, "ROWS=4 COLS=7 STAGES=2"},
        Run{"rc_sequencer", kBroadcast, "ROWS=7 COLS=2 STAGES=1 TAG_W=2"},
        Run{"rc_sequencer", kBroadcast, "ROWS=1 COLS=5 TAG_W=1 BEAT_W=4"},
        Run{"rc_sequencer", kBroadcast, "ROWS=5 COLS=1"},
        Run{"rc_sequencer", kBroadcast, "ROWS=1 COLS=1 BEAT_W=2"}),
    [](const auto& info) {
      std::string name = std::string(info.param.module) + "_" + info.param.parameters +
                         (info.param.config.row_broadcast ? "_broadcast" : "_plain") + "_" +
                         std::string(to_string(info.param.view));
      std::erase_if(name, [](char c) { return c == ' ' || c == '='; });
      return name;
    });

TEST_P(Module, passes_its_own_testbench) {
  const CommandResult result = simulate(GetParam());
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.text, testing::StartsWith("PASS"));
}

struct Fault {
  Run run;
  const char* right;
  const char* wrong;
};
void PrintTo(const Fault& f, std::ostream* out) { *out << f.right << " -> " << f.wrong; }

class ModuleTestbench : public testing::TestWithParam<Fault> {};
INSTANTIATE_TEST_SUITE_P(
    With, ModuleTestbench,
    testing::Values(
        Fault{{"rc_delay", kPlain, "CYCLES=3"}, "(CYCLES-1)*WIDTH+:WIDTH", "0+:WIDTH"},
        Fault{{"rc_mac", kPlain, "ACC_W=32"}, "wire signed [DATA_W-1:0] a", "wire [DATA_W-1:0] a"},
        Fault{{"rc_mac", kBroadcast, "ACC_W=32"}, "w_n_o = ~w_i", "w_n_o = w_i"},
        Fault{{"rc_pe", kPlain, "ACC_W=32"}, "| drain_i", ""},
        Fault{{"rc_pe", kPlain, "ACC_W=32"}, "sum & {ACC_W{~last_q}}", "sum"},
        Fault{{"rc_pe", kBroadcast, "ACC_W=32"}, "& lastb_n_i", ""},
        Fault{{"rc_pe", kBroadcast, "ACC_W=32"}, "& tap_n_i", ""},
        Fault{{"rc_pe", kBroadcast, "ACC_W=32"}, "b_n_i | {WEIGHT_W{hold_i}}", "b_n_i"},
        Fault{{"rc_pe", kBroadcast, "ACC_W=32"}, "last_n_i | hold_i", "last_n_i"},
        Fault{{"rc_pe", kBroadcast, "ACC_W=32"}, "last_n_o = ~last_q", "last_n_o = last_q"},
        Fault{{"rc_array", kBroadcast, "ROWS=3"}, "& (r != 0 || c != 0)", ""},
        Fault{{"rc_array", kPlain, "ROWS=3"},
              "assign a_west    = gen_row[r].gen_col[c-1].a",
              "assign a_west    = a_i[r*DATA_W+:DATA_W]"},
        Fault{{"rc_array", kBroadcast, "ROWS=3", View::kVector},
              "lastb = ~lastb_n_i[r]",
              "lastb = 0"},
        Fault{{"rc_array", kPlain, "ROWS=3", View::kVector},
              "out_ring[port+c] = 0",
              "out_ring[port+c] = 1"},
        Fault{{"rc_skew", kPlain, "ROWS=3"}, ".CYCLES(EDGE + c)", ".CYCLES(EDGE)"},
        Fault{{"rc_skew", kPlain, "ROWS=3", View::kVector}, "(edges-COL)&MASK", "edges&MASK"},
        Fault{{"rc_skew", kPlain, "ROWS=3", View::kVector},
              "last_ring[(next+(ROWS-1))&MASK] = 0",
              "last_ring[next&MASK] = 0"},
        Fault{{"rc_skew", kBroadcast, "ROWS=3", View::kVector}, "lean[r]", "1'b1"},
        Fault{
            {"rc_skew", kBroadcast, "ROWS=3", View::kVector}, "hold_ring[(edges-1)&MASK]", "1'b0"},
        Fault{{"rc_skew", kPlain, "ROWS=3"}, "& {DATA_W{row_en_i[r]}}", ""},
        Fault{{"rc_skew", kPlain, "ROWS=3"}, "rows_above - {", "rows_above - 0 * {"},
        Fault{{"rc_skew", kBroadcast, "ROWS=3"}, "stream[r] ? a_edge : a_skewed", "a_skewed"},
        Fault{{"rc_skew", kBroadcast, "ROWS=3"}, "tap_en_i[0] | lastb_i[0]", "tap_en_i[0]"},
        Fault{{"rc_skew", kBroadcast, "ROWS=3"}, ".CYCLES(EDGE + 1)", ".CYCLES(EDGE)"},
        Fault{{"rc_sequencer", kPlain, "ROWS=3"}, "last_beat_q && lane_busy", "1'b0"},
        Fault{{"rc_sequencer", kPlain, "ROWS=3"},
              "last_beat_q && lane_busy",
              "last_beat_q && (lane_busy || left_swap_q != ROW_0)"},
        Fault{{"rc_sequencer", kPlain, "ROWS=3"}, "tag_q + TAG_1", "tag_q"},
        Fault{{"rc_sequencer", kPlain, "ROWS=3"},
              "localparam WAVE = EDGE + CLEAR + 1",
              "localparam WAVE = EDGE + CLEAR"},
        Fault{{"rc_sequencer", kPlain, "ROWS=3"},
              "assign cmd_ready_o = !washing &&",
              "assign cmd_ready_o ="},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=3"},
              "assign gap_error_o = take &&",
              "assign gap_error_o = 1'b0 && take &&"},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=3"},
              "localparam CLEAR = 2 * (ROWS - 1) + COLS",
              "localparam CLEAR = 2 * (ROWS - 1) + COLS - 1"},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=7 COLS=2"},
              "else fits_q <= left_sum <= span_sum",
              "else fits_q <= left_sum < span_sum"},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=7 COLS=2"}, "rows_sum <= new_span_sum", "1'b1"},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=7 COLS=2"},
              "fits_q <= rows_fit_q",
              "fits_q <= 1'b1"},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=3"}, "stream_q && clear_0_q}};", "stream_q}};"},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=3"}, "|| !clear_0_q ||", "||"},
        Fault{
            {"rc_sequencer", kBroadcast, "ROWS=3"}, "window_pipe_q != {(EDGE + 1) {1'b0}}", "1'b0"},
        Fault{{"rc_sequencer", kPlain, "ROWS=3"}, "|| tile_pipe_q != {PIPE{1'b0}}", ""},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=3"}, "in_taps_q && gap_q != BEAT_0", "1'b0"},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=3"}, "cmd_taps_i <= cmd_pitch_i", "1'b1"},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=3"},
              "legal_chain = cmd_passes_i == BEAT_1 &&",
              "legal_chain ="}),
    [](const auto& info) {
      return std::string(info.param.run.module) + "_fault_" + std::to_string(info.index);
    });

TEST_P(ModuleTestbench, fails_where_the_module_is_broken) {
  const Fault& fault = GetParam();
  const CommandResult result = simulate(fault.run, fault.right, fault.wrong);
  EXPECT_THAT(result.text, testing::Not(testing::HasSubstr("PASS")));
  EXPECT_THAT(result.text, testing::HasSubstr("FAIL"));
}

}  // namespace
}  // namespace rowcast
