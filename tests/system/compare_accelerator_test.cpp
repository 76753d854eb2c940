// compare --accelerator: rows from an image in DRAM to scores.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "app/reports/memory_energy.h"
#include "generator/files.h"
#include "sim/accelerator/compile.h"
#include "sim/accelerator/dram.h"
#include "sim/formats/network_file.h"
#include "sim/machine/golden.h"
#include "sim/system/image.h"
#include "sim/system/timing.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kSmall =
    "input = [3, 12, 12]\n[[block]]\ntype = \"conv\"\nname = \"stem\"\nout = 8\nkernel = 3\n"
    "stride = 2\n[[block]]\ntype = \"separable\"\nout = 12\nkernel = 3\n"
    "stride = 1\nfuse50 = true\n";
constexpr const char* kMachine =
    " --array 4 --sizes 8 --axi-widths 32,512 --memories 50 --dram-latency 30 ";

class CompareAccelerator : public testing::Test {
 protected:
  CompareAccelerator() { write("small", std::string("name = \"small\"\n") + kSmall); }

  void write(const std::string& name, const std::string& text) const {
    write_file(path(name + ".toml"), text);
  }
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  test::CommandResult rowcast(const std::string& arguments) const {
    return test::run_command(test::quoted(ROWCAST_BINARY) + " compare --accelerator " + arguments,
                             folder_.path());
  }
  json rows(const std::string& arguments) const {
    const test::CommandResult result = rowcast(arguments + " --json c.json");
    EXPECT_EQ(result.status, 0) << result.text;
    return json::parse(read_file(path("c.json"))).at("rows");
  }
  void refused(const std::string& arguments, const std::string& problem) const {
    const test::CommandResult result =
        rowcast(arguments + " --json no.json --csv no.csv --html no.html");
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_EQ(result.text, problem) << arguments;
    for (const char* file : {"no.json", "no.csv", "no.html"})
      EXPECT_FALSE(std::filesystem::exists(path(file))) << arguments;
  }

  const TempFolder folder_;
};

// With the machine that a row names, put together anew.
accelerator::SystemConfig system_of(const json& row) {
  ArrayConfig array;
  std::string error;
  EXPECT_TRUE(parse_array_size(row.at("array").get<std::string>(), array, error)) << error;
  accelerator::SystemConfig system{.accelerator = accelerator::default_config(array),
                                   .axi_data_width = row.at("axi_data_width")};
  if (row.at("differs") == "memories") {
    system.accelerator.a_depth /= 2;
    system.accelerator.b_depth /= 2;
    system.accelerator.w_depth /= 2;
  }
  return system;
}

TEST_F(CompareAccelerator, says_the_exact_model_s_cycles_and_the_program_s_bytes_in_every_row) {
  const json all = rows(std::string("--networks small.toml") + kMachine);
  // The first machine, another size, two widths, memories, and layer by layer.
  ASSERT_EQ(all.size(), 3u * 6u);
  const Network small = read_network_file(path("small.toml"));
  std::set<std::string> differs;
  for (const json& row : all) {
    SCOPED_TRACE(row.dump());
    ASSERT_TRUE(row.at("problem").is_null());
    differs.insert(row.at("differs").get<std::string>());
    const auto variant =
        std::ranges::find(variants(), row.at("variant").get<std::string>(), &Variant::name);
    Network network = transform(small, *variant);
    ASSERT_EQ(infer_shapes(network), "");
    const accelerator::SystemConfig system = system_of(row);
    const accelerator::Program program =
        accelerator::compile(network, system.accelerator,
                             row.at("spill") == "all" ? accelerator::Spilling::kAll
                                                      : accelerator::Spilling::kWhereNeeded);
    const accelerator::SystemCycles counted =
        times_of(image_of(program, system).instructions, system, {30, 30, 1}).counted;
    EXPECT_EQ(row.at("cycles"), counted.cycles);
    EXPECT_EQ(row.at("moves_cycles"), cycles_of(program));
    EXPECT_EQ(row.at("dram_bytes"), accelerator::dram_bytes(program).total());
    EXPECT_EQ(row.at("read_beats"), counted.beats_fetched + counted.beats_loaded);
    EXPECT_EQ(row.at("written_beats"), counted.beats_stored);
    EXPECT_EQ(row.at("macs"), network.macs());
    EXPECT_GE(row.at("cycles"), row.at("compute_roofline_cycles"));
    EXPECT_GE(row.at("cycles"), row.at("dram_roofline_cycles"));
    EXPECT_EQ(row.at("spilled_bytes") > 0, row.at("spill") == "all");
    const MemoryEnergy energy = memory_energy(program, accelerator::dram_bytes(program).total());
    EXPECT_DOUBLE_EQ(row.at("ram_joule"), *energy.ram_joule);
    for (const char* key : {"fmax_mhz", "frames_per_second", "array_joule", "library"})
      EXPECT_TRUE(row.at(key).is_null()) << key;
  }
  EXPECT_EQ(differs, (std::set<std::string>{"", "array", "bus", "memories", "spill"}));
}

