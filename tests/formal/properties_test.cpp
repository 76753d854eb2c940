// The numbered properties of rc_sequencer and its parts, rc_skew and rc_core (rc_*_properties.v
// says what they mean): proved over unlimited time, from any state of the registers at power-up, at
// small sizes. Property directed reachability (ABC's pdr, which finds the inductive invariant
// itself and has it checked) proves them on the netlist; bounded model checking finds the seeded
// bugs and the situations that the proofs must not have missed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "generator/files.h"
#include "tests/formal/pair.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using test::Bug;
using test::CommandResult;
using testing::HasSubstr;

struct Subject {
  const char* module;  // NAME of NAME_properties.v
  char letter;         // of its properties
  int properties;
};
constexpr Subject kSequencer{"rc_sequencer", 'S', 14}, kSkew{"rc_skew", 'K', 6},
    kCore{"rc_core", 'A', 7}, kCycles{"rc_cycles", 'C', 1};
constexpr Subject kCountdown{"rc_countdown", 'D', 1}, kRepeat{"rc_repeat", 'B', 1},
    kWash{"rc_wash", 'H', 2}, kCommands{"rc_commands", 'Q', 5}, kSteps{"rc_steps", 'N', 3},
    kTiles{"rc_tiles", 'T', 3}, kStreams{"rc_streams", 'W', 5}, kResults{"rc_results", 'R', 6};
constexpr int kSituations = 10;

// The registers of all elements, as rc_core_properties.v wants them. A wire marked hierconn
// becomes, in Yosys' flatten, the net of the same hierarchical name; one that met none stays free.
std::string elements(const ArrayConfig& config) {
  const int weight = config.weight_width, acc = config.acc_width;
  struct Register {
    const char* bus;
    const char* name;
    int width;
  };
  std::vector<Register> registers = {
      {"last", "last_q", 1}, {"b", "b_q", weight}, {"acc", "acc_q", acc}, {"out", "out_q", acc}};
  std::string text;
  if (config.mac_stages) {
    registers.push_back({"product_last", "gen_staged.product_last_q", 1});
    registers.push_back({"product", "u_mac.gen_staged.product_q", acc});
    registers.push_back({"captures", "gen_staged.acc_last_q", 1});
  } else {
    const int elements = config.rows * config.cols;
    text += fmt::format(
        "wire [{0}:0] element_captures = element_last;\nwire [{0}:0] element_product_last = 0;\n"
        "wire [{1}:0] element_product = 0;\n",
        elements - 1, elements * acc - 1);
  }
  for (const auto& [bus, name, width] : registers) {
    std::string lanes;
    for (int r = 0; r < config.rows; ++r)
      for (int c = 0; c < config.cols; ++c) {
        const std::string wire =
            fmt::format("\\u_core.u_array.gen_row[{}].gen_col[{}].u_pe.{} ", r, c, name);
        text += fmt::format("(* hierconn *) wire [{}:0] {};\n", width - 1, wire);
        lanes = wire + (lanes.empty() ? "" : ", ") + lanes;
      }
    text += fmt::format("wire [{}:0] element_{} = {{{}}};\n", config.rows * config.cols * width - 1,
                        bus, lanes);
  }
  return text;
}

class Netlist {
 public:
  // An AIG whose outputs are the module's violated_o, or reached_o. Tidied up gate by gate it takes
  // Yosys three times as long: for proofs of invariants, a search to a bound does not need it.
  Netlist(const Subject& subject, const ArrayConfig& config, const Bug* bug,
          const std::string& outputs = "violated_o", bool tidy = false) {
    std::string files;
    for (EmittedFile& file : emit_modules(config, View::kStructural)) {
      std::string name = std::filesystem::path(file.path).stem().string();
      if (bug && name == bug->module) test::replace_once(file.text, bug->right, bug->wrong);
      if (name == "rc_mac") continue;
      files += name + ".v ";
      write_file(folder_.path() / (name + ".v"), file.text);
    }
    write_file(folder_.path() / "elements.vh", elements(config));
    const std::string properties = fmt::format("{}_properties", subject.module);
    for (const std::string& name :
         {std::string("rc_mac_marked"), std::string("rc_step_reference"), properties})
      files += (source_path("tests/formal") / (name + ".v")).string() + " ";
    // delete drops the outputs that are not asked for.
    const CommandResult yosys = test::run_command(
        fmt::format("yosys -q -p 'read_verilog {0} -I. {1}; hierarchy -check -top {2} "
                    "-chparam ROWS {3} -chparam COLS {4} -chparam STAGES {5} {7}; proc; flatten; "
                    "opt -nodffe -nosdff; select -set unwanted {2}/o:* {2}/o:{6} %d; "
                    "delete -output @unwanted; delete @unwanted; opt_clean; "
                    "async2sync; dffunmap; techmap; {8}"
                    "abc -g AND -fast; opt_clean; write_aiger -zinit netlist.aig'",
                    config.row_broadcast ? "-DROW_BROADCAST" : "", files, properties, config.rows,
                    config.cols, config.broadcast_stages, outputs,
                    config.mac_stages ? "-chparam MAC_STAGES 1" : "",
                    tidy ? "opt -nodffe -nosdff; dffunmap; " : ""),
        folder_.path());
    if (yosys.status != 0) throw std::logic_error(yosys.text);
  }

