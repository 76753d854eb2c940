// The program as a user meets it: exit codes, the exact words of errors, files it writes, and that
// a refused command leaves nothing behind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "generator/files.h"
#include "sim/host/cache.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

struct Outcome {
  int status;
  std::string out, err;
};

class CommandLine : public testing::Test {
  TempFolder temporary_;

 protected:
  const fs::path folder_ = [this] {
    fs::create_directories(temporary_.path() / "work");
    return temporary_.path() / "work";
  }();

  // Runs the program in folder_, for a minute at most; `arguments` are the shell's words.
  Outcome rowcast(const std::string& arguments) {
    const int status =
        test::run_command(
            fmt::format("timeout 60 '{}' {} >../out 2>../err", ROWCAST_BINARY, arguments), folder_)
            .status;
    return {status, read_file(temporary_.path() / "out"), read_file(temporary_.path() / "err")};
  }

  void write(const std::string& name, const std::string& text) { write_file(folder_ / name, text); }
  json read_json(const std::string& name) { return json::parse(read_file(folder_ / name)); }

  // Everything in folder_, with what files say.
  std::map<std::string, std::string> contents() {
    std::map<std::string, std::string> result;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder_))
      result[fs::relative(entry.path(), folder_)] =
          entry.is_regular_file() ? read_file(entry.path()) : "";
    return result;
  }

  // Refused: exit code 2, the words on stderr and only there, no file made or changed.
  template <class Matcher>
  void expect_refused(const std::string& arguments, const Matcher& words) {
    SCOPED_TRACE(arguments);
    const auto before = contents();
    const Outcome outcome = rowcast(arguments);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, words);
    EXPECT_THAT(outcome.err, StartsWith("error: "));
    EXPECT_EQ(contents(), before);
  }

  // Three layers: quick in any model.
  const std::string tiny_ =
      "name = \"tiny\"\ninput = [2, 6, 6]\n"
      "[[block]]\ntype = \"conv\"\nname = \"stem\"\nout = 4\nkernel = 3\nactivation = \"relu\"\n"
      "[[block]]\ntype = \"separable\"\nout = 5\nkernel = 3\nactivation = \"relu6\"\nfuse50 = "
      "true\n";
};

// ---------------------------------------------------------------- the array's options

TEST_F(CommandLine, refuses_an_unknown_key_of_a_configuration) {
  write("a.toml", "rows = 4\ncolumns = 4\n");
  expect_refused("generate --config a.toml -o d",
                 StartsWith("error: a.toml:2: columns: unknown key, allowed are "));
}

TEST_F(CommandLine, refuses_a_wrong_type_in_a_configuration) {
  write("a.toml", "rows = \"4\"\nrow_broadcast = 1\n");
  expect_refused("generate --config a.toml -o d",
                 "error: a.toml:1: rows: is a string, allowed is an integer from 1 to 1024\n"
                 "error: a.toml:2: row_broadcast: is an integer, allowed is true or false\n");
}

TEST_F(CommandLine, refuses_a_configuration_that_is_no_toml) {
  write("a.toml", "rows = 4\ncols 4\n");
  expect_refused("generate --config a.toml -o d",
                 StartsWith("error: a.toml:2: is no valid TOML: "));
  expect_refused("generate --config no.toml -o d",
                 "error: no.toml: can not be read, a readable file is needed\n");
}

TEST_F(CommandLine, refuses_arrays_of_impossible_sizes) {
  for (const std::string size : {"0", "0x5", "5x0", "99999", "4x", "-4", "4by4"})
    expect_refused(
        "generate -o d --array=" + size,
        "error: --array: '" + size +
            "' is no array size, allowed is ROWSxCOLS or a single side, from 1 to 1024\n");
}

TEST_F(CommandLine, refuses_an_accumulator_that_holds_no_product) {
  expect_refused("generate --acc-width 15 -o d",
                 "error: acc_width: 15 is too small to hold one product, allowed is 16 (data_width "
                 "8 + weight_width 8) to 64\n");
}

