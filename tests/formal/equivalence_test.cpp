// The vector view, which simulation uses, is proved equal to the structural view, which ships: for
// small arrays and widths, every input free in every cycle, over unlimited time. What is proved,
// and why that is enough, is in rc_array_equivalence.v; the lock step goes on where the sizes end.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "generator/files.h"
#include "tests/formal/pair.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using test::Bug;
using test::CommandResult;
using testing::HasSubstr;

constexpr int kRegisters = 5;  // a, b, last, acc, out of an element

// Both views' registers as one bus each. A wire marked hierconn becomes, in Yosys' flatten, the net
// of the same hierarchical name; one that met no net would stay free, and no proof could succeed.
std::string ties(const ArrayConfig& config) {
  const int acc_width = effective_acc_width(config);
  struct Register {
    const char* name;
    int width;
  };
  const Register registers[kRegisters] = {{"a_q", config.data_width},
                                          {"b_q", config.weight_width},
                                          {"last_q", 1},
                                          {"acc_q", acc_width},
                                          {"out_q", acc_width}};
  std::string text, structural, vector;
  int bits = 0;
  for (int r = 0; r < config.rows; ++r)
    for (int c = 0; c < config.cols; ++c)
      for (const auto& [name, width] : registers) {
        const std::string in_structural =
            fmt::format("\\u_pair.u_structural.gen_row[{}].gen_col[{}].u_pe.{} ", r, c, name);
        const std::string in_vector =
            fmt::format("\\u_pair.u_vector.{}[{}] ", name, r * config.cols + c);
        for (const std::string& wire : {in_structural, in_vector})
          text += fmt::format("(* hierconn *) wire [{}:0] {};\n", width - 1, wire);
        structural += fmt::format("{}{}", bits ? ", " : "", in_structural);
        vector += fmt::format("{}{}", bits ? ", " : "", in_vector);
        bits += width;
      }
  return text +
         fmt::format("wire [{0}:0] tie_structural = {{{1}}};\nwire [{0}:0] tie_vector = {{{2}}};\n",
                     bits - 1, structural, vector);
}

// Cycles of rc_array_pair's wash, and how many the base case goes on with free inputs.
int wash_cycles(const ArrayConfig& config) {
  return std::max(config.rows, config.cols) + config.cols + 2 * config.rows;
}
int free_cycles(const ArrayConfig& config) { return config.rows + config.cols; }

class Proof {
 public:
  explicit Proof(const ArrayConfig& config, const Bug* bug = nullptr)
      : config_(config), names_(test::write_pair(config, bug, folder_.path())) {
    write_file(folder_.path() / "ties.vh", ties(config));
  }

  CommandResult base() const {
    return solve(1, fmt::format("-t {}", wash_cycles(config_) + free_cycles(config_)));
  }
  CommandResult step() const { return solve(0, "-i -t 1"); }

  // How many registers the last of them spoke of.
  int registers() const {
    const std::string text = read_file(folder_.path() / "proof.smt2");
    int count = 0;
    for (size_t at = 0; (at = text.find("; yosys-smt2-register ", at)) != std::string::npos; ++at)
      ++count;
    return count;
  }

 private:
  // No optimisation that merges registers: it would take for granted that two with the same input
  // start with the same value.
  CommandResult solve(int wash, const std::string& options) const {
    std::string files;
    for (const std::string& name : names_) files += name + " ";
    for (const char* name : {"rc_array_pair.v", "rc_array_equivalence.v"})
      files += source_path("tests/formal").string() + "/" + name + " ";
    const CommandResult yosys = test::run_command(
        fmt::format("yosys -q -p 'read_verilog -formal {} -I. {}; "
                    "hierarchy -check -top rc_array_equivalence -chparam WASH {} {}; "
                    "proc; flatten; opt_clean; async2sync; dffunmap; write_smt2 -wires proof.smt2'",
                    config_.row_broadcast ? "-DROW_BROADCAST" : "", files, wash,
                    test::verilog_parameters(config_, "-chparam {} {}")),
        folder_.path());
    if (yosys.status != 0) return yosys;
    return test::run_command("yosys-smtbmc -s z3 --noprogress " + options + " proof.smt2",
                             folder_.path());
  }

  ArrayConfig config_;
  TempFolder folder_;
  std::vector<std::string> names_;
};

ArrayConfig small(int rows, int cols, int row_broadcast) {
  return {.rows = rows,
          .cols = cols,
          .data_width = 3,
          .weight_width = 2,
          .acc_width = 6,
          .row_broadcast = row_broadcast};
}

std::vector<ArrayConfig> sizes() {
  std::vector<ArrayConfig> configs;
  for (const int row_broadcast : {1, 0})
    for (int rows = 1; rows <= 3; ++rows)
      for (int cols = 1; cols <= 3; ++cols) configs.push_back(small(rows, cols, row_broadcast));
  // The element at the widths that ship, and an accumulator with no bit to spare.
  configs.push_back({.rows = 1, .cols = 1, .acc_width = 32});
  configs.push_back({.rows = 3, .cols = 3, .acc_width = 16});
  configs.push_back({.rows = 2, .cols = 3, .data_width = 4, .weight_width = 5, .acc_width = 10});
  return configs;
}

class Views : public testing::TestWithParam<ArrayConfig> {};
INSTANTIATE_TEST_SUITE_P(Of, Views, testing::ValuesIn(sizes()),
                         [](const auto& info) { return test::pair_name(info.param); });

TEST_P(Views, hold_the_same_in_every_register_once_washed) {
  const Proof proof(GetParam());
  const CommandResult result = proof.base();
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.text, HasSubstr("Status: PASSED"));
}

