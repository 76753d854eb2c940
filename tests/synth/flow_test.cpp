// The flow on arrays small enough to map in seconds, and what a bad library is told.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "generator/error.h"
#include "generator/files.h"
#include "synth/flow.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kLiberty = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";

class Synth : public testing::Test {
 protected:
  test::CommandResult rowcast(const std::string& arguments, const std::string& environment = {}) {
    return test::run_command(
        fmt::format("{} '{}' synth {}", environment, ROWCAST_BINARY, arguments), folder_.path());
  }
  void write(const std::string& name, const std::string& text) {
    write_file(folder_.path() / name, text);
  }
  void expect_refused(const std::string& arguments, const std::string& words) {
    const test::CommandResult result = rowcast(arguments);
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_EQ(result.text, "error: " + words + "\n");
  }
  int pictures(const std::string& name) {
    const std::string html = read_file(folder_.path() / name);
    int count = 0;
    for (size_t at = html.find("<svg"); at != std::string::npos; at = html.find("<svg", at + 1))
      ++count;
    return count;
  }
  TempFolder folder_;
};

TEST_F(Synth, reports_both_sides_and_overheads_that_follow_from_them) {
  const test::CommandResult result = rowcast(
      "--array 2x3 --seeds 2 --activity-cycles 150 --io-budget 0.4 --json r.json --csv r.csv "
      "--html r.html");
  ASSERT_EQ(result.status, 0) << result.text;
  const json root = json::parse(read_file(folder_.path() / "r.json"));
  EXPECT_EQ(root["array"], "2x3");
  EXPECT_EQ(root["liberty"], kLiberty);
  for (const char* side : {"base", "row_broadcast"}) {
    SCOPED_TRACE(side);
    const json& s = root[side];
    double sum = 0, element = 0;
    for (const json& module : s["modules"]) {
      sum += module["area_um2"].get<double>();
      if (module["name"] == "rc_pe" || module["name"] == "rc_mac") {
        EXPECT_EQ(module["instances"], 6);
        element += module["area_um2"].get<double>();
      }
    }
    EXPECT_NEAR(s["area_um2"], sum, 1e-3);
    EXPECT_NEAR(s["pe_area_um2"], element / 6, 1e-3);
    // What the gates computed was compared, and took the predicted cycles.
    ASSERT_EQ(s["layers"].size(), 3u);
    for (const json& layer : s["layers"]) {
      EXPECT_GT(layer["results"], 0);
      EXPECT_EQ(layer["mismatches"], 0);
      EXPECT_EQ(layer["violations"], 0);
      EXPECT_EQ(layer["cycles"], layer["predicted_cycles"]);
      EXPECT_LT(layer["steps"], layer["layer_steps"]);
      EXPECT_GT(layer["toggles_per_cell_and_cycle"], 0.01);
      EXPECT_LT(layer["toggles_per_cell_and_cycle"], 1);
      const json& total = layer["power"]["total"];
      EXPECT_NEAR(layer["power_w"],
                  total["internal_w"].get<double>() + total["switching_w"].get<double>() +
                      total["leakage_w"].get<double>(),
                  1e-12);
    }
    EXPECT_EQ(s["layers"][0]["role"], "gemm");
    EXPECT_EQ(s["layers"][1]["mapping"], std::string(side) == "base" ? "gemm-dwc" : "st-os");
    EXPECT_EQ(s["power_w"], s["layers"][0]["power_w"]);
    for (const char* dissolved : {"area_um2_dissolved", "pe_area_um2_dissolved"}) {
      EXPECT_LE(s[dissolved]["lowest"], s[dissolved]["mean"]);
      EXPECT_LE(s[dissolved]["mean"], s[dissolved]["highest"]);
    }
    EXPECT_NEAR(s["fmax_mhz"], 1000 / s["critical_path_ns"].get<double>(), 1e-6);
    EXPECT_NEAR(s["slack_ns"], 10 - s["critical_path_ns"].get<double>(), 1e-6);
    // The ports' paths are the core's own; the budget is what the user's logic has beside them.
    EXPECT_EQ(root["io_budget"], 0.4);
    double period = 1000 / s["fmax_mhz_with_wire"].get<double>();
    for (const auto& [kind, left] : {std::pair{"input", 0.6}, {"output", 0.6}, {"through", 0.2}}) {
      if (!s["ports"].contains(kind)) continue;
      const json& path = s["ports"][kind];
      EXPECT_GT(path["path_ns"], 0);
      period = std::max(period, path["path_ns"].get<double>() / left);
      EXPECT_EQ(path["path"][0].get<std::string>().find("_i") != std::string::npos,
                std::string(kind) != "output");
      EXPECT_EQ(path["path"][1].get<std::string>().find("_o") != std::string::npos,
                std::string(kind) != "input");
    }
    EXPECT_TRUE(s["ports"].contains("input") && s["ports"].contains("output"));
    EXPECT_NEAR(s["fmax_mhz_with_ports"], 1000 / period, 1e-6);
    EXPECT_GT(s["power_w"], 1e-3);
    EXPECT_NEAR(s["gate_equivalents"], s["area_um2"].get<double>() / 24, 1e-6);  // NAND2X1: 24 µm²
  }
  // The same cells make the multiplier on both sides: what is left are two NAND for each of 9 bits,
  // less what the registers' inverters take back.
  const auto mac = [&](const char* side) {
    for (const json& module : root[side]["modules"])
      if (module["name"] == "rc_mac") return module;
    return json();
  };
  EXPECT_EQ(mac("base"), mac("row_broadcast"));
  const double merges = root["row_broadcast"]["pe_area_um2"].get<double>() -
                        root["base"]["pe_area_um2"].get<double>();
  // One cell for each bit of b and for `last`: an OAI21 has 23 um2.
  EXPECT_GE(merges, 9 * 23);
  EXPECT_LT(merges, 9 * 32);
  ASSERT_EQ(root["networks"].size(), 4u);
  for (const json& network : root["networks"])
    EXPECT_NEAR(network["inferences_per_second"].get<double>() * network["cycles"].get<double>(),
                1e6 * root[network["hardware"].get<std::string>()]["fmax_mhz"].get<double>(), 1);
  const auto overhead = [&](const char* key) {
    return root["row_broadcast"][key].get<double>() / root["base"][key].get<double>() - 1;
  };
  EXPECT_NEAR(root["overhead"]["area"], overhead("area_um2"), 1e-9);
  EXPECT_NEAR(root["overhead"]["fmax"], overhead("fmax_mhz"), 1e-9);
  EXPECT_NEAR(root["overhead"]["power"], overhead("power_w"), 1e-9);
  EXPECT_THAT(
      read_file(folder_.path() / "r.csv"),
      testing::StartsWith("side,module,instances,cells,area_um2,gate_equivalents,fmax_mhz,"
                          "input_path_ns,output_path_ns,through_path_ns,fmax_mhz_with_ports\n"
                          "base,rc_mac,6,"));
  EXPECT_EQ(pictures("r.html"), 3);  // areas, power, performance
}