TEST_F(CommandLine, refuses_with_all_problems_at_once) {
  write("a.toml", "tag_width = 0\nbroadcast_stages = 1\n");
  expect_refused(
      "run --layer pw:1x1x1 --config a.toml --array 0 --data-width 1 --weight-width x --acc-width "
      "3 --no-row-broadcast",
      "error: a.toml:1: tag_width: 0 is out of range, allowed is 1 to 24\n"
      "error: --array: '0' is no array size, allowed is ROWSxCOLS or a single side, from 1 to "
      "1024\n"
      "error: --data-width: 1 is out of range, allowed is 2 to 16\n"
      "error: --weight-width: 'x' is no integer, allowed is 2 to 16\n"
      "error: --acc-width: 3 is out of range, allowed is 4 to 64\n"
      "error: broadcast_stages: 1 needs the row broadcast, allowed is 0 where row_broadcast is "
      "false\n");
}

TEST_F(CommandLine, prefers_options_to_the_file_and_the_file_to_defaults) {
  write("a.toml", "rows = 3\ncols = 5\ndata_width = 6\ntag_width = 9\n");
  ASSERT_EQ(rowcast("generate --config a.toml --array 2x7 --data-width 4 -o d").status, 0);
  const json config = read_json("d/manifest.json")["config"];
  EXPECT_EQ(config["rows"], 2);
  EXPECT_EQ(config["cols"], 7);
  EXPECT_EQ(config["data_width"], 4);
  EXPECT_EQ(config["tag_width"], 9);
  EXPECT_EQ(config["weight_width"], 8);
}

// ---------------------------------------------------------------- what is to be run

TEST_F(CommandLine, refuses_an_unknown_network_mapping_variant_view_or_seed) {
  expect_refused("run alexnet",
                 AllOf(StartsWith("error: network: 'alexnet' is unknown, allowed are "),
                       HasSubstr("mobilenet_v2")));
  expect_refused("run no.toml", "error: no.toml: can not be read, a readable file is needed\n");
  expect_refused("run mobilenet_v2 --mapping fast",
                 StartsWith("error: --mapping: 'fast' is unknown, allowed are auto, "));
  expect_refused("run mobilenet_v2 --variant quarter",
                 "error: --variant: 'quarter' is unknown, allowed are baseline, full, half, "
                 "full50, half50, all\n");
  expect_refused("run mobilenet_v2 --view fast",
                 "error: --view: 'fast' is unknown, allowed are structural, vector\n");
  expect_refused("generate --view fast -o d",
                 "error: --view: 'fast' is unknown, allowed are structural, vector\n");
  expect_refused("run mobilenet_v2 --seed 1.5",
                 "error: --seed: '1.5' is no integer, allowed is 0 to 18446744073709551615\n");
  expect_refused("estimate mobilenet_v2 --model guess",
                 StartsWith("error: --model: 'guess' is unknown, allowed are rtl, "));
  expect_refused("estimate mobilenet_v2 --model date21 --rounding up",
                 StartsWith("error: --rounding: 'up' is unknown, allowed are "));
}

TEST_F(CommandLine, refuses_a_network_file_with_problems) {
  write("n.toml", "name = \"n\"\n[[block]]\ntype = \"conv\"\nname = \"a\"\nout = 0\n");
  expect_refused("show n.toml",
                 "error: n.toml:1: input: is missing\n"
                 "error: n.toml:5: out: 0 is out of range, allowed is 1 to 16777216\n"
                 "error: n.toml:2: kernel: is missing\n");
}

TEST_F(CommandLine, refuses_st_os_on_an_array_without_the_row_broadcast) {
  for (const std::string mapping : {"st-os", "st-os-line"})
    expect_refused("run mobilenet_v2 --no-row-broadcast --mapping " + mapping,
                   MatchesRegex("error: mapping " + mapping +
                                ": needs an array with row_broadcast, allowed here [^\n]*\n"));
}

TEST_F(CommandLine, refuses_layers_that_select_nothing) {
  expect_refused("run mobilenet_v2 --layers block99",
                 "error: --layers: 'block99' selects nothing, allowed are numbers from 1 to 53, "
                 "ranges A..B, and names as in "
                 "`rowcast show mobilenet_v2`\n");
  for (const std::string item : {"0", "54", "5..3", "60..70", "50..54", "0..3", "1..", "..2",
                                 "block", "stem.", "-1", "1...2"})
    expect_refused("estimate mobilenet_v2 --layers=1,stem," + item + ",2",
                   StartsWith("error: --layers: '" + item +
                              "' selects nothing, allowed are numbers from 1 to 53"));
}

