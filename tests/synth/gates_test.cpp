// The simulator of mapped netlists, against what can be counted by hand, and against a fault.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/workload/network.h"
#include "synth/cell_function.h"
#include "synth/edge_wires.h"
#include "synth/flow.h"
#include "synth/gate_simulator.h"
#include "synth/lane_counter.h"
#include "synth/repeaters.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using nlohmann::json;

constexpr const char* kLiberty = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";

std::string postfix(const std::string& text) {
  std::string result;
  for (const FunctionTerm& term : parse_function(text)) {
    if (!result.empty()) result += ' ';
    result += term.kind == FunctionTerm::kName ? term.name : std::string(1, "01n!&|^"[term.kind]);
  }
  return result;
}

TEST(CellFunction, follows_libertys_precedence_and_spellings) {
  EXPECT_EQ(postfix("A"), "A");
  EXPECT_EQ(postfix("(!((A B)+C))"), "A B & C | !");
  EXPECT_EQ(postfix("!A | B & C ^ D"), "A ! B C D ^ & |");
  EXPECT_EQ(postfix("A' * B'"), "A ! B ! &");
  EXPECT_EQ(postfix("!(S A) + (!S B) 1"), "S A & ! S ! B & 1 & |");
  for (const char* bad : {"", "A +", "(A", "A)", "A $ B"})
    EXPECT_THROW(parse_function(bad), InputError) << bad;
}

TEST(LaneCounter, counts_every_bit_for_itself) {
  std::mt19937_64 random(7);
  constexpr size_t kWords = 3;
  for (const int rows : {1, 2, 3, 64, 1000}) {
    LaneCounter counter(kWords);
    std::vector<uint64_t> expected(kWords * 64);
    for (int i = 0; i < rows; ++i) {
      uint64_t row[kWords] = {random(), random() & random(), i % 5 == 0 ? ~uint64_t{0} : 0};
      counter.add(row);
      for (size_t bit = 0; bit < kWords * 64; ++bit) expected[bit] += row[bit / 64] >> bit % 64 & 1;
    }
    EXPECT_EQ(counter.total(), uint64_t(rows));
    for (size_t bit = 0; bit < kWords * 64; ++bit)
      EXPECT_EQ(counter.count(bit / 64, int(bit % 64)), expected[bit]) << rows << " " << bit;
  }
}

// Toggle flip-flops in series, each a module of its own: a counter whose carry runs through them.
constexpr const char* kCounter = R"({"modules": {
  "bit": {
    "ports": {"clk_i": {"direction": "input", "bits": [2]}, "c_i": {"direction": "input", "bits": [3]},
              "q_o": {"direction": "output", "bits": [4]}},
    "cells": {
      "ff": {"type": "DFFPOSX1", "connections": {"CLK": [2], "D": [5], "Q": [4]}},
      "half": {"type": "XOR2X1", "connections": {"A": [3], "B": [4], "Y": [5]}}}},
  "top": {
    "ports": {"clk_i": {"direction": "input", "bits": [2]}, "en_i": {"direction": "input", "bits": [3]},
              "q_o": {"direction": "output", "bits": [4, 5, 6]}},
    "cells": {
      "b[0]": {"type": "bit", "connections": {"clk_i": [2], "c_i": [3], "q_o": [4]}},
      "b[1]": {"type": "bit", "connections": {"clk_i": [2], "c_i": [4], "q_o": [5]}},
      "b[2]": {"type": "bit", "connections": {"clk_i": [2], "c_i": [7], "q_o": [6]}},
      "and": {"type": "AND2X2", "connections": {"A": [4], "B": [5], "Y": [7]}}}}}})";

GateNetlist counter_netlist(const CellLibrary& library) {
  const TempFolder folder;
  write_file(folder.path() / "counter.json", kCounter);
  return read_gate_netlist(folder.path() / "counter.json", "top", library);
}

