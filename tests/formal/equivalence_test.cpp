// The vector view, which simulation uses, is proved equal to the structural view, which ships: for
// small arrays and widths, every input free in every cycle, over unlimited time. What is proved,
// and why that is enough, is in rc_array_equivalence.v; the lock step goes on where the sizes end.
//
// Both queries are bounded and put to ABC's bmc3. Over the rings' moving indices, with a multiplier
// in each view, yosys-smtbmc with z3 does not end at 2x2, and Yosys' own SAT takes ten times as
// long.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
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

int log2_up(int value) { return std::bit_width(static_cast<unsigned>(value - 1)); }

// Registers as buses, as rc_array_equivalence.v wants them. A wire marked hierconn becomes, in
// Yosys' flatten, the net of the same hierarchical name; one that met no net would stay free, and
// no proof could succeed.
std::string ties(const ArrayConfig& config) {
  const int acc_width = effective_acc_width(config), rows = config.rows;
  const int span = 1 << log2_up(config.cols), slots = 1 << log2_up(rows);
  const int places = 1 << log2_up(rows + mac_latency(config) + 1);
  std::string text;
  const auto add_bus = [&](const std::string& bus, int width,
                           const std::vector<std::string>& nets) {
    for (const std::string& net : nets)
      text += fmt::format("(* hierconn *) wire [{}:0] {};\n", width - 1, net);
    const std::vector<std::string> lanes(nets.rbegin(), nets.rend());
    text += fmt::format("wire [{}:0] {} = {{{}}};\n", width * nets.size() - 1, bus,
                        fmt::join(lanes, ", "));
  };
  struct Register {
    const char* name;
    int width, count;  // count 0: no array
  };
  std::vector<Register> element = {{"a_q", config.data_width, 1},
                                   {"b_q", config.weight_width, 1},
                                   {"last_q", 1, 1},
                                   {"acc_q", acc_width, 1},
                                   {"out_q", acc_width, 1}};
  if (config.mac_stages) {
    element.push_back({"u_mac.gen_staged.product_q", config.data_width + config.weight_width, 1});
    element.push_back({"gen_staged.product_last_q", 1, 1});
    element.push_back({"gen_staged.acc_last_q", 1, 1});
  }
  for (const auto& [name, width, count] : element) {
    std::vector<std::string> nets;
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < config.cols; ++c)
        nets.push_back(
            fmt::format("\\u_pair.u_structural.gen_row[{}].gen_col[{}].u_pe.{} ", r, c, name));
    const std::string_view path = name;
    add_bus(fmt::format("s_{}", path.substr(path.rfind('.') + 1)), width, nets);
  }
  for (const auto& [name, width, count] :
       {Register{"now_q", std::max(1, log2_up(std::max(span, places))), 0},
        {"rest_q", log2_up(span + 1), 0},
        {"left_q", log2_up(span + 1), rows},
        {"many_q", 1, rows},
        {"last_ring", 1, rows * 2 * span},
        {"a_ring", acc_width, rows * 2 * span},
        {"b_ring", acc_width, slots * span},
        {"acc_q", acc_width, rows * span},
        {"out_ring", acc_width, places * span}}) {
    std::vector<std::string> nets;
    for (int i = 0; i < std::max(count, 1); ++i)
      nets.push_back(
          fmt::format("\\u_pair.u_vector.{}{} ", name, count == 0 ? "" : fmt::format("[{}]", i)));
    add_bus(fmt::format("v_{}", name), width, nets);
  }
  return text;
}

// Cycles of rc_array_pair's wash, and how many the base case goes on with free inputs.
int wash_cycles(const ArrayConfig& config) {
  return std::max(config.rows, config.cols) + config.cols + 2 * config.rows + mac_latency(config);
}
int free_cycles(const ArrayConfig& config) {
  return config.rows + config.cols + mac_latency(config);
}

class Proof {
 public:
  explicit Proof(const ArrayConfig& config, const Bug* bug = nullptr)
      : config_(config), names_(test::write_pair(config, bug, folder_.path())) {
    write_file(folder_.path() / "ties.vh", ties(config));
  }

