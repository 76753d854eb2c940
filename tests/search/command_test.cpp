// `rowcast search` as it is called: what it finds, that others find the same, what it refuses.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "generator/files.h"
#include "sim/formats/csv.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string fashion_e() { return read_file(source_path("sim/networks/fashion_e.toml")); }

class SearchCommand : public testing::Test {
 protected:
  const TempFolder folder_;

  SearchCommand() { write_file(folder_.path() / "e.toml", fashion_e()); }

  test::CommandResult rowcast(const std::string& arguments) {
    return test::run_command(fmt::format("'{}' {}", ROWCAST_BINARY, arguments), folder_.path());
  }
  json searched(const std::string& arguments) {
    const test::CommandResult result =
        rowcast("search " + arguments + " --json out.json --csv out.csv");
    EXPECT_EQ(result.status, 0) << result.text;
    return result.status == 0 ? json::parse(read_file(folder_.path() / "out.json")) : json();
  }
  int64_t estimated(const std::string& network, const std::string& options) {
    const test::CommandResult result =
        rowcast(fmt::format("estimate {} {} --json - 2>/dev/null", network, options));
    EXPECT_EQ(result.status, 0) << result.text;
    return json::parse(result.text).at("totals").at("cycles");
  }
  void write_runs(const std::string& text) { write_file(folder_.path() / "runs.json", text); }
};

// The row with these layers Half and no other changed.
json row_of(const json& all, const std::set<std::string>& half,
            const std::set<std::string>& full = {}) {
  for (const json& row : all.at("rows"))
    if (row.at("half").get<std::set<std::string>>() == half &&
        row.at("full").get<std::set<std::string>>() == full)
      return row;
  return {};
}

const std::set<std::string> kAll = {"block1.dw", "block2.dw", "block3.dw", "block4.dw",
                                    "block5.dw", "block6.dw", "block7.dw", "block8.dw"},
                            kHybrid = {"block2.dw", "block3.dw", "block4.dw", "block5.dw",
                                       "block6.dw"};

TEST_F(SearchCommand, finds_the_known_cycles_of_network_e) {
  write_runs(R"({"runs":[{"operators":{"block2.dw":"half","block3.dw":"half","block4.dw":"half",)"
             R"("block5.dw":"half","block6.dw":"half"},"seed":1,"test_accuracy":0.9289}]})");
  const json all = searched("e.toml --array 16x16 --results runs.json");
  EXPECT_EQ(all.at("depthwise_cycles"), 23298);
  EXPECT_EQ(row_of(all, {}).at("cycles"), 23298);
  EXPECT_EQ(row_of(all, {}, kAll).at("cycles"), 20054);
  EXPECT_EQ(row_of(all, kHybrid).at("cycles"), 14002);
  EXPECT_EQ(row_of(all, kAll).at("cycles"), 12593);
  EXPECT_EQ(all.at("choices"), 6561);
  EXPECT_EQ(row_of(all, {}).at("loss"), 0);
  // Half keeps K of K² taps: 2,648 of 12,424.
  EXPECT_NEAR(row_of(all, kAll).at("loss").get<double>(), 9776.0 / 12424, 1e-12);
}

TEST_F(SearchCommand,
       has_no_row_on_the_front_that_another_beats_and_none_beside_it_that_none_does) {
  const json rows = searched("e.toml --array 16x16").at("rows");
  for (const json& row : rows) {
    const bool beaten = std::any_of(rows.begin(), rows.end(), [&](const json& other) {
      return other["cycles"] <= row["cycles"] && other["loss"] <= row["loss"] &&
             (other["cycles"] < row["cycles"] || other["loss"] < row["loss"]);
    });
    EXPECT_EQ(row.at("pareto"), !beaten) << row;
  }
}

TEST_F(SearchCommand, writes_networks_that_take_exactly_what_it_said) {
  for (const char* array :
       {"--array 16x16", "--array 5x9 --no-row-broadcast", "--array 8 --mac-stages 1"})
    for (const char* choice :
         {"--max-cycles 65%", "--pick 2", "--max-cycles 95% --operators depthwise,full",
          "--max-cycles 70% --operators half,full"}) {
      const std::string search = fmt::format("e.toml {} {}", array, choice);
      const json all = searched(search + " --network-out chosen.toml");
      ASSERT_FALSE(all.is_null()) << search;
      const json row = all.at("rows").at(all.at("chosen").get<size_t>() - 1);
      EXPECT_EQ(estimated("chosen.toml", array), row.at("cycles")) << search;
    }
}