TEST_F(CommandLine, refuses_layers_that_are_no_layers) {
  const std::string allowed =
      ", allowed is conv:HxWxC,kK,sS,pP,dD,oN pw:HxWxC,sS,pP,oN dw:HxWxC,kK,sS,pP,dD,mM "
      "fuse:HxWxC,kK,sS,pP,dD,half|full or fc:C,oN (kernel K, stride S and dilation D one number "
      "or "
      "height x width as in 3x5, padding P one number or top.left.bottom.right, M filters of each "
      "channel)\n";
  const auto refused = [&](const std::string& spec, const std::string& why) {
    expect_refused("run --layer '" + spec + "'", "error: --layer: '" + spec + "' " + why + allowed);
  };
  refused("dw", "has no kind");
  refused("gemm:4x4x4", "has an unknown kind 'gemm'");
  refused("dw:4x4", "has the wrong number of sizes");
  refused("fc:4x4x4", "has the wrong number of sizes");
  refused("dw:0x4x4", "has a size that is no number from 1 to 16777216");
  refused("dw:4x4x99999999", "has a size that is no number from 1 to 16777216");
  refused("dw:4xfourx4", "has a size that is no number from 1 to 16777216");
  refused("dw:", "has a size that is no number from 1 to 16777216");
  refused("dw:4x4x4,", "has an unknown part ''");
  refused("dw:4x4x4,k0", "has an unknown part 'k0'");
  refused("dw:4x4x4,q3", "has an unknown part 'q3'");
  refused("dw:4x4x4,half", "has an unknown part 'half'");
  for (const std::string part : {"k3x0", "k1x2x3", "kx3", "s2x", "d0", "p1.2", "p1.2.3.4.5", "p-1",
                                 "p1.2.3.", "p16777217", "m0", "m4194305"})
    refused("dw:4x4x4," + part, "has an unknown part '" + part + "'");
  refused("dw:4x4x4,k3,d4,p0",
          "can not exist: dw: kernel: 3x3 with dilation 4x4, which is 9x9, is larger than the "
          "padded input 4x4");
  refused("dw:4x4x4,k3,d16777216,p0",
          "can not exist: dw: kernel: 3x3 with dilation 16777216x16777216, which is "
          "33554433x33554433, is larger than the padded input 4x4");
  refused("fuse:4x4x4,d1x2",
          "can not exist: fuse: dilation: 1x2 can not be fused, allowed is an equal one along both "
          "axes");
  refused("fuse:4x4x4,p0",
          "can not exist: fuse: padding: 0.0.0.0 makes 2x2 outputs, but a fuse layer's branches, "
          "each padded along its own axis only, need 4x4");
  refused("dw:1x1x4,k4", "can not exist: dw: kernel: 4x4 is larger than the padded input 3x3");
  refused("fuse:4x4x1",
          "can not exist: fuse: in_channels: 1 can not be fused, allowed is 2 or more");
  refused("fuse:4x4x4,k2",
          "can not exist: fuse: kernel: 2x2 can not be fused, allowed is an odd square kernel up "
          "to 4095x4095");
  refused("pw:16384x16384x16384",
          "can not exist: pw: size: a tensor has more than 2^36 elements, padding included");
}

TEST_F(CommandLine, refuses_parts_of_a_layer_that_would_have_no_effect) {
  for (const auto& [spec, part] : {std::pair("dw:4x4x4,o3", "o3"),
                                   {"pw:4x4x4,k3", "k3"},
                                   {"pw:4x4x4,o3,d2", "d2"},
                                   {"conv:4x4x4,m2", "m2"},
                                   {"fc:4,s2", "s2"},
                                   {"fc:4,k3", "k3"},
                                   {"conv:4x4x4,k3,k5", "k5"},
                                   {"fuse:4x4x4,o8", "o8"}})
    expect_refused(fmt::format("estimate --layer '{}'", spec),
                   StartsWith(fmt::format(
                       "error: --layer: '{}' has an unknown part '{}', allowed is ", spec, part)));
}