TEST_F(CompareAccelerator, has_the_array_alone_as_compare_has_it) {
  const json all =
      rows("--networks small.toml --array 4 --sizes none --axi-widths none --memories none");
  ASSERT_EQ(all.size(), 3u * 2u);
  const test::CommandResult result = test::run_command(
      test::quoted(ROWCAST_BINARY) + " compare --networks small.toml --array 4 --json a.json",
      folder_.path());
  ASSERT_EQ(result.status, 0) << result.text;
  const json alone = json::parse(read_file(path("a.json")));
  for (const json& row : all) {
    int found = 0;
    for (const json& other : alone.at("rows"))
      if (other.at("variant") == row.at("variant") && other.at("mapping") == "st-os") {
        EXPECT_EQ(row.at("array_cycles"), other.at("cycles"));
        ++found;
      }
    EXPECT_EQ(found, 1);
  }
}

TEST_F(CompareAccelerator, says_how_much_a_variant_saves_over_the_unmodified_network) {
  const std::string arguments =
      "--networks small.toml --array 4 --sizes none --axi-widths none --memories none";
  const json all = rows(arguments + " --variants baseline,half");
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].at("cycles_saved"), 1);
  EXPECT_DOUBLE_EQ(all[2].at("cycles_saved"),
                   all[0].at("cycles").get<double>() / all[2].at("cycles").get<double>());
  EXPECT_DOUBLE_EQ(all[3].at("dram_bytes_saved"),
                   all[1].at("dram_bytes").get<double>() / all[3].at("dram_bytes").get<double>());
  EXPECT_TRUE(rows(arguments + " --variants half")[0].at("cycles_saved").is_null());
}

TEST_F(CompareAccelerator, lists_what_an_accelerator_refuses_with_the_reason) {
  write("hswish",
        std::string("name = \"hswish\"\n") + kSmall +
            "[[block]]\ntype = \"pointwise\"\nname = \"p\"\nout = 8\nactivation = \"hswish\"\n");
  const std::string arguments =
      "--networks hswish.toml,small.toml --array 4 --sizes none --axi-widths none --memories none "
      "--csv c.csv --html c.html";
  const test::CommandResult result = rowcast(arguments + " --json c.json");
  ASSERT_EQ(result.status, 0) << result.text;
  const std::string reason = "its activation (hswish) is no clamp and needs a table";
  for (const std::string& text : {result.text, read_file(path("c.csv")), read_file(path("c.html"))})
    EXPECT_THAT(text, HasSubstr(reason));
  const json report = json::parse(read_file(path("c.json")));
  for (const json& row : report.at("rows")) {
    const bool runs = row.at("network") == "small";
    EXPECT_EQ(row.at("problem").is_null(), runs);
    EXPECT_EQ(row.at("cycles").is_null(), !runs);
    EXPECT_EQ(row.at("cycles_saved").is_null(), !runs);
    EXPECT_EQ(row.at("problem").dump().find(reason) == std::string::npos, runs);
  }
}

