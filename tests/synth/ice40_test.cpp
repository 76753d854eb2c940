// Placing and routing arrays small enough for seconds: nothing of them is lost on the way.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "generator/emit.h"
#include "generator/error.h"
#include "generator/files.h"
#include "synth/ice40.h"
#include "synth/tools.h"
#include "tests/synth/target_command.h"

namespace rowcast {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr ArrayConfig kSmall{.rows = 2,
                             .cols = 2,
                             .data_width = 3,
                             .weight_width = 4,
                             .acc_width = 9,
                             .max_reduction = 9,
                             .tag_width = 2};

// Operands, `last`, accumulator and drain: every element reads all of its own.
int element_flip_flops(const ArrayConfig& c) {
  return c.rows * c.cols * (2 * effective_acc_width(c) + c.data_width + 1 + c.weight_width);
}

TEST(Ice40, ice40_keeps_every_register_of_every_element_and_one_cell_per_port_bit) {
  const Ice40 ice40 = place_and_route_ice40(kSmall, 2, {});
  EXPECT_EQ(ice40.base.element_flip_flops, element_flip_flops(kSmall));
  EXPECT_EQ(ice40.row_broadcast.element_flip_flops, element_flip_flops(kSmall));
  const int row = row_field_width(kSmall), column = col_field_width(kSmall),
            beat = beat_field_width(kSmall);
  // rst, cmd_valid, op_valid, tag, count, rows, beats, a, b; ready, error, ready, valid, out, row,
  // tag, active, busy.
  const int base = 3 + 2 * 2 + row + beat + 2 * 3 + 2 * 4 + 5 + 2 * (1 + 9) + row + 2;
  EXPECT_EQ(ice40.base.harness_cells, base);
  // stream, chain, cols, taps, pitch, passes, tap; tap_ready, gap_error, window.
  EXPECT_EQ(ice40.row_broadcast.harness_cells, base + 2 + column + 3 * beat + 2 * 4 + 3);
  // Two placements may be equally fast; on both sides by chance they are not.
  EXPECT_FALSE(ice40.base.runs_mhz[0] == ice40.base.runs_mhz[1] &&
               ice40.row_broadcast.runs_mhz[0] == ice40.row_broadcast.runs_mhz[1])
      << "the seed changes nothing";
  for (const Ice40Side* side : {&ice40.base, &ice40.row_broadcast}) {
    EXPECT_GT(side->core_cells(), side->element_flip_flops);
    EXPECT_GE(side->logic_cells, side->luts);
    EXPECT_LE(side->logic_cells, side->luts + side->flip_flops + side->carries);
    EXPECT_EQ(side->rams + side->dsps, 0);
    ASSERT_EQ(side->runs_mhz.size(), 2u);
    EXPECT_EQ(side->fmax_mhz.low, std::min(side->runs_mhz[0], side->runs_mhz[1]));
    EXPECT_EQ(side->fmax_mhz.high, std::max(side->runs_mhz[0], side->runs_mhz[1]));
    for (const std::string& end : {side->from, side->to})
      EXPECT_THAT(end, testing::MatchesRegex("(rc_[a-z]+(\\([0-9]+,[0-9]+\\))?|port) .+"));
  }
}

TEST(Ice40, ice40_harness_is_lint_clean_on_both_sides) {
  for (const int broadcast : {0, 1}) {
    ArrayConfig config = kSmall;
    config.rows = 5;
    config.row_broadcast = broadcast;
    config.broadcast_stages = 2 * broadcast;
    const TempFolder folder;
    std::string files = "rc_harness.v";
    for (const EmittedFile& file : emit_modules(config, View::kStructural)) {
      const std::string name = file.path.substr(file.path.rfind('/') + 1);
      write_file(folder.path() / name, file.text);
      files += " " + name;
    }
    write_file(folder.path() / "rc_harness.v",
               rendered("ice40_harness.v.in", template_values(config)));
    for (const std::string tool :
         {"verilator --lint-only -Wall --top-module rc_harness ", "iverilog -Wall -o lint.vvp "}) {
      const test::CommandResult result = test::run_command(tool + files, folder.path());
      EXPECT_EQ(result.status, 0);
      EXPECT_EQ(result.text, "") << tool;
    }
  }
}

TEST(Ice40, ice40_says_what_fits_where_an_array_does_not) {
  const auto message = [](const ArrayConfig& config) -> std::string {
    try {
      place_and_route_ice40(config, 1, {});
    } catch (const InputError& error) {
      return error.problems().size() == 1 ? error.problems().front() : "several";
    }
    return "none";
  };
  EXPECT_THAT(message({.rows = 64, .cols = 64}),
              testing::MatchesRegex(
                  "--array: 64x64 needs more than 1[0-9]{6} logic cells, an iCE40 HX8K has 7680, "
                  "allowed are fewer than 2[0-9] elements of this kind, [23][0-9]{2} cells each "
                  "\\(a smaller array, or fewer bits\\)"));
}

using Ice40Command = test::TargetCommand;

TEST_F(Ice40Command, ice40_reports_both_sides_and_overheads_that_follow_from_them) {
  const test::CommandResult result = synth(
      "ice40 --array 1x2 --data-width 2 --weight-width 2 --acc-width 4 --max-reduction 3 "
      "--tag-width 1 --json r.json --csv r.csv");
  ASSERT_EQ(result.status, 0) << result.text;
  EXPECT_THAT(result.text, HasSubstr("no DSP blocks"));
  const json root = json::parse(read_file(folder_.path() / "r.json"));
  EXPECT_EQ(root["target"], "ice40");
  EXPECT_EQ(root["array"], "1x2");
  const auto overhead = [&](const char* key) {
    return root["row_broadcast"][key].get<double>() / root["base"][key].get<double>() - 1;
  };
  EXPECT_GT(overhead("logic_cells"), 0);
  EXPECT_NEAR(root["overhead"]["logic_cells"], overhead("logic_cells"), 1e-9);
  EXPECT_NEAR(root["overhead"]["fmax"], overhead("fmax_mhz_routed"), 1e-9);
  EXPECT_NEAR(root["overhead"]["fmax_mean"], overhead("fmax_mhz_routed_mean"), 1e-9);
  for (const char* side : {"base", "row_broadcast"})
    EXPECT_EQ(root[side]["fmax_mhz_routed_runs"].size(), 5u);
  const std::string csv = read_file(folder_.path() / "r.csv");
  EXPECT_THAT(csv, testing::StartsWith("side,seed,logic_cells,luts,"));
  EXPECT_EQ(std::ranges::count(csv, '\n'), 11);
}

TEST_F(Ice40Command, ice40_refuses_what_it_can_not_use) {
  expect_refused("fpga", "--target: 'fpga' is unknown, allowed are asic, ice40, layout");
  expect_refused("ice40 --clock 5",
                 "--clock: says nothing with --target ice40, allowed is --target asic");
  expect_refused("ice40 --seeds 2",
                 "--seeds: says nothing with --target ice40, allowed is --target asic, layout");
  expect_refused("asic --svg x.svg",
                 "--svg: says nothing with --target asic, allowed is --target layout");
  expect_refused("ice40 --liberty none.lib",
                 "--liberty: says nothing with --target ice40, allowed is --target asic");
}

TEST_F(Ice40Command, ice40_names_the_package_of_a_tool_that_is_missing) {
  ASSERT_EQ(test::run_command("ln -s $(command -v yosys)* .", folder_.path()).status, 0);
  expect_refused(
      "ice40 --array 2",
      "nextpnr-ice40: can not be run, --target ice40 needs it (Debian package nextpnr-ice40)",
      "PATH=.");
}

}  // namespace
}  // namespace rowcast