TEST(Elements, of_plain_hardware_stay_below_29600_um2_in_osu018_apart_or_dissolved) {
  const Element element = map_elements({}, read_liberty(kLiberty), 1, true).base;
  EXPECT_LE(element.um2, 29600);
  EXPECT_LE(element.dissolved_um2.high, 29600);
  EXPECT_GT(element.dissolved_um2.low, 81 * 96);  // the registers alone: 8 + 8 + 32 + 32 + 1
}

TEST_F(Synth, sweeps_a_width_and_reports_overheads_that_follow_from_the_areas) {
  const test::CommandResult result = rowcast(
      "--array 2x3 --weight-width 6 --seeds 1 --sweep data --json s.json --csv s.csv --html "
      "s.html");
  ASSERT_EQ(result.status, 0) << result.text;
  const json root = json::parse(read_file(folder_.path() / "s.json"));
  ASSERT_EQ(root["sweeps"].size(), 1u);
  EXPECT_EQ(root["sweeps"][0]["axis"], "data");
  EXPECT_EQ(root["sweeps"][0]["acc_width"], 32);  // 8 + 6 + 13, to whole bytes: kept at all widths
  const json& points = root["sweeps"][0]["points"];
  ASSERT_EQ(points.size(), 3u);
  double base = 0, added = 0;
  for (const auto& [i, width] : {std::pair{0, 4}, {1, 8}, {2, 16}}) {
    const json& p = points[i];
    EXPECT_EQ(p["value"], width);
    EXPECT_GT(p["base_area_um2"], base);
    EXPECT_GT(p["pe_added_um2"], added);
    base = p["base_area_um2"];
    added = p["pe_added_um2"];
    const double more = p["area_um2"].get<double>() - base;
    EXPECT_NEAR(p["overhead"]["area"], more / base, 1e-9);
    EXPECT_NEAR(p["added_um2_per_pe"], more / 6, 1e-6);
    EXPECT_GT(p["added_um2_per_pe"], added);
    EXPECT_NEAR(
        p["overhead"]["fmax"],
        p["fmax_mhz_with_wire"].get<double>() / p["base_fmax_mhz_with_wire"].get<double>() - 1,
        1e-9);
  }
  // The figures are those of a report of that width.
  ASSERT_EQ(rowcast("--array 2x3 --seeds 1 --activity blanket --json r.json").status, 0);
  const json one = json::parse(read_file(folder_.path() / "r.json"));
  EXPECT_EQ(one["base"]["area_um2"], points[1]["base_area_um2"]);
  EXPECT_EQ(one["row_broadcast"]["area_um2"], points[1]["area_um2"]);
  EXPECT_THAT(read_file(folder_.path() / "s.csv"),
              testing::StartsWith("axis,value,base_area_um2,area_um2,area_overhead,"));
  EXPECT_EQ(pictures("s.html"), 1);
}