TEST_F(CompareAccelerator, takes_clock_and_power_from_reports_of_synth) {
  const json core = {{"array", "4x4"},
                     {"library", "cells"},
                     {"data_width", 8},
                     {"weight_width", 8},
                     {"clock_ns", 10},
                     {"power_of", "gemm layer"},
                     {"row_broadcast", {{"fmax_mhz", 150.0}, {"power_w", 0.25}}}};
  const json machine = {{"target", "accelerator"},
                        {"array", "4x4"},
                        {"library", "cells"},
                        {"core", {{"fmax_mhz", 150.0}}},
                        {"accelerator", {{"fmax_mhz", 125.0}}}};
  const auto keep = [&](const char* name, json report) { write_file(path(name), report.dump()); };
  keep("core.json", core);
  keep("machine.json", machine);
  const std::string arguments =
      "--networks small.toml --array 4 --sizes 8 --axi-widths none --memories none --synth ";
  const auto check = [&](const std::string& files, double mhz, bool power) {
    for (const json& row : rows(arguments + files)) {
      const bool known = row.at("array") == "4x4";
      const double cycles = row.at("cycles");
      if (known) {
        EXPECT_EQ(row.at("fmax_mhz"), mhz);
        EXPECT_DOUBLE_EQ(row.at("frames_per_second"), mhz * 1e6 / cycles);
        EXPECT_EQ(row.at("library"), "cells");
      } else {
        EXPECT_TRUE(row.at("fmax_mhz").is_null());
        EXPECT_TRUE(row.at("frames_per_second").is_null());
      }
      if (known && power)
        EXPECT_NEAR(row.at("array_joule"), 2.5e-9 * cycles, 1e-18);
      else
        EXPECT_TRUE(row.at("array_joule").is_null());
    }
  };
  check("core.json", 150, true);
  check("machine.json", 125, false);
  check("core.json,machine.json", 125, true);

  json other = core;
  other["data_width"] = 4;
  keep("other.json", other);
  refused(arguments + "other.json",
          "error: --synth: other.json: data_width is 4, allowed is the array's, 8\n");
  other = machine;
  other["library"] = "more\n";
  keep("other.json", other);
  refused(
      arguments + "core.json,other.json",
      "error: --synth: other.json: 4x4 is mapped to 'more\\x0a' here, to 'cells' before, allowed "
      "is one library\n");
  refused(arguments + "core.json,core.json",
          "error: --synth: core.json: 4x4 is there twice, allowed is once\n");
  std::vector<std::string> spoiled = {"", "{", "[]", "null", "7", json{{"array", "4x3"}}.dump()};
  for (const json& change :
       {json{{"target", "ice40"}}, json{{"array", 4}}, json{{"array", "4x2"}}, json{{"library", 1}},
        json{{"clock_ns", 0}}, json{{"row_broadcast", {{"fmax_mhz", -1}, {"power_w", 1}}}},
        json{{"row_broadcast", nullptr}}, json{{"power_of", json::array()}}}) {
    json report = core;
    report.update(change);
    spoiled.push_back(report.dump());
  }
  for (const std::string& text : spoiled) {
    SCOPED_TRACE(text);
    write_file(path("bad.json"), text);
    refused(arguments + "bad.json",
            "error: --synth: bad.json: is no report of a square array, allowed is what synth "
            "--json and synth --accelerator --json write\n");
  }
}

TEST_F(CompareAccelerator, refuses_what_can_not_be_before_any_work) {
  const std::pair<std::string, std::string> kRefused[] = {
      {"--variants half,x",
       "--variants: 'x' is unknown, allowed are baseline, full, half, full50, half50"},
      {"--variants half,half", "--variants: 'half' is there twice, allowed is once"},
      {"--axi-widths 64,x", "--axi-widths: 'x' is no integer, allowed is 32 to 512, or none"},
      {"--axi-widths 1024", "--axi-widths: 1024 is out of range, allowed is 32 to 512, or none"},
      {"--axi-widths 48",
       "--axi-widths: axi_data_width: 48 given, allowed are 32, 64, 128, 256 and 512"},
      {"--memories 0", "--memories: 0 is out of range, allowed is 1 to 1000, or none"},
      {"--memories ,", "--memories: '' is no integer, allowed is 1 to 1000, or none"},
      {"--rtl", "--rtl: says nothing with --accelerator, allowed is to leave it out"},
      {"--accuracy a.json",
       "--accuracy: says nothing with --accelerator, allowed is to leave it out"},
  };
  for (const auto& [arguments, problem] : kRefused)
    refused("--networks small.toml --array 4 " + arguments, "error: " + problem + "\n");
  refused("--networks small.toml,small.toml --array 4",
          "error: --networks: 'small' is there twice, allowed is once\n");
  for (const std::string size : {"8x4", "x", "", "8,", "0", "1025"}) {
    const test::CommandResult result =
        rowcast("--networks small.toml --array 4 --sizes " + test::quoted(size));
    EXPECT_EQ(result.status, 2) << size;
    EXPECT_THAT(result.text, HasSubstr("error: --sizes: ")) << size;
  }
  for (const char* array : {"4x8", "4 --no-row-broadcast"})
    EXPECT_EQ(rowcast(std::string("--networks small.toml --array ") + array).status, 2) << array;
  const test::CommandResult alone = test::run_command(
      test::quoted(ROWCAST_BINARY) + " compare --networks small.toml --variants half",
      folder_.path());
  EXPECT_EQ(alone.status, 2);
  EXPECT_EQ(alone.text,
            "error: --variants: says nothing without --accelerator, allowed is with "
            "--accelerator\n");
}