TEST(GateSimulator, knows_the_toggles_and_duty_of_a_counter) {
  const CellLibrary library = read_liberty(kLiberty);
  const GateNetlist netlist = counter_netlist(library);
  GateSimulator gates(netlist, library, "clk_i");
  gates.power_up(3);
  const int q = gates.port("q_o");
  gates.set(gates.port("en_i"), 0, 1, 1);
  gates.settle();
  uint64_t value = gates.get(q, 0, 3);
  for (int cycle = 0; cycle < 8 * 50 + 1; ++cycle) {
    gates.settle();
    gates.count();
    EXPECT_EQ(gates.get(q, 0, 3), value);
    gates.clock_edge();
    gates.settle_ports();
    value = (value + 1) % 8;
    EXPECT_EQ(gates.get(q, 0, 3), value);
  }
  const int bit = netlist.modules[0].name == "bit" ? 0 : 1;
  ASSERT_EQ(gates.instances(bit), 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(gates.path(bit, i), "b[" + std::to_string(i) + "]");
    EXPECT_DOUBLE_EQ(gates.activity(bit, i, 4).toggles, 1.0 / (1 << i));
    EXPECT_NEAR(gates.activity(bit, i, 4).duty, 0.5, 0.01);
  }
  // The carry into the last bit: high every fourth cycle, seen from inside and from outside.
  EXPECT_DOUBLE_EQ(gates.activity(bit, 2, 3).toggles, 0.5);
  EXPECT_NEAR(gates.activity(bit, 2, 3).duty, 0.25, 0.01);
  EXPECT_EQ(gates.activity(1 - bit, 0, 7).toggles, gates.activity(bit, 2, 3).toggles);
  gates.set(gates.port("en_i"), 0, 1, 0);
  gates.restart_counting();
  for (int cycle = 0; cycle < 3; ++cycle) {
    gates.settle();
    gates.count();
    gates.clock_edge();
  }
  EXPECT_EQ(gates.activity(bit, 0, 4).toggles, 0);
}