TEST_P(Views, that_hold_the_same_hold_the_same_in_the_next_cycle) {
  const Proof proof(GetParam());
  const CommandResult result = proof.step();
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.text, HasSubstr("Temporal induction successful."));
  // All there are, are tied, but the counter of the wash.
  EXPECT_EQ(proof.registers(), 2 * kRegisters * GetParam().rows * GetParam().cols + 1);
}

constexpr View kS = View::kStructural, kV = View::kVector;
const Bug kBugs[] = {
    {"subtracted_product", kS, "rc_mac", "acc_i + {", "acc_i - {"},
    {"unsigned_weight", kS, "rc_mac", "wire signed [WEIGHT_W-1:0] w", "wire [WEIGHT_W-1:0] w"},
    {"tap_missing", kS, "rc_pe", "(b_n_i | {WEIGHT_W{hold_i}}) & tap_n_i",
     "(b_n_i | {WEIGHT_W{hold_i}})"},
    {"broadcast_last_missing", kS, "rc_pe", "(last_n_i | hold_i) & lastb_n_i",
     "(last_n_i | hold_i)"},
    {"tap_moves_on", kS, "rc_pe", "b_n_i | {WEIGHT_W{hold_i}}", "b_n_i"},
    {"last_moves_on", kS, "rc_pe", "last_n_i | hold_i", "last_n_i"},
    {"corner_blocked", kS, "rc_array", "hold_i[r] & (r != 0 || c != 0)", "hold_i[r]"},
    {"last_ignored", kS, "rc_pe", "sum & {ACC_W{~last_q}}", "sum"},
    {"drain_overwritten", kS, "rc_pe", "| drain_i", ""},
    {"south_row_not_zero", kS, "rc_array", "out_south = {ACC_W{1'b0}}",
     "out_south = {{ACC_W - 1{1'b0}}, last}"},
    {"tap_missing_in_one_row", kS, "rc_array", ".tap_n_i(tap_n_i[r*WEIGHT_W+:WEIGHT_W])",
     ".tap_n_i(tap_n_i[r*WEIGHT_W+:WEIGHT_W] | {WEIGHT_W{r == 1}})"},
    {"broadcast_last_missing_in_one_column", kS, "rc_array", ".lastb_n_i(lastb_n_i[r])",
     ".lastb_n_i(lastb_n_i[r] || c == 1)"},
    {"subtracted_product", kV, "rc_array", "] + a_q", "] - a_q"},
    {"unsigned_weight", kV, "rc_array", "* b_q[r*COLS+c];", "* $signed({1'b0, b_q[r*COLS+c]});"},
    {"tap_missing", kV, "rc_array", "(b_d[r*COLS+c] & pass) | tap", "b_d[r*COLS+c] & pass"},
    {"broadcast_last_missing", kV, "rc_array", "(last_d[r*COLS+c] & pass[0]) | lastb",
     "last_d[r*COLS+c] & pass[0]"},
    {"tap_moves_on", kV, "rc_array", "b_d[r*COLS+c] & pass", "b_d[r*COLS+c]"},
    {"last_moves_on", kV, "rc_array", "last_d[r*COLS+c] & pass[0]", "last_d[r*COLS+c]"},
    {"corner_blocked", kV, "rc_array", "b_q[0]    = b_d[0]",
     "b_q[0]    = (b_d[0] & {WEIGHT_W{~hold_i[0]}})"},
    {"tap_of_another_row", kV, "rc_array", "~tap_n_i[r*WEIGHT_W+:WEIGHT_W]",
     "~tap_n_i[0+:WEIGHT_W]"},
    {"tap_missing_in_one_column", kV, "rc_array", "& pass) | tap",
     "& pass) | (tap & {WEIGHT_W{c != 1}})"},
    {"last_ignored", kV, "rc_array", "sum & ~mask", "sum"},
    {"drain_overwritten", kV, "rc_array", "| out_q[(r+1)*COLS+c]", ""},
    {"drain_of_the_wrong_lane", kV, "rc_array", "| out_q[(r+1)*COLS+c]", "| out_q[(r+1)*COLS]"},
    {"south_row_not_zero", kV, "rc_array", "out_q[PES+c] = 0", "out_q[PES+c] = last_i[0]"},
    {"south_row_left_alone", kV, "rc_array", "out_q[PES+c] = 0", "out_q[PES+c] = out_q[PES+c]"},
    {"south_row_short", kV, "rc_array", "(c = 0; c < COLS; c = c + 1) out_q[PES+c] = 0;",
     "(c = 1; c < COLS; c = c + 1) out_q[PES+c] = 0;"},
    {"edge_not_overwritten", kV, "rc_array", "(r = 0; r < ROWS; r = r + 1) last_d",
     "(r = 1; r < ROWS; r = r + 1) last_d"},
    {"b_moves_by_the_wrong_row", kV, "rc_array", "b_d[i+COLS] = b_q[i]", "b_d[i+COLS+1] = b_q[i]"},
};

class Broken : public testing::TestWithParam<Bug> {};
INSTANTIATE_TEST_SUITE_P(View, Broken, testing::ValuesIn(kBugs), [](const auto& info) {
  return fmt::format("{}_{}", to_string(info.param.view), info.param.name);
});

TEST_P(Broken, is_not_proved_equal) {
  const Proof proof(small(2, 2, 1), &GetParam());
  for (const CommandResult& result : {proof.base(), proof.step()}) {
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.text, HasSubstr("Assert failed in rc_array_equivalence"));
  }
}

}  // namespace
}  // namespace rowcast