TEST_F(CommandLine, runs_layers_of_any_window_as_exactly_as_the_usual_ones) {
  // Every channel-wise mapping, on one array.
  for (const char* mapping : {"im2col", "gemm-dwc", "st-os", "st-os-line"})
    for (const char* layer :
         {"dw:9x7x3,k3x5,s2x1,p0.3.2.1,d1x2,m2", "dw:8x11x4,k2x3,s1x3,p2.0.0.1,d3x1",
          "dw:7x6x2,k1x4,d1x2,p0.1.1.4,m5", "fuse:9x8x5,k3,s2x1,d2,full"}) {
      SCOPED_TRACE(fmt::format("{} by {}", layer, mapping));
      const Outcome outcome = rowcast(
          fmt::format("run --layer {} --array 5x8 --mapping {} --json r.json", layer, mapping));
      EXPECT_EQ(outcome.status, 0) << outcome.err;
      const json ran = read_json("r.json")["layers"].at(0);
      EXPECT_EQ(ran.at("mismatches"), 0);
      EXPECT_EQ(ran.at("measured_cycles"), ran.at("predicted_cycles"));
    }
  for (const char* layer : {"conv:9x7x3,k3x2,s1x2,p0.1.2.0,d2x3,o7", "pw:9x7x3,s2x3,p1.0.0.2,o6"})
    EXPECT_EQ(rowcast(fmt::format("run --layer {} --array 5x8", layer)).status, 0) << layer;
}

TEST_F(CommandLine, needs_exactly_one_network_or_layer) {
  for (const char* command : {"run", "estimate", "show", "run mobilenet_v2 --layer pw:1x1x1"})
    expect_refused(command,
                   "error: command line: exactly one of a network and --layer is needed\n");
}

TEST_F(CommandLine, refuses_missing_commands_and_unknown_options) {
  expect_refused("", "error: command line: A subcommand is required (see rowcast --help)\n");
  expect_refused("frobnicate", StartsWith("error: command line: "));
  expect_refused("run mobilenet_v2 --frobnicate",
                 "error: command line: The following argument was not expected: --frobnicate (see "
                 "rowcast --help)\n");
  expect_refused("generate --array 4", "error: --output: is missing, it is required\n");
  expect_refused("run mobilenet_v2 --array", StartsWith("error: command line: --array: "));
}

// ---------------------------------------------------------------- files that can not be written

TEST_F(CommandLine, refuses_folders_that_can_not_be_written) {
  write("file", "precious\n");
  const std::string needed =
      ", a new or empty folder, or one that generate has written, in a writable folder is needed\n";
  expect_refused("generate --array 4 -o /dev/null/x",
                 "error: /dev/null/x: can not be written: Not a directory" + needed);
  expect_refused("generate --array 4 -o file/x/y",
                 "error: file/x/y: can not be written: Not a directory" + needed);
  expect_refused("generate --array 4 -o file",
                 "error: file: can not be written: is no folder" + needed);
  expect_refused("run --layer pw:2x2x2 --array 4 --dump file/x",
                 "error: file/x: can not be written, a writable folder is needed\n");
  expect_refused("run --layer pw:2x2x2 --array 4 --dump file",
                 "error: file: can not be written, a writable folder is needed\n");
}

TEST_F(CommandLine, refuses_files_that_can_not_be_written_before_any_work) {
  write("file", "precious\n");
  fs::create_directories(folder_ / "d");
  for (const std::string option : {"--json ", "--csv "})
    for (const std::string path : {"file/x.json", "/dev/null/x.json", "no/such/folder/x.json", "d"})
      for (const std::string command : {"estimate", "run"})
        expect_refused(
            command + " --layer pw:2x2x2 --array 4 " + (command == "run" ? "--dump dump " : "") +
                option + path,
            "error: " + path + ": can not be written, a file in a writable folder is needed\n");
}

TEST_F(CommandLine, leaves_no_half_generated_folder_where_one_file_can_not_be_written) {
  fs::create_directories(folder_ / "d/manifest.json");  // a folder where a file has to go
  write("d/manifest.json/precious", "precious\n");
  const Outcome outcome = rowcast("generate --array 4 -o d");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, StartsWith("error: d: can not be written: "));
  EXPECT_EQ(read_file(folder_ / "d/manifest.json/precious"), "precious\n");
  for (const auto& [name, text] : contents()) EXPECT_THAT(name, Not(HasSubstr("rowcast-")));
}

// ---------------------------------------------------------------- overflow

