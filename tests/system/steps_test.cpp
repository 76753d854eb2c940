// Second and third oracle: random steps on random arrays in RTL give golden's outputs bit for bit,
// and take the cycles of the model exactly, whatever is held back.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <random>

#include "sim/host/driver.h"
#include "sim/host/reference.h"
#include "tests/random_layers.h"

namespace rowcast {
namespace {

struct Array {
  int rows, cols, data_width, weight_width, broadcast, stages, tag_width;
  View view;
};

std::string name_of(const testing::TestParamInfo<Array>& info) {
  const Array& a = info.param;
  return fmt::format("{}x{}_data{}_weight{}{}_stages{}_tag{}_{}", a.rows, a.cols, a.data_width,
                     a.weight_width, a.broadcast ? "" : "_plain", a.stages, a.tag_width,
                     to_string(a.view));
}

int16_t clip(int16_t value, int width) {
  return static_cast<int16_t>(value >> std::max(0, 8 - width));
}

class Steps : public testing::TestWithParam<Array> {};

TEST_P(Steps, in_random_mixes_with_gaps_equal_golden_and_the_model) {
  const Array& array = GetParam();
  ArrayConfig config;
  config.rows = array.rows;
  config.cols = array.cols;
  config.data_width = array.data_width;
  config.weight_width = array.weight_width;
  config.row_broadcast = array.broadcast;
  config.broadcast_stages = array.stages;
  config.tag_width = array.tag_width;
  ASSERT_TRUE(validate(config).empty());
  const auto code = ModelCode::build({config, array.view, emit_modules(config, array.view)}, {});

  for (int sequence = 0; sequence < 40; ++sequence) {
    const uint64_t seed = 1000 * (array.rows * 41 + array.cols) + sequence;
    std::mt19937_64 random(seed);
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Model model(code, static_cast<uint32_t>(seed));
    // A third each: always offering, operands withheld at random, commands and operands.
    const int mode = sequence % 3;
    const int odds = random_in(random, 1, 8);
    Throttle throttle;
    if (mode >= 1) throttle.operand = [&] { return random_in(random, 0, 9) > odds; };
    if (mode == 2) throttle.command = [&] { return random_in(random, 0, 19) > odds; };

    std::vector<Layer> layers;
    std::vector<Schedule> schedules;
    for (int i = random_in(random, 1, 5); i > 0; --i) {
      const Layer layer = random_layer(random, 9);
      // Every mapping equally often, however many forms it has.
      std::map<std::string, std::vector<Schedule>> by_mapping;
      for (Schedule& schedule : all_schedules(config, layer, random))
        by_mapping[schedule.mapping].push_back(schedule);
      const auto& forms = std::next(by_mapping.begin(),
                                    random_in(random, 0, static_cast<int>(by_mapping.size()) - 1))
                              ->second;
      layers.push_back(layer);
      schedules.push_back(forms[random_in(random, 0, static_cast<int>(forms.size()) - 1)]);
    }
    std::vector<std::vector<int16_t>> inputs, weights;
    for (const Layer& layer : layers) {
      inputs.push_back(random_values(random, layer.inputs()));
      weights.push_back(random_values(random, layer.weights()));
      for (int16_t& value : inputs.back()) value = clip(value, config.data_width);
      for (int16_t& value : weights.back()) value = clip(value, config.weight_width);
    }
    std::vector<Work> works;
    std::vector<Task> tasks;
    for (size_t i = 0; i < layers.size(); ++i) {
      works.push_back({&layers[i], &schedules[i], inputs[i], weights[i]});
      tasks.push_back({&layers[i], &schedules[i]});
    }
    const Measurement measured = run_works(model, works, throttle);
    for (size_t i = 0; i < layers.size(); ++i) {
      SCOPED_TRACE(fmt::format("{} by {}: {}", describe(layers[i]), schedules[i].mapping,
                               schedules[i].detail));
      ASSERT_EQ(measured.outputs[i], golden_outputs(layers[i], inputs[i], weights[i]));
    }
    ASSERT_EQ(measured.violations, std::vector<std::string>{});
    const Phases predicted = rtl_cycles_stalled(config, tasks, measured.stalls);
    ASSERT_EQ(measured.cycles, predicted.total());
    ASSERT_EQ(measured.phases, predicted);
    if (mode == 0) {
      ASSERT_TRUE(measured.stalls.empty());
      ASSERT_EQ(measured.phases, rtl_cycles(config, tasks));
    }
  }
}

constexpr View kS = View::kStructural, kV = View::kVector;
INSTANTIATE_TEST_SUITE_P(
    arrays, Steps,
    testing::Values(Array{1, 1, 8, 8, 1, 0, 16, kS}, Array{1, 7, 8, 8, 1, 0, 16, kS},
                    Array{7, 1, 8, 8, 1, 0, 16, kS}, Array{2, 2, 8, 8, 1, 1, 2, kS},
                    Array{3, 5, 4, 6, 1, 0, 16, kS}, Array{5, 3, 8, 8, 1, 2, 16, kS},
                    Array{4, 4, 8, 8, 0, 0, 16, kS}, Array{8, 8, 8, 8, 1, 0, 4, kS},
                    Array{7, 13, 8, 8, 1, 0, 16, kS}, Array{13, 7, 16, 16, 1, 1, 16, kS},
                    Array{3, 11, 8, 8, 1, 0, 1, kS}, Array{11, 4, 8, 5, 0, 0, 16, kS},
                    Array{1, 1, 8, 8, 1, 0, 16, kV}, Array{5, 3, 7, 9, 1, 2, 16, kV},
                    Array{7, 13, 8, 8, 1, 0, 16, kV}, Array{12, 9, 8, 8, 0, 0, 16, kV},
                    Array{20, 12, 8, 8, 1, 1, 16, kV}, Array{12, 20, 8, 8, 1, 0, 16, kV}),
    name_of);

}  // namespace
}  // namespace rowcast
