// What the driver must report: models whose results are tampered with on their way to it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>
#include <set>
#include <thread>

#include "sim/host/driver.h"
#include "sim/host/reference.h"
#include "sim/model/choose.h"
#include "sim/schedule/lanes.h"
#include "tests/random_layers.h"

namespace rowcast {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// What the ports show in one cycle of a run.
struct Ports {
  ShimOutputs status{};
  std::vector<uint64_t> valid;
  std::vector<uint8_t> out;
  bool is_valid(int column) const { return bit_at(valid.data(), column); }
  void toggle_valid(int column) { valid[column / 64] ^= uint64_t{1} << (column % 64); }
};

// Shows another history of the ports than the model's: `shown` gets it up to the present cycle.
using Tamper = std::function<Ports(const std::vector<Ports>& history)>;

struct Tampered {
  Model model;
  Tamper tamper;
  bool running = false;  // behind reset and wash
  std::vector<Ports> history{};
  Ports shown{};
};

void step(void* instance, const ShimInputs& inputs, ShimOutputs& outputs) {
  Tampered& self = *static_cast<Tampered*>(instance);
  const ArrayConfig& config = self.model.config();
  outputs = self.model.step(inputs);
  if (!self.running) return;
  Ports now{outputs, {}, {}};
  now.valid.assign(outputs.valid, outputs.valid + (config.cols + 63) / 64);
  now.out.assign(outputs.out, outputs.out + lanes_bytes(effective_acc_width(config), config.cols));
  self.history.push_back(std::move(now));
  self.shown = self.tamper(self.history);
  const bool cmd_ready = outputs.cmd_ready, op_ready = outputs.op_ready,
             tap_ready = outputs.tap_ready, active = outputs.active;
  outputs = self.shown.status;
  outputs.cmd_ready = cmd_ready;
  outputs.op_ready = op_ready;
  outputs.tap_ready = tap_ready;
  outputs.active = active;
  outputs.valid = self.shown.valid.data();
  outputs.out = self.shown.out.data();
  outputs.any_valid =
      std::ranges::any_of(self.shown.valid, [](uint64_t word) { return word != 0; });
}

void destroy(void*) {}

const ShimApi api{kShimVersion, nullptr, destroy, step, nullptr, nullptr, nullptr};

struct Case {
  const char* name;
  ArrayConfig config;
  const char* mapping;  // of a depthwise layer; null: a pointwise one
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Faults : public testing::TestWithParam<Case> {
 protected:
  Faults() {
    std::mt19937_64 random(5);
    layer_ = GetParam().mapping ? make_depthwise("dw", 3, 5, 4, 3, 1)
                                : make_pointwise("pw", 3, 3, 4, config_.cols > 64 ? 70 : 5);
    std::string error;
    schedule_ = choose(config_, layer_,
                       *find_mapping(GetParam().mapping ? GetParam().mapping : "auto"), error)
                    ->schedule;
    input_ = random_values(random, layer_.inputs());
    weights_ = random_values(random, layer_.weights());
    for (int16_t& value : input_) value = static_cast<int16_t>(value >> (8 - config_.data_width));
    for (int16_t& value : weights_)
      value = static_cast<int16_t>(value >> (8 - config_.weight_width));
    golden_ = golden_outputs(layer_, input_, weights_);
    code_ = ModelCode::build({config_, View::kVector, emit_modules(config_, View::kVector)}, {});
    tampered_code_ = ModelCode::of(&api, config_);
    clean_ = run([](const std::vector<Ports>& history) { return history.back(); });
    clean_history_ = history_;
  }

  Measurement run(const Tamper& tamper) {
    Tampered tampered{Model(code_, 3), tamper};
    Model model(tampered_code_, &tampered);
    tampered.running = true;
    const Work work{.layer = &layer_,
                    .schedule = &schedule_,
                    .input = input_,
                    .weights = weights_,
                    .expected = golden_,
                    .keep_outputs = false};
    Measurement measured = run_works(model, {&work, 1});
    history_ = std::move(tampered.history);
    return measured;
  }

  // Runs with one cycle's ports changed, for each result of the clean run.
  void for_each_result(const std::function<void(Ports&, int column)>& change,
                       const std::function<void(const Measurement&, int column)>& check) {
    for (size_t cycle = 0; cycle < clean_history_.size(); ++cycle)
      for (int column = 0; column < config_.cols; ++column) {
        if (!clean_history_[cycle].is_valid(column)) continue;
        SCOPED_TRACE(fmt::format("cycle {}, column {}", cycle, column));
        check(run([&](const std::vector<Ports>& history) {
                Ports ports = history.back();
                if (history.size() == cycle + 1) change(ports, column);
                return ports;
              }),
              column);
      }
  }

  ArrayConfig config_ = GetParam().config;
  Layer layer_;
  Schedule schedule_;
  std::vector<int16_t> input_, weights_;
  std::vector<int64_t> golden_;
  std::shared_ptr<const ModelCode> code_, tampered_code_;
  Measurement clean_;
  std::vector<Ports> history_, clean_history_;
};

const Case kCases[] = {
    {"tiles_4x3", {.rows = 4, .cols = 3}, nullptr},
    {"tiles_2x71", {.rows = 2, .cols = 71}, nullptr},
    {"tiles_of_odd_widths_3x4",
     {.rows = 3, .cols = 4, .data_width = 5, .weight_width = 7, .acc_width = 19},
     nullptr},
    {"windows_4x5", {.rows = 4, .cols = 5}, "st-os"},
    {"column_of_one_3x1", {.rows = 3, .cols = 1}, "im2col"},
};
INSTANTIATE_TEST_SUITE_P(Of, Faults, testing::ValuesIn(kCases),
                         [](const auto& info) { return info.param.name; });

TEST_P(Faults, none_is_reported_of_an_honest_model) {
  EXPECT_THAT(clean_.violations, IsEmpty());
  EXPECT_THAT(clean_.differences[0], IsEmpty());
  EXPECT_THAT(clean_.made[0], testing::Each(1));
  EXPECT_EQ(clean_.cycles, rtl_cycles(config_, layer_, schedule_).total());
}

TEST_P(Faults, an_array_that_is_not_done_in_time_is_given_up) {
  Model model(code_, 3);
  const Work work{.layer = &layer_,
                  .schedule = &schedule_,
                  .input = input_,
                  .weights = weights_,
                  .expected = golden_,
                  .keep_outputs = false};
  const Measurement measured = run_works(model, {&work, 1}, {}, nullptr, 5);
  ASSERT_FALSE(measured.violations.empty());
  EXPECT_EQ(measured.violations[0], "cycle 5: far slower than predicted, given up");
}

TEST_P(Faults, each_output_with_one_wrong_bit_is_reported) {
  const int width = effective_acc_width(config_);
  std::set<int64_t> found;
  int bit = 0;
  for_each_result(
      [&](Ports& ports, int column) {
        const int at = column * width + bit;
        ports.out[at / 8] ^= static_cast<uint8_t>(1 << (at % 8));
      },
      [&](const Measurement& measured, int) {
        EXPECT_THAT(measured.violations, IsEmpty());
        EXPECT_EQ(measured.cycles, clean_.cycles);
        EXPECT_LE(measured.differences[0].size(), 1u);
        for (const Difference& difference : measured.differences[0]) {
          EXPECT_TRUE(found.insert(difference.index).second);
          const auto off = static_cast<uint64_t>(difference.value ^ golden_[difference.index]);
          EXPECT_EQ(off << (64 - width), uint64_t{1} << (bit + 64 - width));
        }
        bit = (bit + 7) % width;
      });
  EXPECT_EQ(std::ssize(found), layer_.outputs());
}

TEST_P(Faults, a_result_that_is_not_valid_is_reported_and_missing) {
  int64_t lost = 0;
  for_each_result([&](Ports& ports, int column) { ports.toggle_valid(column); },
                  [&](const Measurement& measured, int column) {
                    ASSERT_THAT(measured.violations, Not(IsEmpty()));
                    const auto gone = std::ranges::count(measured.made[0], 0);
                    if (column == 0 || gone == 0) return;
                    EXPECT_THAT(measured.violations,
                                Contains(HasSubstr(fmt::format(
                                    "column {} is not valid, but a result is due", column))));
                    EXPECT_THAT(measured.violations, Contains("1 results never came"));
                    EXPECT_EQ(gone, 1);
                    ++lost;
                    for (const Difference& difference : measured.differences[0])
                      EXPECT_EQ(measured.made[0][difference.index], 0);
                  });
  if (config_.cols == 1) return;
  EXPECT_GT(lost, layer_.outputs() / 2);
}

TEST_P(Faults, a_valid_without_a_result_is_reported) {
  for (size_t cycle = 0; cycle < clean_history_.size(); ++cycle)
    for (int column = 0; column < config_.cols; ++column) {
      if (clean_history_[cycle].is_valid(column)) continue;
      SCOPED_TRACE(fmt::format("cycle {}, column {}", cycle, column));
      const Measurement measured = run([&](const std::vector<Ports>& history) {
        Ports ports = history.back();
        if (history.size() == cycle + 1) ports.toggle_valid(column);
        return ports;
      });
      EXPECT_THAT(measured.violations, Not(IsEmpty()));
    }
}

TEST_P(Faults, results_that_are_late_together_are_counted_late) {
  for (const size_t late : {1, 2, 5}) {
    const Measurement measured = run([&](const std::vector<Ports>& history) {
      Ports ports = history[history.size() - 1 - std::min(late, history.size() - 1)];
      ports.status.busy |= history.back().status.busy;
      return ports;
    });
    EXPECT_THAT(measured.violations, IsEmpty());
    EXPECT_THAT(measured.differences[0], IsEmpty());
    EXPECT_EQ(measured.cycles, clean_.cycles + static_cast<int64_t>(late));
  }
}

TEST_P(Faults, one_column_that_is_late_is_reported) {
  for (int column = 0; column < config_.cols && config_.cols > 1; ++column) {
    const Measurement measured = run([&](const std::vector<Ports>& history) {
      Ports ports = history.back();
      const bool before = history.size() > 1 && history[history.size() - 2].is_valid(column);
      if (ports.is_valid(column) != before) ports.toggle_valid(column);
      return ports;
    });
    EXPECT_THAT(measured.violations, Not(IsEmpty())) << "column " << column;
  }
}

TEST_P(Faults, a_wrong_tag_or_row_is_reported) {
  const auto in_column_0 = [](const Measurement& measured, int column) {
    if (column != 0) return;
    EXPECT_THAT(measured.violations, Not(IsEmpty()));
  };
  for_each_result([](Ports& ports, int) { ports.status.tag ^= 1; }, in_column_0);
  for_each_result([](Ports& ports, int) { ports.status.row ^= 1; }, in_column_0);
}

TEST_P(Faults, a_wrong_kind_is_reported) {
  for_each_result([](Ports& ports, int) { ports.status.window = !ports.status.window; },
                  [](const Measurement& measured, int column) {
                    if (column != 0) return;
                    EXPECT_THAT(measured.violations, Not(IsEmpty()));
                  });
}

// ---------------------------------------------------------------- models that end

Model model_of(void (*step)(void*, const ShimInputs&, ShimOutputs&)) {
  static ShimApi own;
  own = {kShimVersion, nullptr, destroy, step, nullptr, nullptr, nullptr};
  return Model(ModelCode::of(&own, {}), nullptr);
}

TEST(Ends, a_model_that_says_why) {
  try {
    model_of([](void*, const ShimInputs&, ShimOutputs& out) { out.ended = "x.v:3: $finish"; });
    FAIL();
  } catch (const HardwareFault& fault) {
    EXPECT_STREQ(fault.what(), "rc_core: its Verilog ended the simulation: x.v:3: $finish");
  }
}

TEST(EndsDeathTest, a_clock_edge_that_does_not_end) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        Watchdog dog(0.3);
        const Watchdog::Watched watched(dog);
        model_of([](void*, const ShimInputs&, ShimOutputs&) {
          for (volatile int i = 0;;) i = i + 1;
        });
      },
      testing::ExitedWithCode(1), "a clock edge does not end: its Verilog has an endless loop");
}

TEST(Ends, no_thread_that_takes_its_time_between_edges_or_waits_in_one) {
  Watchdog dog(0.1);
  const Watchdog::Watched watched(dog);
  static int edges;
  edges = 0;
  EXPECT_THROW(model_of([](void*, const ShimInputs&, ShimOutputs& out) {
                 if (edges++ == 0) std::this_thread::sleep_for(std::chrono::milliseconds(400));
                 out.busy = true;
               }),
               HardwareFault);  // of the wash that does not end
  EXPECT_GT(edges, 100);
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(400);
  while (std::chrono::steady_clock::now() < end) {
  }
}

}  // namespace
}  // namespace rowcast