TEST(GateSimulator, refuses_what_it_can_not_simulate) {
  const CellLibrary library = read_liberty(kLiberty);
  const auto message = [&](auto&& change, const char* clock) -> std::string {
    GateNetlist netlist = counter_netlist(library);
    change(netlist);
    try {
      GateSimulator gates(netlist, library, clock);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  const auto bit = [](GateNetlist& netlist) -> GateModule& {
    return *std::ranges::find(netlist.modules, "bit", &GateModule::name);
  };
  EXPECT_EQ(message([](GateNetlist&) {}, "clk_i"), "");
  EXPECT_EQ(message([](GateNetlist&) {}, "clock"), "top: has no port clock");
  EXPECT_EQ(message([](GateNetlist&) {}, "en_i"),
            "cell DFFPOSX1: is not clocked by the rising edge of en_i, others can not be simulated "
            "at gate level, allowed is --activity blanket");
  EXPECT_EQ(
      message([&](GateNetlist& n) { bit(n).cells[0].type = "DFFNEGX1"; }, "clk_i"),
      "cell DFFNEGX1: is not clocked by the rising edge of clk_i, others can not be simulated "
      "at gate level, allowed is --activity blanket");
  EXPECT_EQ(
      message([&](GateNetlist& n) { bit(n).cells[0].type = "DFFSR"; }, "clk_i"),
      "cell DFFSR: flip-flops with set or reset can not be simulated at gate level, allowed is "
      "--activity blanket");
  EXPECT_EQ(message([&](GateNetlist& n) { bit(n).cells[1].pins[0].second = 5; }, "clk_i"),
            "1 cells lie on combinational loops");
}

TEST(Repeaters, keep_every_driver_to_half_of_what_the_buffer_may_drive) {
  CellLibrary library;
  EXPECT_EQ(repeater_groups(1000, 1, library), 0);  // there is no buffer
  library.buffer = "B";
  library.buffer_max_pf = 2;
  EXPECT_EQ(repeater_groups(10, 0.1, library), 0);
  EXPECT_EQ(repeater_groups(11, 0.1, library), 2);
  EXPECT_EQ(repeater_groups(32, 0.18, library), 7);  // of at most 5
  EXPECT_EQ(repeater_groups(4, 3, library), 4);      // more than the buffer may drive: one each
}

// A core with registers in front of rows and columns, and what the sequencer drives them by.
class EdgeNetlist {
 public:
  // Its output's net; `name` gives the register a place.
  int flip_flop(int data, const std::string& name) {
    core_["netnames"][name] = {{"bits", {next_}}};
    return add("DFFPOSX1", {{"CLK", {2}}, {"D", {data}}, {"Q", {next_}}});
  }
  int inverter(int in) { return add("INVX1", {{"A", {in}}, {"Y", {next_}}}); }
  void array(const json& connections) {
    core_["cells"]["u_array"] = {{"type", "rc_array"}, {"connections", connections}};
  }
  // Drivers, and how far their wires reach.
  std::map<std::string, int> wires() const {
    const TempFolder folder;
    write_file(folder.path() / "core.json", json{{"modules", {{"rc_core", core_}}}}.dump());
    std::map<std::string, int> found;
    for (const EdgeWire& wire :
         edge_wires(folder.path() / "core.json", read_liberty(kLiberty), {.rows = 8, .cols = 8}))
      found[wire.driver] = wire.reach;
    return found;
  }

 private:
  int add(const char* type, const json& connections) {
    core_["cells"][fmt::format("g{}", next_)] = {{"type", type}, {"connections", connections}};
    return next_++;
  }
  json core_{{"cells", json::object()}, {"netnames", json::object()}};
  int next_ = 3;
};

TEST(EdgeWires, reach_from_the_sequencer_to_the_farthest_row_or_column) {
  EdgeNetlist core;
  const int enable = core.flip_flop(2, "u_sequencer.enable_q");
  for (const int row : {0, 3, 7})
    core.flip_flop(core.inverter(enable), fmt::format("u_skew.gen_row[{}].u_edge.q_q", row));
  const int load = core.flip_flop(2, "u_sequencer.load_q");
  for (const int col : {1, 5}) core.flip_flop(load, fmt::format("u_skew.gen_col[{}].q_q", col));
  EXPECT_EQ(core.wires(), (std::map<std::string, int>{{fmt::format("g{}/Q", enable), 7},
                                                      {fmt::format("g{}/Q", load), 5}}));
}

TEST(EdgeWires, lead_back_to_the_sequencer_too) {
  EdgeNetlist core;
  const int far = core.flip_flop(2, "gen_row[4].q");
  core.flip_flop(core.inverter(far), "u_sequencer.seen_q");
  EXPECT_EQ(core.wires(), (std::map<std::string, int>{{fmt::format("g{}/Q", far), 4}}));
}

TEST(EdgeWires, of_a_tree_are_no_longer_together_than_the_way_to_its_farthest_leaf) {
  EdgeNetlist core;
  const int root = core.flip_flop(2, "u_sequencer.enable_q");
  const int near = core.inverter(root), far = core.inverter(root);
  for (const int row : {0, 2}) core.flip_flop(near, fmt::format("gen_row[{}].q", row));
  for (const int row : {4, 6}) core.flip_flop(far, fmt::format("gen_row[{}].q", row));
  EXPECT_EQ(core.wires(), (std::map<std::string, int>{{fmt::format("g{}/Q", root), 4},
                                                      {fmt::format("g{}/Y", near), 2},
                                                      {fmt::format("g{}/Y", far), 2}}));
}

TEST(EdgeWires, are_none_within_a_row_between_neighbours_or_in_the_sequencer) {
  EdgeNetlist core;
  const int sequencer = core.flip_flop(core.flip_flop(2, "u_sequencer.a"), "u_sequencer.b");
  core.flip_flop(core.inverter(sequencer), "u_sequencer.c");
  const int first = core.flip_flop(2, "gen_row[5].first");
  core.flip_flop(first, "gen_row[5].second");
  core.flip_flop(core.inverter(first), "gen_row[5].third");
  const int chain = core.flip_flop(2, "gen_row[6].chain");
  core.flip_flop(core.inverter(chain), "gen_row[7].chain");
  core.flip_flop(chain, "gen_row[6].last");
  EXPECT_EQ(core.wires(), (std::map<std::string, int>{}));
}

// One register that holds all rows would be such a wire.
TEST(EdgeWires, end_at_the_arrays_ports) {
  EdgeNetlist core;
  const int hold = core.flip_flop(2, "u_skew.hold_q");
  core.array({{"hold_i", {hold, hold, hold, hold, hold, hold, hold, hold}}});
  EXPECT_EQ(core.wires(), (std::map<std::string, int>{{fmt::format("g{}/Q", hold), 7}}));
  EdgeNetlist rows;
  json holds;
  for (int row = 0; row < 8; ++row)
    holds.push_back(rows.flip_flop(2, fmt::format("u_skew.gen_row[{}].hold_q", row)));
  rows.array({{"hold_i", holds}});
  EXPECT_EQ(rows.wires(), (std::map<std::string, int>{}));
}

// Of an activity table: for each module's number the pins that it names, in the order of their
// names.
struct NamedPins {
  std::vector<std::string> pins;
  size_t nets = 0, instances = 0;
};
std::map<size_t, NamedPins> read_table(const std::filesystem::path& path) {
  std::map<size_t, NamedPins> modules;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kind, instance;
    size_t number = 0;
    words >> kind >> number;
    NamedPins& module = modules[number];
    if (kind == "M") {
      for (std::string net; words >> net; ++module.nets) {
        std::istringstream pins(net);
        for (std::string pin; std::getline(pins, pin, ',');) module.pins.push_back(pin);
      }
      std::ranges::sort(module.pins);
      continue;
    }
    EXPECT_EQ(kind, "I");
    words >> instance;
    ++module.instances;
    size_t values = 0;
    for (double toggles = 0, duty = 0; words >> toggles >> duty; ++values) {
      EXPECT_TRUE(toggles >= 0 && toggles <= 1) << line;
      EXPECT_TRUE(duty >= 0 && duty <= 1) << line;
    }
    EXPECT_EQ(values, module.nets) << line;
  }
  return modules;
}

// Yosys merges registers that are alike; one for all rows would be a wire down the whole array.
TEST(MappedCore, holds_each_row_by_a_register_of_its_own) {
  const CellLibrary library = read_liberty(kLiberty);
  const ArrayConfig config{.rows = 5, .cols = 2, .acc_width = 24};
  const MappedCore core = map_core(
      config, library, map_elements(config, library, 1, false).row_broadcast, Goal::kSpeed, false);
  const GateModule& top = core.gates.modules[core.gates.top];
  const auto array = std::ranges::find(top.instances, "u_array", &GateInstance::name);
  ASSERT_NE(array, top.instances.end());
  const std::vector<GatePort>& ports = core.gates.modules[array->module].ports;
  const auto hold = std::ranges::find(ports, "hold_i", &GatePort::name);
  ASSERT_NE(hold, ports.end());
  std::set<int> registers;
  for (int net : array->ports[hold - ports.begin()]) {
    const GateCell* driver = nullptr;
    do {  // through the broadcast's buffers
      driver = nullptr;
      for (const GateCell& cell : top.cells)
        for (const auto& [pin, at] : cell.pins)
          if (at == net && library.cells.at(cell.type).functions.contains(pin)) driver = &cell;
      ASSERT_TRUE(driver);
      for (const auto& [pin, at] : driver->pins)
        if (driver->type == library.buffer && pin == library.buffer_in) net = at;
    } while (driver->type == library.buffer);
    EXPECT_TRUE(library.cells.at(driver->type).flip_flop) << driver->type;
    registers.insert(net);
  }
  EXPECT_EQ(registers.size(), 5u);
}

// Every other test's netlist is sound; this one shows that an unsound one is noticed.
TEST(GateRun, runs_real_steps_exactly_and_notices_a_wrong_cell) {
  const CellLibrary library = read_liberty(kLiberty);
  const ArrayConfig config{.rows = 3, .cols = 5, .acc_width = 24};
  Network network = {.name = "two", .title = "two", .source = "test", .input = {4, 7, 7}};
  network.nodes.push_back(
      {.name = "pw", .layer = make_pointwise("pw", 4, 7, 7, 6), .inputs = {-1}});
  network.nodes.push_back(
      {.name = "dw", .layer = make_depthwise("dw", 6, 7, 7, 3, 1), .inputs = {0}});
  ASSERT_EQ(infer_shapes(network), "");
  const Workload workload = prepare_workload(config, network, "half", "", 1, 1);
  ASSERT_EQ(workload.layers.size(), 3u);
  MappedCore core = map_core(config, library, map_elements(config, library, 1, false).row_broadcast,
                             Goal::kArea, false);
  const TempFolder folder;
  const auto run = [&](const WorkloadLayer& layer, int64_t cycles) {
    return run_gates(core.gates, library, config, layer, cycles, 5, folder.path() / "table");
  };
  for (const WorkloadLayer& layer : workload.layers) {
    SCOPED_TRACE(layer.kind);
    const GateRun whole = run(layer, 1'000'000);
    EXPECT_TRUE(whole.exact()) << whole.cycles << " " << whole.predicted_cycles << " "
                               << whole.mismatches << " " << whole.violations;
    EXPECT_EQ(whole.results, layer.values.layer->outputs());
    EXPECT_EQ(whole.steps, whole.layer_steps);
    // What is not named would get OpenSTA's default.
    const std::map<size_t, NamedPins> table = read_table(folder.path() / "table");
    for (size_t m = 0; m < core.gates.modules.size(); ++m) {
      std::vector<std::string> pins;
      for (const GateCell& cell : core.gates.modules[m].cells)
        for (const auto& [pin, net] : cell.pins)
          if (pin != "CLK") pins.push_back(cell.name + "/" + pin);
      std::ranges::sort(pins);
      EXPECT_EQ(table.contains(m), !pins.empty());
      if (pins.empty()) continue;
      EXPECT_EQ(table.at(m).pins, pins);
      const bool element = core.gates.modules[m].name.find("rc_pe") != std::string::npos ||
                           core.gates.modules[m].name.find("rc_mac") != std::string::npos;
      EXPECT_EQ(table.at(m).instances, element ? 15u : 1u);
    }
    const GateRun part = run(layer, whole.cycles / 2);
    EXPECT_TRUE(part.exact());
    EXPECT_LE(part.cycles, whole.cycles / 2);
    EXPECT_LT(part.results, whole.results);
    EXPECT_GT(part.results, 0);
  }
  int changed = 0;
  for (GateModule& module : core.gates.modules) {
    if (module.name.find("rc_mac") == std::string::npos) continue;
    const auto cell = std::ranges::find(module.cells, "NAND2X1", &GateCell::type);
    if (cell == module.cells.end()) continue;
    cell->type = "NOR2X1";
    ++changed;
  }
  ASSERT_EQ(changed, 1);
  const GateRun broken = run(workload.layers.front(), 1'000'000);
  EXPECT_GT(broken.mismatches, 0);
  EXPECT_FALSE(broken.exact());
}

}  // namespace
}  // namespace rowcast