// `head` leaves after the first point, and the second finds nobody who reads it.
TEST_F(Synth, shows_each_point_of_a_sweep_when_it_is_there_and_writes_no_file_before_the_last) {
  const test::CommandResult result =
      rowcast("--array 1x2 --seeds 1 --sweep data --json s.json --csv s.csv | head -n 3");
  EXPECT_THAT(result.text,
              testing::MatchesRegex("bits of activations and weights; otherwise 1x2, [^\n]+\n"
                                    " +data [^\n]+\n +4 +[0-9]+ [^\n]+\n"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "s.json"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "s.csv"));
}

// Both all for area, and with the same multiplier, mapped alone: what dissolving adds is what ABC
// finds across the borders of array and elements, such as the last row's drain, into which nothing
// comes.
TEST(Core, of_8x8_dissolved_differs_in_total_by_less_than_the_noise_of_an_element) {
  const CellLibrary library = read_liberty(kLiberty);
  const ArrayConfig config{.rows = 8, .cols = 8, .row_broadcast = 0};
  const Element element = map_elements(config, library, 8, true).base;
  const Interval& noise = element.dissolved_um2;
  ASSERT_GT(noise.high, noise.low);
  const double kept = map_core(config, library, element, Goal::kArea, false).netlist.area_um2(),
               dissolved = map_core(config, library, element, Goal::kArea, true).netlist.area_um2();
  RecordProperty("kept_um2", std::to_string(kept));
  RecordProperty("dissolved_um2", std::to_string(dissolved));
  EXPECT_NE(kept, dissolved);
  EXPECT_LT(std::abs(dissolved - kept) / kept, (noise.high - noise.low) / noise.low)
      << kept << " " << dissolved;
}

TEST_F(Synth, says_where_a_blanket_activity_stands_in_for_a_workload) {
  const test::CommandResult result =
      rowcast("--array 1x2 --seeds 1 --activity blanket --json r.json");
  ASSERT_EQ(result.status, 0) << result.text;
  EXPECT_THAT(result.text, HasSubstr("blanket activity of 0.1 transitions per net and cycle, not a "
                                     "workload's"));
  const json root = json::parse(read_file(folder_.path() / "r.json"));
  EXPECT_EQ(root["activity"], "blanket 0.1");
  EXPECT_EQ(root["power_of"], "blanket activity");
  EXPECT_GT(root["base"]["power_w"], 1e-4);
}

