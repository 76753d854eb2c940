// Programs as they lie in DRAM: read back and carried out from there they make what golden
// inference makes, in every order that is allowed; what is wrong in them is refused with the code
// that the sheet has for it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "generator/error.h"
#include "sim/accelerator/encoding.h"
#include "sim/system/emit.h"
#include "sim/system/image.h"
#include "sim/system/interpreter.h"
#include "tests/accelerator/made_image.h"
#include "tests/accelerator/random_moves.h"

namespace rowcast::accelerator {
namespace {

Memories noise(const AcceleratorConfig& config, uint64_t seed) {
  Random random(seed);
  Memories memories(config);
  fill_with_noise(memories, random);
  return memories;
}

// One of the units that can go on: any, or the first of `order` that can.
Choice any(std::mt19937_64& random) {
  return [&](std::span<const Part> ready) { return ready[random() % ready.size()]; };
}
Choice first_of(std::array<Part, 3> order) {
  return [order](std::span<const Part> ready) {
    return *std::ranges::find_if(
        order, [&](Part unit) { return std::ranges::find(ready, unit) != ready.end(); });
  };
}

void expect_golden(const Made& made, std::span<const uint8_t> region) {
  int outputs = 0;
  for (const TensorPlace& place : made.image.tensors) {
    const Tensor& tensor = made.program.tensors[static_cast<size_t>(place.tensor)];
    if (place.role == Role::kInput) continue;
    outputs += place.role == Role::kOutput;
    const Comparison found =
        compare_stored(tensor, made.config.lanes(), words_of(place, region, made.config),
                       made.golden.words[static_cast<size_t>(tensor.node)]);
    EXPECT_EQ(found.mismatches, 0) << tensor.name << ": " << found.first;
  }
  EXPECT_GT(outputs, 0);
}

TEST(Image, of_random_networks_makes_golden_s_words_in_every_order) {
  const uint64_t seed = std::random_device{}();
  fmt::print("seed {}\n", seed);  // of a crash, too
  std::fflush(stdout);
  for (int i = 0; i < 60; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, network {}", seed, i));
    std::mt19937_64 random(seed + static_cast<uint64_t>(i));
    constexpr int kWidths[] = {8, 8, 5, 12, 16};
    const Made of = made(random, kWidths[random() % std::size(kWidths)]);
    const std::vector<Choice> choices = {any(random), any(random),
                                         first_of({Part::kLoad, Part::kMove, Part::kStore}),
                                         first_of({Part::kStore, Part::kMove, Part::kLoad}),
                                         first_of({Part::kMove, Part::kLoad, Part::kStore})};
    for (const Choice& choice : choices) {
      Bytes region = region_of(of.image, of.program, of.config);
      const Bytes before = region;
      Memories memories = noise(of.config.accelerator, random());
      const Launch& launch = of.image.launch;
      const Outcome outcome = interpret(launch, of.config, 0x4000, region, memories, choice);
      ASSERT_EQ(outcome.code, 0u) << "unit " << static_cast<int>(outcome.unit) << ", index "
                                  << outcome.index;
      EXPECT_THAT(outcome.finished, testing::ElementsAre(launch.loads.count, launch.moves.count,
                                                         launch.stores.count));
      EXPECT_TRUE(std::equal(before.begin(), before.begin() + launch.writable, region.begin()));
      expect_golden(of, region);
    }
    if (HasFailure()) return;
  }
}

TEST(Image, begins_with_what_the_driver_needs) {
  std::mt19937_64 random(1);
  const Made of = made(random);
  const Bytes& bytes = of.image.bytes;
  EXPECT_EQ(word_at(bytes, 0), kImageMagic);
  EXPECT_EQ(word_at(bytes, 4), program_hash(of.config.accelerator));
  EXPECT_EQ(word_at(bytes, 8), bytes.size());
  ASSERT_EQ(header_words().size(), kLaunch + of.image.launch.words().size());
  // As the registers lie, so that a driver copies them.
  for (size_t i = 0; i < of.image.launch.words().size(); ++i) {
    EXPECT_EQ(word_at(bytes, 4 * (kLaunch + i)), of.image.launch.words()[i]);
    EXPECT_EQ(offset_of(header_words()[kLaunch + i].name), offset_of("SIZE") + 4 * i);
  }
}

TEST(Image, has_every_place_once_and_aligned) {
  const uint64_t seed = std::random_device{}();
  for (int i = 0; i < 100; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, network {}", seed, i));
    std::mt19937_64 random(seed + static_cast<uint64_t>(i));
    const Made of = made(random, 16);
    const Launch& launch = of.image.launch;
    uint64_t end = of.image.bytes.size();
    const uint32_t line = static_cast<uint32_t>(of.config.line_bytes());
    bool writable = false;
    for (const TensorPlace& place : of.image.tensors) {
      EXPECT_EQ(place.offset % std::max(64u, line), 0u);
      EXPECT_GE(place.offset, end);
      end = uint64_t{place.offset} + place.bytes;
      EXPECT_EQ(place.role != Role::kInput, place.offset >= launch.writable);
      writable = writable || place.role != Role::kInput;
    }
    EXPECT_LE(end, launch.size);
    EXPECT_TRUE(writable);
    for (const ListPlace& list : {launch.loads, launch.moves, launch.stores})
      EXPECT_EQ(list.offset % kBlockBytes, 0u);
  }
}

TEST(Image, has_equal_constants_once) {
  Program program;
  program.config = default_config({.rows = 4, .cols = 4});
  const std::vector<int16_t> words = {1, 2, 3, 4, 5, 6, 7, 8};
  for (int i = 0; i < 3; ++i)
    program.loads.push_back({.memory = Memory::kW, .base = 2 * i, .depth = 2, .words = words});
  program.loads.back().words[7] = 9;
  const Image image = image_of(program, {program.config});
  const std::vector<LoadInstruction>& loads = image.instructions.loads;
  EXPECT_EQ(loads[0].offset, loads[1].offset);
  EXPECT_EQ(loads[2].offset, loads[0].offset + 64);
  // Lane i of address a is word [i][a].
  EXPECT_EQ(image.bytes[loads[0].offset], 1);
  EXPECT_EQ(image.bytes[loads[0].offset + 1], 3);
  EXPECT_EQ(image.bytes[loads[0].offset + 8], 2);
}

TEST(Image, is_refused_where_32_bits_do_not_address_it) {
  Program program;
  program.config = default_config({.rows = 32, .cols = 32});
  program.tensors.push_back(
      {.name = "huge", .dram = true, .channels = 1 << 20, .height = 4, .width = 1100});
  program.tensors.back().ring = program.tensors.back().pixels();
  try {
    image_of(program, {program.config});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "program: 4630511744 bytes of DRAM, rc_accel takes at most 4294967295");
  }
}

// ---------------------------------------------------------------- instructions

TEST(Instructions, are_the_same_when_they_are_read_back) {
  Random random(5);
  const AcceleratorConfig config = default_config({.rows = 8, .cols = 8});
  for (int i = 0; i < 200; ++i) {
    const MoveInstruction move{random_move(random, config),
                               static_cast<uint32_t>(random()) & 0xffffff,
                               static_cast<uint32_t>(random()) & 0xffffff};
    const Bytes bytes = bytes_of(std::span(&move, 1));
    ASSERT_EQ(bytes.size(), 128u);
    const MoveInstruction again = move_at(bytes);
    EXPECT_EQ(encode(again.move), encode(move.move));
    EXPECT_EQ(again.loads, move.loads);
    EXPECT_EQ(again.stores, move.stores);
  }
  bool reserved = true;
  const LoadInstruction load{1, 2, 3, 4, 5, 6};
  const Bytes bytes = bytes_of(std::span(&load, 1));
  EXPECT_EQ(bytes.size(), 128u);
  const LoadInstruction again = load_at(bytes, reserved);
  EXPECT_FALSE(reserved);
  EXPECT_THAT(
      (std::array{again.memory, again.base, again.count, again.offset, again.moves, again.stores}),
      testing::ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Instructions, of_a_move_have_signed_clamps) {
  MoveInstruction move;
  move.move.results.low = -128;
  move.move.results.high = 127;
  const MoveInstruction again = move_at(bytes_of(std::span(&move, 1)));
  EXPECT_EQ(again.move, move.move);
}

// ---------------------------------------------------------------- what is wrong

struct Wrong {
  const char* name;
  Part unit;
  uint32_t code;
  // Changes a program that is good; says the number of the instruction that is wrong then.
  uint32_t (*spoil)(Image& image, const SystemConfig& config);
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

template <int Word>
uint32_t load_word(Image& image, uint32_t value) {
  const uint32_t at = image.launch.loads.count / 2;
  set_word(image.bytes, image.launch.loads.offset + at * 32 + 4 * Word, value);
  return at;
}
template <int Word>
uint32_t store_word(Image& image, uint32_t value) {
  set_word(image.bytes, image.launch.stores.offset + 4 * Word, value);
  return 0;
}

const Wrong kWrong[] = {
    {"load_of_no_memory", Part::kLoad, 3,
     [](Image& i, const SystemConfig&) { return load_word<0>(i, 6); }},
    {"load_with_a_reserved_bit", Part::kLoad, 3,
     [](Image& i, const SystemConfig&) { return load_word<7>(i, 1u << 31); }},
    {"load_of_nothing", Part::kLoad, 1,
     [](Image& i, const SystemConfig&) { return load_word<2>(i, 0); }},
    {"load_off_a_line", Part::kLoad, 4,
     [](Image& i, const SystemConfig&) { return load_word<3>(i, 4); }},
    {"load_from_behind_the_region", Part::kLoad, 4,
     [](Image& i, const SystemConfig&) { return load_word<3>(i, i.launch.size); }},
    {"load_across_the_region_s_end", Part::kLoad, 4,
     [](Image& i, const SystemConfig&) { return load_word<2>(i, UINT32_MAX); }},
    {"load_to_no_address", Part::kLoad, 2,
     [](Image& i, const SystemConfig&) { return load_word<1>(i, 1u << 20); }},
    {"load_that_waits_for_ever", Part::kControl, 12,
     [](Image& i, const SystemConfig&) { return load_word<4>(i, UINT32_MAX), 0u; }},
    {"store_of_w", Part::kStore, 3,
     [](Image& i, const SystemConfig&) { return store_word<0>(i, 2); }},
    {"store_with_a_reserved_bit", Part::kStore, 3,
     [](Image& i, const SystemConfig&) { return store_word<6>(i, 1); }},
    {"store_of_nothing", Part::kStore, 1,
     [](Image& i, const SystemConfig&) { return store_word<2>(i, 0); }},
    {"store_from_no_address", Part::kStore, 2,
     [](Image& i, const SystemConfig&) { return store_word<1>(i, UINT32_MAX); }},
    {"store_where_it_must_not_write", Part::kStore, 4,
     [](Image& i, const SystemConfig& c) {
       return store_word<3>(i, i.launch.writable - static_cast<uint32_t>(c.line_bytes()));
     }},
    {"store_behind_the_region", Part::kStore, 4,
     [](Image& i, const SystemConfig&) { return store_word<3>(i, i.launch.size); }},
    {"store_off_a_line", Part::kStore, 4,
     [](Image& i, const SystemConfig&) { return store_word<3>(i, i.launch.writable + 2); }},
    {"store_that_waits_for_ever", Part::kControl, 12,
     [](Image& i, const SystemConfig&) { return store_word<5>(i, UINT32_MAX); }},
    {"loads_off_a_block", Part::kLoad, 11,
     [](Image& i, const SystemConfig&) { return i.launch.loads.offset += 32, 0u; }},
    {"moves_behind_the_region", Part::kMove, 11,
     [](Image& i, const SystemConfig&) { return i.launch.moves.offset = i.launch.size, 0u; }},
    {"more_stores_than_are_counted", Part::kStore, 11,
     [](Image& i, const SystemConfig&) { return i.launch.stores.count = 1u << 24, 0u; }},
    {"a_move_of_no_runs", Part::kMove, 1,
     [](Image& i, const SystemConfig&) {
       MoveInstruction move = move_at(std::span(i.bytes).subspan(i.launch.moves.offset, 128));
       move.move.runs = 0;
       std::ranges::copy(bytes_of(std::span(&move, 1)), i.bytes.begin() + i.launch.moves.offset);
       return 0u;
     }},
};

class WrongImage : public testing::TestWithParam<Wrong> {};
INSTANTIATE_TEST_SUITE_P(Of, WrongImage, testing::ValuesIn(kWrong),
                         [](const auto& info) { return info.param.name; });

TEST_P(WrongImage, is_refused_with_its_code_and_writes_nowhere_else) {
  const uint64_t seed = std::random_device{}();
  for (int i = 0; i < 5; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, network {}", seed, i));
    std::mt19937_64 random(seed + static_cast<uint64_t>(i));
    Made of = made(random);
    const uint32_t index = GetParam().spoil(of.image, of.config);
    Bytes region = region_of(of.image, of.program, of.config);
    const Bytes before = region;
    Memories memories = noise(of.config.accelerator, 1);
    const Outcome outcome = interpret(of.image.launch, of.config, 0, region, memories, any(random));
    EXPECT_EQ(outcome.unit, GetParam().unit);
    EXPECT_EQ(outcome.code, GetParam().code);
    EXPECT_EQ(outcome.index, index);
    EXPECT_TRUE(
        std::equal(before.begin(), before.begin() + of.image.launch.writable, region.begin()));
  }
}

TEST(WrongImage, at_an_address_of_no_page_is_refused) {
  std::mt19937_64 random(3);
  Made of = made(random);
  Bytes region = region_of(of.image, of.program, of.config);
  Memories memories(of.config.accelerator);
  const Outcome outcome =
      interpret(of.image.launch, of.config, 0x1800, region, memories, any(random));
  EXPECT_EQ(outcome.unit, Part::kControl);
  EXPECT_EQ(outcome.code, 1u);
}

TEST(WrongImage, of_half_a_beat_is_refused) {
  std::mt19937_64 random(4);
  Made of = made(random);
  Bytes region = region_of(of.image, of.program, of.config);
  Memories memories(of.config.accelerator);
  of.image.launch.size -= 32;
  const Outcome outcome = interpret(of.image.launch, of.config, 0, region, memories, any(random));
  EXPECT_EQ(outcome.unit, Part::kControl);
  EXPECT_EQ(outcome.code, 1u);
}

TEST(WrongImage, with_any_bits_flipped_ends_and_writes_only_where_it_may) {
  const uint64_t seed = std::random_device{}();
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, network {}", seed, i));
    std::mt19937_64 random(seed + static_cast<uint64_t>(i));
    const Made of = made(random);
    const Launch& launch = of.image.launch;
    for (int trial = 0; trial < 20; ++trial) {
      Bytes region = region_of(of.image, of.program, of.config);
      const uint32_t first = launch.loads.offset,
                     end = launch.stores.offset + launch.stores.count * kTransferBytes;
      const uint64_t bit = random() % (uint64_t{end - first} * 8);
      region[first + bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
      const Bytes before = region;
      Memories memories = noise(of.config.accelerator, random());
      const Outcome outcome = interpret(launch, of.config, 0, region, memories, any(random));
      refused += outcome.code != 0;
      EXPECT_TRUE(std::equal(before.begin(), before.begin() + launch.writable, region.begin()));
    }
  }
  EXPECT_GT(refused, 20);
}

}  // namespace
}  // namespace rowcast::accelerator
