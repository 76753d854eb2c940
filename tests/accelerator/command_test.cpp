// `rowcast compile`: what it says of a program, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "sim/accelerator/program_file.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using test::CommandResult;
using testing::HasSubstr;

CommandResult rowcast(const std::string& arguments) {
  return test::run_command(test::quoted(ROWCAST_BINARY) + " " + arguments);
}

TEST(CompileCommand, says_cycles_by_node_and_words_by_memory) {
  const CommandResult outcome = rowcast("compile mobilenet_v2 --variant half --array 32");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.text,
              testing::StartsWith("MobileNet-V2 1.0, variant half, on a 32x32 accelerator: "));
  for (const char* text : {" moves, ", " cycles with all loads in time\n", "\nclassifier ",
                           "\ntotal ", "\nmemory ", "\nW "})
    EXPECT_THAT(outcome.text, HasSubstr(text));
  EXPECT_THAT(outcome.text, testing::Not(HasSubstr("to-pixels")));
}

TEST(CompileCommand, lists_moves_tensors_and_loads) {
  const CommandResult outcome = rowcast("compile mobilenet_v2 --array 64 --list");
  EXPECT_EQ(outcome.status, 0);
  for (const char* text :
       {"to-channels", "stream", "to-pixels", "pool", "7x7x1280", "channels in A", "pixels in B",
        "input pixels 0 to ", " +A ", "tensor ", "after move"})
    EXPECT_THAT(outcome.text, HasSubstr(text));
}

TEST(CompileCommand, spills_what_it_is_asked_to) {
  CommandResult outcome = rowcast("compile mobilenet_v1 --array 32");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.text, testing::ContainsRegex("spilled, stored +0\n"));
  outcome = rowcast("compile mobilenet_v1 --array 32 --spill all");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.text, testing::ContainsRegex("spilled, stored +[1-9]"));
  outcome = rowcast("compile mobilenet_v1 --array 32 --spill none");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.text, HasSubstr("--spill: "));
}

TEST(CompileCommand, writes_a_program_that_can_be_read) {
  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / "rowcast_program.json";
  const CommandResult outcome =
      rowcast("compile mobilenet_v1 --array 16 --output " + test::quoted(file.string()));
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  const accelerator::Program program = accelerator::read_program(file);
  EXPECT_EQ(program.config.lanes(), 16);
  EXPECT_GT(program.moves.size(), 27u);
  std::filesystem::remove(file);
}

TEST(CompileCommand, lists_tables_and_tensors_that_are_turned) {
  const CommandResult outcome = rowcast("compile mobilenet_v3_small --array 16 --tables 1 --list");
  EXPECT_EQ(outcome.status, 0);
  for (const char* text :
       {"\nT ", "stem activation", "block1.dw turned", "turn ", "block1.se.scale"})
    EXPECT_THAT(outcome.text, HasSubstr(text));
}

TEST(CompileCommand, refuses_what_the_accelerator_can_not_do) {
  CommandResult outcome = rowcast("compile mobilenet_v3_large --array 16");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.text,
              HasSubstr("error: stem: its activation (hswish) is no clamp and needs a table, the "
                        "accelerator has none (give it some with --tables)\n"));
  outcome = rowcast("compile mobilenet_v3_large --array 16 --tables 16");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.text, "error: --tables: 16 is out of range, allowed is 0 to 15\n");
  outcome = rowcast("compile mobilenet_v3_large --array 16");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.text, testing::Not(HasSubstr("cycles")));
  outcome = rowcast("compile mobilenet_v2 --array 16 --b-depth 64");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.text, HasSubstr("do not fit the accelerator's memories"));
  outcome = rowcast("compile mobilenet_v2 --array 16x8");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.text,
            "error: array: the accelerator's is square, 16x8 given, allowed is NxN, N from 4\n");
}

TEST(RunAccelerator, compares_every_tensor_and_says_cycles_by_node) {
  const CommandResult outcome =
      rowcast("run --layer dw:9x7x6,k3,s2 --array 4 --accelerator --view structural");
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  EXPECT_THAT(outcome.text,
              HasSubstr("240 words of 2 tensors compared with golden, 0 mismatches\n"));
  EXPECT_THAT(outcome.text, HasSubstr(" cycles from start to interrupt; "));
  EXPECT_THAT(outcome.text, HasSubstr(" RTL in the structural view\n"));
  EXPECT_THAT(outcome.text, testing::Not(HasSubstr("<--")));
}

TEST(RunAccelerator, refuses_options_of_the_array_alone) {
  for (const char* option : {"--mapping tile", "--layers 1", "--allow-overflow", "--dump d",
                             "--trace t.fst", "--rtl d"}) {
    const CommandResult outcome =
        rowcast(std::string("run --layer pw:4x4x4,o4 --accelerator ") + option);
    EXPECT_EQ(outcome.status, 2) << option;
    EXPECT_THAT(outcome.text, HasSubstr("says nothing with --accelerator")) << outcome.text;
  }
  const CommandResult outcome = rowcast("run --layer pw:4x4x4,o4 --a-depth 50");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(
      outcome.text,
      "error: --a-depth: says nothing without --accelerator, allowed is with --accelerator\n");
}

TEST(RunAccelerator, refuses_a_network_that_does_not_fit_before_anything_is_built) {
  const CommandResult outcome = rowcast("run mobilenet_v2 --array 16 --accelerator --b-depth 64");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.text, HasSubstr("do not fit the accelerator's memories"));
}

}  // namespace
}  // namespace rowcast
