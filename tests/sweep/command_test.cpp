// `rowcast sweep` as it is called: what it writes, kills, folders that are shared, what it refuses.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "generator/files.h"
#include "sim/formats/csv.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

test::CommandResult sweep(const std::string& arguments, const fs::path& folder = ".") {
  return test::run_command(std::string("'") + ROWCAST_BINARY + "' sweep " + arguments, folder);
}

TEST(SweepCommand, finds_that_of_equal_elements_the_shape_matters) {
  const TempFolder folder;
  const test::CommandResult result =
      sweep("--networks mobilenet_v2 --variants half --elements 4096 --json s.json", folder.path());
  ASSERT_EQ(result.status, 0) << result.text;
  const auto rows = nlohmann::json::parse(read_file(folder.path() / "s.json")).at("rows");
  ASSERT_EQ(rows.size(), 9u);
  std::map<std::string, nlohmann::json> by_array;
  for (const auto& row : rows) by_array[row.at("array")] = row;
  EXPECT_EQ(by_array.at("64x64").at("cycles"), 194769);
  // What the schedules reached when this was written; a change may only take fewer cycles.
  EXPECT_LE(by_array.at("16x256").at("cycles"), 145172);
  EXPECT_EQ(by_array.at("16x256").at("pareto"), true);
  EXPECT_EQ(by_array.at("64x64").at("pareto"), false);
  EXPECT_THAT(result.text, HasSubstr("145,172    48.3  16x256"));
}

TEST(SweepCommand, says_the_cycles_that_estimate_says) {
  const TempFolder folder;
  ASSERT_EQ(sweep("--networks mobilenet_v3_small --variants full50,baseline --array 7x19,24 "
                  "--weight-width 5,8 --mappings auto,gemm-dwc --csv s.csv",
                  folder.path())
                .status,
            0);
  const std::string csv = read_file(folder.path() / "s.csv");
  CsvReader reader(csv, "s.csv");
  ASSERT_TRUE(reader.next());
  std::vector<std::string> keys;
  for (const CsvCell& cell : reader.cells()) keys.push_back(cell.text);
  int rows = 0;
  for (; reader.next(); ++rows) {
    std::map<std::string, std::string> row;
    for (size_t i = 0; i < keys.size(); ++i) row[keys[i]] = reader.cells().at(i).text;
    const test::CommandResult estimate = test::run_command(
        fmt::format("'{}' estimate {} --variant {} --mapping {} --array {} --weight-width {} "
                    "--json - 2>/dev/null",
                    ROWCAST_BINARY, row["network"], row["variant"], row["mapping"], row["array"],
                    row["weight_width"]));
    const auto json = nlohmann::json::parse(estimate.text);
    EXPECT_EQ(row["cycles"], fmt::format("{}", json.at("totals").at("cycles").get<int64_t>()));
    EXPECT_EQ(row["macs"], fmt::format("{}", json.at("totals").at("macs").get<int64_t>()));
    EXPECT_EQ(row["data_width"], "8");
    EXPECT_EQ(row["acc_width"],
              fmt::format("{}", json.at("config").at("acc_width").get<int64_t>()));
  }
  EXPECT_EQ(rows, 2 * 2 * 2 * 2);
}

TEST(SweepCommand, takes_from_a_file_what_options_say_and_options_first) {
  const TempFolder folder;
  write_file(folder.path() / "s.toml",
             "networks = \"mobilenet_v1\"\nvariants = [\"half\", \"full\"]\narray = [\"8\", "
             "\"4x16\"]\nbroadcast_stages = [0, 1]\n");
  const std::string options =
      "--networks mobilenet_v1 --variants half --array 8,4x16 --broadcast-stages 0,1";
  const auto csv = [&](const std::string& arguments) {
    const test::CommandResult result = sweep(arguments + " --csv - 2>/dev/null", folder.path());
    EXPECT_EQ(result.status, 0);
    return result.text;
  };
  EXPECT_EQ(csv("s.toml --variants half"), csv(options));
  EXPECT_NE(csv("s.toml"), csv(options));
}

