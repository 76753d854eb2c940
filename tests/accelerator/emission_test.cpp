// The emitted accelerator as a product: every tool takes it without a word, bytes are stable, its
// folder is told from an array's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/accelerator/emit.h"
#include "sim/accelerator/encoding.h"
#include "tests/shell.h"

namespace rowcast::accelerator {
namespace {

using test::CommandResult;
using test::run_command;
using testing::HasSubstr;
using testing::Not;

struct Case {
  const char* name;
  AcceleratorConfig config;
};
void PrintTo(const Case& c, std::ostream* out) { *out << canonical_text(c.config); }

AcceleratorConfig square(ArrayConfig array, int n) {
  array.rows = array.cols = n;
  array.weight_width = array.data_width;
  return default_config(array);
}

const Case kCases[] = {
    {"smallest", square({}, 4)},
    {"prime", square({.broadcast_stages = 2}, 7)},
    {"wide_words_in_a_pipeline", square({.data_width = 16, .tag_width = 20, .mac_stages = 1}, 5)},
    {"narrow_words", square({.data_width = 3, .max_reduction = 63}, 8)},
    {"shallow", {{.rows = 4, .cols = 4, .max_reduction = 1}, 2, 3, 2, 2, 2}},
    {"deepest_a", {{.rows = 6, .cols = 6}, 1 << 20, 2, 5, 2, 2}},
    {"one_table", {{.rows = 4, .cols = 4, .data_width = 3, .weight_width = 3}, 9, 9, 9, 9, 9, 1}},
    {"two_tables", {{.rows = 4, .cols = 4}, 90, 90, 90, 9, 9, 2}},
    {"most_tables",
     {{.rows = 5, .cols = 5, .data_width = 16, .weight_width = 16}, 9, 9, 9, 9, 9, 15}},
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
    "verilator --lint-only -Wall --unroll-count 300 --top-module rc_accelerator -f filelist.f";
constexpr const char* kIcarus = "iverilog -g2005 -Wall -s rc_accelerator -o a.vvp -c filelist.f";
constexpr const char* kYosys =
    "yosys -q -p \"read_verilog $(tr '\\n' ' ' < filelist.f); hierarchy -check -top "
    "rc_accelerator; proc; check -assert\"";

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
