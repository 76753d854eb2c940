// The C driver: every tool takes it without a word, its constants are the table's, and before a
// machine that is an interpreter it runs programs and says what is wrong.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <sstream>

#include "driver/rc_accel.h"
#include "generator/files.h"
#include "sim/system/driver.h"
#include "sim/system/emit.h"
#include "sim/system/interpreter.h"
#include "sim/system/program_header.h"
#include "tests/accelerator/made_image.h"
#include "tests/shell.h"

namespace rowcast::accelerator {
namespace {

using testing::HasSubstr;

// ---------------------------------------------------------------- as C

TEST(Driver, has_the_table_s_registers) {
  EXPECT_EQ(read_file(source_path("rtl_templates/driver/rc_registers.h")), driver_registers())
      << "the table has changed: write driver_registers() to that file";
}

test::CommandResult compile(const std::string& compiler) {
  const TempFolder folder;
  const std::string source = test::quoted(source_path("rtl_templates/driver/rc_accel.c").string());
  test::CommandResult result = test::run_command(
      compiler + " -std=c99 -Wall -Wextra -Wconversion -Wpedantic -Werror -c -o driver.o " + source,
      folder.path());
  if (result.status == 0) result.text += test::run_command("nm -u driver.o", folder.path()).text;
  return result;
}

TEST(Driver, compiles_as_c99_without_a_warning_and_calls_nothing) {
  for (const char* options :
       {"gcc -O2", "gcc -O0", "gcc -Os -ffreestanding", "gcc -O2 -Wcast-align"}) {
    const test::CommandResult result = compile(options);
    EXPECT_EQ(result.status, 0) << options << "\n" << result.text;
    EXPECT_EQ(result.text, "") << options;
  }
}

TEST(Driver, compiles_for_a_bare_risc_v_and_calls_nothing) {
  for (const char* machine :
       {"-march=rv32imac -mabi=ilp32", "-march=rv64imac -mabi=lp64 -mcmodel=medany"}) {
    const test::CommandResult result =
        compile(fmt::format("riscv64-unknown-elf-gcc {} -O2 -ffreestanding -nostdlib", machine));
    EXPECT_EQ(result.status, 0) << result.text;
    // The compiler may make loops into these.
    std::istringstream names(result.text);
    for (std::string name; names >> name;)
      EXPECT_THAT(name, testing::AnyOf("U", "memcpy", "memset"));
  }
}

// ---------------------------------------------------------------- before a machine

constexpr uint64_t kAddress = 0x1'8000'0000;

// Registers, and a program that is carried out as a whole, a few looks at the status later.
class Machine {
 public:
  explicit Machine(const Made& made) : made_(made), memories_(made.config.accelerator) {
    values_[offset_of("ID")] = kIdentity;
    values_[offset_of("CONFIG")] = program_hash(made.config.accelerator);
    device.read = [](void* machine, uint32_t offset) {
      return static_cast<Machine*>(machine)->read(offset);
    };
    device.write = [](void* machine, uint32_t offset, uint32_t value) {
      static_cast<Machine*>(machine)->write(offset, value);
    };
    device.pause = [](void* machine) { ++static_cast<Machine*>(machine)->pauses; };
    device.context = this;
  }

  uint32_t& value(std::string_view name) { return values_[offset_of(name)]; }
  bool interrupt() { return (value("IRQ") & value("IRQ_ENABLE") & 1) != 0; }

  rc_accel device{};
  Bytes region;
  int looks_to_end = 3, pauses = 0, starts = 0;

 private:
  uint32_t read(uint32_t offset) {
    if (offset == offset_of("STATUS") && (values_[offset] & kRunning) && looks_to_end-- == 0) run();
    EXPECT_NE(offset, offset_of("CONTROL"));
    return values_[offset];
  }

  void write(uint32_t offset, uint32_t value) {
    const auto found = std::ranges::find(registers(), offset, &Register::offset);
    ASSERT_NE(found, registers().end());
    EXPECT_NE(found->access, Access::kRead) << found->name;
    if (found->name == "IRQ") {
      values_[offset] &= ~value;
    } else if (found->name == "CONTROL") {
      if (value & kAbort) end({.unit = Part::kControl, .code = 13});
      if (value & kStart) {
        EXPECT_EQ(this->value("STATUS") & kRunning, 0u);
        this->value("STATUS") = kRunning;
        ++starts;
      }
    } else {
      values_[offset] = value;
    }
  }

  void run() {
    Launch launch{value("SIZE"),
                  value("WRITABLE"),
                  {value("LOAD_OFFSET"), value("LOAD_COUNT")},
                  {value("MOVE_OFFSET"), value("MOVE_COUNT")},
                  {value("STORE_OFFSET"), value("STORE_COUNT")}};
    EXPECT_EQ(value("BASE_LO") | uint64_t{value("BASE_HI")} << 32, kAddress);
    const auto first = [](std::span<const Part> ready) { return ready.front(); };
    end(interpret(launch, made_.config, kAddress, region, memories_, first));
  }

