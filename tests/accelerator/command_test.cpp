// `rowcast compile`: what it says of a program, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "generator/files.h"
#include "sim/accelerator/program_file.h"
#include "sim/system/emit.h"
#include "sim/system/interpreter.h"
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
      rowcast("compile mobilenet_v1 --array 16 --program " + test::quoted(file.string()));
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

// What a processor does with the folder, between the files of it.
constexpr const char* kProcessor = R"(
#include <stdio.h>
#include "program.h"
static unsigned char region[RC_PROGRAM_REGION_BYTES], other[1 << 20];
static size_t read_file(const char *name, void *to) {
  FILE *file = fopen(name, "rb");
  const size_t size = file ? fread(to, 1, 1 << 20, file) : 0;
  if (file) fclose(file);
  return size;
}
static void write_file(const char *name, const void *from, size_t size) {
  FILE *file = fopen(name, "wb");
  fwrite(from, 1, size, file);
  fclose(file);
}
int main(int argc, char **argv) {
  unsigned i;
  (void)argv;
  if (argc == 1) {
    if (read_file("image.bin", region) != RC_PROGRAM_IMAGE_BYTES) return 1;
    if (read_file("input.bin", other) != rc_words(&rc_program_inputs[0])) return 2;
    for (i = 0; i < RC_PROGRAM_INPUTS; ++i) rc_pack(&rc_program_inputs[i], other, region);
    write_file("region.bin", region, sizeof region);
  } else {
    if (read_file("region.bin", region) != RC_PROGRAM_REGION_BYTES) return 3;
    rc_unpack(&rc_program_outputs[0], region, other);
    write_file("scores.bin", other, rc_words(&rc_program_outputs[0]));
  }
  return 0;
}
)";

class CompiledFolder : public testing::Test {
 protected:
  CommandResult compile(const std::string& more = "") {
    return rowcast("compile --layer conv:9x8x3,k3,s2,p1,o20 --array 6 --a-depth 600 --b-depth 60 " +
                   more + " -o " + test::quoted(folder().string()));
  }
  std::filesystem::path folder() const { return temp_.path() / "program"; }
  std::string file(const std::string& name) const { return read_file(folder() / name); }
  TempFolder temp_;
};

TEST_F(CompiledFolder, has_all_that_a_processor_needs_from_the_picture_to_the_scores) {
  ASSERT_EQ(compile().status, 0);
  write_file(folder() / "main.c", kProcessor);
  const std::string driver = source_path("rtl_templates/driver").string();
  const auto built =
      test::run_command("gcc -std=c99 -Wall -Wextra -Wconversion -Wpedantic -Werror -I. -I" +
                            driver + " main.c " + driver + "/rc_accel.c -o run && ./run",
                        folder());
  ASSERT_EQ(built.status, 0) << built.text;

  const std::string text = file("region.bin");
  accelerator::Bytes region(text.begin(), text.end());
  const auto word = [&](size_t i) { return accelerator::word_at(region, 4 * i); };
  const accelerator::Launch launch{
      word(3), word(4), {word(5), word(6)}, {word(7), word(8)}, {word(9), word(10)}};
  const accelerator::SystemConfig config{
      .accelerator = accelerator::read_program(folder() / "program.json").config};
  EXPECT_EQ(word(1), accelerator::program_hash(config.accelerator));
  accelerator::Memories memories(config.accelerator);
  const accelerator::Outcome outcome = accelerator::interpret(
      launch, config, 0, region, memories,
      [](std::span<const accelerator::Part> ready) { return ready.front(); });
  ASSERT_EQ(outcome.code, 0u);
  write_file(folder() / "region.bin", std::string(region.begin(), region.end()));
  ASSERT_EQ(test::run_command("./run scores", folder()).status, 0);
  EXPECT_EQ(file("scores.bin"), file("expected.bin"));
  EXPECT_EQ(file("expected.bin").size(), 20u * 5 * 4);
  EXPECT_NE(file("expected.bin"), std::string(20 * 5 * 4, '\0'));
}

TEST_F(CompiledFolder, has_a_readme_whose_code_compiles) {
  ASSERT_EQ(compile("--prefix my").status, 0);
  const std::string readme = file("README.md"), open = "```c\n";
  const size_t begin = readme.find(open) + open.size();
  write_file(folder() / "use.c", readme.substr(begin, readme.find("```", begin) - begin));
  const auto emitted = rowcast("generate --accelerator --array 4 --prefix my -o " +
                               test::quoted((temp_.path() / "rtl").string()));
  ASSERT_EQ(emitted.status, 0) << emitted.text;
  const auto built = test::run_command(
      "gcc -std=c99 -Wall -Wextra -Wpedantic -Werror -c -I. -I../rtl/driver use.c "
      "../rtl/driver/my_accel.c",
      folder());
  EXPECT_EQ(built.status, 0) << built.text;
}

TEST_F(CompiledFolder, is_the_same_again_and_replaced_as_a_whole_unless_it_was_edited) {
  ASSERT_EQ(compile().status, 0);
  const std::string manifest = file("manifest.json");
  EXPECT_EQ(compile().status, 0);
  EXPECT_EQ(file("manifest.json"), manifest);
  write_file(folder() / "listing.txt", "mine");
  const CommandResult refused = compile("--seed 2");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.text, HasSubstr("listing.txt has been edited since compile wrote it"));
  EXPECT_EQ(file("manifest.json"), manifest);
  EXPECT_EQ(compile("--seed 2 --force").status, 0);
  EXPECT_NE(file("manifest.json"), manifest);
}

TEST_F(CompiledFolder, is_never_one_that_generate_or_somebody_else_has_written) {
  const std::string generate = "generate --array 4 -o " + test::quoted(folder().string());
  ASSERT_EQ(rowcast(generate).status, 0);
  CommandResult refused = compile();
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.text, HasSubstr(" and not written by compile, a new or empty folder, or one "
                                      "that compile has written, in a writable folder is needed"));
  EXPECT_TRUE(std::filesystem::exists(folder() / "rtl/rc_core.v"));
  std::filesystem::remove_all(folder());
  ASSERT_EQ(compile().status, 0);
  refused = rowcast(generate);
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.text, HasSubstr("not written by generate"));
  EXPECT_TRUE(std::filesystem::exists(folder() / "image.bin"));
}

TEST_F(CompiledFolder, holds_one_program) {
  const CommandResult refused =
      rowcast("compile mobilenet_v1 --variant all -o " + test::quoted(folder().string()));
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(refused.text, "error: --output: holds one program, allowed is one --variant\n");
  EXPECT_FALSE(std::filesystem::exists(folder()));
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
