// The numbered properties of the modules on the bus (rc_*_properties.v says what they mean) at
// small widths, of all but rc_load for unlimited time from any state at power-up: property directed
// reachability (ABC's pdr) finds the invariants and has them checked. And faults put into the
// modules, each of which breaks the property that is named.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "sim/system/emit.h"
#include "tests/formal/module_netlist.h"

namespace rowcast {
namespace {

using test::ModuleNetlist;
using test::Seed;
using testing::HasSubstr;

ModuleNetlist netlist(const std::string& module, const std::string& parameters,
                      const Seed* seed = nullptr) {
  accelerator::SystemConfig config;
  config.accelerator.array = {.rows = 4, .cols = 4};
  test::NetlistSource source{.module = module,
                             .files = accelerator::emit_modules(config, View::kStructural),
                             .parameters = parameters};
  if (module == "rc_store") source.parts = {"rc_bursts"};
  if (module == "rc_load") source.parts = {"rc_bursts", "rc_gather"};
  if (module == "rc_control") source.parts = {"rc_fetch"};
  return ModuleNetlist(source, seed);
}

struct Subject {
  const char* module;
  int properties;
  const char* parameters;
};
void PrintTo(const Subject& subject, std::ostream* out) {
  *out << subject.module << " " << subject.parameters;
}

std::string name_of(const testing::TestParamInfo<Subject>& info) {
  return fmt::format("{}_{}", info.param.module, info.index);
}
class Bus : public testing::TestWithParam<Subject> {};
INSTANTIATE_TEST_SUITE_P(
    , Bus,
    testing::Values(Subject{"rc_bursts", 5, ""},
                    Subject{"rc_bursts", 5, "-chparam AXI_DATA_W 32 -chparam OFFSET_W 6"},
                    Subject{"rc_bursts", 5, "-chparam LINE_W 32 -chparam OFFSET_W 6"},
                    Subject{"rc_read", 5, ""},
                    Subject{"rc_read", 5, "-chparam CLIENTS 4 -chparam OUTSTANDING 4"},
                    Subject{"rc_fetch", 4, ""}, Subject{"rc_fetch", 4, "-chparam PER_BLOCK 1"},
                    Subject{"rc_store", 6, ""},
                    Subject{"rc_store", 6, "-chparam AXI_DATA_W 32 -chparam OFFSET_W 5"},
                    Subject{"rc_store", 6, "-chparam LINE_W 32 -chparam N 4 -chparam OFFSET_W 5"},
                    Subject{"rc_gather", 3, ""},
                    Subject{"rc_gather", 3, "-chparam AXI_DATA_W 4 -chparam LINE_W 8"},
                    Subject{"rc_gather", 3, "-chparam LINE_W 8"}, Subject{"rc_registers", 6, ""},
                    Subject{"rc_control", 9, ""}),
    name_of);
TEST_P(Bus, keeps_its_properties_for_ever) {
  const Subject& subject = GetParam();
  EXPECT_THAT(
      netlist(subject.module, subject.parameters).abc("scorr; dc2; dc2; scorr; pdr -a -T 300"),
      HasSubstr(fmt::format("All = {0}. Proved = {0}. Disproved = 0.", subject.properties)));
}

// Of rc_load, whose invariants are not found in minutes, all that can happen in the first cycles.
TEST(BusLonger, load_violates_no_property_in_its_first_cycles) {
  EXPECT_THAT(netlist("rc_load", "").abc("scorr; dc2; dc2; scorr; bmc3 -F 12"),
              HasSubstr("No output asserted in 12 frames"));
}

struct Seeded {
  const char* module;
  int property;
  Seed seed;
  const char* parameters = "";
};
void PrintTo(const Seeded& seeded, std::ostream* out) { *out << seeded.seed.name; }

const Seeded kSeeded[] = {
    {"rc_bursts",
     1,
     {"asked_beats_move", "end else if (grant_i) begin\n      beat_q",
      "end else begin\n      beat_q"}},
    {"rc_bursts", 2, {"boundary_forgotten", "MOST - {1'b0, beat_q[BURST_W-1:0]}", "MOST"}},
    {"rc_bursts", 3, {"end_of_region_forgotten", "behind > {1'b0, size_i >> LINE_BITS} || ", ""}},
    {"rc_bursts",
     4,
     {"last_beats_forgotten", "(behind + ROUND)", "behind"},
     "-chparam AXI_DATA_W 32 -chparam OFFSET_W 6"},
    {"rc_bursts", 5, {"bad_is_asked_for", "(check_q && !bad_o)", "check_q"}},
    {"rc_read", 1, {"address_withdrawn", "grants || (m_arvalid_o && !m_arready_i)", "grants"}},
    {"rc_read",
     2,
     {"address_overwritten", "count_q != FULL && (!m_arvalid_o || m_arready_i)",
      "count_q != FULL"}},
    {"rc_read", 3, {"beats_of_the_newest", "owner_q[oldest_q] &", "owner_q[newest_q] &"}},
    {"rc_read",
     4,
     {"not_drained", "!idle_o && (stop_i || |(owner & ready_i))", "!idle_o && |(owner & ready_i)"}},
    {"rc_read", 5, {"granted_behind_a_stop", "|request_i && !stop_i && ", "|request_i && "}},
    {"rc_fetch",
     1,
     {"request_withdrawn", "(asks_q && !grant_i) ||", "(asks_q && !grant_i && !take_i) ||"}},
    {"rc_fetch", 2, {"block_behind_the_list", "(empties && !last_of_list)", "empties"}},
    {"rc_fetch",
     3,
     {"one_not_counted", "if (take) left_q <= left_q - ONE;",
      "if (take && !empties) left_q <= left_q - ONE;"}},
    {"rc_fetch",
     4,
     {"early", "if (waits_q && valid_i && last_i) held_q <= ALL;",
      "if (waits_q && valid_i) held_q <= ALL;"}},
    {"rc_store",
     1,
     {"address_withdrawn", "asks && (started_q || (beat_valid && !stop_i))",
      "asks && beat_valid && !stop_i"}},
    {"rc_store",
     2,
     {"beat_changes", "(!beat_valid_q && !m_wvalid_o) || w_take", "!beat_valid_q || w_take"}},
    {"rc_store", 2, {"strobes_change", "waits_q ? nothing_q : stop_i", "stop_i"}},
    {"rc_store",
     3,
     {"beats_before_the_address", "state_q == DATA && (beat_valid || nothing)",
      "(state_q == DATA || state_q == ADDRESS) && (beat_valid || nothing)"}},
    {"rc_store", 4, {"writable_forgotten", ".low_i(low_i)", ".low_i({OFFSET_W{1'b0}})"}},
    {"rc_store", 5, {"writes_behind_a_stop", "strobe_q & {STROBES{!nothing}}", "strobe_q"}},
    {"rc_store",
     6,
     {"finished_early", "state_q == END && outstanding_q == 12'd0 && !stop_i",
      "state_q == END && !stop_i"}},
    {"rc_store",
     6,
     {"idle_early", "state_q != DATA && outstanding_q == 12'd0;", "state_q != DATA;"}},
    {"rc_gather",
     1,
     {"place_forgotten", "if (start_i) at_q <= at_i;", "if (start_i) at_q <= {AT_W{1'b0}};"}},
    {"rc_gather", 1, {"rest_kept", "take && (last_i || last_line)", "take && last_line"}},
    {"rc_gather", 2, {"shown_overwritten", "ready_o = !full_q[fill_q]", "ready_o = 1'b1"}},
    {"rc_gather", 3, {"one_alone", "ready_o = !full_q[fill_q]", "ready_o = full_q == 2'b00"}},
    {"rc_gather",
     3,
     {"part_of_a_line", "last_part = part_q == LAST", "last_part = 1'b1"},
     "-chparam AXI_DATA_W 4 -chparam LINE_W 8"},
    {"rc_registers",
     1,
     {"response_withdrawn", "write_q || (responds_q && !s_bready_i)", "write_q"}},
    {"rc_registers",
     2,
     {"address_alone", "s_awvalid_i && s_wvalid_i && !write_q", "s_awvalid_i && !write_q"}},
    {"rc_registers", 3, {"second_read", "!read_q && (!answers_q || s_rready_i)", "!read_q"}},
    {"rc_registers",
     4,
     {"strobes_forgotten", "size_o <= bits | (size_o & ~mask)", "size_o <= s_wdata_i"}},
    {"rc_registers",
     5,
     {"set_while_it_runs", "write_q && !running_i && !start_o", "write_q && !start_o"}},
    {"rc_registers",
     6,
     {"end_not_seen", "end_i || (interrupt_q && !(write_q && to == R_IRQ && bits[0]))",
      "(end_i || interrupt_q) && !(write_q && to == R_IRQ && bits[0])"}},
};
// Of netlists of some seconds each.
const Seeded kSeededLater[] = {
    {"rc_registers",
     1,
     {"answer_changes", "if (read_q)\n      case (from)",
      "if (read_q || s_arvalid_i)\n      case (from)"}},
    {"rc_registers", 2, {"second_write", "!write_q && (!responds_q || s_bready_i)", "!write_q"}},
    {"rc_load", 1, {"withdrawn", "asks && !stop_i;", "asks && !stop_i && !finished_o;"}},
    {"rc_load", 3, {"lane_of_the_one_before", "lane_q <= {{(N - 1) {1'b0}}, 1'b1};", ""}},
    {"rc_load", 3, {"every_lane_an_address", "if (next_address) address_q", "address_q"}},
    {"rc_load",
     4,
     {"beyond_the_memory", "line_valid && !beyond && !stop_i", "line_valid && !stop_i"}},
    {"rc_load", 4, {"line_dropped", "offers && (!to_lines || load_ready_i)", "offers"}},
    {"rc_load",
     5,
     {"finished_early", "come_q == END && (!to_lines || load_ready_i)", "come_q == END"}},
    {"rc_load",
     6,
     {"code_of_the_last", "if (!error_o) begin\n      error_new_o", "begin\n      error_new_o"}},
    {"rc_load",
     7,
     {"words_as_lines", "memory_q == MEMORY_T ? word_lines[OFFSET_W-1:0] :\n      count_q",
      "count_q"}},
    {"rc_load", 8, {"asks_behind_a_stop", "asks && !stop_i;", "asks;"}},
};

class BusFaults : public testing::TestWithParam<Seeded> {};
std::string seed_of(const testing::TestParamInfo<Seeded>& info) {
  return fmt::format("{}_{}", info.param.module, info.param.seed.name);
}
INSTANTIATE_TEST_SUITE_P(, BusFaults, testing::ValuesIn(kSeeded), seed_of);
INSTANTIATE_TEST_SUITE_P(Later, BusFaults, testing::ValuesIn(kSeededLater), seed_of);
TEST_P(BusFaults, break_a_property) {
  const Seeded& seeded = GetParam();
  EXPECT_THAT(netlist(seeded.module, seeded.parameters, &seeded.seed)
                  .abc(fmt::format("cone -s -O {}; bmc3 -F 40 -T 20", seeded.property - 1)),
              HasSubstr("was asserted in frame"));
}

}  // namespace
}  // namespace rowcast