  // From power-up to the first cycle behind the wash, and `more` cycles on.
  std::string base(int more) const { return search(1, wash_cycles(config_) + 1 + more); }
  std::string step() const { return search(0, 2); }

 private:
  // What ABC says of so many cycles from any state of the registers; else what Yosys complains of.
  // No optimisation may merge registers: it would take for granted that two with the same input
  // start with the same value.
  std::string search(int wash, int cycles) const {
    std::string files;
    for (const std::string& name : names_) files += name + " ";
    for (const char* name : {"rc_array_pair.v", "rc_array_equivalence.v"})
      files += source_path("tests/formal").string() + "/" + name + " ";
    const CommandResult yosys = test::run_command(
        fmt::format("yosys -q -p 'read_verilog -defer -mem2reg -formal {} -I. {}; "
                    "hierarchy -check -top rc_array_equivalence -chparam WASH {} {}; "
                    "proc; flatten; opt_expr; select -set logic t:* t:$dff %d; wreduce @logic; "
                    "opt_expr; opt_merge @logic; opt_clean; async2sync; dffunmap; techmap; "
                    "abc -g AND -fast; write_aiger -zinit netlist.aig' >yosys.log 2>&1",
                    config_.row_broadcast ? "-DROW_BROADCAST" : "", files, wash,
                    test::verilog_parameters(config_, "-chparam {} {}")),
        folder_.path());
    if (yosys.status != 0) return read_file(folder_.path() / "yosys.log");
    return test::run_command(
               fmt::format("yosys-abc -q 'read_aiger netlist.aig; strash; bmc3 -F {}'", cycles),
               folder_.path())
        .text;
  }

  ArrayConfig config_;
  TempFolder folder_;
  std::vector<std::string> names_;
};

ArrayConfig small(int rows, int cols, int row_broadcast, int mac_stages = 0) {
  return {.rows = rows,
          .cols = cols,
          .data_width = 3,
          .weight_width = 2,
          .acc_width = 6,
          .row_broadcast = row_broadcast,
          .mac_stages = mac_stages};
}

std::vector<ArrayConfig> sizes() {
  std::vector<ArrayConfig> configs;
  for (const int row_broadcast : {1, 0})
    for (int rows = 1; rows <= 3; ++rows)
      for (int cols = 1; cols <= 3; ++cols)
        for (const int mac_stages : {0, 1})
          configs.push_back(small(rows, cols, row_broadcast, mac_stages));
  for (const auto& [rows, cols, data, weight, acc] :
       {std::array{1, 1, 6, 5, 13}, std::array{2, 2, 4, 3, 9}})
    configs.push_back({.rows = rows,
                       .cols = cols,
                       .data_width = data,
                       .weight_width = weight,
                       .acc_width = acc,
                       .row_broadcast = 1});
  return configs;
}

std::string no_difference(int frames) {
  return fmt::format("No output asserted in {} frames", frames);
}

class Views : public testing::TestWithParam<ArrayConfig> {};
INSTANTIATE_TEST_SUITE_P(Of, Views, testing::ValuesIn(sizes()),
                         [](const auto& info) { return test::pair_name(info.param); });

TEST_P(Views, hold_the_same_in_every_register_once_washed) {
  EXPECT_THAT(Proof(GetParam()).base(0), HasSubstr(no_difference(wash_cycles(GetParam()) + 1)));
}

