// What goes wrong in rc_accel's RTL: errors of the bus, resets, aborts, instructions that no
// program may have, counts that never come. Each ends with a status that names it and an idle bus,
// and the next program runs as if nothing had been.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "sim/machine/device.h"
#include "sim/machine/network_run.h"
#include "sim/system/registers.h"
#include "sim/system/timing.h"
#include "tests/accelerator/differences.h"
#include "tests/accelerator/random_programs.h"

namespace rowcast::accelerator {
namespace {

SystemConfig config_of(int lanes, int axi_data_width) {
  return {.accelerator = {.array = {.rows = lanes, .cols = lanes, .max_reduction = 200},
                          .a_depth = 500,
                          .b_depth = 301,
                          .w_depth = 700,
                          .q_depth = 9,
                          .s_depth = 77},
          .axi_data_width = axi_data_width};
}

constexpr uint64_t kBase = 0x7000;
constexpr int kRoom = 1 << 17;  // bytes of the memory

struct Expected {
  uint32_t part, code;
  int64_t index = -1;  // not said
};

class Faults {
 public:
  Faults(const SystemConfig& config, View view, uint64_t seed)
      : config_(config),
        random_(seed),
        dram_(config, kBase, kRoom, {}),
        device_(DeviceCode::build(config, view, {}), dram_, 1) {}

  void one() {
    RandomProgram program = random_program(random_, config_, between(random_, 3, 14));
    dram_.bad_read = nullptr;
    dram_.bad_write = nullptr;
    dram_.pace({.fixed = {between(random_, 1, 50), between(random_, 1, 50)},
                .stalls = between(random_, 0, 1) * between(random_, 1, 60),
                .seed = random_()});
    switch (between(random_, 0, 7)) {
      case 0:
        read_error(program);
        break;
      case 1:
        write_error(program);
        break;
      case 2:
        reset_in(program);
        break;
      case 3:
        abort_in(program);
        break;
      case 4:
        bad_transfer(program);
        break;
      case 5:
        bad_move(program);
        break;
      case 6:
        never(program);
        break;
      case 7:
        bad_list(program);
        break;
    }
    if (testing::Test::HasFatalFailure()) return;
    ASSERT_TRUE(dram_.idle());
    good();
  }

 private:
  void put(const Placed& placed) {
    std::ranges::copy(placed.bytes, dram_.bytes().begin());
    start(device_, kBase, placed.launch);
  }
  bool ends(int64_t cycles) {
    for (int64_t last = device_.cycles() + cycles; device_.cycles() < last;) {
      if (device_.outputs().irq) return true;
      device_.step();
    }
    return false;
  }
  uint32_t status() {
    device_.write_register(offset_of("IRQ"), 1);
    return device_.read_register(offset_of("STATUS"));
  }
  void says(const Expected& expected) {
    ASSERT_TRUE(ends(1000000)) << "no end";
    const uint32_t got = status();
    ASSERT_EQ(got, kError | expected.part << 4 | expected.code << 8);
    if (expected.index >= 0) {
      ASSERT_EQ(device_.read_register(offset_of("ERROR_INDEX")), expected.index);
    }
  }
  Placed again(const RandomProgram& program, const Instructions& instructions) {
    std::vector<uint8_t> data(program.placed.bytes.begin(),
                              program.placed.bytes.begin() + program.placed.launch.loads.offset);
    return placed(instructions, std::move(data), program.placed.launch.writable);
  }

  void good() {
    dram_.bad_read = nullptr;
    dram_.bad_write = nullptr;
    dram_.pace({});
    const RandomProgram program = random_program(random_, config_, between(random_, 1, 6));
    device_.write(program.before);
    put(program.placed);
    ASSERT_TRUE(ends(1000000)) << "a good program behind it does not end";
    ASSERT_EQ(status(), kDone);
    ASSERT_EQ(difference(device_.read(), program.after), "");
    for (size_t i = 0; i < program.bytes_after.size(); ++i)
      ASSERT_EQ(dram_.bytes()[i], program.bytes_after[i]) << "byte " << i << " of DRAM";
    ASSERT_EQ(counted(device_).cycles, times_of(program.instructions, config_, {}).counted.cycles);
  }

