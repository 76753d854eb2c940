// The emitted Verilog as a product: every tool takes it without a word, bytes are stable, what is
// switched off is gone, and its own testbench tells right from wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "generator/emit.h"
#include "generator/files.h"
#include "generator/sheet.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using test::CommandResult;
using test::run_command;
using testing::HasSubstr;
using testing::Not;

struct Case {
  const char* name;
  ArrayConfig config;
};
void PrintTo(const Case& c, std::ostream* out) { *out << canonical_text(c.config); }

const Case kCases[] = {
    {"square", {.rows = 4, .cols = 4}},
    {"wide_with_stages", {.rows = 3, .cols = 8, .data_width = 5, .broadcast_stages = 2}},
    {"tall", {.rows = 7, .cols = 2, .data_width = 2, .weight_width = 3}},
    {"one_row", {.rows = 1, .cols = 6, .weight_width = 16, .tag_width = 1}},
    {"one_column", {.rows = 5, .cols = 1, .data_width = 16, .weight_width = 16, .acc_width = 64}},
    {"one_element", {.rows = 1, .cols = 1, .acc_width = 16, .max_reduction = 5}},
    {"primes_with_stages",
     {.rows = 5,
      .cols = 7,
      .data_width = 3,
      .weight_width = 5,
      .max_reduction = 31,
      .tag_width = 24,
      .broadcast_stages = 1}},
    {"mac_stage", {.rows = 3, .cols = 4, .broadcast_stages = 1, .mac_stages = 1}},
    {"mac_stage_one_element",
     {.rows = 1, .cols = 1, .data_width = 2, .weight_width = 2, .acc_width = 4, .mac_stages = 1}},
    {"reduction_of_one", {.rows = 2, .cols = 3, .max_reduction = 1, .tag_width = 1}},
    {"plain_square", {.rows = 4, .cols = 4, .row_broadcast = 0}},
    {"plain_primes",
     {.rows = 7,
      .cols = 5,
      .data_width = 16,
      .weight_width = 2,
      .max_reduction = 9,
      .row_broadcast = 0}},
    {"plain_one_row", {.rows = 1, .cols = 3, .data_width = 5, .tag_width = 1, .row_broadcast = 0}},
    {"plain_mac_stage",
     {.rows = 5, .cols = 2, .weight_width = 5, .row_broadcast = 0, .mac_stages = 1}},
    {"plain_one_column", {.rows = 6, .cols = 1, .weight_width = 3, .row_broadcast = 0}},
    {"plain_one_element", {.rows = 1, .cols = 1, .max_reduction = 1, .row_broadcast = 0}},
};

std::vector<Case> plain_cases() {
  std::vector<Case> cases;
  for (const Case& c : kCases)
    if (!c.config.row_broadcast) cases.push_back(c);
  return cases;
}

std::string case_name(const testing::TestParamInfo<Case>& info) { return info.param.name; }

constexpr const char* kIcarus = "iverilog -g2005 -Wall -s rc_core -o core.vvp -c filelist.f";
constexpr const char* kVerilator = "verilator --lint-only -Wall --top-module rc_core -f filelist.f";
constexpr const char* kTestbench =
    "iverilog -g2005 -Wall -o tb.vvp -c filelist.f tb/rc_core_tb.v && vvp tb.vvp";

constexpr const char* kYosys =
    "yosys -q -p \"read_verilog $(tr '\\n' ' ' < filelist.f); hierarchy -check -top rc_core; proc; "
    "check -assert\"";

void expect_silence(const std::string& command, const TempFolder& folder) {
  const CommandResult result = run_command(command, folder.path());
  EXPECT_EQ(result.status, 0) << command;
  EXPECT_EQ(result.text, "") << command;
}

std::string text_of(const std::vector<EmittedFile>& files, const std::string& path) {
  const auto it = std::ranges::find(files, path, &EmittedFile::path);
  return it == files.end() ? "" : it->text;
}

class Emitted : public testing::TestWithParam<Case> {
 protected:
  void write(View view) { write_files(emit(GetParam().config, view), folder_.path()); }
  TempFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Of, Emitted, testing::ValuesIn(kCases), case_name);

TEST_P(Emitted, structural_view_is_taken_by_every_tool_without_a_word) {
  ASSERT_THAT(validate(GetParam().config), testing::IsEmpty());
  write(View::kStructural);
  expect_silence(kVerilator, folder_);
  expect_silence(kIcarus, folder_);
  expect_silence(kYosys, folder_);
}