TEST_F(SearchCommand, writes_networks_of_trained_size_too) {
  const json all = searched("mobilenet_v3_large --array 32 --max-cycles 97% --network-out v3.toml");
  const json row = all.at("rows").at(all.at("chosen").get<size_t>() - 1);
  EXPECT_EQ(estimated("v3.toml", "--array 32"), row.at("cycles"));
  EXPECT_EQ(all.at("depthwise_cycles"), estimated("mobilenet_v3_large", "--array 32"));
}

TEST_F(SearchCommand, chooses_the_least_loss_within_the_limit) {
  const json all = searched("e.toml --array 16x16 --max-cycles 65%");
  EXPECT_EQ(all.at("max_cycles"), 15143);
  const json& rows = all.at("rows");
  const json chosen = rows.at(all.at("chosen").get<size_t>() - 1);
  EXPECT_LE(chosen.at("cycles"), 15143);
  for (const json& row : rows) {
    EXPECT_EQ(row.at("within"), row.at("cycles") <= 15143);
    if (row.at("within")) {
      EXPECT_GE(row.at("loss"), chosen.at("loss"));
    }
  }
  EXPECT_EQ(searched("e.toml --array 16x16 --max-cycles 15143").at("chosen"), all.at("chosen"));
}

TEST_F(SearchCommand, says_in_csv_what_it_says_in_json) {
  const json rows = searched("e.toml --array 16x16 --max-cycles 65%").at("rows");
  const std::string csv = read_file(folder_.path() / "out.csv");
  CsvReader reader(csv, "out.csv");
  ASSERT_TRUE(reader.next());
  size_t row = 0;
  for (; reader.next(); ++row) {
    const auto& cells = reader.cells();
    EXPECT_EQ(cells.at(0).text, fmt::format("{}", row + 1));
    EXPECT_EQ(cells.at(1).text, rows.at(row).at("cycles").dump());
    EXPECT_NEAR(std::stod(cells.at(2).text), rows.at(row).at("loss").get<double>(), 1e-8);
    const std::string& letters = cells.at(5).text;
    EXPECT_EQ(static_cast<size_t>(std::ranges::count(letters, 'h')),
              rows.at(row).at("half").size());
    EXPECT_EQ(static_cast<size_t>(std::ranges::count(letters, 'f')),
              rows.at(row).at("full").size());
  }
  EXPECT_EQ(row, rows.size());
}

TEST_F(SearchCommand, compiles_for_the_accelerator_what_compile_and_sweep_compile) {
  const std::string machine = "--array 8 --a-depth 20000";
  const json all = searched("e.toml --accelerator " + machine +
                            " --max-cycles 75% --points 4 --network-out chosen.toml");
  const json& rows = all.at("rows");
  const json chosen = rows.at(all.at("chosen").get<size_t>() - 1);
  EXPECT_LE(chosen.at("cycles"), all.at("max_cycles"));
  EXPECT_FALSE(chosen.at("estimated_cycles").is_null());
  ASSERT_EQ(rowcast("compile chosen.toml " + machine + " --program p.json >c.txt").status, 0);
  std::string moves = chosen.at("moves_cycles").dump();
  for (int at = static_cast<int>(moves.size()) - 3; at > 0; at -= 3) moves.insert(at, ",");
  EXPECT_THAT(read_file(folder_.path() / "c.txt"),
              HasSubstr(", " + moves + " cycles with all loads in time"));
  ASSERT_EQ(rowcast("sweep --networks chosen.toml --variants baseline --accelerator " + machine +
                    " --json s.json")
                .status,
            0);
  const json swept = json::parse(read_file(folder_.path() / "s.json")).at("rows").at(0);
  EXPECT_EQ(swept.at("cycles"), chosen.at("cycles"));
  EXPECT_EQ(swept.at("dram_bytes"), chosen.at("dram_bytes"));
  // None is on the front that another of those compiled beats.
  for (const json& row : rows)
    if (row.at("pareto")) {
      for (const json& other : rows)
        EXPECT_FALSE(other["cycles"] < row["cycles"] && other["loss"] < row["loss"]) << row;
    }
}