  CommandResult abc(const std::string& commands) const {
    return test::run_command("yosys-abc -q 'read_aiger netlist.aig; strash; " + commands + "'",
                             folder_.path());
  }
  // Searches one output, counted from 1, cycle by cycle up to `cycles`.
  CommandResult search(int output, int cycles) const {
    return abc(fmt::format("cone -s -O {}; bmc3 -F {} -T 10", output - 1, cycles));
  }

 private:
  TempFolder folder_;
};

ArrayConfig small(int rows, int cols, int stages,
                  int mac_stages = 0) {  // stages < 0: without the broadcast
  // As rc_core_properties.v has them.
  return {.rows = rows,
          .cols = cols,
          .data_width = 2,
          .weight_width = 2,
          .acc_width = 5,
          .row_broadcast = stages >= 0,
          .broadcast_stages = stages < 0 ? 0 : stages,
          .mac_stages = mac_stages};
}

std::string size_name(const ArrayConfig& config) {
  return fmt::format(
      "{}x{}_{}{}", config.rows, config.cols,
      config.row_broadcast ? fmt::format("stages{}", config.broadcast_stages) : "plain",
      config.mac_stages ? "_mac_stage" : "");
}

struct Case {
  Subject subject;
  ArrayConfig config;
};
void PrintTo(const Case& value, std::ostream* out) {
  *out << value.subject.module << " " << size_name(value.config);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& [rows, cols, stages] : {std::array{1, 1, 0},
                                           {1, 3, 1},
                                           {2, 1, 0},
                                           {2, 2, 0},
                                           {3, 2, 0},
                                           {2, 3, 2},
                                           {3, 3, 1},
                                           {1, 1, -1},
                                           {2, 2, -1},
                                           {3, 2, -1},
                                           {2, 3, -1}})
    for (const Subject& subject : {kSequencer, kSkew})
      all.push_back({subject, small(rows, cols, stages)});
  for (const auto& [rows, cols, stages] :
       {std::array{1, 1, 0}, {1, 2, 1}, {2, 1, 0}, {2, 2, 0}, {1, 1, -1}, {2, 2, -1}})
    all.push_back({kCore, small(rows, cols, stages)});
  for (const Subject& subject : {kCountdown, kRepeat, kWash, kTiles})
    for (const auto& [rows, cols] : {std::pair{1, 1}, {2, 2}, {3, 2}})
      all.push_back({subject, small(rows, cols, 0)});
  for (const Subject& subject : {kCommands, kSteps, kStreams, kResults})
    for (const auto& [rows, cols, stages] :
         {std::array{1, 1, 0}, {2, 2, 0}, {3, 2, 1}, {2, 3, 2}, {1, 1, -1}, {3, 2, -1}})
      if (stages >= 0 || std::string(subject.module) != "rc_streams")
        all.push_back({subject, small(rows, cols, stages)});
  for (const auto& [rows, cols, stages] : {std::array{1, 1, 0}, {2, 2, 0}, {3, 2, 1}, {2, 3, -1}})
    all.push_back({kSequencer, small(rows, cols, stages, 1)});
  for (const auto& [rows, cols, stages] : {std::array{1, 2, 1}, {2, 1, 0}, {2, 2, -1}})
    all.push_back({kCore, small(rows, cols, stages, 1)});
  return all;
}

class Properties : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Of, Properties, testing::ValuesIn(cases()), [](const auto& info) {
  return fmt::format("{}_{}", info.param.subject.module, size_name(info.param.config));
});

