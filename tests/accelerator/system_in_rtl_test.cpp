// Random programs in rc_accel's RTL: every word of memories and DRAM as the executor has it, every
// count of cycles as the model says; with a memory that stalls at random too.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "sim/machine/device.h"
#include "sim/machine/network_run.h"
#include "sim/system/registers.h"
#include "sim/system/timing.h"
#include "tests/accelerator/differences.h"
#include "tests/accelerator/random_programs.h"

namespace rowcast::accelerator {

void PrintTo(const SystemCycles& cycles, std::ostream* out) {
  const auto unit = [](const UnitCycles& of) {
    return fmt::format("{}/{}/{}", of.busy, of.token, of.memory);
  };
  *out << fmt::format("{} cycles; load {}, move {}, store {}; beats {} {} {}", cycles.cycles,
                      unit(cycles.load), unit(cycles.move), unit(cycles.store),
                      cycles.beats_fetched, cycles.beats_loaded, cycles.beats_stored);
}

namespace {

struct Case {
  int lanes;
  View view;
  int axi_data_width;
  int data_width = 8, axi_address_width = 32, tables = 0;
  SystemConfig config() const {
    return {.accelerator = {.array = {.rows = lanes,
                                      .cols = lanes,
                                      .data_width = data_width,
                                      .weight_width = data_width,
                                      .max_reduction = 200},
                            .a_depth = 500,
                            .b_depth = 301,
                            .w_depth = 700,
                            .q_depth = 9,
                            .s_depth = 77,
                            .tables = tables},
            .axi_data_width = axi_data_width,
            .axi_address_width = axi_address_width};
  }
};

std::string name_of(const Case& c) {
  return fmt::format(
      "n{}_{}_axi_{}{}{}{}", c.lanes, to_string(c.view), c.axi_data_width,
      c.data_width == 8 ? "" : fmt::format("_{}_bits", c.data_width),
      c.axi_address_width == 32 ? "" : fmt::format("_{}_address", c.axi_address_width),
      c.tables == 0 ? "" : fmt::format("_{}_tables", c.tables));
}
void PrintTo(const Case& c, std::ostream* out) { *out << name_of(c); }

class System : public testing::TestWithParam<Case> {
 protected:
  System() : config_(GetParam().config()), code_(DeviceCode::build(config_, GetParam().view, {})) {}

  void programs(int count, int most_items, uint64_t seed) {
    for (int i = 0; i < count; ++i, ++seed) {
      SCOPED_TRACE(fmt::format("seed {}", seed));
      program(seed, most_items);
      if (HasFatalFailure()) return;
    }
  }

  void program(uint64_t seed, int most_items) {
    Random random(seed);
    const RandomProgram program = random_program(random, config_, between(random, 1, most_items));
    const uint64_t base = 4096 * static_cast<uint64_t>(between(random, 0, 1000)) +
                          (GetParam().axi_address_width > 32 ? uint64_t{1} << 32 : 0);
    DramTiming timing{.fixed = {between(random, 1, 60), between(random, 1, 60),
                                between(random, 0, 2) == 0 ? between(random, 2, 4) : 1},
                      .stalls = between(random, 0, 2) == 0 ? between(random, 1, 70) : 0,
                      .seed = seed};
    Dram dram(config_, base, program.placed.bytes.size(), timing);
    dram.bytes() = program.placed.bytes;
    Device device(code_, dram, static_cast<uint32_t>(seed));
    device.write(program.before);
    start(device, base, program.placed.launch);
    const int64_t limit = device.cycles() + 2000000;
    while (!device.outputs().irq) {
      device.step();
      ASSERT_LT(device.cycles(), limit) << "no end";
    }
    ASSERT_EQ(device.read_register(offset_of("STATUS")), kDone)
        << "index " << device.read_register(offset_of("ERROR_INDEX"));
    ASSERT_TRUE(dram.idle());
    ASSERT_EQ(difference(device.read(), program.after), "");
    for (size_t i = 0; i < dram.bytes().size(); ++i)
      ASSERT_EQ(dram.bytes()[i], program.bytes_after[i]) << "byte " << i << " of DRAM";
    const SystemCycles got = counted(device);
    const SystemTimes wanted = times_of(program.instructions, config_, timing.fixed);
    ASSERT_EQ(got.beats_fetched + got.beats_loaded, dram.read_beats());
    ASSERT_EQ(got.beats_stored, dram.write_beats());
    ASSERT_EQ(got.beats_fetched, wanted.counted.beats_fetched);
    ASSERT_EQ(got.beats_loaded, wanted.counted.beats_loaded);
    ASSERT_EQ(got.beats_stored, wanted.counted.beats_stored);
    if (timing.stalls == 0) {
      ASSERT_EQ(got, wanted.counted);
    }
  }

  SystemConfig config_;
  std::shared_ptr<const DeviceCode> code_;
};

TEST_P(System, RandomProgramsMakeWhatTheExecutorMakesInTheModelsCycles) { programs(700, 25, 1); }

INSTANTIATE_TEST_SUITE_P(, System,
                         testing::Values(Case{4, View::kStructural, 32},
                                         Case{5, View::kVector, 128, 8, 32, 2},
                                         Case{7, View::kVector, 64, 16, 40}),
                         [](const auto& c) { return name_of(c.param); });

// Minutes: lines of many beats, beats of many lines, other widths.
INSTANTIATE_TEST_SUITE_P(
    Campaign, System,
    testing::Values(Case{6, View::kVector, 256, 8, 32, 15}, Case{8, View::kStructural, 512},
                    Case{13, View::kVector, 128}, Case{4, View::kStructural, 64, 4, 32, 3},
                    Case{8, View::kVector, 32, 8, 64}, Case{16, View::kVector, 512, 12, 32, 1},
                    Case{16, View::kStructural, 32, 16, 33}),
    [](const auto& c) { return name_of(c.param); });

}  // namespace
}  // namespace rowcast::accelerator
