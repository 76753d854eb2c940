// Layers on an emitted folder's SystemC core, on its transaction-level model and on the plain C++
// host: outputs against golden, cycles against each other and against the cycle model.
//
//     systemc_NAME network NETWORK VARIANT [LAYERS]    layers as for `rowcast run --layers`
//     systemc_NAME steps SEED SEQUENCES                random layers, back to back, starved or not
//     systemc_NAME refusals                            what neither model does, and how it says so
#include <fmt/format.h>

#include <exception>
#include <map>
#include <random>
#include <sstream>

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
    const auto idle = [&] { return std::max(0, random_in(random, -6, odds)); };
    const Testbench::Transactions paced = testbench.run_transactions(works, idle);
    for (size_t i = 0; i < works.size(); ++i)
      expect_equal(paced.outputs[i], golden[i], name + ": outputs by paced transactions");
    expect_equal(paced.periods,
                 rtl_cycles_stalled(config, tasks, paced.stalls).total() + edge_latency(config),
                 name + ": periods by paced transactions");
    stalls += std::ssize(starved.stalls) + std::ssize(paced.stalls);
  }
  for (const auto& [mapping, count] : mappings) fmt::print("{} layers by {}\n", count, mapping);
  fmt::print("{} sequences, {} cycles starved\n", sequences, stalls);
  if (stalls == 0) differ("nothing was ever starved");
}

