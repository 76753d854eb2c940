// The verilated accelerator as the host meets it: its memories from behind and by its ports.
#include "sim/machine/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/accelerator/random_moves.h"
#include "tests/names.h"

namespace rowcast::accelerator {
namespace {

constexpr int kLanes = 4;

AcceleratorConfig small() {
  return {.array = {.rows = kLanes, .cols = kLanes, .max_reduction = 20},
          .a_depth = 33,
          .b_depth = 19,
          .w_depth = 40,
          .q_depth = 5,
          .s_depth = 21,
          .tables = 3};
}

class OpenMemories : public testing::TestWithParam<View> {
 protected:
  std::shared_ptr<const ModelCode> code_ = ModelCode::build(small(), GetParam(), {});
};
INSTANTIATE_TEST_SUITE_P(Of, OpenMemories, testing::Values(View::kStructural, View::kVector),
                         [](const auto& info) { return std::string(to_string(info.param)); });

void expect_equal(const Memories& got, const Memories& wanted) {
  EXPECT_EQ(got.a.words, wanted.a.words);
  EXPECT_EQ(got.b.words, wanted.b.words);
  EXPECT_EQ(got.w.words, wanted.w.words);
  EXPECT_EQ(got.q.words, wanted.q.words);
  EXPECT_EQ(got.s.words, wanted.s.words);
  EXPECT_EQ(got.tables.words, wanted.tables.words);
}

TEST_P(OpenMemories, hold_what_was_written_through_cycles_and_resets) {
  Random random(1);
  Memories memories(small());
  fill_with_noise(memories, random);
  Model model(code_, 1);
  model.write(memories);
  expect_equal(model.read(), memories);
  for (int cycle = 0; cycle < 50; ++cycle) model.step({});
  model.reset();
  expect_equal(model.read(), memories);
}

TEST_P(OpenMemories, are_each_model_s_own_whichever_goes_first) {
  Random random(2);
  Memories memories(small()), others(small());
  fill_with_noise(memories, random);
  fill_with_noise(others, random);
  for (const bool first_goes_first : {true, false}) {
    auto first = std::make_unique<Model>(code_, 1), second = std::make_unique<Model>(code_, 2);
    first->write(memories);
    second->write(others);
    expect_equal(first->read(), memories);
    expect_equal(second->read(), others);
    (first_goes_first ? first : second).reset();
    Model& left = first_goes_first ? *second : *first;
    left.step({});
    expect_equal(left.read(), first_goes_first ? others : memories);
  }
}

TEST_P(OpenMemories, are_random_before_anything_is_written) {
  const Memories one = Model(code_, 1).read(), again = Model(code_, 1).read(),
                 other = Model(code_, 2).read();
  EXPECT_EQ(one.a.words, again.a.words);
  EXPECT_NE(one.a.words, other.a.words);
}

TEST_P(OpenMemories, are_what_the_load_port_writes) {
  Random random(3);
  Memories memories(small());
  fill_with_noise(memories, random);
  Model model(code_, 1);
  model.write(memories);
  for (int i = 0; i < 200; ++i) {
    const Memory memory = static_cast<Memory>(between(random, 0, 2));
    const int address = between(random, 0, depth_of(small(), memory) - 1);
    const auto lanes = static_cast<uint8_t>(between(random, 0, (1 << kLanes) - 1));
    uint8_t data[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) {
      data[lane] = static_cast<uint8_t>(random());
      if (lanes >> lane & 1)
        memories.words(memory).at(lane, address) = static_cast<int8_t>(data[lane]);
    }
    ShimInputs inputs{};
    inputs.load_valid = true;
    inputs.load_memory = static_cast<uint32_t>(memory);
    inputs.load_address = static_cast<uint32_t>(address);
    inputs.load_lanes = &lanes;
    inputs.load_data = data;
    ASSERT_TRUE(model.outputs().load_ready);
    model.step(inputs);
  }
  model.step({});
  expect_equal(model.read(), memories);
}

TEST_P(OpenMemories, are_what_the_scale_port_writes) {
  Random random(4);
  Memories memories(small());
  fill_with_noise(memories, random);
  Model model(code_, 1);
  model.write(memories);
  for (int i = 0; i < 100; ++i) {
    Memories values(small());
    fill_with_noise(values, random);
    const ChannelScale scale = values.s.at(0, 0);
    ShimInputs inputs{};
    inputs.scale_valid = true;
    inputs.scale_rows = between(random, 0, 1) == 1;
    inputs.scale = static_cast<uint64_t>(scale.post) << 46 |
                   static_cast<uint64_t>(scale.pre) << 40 |
                   static_cast<uint64_t>(scale.scale) << 32 | static_cast<uint32_t>(scale.bias);
    const auto lanes = static_cast<uint8_t>(between(random, 0, (1 << kLanes) - 1));
    inputs.scale_lanes = &lanes;
    Bank<ChannelScale>& bank = inputs.scale_rows ? memories.s : memories.q;
    const int address = between(random, 0, bank.depth - 1);
    inputs.scale_address = static_cast<uint32_t>(address);
    for (int lane = 0; lane < bank.lanes; ++lane)
      if (inputs.scale_rows || (lanes >> lane & 1)) bank.at(lane, address) = scale;
    model.step(inputs);
  }
  model.step({});
  expect_equal(model.read(), memories);
}

// Of all lanes: each shows by results that go through it, see moves_in_rtl_test.cpp.
TEST_P(OpenMemories, are_what_the_table_port_writes) {
  Random random(6);
  Memories memories(small());
  fill_with_noise(memories, random);
  Model model(code_, 1);
  model.write(memories);
  for (int i = 0; i < 300; ++i) {
    const int address = between(random, 0, memories.tables.depth - 1);
    const int word = between(random, -128, 127);
    ShimInputs inputs{};
    inputs.table_valid = between(random, 0, 3) > 0;
    inputs.table_address = static_cast<uint32_t>(address);
    inputs.table_data = static_cast<uint8_t>(word);
    if (inputs.table_valid) memories.tables.at(0, address) = static_cast<int16_t>(word);
    model.step(inputs);
  }
  model.step({});
  expect_equal(model.read(), memories);
}

TEST_P(OpenMemories, are_what_the_read_port_shows) {
  Random random(5);
  Memories memories(small());
  fill_with_noise(memories, random);
  Model model(code_, 1);
  model.write(memories);
  for (int i = 0; i < 200; ++i) {
    ShimInputs inputs{};
    inputs.read_valid = true;
    inputs.read_memory = between(random, 0, 1) == 1;
    const Bank<int16_t>& bank = inputs.read_memory ? memories.b : memories.a;
    const int address = between(random, 0, bank.depth - 1);
    inputs.read_address = static_cast<uint32_t>(address);
    ASSERT_TRUE(model.outputs().read_ready);
    EXPECT_FALSE(model.step(inputs).read_done);
    const ShimOutputs& outputs = model.step({});
    ASSERT_TRUE(outputs.read_done);
    for (int lane = 0; lane < kLanes; ++lane)
      ASSERT_EQ(static_cast<int8_t>(outputs.read_data[lane]), bank.at(lane, address));
  }
}

}  // namespace
}  // namespace rowcast::accelerator
