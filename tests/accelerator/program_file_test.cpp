// Programs as files: what is read is what was written, and damaged ones are refused.
#include "sim/accelerator/program_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "generator/error.h"
#include "sim/accelerator/encoding.h"
#include "tests/accelerator/random_networks.h"
#include "tests/accelerator/replay.h"
#include "tests/random_layers.h"

namespace rowcast::accelerator {
namespace {

using nlohmann::ordered_json;

AcceleratorConfig config_of(int side) {
  ArrayConfig array;
  array.rows = array.cols = side;
  AcceleratorConfig config = default_config(array);
  config.tables = 2;
  return config;
}

struct Compiled {
  Golden golden;
  Program program;
};

Compiled compiled(uint64_t seed) {
  std::mt19937_64 random(seed);
  const Network network = random_network(random);
  const AcceleratorConfig config = config_of(5);
  Golden golden = golden_of(network, config.array, seed);
  Program program = compile(network, golden.values, config);
  return {std::move(golden), std::move(program)};
}

TEST(ProgramFile, what_is_read_is_what_was_written) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    const Compiled before = compiled(seed);
    const std::string text = program_text(before.program);
    const Program after = parse_program(text, "program.json");
    EXPECT_EQ(program_text(after), text);
    EXPECT_EQ(after.config, before.program.config);
    ASSERT_EQ(after.moves.size(), before.program.moves.size());
    for (size_t m = 0; m < after.moves.size(); ++m)
      EXPECT_EQ(encode(after.moves[m].move), encode(before.program.moves[m].move));
    EXPECT_EQ(replay(after, before.golden, kEarly), "");
  }
}

std::string refusal(const std::string& text) {
  try {
    parse_program(text, "p.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(ProgramFile, refuses_what_is_no_program_with_the_place_and_what_is_allowed) {
  const ordered_json good = ordered_json::parse(program_text(compiled(1).program));
  EXPECT_EQ(refusal("{"), "p.json: is no valid JSON, a program of the accelerator is needed");
  EXPECT_EQ(refusal("[]"), "p.json: is no object, allowed is one");
  ordered_json bad = good;
  bad["format"] = "2";
  EXPECT_EQ(refusal(bad.dump()), "p.json: format: '2', allowed is 'rowcast accelerator program 2'");
  bad = good;
  bad["moves"][0]["move"]["runs"] = 0;
  EXPECT_THAT(refusal(bad.dump()), testing::StartsWith("p.json: move 0: runs: 0 is out of range"));
  bad = good;
  bad["moves"][0]["move"]["frobs"] = 0;
  EXPECT_EQ(refusal(bad.dump()), "p.json: move 0: frobs: is not known");
  bad = good;
  bad["loads"][0]["words"] = {1, 2, 3};
  EXPECT_THAT(refusal(bad.dump()), testing::HasSubstr("words: 3 numbers, allowed is none, or "));
  bad = good;
  bad["tensors"][0]["memory"] = "D";
  EXPECT_EQ(refusal(bad.dump()),
            "p.json: tensor 0: memory: 'D' is not known, allowed are A, B, W, Q, S, T");
  bad = good;
  bad["stores"][0]["line"] = 1000000;
  EXPECT_THAT(refusal(bad.dump()), testing::HasSubstr("p.json: store 0: line: "));
  bad = good;
  bad["loads"][0]["tensor"] = good["tensors"].size();
  EXPECT_EQ(refusal(bad.dump()), "p.json: load 0: tensor: is none in DRAM");
  bad = good;
  bad["loads"][0]["after"] = good["moves"].size();
  EXPECT_EQ(refusal(bad.dump()),
            fmt::format("p.json: wait for each other: 0 of {} loads, 0 of {} moves and 0 of {} "
                        "stores can be carried out",
                        good["loads"].size(), good["moves"].size(), good["stores"].size()));
  bad = good;
  bad["configuration"]["rows"] = 4;
  EXPECT_THAT(refusal(bad.dump()), testing::StartsWith("p.json: configuration: array: "));
}

// Numbers and keys changed at random: read or refused, and what is read can be executed or says why
// not.
TEST(ProgramFile, damaged_files_are_refused_or_read_and_nothing_else) {
  const uint64_t seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const Compiled whole = compiled(2);
  const std::string text = program_text(whole.program);
  int refused = 0;
  constexpr int kFiles = 400;
  for (int i = 0; i < kFiles; ++i) {
    std::string damaged = text;
    for (int changes = random_in(random, 1, 3); changes > 0; --changes) {
      const auto at = static_cast<size_t>(random() % damaged.size());
      damaged[at] = static_cast<char>(random_in(random, 32, 126));
    }
    try {
      const Program program = parse_program(damaged, "p.json");
      replay(program, whole.golden, kLate);
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, kFiles / 10);
}

}  // namespace
}  // namespace rowcast::accelerator