TEST_F(SearchCommand, limits_the_energy_of_an_accelerators_memories) {
  const json all = searched(
      "e.toml --accelerator --array 8 --max-energy 98% --points 4 --operators depthwise,half");
  const double most = all.at("max_joule");
  EXPECT_DOUBLE_EQ(most, 0.98 * all.at("depthwise_joule").get<double>());
  const auto joule = [](const json& row) {
    return row.at("ram_joule").get<double>() + row.at("dram_joule_most").get<double>();
  };
  const json chosen = all.at("rows").at(all.at("chosen").get<size_t>() - 1);
  EXPECT_LE(joule(chosen), most);
  for (const json& row : all.at("rows")) EXPECT_EQ(row.at("within"), joule(row) <= most);
}

TEST_F(SearchCommand, sets_what_was_trained_beside_what_the_proxy_says) {
  write_runs(
      R"({"runs":[)"
      R"({"operators":{},"seed":1,"test_accuracy":0.93,"method":"20 epochs"},)"
      R"({"operators":{},"seed":2,"test_accuracy":0.94,"method":"20 epochs"},)"
      R"({"operators":{"block1.dw":"half"},"seed":1,"test_accuracy":0.91,"method":"20 epochs"},)"
      R"({"operators":{"block1.dw":"half","block3.dw":"full"},"seed":1,"test_accuracy":0.92,)"
      R"("method":"20 epochs"}]})");
  write_file(folder_.path() / "more.json",
             R"({"runs":[{"operators":{"block1.dw":"depthwise"},"seed":3,"test_accuracy":0.95,)"
             R"("method":"20 epochs","epochs":20}]})");
  const json all = searched("e.toml --array 16x16 --results runs.json,more.json");
  const json trained = row_of(all, {}).at("trained").at(0);
  EXPECT_THAT(trained.at("seeds"), ElementsAre(1, 2, 3));
  EXPECT_THAT(trained.at("test_accuracies"), ElementsAre(0.93, 0.94, 0.95));
  EXPECT_DOUBLE_EQ(trained.at("mean_accuracy"), 0.94);
  EXPECT_NEAR(trained.at("standard_error").get<double>(), 0.01 / std::sqrt(3), 1e-12);
  EXPECT_TRUE(row_of(all, {"block1.dw"}).at("trained").at(0).at("standard_error").is_null());
  // By loss: as it is, block 1, both; by lost accuracy: as it is, both, block 1.
  EXPECT_EQ(all.at("rankings").at(0).at("candidates"), 3);
  EXPECT_DOUBLE_EQ(all.at("rankings").at(0).at("rank_correlation"), 0.5);
  const std::string text = rowcast("search e.toml --array 16x16 --results runs.json").text;
  EXPECT_THAT(text, HasSubstr("(Spearman, 3 candidates): 0.50."));
  EXPECT_THAT(text, HasSubstr("  93.50 ± 0.50 (2)"));
}

TEST_F(SearchCommand, draws_a_page_that_says_what_names_say_and_carries_none_of_it_out) {
  write_file(folder_.path() / "n.toml",
             "name = \"n\"\ntitle = \"a`touch pwned`'<b>&$(touch pwned)ö{x}%\"\ninput = [4, 9, "
             "9]\n[[block]]\ntype = \"depthwise\"\nname = \"d<i>`id`\"\nkernel = 3\n");
  write_runs(R"({"runs":[{"operators":{"d<i>`id`":"half"},"seed":1,"test_accuracy":0.5,)"
             R"("method":"<u>`id`"}]})");
  for (const char* machine : {"", "--accelerator"}) {
    const test::CommandResult result =
        rowcast(fmt::format("search n.toml --array 4 {} --results runs.json --max-cycles 100% "
                            "--html p.html --svg p.svg",
                            machine));
    ASSERT_EQ(result.status, 0) << result.text;
    EXPECT_FALSE(fs::exists(folder_.path() / "pwned"));
    const std::string page = read_file(folder_.path() / "p.html");
    EXPECT_THAT(page, HasSubstr("a`touch pwned`'&lt;b&gt;&amp;$(touch pwned)ö{x}%"));
    EXPECT_THAT(page, HasSubstr("--fuse d&lt;i&gt;`id`"));
    EXPECT_THAT(page, HasSubstr("<h3>&lt;u&gt;`id`</h3>"));
    for (const char* never : {"<b>&", "<i>", "<u>"}) EXPECT_THAT(page, Not(HasSubstr(never)));
    EXPECT_THAT(read_file(folder_.path() / "p.svg"), testing::StartsWith("<svg"));
  }
}