TEST_P(Emitted, trace_module_is_taken_by_both_simulators_without_a_word) {
  write(View::kStructural);
  const EmittedFile trace = emit_trace_module(GetParam().config, View::kStructural);
  write_file(folder_.path() / trace.path, trace.text);
  write_file(folder_.path() / "filelist.f",
             read_file(folder_.path() / "filelist.f") + trace.path + "\n");
  expect_silence("verilator --lint-only -Wall --top-module rc_core_trace -f filelist.f", folder_);
  expect_silence("iverilog -g2005 -Wall -s rc_core_trace -o core.vvp -c filelist.f", folder_);
}

TEST_P(Emitted, vector_view_draws_no_warning_but_that_of_its_method) {
  write(View::kVector);
  expect_silence(kIcarus, folder_);
  const std::string command = std::string(kVerilator) + " --unroll-count 300 --unroll-stmts 1";
  expect_silence(command + " -Wno-BLKSEQ", folder_);
  EXPECT_THAT(run_command(command, folder_.path()).text, HasSubstr("%Warning-BLKSEQ"));
}

TEST_P(Emitted, testbench_passes_on_both_views) {
  for (const View view : {View::kStructural, View::kVector}) {
    write(view);
    const CommandResult result = run_command(kTestbench, folder_.path());
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.text, testing::StartsWith("PASS: ")) << to_string(view);
    EXPECT_THAT(result.text, Not(HasSubstr("FAIL"))) << to_string(view);
  }
}

TEST_P(Emitted, bytes_are_the_same_again_and_from_the_manifest) {
  for (const View view : {View::kStructural, View::kVector}) {
    const std::vector<EmittedFile> files = emit(GetParam().config, view);
    write(view);
    const EmittedFolder folder = read_folder(folder_.path());
    EXPECT_EQ(folder.view, view);
    const std::vector<EmittedFile> again = emit(GetParam().config, view);
    const std::vector<EmittedFile> read = emit(folder.config, folder.view);
    ASSERT_EQ(again.size(), files.size());
    ASSERT_EQ(read.size(), files.size());
    for (size_t i = 0; i < files.size(); ++i) {
      EXPECT_EQ(again[i].text, files[i].text) << files[i].path;
      EXPECT_EQ(read[i].text, files[i].text) << files[i].path;
      EXPECT_EQ(read_file(folder_.path() / files[i].path), files[i].text) << files[i].path;
    }
  }
}

class Plain : public Emitted {};
INSTANTIATE_TEST_SUITE_P(Of, Plain, testing::ValuesIn(plain_cases()), case_name);