  void read_error(const RandomProgram& program) {
    const int64_t beat = dram_.read_beats() + between(random_, 0, 300);
    dram_.bad_read = [beat](int64_t at) { return at == beat; };
    put(program.placed);
    ASSERT_TRUE(ends(1000000));
    const uint32_t got = status();
    if (dram_.read_beats() <= beat) {
      ASSERT_EQ(got, kDone);
      return;
    }
    const uint32_t part = got >> 4 & 15, code = got >> 8 & 15;
    ASSERT_EQ(got & 7, kError);
    const int64_t index = device_.read_register(offset_of("ERROR_INDEX"));
    const Launch& launch = program.placed.launch;
    if (code == 10) {
      ASSERT_TRUE(part == 1 || part == 2 || part == 3);
      ASSERT_LT(index, part == 1   ? launch.loads.count
                       : part == 2 ? launch.moves.count
                                   : launch.stores.count);
    } else {
      ASSERT_EQ(part, 1u);
      ASSERT_EQ(code, 5u);
      ASSERT_LT(index, launch.loads.count);
    }
  }

  void write_error(const RandomProgram& program) {
    const bool stores = !program.instructions.stores.empty();
    dram_.bad_write = [](int64_t) { return true; };
    put(program.placed);
    if (stores) {
      says({3, 5, 0});
    } else {
      ASSERT_TRUE(ends(1000000));
      ASSERT_EQ(status(), kDone);
    }
  }

  void reset_in(const RandomProgram& program) {
    put(program.placed);
    if (ends(between(random_, 0, 3000))) {
      ASSERT_EQ(status(), kDone);
      return;
    }
    device_.reset(between(random_, 1, 3));
    ASSERT_EQ(device_.read_register(offset_of("STATUS")), 0u);
    ASSERT_EQ(device_.read_register(offset_of("SIZE")), 0u);
  }

  void abort_in(const RandomProgram& program) {
    put(program.placed);
    if (ends(between(random_, 0, 3000))) {
      ASSERT_EQ(status(), kDone);
      return;
    }
    device_.write_register(offset_of("CONTROL"), kAbort);
    ASSERT_TRUE(ends(5000)) << "an abort is not obeyed";
    const uint32_t got = status();
    // It may have ended before.
    ASSERT_TRUE(got == (kError | 13u << 8) || got == kDone) << got;
  }

  void bad_transfer(const RandomProgram& program) {
    Instructions instructions = program.instructions;
    const bool load = instructions.stores.empty() || between(random_, 0, 1) == 0;
    if (load && instructions.loads.empty()) return;
    const int count =
        static_cast<int>(load ? instructions.loads.size() : instructions.stores.size());
    const int which = between(random_, 0, count - 1);
    LoadInstruction& bad_load = instructions.loads[load ? which : 0];
    StoreInstruction& bad_store = instructions.stores[load ? 0 : which];
    uint32_t& memory = load ? bad_load.memory : bad_store.memory;
    uint32_t& base = load ? bad_load.base : bad_store.base;
    uint32_t& length = load ? bad_load.count : bad_store.count;
    uint32_t& offset = load ? bad_load.offset : bad_store.offset;
    uint32_t code = 0;
    switch (between(random_, 0, 5)) {
      case 0:
        memory = (load ? 5u : 2u) + static_cast<uint32_t>(random_() % 1000);
        code = 3;
        break;
      case 1:
        length = 0;
        code = 1;
        break;
      case 2:
        base = static_cast<uint32_t>(between(random_, 700, 1 << 30));
        code = 2;
        break;
      case 3:
        offset += 1 + static_cast<uint32_t>(random_() % 7);
        code = 4;
        break;
      case 4:
        offset = 0xfffffff8u & ~static_cast<uint32_t>(config_.line_bytes() - 1);
        code = 4;
        break;
      case 5:
        offset = load ? static_cast<uint32_t>(kRoom) : 0u;
        code = 4;
        break;
    }
    put(again(program, instructions));
    says({load ? 1u : 3u, code, which});
  }