  void end(const Outcome& outcome) {
    value("STATUS") = outcome.code == 0
                          ? kDone
                          : kError | static_cast<uint32_t>(outcome.unit) << kUnitShift |
                                outcome.code << kCodeShift;
    value("ERROR_INDEX") = outcome.index;
    value("IRQ") = 1;
  }

  const Made& made_;
  Memories memories_;
  std::map<uint32_t, uint32_t> values_;
};

class DriverRuns : public testing::Test {
 protected:
  explicit DriverRuns(uint64_t seed = std::random_device{}()) : seed_(seed), random_(seed) {}
  // A network's program behind a machine, loaded.
  void prepare(int width = 8) {
    made_ = made(random_, width);
    machine_ = std::make_unique<Machine>(made_);
    machine_->region.resize(made_.image.launch.size);
  }
  rc_result load() {
    const Bytes& image = made_.image.bytes;
    return rc_load(&machine_->device, image.data(), static_cast<uint32_t>(image.size()),
                   machine_->region.data(), static_cast<uint32_t>(machine_->region.size()),
                   kAddress);
  }
  template <class Word>
  void run_and_compare() {
    Machine& machine = *machine_;
    ASSERT_EQ(load(), RC_OK);
    std::ranges::fill(std::span(machine.region).subspan(made_.image.bytes.size()), 0xa5);
    for (const TensorPlace& place : made_.image.tensors) {
      if (place.role != Role::kInput) continue;
      const rc_tensor tensor = c_tensor(place);
      const std::vector<Word> image(made_.golden.values.input.begin(),
                                    made_.golden.values.input.end());
      ASSERT_EQ(rc_words(&tensor), image.size());
      rc_pack(&tensor, image.data(), machine.region.data());
      // The very bytes that the compiler lays out.
      EXPECT_EQ(
          Bytes(machine.region.begin() + place.offset,
                machine.region.begin() + place.offset + place.bytes),
          lines_of(made_.program.tensors[static_cast<size_t>(place.tensor)].words, made_.config));
    }
    ASSERT_EQ(rc_start(&machine.device), RC_OK);
    EXPECT_EQ(rc_start(&machine.device), RC_BUSY);
    rc_fault fault{};
    ASSERT_EQ(rc_wait(&machine.device, 100, &fault), RC_OK) << rc_fault_text(&fault);
    for (const TensorPlace& place : made_.image.tensors) {
      if (place.role != Role::kOutput) continue;
      const rc_tensor tensor = c_tensor(place);
      std::vector<Word> words(rc_words(&tensor));
      rc_unpack(&tensor, machine.region.data(), words.data());
      const Tensor& of = made_.program.tensors[static_cast<size_t>(place.tensor)];
      const std::vector<int16_t>& golden = made_.golden.words[static_cast<size_t>(of.node)];
      EXPECT_TRUE(std::ranges::equal(words, golden)) << of.name;
    }
  }

  // As the program's C header has it.
  rc_tensor c_tensor(const TensorPlace& place) const {
    std::vector<uint32_t> numbers;
    for (const auto& [name, value] :
         tensor_fields(place, made_.program, made_.network, made_.config))
      numbers.push_back(value);
    EXPECT_EQ(numbers.size() * sizeof(uint32_t), sizeof(rc_tensor));
    rc_tensor tensor{};
    std::memcpy(&tensor, numbers.data(), sizeof tensor);
    return tensor;
  }

