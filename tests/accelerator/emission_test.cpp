// The emitted accelerator as a product: every tool takes it without a word, bytes are stable, its
// folder is told from an array's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/accelerator/encoding.h"
#include "sim/system/bench.h"
#include "sim/system/emit.h"
#include "sim/system/registers.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast::accelerator {
namespace {

using test::CommandResult;
using test::run_command;
using testing::HasSubstr;
using testing::Not;

struct Case {
  const char* name;
  SystemConfig config;
};
void PrintTo(const Case& c, std::ostream* out) { *out << canonical_text(c.config); }

SystemConfig square(ArrayConfig array, int n, int axi_data_width = 128,
                    int axi_address_width = 32) {
  array.rows = array.cols = n;
  array.weight_width = array.data_width;
  return {default_config(array), axi_data_width, axi_address_width};
}

const Case kCases[] = {
    {"smallest", square({}, 4)},
    {"prime", square({.broadcast_stages = 2}, 7, 32)},
    {"wide_words_in_a_pipeline",
     square({.data_width = 16, .tag_width = 20, .mac_stages = 1}, 5, 512, 64)},
    {"narrow_words", square({.data_width = 3, .max_reduction = 63}, 8, 64)},
    {"lines_of_several_beats", square({}, 12, 32, 40)},
    {"shallow", {{{.rows = 4, .cols = 4, .max_reduction = 1}, 2, 3, 2, 2, 2}, 256, 33}},
    {"deepest_a", {{{.rows = 6, .cols = 6}, 1 << 20, 2, 5, 2, 2}}},
    {"one_table",
     {{{.rows = 4, .cols = 4, .data_width = 3, .weight_width = 3}, 9, 9, 9, 9, 9, 1}, 64}},
    {"two_tables", {{{.rows = 4, .cols = 4}, 90, 90, 90, 9, 9, 2}}},
    {"most_tables",
     {{{.rows = 5, .cols = 5, .data_width = 16, .weight_width = 16}, 9, 9, 9, 9, 9, 15}}},
};

class Emitted : public testing::TestWithParam<Case> {
 protected:
  void write(View view) { write_files(emit(GetParam().config, view), folder_.path()); }
  void expect_silence(const std::string& command) {
    const CommandResult result = run_command(command, folder_.path());
    EXPECT_EQ(result.status, 0) << command;
    EXPECT_EQ(result.text, "") << command;
  }
  TempFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Of, Emitted, testing::ValuesIn(kCases),
                         [](const auto& info) { return info.param.name; });

constexpr const char* kVerilator =
    "verilator --lint-only -Wall --unroll-count 300 --top-module rc_accel -f filelist.f";
constexpr const char* kIcarus = "iverilog -g2005 -Wall -s rc_accel -o a.vvp -c filelist.f";
constexpr const char* kYosys =
    "yosys -q -p \"read_verilog $(tr '\\n' ' ' < filelist.f); hierarchy -check -top "
    "rc_accel; proc; check -assert\"";

TEST_P(Emitted, structural_view_is_taken_by_every_tool_without_a_word) {
  ASSERT_THAT(validate(GetParam().config), testing::IsEmpty());
  write(View::kStructural);
  expect_silence(kVerilator);
  expect_silence(kIcarus);
  expect_silence(kYosys);
}

TEST_P(Emitted, vector_view_draws_no_warning_but_that_of_its_method) {
  write(View::kVector);
  expect_silence(kIcarus);
  expect_silence(std::string(kVerilator) + " --unroll-stmts 1 -Wno-BLKSEQ");
}

TEST_P(Emitted, bytes_are_the_same_again) {
  for (const View view : {View::kStructural, View::kVector}) {
    const std::vector<EmittedFile> files = emit(GetParam().config, view);
    const std::vector<EmittedFile> again = emit(GetParam().config, view);
    ASSERT_EQ(files.size(), again.size());
    for (size_t i = 0; i < files.size(); ++i) {
      EXPECT_EQ(files[i].path, again[i].path);
      EXPECT_EQ(files[i].text, again[i].text) << files[i].path;
    }
  }
}

TEST_P(Emitted, no_mark_of_a_template_is_left) {
  for (const EmittedFile& file : emit(GetParam().config, View::kStructural))
    for (const char* mark : {"//%", "/*%", "{%", "%}"})
      EXPECT_THAT(file.text, Not(HasSubstr(mark))) << file.path;
}

TEST_P(Emitted, instantiation_of_the_readme_compiles_as_it_stands) {
  write(View::kStructural);
  const std::string readme = read_file(folder_.path() / "README.md");
  const std::string open = "```verilog\n";
  const size_t begin = readme.find(open) + open.size();
  write_file(
      folder_.path() / "use.v",
      "module use_it;\n" + readme.substr(begin, readme.find("```", begin) - begin) + "endmodule\n");
  expect_silence("iverilog -g2005 -Wall -s use_it -o use.vvp -c filelist.f use.v");
}

TEST_P(Emitted, sheet_lists_every_field_of_a_move) {
  const std::vector<EmittedFile> files = emit(GetParam().config, View::kStructural);
  const auto readme = std::ranges::find(files, "README.md", &EmittedFile::path);
  ASSERT_NE(readme, files.end());
  int at = 0;
  for (const Field& field : fields({})) {
    EXPECT_THAT(readme->text, HasSubstr("| `" + field.name + "` | " + std::to_string(at) + " | " +
                                        std::to_string(field.bits) + " |"));
    at += field.bits;
  }
}

TEST_P(Emitted, sheet_lists_every_register_and_code) {
  const std::vector<EmittedFile> files = emit(GetParam().config, View::kStructural);
  const std::string& readme = std::ranges::find(files, "README.md", &EmittedFile::path)->text;
  for (const Register& one : registers()) {
    EXPECT_THAT(readme, HasSubstr("| `" + std::string(one.name) + "` |"));
    EXPECT_THAT(readme, HasSubstr(one.text));
  }
  for (const Failure& failure : failures()) EXPECT_THAT(readme, HasSubstr(failure.text));
}

constexpr const char* kBench =
    "iverilog -g2005 -Wall -o tb.vvp -c filelist.f tb/rc_accel_tb.v && vvp tb.vvp";

TEST_P(Emitted, bench_passes_without_a_word_of_the_compiler) {
  for (const View view : {View::kStructural, View::kVector}) {
    write(view);
    const CommandResult result = run_command(kBench, folder_.path());
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.text, testing::MatchesRegex("PASS: [0-9]+ bytes checked, [0-9]+ cycles\n"));
  }
}