TEST(SweepCommand, gives_the_same_bytes_after_kills_at_any_moment) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const TempFolder folder;
  const std::string designs =
      "--networks mobilenet_v1,mobilenet_v3_small --variants baseline,half --elements 64,96 "
      "--against edge --jobs 2 ";
  const auto outputs = [](const std::string& name) {
    return fmt::format("--json {0}.json --csv {0}.csv >{0}.txt", name);
  };
  ASSERT_EQ(sweep(designs + outputs("whole"), folder.path()).status, 0);
  int killed = 0;
  for (int round = 0; round < 12; ++round) {
    const std::string resumed = designs + fmt::format("--resume folder{} ", round);
    for (int kills = 0; kills < 3; ++kills) {
      const test::CommandResult result = test::run_command(
          fmt::format("timeout -s KILL 0.{:03} '{}' sweep {} {}", 1 + random() % 400,
                      ROWCAST_BINARY, resumed, outputs("again")),
          folder.path());
      killed += result.status == 137;
      // All of the outputs or none.
      EXPECT_EQ(fs::exists(folder.path() / "again.json"), fs::exists(folder.path() / "again.csv"));
    }
    ASSERT_EQ(sweep(resumed + outputs("again"), folder.path()).status, 0);
    for (const char* end : {".json", ".csv", ".txt"})
      EXPECT_EQ(read_file(folder.path() / (std::string("again") + end)),
                read_file(folder.path() / (std::string("whole") + end)));
    for (const char* end : {".json", ".csv", ".txt"})
      fs::remove(folder.path() / (std::string("again") + end));
  }
  EXPECT_GT(killed, 3);
}

TEST(SweepCommand, may_run_twice_at_once_on_one_folder) {
  const TempFolder folder;
  const std::string command =
      std::string("'") + ROWCAST_BINARY +
      "' sweep --networks mobilenet_v3_small --elements 64,96 --resume folder --jobs 2 --json ";
  const test::CommandResult result = test::run_command(
      command + "a.json >a.txt & " + command + "b.json >b.txt; status=$?; wait $! && exit $status",
      folder.path());
  ASSERT_EQ(result.status, 0) << result.text;
  ASSERT_EQ(
      sweep("--networks mobilenet_v3_small --elements 64,96 --json c.json >c.txt", folder.path())
          .status,
      0);
  for (const char* end : {".json", ".txt"})
    for (const char* name : {"a", "b"})
      EXPECT_EQ(read_file(folder.path() / (std::string(name) + end)),
                read_file(folder.path() / (std::string("c") + end)));
}

TEST(SweepCommand, shares_make_the_whole_without_loss_or_doubling) {
  const TempFolder folder;
  const std::string designs =
      "--networks mobilenet_v1,mobilenet_v3_small --variants half --elements 36 ";
  std::set<std::string> chunks;
  for (int k = 0; k < 4; ++k) {
    const test::CommandResult result =
        sweep(designs + fmt::format("--resume folder --share {}/4", k), folder.path());
    ASSERT_EQ(result.status, 0) << result.text;
    EXPECT_EQ(result.text, "");
    size_t added = 0;
    for (const auto& entry : fs::directory_iterator(folder.path() / "folder"))
      if (entry.path().filename().string().starts_with("chunk_"))
        added += chunks.insert(entry.path().filename()).second;
    EXPECT_EQ(added, k < 2 ? 5u : 4u) << k;
  }
  EXPECT_EQ(chunks.size(), 2u * 9u);
  EXPECT_EQ(sweep(designs + "--resume folder --csv -", folder.path()).text,
            sweep(designs + "--csv -", folder.path()).text);
}

