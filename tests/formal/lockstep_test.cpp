// Both views side by side in the simulator, at sizes and widths that no proof reaches, from
// registers with random values and under random stimulus (rc_array_lockstep.v): every output, every
// cycle.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "generator/files.h"
#include "tests/formal/pair.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using test::Bug;
using test::CommandResult;

constexpr int kCycles = 20000;

// A program with both views, compiled as the host compiles the vector view: loops stay loops, and
// are vectorised. Straight-line code, the structural view, is not: that would take half a minute.
CommandResult build(const ArrayConfig& config, const Bug* bug, const TempFolder& folder) {
  std::string files;
  for (const std::string& name : test::write_pair(config, bug, folder.path())) files += name + " ";
  for (const char* name : {"rc_array_pair.v", "rc_array_lockstep.v", "lockstep_main.cpp"})
    files += (source_path("tests/formal") / name).string() + " ";
  return test::run_command(
      fmt::format(
          "verilator --cc --exe --build --top-module rc_array_lockstep --Mdir obj -o lockstep -O3 "
          "--x-assign unique --x-initial unique --unroll-count 300 --unroll-stmts 1 "
          "--output-split 20000 -Wno-fatal -Wno-lint -Wno-style {} {} {} -MAKEFLAGS "
          "\"$(command -v ccache >/dev/null && echo OBJCACHE=ccache) "
          "OPT_FAST='-O3 -march=native -fno-tree-slp-vectorize' OPT_SLOW=-O0\"",
          config.row_broadcast ? "-DROW_BROADCAST" : "",
          test::verilog_parameters(config, "-G{}={}"), files),
      folder.path());
}

CommandResult run(const TempFolder& folder, int seed) {
  return test::run_command(fmt::format("obj/lockstep {} {}", kCycles, seed), folder.path());
}

class LockStep : public testing::TestWithParam<ArrayConfig> {};
INSTANTIATE_TEST_SUITE_P(
    Of, LockStep,
    testing::Values(
        ArrayConfig{.rows = 8, .cols = 8, .acc_width = 32},
        ArrayConfig{.rows = 7, .cols = 13, .acc_width = 32},
        ArrayConfig{.rows = 20, .cols = 12, .acc_width = 32},
        ArrayConfig{.rows = 16, .cols = 16, .acc_width = 32},
        ArrayConfig{.rows = 11, .cols = 3, .data_width = 13, .weight_width = 5, .acc_width = 37},
        ArrayConfig{.rows = 5,
                    .cols = 9,
                    .data_width = 4,
                    .weight_width = 7,
                    .acc_width = 11,
                    .row_broadcast = 0},
        ArrayConfig{.rows = 8, .cols = 8, .acc_width = 32, .mac_stages = 1},
        ArrayConfig{.rows = 7, .cols = 13, .acc_width = 32, .mac_stages = 1},
        ArrayConfig{.rows = 13,
                    .cols = 3,
                    .data_width = 5,
                    .weight_width = 11,
                    .acc_width = 16,
                    .row_broadcast = 0,
                    .mac_stages = 1}),
    [](const auto& info) { return test::pair_name(info.param); });

TEST_P(LockStep, finds_no_difference) {
  const TempFolder folder;
  const CommandResult built = build(GetParam(), nullptr, folder);
  ASSERT_EQ(built.status, 0) << built.text;
  for (const int seed : {1, 2, 3}) {
    const CommandResult result = run(folder, seed);
    EXPECT_EQ(result.status, 0) << "seed " << seed;
    int cycles = 0, busy = 0;
    ASSERT_EQ(std::sscanf(result.text.c_str(), "equal in %d cycles, busy in %d", &cycles, &busy), 2)
        << "seed " << seed << ": " << result.text;
    EXPECT_EQ(cycles, kCycles);
    EXPECT_GT(busy, kCycles / 4);  // not zero all the time
  }
}

constexpr View kS = View::kStructural, kV = View::kVector;
const Bug kBugs[] = {
    {"zero_extended_product", kS, "rc_mac", "{product[PRODUCT_W-1]}", "{1'b0}"},
    {"broadcast_last_missing_in_one_column", kS, "rc_array", ".lastb_n_i(lastb_n_i[r])",
     ".lastb_n_i(lastb_n_i[r] || c == 4)"},
    {"south_row_not_zero", kV, "rc_array", "out_ring[port+c] = 0;",
     "out_ring[port+c] = last_i[0];"},
    {"weight_of_the_wrong_row", kV, "rc_array", "b_ring[north+c] = (b_ring[north+c]",
     "b_ring[north+c] = (b_ring[north^SPAN+c]"},
    {"hold_missing", kV, "rc_array", "(b_ring[north+c] & pass) | tap", "b_ring[north+c] | tap"},
    {"skipped_while_last_is_in_flight", kV, "rc_array", "if (last_i != 0 || rest_q != 0)",
     "if (last_i != 0)"},
    {"corner_blocked", kV, "rc_array", "word  = word | b_edge[0];", ""},
    {"tap_missing_in_one_row", kV, "rc_array", "& pass) | tap",
     "& pass) | (tap & {ACC_W{r != 2}})"},
};

class LockStepOfBroken : public testing::TestWithParam<Bug> {};
INSTANTIATE_TEST_SUITE_P(View, LockStepOfBroken, testing::ValuesIn(kBugs), [](const auto& info) {
  return fmt::format("{}_{}", to_string(info.param.view), info.param.name);
});

TEST_P(LockStepOfBroken, finds_the_difference) {
  const TempFolder folder;
  const CommandResult built = build({.rows = 3, .cols = 5, .acc_width = 32}, &GetParam(), folder);
  ASSERT_EQ(built.status, 0) << built.text;
  const CommandResult result = run(folder, 1);
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.text, testing::StartsWith("different in cycle "));
}

}  // namespace
}  // namespace rowcast