TEST_F(CommandLine, refuses_sums_that_could_overflow_and_wraps_them_if_told) {
  const std::string layer = "run --layer pw:4x4x64,o4 --array 4 --acc-width 16";
  expect_refused(layer + " --json r.json",
                 "error: layer pw: a sum of 64 products of 8 x 8 bits can overflow the 16-bit "
                 "accumulator (a wider acc_width, "
                 "or --allow-overflow to wrap around)\n");
  const Outcome outcome = rowcast(layer + " --allow-overflow --dump d --json r.json");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(read_json("r.json")["totals"]["mismatches"], 0);
  // Golden is exact and does not fit 16 bits; the array's sums are the same modulo 2^16.
  const auto sums = [&](const std::string& name) {
    const std::string text = read_file(folder_ / "d" / name);
    std::vector<int64_t> values(64);
    std::memcpy(values.data(), text.data() + text.size() - 512, 512);
    return values;
  };
  const std::vector<int64_t> golden = sums("01_pw_golden.npy"), rtl = sums("01_pw_rtl.npy");
  int wrapped = 0;
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(rtl[i], static_cast<int16_t>(golden[i])) << i;
    wrapped += rtl[i] != golden[i];
  }
  EXPECT_GT(wrapped, 5);
}

// ---------------------------------------------------------------- what is written