TEST(SweepCommand, refuses_a_folder_of_another_sweep_and_keeps_what_a_changed_network_made) {
  const TempFolder folder;
  const std::string network =
      "name = \"n\"\ninput = [2, 6, 6]\n[[block]]\ntype = \"conv\"\nname = \"c\"\nout = 4\n"
      "kernel = 3\n";
  write_file(folder.path() / "n.toml", network);
  const std::string designs = "--networks n.toml --variants baseline --array 4 --resume r";
  ASSERT_EQ(sweep(designs, folder.path()).status, 0);
  ASSERT_EQ(sweep(designs, folder.path()).status, 0);
  write_file(folder.path() / "n.toml", network + "stride = 2\n");
  const test::CommandResult result = sweep(designs + " --csv x.csv", folder.path());
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.text,
            "error: --resume: r is of another sweep, or of another rowcast, allowed is a new or "
            "empty folder, or one of this sweep (r/sweep.txt says of which it is)\n");
  EXPECT_FALSE(fs::exists(folder.path() / "x.csv"));
}

TEST(SweepCommand, draws_a_page_that_says_what_names_say_and_carries_none_of_it_out) {
  const TempFolder folder;
  write_file(folder.path() / "n.toml",
             "name = \"a`touch pwned`'<b>&$(touch pwned)ö{x}%\"\ninput = [4, 9, 9]\n[[block]]\n"
             "type = \"depthwise\"\nname = \"d\"\nkernel = 3\nstride = 1\n");
  const test::CommandResult result = sweep(
      "--networks n.toml --elements 16,64 --against edge --html p.html --svg p.svg", folder.path());
  ASSERT_EQ(result.status, 0) << result.text;
  EXPECT_FALSE(fs::exists(folder.path() / "pwned"));
  const std::string page = read_file(folder.path() / "p.html"),
                    shown = "a`touch pwned`'&lt;b&gt;&amp;$(touch pwned)ö{x}%";
  EXPECT_THAT(page, HasSubstr("<h2>" + shown + "</h2>"));
  EXPECT_THAT(page, HasSubstr("<text>" + shown + "</text>"));
  // What is shown under the mouse needs no script.
  EXPECT_THAT(page, testing::ContainsRegex("<title>[0-9]+x[0-9]+\na`touch pwned"));
  EXPECT_THAT(page, Not(HasSubstr("showHypertext(evt,")));
  EXPECT_THAT(page, Not(HasSubstr("http-equiv")));
  EXPECT_THAT(read_file(folder.path() / "p.svg"), testing::StartsWith("<svg"));
  EXPECT_LT(fs::file_size(folder.path() / "p.svg"), 100'000u);
}

TEST(SweepCommand, draws_whatever_runs_or_does_not) {
  const TempFolder folder;
  for (const char* designs :
       {"--networks mobilenet_v1 --variants half --array 4",
        "--networks mobilenet_v1 --array 4 "
        "--acc-width 16",
        "--networks mobilenet_v1 --array 4 --row-broadcast 0 --mappings st-os",
        "--networks mobilenet_v1 --variants half --array 4x8 --accelerator"}) {
    const test::CommandResult result =
        sweep(std::string(designs) + " --json s.json --csv s.csv --html s.html --svg s.svg",
              folder.path());
    EXPECT_EQ(result.status, 0) << designs << "\n" << result.text;
    for (const char* file : {"s.json", "s.csv", "s.html", "s.svg"})
      EXPECT_TRUE(fs::remove(folder.path() / file)) << designs;
  }
}

TEST(SweepCommand, sets_cycles_of_the_accelerator_against_its_memories) {
  const TempFolder folder;
  write_file(folder.path() / "n.toml",
             "name = \"n\"\ninput = [3, 24, 24]\n[[block]]\ntype = \"conv\"\nname = \"c\"\nout = "
             "12\nkernel = 3\nactivation = \"relu\"\n[[block]]\ntype = \"separable\"\nout = 20\n"
             "kernel = 3\nactivation = \"relu6\"\n");
  const test::CommandResult result = sweep(
      "--networks n.toml --variants half --array 8 --accelerator --a-depth 20000,2 "
      "--axi-data-width 32,256 --against memory --json s.json",
      folder.path());
  ASSERT_EQ(result.status, 0) << result.text;
  const auto rows = nlohmann::json::parse(read_file(folder.path() / "s.json")).at("rows");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_TRUE(rows.at(2).at("cycles").is_null());
  EXPECT_FALSE(rows.at(2).at("problem").is_null());
  EXPECT_EQ(rows.at(2).at("pareto"), false);
  EXPECT_GT(rows.at(0).at("memory_bits"), rows.at(2).at("memory_bits"));
  EXPECT_TRUE(rows.at(0).at("mapping").is_null());
  EXPECT_GT(rows.at(0).at("cycles"), rows.at(1).at("cycles"));
  EXPECT_EQ(rows.at(0).at("moves_cycles"), rows.at(1).at("moves_cycles"));
  EXPECT_EQ(rows.at(1).at("pareto"), true);
  const test::CommandResult compile = test::run_command(
      std::string("'") + ROWCAST_BINARY + "' compile n.toml --variant half --array 8",
      folder.path());
  std::string cycles = fmt::format("{}", rows.at(0).at("moves_cycles").get<double>());
  for (int at = static_cast<int>(cycles.size()) - 3; at > 0; at -= 3) cycles.insert(at, ",");
  EXPECT_THAT(compile.text, HasSubstr(", " + cycles + " cycles with all loads in time"));
}

TEST(SweepCommand, refuses_what_says_nothing_or_is_not_there) {
  const std::pair<const char*, const char*> cases[] = {
      {"--array 4 --against area", "--against: area is synthesis', allowed is with --synth"},
      {"--array 4 --against memory",
       "--against: memory is the accelerator's, allowed is with accelerator"},
      {"--array 4 --accelerator --synth --against energy",
       "--against: energy is known of an array alone, allowed is without accelerator"},
      {"--array 4 --liberty x", "--liberty: says nothing without --synth, allowed is with --synth"},
      {"--array 4 --slurm", "--slurm: says nothing without --resume, allowed is with --resume"},
      {"--array 4 --share 0/2", "--share: says nothing without --resume, allowed is with --resume"},
      {"--array 4 --resume no_folder --share 2/2",
       "--share: '2/2' is no share, allowed is K/N, K from 0 to N-1, N up to 1000"},
      {"--array 4,",
       "--array: '' is no array size, allowed is ROWSxCOLS or a single side, from 1 "
       "to 1024"},
      {"--data-width 8,x --mac-stages 2",
       "--data-width: 'x' is not allowed, each is an integer from 2 to 16\nerror: --mac-stages: "
       "'2' is not allowed, each is an integer from 0 to 1"},
      {"--networks mobilenet_v1,mobilenet_v1",
       "networks: 'mobilenet_v1' is there twice, allowed is once"},
      {"--a-depth 100", "a_depth: is of the accelerator, allowed is with accelerator"},
      {"--array 4 --resume /proc/x",
       "--resume: /proc/x can not be made or written, allowed is a writable folder"},
      {"no.toml", "no.toml: can not be read, a readable file is needed"},
  };
  for (const auto& [arguments, problem] : cases) {
    const test::CommandResult result = sweep(arguments);
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_EQ(result.text, fmt::format("error: {}\n", problem));
  }
  EXPECT_FALSE(fs::exists("no_folder"));
}

TEST(SweepCommand, refuses_an_output_that_is_its_own_file) {
  const TempFolder folder;
  write_file(folder.path() / "s.toml", "networks = \"mobilenet_v1\"\narray = \"4\"\n");
  const test::CommandResult result = sweep("s.toml --csv s.toml", folder.path());
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.text, HasSubstr("error: --csv: s.toml is read, too (file s.toml)"));
  const test::CommandResult own = sweep("s.toml --resume r --csv r/claims", folder.path());
  EXPECT_EQ(own.status, 2);
}

}  // namespace
}  // namespace rowcast
