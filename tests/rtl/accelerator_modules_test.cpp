// One self-checking Verilog testbench per module of the accelerator (modules/*.v), for a few
// parameter sets each; rc_moves and rc_accelerator have random moves instead.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "generator/files.h"
#include "sim/system/emit.h"
#include "tests/accelerator/move_fields.h"
#include "tests/replace.h"
#include "tests/rtl/bench.h"

namespace rowcast {
namespace {

using test::CommandResult;

struct Run {
  const char* module;
  const char* parameters;  // of the testbench, as "NAME=VALUE NAME=VALUE"
  View view = View::kStructural;
};
void PrintTo(const Run& run, std::ostream* out) { *out << run.module << " " << run.parameters; }

// Emits, compiles the module's testbench with the emitted modules, and runs it. The emitted file
// may be changed in between: `right` to `wrong`.
CommandResult simulate(const Run& run, const std::string& right = "",
                       const std::string& wrong = "") {
  const accelerator::AcceleratorConfig config{.array = {.rows = 4, .cols = 4},
                                              .a_depth = 64,
                                              .b_depth = 64,
                                              .w_depth = 64,
                                              .q_depth = 8,
                                              .s_depth = 32};
  const TempFolder folder;
  write_files(accelerator::emit(accelerator::SystemConfig{config}, run.view), folder.path());
  write_file(folder.path() / "move_fields.vh", test::move_fields_vh());
  if (!right.empty())
    test::replace_in_file(folder.path() / "rtl" / fmt::format("{}.v", run.module), right, wrong);
  return test::run_bench(run.module, run.parameters, folder.path(), "-I.");
}

class AcceleratorModule : public testing::TestWithParam<Run> {};
INSTANTIATE_TEST_SUITE_P(
    Of, AcceleratorModule,
    testing::Values(
        Run{"rc_ram", "WIDTH=8 DEPTH=5"}, Run{"rc_ram", "WIDTH=1 DEPTH=2"},
        Run{"rc_ram", "WIDTH=50 DEPTH=17 SEED=2"}, Run{"rc_memory", "N=4 WIDTH=8 DEPTH=64"},
        Run{"rc_memory", "N=1 WIDTH=50 DEPTH=2"}, Run{"rc_memory", "N=13 WIDTH=16 DEPTH=7"},
        Run{"rc_memory", "N=4 WIDTH=8 DEPTH=64", View::kVector},
        Run{"rc_memory", "N=1 WIDTH=50 DEPTH=2", View::kVector},
        Run{"rc_memory", "N=13 WIDTH=16 DEPTH=7", View::kVector},
        Run{"rc_walk", "ADDRESS_W=16 COUNT_W=16 BEAT_W=24"},
        Run{"rc_walk", "ADDRESS_W=5 COUNT_W=3 BEAT_W=5 SEED=2"},
        Run{"rc_walk", "ADDRESS_W=3 COUNT_W=4 BEAT_W=4 SEED=3"},
        Run{"rc_column_walk", "ADDRESS_W=16 COUNT_W=16"},
        Run{"rc_column_walk", "ADDRESS_W=5 COUNT_W=3 SEED=2"},
        Run{"rc_column_walk", "ADDRESS_W=2 COUNT_W=4 SEED=3"},
        Run{"rc_requantise", "DATA_W=8 ACC_W=32"}, Run{"rc_requantise", "DATA_W=8 ACC_W=20 SEED=2"},
        Run{"rc_requantise", "DATA_W=4 ACC_W=12 SEED=3"},
        Run{"rc_requantise", "DATA_W=16 ACC_W=48 SEED=4"},
        Run{"rc_requantise", "DATA_W=5 ACC_W=33 SEED=5"}, Run{"rc_routes", "N=4"},
        Run{"rc_routes", "N=5 SEED=2"}, Run{"rc_routes", "N=13 ADDRESS_W=7 SEED=3"},
        Run{"rc_routes", "N=4 ADDRESS_W=5 COUNT_W=3 SEED=4"},
        Run{"rc_routes", "N=2 ADDRESS_W=5 COUNT_W=4 SEED=5"}, Run{"rc_squeeze", "N=4 WIDTH=8"},
        Run{"rc_squeeze", "N=2 WIDTH=1"}, Run{"rc_squeeze", "N=13 WIDTH=16"},
        Run{"rc_move_check", "N=4"},
        Run{"rc_move_check",
            "N=7 A_DEPTH=1024 B_DEPTH=1000 W_DEPTH=17 Q_DEPTH=3 S_DEPTH=29 TABLES=2 SEED=2"},
        Run{"rc_move_check",
            "N=32 A_DEPTH=1048576 B_DEPTH=1000 W_DEPTH=524288 Q_DEPTH=64 S_DEPTH=1024 TABLES=15 "
            "SEED=3"},
        Run{"rc_places", "N=4"}, Run{"rc_places", "N=5 ADDRESS_W=6 COUNT_W=2 SEED=2"},
        Run{"rc_places", "N=7 WORD_W=16 SEED=3"}, Run{"rc_places", "N=13 CYCLES=10000 SEED=4"}),
    [](const auto& info) {
      std::string name = fmt::format("{}_{}{}", info.param.module, info.param.parameters,
                                     info.param.view == View::kVector ? "_vector" : "");
      std::erase_if(name, [](char c) { return c == ' ' || c == '='; });
      return name;
    });

TEST_P(AcceleratorModule, passes_its_own_testbench) {
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

constexpr Run kRam{"rc_ram", "DEPTH=5"}, kMemory{"rc_memory", "N=5"},
    kVectorMemory{"rc_memory", "N=5", View::kVector}, kWalk{"rc_walk", ""},
    kColumnWalk{"rc_column_walk", ""}, kRequantise{"rc_requantise", "DATA_W=8 ACC_W=32"},
    kRoutes{"rc_routes", "N=5"}, kSqueeze{"rc_squeeze", "N=5"}, kCheck{"rc_move_check", ""},
    kPlaces{"rc_places", "N=5"};

class AcceleratorBench : public testing::TestWithParam<Fault> {};
INSTANTIATE_TEST_SUITE_P(
    With, AcceleratorBench,
    testing::Values(
        Fault{kRam, "if (read_i) data_o", "data_o"},
        Fault{kRam, "data_o <= words[read_address_i]",
              "data_o <= write_i && write_address_i == read_address_i ? data_i : "
              "words[read_address_i]"},
        Fault{kMemory, ".write_i(write_i[i])", ".write_i(write_i[0])"},
        Fault{kMemory, ".read_address_i(read_address_i[i*ADDRESS_W",
              ".read_address_i(read_address_i[0*ADDRESS_W"},
        Fault{kVectorMemory, "if (read_i[i]) data_o", "data_o"},
        Fault{kVectorMemory, "words[read_address_i[i*ADDRESS_W+:ADDRESS_W] * N + i]",
              "words[read_address_i[i*ADDRESS_W+:ADDRESS_W] * N]"},
        Fault{kWalk, "column_q >= last_i", "column_q > last_i"},
        Fault{kWalk, "run_end && !save ? saved_q", "1'b0 ? saved_q"},
        Fault{kWalk, "load_i ? {ADDRESS_W{1'b0}} : origin_q", "origin_q"},
        Fault{kWalk, "groups_end && tail_i == {COUNT_W{1'b0}}", "groups_end"},
        Fault{kWalk, "segment_q == 2'd3 || ", ""},
        Fault{kColumnWalk, "run_end ? origin_q", "run_end ? base_i"},
        Fault{kColumnWalk, "group_end ? runs_i : runs_left_q - ONE", "runs_left_q - ONE"},
        Fault{kRequantise, "biased_q >>> pre_q", "biased_q >> pre_q"},
        Fault{kRequantise, "(16'd1 << post_q3) >> 1", "16'd0"},
        Fault{kRequantise, "factor = {1'b0, scale_q2}", "factor = {scale_q2[7], scale_q2}"},
        Fault{kRequantise, "post_q3 <= post_q2", "post_q3 <= post_q1"},
        Fault{kRoutes, "wire over_now = !begins_q && over_now_q", "wire over_now = over_now_q"},
        Fault{kRoutes, "lane_q == LAST_LANE", "lane_q == {LANE_W{1'b1}}"},
        Fault{kRoutes, "(waiting_q != 2'd2 || next_i)", "1'b1"},
        Fault{kRoutes, "group_base = base_q + ROWS", "group_base = base_q"},
        Fault{kRoutes, "next_i ? waiting_q == 2'd2 : waiting_q == 2'd1", "waiting_q == 2'd1"},
        Fault{kSqueeze, "data_i[column*WIDTH", "data_i[i*WIDTH"},
        Fault{kCheck, "left_q <= 5'd17", "left_q <= 5'd16"},
        Fault{kCheck, "product_q[2*COUNT_W-1:COUNT_W] != NONE", "1'b0"},
        Fault{kCheck, "- {{(SCALE_W - COUNT_W) {1'b0}}, LANES}", ""},
        Fault{kCheck, "added_first != results_first && ", ""},
        Fault{kCheck, "> TABLES[3:0]", ">= TABLES[3:0]"},
        Fault{kCheck, "added_first > added_last || ", ""},
        Fault{kCheck, "(residual && (by_column || !from_w))", "1'b0"},
        Fault{kPlaces, "&& !other && !ahead", "&& !ahead"},
        Fault{kPlaces, "done_o = finished_q[oldest_q]", "done_o = |finished_q"},
        Fault{kPlaces, "COLUMN >= last_columns_q", "COLUMN > last_columns_q"},
        Fault{kPlaces, "tile_q[c+5] && !bad_q[c+5]", "tile_q[c+5]"},
        Fault{kPlaces, "writes_a_o <= |(next_write & ~next_to_b)", "writes_a_o <= |next_write"},
        Fault{kPlaces, "written > last_q", "written >= last_q"},
        Fault{kPlaces, "row < first_row_q[slot]", "row <= first_row_q[slot]"},
        Fault{kPlaces, "which = !window_i && odd_q", "which = odd_q"},
        Fault{kPlaces, "last_run ? scales_q[slot_q] : scale_q + LANES", "scale_q + LANES"},
        Fault{kPlaces, "window_q[4] ? behind_slot_q[4] : behind_slot_q[c+4]",
              "behind_slot_q[c+4]"}),
    [](const auto& info) { return fmt::format("{}_fault_{}", info.param.run.module, info.index); });

TEST_P(AcceleratorBench, fails_where_the_module_is_broken) {
  const Fault& fault = GetParam();
  const CommandResult result = simulate(fault.run, fault.right, fault.wrong);
  EXPECT_THAT(result.text, testing::Not(testing::HasSubstr("PASS")));
  EXPECT_THAT(result.text, testing::HasSubstr("FAIL"));
}

}  // namespace
}  // namespace rowcast