std::vector<std::string> keys_of(const json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

TEST_F(CommandLine, run_writes_json_with_every_key_that_scripts_rely_on) {
  write("tiny.toml", tiny_);
  ASSERT_EQ(rowcast("run tiny.toml --variant half --array 4 --seed 7 --json r.json").status, 0);
  const json root = read_json("r.json");
  EXPECT_THAT(keys_of(root),
              IsSupersetOf({"schema", "config", "array", "network", "variant", "mapping", "model",
                            "rounding", "view", "tools", "seed", "layers", "totals", "timing"}));
  EXPECT_EQ(root["schema"], 2);
  EXPECT_EQ(root["array"], "4x4");
  EXPECT_EQ(root["network"], "tiny");
  EXPECT_EQ(root["variant"], "half");
  EXPECT_EQ(root["mapping"], "auto");
  EXPECT_EQ(root["model"], "rtl");
  EXPECT_EQ(root["view"], "vector");
  EXPECT_EQ(root["seed"], 7);
  EXPECT_TRUE(root["rounding"].is_null());
  EXPECT_THAT(root["tools"]["verilator"].get<std::string>(), StartsWith("Verilator"));
  EXPECT_EQ(root["config"]["acc_width"], 32);
  EXPECT_EQ(root["config"]["row_broadcast"], true);
  EXPECT_TRUE(root["dataflow"].is_null());
  EXPECT_GT(root["timing"]["wall_seconds"], 0.0);
  EXPECT_GT(root["timing"]["sim_seconds"], 0.0);
  ASSERT_EQ(root["layers"].size(), 3u);
  int64_t macs = 0, outputs = 0, cycles = 0;
  for (const json& layer : root["layers"]) {
    EXPECT_THAT(keys_of(layer),
                IsSupersetOf({"name", "kind", "mapping", "macs", "outputs", "predicted_cycles",
                              "measured_cycles", "mismatches", "utilisation", "roofline_cycles",
                              "phases", "zero_fraction", "saturated_fraction"}));
    int64_t phases = 0;
    for (const char* phase : {"fill", "compute", "lane_wait", "drain", "gap"})
      phases += layer["phases"].at(phase).get<int64_t>();
    EXPECT_EQ(layer["phases"].size(), 5u);
    EXPECT_EQ(layer["measured_cycles"], phases);
    EXPECT_EQ(layer["measured_cycles"], layer["predicted_cycles"]);
    EXPECT_LE(layer["roofline_cycles"], layer["measured_cycles"]);
    EXPECT_EQ(layer["mismatches"], 0);
    EXPECT_DOUBLE_EQ(layer["utilisation"],
                     layer["macs"].get<double>() / 16 / layer["measured_cycles"].get<double>());
    macs += layer["macs"].get<int64_t>();
    outputs += layer["outputs"].get<int64_t>();
    cycles += layer["measured_cycles"].get<int64_t>();
  }
  EXPECT_EQ(root["layers"][1]["name"], "block1.fuse");
  EXPECT_EQ(root["layers"][1]["kind"], "fuse");
  EXPECT_EQ(root["totals"]["macs"], macs);
  EXPECT_EQ(macs, 36 * (18 * 4 + 3 * 4 + 4 * 5));
  EXPECT_EQ(root["totals"]["outputs"], outputs);
  EXPECT_EQ(outputs, 36 * (4 + 4 + 5));
  EXPECT_EQ(root["totals"]["cycles"], cycles);
  EXPECT_EQ(root["totals"]["mismatches"], 0);
  EXPECT_DOUBLE_EQ(root["totals"]["utilisation"],
                   static_cast<double>(macs) / 16 / static_cast<double>(cycles));
}

TEST_F(CommandLine, estimate_writes_the_same_json_without_measurements) {
  write("tiny.toml", tiny_);
  ASSERT_EQ(rowcast("run tiny.toml --array 4 --json run.json").status, 0);
  ASSERT_EQ(rowcast("estimate tiny.toml --array 4 --json estimate.json").status, 0);
  const json run = read_json("run.json"), estimate = read_json("estimate.json");
  EXPECT_THAT(keys_of(estimate),
              IsSupersetOf({"schema", "config", "array", "network", "variant", "mapping", "model",
                            "rounding", "layers", "totals"}));
  ASSERT_EQ(estimate["layers"].size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const json& layer = estimate["layers"][i];
    for (const char* key : {"name", "kind", "mapping", "macs", "outputs", "predicted_cycles",
                            "roofline_cycles", "utilisation", "phases"})
      EXPECT_EQ(layer.at(key), run["layers"][i].at(key)) << key;
    EXPECT_FALSE(layer.contains("measured_cycles"));
    EXPECT_FALSE(layer.contains("mismatches"));
  }
  EXPECT_EQ(estimate["totals"]["cycles"], run["totals"]["cycles"]);

  ASSERT_EQ(rowcast("estimate mobilenet_v2 --array 64 --model date21 --json date21.json").status,
            0);
  const json date21 = read_json("date21.json");
  EXPECT_EQ(date21["model"], "date21");
  EXPECT_EQ(date21["rounding"], "published");
  EXPECT_EQ(date21["totals"]["cycles"], 2979156);
  EXPECT_EQ(date21["layers"].size(), 53u);
}

// Fields of a line of CSV.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

TEST_F(CommandLine, csv_has_a_header_and_a_row_per_layer) {
  write("tiny.toml", tiny_);
  ASSERT_EQ(rowcast("run tiny.toml --array 4 --csv r.csv").status, 0);
  ASSERT_EQ(rowcast("estimate --layer dw:9x9x4,k3,s2 --variant all --array 4 --csv e.csv").status,
            0);
  for (const auto& [name, rows] : {std::pair("r.csv", 3u), std::pair("e.csv", 5u)}) {
    std::istringstream text(read_file(folder_ / name));
    std::string line;
    std::getline(text, line);
    const std::vector<std::string> header = fields_of(line);
    EXPECT_THAT(header,
                IsSupersetOf({"network", "variant", "array", "model", "name", "kind", "mapping",
                              "macs", "outputs", "predicted_cycles", "measured_cycles",
                              "mismatches", "utilisation", "roofline_cycles"}));
    EXPECT_EQ(std::set(header.begin(), header.end()).size(), header.size());
    unsigned count = 0;
    while (std::getline(text, line)) {
      ++count;
      const std::vector<std::string> fields = fields_of(line);
      ASSERT_EQ(fields.size(), header.size()) << line;
      const auto field = [&](const std::string& key) {
        return fields[std::ranges::find(header, key) - header.begin()];
      };
      EXPECT_EQ(field("array"), "4x4");
      EXPECT_EQ(field("network"), rows == 3 ? "tiny" : "dw:9x9x4,k3,s2");
      EXPECT_GT(std::stoll(field("predicted_cycles")), 0);
      EXPECT_EQ(field("measured_cycles"), rows == 3 ? field("predicted_cycles") : "");
      EXPECT_EQ(field("mismatches"), rows == 3 ? "0" : "");
    }
    EXPECT_EQ(count, rows);
  }
}

TEST_F(CommandLine, variant_all_gives_a_run_of_each) {
  write("tiny.toml", tiny_);
  ASSERT_EQ(
      rowcast("run tiny.toml --variant all --array 4 --layers 2 --json r.json --dump d").status, 0);
  const json root = read_json("r.json");
  EXPECT_THAT(keys_of(root), testing::ElementsAre("runs", "timing"));
  std::vector<std::string> names;
  for (const json& run : root["runs"]) {
    names.push_back(run["variant"]);
    ASSERT_EQ(run["layers"].size(), 1u);
    EXPECT_EQ(run["layers"][0]["kind"], run["variant"] == "baseline" ? "dw" : "fuse");
    EXPECT_TRUE(fs::exists(
        folder_ / "d" / names.back() /
        (run["variant"] == "baseline" ? "02_block1.dw_rtl.npy" : "02_block1.fuse_rtl.npy")));
  }
  EXPECT_THAT(names, testing::ElementsAre("baseline", "full", "half", "full50", "half50"));
}

TEST_F(CommandLine, one_variant_gives_no_list) {
  ASSERT_EQ(rowcast("estimate --layer dw:2x2x2 --variant full --json r.json").status, 0);
  EXPECT_FALSE(read_json("r.json").contains("runs"));
}

TEST_F(CommandLine, says_its_version_and_help) {
  const Outcome version = rowcast("--version");
  EXPECT_EQ(version.status, 0);
  EXPECT_EQ(version.out, "rowcast " ROWCAST_VERSION "\n");
  EXPECT_EQ(version.err, "");
  const Outcome help = rowcast("--help");
  EXPECT_EQ(help.status, 0);
  for (const char* command : {"generate", "run", "estimate", "list", "show", "demo"}) {
    EXPECT_THAT(help.out, HasSubstr(command));
    const Outcome own = rowcast(std::string(command) + " --help");
    EXPECT_EQ(own.status, 0);
    EXPECT_THAT(own.out, HasSubstr("--help"));
  }
}

TEST_F(CommandLine, lists_networks_variants_and_mappings) {
  const Outcome list = rowcast("list");
  EXPECT_EQ(list.status, 0);
  EXPECT_THAT(list.out, AllOf(HasSubstr("  mobilenet_v2 "), HasSubstr("300,774,272 MACs"),
                              HasSubstr("  half50 "), HasSubstr("  st-os-line ")));
}

TEST_F(CommandLine, shows_the_layers_of_a_network) {
  const Outcome show = rowcast("show mobilenet_v2 --variant half");
  EXPECT_EQ(show.status, 0);
  EXPECT_THAT(show.out,
              AllOf(HasSubstr("MobileNet-V2 1.0, variant half"), HasSubstr("block17.fuse"),
                    HasSubstr("286,963,328"), HasSubstr("block3.add"), Not(HasSubstr(".dw"))));
}

// ---------------------------------------------------------------- folders that were generated

class GeneratedFolder : public CommandLine {
 protected:
  void SetUp() override {
    ASSERT_EQ(rowcast("generate --array 4x4 -o d").status, 0);
    write("tiny.toml", tiny_);
  }
  void edit(const std::string& name, const std::string& from, const std::string& to) {
    test::replace_in_file(folder_ / "d" / name, from, to);
  }
};

TEST_F(GeneratedFolder, runs_as_it_stands) {
  const auto before = contents();
  const Outcome outcome = rowcast("run tiny.toml --rtl d --layers 1..2 --json ../r.json");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              HasSubstr("0 mismatches; measured cycles equal predicted ones in 2 of 2 layers."));
  const json root = read_json("../r.json");
  EXPECT_EQ(root["view"], "structural");
  EXPECT_EQ(root["array"], "4x4");
  EXPECT_EQ(root["layers"].size(), 2u);
  EXPECT_EQ(contents(), before);
}