TEST(Bench, is_of_every_kind_of_layer_and_of_words_of_all_sizes) {
  const Bench bench = bench_of(kCases[0].config);
  EXPECT_THAT(bench.what, HasSubstr("a pool and a fully connected layer"));
  std::set<int> values;
  for (const Bench::Check& check : bench.checks) values.insert(check.value);
  EXPECT_GT(values.size(), 7u);
}

// What is changed in a file of an emission, and must be found.
struct Planted {
  const char* name;
  const char* file;
  const char* right;
  const char* wrong;
};
void PrintTo(const Planted& planted, std::ostream* out) { *out << planted.name; }

class PlantedFault : public testing::TestWithParam<Planted> {};
INSTANTIATE_TEST_SUITE_P(
    Of, PlantedFault,
    testing::Values(
        Planted{"a_store_of_another_line", "rtl/rc_store.v", "address_q <= wide_base[19:0];",
                "address_q <= wide_base[19:0] + 20'd1;"},
        Planted{"a_scale_in_another_lane", "rtl/rc_load.v",
                "lane_q <= {lane_q[N-2:0], lane_q[N-1]};", "lane_q <= lane_q;"},
        Planted{"bursts_of_one_beat_more", "rtl/rc_bursts.v",
                "assign beats_o = last_o ? left_q[BURST_W:0] : to_boundary;",
                "assign beats_o = (last_o ? left_q[BURST_W:0] : to_boundary) + 1'b1;"},
        Planted{"moves_that_wait_for_no_load", "rtl/rc_control.v",
                "wire move_may = loads_q >= move_instruction[999:976]", "wire move_may = 1'b1"},
        Planted{"lists_anywhere", "rtl/rc_control.v", "bad_list = offset[6:0] != 7'd0 ||",
                "bad_list ="},
        Planted{"an_interrupt_for_ever", "rtl/rc_registers.v", "&& bits[0]));", "&& 1'b0));"},
        Planted{"a_result_that_is_another", "rtl/rc_requantise.v", "out < wide_low ? low_i",
                "out < wide_low ? high_i"}),
    [](const auto& info) { return info.param.name; });

TEST_P(PlantedFault, is_found_by_the_bench) {
  const TempFolder folder;
  write_files(emit(kCases[0].config, View::kVector), folder.path());
  test::replace_in_file(folder.path() / GetParam().file, GetParam().right, GetParam().wrong);
  const CommandResult result = run_command(kBench, folder.path());
  EXPECT_THAT(result.text, HasSubstr("FAIL: "));
  EXPECT_THAT(result.text, Not(HasSubstr("PASS")));
}

TEST(AcceleratorFolder, is_no_array_s) {
  const TempFolder folder;
  write_files(emit(kCases[0].config, View::kStructural), folder.path());
  try {
    read_folder(folder.path());
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("manifest.json: is of an accelerator, allowed is an array's"));
  }
}

TEST(AcceleratorFolder, is_replaced_as_a_whole_by_another_emission) {
  const TempFolder folder;
  write_files(emit(kCases[0].config, View::kStructural), folder.path());
  write_files(emit(kCases[1].config, View::kVector), folder.path());
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "rtl/rc_pe.v"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "rtl/rc_moves.v"));
}

}  // namespace
}  // namespace rowcast::accelerator
