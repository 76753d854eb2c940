// What the machine around the core takes: areas and fmax of one that is small enough to map in
// seconds, and the buffers behind its flip-flops.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "generator/files.h"
#include "synth/buffer_trees.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using nlohmann::json;

TEST(SynthAccelerator, reports_core_and_machine_and_counts_memories_apart) {
  const TempFolder folder;
  const test::CommandResult result = test::run_command(
      fmt::format("'{}' synth --accelerator --array 4 --seeds 1 --a-depth 300 --json r.json --csv "
                  "r.csv",
                  ROWCAST_BINARY),
      folder.path());
  ASSERT_EQ(result.status, 0) << result.text;
  const json root = json::parse(read_file(folder.path() / "r.json"));
  EXPECT_EQ(root["target"], "accelerator");
  const double core = root["core"]["area_um2"], whole = root["accelerator"]["area_um2"];
  EXPECT_GT(core, 0);
  EXPECT_GT(whole, core);
  EXPECT_DOUBLE_EQ(root["area_ratio"].get<double>(), whole / core);
  const double core_mhz = root["core"]["fmax_mhz"], mhz = root["accelerator"]["fmax_mhz"];
  EXPECT_DOUBLE_EQ(root["fmax_change"].get<double>(), (mhz - core_mhz) / core_mhz);
  EXPECT_GT(mhz, 0.95 * core_mhz) << "the machine slows the core down";
  // The modules by themselves are about the machine, and none of them is the core's or a memory.
  double sum = 0;
  std::map<std::string, int> instances;
  for (const json& module : root["modules"]) {
    sum += module["area_um2"].get<double>();
    instances[module["name"]] = module["instances"];
  }
  EXPECT_NEAR(sum / (whole - core), 1, 0.15);
  EXPECT_EQ(instances["rc_requantise"], 4);
  EXPECT_EQ(instances["rc_walk"], 1);
  EXPECT_FALSE(instances.contains("rc_pe"));
  EXPECT_FALSE(instances.contains("rc_ram"));
  EXPECT_EQ(root["memories"][0]["bits"], 4 * 300 * 8);
  EXPECT_EQ(root["memories"].size(), 5u);
}

TEST(BufferTrees, leave_no_flip_flop_with_more_inputs_than_it_may_drive) {
  CellLibrary library;
  library.buffer = "BUF";
  library.buffer_in = "A";
  library.buffer_out = "Y";
  library.cells["BUF"] = {.area = 1, .functions = {{"Y", "A"}}};
  library.cells["INV"] = {.area = 1, .functions = {{"Y", "(!A)"}}};
  library.cells["DFF"] = {
      .area = 4,
      .functions = {{"Q", "IQ"}},
      .flip_flop = FlipFlop{.state = "IQ", .next_state = "D", .clocked_on = "CK"}};
  const TempFolder folder;
  for (const int loads : {1, 5, 6, 25, 26, 200}) {
    constexpr int kMost = 5;
    json cells = {{"flop",
                   {{"type", "DFF"},
                    {"port_directions", {{"D", "input"}, {"CK", "input"}, {"Q", "output"}}},
                    {"connections", {{"D", {2}}, {"CK", {3}}, {"Q", {4}}}}}}};
    for (int i = 0; i < loads; ++i)
      cells[fmt::format("load{}", i)] = {{"type", "INV"},
                                         {"port_directions", {{"A", "input"}, {"Y", "output"}}},
                                         {"connections", {{"A", {4}}, {"Y", {5 + i}}}}};
    const auto file = folder.path() / "n.json";
    write_file(
        file,
        json{{"modules", {{"top", {{"cells", cells}, {"netnames", json::object()}}}}}}.dump());
    const int buffers = add_buffer_trees(file, "top", library, kMost);
    EXPECT_EQ(buffers == 0, loads <= kMost);
    const json after = json::parse(read_file(file))["modules"]["top"]["cells"];
    EXPECT_EQ(std::ssize(after), loads + 1 + buffers);
    // What each net drives, and which net drives a buffer's output.
    std::map<int, int> driven, above;
    for (const auto& [name, cell] : after.items()) {
      if (cell["type"] == "DFF") continue;
      ++driven[cell["connections"]["A"][0]];
      if (cell["type"] == "BUF") above[cell["connections"]["Y"][0]] = cell["connections"]["A"][0];
    }
    for (const auto& [net, count] : driven) EXPECT_LE(count, kMost) << "net " << net;
    for (int i = 0; i < loads; ++i) {
      int net = after[fmt::format("load{}", i)]["connections"]["A"][0];
      for (int steps = 0; net != 4 && steps < 10; ++steps) net = above.at(net);
      EXPECT_EQ(net, 4) << "load " << i << " of " << loads;
    }
  }
}

}  // namespace
}  // namespace rowcast