  uint64_t seed_;
  std::mt19937_64 random_;
  Made made_;
  std::unique_ptr<Machine> machine_;
};

TEST_F(DriverRuns, random_networks_from_their_pictures_to_golden_s_scores) {
  for (int i = 0; i < 40; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, network {}", seed_, i));
    prepare(i % 2 ? 8 : 12);
    i % 2 ? run_and_compare<int8_t>() : run_and_compare<int16_t>();
    if (HasFailure()) return;
  }
}

TEST_F(DriverRuns, and_pauses_between_two_looks_until_its_patience_ends) {
  prepare();
  ASSERT_EQ(load(), RC_OK);
  ASSERT_EQ(rc_start(&machine_->device), RC_OK);
  machine_->looks_to_end = 20;
  EXPECT_EQ(rc_wait(&machine_->device, 5, nullptr), RC_TIMEOUT);
  EXPECT_EQ(machine_->pauses, 4);
  EXPECT_EQ(rc_abort(&machine_->device, 5), RC_OK);
  rc_fault fault{};
  EXPECT_EQ(rc_wait(&machine_->device, 1, &fault), RC_FAILED);
  EXPECT_STREQ(rc_fault_text(&fault), "aborted");
}

TEST_F(DriverRuns, and_takes_the_interrupt_once) {
  prepare();
  ASSERT_EQ(load(), RC_OK);
  rc_interrupt_enable(&machine_->device, 1);
  EXPECT_EQ(rc_interrupt_taken(&machine_->device), 0);
  ASSERT_EQ(rc_start(&machine_->device), RC_OK);
  ASSERT_EQ(rc_wait(&machine_->device, 0, nullptr), RC_OK);
  EXPECT_TRUE(machine_->interrupt());
  EXPECT_EQ(rc_interrupt_taken(&machine_->device), 1);
  EXPECT_FALSE(machine_->interrupt());
  EXPECT_EQ(rc_interrupt_taken(&machine_->device), 0);
  rc_interrupt_enable(&machine_->device, 0);
  EXPECT_EQ(machine_->value("IRQ_ENABLE"), 0u);
}

TEST_F(DriverRuns, and_says_which_instruction_is_wrong) {
  prepare();
  const uint32_t at = made_.image.launch.loads.offset;
  set_word(made_.image.bytes, at, 6);
  ASSERT_EQ(load(), RC_OK);
  ASSERT_EQ(rc_start(&machine_->device), RC_OK);
  rc_fault fault{};
  ASSERT_EQ(rc_wait(&machine_->device, 0, &fault), RC_FAILED);
  EXPECT_EQ(fault.index, 0u);
  EXPECT_STREQ(rc_unit_text(fault.unit), "load");
  EXPECT_STREQ(rc_fault_text(&fault), "a memory that does not exist, or bits that have to be zero");
  EXPECT_STREQ(rc_result_text(RC_FAILED), "the program ended with an error");
}

TEST_F(DriverRuns, nothing_that_does_not_fit_and_writes_no_memory_then) {
  const auto expect = [&](rc_result result, const std::function<void()>& spoil) {
    prepare();
    spoil();
    const Bytes before = machine_->region;
    EXPECT_EQ(load(), result) << rc_result_text(result);
    EXPECT_EQ(machine_->region, before);
  };
  expect(RC_NO_DEVICE, [&] { machine_->value("ID") = 0; });
  expect(RC_BUSY, [&] { machine_->value("STATUS") = kRunning; });
  expect(RC_OTHER_MACHINE, [&] { machine_->value("CONFIG") ^= 1; });
  expect(RC_SMALL_REGION, [&] { machine_->region.pop_back(); });
  expect(RC_NO_IMAGE, [&] { made_.image.bytes[0] ^= 1; });
  expect(RC_NO_IMAGE, [&] { made_.image.bytes.pop_back(); });
  expect(RC_NO_IMAGE, [&] { made_.image.bytes.resize(100); });
  expect(RC_NO_IMAGE, [&] { set_word(made_.image.bytes, 4 * RC_IMAGE_SIZE, 128); });
  expect(RC_NO_IMAGE, [&] { set_word(made_.image.bytes, 4 * RC_IMAGE_WRITABLE, 128); });
  prepare();
  machine_->region.resize(1 << 20);
  set_word(made_.image.bytes, 4 * RC_IMAGE_SIZE, 1 << 20);
  const Bytes& image = made_.image.bytes;
  for (const uint64_t address : {uint64_t{0x800}, UINT64_MAX - 4095})
    EXPECT_EQ(
        rc_load(&machine_->device, image.data(), static_cast<uint32_t>(image.size()),
                machine_->region.data(), static_cast<uint32_t>(machine_->region.size()), address),
        RC_BAD_ADDRESS);
}

TEST_F(DriverRuns, and_reads_every_counter) {
  prepare();
  uint32_t next = 100;
  for (const Register& one : registers())
    if (one.offset >= offset_of("CYCLES")) machine_->value(one.name) = next++;
  rc_counters counters{};
  rc_read_counters(&machine_->device, &counters);
  EXPECT_EQ(counters.cycles, 100u);
  EXPECT_EQ(counters.load_busy, 101u);
  EXPECT_EQ(counters.beats_stored, next - 1);
}

TEST(DriverTexts, are_the_table_s_and_there_for_every_code) {
  for (const Part part : kParts)
    for (uint32_t code = 1; code <= kMostFailure; ++code) {
      const rc_fault fault{static_cast<uint32_t>(part), code, 0};
      const std::string_view said = failure_text(part, code);
      EXPECT_EQ(rc_fault_text(&fault), said.empty() ? "an unknown error" : said);
    }
  EXPECT_STREQ(rc_unit_text(7), "an unknown unit");
}

TEST(DriverRegisters, are_read_and_written_where_they_are_mapped) {
  uint32_t registers[64] = {RC_ID_VALUE};
  const rc_accel device = rc_accel_at(registers);
  EXPECT_EQ(rc_probe(&device), RC_OK);
  rc_interrupt_enable(&device, 1);
  EXPECT_EQ(registers[RC_IRQ_ENABLE / 4], 1u);
}

}  // namespace
}  // namespace rowcast::accelerator