TEST_P(Views, that_hold_the_same_hold_the_same_in_the_next_cycle) {
  EXPECT_THAT(Proof(GetParam()).step(), HasSubstr(no_difference(2)));
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
     "out_south = {{ACC_W - 1{1'b0}}, ~last_n}"},
    {"tap_missing_in_one_row", kS, "rc_array", ".tap_n_i(tap_n_i[r*WEIGHT_W+:WEIGHT_W])",
     ".tap_n_i(tap_n_i[r*WEIGHT_W+:WEIGHT_W] | {WEIGHT_W{r == 1}})"},
    {"broadcast_last_missing_in_one_column", kS, "rc_array", ".lastb_n_i(lastb_n_i[r])",
     ".lastb_n_i(lastb_n_i[r] || c == 1)"},
    {"subtracted_product", kV, "rc_array", "acc_q[r*SPAN+c] + a_ring[west+c]",
     "acc_q[r*SPAN+c] - a_ring[west+c]"},
    {"unsigned_activation", kV, "rc_array", "{a_edge[r][DATA_W-1]}", "{1'b0}"},
    {"unsigned_weight", kV, "rc_array", "{b_edge[c][WEIGHT_W-1]}", "{1'b0}"},
    {"weight_of_the_wrong_row", kV, "rc_array",
     "north = ((now - r) & (SLOTS - 1)) * SPAN;\n        for",
     "north = (now & (SLOTS - 1)) * SPAN;\n        for"},
    {"activation_into_the_wrong_slot", kV, "rc_array", "a_ring[west] = a_wide[r]",
     "a_ring[west^(SPAN-1)] = a_wide[r]"},
    {"activation_there_once", kV, "rc_array", "a_ring[west+SPAN] = a_wide[r];", ""},
    {"last_there_once", kV, "rc_array", "last_ring[west+SPAN] = last_i[r];", ""},
    {"tap_missing", kV, "rc_array", "(b_ring[north+c] & pass) | tap", "b_ring[north+c] & pass"},
    {"tap_moves_on", kV, "rc_array", "(b_ring[north+c] & pass) | tap", "b_ring[north+c] | tap"},
    {"tap_of_another_row", kV, "rc_array", "word  = ~tap_n_i[r*WEIGHT_W+:WEIGHT_W]",
     "word  = ~tap_n_i[0+:WEIGHT_W]"},
    {"tap_missing_in_one_column", kV, "rc_array", "& pass) | tap",
     "& pass) | (tap & {ACC_W{c != 1}})"},
    {"tap_alone_not_seen", kV, "rc_array", "!(&tap_n_i && &lastb_n_i)", "!(&lastb_n_i)"},
    {"hold_alone_not_seen", kV, "rc_array", "hold_i != 0 || !(&tap_n_i", "!(&tap_n_i"},
    {"broadcast_last_missing", kV, "rc_array", "lastb = ~lastb_n_i[r]", "lastb = 1'b0"},
    {"broadcast_last_not_counted", kV, "rc_array", "left_q[r] = lastb ? SPAN[LEFT_W-1:0] : 0;", ""},
    {"broadcast_last_not_in_rest", kV, "rc_array", "if (lastb) rest_q = SPAN[LEFT_W-1:0];", ""},
    {"broadcast_last_as_one", kV, "rc_array", "many_q[r] = lastb;", "many_q[r] = 1'b0;"},
    {"last_moves_on", kV, "rc_array", "if (lastb || !pass[0])", "if (lastb)"},
    {"corner_blocked", kV, "rc_array", "word  = word | b_edge[0];",
     "word  = word | (b_edge[0] & {WEIGHT_W{~hold_i[0]}});"},
    {"corner_last_blocked", kV, "rc_array", "if (last_i[0] && lastb_n_i[0] && hold_i[0])",
     "if (1'b0)"},
    {"last_ignored", kV, "rc_array", "acc_q[r*SPAN+c] & ~mask", "acc_q[r*SPAN+c]"},
    {"single_last_ignored", kV, "rc_array", "acc_q[r*SPAN+c] = 0",
     "acc_q[r*SPAN+c] = acc_q[r*SPAN+c]"},
    {"single_last_one_column_off", kV, "rc_array", "c = (SPAN - left)", "c = (SPAN - left + 1)"},
    {"second_last_not_seen", kV, "rc_array", "many_q[r] = left != 0", "many_q[r] = 1'b0"},
    {"last_forgotten_a_cycle_early", kV, "rc_array", "last_i[r] ? SPAN[LEFT_W-1:0] : left_q[r]",
     "last_i[r] ? SPAN[LEFT_W-1:0] - LEFT_1 : left_q[r]"},
    {"skipped_while_last_is_in_flight", kV, "rc_array", "if (last_i != 0 || rest_q != 0)",
     "if (last_i != 0)"},
    {"rest_too_short", kV, "rc_array", "last_i != 0 ? SPAN[LEFT_W-1:0] : rest_q",
     "last_i[0] ? SPAN[LEFT_W-1:0] : rest_q"},
    {"drain_overwritten", kV, "rc_array", "out_ring[port+c] | (acc_q", "(acc_q"},
    {"drain_of_the_wrong_slot", kV, "rc_array", "port = ((now + 1 + r", "port = ((now + r"},
    {"port_of_the_wrong_slot", kV, "rc_array", "out_ring[port_now*SPAN+g]",
     "out_ring[(port_now^(SLOTS-1))*SPAN+g]"},
    {"south_row_not_zero", kV, "rc_array", "out_ring[port+c] = 0;",
     "out_ring[port+c] = last_i[0];"},
    {"south_row_left_alone", kV, "rc_array",
     "for (c = 0; c < COLS; c = c + 1) out_ring[port+c] = 0;", ""},
};