TEST_P(Properties, hold_for_ever) {
  const auto& [subject, config] = GetParam();
  const CommandResult result =
      Netlist(subject, config, nullptr, "violated_o", true).abc("scorr; dc2; pdr -a");
  EXPECT_THAT(result.text, HasSubstr(fmt::format("All = {0}. Proved = {0}. Disproved = 0.",
                                                 subject.properties)));
}

// In this many cycles from power-up any two commands of at most two steps each are over, at all
// sizes here: 2 x 2 steps of 3 passes of at most COLS + 2 samples, the wash and the drains.
constexpr int kCyclesOfTwoCommands = 120;

class SmallCore : public testing::TestWithParam<ArrayConfig> {};
INSTANTIATE_TEST_SUITE_P(Of, SmallCore,
                         testing::Values(small(2, 2, 0), small(3, 2, 1), small(1, 3, 2),
                                         small(2, 2, -1), small(2, 2, 0, 1)),
                         [](const auto& info) { return size_name(info.param); });

TEST_P(SmallCore, takes_the_cycles_of_the_model_for_any_two_commands) {
  EXPECT_THAT(Netlist(kCycles, GetParam(), nullptr)
                  .abc(fmt::format("bmc3 -F {}", kCyclesOfTwoCommands))
                  .text,
              HasSubstr(fmt::format("No output asserted in {} frames", kCyclesOfTwoCommands)));
}

// Two steps each, of tiles and tiles, tiles and windows, windows and tiles, windows and windows.
TEST(CyclesOfTwoCommands, of_all_kinds_are_compared) {
  const Netlist netlist(kCycles, small(2, 2, 0), nullptr, "reached_o");
  for (int i = 1; i <= 4; ++i)
    EXPECT_THAT(netlist.search(i, kCyclesOfTwoCommands).text, HasSubstr("was asserted in frame"))
        << i;
}

// The situations that proofs are about do occur.
TEST(Situations, of_the_sequencer_are_all_reached) {
  const Netlist netlist(kSequencer, small(3, 2, 0), nullptr, "reached_o");
  for (int i = 1; i <= kSituations; ++i)
    EXPECT_THAT(netlist.search(i, 40).text, HasSubstr("was asserted in frame")) << i;
}

// Says "independent" if no path leads from an input of the core to an output but through registers.
std::string paths_through(const Bug* bug) {
  const TempFolder folder;
  std::string files;
  for (EmittedFile& file : emit_modules(small(2, 2, 0), View::kStructural)) {
    const std::string name = std::filesystem::path(file.path).stem().string();
    if (bug && name == bug->module) test::replace_once(file.text, bug->right, bug->wrong);
    write_file(folder.path() / (name + ".v"), file.text);
    files += name + ".v ";
  }
  return test::run_command(
             "yosys -q -p 'read_verilog " + files +
                 "; hierarchy -top rc_core; proc; flatten; opt_clean; async2sync; dffunmap; "
                 "cd rc_core; select -assert-any o:*; "
                 "select -assert-none o:* %ci*:-$dff i:* %i' && echo independent",
             folder.path())
      .text;
}

TEST(Outputs, come_from_registers_alone) { EXPECT_EQ(paths_through(nullptr), "independent\n"); }

const Bug kDependent[] = {
    {"cmd_ready", View::kStructural, "rc_commands", "cmd_ready_o = open_i",
     "cmd_ready_o = cmd_valid_i && open_i"},
    {"op_ready", View::kStructural, "rc_tiles", "assign ready_o = active_i &&",
     "assign ready_o = op_valid_i && active_i &&"},
    {"tap_ready", View::kStructural, "rc_streams", "tap_o = ready_o",
     "tap_o = op_valid_i && ready_o"},
    {"cmd_error", View::kStructural, "rc_commands", "cmd_error_o = error_q",
     "cmd_error_o = error_q && cmd_valid_i"},
    {"gap_error", View::kStructural, "rc_streams", "gap_error_o = gap_error_q",
     "gap_error_o = take && !op_valid_i"},
};

TEST(Outputs, that_depend_on_an_input_are_found) {
  for (const Bug& bug : kDependent)
    EXPECT_THAT(paths_through(&bug), HasSubstr("selection is not empty")) << bug.name;
}

// A bug and the property that it breaks.
struct Seeded {
  Subject subject;
  int property;
  Bug bug;
  int mac_stages = 0;
};
void PrintTo(const Seeded& seeded, std::ostream* out) { PrintTo(seeded.bug, out); }

