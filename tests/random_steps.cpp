#include "tests/random_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <vector>

#include "sim/host/driver.h"
#include "sim/host/reference.h"
#include "tests/random_layers.h"

namespace rowcast {
namespace {

int16_t clip(int16_t value, int width) {
  return static_cast<int16_t>(value >> std::max(0, 8 - width));
}

// A layer with a schedule of its own; every mapping equally often, however many forms it has.
std::pair<Layer, Schedule> random_work(const ArrayConfig& config, std::mt19937_64& random) {
  for (;;) {
    const Layer layer = random_layer(random, 9);
    std::map<std::string, std::vector<Schedule>> by_mapping;
    for (Schedule& schedule : all_schedules(config, layer, random))
      by_mapping[schedule.mapping].push_back(schedule);
    if (by_mapping.empty()) continue;  // longer than the array's longest reduction
    const auto& forms =
        std::next(by_mapping.begin(), random_in(random, 0, static_cast<int>(by_mapping.size()) - 1))
            ->second;
    return {layer, forms[random_in(random, 0, static_cast<int>(forms.size()) - 1)]};
  }
}

std::string first_difference(const std::vector<int64_t>& is, const std::vector<int64_t>& should) {
  const auto at = std::ranges::mismatch(is, should);
  if (at.in1 == is.end() && at.in2 == should.end()) return {};
  if (at.in1 == is.end() || at.in2 == should.end())
    return fmt::format("{} outputs instead of {}", is.size(), should.size());
  return fmt::format("output {} is {} instead of {}", at.in1 - is.begin(), *at.in1, *at.in2);
}

}  // namespace

std::string random_steps(const std::shared_ptr<const ModelCode>& code, int sequence) {
  const ArrayConfig& config = code->config();
  const uint64_t seed = 1000 * (config.rows * 41 + config.cols) + sequence;
  std::mt19937_64 random(seed);
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
    auto [layer, schedule] = random_work(config, random);
    layers.push_back(std::move(layer));
    schedules.push_back(std::move(schedule));
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
    const std::string difference =
        first_difference(measured.outputs[i], golden_outputs(layers[i], inputs[i], weights[i]));
    if (!difference.empty())
      return fmt::format("seed {}: {} by {}, {}: {}", seed, describe(layers[i]),
                         schedules[i].mapping, schedules[i].detail, difference);
  }
  if (!measured.violations.empty())
    return fmt::format("seed {}: {}", seed, fmt::join(measured.violations, "; "));
  const Phases predicted = rtl_cycles_stalled(config, tasks, measured.stalls);
  if (measured.cycles != predicted.total())
    return fmt::format("seed {}: {} cycles instead of {}", seed, measured.cycles,
                       predicted.total());
  if (!(measured.phases == predicted)) return fmt::format("seed {}: the phases differ", seed);
  if (mode == 0 && !measured.stalls.empty())
    return fmt::format("seed {}: {} stalls where nothing was held back", seed,
                       measured.stalls.size());
  if (mode == 0 && !(measured.phases == rtl_cycles(config, tasks)))
    return fmt::format("seed {}: not the phases of an array without stalls", seed);
  return {};
}

}  // namespace rowcast