const Bug kStagedBugs[] = {
    {"no_register_of_the_product", kS, "rc_mac", "{product_q[PRODUCT_W-1]}}, product_q}",
     "{product[PRODUCT_W-1]}}, product}"},
    {"zero_extended_product", kS, "rc_mac", "{product_q[PRODUCT_W-1]}", "{1'b0}"},
    {"sum_not_restarted", kS, "rc_pe", "acc_last_q ? {ACC_W{1'b0}} : acc_q", "acc_q"},
    {"sum_restarted_early", kS, "rc_pe", "acc_last_q ? {ACC_W{1'b0}}",
     "product_last_q ? {ACC_W{1'b0}}"},
    {"last_ahead_of_the_product", kS, "rc_pe", "acc_last_q     <= product_last_q",
     "acc_last_q     <= last_q"},
    {"captured_ahead_of_acc", kS, "rc_pe", "acc_q & {ACC_W{acc_last}}", "sum & {ACC_W{acc_last}}"},
    {"drain_overwritten", kS, "rc_pe", "| drain_i", ""},
    {"captured_a_cycle_early", kV, "rc_array", "LATE = 2 * MAC_STAGES", "LATE = MAC_STAGES"},
    {"too_few_places", kV, "rc_array", "PLACES = 1 << $clog2(ROWS + LATE + 1)",
     "PLACES = 1 << $clog2(ROWS)"},
    {"farthest_place_not_cleared", kV, "rc_array", "port = ((now + ROWS + LATE)",
     "port = ((now + ROWS)"},
};

struct Seeded {
  Bug bug;
  int mac_stages;
};
void PrintTo(const Seeded& seeded, std::ostream* out) { PrintTo(seeded.bug, out); }

std::vector<Seeded> seeded_bugs() {
  std::vector<Seeded> all;
  for (const Bug& bug : kBugs) all.push_back({bug, 0});
  for (const Bug& bug : kStagedBugs) all.push_back({bug, 1});
  return all;
}

class Broken : public testing::TestWithParam<Seeded> {};
INSTANTIATE_TEST_SUITE_P(View, Broken, testing::ValuesIn(seeded_bugs()), [](const auto& info) {
  const Seeded& seeded = info.param;
  return fmt::format("{}_{}{}", to_string(seeded.bug.view), seeded.bug.name,
                     seeded.mac_stages ? "_mac_stage" : "");
});

TEST_P(Broken, is_not_proved_equal_from_power_up) {
  const ArrayConfig config = small(2, 2, 1, GetParam().mac_stages);
  EXPECT_THAT(Proof(config, &GetParam().bug).base(free_cycles(config)),
              HasSubstr("was asserted in frame"));
}

TEST_P(Broken, is_not_proved_to_stay_equal) {
  const ArrayConfig config = small(2, 2, 1, GetParam().mac_stages);
  EXPECT_THAT(Proof(config, &GetParam().bug).step(), HasSubstr("was asserted in frame"));
}

}  // namespace
}  // namespace rowcast