TEST_F(CompareAccelerator, writes_the_same_bytes_again) {
  std::string before;
  for (const std::string name : {"a", "b"}) {
    const test::CommandResult result =
        rowcast(fmt::format("--networks small.toml {} --json {}.json --csv {}.csv --html {}.html",
                            kMachine, name, name, name));
    ASSERT_EQ(result.status, 0) << result.text;
    const std::string all = result.text + read_file(path(name + ".json")) +
                            read_file(path(name + ".csv")) + read_file(path(name + ".html"));
    EXPECT_EQ(all, before.empty() ? all : before);
    before = all;
  }
}

// gnuplot carries out what stands in backquotes.
TEST_F(CompareAccelerator, has_a_page_with_the_roofline_the_citations_and_what_names_say) {
  write("hostile", std::string("name = \"a`touch pwned`'<b>&$(touch pwned)\"\n") + kSmall);
  const test::CommandResult result =
      rowcast(std::string("--networks hostile.toml --html p.html") + kMachine);
  ASSERT_EQ(result.status, 0) << result.text;
  EXPECT_FALSE(std::filesystem::exists(path("pwned")));
  const std::string page = read_file(path("p.html"));
  for (const char* text :
       {"<td>a`touch pwned`'&lt;b&gt;&amp;$(touch pwned)<td>baseline", "Roofline: N × N",
        "16 MACs, 4 bytes", "16 MACs, 64 bytes", "64 MACs, 16 bytes", "4x4, array alone",
        "Published, cited, not measured here", "Edge TPU, 64x64", "1,248,000–1,300,000", "798,722",
        "ISSCC 2014", "ASP-DAC 2023", "layer by layer"})
    EXPECT_THAT(page, HasSubstr(text));
  EXPECT_EQ(page.find("<b>&$"), std::string::npos);
}

TEST(MemoryEnergy, counts_words_of_loads_and_moves_by_the_table) {
  accelerator::Program program;
  program.config = {.array = {.rows = 4, .cols = 4},
                    .a_depth = 8 << 10,
                    .b_depth = 32 << 10,
                    .w_depth = 33 << 10,
                    .q_depth = 2,
                    .s_depth = 2,
                    .tables = 0};
  using enum accelerator::Memory;
  program.loads = {{.memory = kA, .depth = 10},
                   {.memory = kB, .depth = 20},
                   {.memory = kW, .depth = 30},
                   {.memory = kQ, .depth = 2}};
  program.stores = {{.memory = kB, .depth = 5}};
  const MemoryEnergy energy = memory_energy(program, 800);
  // A byte of A takes 10/8 pJ, of B 20/8, of W 100/8.
  EXPECT_NEAR(*energy.ram_joule, 4 * (10 * 1.25 + 25 * 2.5 + 30 * 12.5) * 1e-12, 1e-20);
  EXPECT_NEAR(energy.dram_joule[0], 100 * 1.3e-9, 1e-18);
  EXPECT_NEAR(energy.dram_joule[1], 100 * 2.6e-9, 1e-18);
  program.config.w_depth = (1 << 20) + 1;
  EXPECT_FALSE(memory_energy(program, 800).ram_joule);
}

}  // namespace
}  // namespace rowcast
