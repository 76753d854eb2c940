// The numbered properties of the accelerator's modules (rc_*_properties.v says what they mean) at
// small sizes: of rc_routes, rc_moves and rc_accelerator for ever, by property directed
// reachability (ABC), the latter two around modules of which their properties are known; of
// rc_requantise, which has no state but its pipeline, by equivalence of all its cycles; of rc_walk
// and rc_places for all that can happen in the first cycles behind power-up.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "sim/accelerator/emit.h"
#include "tests/accelerator/move_fields.h"
#include "tests/formal/module_netlist.h"

namespace rowcast {
namespace {

using test::ModuleNetlist;
using test::Seed;
using testing::HasSubstr;

// Everything but what it is made of: what these give is an input, what they get an output,
// "u_moves.error_o" and the like. As narrow as it can be.
constexpr const char* kWithoutModules =
    "read_verilog rc_*.v; hierarchy -check -top rc_accelerator -chparam DATA_W 2 -chparam "
    "ACC_W 8 -chparam MAX_K 6 -chparam A_DEPTH 4 -chparam B_DEPTH 4 -chparam W_DEPTH 4 "
    "-chparam Q_DEPTH 2 -chparam S_DEPTH 4; rename -top rc_accelerator; proc; opt_clean; "
    "select -set modules rc_accelerator/t:*rc_*; expose -evert @modules; select "
    "rc_accelerator; write_rtlil -selected rc_accelerator.il";

ModuleNetlist netlist(const std::string& module, const std::string& parameters, bool zeros,
                      const Seed* seed = nullptr) {
  const accelerator::AcceleratorConfig config{.array = {.rows = 4, .cols = 4},
                                              .a_depth = 64,
                                              .b_depth = 64,
                                              .w_depth = 64,
                                              .q_depth = 8,
                                              .s_depth = 32};
  test::NetlistSource source{.module = module,
                             .files = accelerator::emit_modules(config, View::kStructural),
                             .parameters = parameters,
                             .zeros = zeros};
  source.files.push_back({"move_fields.vh", test::move_fields_vh()});
  if (module == "rc_accelerator") source.prepared = kWithoutModules;
  return ModuleNetlist(source, seed);
}

constexpr const char* kFound = "was asserted in frame";

struct Unlimited {
  const char* module;
  const char* parameters;
  bool zeros;
  int properties;
};
void PrintTo(const Unlimited& value, std::ostream* out) {
  *out << value.module << " " << value.parameters;
}

class Forever : public testing::TestWithParam<Unlimited> {};
INSTANTIATE_TEST_SUITE_P(
    Of, Forever,
    testing::Values(Unlimited{"rc_routes", "-chparam N 2 -chparam ADDRESS_W 1", false, 5},
                    Unlimited{"rc_routes", "-chparam N 3 -chparam ADDRESS_W 2", false, 5},
                    Unlimited{"rc_walk", "-chparam COUNT_W 1 -chparam ADDRESS_W 1", true, 4},
                    Unlimited{"rc_moves", "", true, 7}, Unlimited{"rc_accelerator", "", false, 5}),
    [](const auto& info) { return fmt::format("{}_{}", info.param.module, info.index); });
// Of rc_places moves of one step each.
INSTANTIATE_TEST_SUITE_P(
    Longer, Forever,
    testing::Values(Unlimited{"rc_walk", "-chparam ADDRESS_W 1", true, 4},
                    Unlimited{"rc_places", "-chparam COUNT_W 1 -chparam ADDRESS_W 2", true, 8}),
    [](const auto& info) { return fmt::format("{}_{}", info.param.module, info.index); });
TEST_P(Forever, hold_their_properties) {
  const Unlimited& value = GetParam();
  EXPECT_THAT(netlist(value.module, value.parameters, value.zeros).abc("scorr; dc2; pdr -a"),
              HasSubstr(fmt::format("All = {0}. Proved = {0}. Disproved = 0.", value.properties)));
}

// Whatever the registers wake up with, six cycles are all that a word depends on.
std::string requantise(const char* parameters, const Seed* bug = nullptr) {
  return netlist("rc_requantise", parameters, false, bug)
      .abc("frames -i -F 7; orpos; strash; iprove");
}
class Requantise : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Of, Requantise,
                         testing::Values("-chparam DATA_W 2 -chparam ACC_W 4",
                                         "-chparam DATA_W 5 -chparam ACC_W 33",
                                         "-chparam DATA_W 8 -chparam ACC_W 32"),
                         [](const auto& info) { return fmt::format("widths{}", info.index); });
TEST_P(Requantise, is_the_formula_for_any_inputs) {
  EXPECT_THAT(requantise(GetParam()), HasSubstr("UNSATISFIABLE"));
}

struct Bounded {
  const char* module;
  const char* parameters;
  bool zeros;
  int cycles;
};
void PrintTo(const Bounded& value, std::ostream* out) {
  *out << value.module << " " << value.cycles;
}

class FirstCycles : public testing::TestWithParam<Bounded> {};
INSTANTIATE_TEST_SUITE_P(Of, FirstCycles,
                         testing::Values(Bounded{"rc_walk", "-chparam ADDRESS_W 1", false, 9},
                                         Bounded{"rc_places", "", true, 12}),
                         [](const auto& info) {
                           return fmt::format("{}_{}", info.param.module, info.param.cycles);
                         });
INSTANTIATE_TEST_SUITE_P(Longer, FirstCycles,
                         testing::Values(Bounded{"rc_walk", "", false, 11},
                                         Bounded{"rc_places", "", true, 15}),
                         [](const auto& info) {
                           return fmt::format("{}_{}", info.param.module, info.param.cycles);
                         });
TEST_P(FirstCycles, violate_no_property) {
  const Bounded& bounded = GetParam();
  EXPECT_THAT(netlist(bounded.module, bounded.parameters, bounded.zeros)
                  .abc(fmt::format("scorr; dc2; bmc3 -F {}", bounded.cycles)),
              HasSubstr(fmt::format("No output asserted in {} frames", bounded.cycles)));
}

struct Seeded {
  const char* module;
  char letter;
  int property;
  Seed bug;
};
void PrintTo(const Seeded& seeded, std::ostream* out) { *out << seeded.bug.name; }

const Seeded kSeeded[] = {
    {"rc_places", 'G', 1, {"window_early", "window_o = window_q[5]", "window_o = window_q[4]"}},
    {"rc_walk", 'L', 1, {"never_ends", "else if (next_i && last_o) active_q <= 1'b0;", ""}},
    {"rc_walk",
     'L',
     2,
     {"tail_forgotten", "groups_end && tail_i == {COUNT_W{1'b0}}", "groups_end"}},
    {"rc_walk", 'L', 3, {"last_column", "column_q >= last_i", "column_q > last_i"}},
    {"rc_walk", 'L', 4, {"first_address", "load_i ? {ADDRESS_W{1'b0}} : origin_q", "origin_q"}},
    {"rc_routes", 'U', 2, {"third_waits", "(waiting_q != 2'd2 || next_i)", "1'b1"}},
    {"rc_routes",
     'U',
     3,
     {"column_of_the_first", "select_q[l*LANE_W+:LANE_W] <= column",
      "select_q[l*LANE_W+:LANE_W] <= {LANE_W{1'b0}}"}},
    {"rc_routes",
     'U',
     4,
     {"over_for_ever", "over_now = !begins_q && over_now_q", "over_now = over_now_q"}},
    {"rc_routes", 'U', 5, {"group_base", "group_base = base_q + ROWS", "group_base = base_q"}},
    {"rc_places", 'G', 2, {"out_of_range_written", "tile_q[c+5] && !bad_q[c+5]", "tile_q[c+5]"}},
    {"rc_places",
     'G',
     3,
     {"row_forgotten", "step_address_q[which] <= address + NEXT",
      "step_address_q[which] <= address"}},
    {"rc_places", 'G', 4, {"first_row_kept", "row < first_row_q[slot]", "1'b0"}},
    {"rc_places",
     'G',
     5,
     {"scale_of_the_column", "by_column_q[slot] ? scale : scale + NEXT", "scale + NEXT"}},
    {"rc_places",
     'G',
     6,
     {"done_early", "behind_last_q <= {behind_last_q[LENGTH-2:1], last, 1'b0}",
      "behind_last_q <= {behind_last_q[LENGTH-2:1], ends, 1'b0}"}},
    {"rc_moves", 'M', 1, {"third_on_its_way", "(moves_i == 2'd1 && !hazard_q)", "!hazard_q"}},
    {"rc_moves", 'M', 2, {"columns_met", "reads_rows || reads_columns ||", "reads_rows ||"}},
    {"rc_moves", 'M', 2, {"residual_s_port", "|| port ||", "||"}},
    {"rc_moves", 'M', 3, {"reads_anywhere", "halt_code_i : bad_read ? READ :", "halt_code_i :"}},
    {"rc_moves", 'M', 4, {"illegal_starts", "&& free && legal &&", "&& free &&"}},
    {"rc_moves",
     'M',
     5,
     {"offered_behind_an_error", "column_valid_q && !error_o", "column_valid_q"}},
    {"rc_moves", 'M', 6, {"started_twice", "else if (go_q) head_valid_q <= 1'b0;", ""}},
    {"rc_moves", 'M', 7, {"reads_untold", "reads_a_o = feeding_q", "reads_a_o = commanding_q"}},
    {"rc_accelerator",
     'A',
     1,
     {"shared_data", "a_write_data[c*DATA_W+:DATA_W] = a_result[c] ?",
      "a_write_data[c*DATA_W+:DATA_W] = write ?"}},
    {"rc_accelerator", 'A', 1, {"wraps", "both[DATA_W] == both[DATA_W-1] ?", "1'b1 ?"}},
    {"rc_accelerator",
     'A',
     2,
     {"written_behind_an_error", "tile_write[c]) && !error_o", "tile_write[c])"}},
    {"rc_accelerator",
     'A',
     2,
     {"row_out_of_range", "halt = range_error || window_bad", "halt = range_error"}},
    {"rc_accelerator", 'A', 3, {"scale_for_both", "{scale_q && !scale_rows_q}", "{scale_q}"}},
    {"rc_accelerator", 'A', 4, {"residual_unread", "operand_a || add[c] ||", "operand_a ||"}},
    {"rc_accelerator",
     'A',
     5,
     {"other_memory", "shown_q <= read_memory_q", "shown_q <= read_memory_i"}},
    {"rc_places", 'G', 7, {"added_at_its_place", "+ offset_q[behind_slot_q[c+4]]", ""}},
    {"rc_places",
     'G',
     8,
     {"told_of_the_other", "writes_a_o <= |(next_write & ~next_to_b)", "writes_a_o <= |next_write"}},
};
class BrokenAccelerator : public testing::TestWithParam<Seeded> {};
INSTANTIATE_TEST_SUITE_P(By, BrokenAccelerator, testing::ValuesIn(kSeeded), [](const auto& info) {
  return fmt::format("{}{}_{}", info.param.letter, info.param.property, info.param.bug.name);
});
TEST_P(BrokenAccelerator, is_found_broken) {
  const auto& [module, letter, property, bug] = GetParam();
  const bool walk = letter == 'L', zeros = letter == 'G' || letter == 'M';
  EXPECT_THAT(netlist(module, walk ? "-chparam ADDRESS_W 1" : "", zeros, &bug)
                  .abc(fmt::format("cone -s -O {}; bmc3 -F 40 -T 60", property - 1)),
              HasSubstr(kFound));
}

TEST(BrokenRequantise, is_found_broken) {
  for (const Seed& bug : {Seed{"no_sign", "biased_q >>> pre_q", "biased_q >> pre_q"},
                          Seed{"no_rounding", "(16'd1 << post_q3) >> 1", "16'd0"},
                          Seed{"not_saturated", "mid_q <= fits ?", "mid_q <= 1'b1 ?"},
                          Seed{"scale_too_soon", "post_q3 <= post_q2", "post_q3 <= post_q1"}})
    EXPECT_THAT(requantise("-chparam DATA_W 2 -chparam ACC_W 4", &bug),
                testing::AllOf(HasSubstr("SATISFIABLE"), testing::Not(HasSubstr("UNSAT"))))
        << bug.name;
}

}  // namespace
}  // namespace rowcast