  void bad_move(const RandomProgram& program) {
    Instructions instructions = program.instructions;
    if (instructions.moves.empty()) return;
    const int which = between(random_, 0, static_cast<int>(instructions.moves.size()) - 1);
    MoveInstruction& move = instructions.moves[static_cast<size_t>(which)];
    const std::vector<Spoiled> spoiled = refused(move.move, config_.accelerator);
    move.move =
        spoiled[static_cast<size_t>(between(random_, 0, static_cast<int>(spoiled.size()) - 1))]
            .move;
    put(again(program, instructions));
    ASSERT_TRUE(ends(1000000));
    const uint32_t got = status();
    ASSERT_EQ(got & 0xff, kError | 2u << 4) << "status " << got;
    ASSERT_GE(got >> 8 & 15, 1u);
    ASSERT_LE(got >> 8 & 15, 5u);
    ASSERT_EQ(device_.read_register(offset_of("ERROR_INDEX")), static_cast<uint32_t>(which));
  }

  void never(const RandomProgram& program) {
    Instructions instructions = program.instructions;
    const uint32_t far = between(random_, 0, 1) ? 0xffffffu : 1000u;
    if (!instructions.loads.empty() && between(random_, 0, 1))
      instructions.loads[random_() % instructions.loads.size()].moves = far;
    else if (!instructions.moves.empty())
      instructions.moves[random_() % instructions.moves.size()].loads = far;
    else if (!instructions.stores.empty())
      instructions.stores.back().moves = far;
    else
      return;
    put(again(program, instructions));
    says({0, 12});
  }

  void bad_list(const RandomProgram& program) {
    Placed placed = program.placed;
    const int which = between(random_, 0, 2);
    ListPlace& list = which == 0   ? placed.launch.loads
                      : which == 1 ? placed.launch.moves
                                   : placed.launch.stores;
    switch (between(random_, 0, 2)) {
      case 0:
        list.offset += 64;
        break;
      case 1:
        list = {kRoom, 1};
        break;
      case 2:
        list.count = 1u << between(random_, 24, 31);
        break;
    }
    put(placed);
    says({which == 0 ? 1u : which == 1 ? 2u : 3u, 11});
  }

  const SystemConfig config_;
  Random random_;
  Dram dram_;
  Device device_;
};

struct Case {
  int lanes;
  View view;
  int axi_data_width, count;
  uint64_t seed;
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << fmt::format("n{}_{}_axi_{}", c.lanes, to_string(c.view), c.axi_data_width);
}

class SystemFaults : public testing::TestWithParam<Case> {};

TEST_P(SystemFaults, EndWithAStatusAnIdleBusAndAMachineThatGoesOn) {
  const Case& c = GetParam();
  Faults faults(config_of(c.lanes, c.axi_data_width), c.view, c.seed);
  for (int i = 0; i < c.count; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, fault {}", c.seed, i));
    faults.one();
    if (HasFatalFailure()) return;
  }
}

std::string name_of(const testing::TestParamInfo<Case>& c) {
  return fmt::format("n{}_{}_axi_{}", c.param.lanes, to_string(c.param.view),
                     c.param.axi_data_width);
}
INSTANTIATE_TEST_SUITE_P(, SystemFaults,
                         testing::Values(Case{5, View::kVector, 128, 6000, 1},
                                         Case{4, View::kStructural, 32, 5000, 2}),
                         name_of);
// Minutes: lines that are parts of a beat, other seeds.
INSTANTIATE_TEST_SUITE_P(Campaign, SystemFaults,
                         testing::Values(Case{5, View::kVector, 128, 6000, 3},
                                         Case{8, View::kVector, 512, 3000, 4},
                                         Case{4, View::kStructural, 32, 3000, 5}),
                         name_of);

}  // namespace
}  // namespace rowcast::accelerator