constexpr View kS = View::kStructural;
const Seeded kSeeded[] = {
    {kSequencer,
     1,
     {"fourth_command", kS, "rc_commands", "cmd_ready_o = open_i && !full",
      "cmd_ready_o = open_i"}},
    {kSequencer, 1, {"short_wash", kS, "rc_wash", "left_q <= ALL", "left_q <= LEFT_AT_WAVE"}},
    {kSequencer, 2, {"error_of_no_command", kS, "rc_commands", "arrived_q && !legal", "!legal"}},
    {kSequencer,
     2,
     {"error_early", kS, "rc_commands", "cmd_error_o = error_q",
      "cmd_error_o = arrived_q && !legal"}},
    {kSequencer,
     2,
     {"reduction_too_long", kS, "rc_commands", "&& arrived_beats_q <= MOST_BEATS", ""}},
    {kSequencer,
     3,
     {"command_lost", kS, "rc_commands", "waiting_q ? passes || !take_i", "waiting_q ? !take_i"}},
    {kSequencer,
     3,
     {"step_doubled", kS, "rc_steps", ".value_i(count_i)", ".value_i(count_i + ONE)"}},
    {kSequencer,
     4,
     {"tap_in_the_lead", kS, "rc_streams", "ready_o && in_body && in_taps_q",
      "ready_o && in_taps_q"}},
    {kSequencer,
     5,
     {"gap_not_reported", kS, "rc_streams", "gap_error_q <= take && !op_valid_i",
      "gap_error_q <= 1'b0"}},
    {kSequencer,
     6,
     {"unused_row_enabled", kS, "rc_sequencer", "row_en_o = used & {ROWS{given}}",
      "row_en_o = {ROWS{given}}"}},
    {kSequencer,
     7,
     {"last_in_all_rows", kS, "rc_sequencer", "tile_end ? rows : NO_ROW",
      "tile_end ? ALL_ROWS : NO_ROW"}},
    {kSequencer, 8, {"lane_ignored", kS, "rc_tiles", "!(last_beat_i && lane_busy_i)", "1'b1"}},
    {kSequencer, 8, {"window_over_window", kS, "rc_streams", "(fits_q || !last_pass)", "1'b1"}},
    {kSequencer,
     9,
     {"stream_into_tiles", kS, "rc_sequencer", "{feed_stream && clear}", "{feed_stream}"}},
    {kSequencer,
     10,
     {"columns_not_late", kS, "rc_results", "valid_o = tiles[TILES:LATENCY]",
      "valid_o = {COLS{tiles[LATENCY]}}"}},
    {kSequencer,
     11,
     {"tag_of_the_command", kS, "rc_steps", "tag_q <= tag_q + ONE", "tag_q <= tag_q"}},
    {kSequencer,
     12,
     {"never_clear", kS, "rc_streams", "clear_q      <= clear_left_q == CLEAR_1",
      "clear_q      <= 1'b0"}},
    {kSequencer, 13, {"busy_too_short", kS, "rc_sequencer", "|| results_busy || !clear", ""}},
    {kSequencer,
     14,
     {"kind_a_cycle_early", kS, "rc_results", "window_o = windows[LATENCY]",
      "window_o = windows[LATENCY-1]"}},
    {kCycles,
     1,
     {"lane_held_too_long", kS, "rc_sequencer", ".lane_busy_i(lane_busy)",
      ".lane_busy_i(lane_busy || results_busy)"}},
    {kCycles,
     1,
     {"stream_a_cycle_late", kS, "rc_sequencer", "CLEAR = 2 * (ROWS - 1) + COLS;",
      "CLEAR = 2 * (ROWS - 1) + COLS + 1;"}},
    {kCycles,
     1,
     {"window_a_cycle_late", kS, "rc_streams", "rows_left_i} < (load_i ? span : span_q)",
      "rows_left_i} + 1 < (load_i ? span : span_q)"}},
    {kCycles,
     1,
     {"chain_without_its_samples", kS, "rc_streams",
      "chain_i ? cols_i - beats[COL_W-1:0] + COL_1 : cols_i", "cols_i"}},
    {kCycles,
     1,
     {"command_every_second_cycle", kS, "rc_commands", "cmd_ready_o = open_i && !full",
      "cmd_ready_o = open_i && !arrived_q"}},
    {kSkew, 1, {"operand_not_gated", kS, "rc_skew", "& {DATA_W{row_en_i[r]}}", ""}},
    {kSkew, 1, {"sample_skewed", kS, "rc_skew", "stream[r] ? a_edge : a_skewed", "a_skewed"}},
    {kSkew, 2, {"weight_not_gated", kS, "rc_skew", "& {WEIGHT_W{col_en_i}}", ""}},
    {kSkew,
     3,
     {"last_one_row_too_far", kS, "rc_skew",
      "rows_above - {{(ROW_W - 1) {1'b0}}, rows_above != {ROW_W{1'b0}}}", "rows_above"}},
    {kSkew, 4, {"tap_not_gated", kS, "rc_skew", "& {WEIGHT_W{tap_en_i[r]}}", ""}},
    {kSkew, 5, {"lastb_in_all_rows", kS, "rc_skew", "~{lastb_i[r], tap_i", "~{lastb_i[0], tap_i"}},
    {kSkew, 6, {"hold_behind_taps_only", kS, "rc_skew", "tapped | ~lastb_n_o[r]", "tapped"}},
    {kSkew, 6, {"hold_behind_last_only", kS, "rc_skew", "tapped | ~lastb_n_o[r]", "~lastb_n_o[r]"}},
    {kCore, 1, {"lane_ignored", kS, "rc_tiles", "!(last_beat_i && lane_busy_i)", "1'b1"}},
    {kCore, 1, {"window_over_window", kS, "rc_streams", "(fits_q || !last_pass)", "1'b1"}},
    {kCore,
     1,
     {"stream_over_tiles", kS, "rc_streams", "may_start = clear_q && (", "may_start = ("}},
    {kCore, 2, {"drain_cut", kS, "rc_pe", "| drain_i", ""}},
    {kCore, 2, {"broadcast_last_missing", kS, "rc_pe", "& lastb_n_i", ""}},
    {kCore, 3, {"operand_not_gated", kS, "rc_skew", "& {DATA_W{row_en_i[r]}}", ""}},
    {kCore, 3, {"sample_skewed", kS, "rc_skew", "stream[r] ? a_edge : a_skewed", "a_skewed"}},
    {kCore, 3, {"sum_not_cleared", kS, "rc_pe", "sum & {ACC_W{~last_q}}", "sum"}},
    {kCore,
     4,
     {"stream_over_weights", kS, "rc_streams", "may_start = clear_q && (", "may_start = ("}},
    {kCore,
     5,
     {"hold_late", kS, "rc_skew", ".CYCLES(1)\n      ) u_hold", ".CYCLES(2)\n      ) u_hold"}},
    {kCore,
     5,
     {"hold_early", kS, "rc_skew", ".CYCLES(1)\n      ) u_hold", ".CYCLES(0)\n      ) u_hold"}},
    {kCore, 5, {"hold_behind_last_only", kS, "rc_skew", "tapped | ~lastb_n_o[r]", "~lastb_n_o[r]"}},
    {kCore, 3, {"corner_blocked", kS, "rc_array", "hold_i[r] & (r != 0 || c != 0)", "hold_i[r]"}},
    {kCore, 6, {"hold_for_tiles", kS, "rc_skew", "(tap_en_i[0])", "(tap_en_i[0] | col_en_i)"}},
    {kCore, 7, {"busy_without_tiles", kS, "rc_results", "|| tiles_q != {TILES{1'b0}}", ""}},
    {kCountdown,
     1,
     {"one_too_many", kS, "rc_countdown", "left_q <= left_q - ONE", "left_q <= left_q"}},
    {kRepeat, 1, {"one_round", kS, "rc_repeat", "load_i || (step_i && last_o)", "load_i"}},
    {kWash, 1, {"short_wash", kS, "rc_wash", "left_q <= ALL", "left_q <= LEFT_AT_WAVE"}},
    {kWash,
     2,
     {"wave_late", kS, "rc_wash", "left_q == LEFT_AT_WAVE", "left_q + ONE == LEFT_AT_WAVE"}},
    {kCommands,
     1,
     {"third_command", kS, "rc_commands", "cmd_ready_o = open_i && !full", "cmd_ready_o = open_i"}},
    {kCommands,
     2,
     {"chain_of_two_passes", kS, "rc_commands", "legal_chain = arrived_passes_q == ONE_PASS &&",
      "legal_chain ="}},
    {kCommands, 2, {"more_taps_than_pitch", kS, "rc_commands", "&& !taps_beyond_pitch", ""}},
    {kCommands,
     3,
     {"command_lost", kS, "rc_commands", "waiting_q ? passes || !take_i", "waiting_q ? !take_i"}},
    {kCommands,
     4,
     {"overtaken", kS, "rc_commands", "rows_o = waiting_q ? rows_q : arrived_rows_q",
      "rows_o = arrived_rows_q"}},
    {kCommands,
     5,
     {"unchecked_is_idle", kS, "rc_commands", "busy_o = arrived_q || waiting_q",
      "busy_o = waiting_q"}},
    {kSteps,
     1,
     {"steps_of_one_too_many", kS, "rc_steps", ".value_i(count_i)", ".value_i(count_i + ONE)"}},
    {kSteps, 2, {"active_for_ever", kS, "rc_steps", "active_q <= valid_i", "active_q <= 1'b1"}},
    {kSteps, 3, {"tag_of_the_command", kS, "rc_steps", "tag_q <= tag_q + ONE", "tag_q <= tag_q"}},
    {kTiles, 1, {"lane_ignored", kS, "rc_tiles", "!(last_beat_i && lane_busy_i)", "1'b1"}},
    {kTiles,
     2,
     {"bubble_taken", kS, "rc_tiles", "take_o = ready_o && op_valid_i", "take_o = ready_o"}},
    {kTiles, 3, {"every_beat_the_last", kS, "rc_tiles", "take_o && last_beat_i", "take_o"}},
    {kStreams, 1, {"window_over_window", kS, "rc_streams", "(fits_q || !last_pass)", "1'b1"}},
    {kStreams, 5, {"chain_broken", kS, "rc_streams", "!pass_end || chain_q", "!pass_end"}},
    {kStreams, 2, {"no_gap", kS, "rc_streams", "in_taps_q && gap_q != BEAT_0", "1'b0"}},
    {kStreams,
     3,
     {"one_pass", kS, "rc_streams", "end_o = pass_end && last_pass", "end_o = pass_end"}},
    {kStreams,
     4,
     {"never_clear", kS, "rc_streams", "clear_q      <= clear_left_q == CLEAR_1",
      "clear_q      <= 1'b0"}},
    {kStreams,
     5,
     {"gap_not_reported", kS, "rc_streams", "gap_error_q <= take && !op_valid_i",
      "gap_error_q <= 1'b0"}},
    {kResults,
     1,
     {"no_swap_behind_windows", kS, "rc_results", "wire swap = !window", "wire swap = !window_q"}},
    {kResults,
     2,
     {"rows_of_the_one_before", kS, "rc_results", "rows_left_o = left;", "rows_left_o = left_q;"}},
    {kResults,
     3,
     {"columns_not_late", kS, "rc_results", "valid_o = tiles[TILES:LATENCY]",
      "valid_o = {COLS{tiles[LATENCY]}}"}},
    {kResults, 4, {"row_not_counted", kS, "rc_results", "leaves_row + ROW_1", "leaves_row"}},
    {kResults,
     5,
     {"kind_a_cycle_early", kS, "rc_results", "window_o = windows[LATENCY]",
      "window_o = windows[LATENCY-1]"}},
    {kResults,
     6,
     {"busy_without_windows", kS, "rc_results", "|| windows_q != {LATENCY{1'b0}}", ""}},
    {kSequencer,
     10,
     {"results_ahead_of_the_stage", kS, "rc_sequencer", "1 + 2 * MAC_STAGES", "1"},
     1},
    {kCore,
     1,
     {"lane_ignored_with_a_stage", kS, "rc_tiles", "!(last_beat_i && lane_busy_i)", "1'b1"},
     1},
    {kCore, 2, {"results_ahead_of_the_stage", kS, "rc_sequencer", "1 + 2 * MAC_STAGES", "1"}, 1},
    {kCore,
     3,
     {"sum_not_restarted", kS, "rc_pe", "acc_last_q ? {ACC_W{1'b0}} : acc_q", "acc_q"},
     1},
    {kCore,
     3,
     {"last_ahead_of_the_product", kS, "rc_pe", "product_last_q <= last_q",
      "product_last_q <= 1'b0 | ~last_n_i"},
     1},
};

class BrokenProperties : public testing::TestWithParam<Seeded> {};
INSTANTIATE_TEST_SUITE_P(By, BrokenProperties, testing::ValuesIn(kSeeded), [](const auto& info) {
  return fmt::format("{}{}_{}", info.param.subject.letter, info.param.property,
                     info.param.bug.name);
});

TEST_P(BrokenProperties, are_found_broken) {
  const auto& [subject, property, bug, mac_stages] = GetParam();
  const CommandResult result =
      Netlist(subject, small(2, 2, 0, mac_stages), &bug).search(property, 40);
  EXPECT_THAT(result.text, HasSubstr("was asserted in frame")) << result.text;
}

}  // namespace
}  // namespace rowcast