TEST_F(SearchCommand, refuses_what_is_not_there_and_what_says_nothing) {
  write_file(folder_.path() / "fc.toml",
             "name = \"f\"\ninput = [4, 1, 1]\n[[block]]\ntype = \"fc\"\nname = \"f\"\nout = 2\n");
  const std::pair<const char*, const char*> cases[] = {
      {"e.toml --operators half,quarter",
       "--operators: 'quarter' is unknown, allowed are depthwise, half, full, separated by commas"},
      {"e.toml --operators half,half", "--operators: 'half' is there twice, allowed is once"},
      {"e.toml --max-cycles 65%%",
       "--max-cycles: '65%%' is no limit, allowed are cycles above 0, up to 1e15, or a share of "
       "what the depthwise network takes, as 65%, up to 1000%"},
      {"e.toml --max-cycles 0",
       "--max-cycles: '0' is no limit, allowed are cycles above 0, up to 1e15, or a share of "
       "what the depthwise network takes, as 65%, up to 1000%"},
      {"e.toml --array 16x16 --max-cycles 12592",
       "--max-cycles: no choice that was compared is within the limit, the least are 12593 "
       "cycles"},
      {"e.toml --max-energy 50%",
       "--max-energy: says nothing without --accelerator, allowed is with --accelerator"},
      {"e.toml --network-out x.toml",
       "--network-out: nothing is chosen, allowed is with --max-cycles, --max-energy or --pick"},
      {"e.toml --array 16x16 --operators depthwise --pick 4",
       "--pick: 4 is no row of the report, allowed is 1 to 3"},
      {"e.toml --array 16x8 --accelerator",
       "array: the accelerator's is square, 16x8 given, allowed is NxN, N from 4"},
      {"fc.toml",
       "network: 'f' has no depthwise layer that can be FuSe (an odd square kernel of more than "
       "one tap, a filter a channel), allowed is one that has"},
      {"e.toml --acc-width 17 --array 4", "network: 'fashion_e' can not be run as it is: "},
      {"nothing.toml", "nothing.toml: can not be read, a readable file is needed"},
      {"t.csv", "network: 't.csv' is unknown, allowed are "},
      {"e.toml --results nothing.json", "nothing.json: can not be read, a readable file is needed"},
      {"e.toml --array 16x16 --pick 1 --network-out e.toml",
       "--network-out: e.toml is read, too (network e.toml), allowed is a file that is no input"},
  };
  for (const auto& [arguments, problem] : cases) {
    const test::CommandResult result = rowcast(fmt::format("search {}", arguments));
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_THAT(result.text, testing::StartsWith(fmt::format("error: {}", problem))) << arguments;
  }
  EXPECT_FALSE(fs::exists(folder_.path() / "x.toml"));
}

// As train leaves it.
void write_training(const fs::path& folder, const std::string& network, const std::string& more,
                    int seed, double accuracy) {
  fs::create_directories(folder);
  write_file(folder / "network.toml", network);
  write_file(folder / "training.json",
             fmt::format(R"({{"schema":1,"network":"x",{}"recipe":{{"epochs":20,"seed":{}}},)"
                         R"("test_accuracy":{}}})",
                         more, seed, accuracy));
}