TEST_F(GeneratedFolder, with_a_wrong_sign_gives_mismatches_and_exit_code_1) {
  edit("rtl/rc_mac.v", "assign sum_o = acc_i + ", "assign sum_o = acc_i - ");
  const Outcome outcome = rowcast("run tiny.toml --rtl d --layers 1..2 --json r.json");
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("  <-- outputs differ\n"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("cycles differ")));
  EXPECT_THAT(outcome.out, HasSubstr("measured cycles equal predicted ones in 2 of 2 layers."));
  EXPECT_THAT(
      outcome.out,
      MatchesRegex("(.|\n)*  stem: output [0-9]+ is -?[0-9]+, golden is -?[0-9]+\n(.|\n)*"));
  const json root = read_json("r.json");
  EXPECT_GT(root["totals"]["mismatches"], 100);
  // The arithmetic is wrong, the timing is not.
  for (const json& layer : root["layers"])
    EXPECT_EQ(layer["measured_cycles"], layer["predicted_cycles"]);
}

TEST_F(GeneratedFolder, that_does_not_compile_is_refused_with_the_compilers_words) {
  edit("rtl/rc_mac.v", "assign sum_o = acc_i + ", "assign sum_o = acc_i + + nonsense ");
  expect_refused("run --layer pw:2x2x2 --rtl d --json r.json",
                 AllOf(StartsWith("error: Verilog: does not compile, Verilator says: "),
                       HasSubstr("rc_mac.v")));
}