void run_refusals(Testbench& testbench, const ArrayConfig& config) {
  using rc_core::Command;
  namespace address = rc_core::address;
  sc_core::sc_time time = sc_core::sc_time_stamp();
  const auto expect = [&](tlm::tlm_command kind, uint64_t at, void* data, size_t size,
                          tlm::tlm_response_status expected, const std::string& what) {
    const sc_core::sc_time before = time;
    expect_equal<int>(testbench.transport(kind, at, data, size, time), expected, what);
    if (expected != tlm::TLM_OK_RESPONSE && time != before) differ(what + ": takes time");
  };
  const auto write = [&](uint64_t at, void* data, size_t size, tlm::tlm_response_status expected,
                         const std::string& what) {
    expect(tlm::TLM_WRITE_COMMAND, at, data, size, expected, what);
  };
  const auto read = [&](uint64_t at, void* data, size_t size, tlm::tlm_response_status expected,
                        const std::string& what) {
    expect(tlm::TLM_READ_COMMAND, at, data, size, expected, what);
  };

  // What the core refuses is refused by both models. Zero, and just beyond what there is.
  std::vector<Command> illegal(7);
  illegal[0].count = 0;
  illegal[1].rows = 0;
  illegal[2].rows = config.rows + 1;
  illegal[3].beats = 0;
  illegal[4].tag = 1u << config.tag_width;  // the pins would show another one
  illegal[5].beats = 1u << beat_field_width(config);
  illegal[6].beats = static_cast<uint32_t>(config.max_reduction) + 1;
  const auto window = [&](auto change) {
    Command command;
    command.stream = true;
    change(command);
    illegal.push_back(command);
  };
  if (config.row_broadcast) {
    window([](Command& c) { c.cols = 0; });
    window([&](Command& c) { c.cols = config.cols + 1; });
    window([](Command& c) { c.taps = 0; });
    window([](Command& c) { c.taps = c.beats = 2; });  // more than the pitch
    window([](Command& c) { c.passes = 0; });
    window([](Command& c) { c.chain = true, c.passes = 2; });
    window([](Command& c) { c.chain = true, c.beats = 2; });
    window([](Command& c) { c.chain = true, c.rows = 2; });
  } else {
    window([](Command&) {});
  }
  sc_core::sc_report_handler::set_actions(sc_core::SC_ERROR, sc_core::SC_DO_NOTHING);
  for (const Command& command : illegal) {
    std::ostringstream text;
    text << "illegal command: " << command;
    const int before = sc_core::sc_report_handler::get_count(sc_core::SC_ERROR);
    testbench.offer(command);
    expect_equal(sc_core::sc_report_handler::get_count(sc_core::SC_ERROR) - before, 1,
                 text.str() + ", reports of the transactor");
    rc_core::CommandWords words = rc_core::words(command);
    write(address::kCommand, words.data(), sizeof words, tlm::TLM_GENERIC_ERROR_RESPONSE,
          text.str());
  }
  sc_core::sc_report_handler::set_actions(sc_core::SC_ERROR, sc_core::SC_DEFAULT_ERROR_ACTIONS);

  // The core is none the worse for it.
  const Layer layer = make_pointwise("after the illegal commands", 3, 2, 2, 2);
  std::mt19937_64 random(1);
  const Schedule schedule = all_schedules(config, layer, random).front();
  const std::vector<int16_t> input(layer.inputs(), 1), weights(layer.weights(), 1);
  const Work work{&layer, &schedule, input, weights};
  expect_equal(testbench.run_pins({&work, 1}).outputs.front(),
               golden_outputs(layer, input, weights), layer.name + ": outputs");

  // Two beats of one tile on one row.
  rc_core::Beat beats[2];
  int64_t values[2] = {};
  uint32_t word = 0;
  Command tile;
  tile.tag = 1;
  tile.beats = 2;
  rc_core::CommandWords words = rc_core::words(tile);
  write(address::kCommand, words.data(), 4, tlm::TLM_BURST_ERROR_RESPONSE, "half a command");
  write(address::kBeats, beats, sizeof beats, tlm::TLM_GENERIC_ERROR_RESPONSE,
        "beats without a command");
  write(address::kCommand, words.data(), sizeof words, tlm::TLM_OK_RESPONSE, "a command");
  write(address::kBeats, beats, sizeof beats[0] - 2, tlm::TLM_BURST_ERROR_RESPONSE, "half a beat");
  write(0x20, &word, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE, "a write to nowhere");
  read(0x20, &word, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE, "a read from nowhere");
  for (rc_core::Beat& beat : beats) beat.a[0] = beat.b[0] = 3;
  write(address::kBeats, &beats[0], sizeof beats[0], tlm::TLM_OK_RESPONSE, "a beat");
  read(address::kResults, values, 8, tlm::TLM_GENERIC_ERROR_RESPONSE, "a result too early");
  read(address::kTag, &word, 4, tlm::TLM_GENERIC_ERROR_RESPONSE, "a tag too early");
  write(address::kDiscard, &word, 4, tlm::TLM_GENERIC_ERROR_RESPONSE, "nothing to discard");
  write(address::kBeats, &beats[1], sizeof beats[1], tlm::TLM_OK_RESPONSE, "the other beat");
  write(address::kBeats, beats, sizeof beats[0], tlm::TLM_GENERIC_ERROR_RESPONSE,
        "a beat too many");
  read(address::kTag, &word, 4, tlm::TLM_OK_RESPONSE, "the tag");
  expect_equal<int>(word, 1, "the tag");

  // The row's last result is at its port COLS - 1 after its first.
  const sc_core::sc_time taken = time;
  const auto finished = [&](int periods) {
    time = taken + periods * testbench.period();
    read(address::kSteps, &word, 4, tlm::TLM_OK_RESPONSE, "the number of steps");
    return word;
  };
  const int one = edge_latency(config) + mac_latency(config);
  const int all = one + config.cols - 1;
  expect_equal<int>(finished(all - 1), 0, "steps before the last result");
  expect_equal<int>(finished(all), 1, "steps with the last result");
  time = taken;
  read(address::kResults + 4, values, 8, tlm::TLM_BURST_ERROR_RESPONSE, "a result's half");
  read(address::result(1, 0), values, 8, tlm::TLM_ADDRESS_ERROR_RESPONSE, "an unused row");
  read(address::kResults, values, 8, tlm::TLM_OK_RESPONSE, "a result");
  expect_equal<int64_t>(values[0], 18, "the result");
  if (time != taken + one * testbench.period()) differ("the result's time");

  tlm::tlm_generic_payload payload;
  unsigned char enable = TLM_BYTE_ENABLED;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(address::kTag);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
  payload.set_data_length(4);
  payload.set_streaming_width(2);
  expect_equal<int>(testbench.transport(payload, time), tlm::TLM_BURST_ERROR_RESPONSE,
                    "a narrow stream");
  payload.set_streaming_width(4);
  payload.set_byte_enable_ptr(&enable);
  expect_equal<int>(testbench.transport(payload, time), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE,
                    "byte enables");
  payload.set_byte_enable_ptr(nullptr);
  payload.set_command(tlm::TLM_IGNORE_COMMAND);
  expect_equal<int>(testbench.transport(payload, time), tlm::TLM_COMMAND_ERROR_RESPONSE,
                    "neither read nor write");
  write(address::kDiscard, &word, 4, tlm::TLM_OK_RESPONSE, "a step discarded");
  write(address::kDiscard, &word, 4, tlm::TLM_GENERIC_ERROR_RESPONSE, "a step discarded twice");
  fmt::print("{} illegal commands\n", illegal.size());
}

}  // namespace
}  // namespace rowcast

int sc_main(int argc, char** argv) {
  using namespace rowcast;
  Verilated::commandArgs(argc, argv);
  Verilated::threadContextp()->randReset(2);  // registers wake up with rubbish
  const std::string what = argc > 1 ? argv[1] : "";
  if (!(what == "network" && (argc == 4 || argc == 5)) && !(what == "steps" && argc == 4) &&
      !(what == "refusals" && argc == 2)) {
    fmt::print(stderr,
               "usage: {0} network NETWORK VARIANT [LAYERS] | {0} steps SEED SEQUENCES | {0} "
               "refusals\n",
               argv[0]);
    return 2;
  }
  const EmittedFolder folder = read_folder(ROWCAST_EMITTED_FOLDER);
  std::exception_ptr thrown;
  Testbench testbench("testbench", folder.config, [&](Testbench& bench) {
    try {
      if (what == "network")
        run_networks(bench, folder, argv[2], argv[3], argc == 5 ? argv[4] : "");
      else if (what == "refusals")
        run_refusals(bench, folder.config);
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