TEST_P(Plain, without_the_row_broadcast_nothing_speaks_of_it) {
  for (const View view : {View::kStructural, View::kVector})
    for (const EmittedFile& file : emit_modules(GetParam().config, view)) {
      // The banner's command says --no-row-broadcast.
      std::string text = file.text.substr(file.text.find("\n// rc_"));
      std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
      for (size_t at; (at = text.find("mac_stages")) != text.npos;) text.erase(at, 10);
      for (const char* word : {"tap", "lastb", "stream", "chain", "broadcast", "stages", "st-os",
                               "window", "pitch", "bypass"})
        EXPECT_THAT(text, Not(HasSubstr(word))) << file.path << ", " << to_string(view);
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
  const std::string snippet = readme.substr(begin, readme.find("```", begin) - begin);
  write_file(folder_.path() / "use.v", "module use_core;\n" + snippet + "endmodule\n");
  expect_silence("iverilog -g2005 -Wall -s use_core -o use.vvp -c filelist.f use.v", folder_);
}

TEST_P(Emitted, sheet_says_nothing_of_a_missing_extension) {
  // Banner and configuration table do say that it is missing.
  std::string readme = text_of(emit(GetParam().config, View::kStructural), "README.md");
  readme.erase(0, readme.find("## Instantiation"));
  for (const char* word : {"ST-OS", "tap_i", "cmd_chain_i", "gap_error_o", "window"}) {
    if (GetParam().config.row_broadcast)
      EXPECT_THAT(readme, HasSubstr(word));
    else
      EXPECT_THAT(readme, Not(HasSubstr(word)));
  }
}

TEST(Templates, are_plain_verilog_as_they_stand) {
  const TempFolder folder;
  const std::string where = source_path("rtl_templates").string();
  for (const char* array : {"rc_array", "rc_array_vector"}) {
    const bool vector = std::string(array) == "rc_array_vector";
    std::string list;
    for (const std::string name :
         {"rc_delay", "rc_mac", "rc_pe", array, "rc_skew", "rc_wash", "rc_countdown", "rc_repeat",
          "rc_commands", "rc_steps", "rc_tiles", "rc_streams", "rc_results", "rc_sequencer",
          "rc_core"})
      if (!vector || (name != "rc_mac" && name != "rc_pe"))
        list += where + "/core/" + name + ".v\n";
    write_file(folder.path() / "filelist.f", list);
    expect_silence(kIcarus, folder);
    // Verilator compares file and module names; the vector view's file has one of its own.
    const std::string vector_options =
        " --unroll-count 300 --unroll-stmts 1 -Wno-BLKSEQ -Wno-DECLFILENAME";
    expect_silence(kVerilator + (vector ? vector_options : ""), folder);
    if (!vector) expect_silence(kYosys, folder);
    const CommandResult run = run_command("iverilog -g2005 -Wall -o tb.vvp -c filelist.f " + where +
                                              "/testbench/rc_core_tb.v && vvp tb.vvp",
                                          folder.path());
    EXPECT_THAT(run.text, testing::StartsWith("PASS: ")) << array;
  }
}

// One thing broken in the emitted RTL. A testbench that does not notice is worth nothing.
struct Fault {
  const char* name;
  const char* file;
  const char* right;
  const char* wrong;
  int row_broadcast;
};
void PrintTo(const Fault& f, std::ostream* out) { *out << f.right << " -> " << f.wrong; }

const Fault kFaults[] = {
    {"unsigned_weight", "rc_mac", "wire signed [WEIGHT_W-1:0] w", "wire [WEIGHT_W-1:0] w", 0},
    {"subtracted_product", "rc_mac", "acc_i + {", "acc_i - {", 1},
    {"zero_extended_product", "rc_mac", "{product[PRODUCT_W-1]}", "{1'b0}", 1},
    {"no_drain", "rc_pe", "| drain_i", "", 0},
    {"no_clearing", "rc_pe", "sum & {ACC_W{~last_q}}", "sum", 0},
    {"late_operand", "rc_pe", "assign a_o = a_q;",
     "reg [DATA_W-1:0] x; "
     "always @(posedge clk_i) x <= a_q; assign a_o = x;",
     0},
    {"no_tap", "rc_pe", "& tap_n_i", "", 1},
    {"tap_moves_on", "rc_pe", "b_n_i | {WEIGHT_W{hold_i}}", "b_n_i", 1},
    {"last_moves_on", "rc_pe", "last_n_i | hold_i", "last_n_i", 1},
    {"corner_blocked", "rc_array", "& (r != 0 || c != 0)", "", 1},
    {"no_broadcast_last", "rc_pe", "& lastb_n_i", "", 1},
    {"no_lane_rule", "rc_tiles", "last_beat_i && lane_busy_i", "1'b0", 0},
    {"no_lane_rule_beside_windows", "rc_tiles", "!(last_beat_i && lane_busy_i)", "1'b1", 1},
    {"no_swap", "rc_results", "wire swap = 1'b1;", "wire swap = 1'b0;", 0},
    {"wrong_tag", "rc_steps", "tag_q + ONE", "tag_q", 0},
    {"stream_starts_too_early", "rc_streams", "clear_q && (fits_q", "(fits_q", 1},
    {"mode_changes_too_early", "rc_sequencer", "{feed_stream && clear}", "{feed_stream}", 1},
    {"no_pitch", "rc_streams", "in_taps_q && gap_q != BEAT_0", "1'b0", 1},
    {"no_wash", "rc_sequencer", "wash_wave ?", "1'b0 ?", 0},
    {"illegal_rows_taken", "rc_commands", "&& arrived_rows_q <= ALL_ROWS", "", 0},
    {"too_many_beats_taken", "rc_commands", "&& arrived_beats_q <= MOST_BEATS", "", 0},
    {"error_of_another_cycle", "rc_commands", "cmd_error_o = error_q",
     "cmd_error_o = arrived_q && !legal", 0},
    {"gap_not_reported", "rc_streams", "gap_error_q <= take && !op_valid_i", "gap_error_q <= 1'b0",
     1},
    {"kind_not_told", "rc_sequencer", ".window_o(window_o),", ".window_o(),", 1},
    {"no_zero_discipline", "rc_skew", "& {DATA_W{row_en_i[r]}}", "", 0},
    {"no_column_gate", "rc_skew", "& {WEIGHT_W{col_en_i}}", "", 1},
    {"no_tap_gate", "rc_skew", "& {WEIGHT_W{tap_en_i[r]}}", "", 1},
    {"last_with_tap_only", "rc_skew", "lastb_i[r], tap_i", "lastb_i[r] & tap_en_i[r], tap_i", 1},
    {"no_bypass", "rc_skew", "stream[r] ? a_edge : a_skewed", "a_skewed", 1},
    {"no_skew", "rc_skew", ".CYCLES(r)", ".CYCLES(0)", 0},
};

class Testbench : public testing::TestWithParam<Fault> {};
INSTANTIATE_TEST_SUITE_P(With, Testbench, testing::ValuesIn(kFaults),
                         [](const auto& info) { return info.param.name; });

TEST_P(Testbench, fails_where_the_rtl_is_broken) {
  const Fault& fault = GetParam();
  const TempFolder folder;
  const ArrayConfig config{.rows = 4, .cols = 5, .row_broadcast = fault.row_broadcast};
  write_files(emit(config, View::kStructural), folder.path());
  test::replace_in_file(folder.path() / "rtl" / (std::string(fault.file) + ".v"), fault.right,
                        fault.wrong);
  const CommandResult result = run_command(kTestbench, folder.path());
  EXPECT_THAT(result.text, Not(HasSubstr("PASS")));
  EXPECT_THAT(result.text, HasSubstr("FAIL"));
}

TEST(Ports, are_read_from_the_emitted_core_with_their_widths) {
  const ArrayConfig config{.rows = 5,
                           .cols = 3,
                           .data_width = 7,
                           .weight_width = 4,
                           .max_reduction = 100,
                           .tag_width = 9};
  const std::vector<Port> ports =
      core_ports(config, emit_modules(config, View::kStructural).back().text);
  const auto width = [&](const char* name) {
    const auto it = std::ranges::find(ports, name, &Port::name);
    return it == ports.end() ? -1 : it->width;
  };
  EXPECT_EQ(width("clk_i"), 1);
  EXPECT_EQ(width("a_i"), 35);
  EXPECT_EQ(width("b_i"), 12);
  EXPECT_EQ(width("tap_i"), 20);
  EXPECT_EQ(width("out_o"), 3 * 24);
  EXPECT_EQ(width("cmd_tag_i"), 9);
  EXPECT_EQ(width("cmd_rows_i"), 3);
  EXPECT_EQ(width("cmd_cols_i"), 3);
  EXPECT_EQ(width("cmd_beats_i"), 7);
  EXPECT_EQ(ports.size(), 29u);
  EXPECT_EQ(width("window_o"), 1);
}

TEST(Ports, outside_the_house_style_are_refused) {
  const ArrayConfig config;
  const auto list = [](const std::string& line) { return "module m (\n) (\n" + line + "\n);\n"; };
  EXPECT_EQ(core_ports(config, list("    input  wire clk_i")).size(), 1u);
  for (const char* line : {"    inout wire a", "    input  reg a_i", "    input  wire [7:1] a_i",
                           "    input  wire [NOBODY-1:0] a_i"})
    EXPECT_THROW(core_ports(config, list(line)), std::logic_error) << line;
}

TEST(Sheet, shows_the_contract_of_a_tile_and_a_window) {
  const std::string readme = text_of(emit({.rows = 4, .cols = 4}, View::kStructural), "README.md");
  EXPECT_THAT(readme,
              HasSubstr(
                  R"(cycle              0      1      2      3      4      5      6      7      8
beat taken         k0     k1     k2     .      .      .      .      .      .
edge of row 0      .      .      a0     a1     a2     .      .      .      .
edge of row 1      .      .      .      a0     a1     a2     .      .      .
edge of column 0   .      .      b0     b1     b2     .      .      .      .
edge of column 1   .      .      .      b0     b1     b2     .      .      .
out_o, column 0    .      .      .      .      .      (0,0)  .      (1,0)  .
out_o, column 1    .      .      .      .      .      .      (0,1)  .      (1,1)
row_o              .      .      .      .      .      0      .      1      .
)"));
  EXPECT_THAT(readme, HasSubstr(
                          R"(cycle               0     1     2     3     4     5     6     7
sample taken        s0    s1    s2    s3    .     .     .     .
tap taken           .     w0    w1    w2    .     .     .     .
edge of every row   .     .     s0    s1    s2    s3    .     .
broadcast           .     .     .     w0    w1    w2    .     .
out_o, column 0     .     .     .     .     .     .     r0p1  r1p1
out_o, column 1     .     .     .     .     .     .     r0p0  r1p0
row_o               .     .     .     .     .     .     0     1
)"));
}

}  // namespace
}  // namespace rowcast
