// The numbered properties of the accelerator's modules (rc_*_properties.v says what they mean) at
// small sizes: of rc_routes for ever, by property directed reachability (ABC); of rc_requantise,
// which has no state but its pipeline, by equivalence of all its cycles; of rc_walk and rc_places
// for all that can happen in the first cycles behind power-up.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>
#include <stdexcept>
#include <string>

#include "generator/files.h"
#include "sim/accelerator/emit.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using test::CommandResult;
using testing::HasSubstr;

struct Bug {
  const char* name;
  const char* right;
  const char* wrong;
};

class Netlist {
 public:
  // An AIG whose outputs are MODULE_properties' violated_o; registers wake up with anything, or as
  // zeros. `parameters` are hierarchy's.
  Netlist(const std::string& module, const std::string& parameters, bool zeros,
          const Bug* bug = nullptr) {
    const accelerator::AcceleratorConfig config{.array = {.rows = 4, .cols = 4},
                                                .a_depth = 64,
                                                .b_depth = 64,
                                                .w_depth = 64,
                                                .q_depth = 8,
                                                .s_depth = 32};
    for (EmittedFile& file : accelerator::emit_modules(config, View::kStructural)) {
      if (std::filesystem::path(file.path).stem() != module) continue;
      if (bug) test::replace_once(file.text, bug->right, bug->wrong);
      write_file(folder_.path() / "module.v", file.text);
    }
    const CommandResult yosys = test::run_command(
        fmt::format("yosys -q -p 'read_verilog module.v {0}; hierarchy -check -top {1}_properties "
                    "{2}; proc; flatten; opt -nodffe -nosdff; memory_map; opt_clean; async2sync; "
                    "dffunmap; techmap; opt -nodffe -nosdff; dffunmap; abc -g AND -fast; "
                    "opt_clean; {3}write_aiger -zinit netlist.aig'",
                    source_path(fmt::format("tests/formal/{}_properties.v", module)).string(),
                    module, parameters, zeros ? "setundef -undriven -init -zero; " : ""),
        folder_.path());
    if (yosys.status != 0) throw std::logic_error(yosys.text);
  }

  std::string abc(const std::string& commands) const {
    return test::run_command("yosys-abc -q 'read_aiger netlist.aig; strash; " + commands + "'",
                             folder_.path())
        .text;
  }

 private:
  TempFolder folder_;
};

constexpr const char* kFound = "was asserted in frame";

class Routes : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Of, Routes,
                         testing::Values("-chparam N 2 -chparam ADDRESS_W 1",
                                         "-chparam N 3 -chparam ADDRESS_W 2"),
                         [](const auto& info) { return fmt::format("lanes{}", info.index + 2); });
TEST_P(Routes, hold_their_properties_for_ever) {
  EXPECT_THAT(Netlist("rc_routes", GetParam(), false).abc("scorr; dc2; pdr -a"),
              HasSubstr("All = 5. Proved = 5. Disproved = 0."));
}

// Whatever the registers wake up with, six cycles are all that a word depends on.
std::string requantise(const char* parameters, const Bug* bug = nullptr) {
  return Netlist("rc_requantise", parameters, false, bug)
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
  EXPECT_THAT(Netlist(bounded.module, bounded.parameters, bounded.zeros)
                  .abc(fmt::format("scorr; dc2; bmc3 -F {}", bounded.cycles)),
              HasSubstr(fmt::format("No output asserted in {} frames", bounded.cycles)));
}

struct Seeded {
  const char* module;
  char letter;
  int property;
  Bug bug;
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
    {"rc_places", 'G', 2, {"out_of_range_written", "tile_q[c+6] && !bad_q[c+6]", "tile_q[c+6]"}},
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
    {"rc_places", 'G', 7, {"added_at_its_place", "+ offset_q[behind_slot_q[c+4]]", ""}},
};
class BrokenAccelerator : public testing::TestWithParam<Seeded> {};
INSTANTIATE_TEST_SUITE_P(By, BrokenAccelerator, testing::ValuesIn(kSeeded), [](const auto& info) {
  return fmt::format("{}{}_{}", info.param.letter, info.param.property, info.param.bug.name);
});
TEST_P(BrokenAccelerator, is_found_broken) {
  const auto& [module, letter, property, bug] = GetParam();
  const bool walk = letter == 'L';
  EXPECT_THAT(Netlist(module, walk ? "-chparam ADDRESS_W 1" : "", letter == 'G', &bug)
                  .abc(fmt::format("cone -s -O {}; bmc3 -F 40 -T 60", property - 1)),
              HasSubstr(kFound));
}

TEST(BrokenRequantise, is_found_broken) {
  for (const Bug& bug : {Bug{"no_sign", "biased_q >>> pre_q", "biased_q >> pre_q"},
                         Bug{"no_rounding", "(16'd1 << post_q3) >> 1", "16'd0"},
                         Bug{"not_saturated", "mid_q <= fits ?", "mid_q <= 1'b1 ?"},
                         Bug{"scale_too_soon", "post_q3 <= post_q2", "post_q3 <= post_q1"}})
    EXPECT_THAT(requantise("-chparam DATA_W 2 -chparam ACC_W 4", &bug),
                testing::AllOf(HasSubstr("SATISFIABLE"), testing::Not(HasSubstr("UNSAT"))))
        << bug.name;
}

}  // namespace
}  // namespace rowcast