TEST_F(GeneratedFolder, that_does_not_compile_leaves_nothing_in_the_cache) {
  edit("rtl/rc_mac.v", "endmodule", "endmodul");
  // A cache of its own, inside the folder that is compared; only the simulator's runtime is lent.
  fs::create_directories(folder_ / "cache");
  for (const fs::directory_entry& entry : fs::directory_iterator(cache_folder()))
    if (entry.path().filename().string().starts_with("verilated-") && entry.is_directory())
      fs::copy(entry.path(), folder_ / "cache" / entry.path().filename());
  ::setenv("ROWCAST_CACHE", (folder_ / "cache").c_str(), 1);
  expect_refused("run --layer pw:2x2x2 --rtl d",
                 StartsWith("error: Verilog: does not compile, Verilator says: "));
  ::unsetenv("ROWCAST_CACHE");
}

TEST_F(GeneratedFolder, that_never_asks_for_operands_is_reported_as_stuck) {
  edit("rtl/rc_tiles.v", "assign ready_o = active_i", "assign ready_o = 1'b0 && active_i");
  const Outcome outcome = rowcast("run --layer pw:2x2x2 --rtl d");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, HasSubstr("the array is stuck"));
}

TEST_F(GeneratedFolder, with_a_manifest_of_another_array_does_not_pass) {
  edit("manifest.json", "\"rows\": 4", "\"rows\": 5");
  const Outcome outcome = rowcast("run --layer pw:4x4x4 --rtl d");
  EXPECT_TRUE(outcome.status == 1 || outcome.status == 2) << outcome.status;
}

TEST_F(GeneratedFolder, that_is_none_or_has_a_broken_manifest_is_refused) {
  const std::string run = "run --layer pw:2x2x2 --rtl ";
  expect_refused(run + "nothing",
                 "error: nothing/manifest.json: can not be read, a readable file is needed\n");
  expect_refused(run + "tiny.toml",
                 "error: tiny.toml/manifest.json: can not be read, a readable file is needed\n");
  const std::string manifest = read_file(folder_ / "d/manifest.json");
  write("d/manifest.json", manifest.substr(0, manifest.size() / 2));
  expect_refused(run + "d",
                 "error: d/manifest.json: is no valid JSON object, a folder written by rowcast "
                 "generate is needed\n");
  write("d/manifest.json", manifest);
  edit("manifest.json", "\"cols\": 4", "\"cols\": 4.5");
  expect_refused(run + "d",
                 "error: d/manifest.json: config.cols: is a float, allowed is an integer from 1 to "
                 "1024\n");
  write("d/manifest.json", manifest);
  fs::remove(folder_ / "d/rtl/rc_pe.v");
  expect_refused(run + "d", "error: d/rtl/rc_pe.v: can not be read, a readable file is needed\n");
}

TEST_F(GeneratedFolder, says_its_array_itself) {
  for (const std::string option :
       {"--array 4x4", "--no-row-broadcast", "--config a.toml", "--acc-width 32", "--view vector"})
    expect_refused("run --layer pw:2x2x2 --rtl d " + option,
                   fmt::format("error: {}: says nothing with --rtl, allowed is to leave it out\n",
                               option.substr(0, option.find(' '))));
}

TEST_F(GeneratedFolder, is_the_same_to_the_byte_when_made_again) {
  const auto first = contents();
  ASSERT_EQ(rowcast("generate --array 4x4 -o d").status, 0);
  EXPECT_EQ(contents(), first);
  const std::string command = read_json("d/manifest.json")["command"];
  ASSERT_THAT(command, StartsWith("rowcast generate "));
  fs::rename(folder_ / "d", folder_ / "first");
  ASSERT_EQ(rowcast(command.substr(8, command.size() - 8 - 3) + "d").status, 0);
  EXPECT_EQ(test::run_command("diff -r first d", folder_).text, "");
}

}  // namespace
}  // namespace rowcast