// A path is the user's text, and reaches no script.
TEST_F(Synth, takes_files_and_folders_of_any_name) {
  const std::string odd = "a b$[exit];'\"{\n%s\\";
  std::filesystem::create_directory(folder_.path() / odd);
  std::filesystem::copy(kLiberty, folder_.path() / odd / "x;[exit].lib");
  const std::string quoted = "\"$(printf 'a b$[exit];\\047\"{\\n%%s\\\\')";
  const test::CommandResult result = rowcast(
      fmt::format("--array 1 --seeds 1 --activity blanket --json r.json --liberty {}/x;[exit]"
                  ".lib\"",
                  quoted),
      fmt::format("TMPDIR={}\"", quoted));
  ASSERT_EQ(result.status, 0) << result.text;
  const json root = json::parse(read_file(folder_.path() / "r.json"));
  EXPECT_EQ(root["liberty"], odd + "/x;[exit].lib");
  EXPECT_GT(root["base"]["area_um2"], 0);
}

TEST_F(Synth, blames_a_library_that_the_tools_can_not_use) {
  std::string text = read_file(kLiberty);
  const std::string good = "next_state : \"D\"", bad = "next_state : \"CLK\"";
  for (size_t at; (at = text.find(good)) != text.npos;) text.replace(at, good.size(), bad);
  write("x.lib", text);
  const test::CommandResult result = rowcast("--array 1 --seeds 1 --liberty x.lib");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.text,
              testing::StartsWith("error: x.lib: can not be used, a library is needed of which the "
                                  "tools can make flip-flops and gates: yosys fails: ERROR: "));
  EXPECT_EQ(std::ranges::count(result.text, '\n'), 1) << result.text;
}

TEST_F(Synth, names_the_package_of_a_tool_that_is_missing) {
  for (const char* sweep : {"", " --sweep size"}) {
    const test::CommandResult result = rowcast(fmt::format("--array 1{}", sweep), "PATH=.");
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.text,
              "error: yosys: can not be run, --target asic needs it (Debian package yosys)\n");
  }
}

// A limit on the size of files stops writing as a full disk does.
TEST_F(Synth, on_a_full_disk_is_one_clear_error) {
  for (const int kilobytes : {100, 300, 700}) {
    SCOPED_TRACE(kilobytes);
    const test::CommandResult result = test::run_command(
        fmt::format(
            "bash -c \"trap '' XFSZ; ulimit -f {}; TMPDIR=$PWD '{}' synth --array 4 --seeds 1 "
            "--activity blanket\"",
            kilobytes, ROWCAST_BINARY),
        folder_.path());
    EXPECT_EQ(result.status, 2) << result.text;
    EXPECT_THAT(result.text, testing::StartsWith("error: " + folder_.path().string()));
    EXPECT_THAT(result.text, HasSubstr("can not be written"));
  }
}

TEST_F(Synth, without_gnuplot_refuses_a_page_before_any_work) {
  for (const char* sweep : {"", "--sweep size "}) {
    SCOPED_TRACE(sweep);
    const test::CommandResult result = rowcast(
        fmt::format("--array 2 {}--json r.json --csv r.csv --html r.html", sweep), "PATH=.");
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.text,
              "error: gnuplot: can not be run, --html needs it (Debian package gnuplot-nox)\n");
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
  }
}

TEST_F(Synth, refuses_bad_options) {
  expect_refused("--clock 0", "--clock: 0 is out of range, allowed is 0.01 to 10000");
  expect_refused("--activity some", "--activity: 'some' is unknown, allowed are workload, blanket");
  expect_refused(
      "--activity-layers nothing",
      "--activity-layers: 'nothing' selects nothing, allowed are numbers from 1 to 53, ranges "
      "A..B, and names as in `rowcast show mobilenet_v2`");
  expect_refused("--sweep size,width", "--sweep: 'width' is unknown, allowed are size, data, acc");
  expect_refused("--sweep size --io-budget 0.2",
                 "--io-budget: says nothing with --sweep, allowed is to leave it out");
  expect_refused("--sweep size --stages 1",
                 "--stages: says nothing with --sweep, allowed is to leave it out");
  expect_refused("--html none/p.html",
                 "none/p.html: can not be written, a file in a writable folder is needed");
  expect_refused("--clock nan", "--clock: 'nan' is no number, allowed is 0.01 to 10000");
  expect_refused("--clock 5ns", "--clock: '5ns' is no number, allowed is 0.01 to 10000");
  expect_refused("--no-row-broadcast",
                 "--no-row-broadcast: synth measures both sides, allowed is to leave it out");
}

}  // namespace
}  // namespace rowcast