TEST_F(SearchCommand, takes_folders_of_train_by_the_operators_of_their_networks) {
  const fs::path folder = folder_.path();
  searched("e.toml --array 16x16 --max-cycles 65% --network-out chosen.toml");
  const json chosen = json::parse(read_file(folder / "out.json"));
  write_training(folder / "a", read_file(folder / "chosen.toml"), R"("teacher":"t",)", 1, 0.91);
  write_training(folder / "b", read_file(folder / "chosen.toml"), R"("teacher":"t",)", 2, 0.92);
  write_training(folder / "c", read_file(folder / "chosen.toml"),
                 R"("teacher":"t","from_scratch":true,"validation":true,)", 1, 0.5);
  write_training(folder / "d", fashion_e(), R"("teacher":"",)", 1, 0.93);
  const json all = searched("e.toml --array 16x16 --max-cycles 65% --results a,b,c,d");
  const json row = all.at("rows").at(all.at("chosen").get<size_t>() - 1);
  EXPECT_EQ(row.at("half"), chosen.at("rows").at(chosen.at("chosen").get<size_t>() - 1).at("half"));
  EXPECT_EQ(row.at("trained").at(0).at("method"), "20 epochs, converted");
  EXPECT_THAT(row.at("trained").at(0).at("test_accuracies"), ElementsAre(0.91, 0.92));
  EXPECT_EQ(row.at("trained").at(1).at("method"),
            "20 epochs, taught from random weights, on validation images");
  EXPECT_EQ(row_of(all, {}).at("trained").at(0).at("method"), "20 epochs, from random weights");

  std::string other = fashion_e();
  other.replace(other.find("kernel = 5"), 10, "kernel = 3");
  write_training(folder / "o", other, "", 1, 0.93);
  for (const auto& [given, problem] :
       {std::pair{
            "o",
            "o/training.json: its network has other depthwise or FuSe layers than 'fashion_e', "
            "allowed is one that was made of it"},
        {"a,a",
         "a/training.json: recipe.seed: 1 is there twice for these operators and '20 "
         "epochs, converted', allowed is once"}}) {
    const test::CommandResult result =
        rowcast(fmt::format("search e.toml --array 4 --results {}", given));
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.text, fmt::format("error: --results: {}\n", problem));
  }
}

TEST_F(SearchCommand, names_the_place_of_what_is_wrong_with_results) {
  const std::string list =
      "has no list of runs, allowed are a folder that train has written and a file of runs "
      "(docs/formats.md)";
  const auto run = [](const std::string& keys) {
    return fmt::format(R"({{"runs":[{{{}}}]}})", keys);
  };
  const std::pair<std::string, std::string> cases[] = {
      {"{",
       "is no JSON, allowed are a folder that train has written and a file of runs "
       "(docs/formats.md)"},
      {"[]", list},
      {R"({"runs":[]})", list},
      {R"({"runs":[1]})",
       "runs[0]: is no run, allowed is an object with operators, seed and test_accuracy "
       "(docs/formats.md)"},
      {run(R"("operators":{},"test_accuracy":0.5)"),
       "runs[0].seed: is no number from 0, allowed is one"},
      {run(R"("operators":{},"seed":-1,"test_accuracy":0.5)"),
       "runs[0].seed: is no number from 0, allowed is one"},
      {run(R"("operators":{},"seed":1,"test_accuracy":92.7)"),
       "runs[0].test_accuracy: is no number from 0 to 1, allowed is one"},
      {run(R"("operators":{},"seed":1,"test_accuracy":null)"),
       "runs[0].test_accuracy: is no number from 0 to 1, allowed is one"},
      {run(R"("seed":1,"test_accuracy":0.5)"),
       "runs[0].operators: is no object, allowed is one of depthwise layers' names and operators"},
      {run(R"("operators":{"block9.dw":"half"},"seed":1,"test_accuracy":0.5)"),
       "runs[0].operators: 'block9.dw' is no layer that can be chosen for, allowed are those from "
       "block1.dw to block8.dw"},
      {run(R"("operators":{"block1.dw":"Half"},"seed":1,"test_accuracy":0.5)"),
       "runs[0].operators.block1.dw: is no operator, allowed are depthwise, half, full"},
      {run(R"("network":"mobilenet_v2","operators":{},"seed":1,"test_accuracy":0.5)"),
       "runs[0].network: is 'mobilenet_v2', allowed is the network that is searched, 'fashion_e'"},
      {run(R"("method":"a\u001bb","operators":{},"seed":1,"test_accuracy":0.5)"),
       "runs[0].method: is no printable text, allowed is one"},
      {R"({"runs":[{"operators":{},"seed":1,"test_accuracy":0.5},)"
       R"({"operators":{"block1.dw":"depthwise"},"seed":1,"test_accuracy":0.6}]})",
       "runs[1].seed: 1 is there twice for these operators, allowed is once"},
  };
  for (const auto& [text, problem] : cases) {
    write_runs(text);
    const test::CommandResult result =
        rowcast("search e.toml --array 4 --results runs.json --json x.json");
    EXPECT_EQ(result.status, 2) << text;
    EXPECT_EQ(result.text, fmt::format("error: --results: runs.json: {}\n", problem));
  }
  EXPECT_FALSE(fs::exists(folder_.path() / "x.json"));
}

}  // namespace
}  // namespace rowcast
