// One self-checking Verilog testbench per module (modules/*.v), for a few parameter sets each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "generator/emit.h"
#include "generator/files.h"
#include "tests/replace.h"
#include "tests/rtl/bench.h"

namespace rowcast {
namespace {

using test::CommandResult;

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
  return test::run_bench(run.module, run.parameters, folder.path(),
                         run.config.row_broadcast ? "-DROW_BROADCAST" : "");
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
        Run{"rc_mac", kPlain, "DATA_W=8 WEIGHT_W=8 ACC_W=32 MAC_STAGES=1"},
        Run{"rc_mac", kPlain, "DATA_W=2 WEIGHT_W=2 ACC_W=4 MAC_STAGES=1"},
        Run{"rc_mac", kBroadcast, "DATA_W=16 WEIGHT_W=5 ACC_W=64 MAC_STAGES=1"},
        Run{"rc_pe", kPlain, "DATA_W=8 WEIGHT_W=8 ACC_W=32"},
        Run{"rc_pe", kBroadcast, "DATA_W=8 WEIGHT_W=8 ACC_W=32"},
        Run{"rc_pe", kBroadcast, "DATA_W=5 WEIGHT_W=3 ACC_W=8"},
        Run{"rc_pe", kPlain, "DATA_W=16 WEIGHT_W=2 ACC_W=40"},
        Run{"rc_pe", kPlain, "DATA_W=8 WEIGHT_W=8 ACC_W=32 MAC_STAGES=1"},
        Run{"rc_pe", kBroadcast, "DATA_W=5 WEIGHT_W=3 ACC_W=8 MAC_STAGES=1"},
        Run{"rc_array", kPlain, "ROWS=3 COLS=4"}, Run{"rc_array", kBroadcast, "ROWS=3 COLS=4"},
        Run{"rc_array", kBroadcast, "ROWS=1 COLS=5 WEIGHT_W=3"},
        Run{"rc_array", kPlain, "ROWS=7 COLS=1 DATA_W=4"},
        Run{"rc_array", kBroadcast, "ROWS=1 COLS=1 ACC_W=16"},
        Run{"rc_array", kPlain, "ROWS=3 COLS=4", View::kVector},
        Run{"rc_array", kBroadcast, "ROWS=5 COLS=2 DATA_W=3 ACC_W=11", View::kVector},
        Run{"rc_array", kBroadcast, "ROWS=1 COLS=7", View::kVector},
        Run{"rc_array", kPlain, "ROWS=1 COLS=1", View::kVector},
        Run{"rc_array", kPlain, "ROWS=3 COLS=4 MAC_STAGES=1"},
        Run{"rc_array", kBroadcast, "ROWS=5 COLS=3 MAC_STAGES=1"},
        Run{"rc_array", kBroadcast, "ROWS=1 COLS=1 MAC_STAGES=1"},
        Run{"rc_array", kPlain, "ROWS=7 COLS=2 MAC_STAGES=1", View::kVector},
        Run{"rc_array", kBroadcast, "ROWS=4 COLS=5 MAC_STAGES=1", View::kVector},
        Run{"rc_array", kBroadcast, "ROWS=1 COLS=1 MAC_STAGES=1", View::kVector},
        Run{"rc_skew", kPlain, "ROWS=3 COLS=4"}, Run{"rc_skew", kPlain, "ROWS=1 COLS=1 DATA_W=2"},
        Run{"rc_skew", kBroadcast, "ROWS=3 COLS=4 STAGES=0"},
        Run{"rc_skew", kBroadcast, "ROWS=7 COLS=2 STAGES=2 DATA_W=5 WEIGHT_W=3"},
        Run{"rc_skew", kBroadcast, "ROWS=1 COLS=5 STAGES=1"},
        Run{"rc_skew", kPlain, "ROWS=3 COLS=4", View::kVector},
        Run{"rc_skew", kBroadcast, "ROWS=3 COLS=4 STAGES=0", View::kVector},
        Run{"rc_skew", kBroadcast, "ROWS=7 COLS=2 STAGES=2 DATA_W=5 WEIGHT_W=3", View::kVector},
        Run{"rc_skew", kBroadcast, "ROWS=1 COLS=5 STAGES=1", View::kVector},
        Run{"rc_countdown", kPlain, "WIDTH=4"}, Run{"rc_countdown", kPlain, "WIDTH=1"},
        Run{"rc_countdown", kPlain, "WIDTH=13"}, Run{"rc_repeat", kPlain, "WIDTH=4"},
        Run{"rc_repeat", kPlain, "WIDTH=1"}, Run{"rc_repeat", kPlain, "WIDTH=13"},
        Run{"rc_wash", kPlain, "ZEROS=5 WAVE=4"}, Run{"rc_wash", kPlain, "ZEROS=1 WAVE=1"},
        Run{"rc_wash", kPlain, "ZEROS=8 WAVE=8"}, Run{"rc_commands", kPlain, "ROWS=3 MAX_K=14"},
        Run{"rc_commands", kPlain, "ROWS=1 MAX_K=1 TAG_W=1"},
        Run{"rc_commands", kBroadcast, "ROWS=3 COLS=4"},
        Run{"rc_commands", kBroadcast, "ROWS=1 COLS=1 MAX_K=1 TAG_W=1"},
        Run{"rc_commands", kBroadcast, "ROWS=9 COLS=2 MAX_K=40 TAG_W=8"},
        Run{"rc_steps", kPlain, "ROWS=7 TAG_W=5"}, Run{"rc_steps", kPlain, "ROWS=1 TAG_W=1"},
        Run{"rc_steps", kBroadcast, "ROWS=3 TAG_W=3"}, Run{"rc_tiles", kPlain, ""},
        Run{"rc_streams", kBroadcast, "ROWS=3 COLS=4"},
        Run{"rc_streams", kBroadcast, "ROWS=7 COLS=2 MAX_K=4 CLEAR=14"},
        Run{"rc_streams", kBroadcast, "ROWS=1 COLS=1 MAX_K=1 CLEAR=1"},
        Run{"rc_streams", kBroadcast, "ROWS=4 COLS=9 MAX_K=30 CLEAR=15"},
        Run{"rc_results", kPlain, "ROWS=3 COLS=4"},
        Run{"rc_results", kPlain, "ROWS=7 COLS=1 LATENCY=5"},
        Run{"rc_results", kBroadcast, "ROWS=3 COLS=4"},
        Run{"rc_results", kBroadcast, "ROWS=1 COLS=1 LATENCY=1 TAG_W=1"},
        Run{"rc_results", kBroadcast, "ROWS=6 COLS=3 LATENCY=4"},
        Run{"rc_sequencer", kPlain, "ROWS=3 COLS=4"}, Run{"rc_sequencer", kPlain, "ROWS=1 COLS=1"},
        Run{"rc_sequencer", kPlain, "ROWS=8 COLS=3 TAG_W=1 MAX_K=2"},
        Run{"rc_sequencer", kBroadcast, "ROWS=3 COLS=4"},
        Run{"rc_sequencer", kBroadcast, "ROWS=4 COLS=7 STAGES=2"},
        Run{"rc_sequencer", kBroadcast, "ROWS=7 COLS=2 STAGES=1 TAG_W=2"},
        Run{"rc_sequencer", kBroadcast, "ROWS=1 COLS=5 TAG_W=1 MAX_K=14"},
        Run{"rc_sequencer", kBroadcast, "ROWS=5 COLS=1"},
        Run{"rc_sequencer", kBroadcast, "ROWS=4 COLS=3 STAGES=1 MAC_STAGES=1"},
        Run{"rc_sequencer", kPlain, "ROWS=3 COLS=7 MAC_STAGES=1"},
        Run{"rc_sequencer", kBroadcast, "ROWS=1 COLS=1 MAX_K=1"}),
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
        Fault{{"rc_mac", kPlain, "MAC_STAGES=1"}, "product_q <= product", "product_q <= a"},
        Fault{{"rc_pe", kPlain, "MAC_STAGES=1"}, "acc_last_q ? {ACC_W{1'b0}} : acc_q", "acc_q"},
        Fault{{"rc_pe", kPlain, "MAC_STAGES=1"},
              "acc_last_q     <= product_last_q",
              "acc_last_q     <= last_q"},
        Fault{{"rc_array", kPlain, "ROWS=3 MAC_STAGES=1", View::kVector},
              "LATE = 2 * MAC_STAGES",
              "LATE = MAC_STAGES"},
        Fault{{"rc_array", kBroadcast, "ROWS=3"}, "& (r != 0 || c != 0)", ""},
        Fault{{"rc_array", kPlain, "ROWS=3"},
              "assign a_west = gen_row[r].gen_col[c-1].a",
              "assign a_west = a_i[r*DATA_W+:DATA_W]"},
        Fault{{"rc_array", kBroadcast, "ROWS=3", View::kVector},
              "lastb = ~lastb_n_i[r]",
              "lastb = 0"},
        Fault{{"rc_array", kPlain, "ROWS=3", View::kVector},
              "out_ring[port+c] = 0",
              "out_ring[port+c] = 1"},
        Fault{{"rc_skew", kPlain, "ROWS=3"}, ".CYCLES(TO_ARRAY + c)", ".CYCLES(TO_ARRAY)"},
        Fault{{"rc_skew", kPlain, "ROWS=3", View::kVector}, "(edges-COL)&MASK", "edges&MASK"},
        Fault{{"rc_skew", kPlain, "ROWS=3", View::kVector},
              "last_ring[(next+(ROWS-1))&MASK] = 0",
              "last_ring[next&MASK] = 0"},
        Fault{{"rc_skew", kBroadcast, "ROWS=3", View::kVector}, "lean[r]", "1'b1"},
        Fault{{"rc_skew", kBroadcast, "ROWS=3", View::kVector},
              "hold_ring[(edges-1)&MASK]",
              "hold_ring[edges&MASK]"},
        Fault{{"rc_skew", kBroadcast, "ROWS=3", View::kVector},
              "{ROWS{tap_en_i[0]}} | lastb_i",
              "lastb_i"},
        Fault{{"rc_skew", kBroadcast, "ROWS=3"}, "tapped | ~lastb_n_o[r]", "~lastb_n_o[r]"},
        Fault{{"rc_skew", kPlain, "ROWS=3"}, "& {DATA_W{row_en_i[r]}}", ""},
        Fault{{"rc_skew", kPlain, "ROWS=3"}, "rows_above - {", "rows_above - 0 * {"},
        Fault{{"rc_skew", kBroadcast, "ROWS=3"}, "stream[r] ? a_edge : a_skewed", "a_skewed"},
        Fault{{"rc_skew", kBroadcast, "ROWS=3"}, "tapped | ~lastb_n_o[r]", "tapped"},
        Fault{{"rc_skew", kBroadcast, "ROWS=3"},
              ".CYCLES(1)\n      ) u_hold",
              ".CYCLES(0)\n      ) u_hold"},
        Fault{{"rc_countdown", kPlain, "WIDTH=4"}, "== TWO", "== TWO + 1"},
        Fault{{"rc_countdown", kPlain, "WIDTH=4"}, "left_q <= left_q - ONE", "left_q <= left_q"},
        Fault{{"rc_countdown", kPlain, "WIDTH=13"},
              "reg [WIDTH-1:0] left_q",
              "reg [WIDTH-2:0] left_q"},
        Fault{{"rc_repeat", kPlain, "WIDTH=4"}, "load_i || (step_i && last_o)", "load_i"},
        Fault{{"rc_repeat", kPlain, "WIDTH=4"}, "(step_i && last_o)", "last_o"},
        Fault{{"rc_repeat", kPlain, "WIDTH=4"}, "load_i ? value_i : value_q", "value_i"},
        Fault{{"rc_wash", kPlain, "ZEROS=5"},
              "left_q == LEFT_AT_WAVE",
              "left_q == LEFT_AT_WAVE + ONE"},
        Fault{{"rc_wash", kPlain, "ZEROS=5"},
              "if (rst_i) left_q <= ALL",
              "if (rst_i && !washing_o) left_q <= ALL"},
        Fault{{"rc_commands", kPlain, "ROWS=3"}, "arrived_count_q != NO_STEP", "1'b1"},
        Fault{{"rc_commands", kPlain, "ROWS=3"}, "&& arrived_rows_q <= ALL_ROWS", ""},
        Fault{{"rc_commands", kPlain, "ROWS=3"}, "&& arrived_beats_q <= MOST_BEATS", ""},
        Fault{{"rc_commands", kPlain, "ROWS=3"},
              "arrived_beats_q <= MOST_BEATS",
              "arrived_beats_q < MOST_BEATS"},
        Fault{{"rc_commands", kBroadcast, "ROWS=3"}, "&& !taps_beyond_pitch", ""},
        Fault{{"rc_commands", kBroadcast, "ROWS=3"},
              "legal_chain = arrived_passes_q == ONE_PASS &&",
              "legal_chain ="},
        Fault{{"rc_commands", kBroadcast, "ROWS=3"}, "wide_cols >= wide_rows", "1'b1"},
        Fault{{"rc_commands", kBroadcast, "ROWS=3"},
              "arrived_cols_q <= ALL_COLS",
              "arrived_cols_q < ALL_COLS"},
        Fault{{"rc_commands", kPlain, "ROWS=3"},
              "cmd_ready_o = open_i && !full",
              "cmd_ready_o = open_i && !arrived_q"},
        Fault{{"rc_commands", kPlain, "ROWS=3"},
              "cmd_ready_o = open_i && !full",
              "cmd_ready_o = open_i && (!full || take_i)"},
        Fault{{"rc_commands", kPlain, "ROWS=3"},
              "error_q   <= arrived_q && !legal",
              "error_q   <= arrived_q && !legal && !take_i"},
        Fault{{"rc_steps", kPlain, "ROWS=3"}, "tag_q + ONE", "tag_q"},
        Fault{{"rc_steps", kPlain, "ROWS=3"}, ".value_i(count_i)", ".value_i(count_i + ONE)"},
        Fault{{"rc_steps", kPlain, "ROWS=3"}, "if (rst_i) active_q <= 1'b0;\n    else if", "if"},
        Fault{{"rc_tiles", kPlain, ""}, "last_beat_i && lane_busy_i", "1'b0"},
        Fault{{"rc_tiles", kPlain, ""}, "last_beat_i && lane_busy_i", "lane_busy_i"},
        Fault{{"rc_streams", kBroadcast, "ROWS=3"},
              "gap_error_q <= take && !op_valid_i",
              "gap_error_q <= 1'b0"},
        Fault{{"rc_streams", kBroadcast, "ROWS=7 COLS=2"}, "rows_left_i} < (", "rows_left_i} <= ("},
        Fault{{"rc_streams", kBroadcast, "ROWS=3"},
              "beats[ROW_W-1:0] | {ROW_W{beats[WIDE-1:ROW_W] != {(WIDE - ROW_W) {1'b0}}}}",
              "beats[ROW_W-1:0]"},
        Fault{{"rc_streams", kBroadcast, "ROWS=7 COLS=2"}, "fits_q || !last_pass", "fits_q"},
        Fault{{"rc_streams", kBroadcast, "ROWS=7 COLS=2"}, "fits_q || !last_pass", "1'b1"},
        Fault{{"rc_streams", kBroadcast, "ROWS=3"}, "clear_q && (fits_q", "(fits_q"},
        Fault{{"rc_streams", kBroadcast, "ROWS=3"}, "in_taps_q && gap_q != BEAT_0", "1'b0"},
        Fault{{"rc_streams", kBroadcast, "ROWS=3"},
              "ready_o && in_body && in_taps_q",
              "ready_o && in_taps_q"},
        Fault{{"rc_streams", kBroadcast, "ROWS=3"}, "!pass_end || chain_q", "!pass_end"},
        Fault{{"rc_streams", kBroadcast, "ROWS=3"},
              "load_i ? cols_i : head_q",
              "load_i ? cols_i : cols_i"},
        Fault{{"rc_streams", kBroadcast, "ROWS=3"},
              "clear_left_q <= CLEAR[CLEAR_W-1:0] - CLEAR_1",
              "clear_left_q <= CLEAR[CLEAR_W-1:0]"},
        Fault{{"rc_results", kPlain, "ROWS=3"}, "wire swap = 1'b1;", "wire swap = 1'b0;"},
        Fault{{"rc_results", kPlain, "ROWS=3"}, "|| tiles_q != {TILES{1'b0}}", ""},
        Fault{{"rc_results", kBroadcast, "ROWS=3"}, "|| windows_q != {LATENCY{1'b0}}", ""},
        Fault{{"rc_results", kBroadcast, "ROWS=3"},
              "window_o = windows[LATENCY]",
              "window_o = windows[LATENCY-1]"},
        Fault{{"rc_results", kBroadcast, "ROWS=3"}, "wire swap = !window", "wire swap = !window_q"},
        Fault{{"rc_sequencer", kPlain, "ROWS=3"},
              ".WAVE(TO_PORT + CLEAR)",
              ".WAVE(TO_PORT + CLEAR - 1)"},
        Fault{{"rc_sequencer", kPlain, "ROWS=3 MAC_STAGES=1"}, "1 + 2 * MAC_STAGES", "1"},
        Fault{{"rc_sequencer", kPlain, "ROWS=3"}, ".open_i(!washing)", ".open_i(1'b1)"},
        Fault{{"rc_sequencer", kPlain, "ROWS=3"}, ".lane_busy_i(lane_busy)", ".lane_busy_i(1'b0)"},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=3"},
              "CLEAR = 2 * (ROWS - 1) + COLS;",
              "CLEAR = 2 * (ROWS - 1) + COLS - 1;"},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=3"}, "{feed_stream && clear}", "{feed_stream}"},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=7 COLS=2"},
              "|| results_busy || !clear",
              "|| results_busy"},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=3"}, "washing || commands_busy ||", "washing ||"},
        Fault{{"rc_sequencer", kBroadcast, "ROWS=7 COLS=2"},
              ".rows_left_i(rows_left)",
              ".rows_left_i(NO_ROW)"}),
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
