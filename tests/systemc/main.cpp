// Layers on an emitted folder's SystemC core, on its transaction-level model and on the plain C++
// host: outputs against golden, cycles against each other and against the cycle model.
//
//     systemc_NAME network NETWORK VARIANT [LAYERS]    layers as for `rowcast run --layers`
//     systemc_NAME steps SEED SEQUENCES                random layers, back to back, starved or not
#include <fmt/format.h>

#include <cstring>
#include <exception>
#include <map>
#include <random>

#include "sim/formats/network_file.h"
#include "sim/host/driver.h"
#include "sim/host/inference.h"
#include "sim/host/reference.h"
#include "sim/host/run.h"
#include "tests/random_layers.h"
#include "tests/systemc/testbench.h"

namespace rowcast {
namespace {

int differences = 0;

void differ(const std::string& text) {
  ++differences;
  fmt::print("DIFFERENT: {}\n", text);
}

template <class T>
void expect_equal(const T& given, const T& expected, const std::string& what) {
  if (given == expected) return;
  if constexpr (std::is_integral_v<T>)
    differ(fmt::format("{}: {} instead of {}", what, given, expected));
  else
    differ(what);
}

// Everything that both sides can say about the works, run back to back without a gap.
void compare_all(Testbench& testbench, const ArrayConfig& config, Model& plain_model,
                 std::span<const Work> works, std::span<const std::vector<int64_t>> golden,
                 const std::string& name) {
  std::vector<Task> tasks;
  for (const Work& work : works) tasks.push_back({work.layer, work.schedule});
  const Phases predicted = rtl_cycles(config, tasks);
  const Measurement plain = run_works(plain_model, works);
  const Measurement pins = testbench.run_pins(works);
  const Testbench::Transactions transactions = testbench.run_transactions(works);
  for (const auto* measured : {&plain, &pins})
    for (const std::string& text : measured->violations) differ(name + ": " + text);
  for (size_t i = 0; i < works.size(); ++i) {
    expect_equal(plain.outputs[i], golden[i], name + ": outputs of the C++ host");
    expect_equal(pins.outputs[i], plain.outputs[i], name + ": outputs through the pins");
    expect_equal(transactions.outputs[i], plain.outputs[i], name + ": outputs by transactions");
  }
  expect_equal(plain.cycles, predicted.total(), name + ": cycles of the C++ host");
  expect_equal(pins.cycles, plain.cycles, name + ": cycles through the pins");
  expect_equal(pins.phases, plain.phases, name + ": phases through the pins");
  expect_equal(transactions.periods, pins.cycles + edge_latency(config),
               name + ": periods by transactions");
}

void run_networks(Testbench& testbench, const EmittedFolder& folder, const std::string& name,
                  const std::string& variant, const std::string& layers) {
  const Network network = transform(find_network(name), *find_variant(variant));
  const std::vector<LayerPlan> plans =
      plan_layers(network, folder.config, *find_mapping("auto"), layers, false);
  Model model(ModelCode::build(folder, {}), 1);
  size_t next = 0;
  int64_t cycles = 0, outputs = 0;
  struct Enough {};
  try {
    infer(network, folder.config, 1, 1, [&](LayerCase layer) {
      if (next == plans.size()) throw Enough{};
      if (plans[next].node != layer.node) return;
      const LayerPlan& plan = plans[next++];
      const Work work{plan.layer, &plan.choice.schedule, *layer.input, layer.weights};
      const int before = differences;
      compare_all(testbench, folder.config, model, {&work, 1}, {&layer.golden, 1},
                  plan.layer->name);
      cycles += plan.choice.phases.total();
      outputs += plan.layer->outputs();
      fmt::print("{:3} {:20} {:10} {:>10} cycles, {:>9} outputs{}\n", plan.number, plan.layer->name,
                 plan.choice.schedule.mapping, plan.choice.phases.total(), plan.layer->outputs(),
                 differences == before ? "" : " DIFFERENT");
      std::fflush(stdout);
    });
  } catch (const Enough&) {
  }
  fmt::print("{} layers, {} cycles, {} outputs\n", next, cycles, outputs);
  if (next != plans.size() || plans.empty()) differ("layers that were not run");
}

void run_steps(Testbench& testbench, const EmittedFolder& folder, uint64_t seed, int sequences) {
  const ArrayConfig& config = folder.config;
  const auto code = ModelCode::build(folder, {});
  std::map<std::string, int> mappings;
  int64_t stalls = 0;
  for (int sequence = 0; sequence < sequences; ++sequence) {
    std::mt19937_64 random(seed + sequence);
    Model model(code, static_cast<uint32_t>(seed));
    std::vector<Layer> layers;
    std::vector<Schedule> schedules;
    for (int i = random_in(random, 1, 4); i > 0; --i) {
      layers.push_back(random_layer(random, 9));
      std::vector<Schedule> forms = all_schedules(config, layers.back(), random);
      schedules.push_back(forms[random_in(random, 0, static_cast<int>(forms.size()) - 1)]);
      ++mappings[schedules.back().mapping];
    }
    std::vector<std::vector<int16_t>> inputs, weights;
    std::vector<std::vector<int64_t>> golden;
    for (const Layer& layer : layers) {
      inputs.push_back(random_values(random, layer.inputs()));
      weights.push_back(random_values(random, layer.weights()));
      for (int16_t& value : inputs.back()) value >>= std::max(0, 8 - config.data_width);
      for (int16_t& value : weights.back()) value >>= std::max(0, 8 - config.weight_width);
      golden.push_back(golden_outputs(layer, inputs.back(), weights.back()));
    }
    std::vector<Work> works;
    std::vector<Task> tasks;
    for (size_t i = 0; i < layers.size(); ++i) {
      works.push_back({&layers[i], &schedules[i], inputs[i], weights[i]});
      tasks.push_back({&layers[i], &schedules[i]});
    }
    const std::string name = fmt::format("seed {}", seed + sequence);
    compare_all(testbench, config, model, works, golden, name);

    // Starved: streams are whole all the same, and only the recorded gaps are in the cycles.
    const int odds = random_in(random, 1, 8);
    Pace pace;
    pace.beat = [&] { return random_in(random, 0, 9) > odds; };
    if (sequence % 2) pace.command = [&] { return random_in(random, 0, 19) > odds; };
    const Measurement starved = testbench.run_pins(works, pace);
    for (const std::string& text : starved.violations) differ(name + ", starved: " + text);
    for (size_t i = 0; i < works.size(); ++i)
      expect_equal(starved.outputs[i], golden[i], name + ": outputs, starved");
    expect_equal(starved.phases, rtl_cycles_stalled(config, tasks, starved.stalls),
                 name + ": phases, starved");
    stalls += std::ssize(starved.stalls);
  }
  for (const auto& [mapping, count] : mappings) fmt::print("{} layers by {}\n", count, mapping);
  fmt::print("{} sequences, {} cycles starved\n", sequences, stalls);
  if (stalls == 0) differ("nothing was ever starved");
}

}  // namespace
}  // namespace rowcast

int sc_main(int argc, char** argv) {
  using namespace rowcast;
  Verilated::commandArgs(argc, argv);
  Verilated::threadContextp()->randReset(2);  // registers wake up with rubbish
  const std::string what = argc > 1 ? argv[1] : "";
  if (!(what == "network" && (argc == 4 || argc == 5)) && !(what == "steps" && argc == 4)) {
    fmt::print(stderr, "usage: {0} network NETWORK VARIANT [LAYERS] | {0} steps SEED SEQUENCES\n",
               argv[0]);
    return 2;
  }
  const EmittedFolder folder = read_folder(ROWCAST_EMITTED_FOLDER);
  std::exception_ptr thrown;
  Testbench testbench("testbench", folder.config, [&](Testbench& bench) {
    try {
      if (what == "network")
        run_networks(bench, folder, argv[2], argv[3], argc == 5 ? argv[4] : "");
      else
        run_steps(bench, folder, std::stoull(argv[2]), std::stoi(argv[3]));
    } catch (...) {
      thrown = std::current_exception();
    }
  });
  sc_core::sc_start();
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    differ(error.what());
  }
  fmt::print("{}\n", differences ? "FAIL" : "PASS: all hosts agree");
  return differences != 0;
}
