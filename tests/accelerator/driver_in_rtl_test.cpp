// The C driver before the verilated accelerator: from a picture to golden's scores through AXI.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "driver/rc_accel.h"
#include "generator/error.h"
#include "sim/machine/device.h"
#include "sim/system/program_header.h"
#include "tests/accelerator/made_image.h"
#include "tests/accelerator/random_networks.h"

namespace rowcast::accelerator {
namespace {

constexpr uint64_t kAddress = 0x1'4000'0000;

rc_tensor c_tensor(const TensorPlace& place, const Made& made) {
  std::vector<uint32_t> numbers;
  for (const auto& [name, value] : tensor_fields(place, made.program, made.network, made.config))
    numbers.push_back(value);
  EXPECT_EQ(numbers.size() * sizeof(uint32_t), sizeof(rc_tensor));
  rc_tensor tensor{};
  std::memcpy(&tensor, numbers.data(), sizeof tensor);
  return tensor;
}

rc_accel driver_of(Device& device) {
  return {
      .read = [](void* device,
                 uint32_t offset) { return static_cast<Device*>(device)->read_register(offset); },
      .write = [](void* device, uint32_t offset,
                  uint32_t value) { static_cast<Device*>(device)->write_register(offset, value); },
      .pause =
          [](void* device) {
            auto* const running = static_cast<Device*>(device);
            for (int i = 0; i < 1000 && !running->outputs().irq; ++i) running->step();
          },
      .context = &device};
}

class DriverInRtl : public testing::Test {
 protected:
  DriverInRtl() {
    config_ = {.accelerator = default_config({.rows = 5, .cols = 5}), .axi_address_width = 40};
    config_.accelerator.a_depth = 2000;
    config_.accelerator.b_depth = 1000;
    config_.accelerator.w_depth = 600;
    config_.accelerator.q_depth = 60;
    config_.accelerator.s_depth = 200;
    code_ = DeviceCode::build(config_, View::kVector, {});
  }
  // A random network that fits.
  Made network(std::mt19937_64& random) {
    for (;;) {
      Made of{.config = config_, .network = random_network(random)};
      of.golden = golden_of(of.network, config_.accelerator.array, random());
      try {
        of.program = compile(of.network, of.golden.values, config_.accelerator);
      } catch (const InputError&) {
        continue;
      }
      of.image = image_of(of.program, config_);
      return of;
    }
  }
  SystemConfig config_;
  std::shared_ptr<const DeviceCode> code_;
};

TEST_F(DriverInRtl, runs_networks_from_their_pictures_to_golden_s_scores) {
  const uint64_t seed = std::random_device{}();
  for (int i = 0; i < 12; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, network {}", seed, i));
    std::mt19937_64 random(seed + static_cast<uint64_t>(i));
    const Made of = network(random);
    const Bytes& image = of.image.bytes;
    Dram dram(config_, kAddress, of.image.launch.size, {.stalls = i % 3 * 20, .seed = seed});
    Device device(code_, dram, static_cast<uint32_t>(random()));
    const rc_accel driver = driver_of(device);
    std::vector<uint8_t>& region = dram.bytes();
    ASSERT_EQ(rc_load(&driver, image.data(), static_cast<uint32_t>(image.size()), region.data(),
                      static_cast<uint32_t>(region.size()), kAddress),
              RC_OK);
    const std::vector<int8_t> picture(of.golden.values.input.begin(), of.golden.values.input.end());
    for (const TensorPlace& place : of.image.tensors)
      if (const rc_tensor tensor = c_tensor(place, of); place.role == Role::kInput)
        rc_pack(&tensor, picture.data(), region.data());
    rc_interrupt_enable(&driver, 1);
    rc_fault fault{};
    rc_counters counters{};
    for (int again = 0; again < 2; ++again) {
      ASSERT_EQ(rc_start(&driver), RC_OK);
      ASSERT_EQ(rc_wait(&driver, 10000, &fault), RC_OK) << rc_fault_text(&fault);
      EXPECT_EQ(rc_interrupt_taken(&driver), 1);
      rc_read_counters(&driver, &counters);
      EXPECT_GT(counters.cycles, 0u);
      EXPECT_LE(counters.move_busy + counters.move_token + counters.move_memory, counters.cycles);
      for (const TensorPlace& place : of.image.tensors) {
        if (place.role != Role::kOutput) continue;
        const rc_tensor tensor = c_tensor(place, of);
        std::vector<int8_t> words(rc_words(&tensor));
        rc_unpack(&tensor, region.data(), words.data());
        const int node = of.program.tensors[static_cast<size_t>(place.tensor)].node;
        EXPECT_TRUE(std::ranges::equal(words, of.golden.words[static_cast<size_t>(node)]));
        std::fill_n(region.begin() + place.offset, place.bytes, 0x5a);
      }
    }
    if (HasFailure()) return;
  }
}

TEST_F(DriverInRtl, says_what_is_wrong_and_runs_the_next_program) {
  std::mt19937_64 random(7);
  Made of = network(random);
  Dram dram(config_, kAddress, of.image.launch.size, {});
  Device device(code_, dram, 1);
  const rc_accel driver = driver_of(device);
  const auto run = [&](rc_fault& fault) {
    const Bytes& image = of.image.bytes;
    EXPECT_EQ(rc_load(&driver, image.data(), static_cast<uint32_t>(image.size()),
                      dram.bytes().data(), static_cast<uint32_t>(dram.bytes().size()), kAddress),
              RC_OK);
    EXPECT_EQ(rc_start(&driver), RC_OK);
    return rc_wait(&driver, 10000, &fault);
  };
  rc_fault fault{};
  const uint32_t at = of.image.launch.stores.offset;
  const uint32_t count = word_at(of.image.bytes, at + 8);
  set_word(of.image.bytes, at + 8, 0);
  EXPECT_EQ(run(fault), RC_FAILED);
  EXPECT_STREQ(rc_unit_text(fault.unit), "store");
  EXPECT_STREQ(rc_fault_text(&fault), "a count of zero");
  EXPECT_EQ(fault.index, 0u);
  set_word(of.image.bytes, at + 8, count);
  EXPECT_EQ(run(fault), RC_OK);
  EXPECT_EQ(rc_start(&driver), RC_OK);
  EXPECT_EQ(rc_abort(&driver, 10000), RC_OK);
  EXPECT_EQ(rc_wait(&driver, 1, &fault), RC_FAILED);
  EXPECT_STREQ(rc_fault_text(&fault), "aborted");
}

}  // namespace
}  // namespace rowcast::accelerator
