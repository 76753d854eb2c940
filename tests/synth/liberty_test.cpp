// What is read from a cell library, what is left out of it, and what a bad one is told.
#include "synth/liberty.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "generator/error.h"
#include "generator/files.h"
#include "synth/liberty_syntax.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Pair;

constexpr const char* kOsu018 = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";
constexpr const char* kOsu035 = "/usr/share/qflow/tech/osu035/osu035_stdcells.lib";
constexpr const char* kOsu05 = "/usr/share/qflow/tech/osu050/osu05_stdcells.lib";

// Every `from` of a text, of which there is one at least, is `to`.
std::string replaced(const std::string& text, std::string_view from, std::string_view to) {
  std::string result;
  size_t done = 0;
  for (size_t at; (at = text.find(from, done)) != text.npos; done = at + from.size())
    result.append(text, done, at - done).append(to);
  EXPECT_GT(done, 0u) << from;
  return result.append(text, done);
}

// A small library, in the style of sky130hd: names in quotes, a function in parentheses, supplies.
constexpr const char* kHead = R"(library ("small") {
  define(def_sim_opt,library,string);
  time_unit : "1ns";
  voltage_unit : "1V";
  leakage_power_unit : "1nW";
  current_unit : "1mA";
  pulling_resistance_unit : "1kohm";
  capacitive_load_unit(1.0000000000, "pf");
)";

std::string cell(const std::string& name, double area, const std::string& function,
                 const std::string& attributes = {}, const std::string& pin = {},
                 const std::string& supply = "VPWR") {
  std::string text = fmt::format(
      "  cell (\"{}\") {{\n    {}\n    area : {:.10f};\n"
      "    pg_pin (\"{}\") {{ pg_type : \"primary_power\"; voltage_name : \"{}\"; }}\n",
      name, attributes, area, supply, supply);
  for (const char* input : {"A", "B"})
    if (function.find(input) != std::string::npos)
      text += fmt::format("    pin (\"{}\") {{ direction : \"input\"; capacitance : 0.002; {} }}\n",
                          input, pin);
  return text + fmt::format(
                    "    pin (\"X\") {{ direction : \"output\"; function : \"{}\"; "
                    "max_capacitance : {:.3f};\n      internal_power () {{ }}\n    }}\n  }}\n",
                    function, area / 40);
}

const std::string kFlipFlop = R"(  cell ("dfxtp_1") {
    area : 20.02;
    pg_pin ("VPWR") { pg_type : "primary_power"; }
    ff ("IQ","IQ_N") { clocked_on : "CLK"; next_state : "D"; }
    pin ("CLK") { clock : "true"; direction : "input"; capacitance : 0.0017; }
    pin ("D") { direction : "input"; capacitance : 0.0017; }
    pin ("Q") { direction : "output"; function : "IQ"; }
    test_cell () { pin ("Q") { direction : "output"; function : "never"; } }
  }
)";
const std::string kLogic = cell("nand2_1", 3.7536, "(!A) | (!B)") + cell("buf_4", 7.5, "(A)") +
                           cell("buf_8", 15, "A") + cell("clkbuf_8", 13.76, "(A)") + kFlipFlop;

class Liberty : public testing::Test {
 protected:
  CellLibrary read(const std::string& text) {
    write_file(folder_.path() / "x.lib", text);
    return read_liberty((folder_.path() / "x.lib").string());
  }
  // What is wrong with a text; its folder is left out.
  std::string fault(const std::string& text) {
    try {
      read(text);
    } catch (const InputError& error) {
      const std::string what = error.what(), folder = folder_.path().string() + "/";
      return what.starts_with(folder) ? what.substr(folder.size()) : what;
    }
    return "none";
  }
  std::string small(const std::string& more) { return kHead + kLogic + more + "}\n"; }
  TempFolder folder_;
};

TEST_F(Liberty, gives_areas_the_nand_and_a_strong_buffer) {
  const CellLibrary library = read_liberty(kOsu018);
  EXPECT_EQ(library.name, "osu018_stdcells");
  EXPECT_EQ(library.cells.size(), 29u);
  EXPECT_THAT(library.left_out,
              testing::ElementsAre(Pair("LATCH", "no area"), Pair("TBUFX1", "three_state"),
                                   Pair("TBUFX2", "three_state")));
  EXPECT_EQ(library.cells.at("DFFPOSX1").area, 96);
  EXPECT_EQ(library.cells.at("NAND2X1").input_pf.at("A"), 0.0125);
  EXPECT_EQ(library.nand2_area, 24);
  EXPECT_EQ(library.buffer, "BUFX4");
  EXPECT_EQ(library.buffer_max_pf, 1.95039);
  EXPECT_EQ(library.buffer_in, "A");
  EXPECT_EQ(library.buffer_out, "Y");
}

TEST_F(Liberty, of_pads_is_logic_without_them) {
  for (const char* path : {kOsu035, kOsu05}) {
    SCOPED_TRACE(path);
    const CellLibrary library = read_liberty(path);
    EXPECT_EQ(library.buffer, "BUFX4");
    EXPECT_THAT(library.left_out,
                testing::ElementsAre(Pair("LATCH", "no area"), Pair("PADFC", "dont_touch"),
                                     Pair("PADGND", "dont_touch"), Pair("PADINC", "pad_cell"),
                                     Pair("PADINOUT", "pad_cell"), Pair("PADNC", "dont_touch"),
                                     Pair("PADOUT", "pad_cell"), Pair("PADVDD", "dont_touch"),
                                     Pair("TBUFX1", "three_state"), Pair("TBUFX2", "three_state")));
    EXPECT_THAT(library.text, testing::Not(HasSubstr("cell (PAD")));
    // Lines keep their numbers.
    EXPECT_EQ(std::ranges::count(library.text, '\n'), std::ranges::count(read_file(path), '\n'));
  }
}

TEST_F(Liberty, of_pads_that_it_does_not_call_so_is_logic_without_them) {
  for (const char* path : {kOsu035, kOsu05}) {
    std::string text = read_file(path);
    for (const char* said : {"pad_cell : true;", "is_pad : true;", "dont_touch : true;"})
      text = replaced(text, said, "");
    const CellLibrary library = read(text);
    EXPECT_EQ(library.buffer, "BUFX4");
    for (const char* pad : {"PADINC", "PADOUT"})
      EXPECT_EQ(library.left_out.at(pad), "the size of a pad");
    EXPECT_EQ(library.left_out.at("PADINOUT"), "three_state");
  }
}

TEST_F(Liberty, leaves_out_cells_that_are_not_for_logic) {
  const CellLibrary library = read(small(
      cell("buf_16", 30, "A", "dont_use : true;") + cell("keep_16", 30, "A", "dont_use : false;") +
      cell("pad", 31, "A", "pad_cell : \"true\";") +
      cell("pad_pin", 31, "A", "", "is_pad : true;") +
      cell("gate_1", 31, "A", "clock_gating_integrated_cell : \"latch_posedge\";") +
      cell("iso_16", 31, "A&!B", "is_isolation_cell : \"true\";") +
      cell("shift_1", 31, "A", "is_level_shifter : true;") +
      cell("on_16", 31, "A", "always_on : \"true\";") + cell("kapwr_16", 31, "A", "", "", "KAPWR") +
      cell("huge_16", 1000, "A") + cell("free_16", 0, "A") + cell("no name", 31, "A") +
      "  cell (ram) { area : 31; bus (D) { pin (\"D[0]\") { direction : input; } } }\n"));
  EXPECT_THAT(library.left_out,
              testing::UnorderedElementsAre(
                  Pair("buf_16", "dont_use"), Pair("pad", "pad_cell"), Pair("pad_pin", "is_pad"),
                  Pair("gate_1", "clock_gating_integrated_cell"),
                  Pair("iso_16", "is_isolation_cell"), Pair("shift_1", "is_level_shifter"),
                  Pair("on_16", "always_on"), Pair("kapwr_16", "supply KAPWR"),
                  Pair("huge_16", "the size of a pad"), Pair("free_16", "no area"),
                  Pair("no name", "its name is no word of Verilog"), Pair("ram", "bus")));
  EXPECT_EQ(library.buffer, "keep_16");
  EXPECT_EQ(library.cells.size(), 6u);
  EXPECT_EQ(library.cells.at("dfxtp_1").functions.at("Q"), "IQ");  // not the test cell's
  for (const auto& [name, why] : library.left_out)
    EXPECT_THAT(library.text, testing::Not(HasSubstr(name + "\")"))) << why;
}

TEST_F(Liberty, takes_a_smaller_buffer_of_nearly_the_same_strength) {
  EXPECT_EQ(read(small("")).buffer, "clkbuf_8");
  EXPECT_EQ(read(small(cell("buf_9", 16, "A"))).buffer, "buf_8");
}

TEST_F(Liberty, is_read_in_its_units) {
  const auto input_pf = [&](const std::string& unit) {
    return read(replaced(small(""), "(1.0000000000, \"pf\")", unit))
        .cells.at("nand2_1")
        .input_pf.at("A");
  };
  EXPECT_DOUBLE_EQ(input_pf("(1,pf)"), 0.002);
  EXPECT_DOUBLE_EQ(input_pf("(1,ff)"), 2e-6);
  EXPECT_DOUBLE_EQ(input_pf("(10.0, \"fF\")"), 2e-5);
}

TEST_F(Liberty, in_units_that_are_not_libertys_is_refused_with_its_line) {
  const auto with = [&](const char* from, const char* to) {
    return fault(replaced(small(""), from, to));
  };
  EXPECT_EQ(with("\"1ns\"", "\"1parsec\""),
            "x.lib:3: time_unit: '1parsec' is no unit of liberty, allowed are 1ps, 10ps, 100ps, "
            "1ns");
  for (const char* bad : {"\"1us\"", "\"50ps\"", "\"ns\"", "\"1 ns\"", "\"\"", "s"})
    EXPECT_THAT(with("\"1ns\"", bad), testing::StartsWith("x.lib:3: time_unit: ")) << bad;
  for (const char* good : {"\"1ps\"", "100ps", "1nS"}) EXPECT_EQ(with("\"1ns\"", good), "none");
  EXPECT_EQ(with("\"1V\"", "\"2V\""),
            "x.lib:4: voltage_unit: '2V' is no unit of liberty, allowed are 1mV, 10mV, 100mV, 1V");
  EXPECT_EQ(with("\"1nW\"", "\"1MW\""),
            "x.lib:5: leakage_power_unit: '1MW' is no unit of liberty, allowed are 1pW, 10pW, "
            "100pW, 1nW, 10nW, 100nW, 1uW, 10uW, 100uW, 1mW");
  EXPECT_EQ(with("\"1mA\"", "\"1mX\""),
            "x.lib:6: current_unit: '1mX' is no unit of liberty, allowed are 1uA, 10uA, 100uA, "
            "1mA, 10mA, 100mA, 1A");
  EXPECT_EQ(with("\"1kohm\"", "\"1kelvin\""),
            "x.lib:7: pulling_resistance_unit: '1kelvin' is no unit of liberty, allowed are 1ohm, "
            "10ohm, 100ohm, 1kohm");
  EXPECT_EQ(with("(1.0000000000, \"pf\")", "(1,nf)"),
            "x.lib:8: capacitive_load_unit: '1,nf' is no unit of liberty, allowed are (NUMBER,ff) "
            "and (NUMBER,pf)");
  for (const char* bad : {"(0,pf)", "(-1,pf)", "(nan,pf)", "(pf)", "(1,pf,pf)", "(1e9,pf)"})
    EXPECT_THAT(with("(1.0000000000, \"pf\")", bad),
                testing::StartsWith("x.lib:8: capacitive_load_unit: "))
        << bad;
}

TEST_F(Liberty, without_a_unit_or_with_two_of_a_kind_is_refused) {
  const auto with = [&](const char* from, const char* to) {
    return fault(replaced(small(""), from, to));
  };
  for (const char* unit :
       {"time_unit", "voltage_unit", "leakage_power_unit", "capacitive_load_unit"})
    EXPECT_EQ(with(unit, "other"), fmt::format("x.lib: has no {}, it is needed", unit));
  EXPECT_EQ(with("current_unit", "other"), "none");
  EXPECT_EQ(with("current_unit : \"1mA\"", "time_unit : \"1ns\""),
            "x.lib:6: time_unit: is given twice, first in line 3");
  EXPECT_EQ(fault(replaced(replaced(small(""), "  time_unit : \"1ns\";\n", ""), kFlipFlop,
                           kFlipFlop + "  time_unit : \"1ns\";\n")),
            "x.lib:54: time_unit: stands behind a cell, it is needed before the first");
}

TEST_F(Liberty, that_can_not_be_used_is_refused_with_one_clear_error) {
  EXPECT_EQ(fault("module m; endmodule\n"),
            "x.lib: is no liberty file, a library (NAME) {...} is needed");
  EXPECT_EQ(fault(""), "x.lib: is no liberty file, a library (NAME) {...} is needed");
  EXPECT_EQ(fault(std::string("\0\0\0", 3)),
            "x.lib: is no liberty file, a library (NAME) {...} is needed");
  const std::string good = read_file(kOsu018);
  EXPECT_EQ(fault(good.substr(0, good.size() / 2)),
            "x.lib: ends inside the library, a complete liberty file is needed");
  EXPECT_EQ(fault(good + "\nlibrary (b) {}\n"),
            "x.lib:6143: 'library (b) {}...' follows the library's end, one library in a file is "
            "allowed");
  EXPECT_EQ(fault(replaced(good, "  ff (", "  unknown (")),
            "x.lib: has no flip-flop, a library with at least one ff group is needed");
  EXPECT_EQ(fault(replaced(good, "internal_power", "unknown")),
            "x.lib: has no power tables, a library with internal_power groups is needed");
  EXPECT_EQ(fault(kHead + kFlipFlop + cell("buf_1", 4, "A") + "}"),
            "x.lib: has no two-input NAND, one is needed as the unit of gate equivalents");
  EXPECT_EQ(fault(small(cell("nand2_1", 3, "!(A B)"))), "x.lib:55: cell nand2_1: is given twice");
  EXPECT_EQ(fault(small(cell("xor2_1", 3, "A $ B"))),
            "x.lib:61: function \"A $ B\" can not be read at its character 3, names, 0, 1, ! ' & * "
            "^ | + and up to 64 parentheses in one another are allowed");
  EXPECT_EQ(fault(small("  cell (x) { area : 3um; }\n")),
            "x.lib:55: area: '3um' is no number from 0");
  EXPECT_EQ(fault(small("  include_file (other.lib);\n")),
            "x.lib:55: include_file: is not followed, one file is needed");
  EXPECT_EQ(fault(replaced(small(""), "\"small\"", "\"a;b\"")),
            "x.lib:1: library: 'a;b' is no name, a word of letters, digits and _ is needed");
  EXPECT_EQ(fault(small("  cell = x;\n")), "x.lib:55: '= x;...' is no attribute and no group");
}

TEST_F(Liberty, with_texts_of_megabytes_or_deep_groups_is_read_or_refused) {
  const std::string megabytes(2'000'000, 'x');
  EXPECT_EQ(read(small(cell(megabytes, 3, "A"))).left_out.size(), 1u);
  EXPECT_EQ(fault("library (" + megabytes + ") {}"),
            "x.lib:1: library: '" + std::string(60, 'x') +
                "...' is no name, a word of letters, digits and _ is needed");
  EXPECT_EQ(fault(megabytes), "x.lib: is no liberty file, a library (NAME) {...} is needed");
  EXPECT_EQ(fault("/*" + megabytes), "x.lib: is no liberty file, a library (NAME) {...} is needed");
  for (const char* deep : {"(", "!"}) {
    std::string function;
    for (int i = 0; i < 1'000'000; ++i) function += deep;
    EXPECT_THAT(fault(small(cell("x", 3, function + "A"))),
                HasSubstr("can not be read at its character 65"));
  }
  std::string groups;
  for (int i = 0; i < 1'000'000; ++i) groups += "a(){";
  EXPECT_THAT(fault(small(groups)),
              testing::EndsWith("' opens the 33th group within another, allowed are 32"));
}

// Whatever is cut, repeated or overwritten: a library or one error.
TEST_F(Liberty, that_is_damaged_anywhere_is_read_or_refused) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const std::string good = small(cell("buf_16", 30, "A", "dont_use : true;"));
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text = good;
    for (uint64_t n = 1 + random() % 3; n > 0; --n) {
      const size_t at = random() % text.size(), length = random() % 12;
      const std::string_view marks = "{}()\"\\;:,/*\n\0 aA1";
      if (random() % 2)
        text.replace(at, length, 1, marks[random() % marks.size()]);
      else
        text.insert(at, text.substr(random() % text.size(), random() % 40));
    }
    refused += fault(text) != "none";
  }
  EXPECT_GT(refused, 1000);
}

TEST_F(Liberty, is_unpacked_whatever_its_name) {
  for (const char* name : {"l.lib.gz", "l.lib", "a b$[x];'\"{\n.gz"}) {
    ASSERT_EQ(
        test::run_command(fmt::format("gzip -c '{}' > l.packed", kOsu018), folder_.path()).status,
        0);
    std::filesystem::rename(folder_.path() / "l.packed", folder_.path() / name);
    EXPECT_EQ(read_liberty((folder_.path() / name).string()).nand2_area, 24);
  }
  EXPECT_EQ(fault("\x1f\x8b nothing"),
            "x.lib: can not be unpacked by gzip, a complete file is needed");
}

// `from` in other units: whatever is a number of it is written anew.
class InOtherUnits {
 public:
  explicit InOtherUnits(const std::string& from) : from_(from) {
    const LibertyGroup root = parse_liberty(from, "library");
    for (const LibertyGroup& group : root.groups)
      if (group.kind.ends_with("_template"))
        for (const char* variable : {"variable_1", "variable_2"})
          templates_[group.name()].push_back(group.value(variable));
    visit(root, "");
    text_ += from.substr(done_);
    for (const auto& [was, is] : {std::pair{"\"1ns\"", "\"1ps\""},
                                  {"(1,pf)", "(1,ff)"},
                                  {"\"1V\"", "\"1mV\""},
                                  {"\"1nW\"", "\"1pW\""}})
      text_ = replaced(text_, was, is);
  }
  const std::string& text() const { return text_; }

 private:
  static constexpr const char *kThousand = "e3", *kEnergy = "e9";  // V² pF in mV² fF

  void visit(const LibertyGroup& group, std::string_view inside) {
    // In the order of the text.
    std::map<size_t, const LibertyAttribute*> attributes;
    std::map<size_t, const LibertyGroup*> groups;
    for (const LibertyAttribute& a : group.attributes) attributes[a.begin] = &a;
    for (const LibertyGroup& g : group.groups) groups[g.begin] = &g;
    auto next = groups.begin();
    for (const auto& [begin, attribute] : attributes) {
      for (; next != groups.end() && next->first < begin; ++next)
        visit_child(*next->second, inside);
      if (const char* scale = scale_of(group, *attribute, inside))
        for (const std::string_view value : attribute->values) rescale(value, scale);
    }
    for (; next != groups.end(); ++next) visit_child(*next->second, inside);
  }
  void visit_child(const LibertyGroup& group, std::string_view inside) {
    const bool tables = group.kind == "timing" || group.kind == "internal_power";
    if (!group.kind.ends_with("_template")) visit(group, tables ? group.kind : inside);
  }
  const char* scale_of(const LibertyGroup& group, const LibertyAttribute& attribute,
                       std::string_view inside) const {
    const std::string_view name = attribute.name;
    if (name.ends_with("capacitance") || name.ends_with("voltage") || name == "cell_leakage_power")
      return kThousand;
    if (name == "values") return inside == "timing" ? kThousand : kEnergy;
    if (!name.starts_with("index_")) return nullptr;
    const std::string_view variable = templates_.at(group.name()).at(size_t(name.back() - '1'));
    EXPECT_TRUE(variable.find("capacitance") != variable.npos ||
                variable.find("transition") != variable.npos)
        << variable;
    return kThousand;
  }
  void rescale(std::string_view value, const char* scale) {
    const size_t begin = static_cast<size_t>(value.data() - from_.data());
    text_ += from_.substr(done_, begin - done_);
    const auto part = [](char c) { return std::isdigit(c) || c == '.' || c == '-'; };
    for (size_t i = 0; i < value.size(); ++i) {
      text_ += value[i];
      if (part(value[i]) && (i + 1 == value.size() || !part(value[i + 1]))) text_ += scale;
    }
    done_ = begin + value.size();
  }

  const std::string& from_;
  std::map<std::string_view, std::vector<std::string_view>> templates_;
  std::string text_;
  size_t done_ = 0;
};

class LibertyFlow : public testing::Test {
 protected:
  json synth(const std::string& liberty, const std::string& size = "1x2") {
    const test::CommandResult result = test::run_command(
        fmt::format("'{}' synth --array {} --seeds 1 --activity blanket --liberty '{}' --json r",
                    ROWCAST_BINARY, size, liberty),
        folder_.path());
    EXPECT_EQ(result.status, 0) << result.text;
    return result.status == 0 ? json::parse(read_file(folder_.path() / "r")) : json();
  }
  TempFolder folder_;
};

// OpenSTA's numbers are single precision, and reported in a few digits.
TEST_F(LibertyFlow, of_the_same_library_in_other_units_reports_the_same) {
  const std::string text = read_file(kOsu018);
  write_file(folder_.path() / "small.lib", InOtherUnits(text).text());
  const json one = synth(kOsu018), other = synth("small.lib");
  for (const char* side : {"base", "row_broadcast"}) {
    for (const char* key : {"area_um2", "cells"}) EXPECT_EQ(one[side][key], other[side][key]);
    EXPECT_EQ(one[side]["critical_path"], other[side]["critical_path"]);
    for (const char* key : {"critical_path_ns", "power_w"})
      EXPECT_NEAR(one[side][key], other[side][key], 1e-4 * one[side][key].get<double>()) << key;
    for (const char* part : {"internal_w", "switching_w", "leakage_w"}) {
      const double w = one[side]["power"]["total"][part];
      EXPECT_NEAR(w, other[side]["power"]["total"][part], 1e-4 * w) << part;
    }
  }
  const json &wire = one["row_broadcast"]["broadcast_wire"],
             &other_wire = other["row_broadcast"]["broadcast_wire"];
  for (const auto& [key, value] : wire.items())
    EXPECT_NEAR(value, other_wire[key], 1e-4 * value.get<double>()) << key;
}

// With a pad as the broadcast's driver it would be more than 70 %.
TEST_F(LibertyFlow, of_libraries_with_pads_buffers_the_broadcast_as_one_without) {
  for (const char* path : {kOsu035, kOsu05}) {
    const json report = synth(path, "2");
    EXPECT_LT(report["overhead"]["area"], 0.36) << path;
    EXPECT_GT(report["overhead"]["area"], 0.25) << path;
    EXPECT_EQ(report["cells_left_out"]["PADOUT"], "pad_cell");
  }
}

// SKY130HD names the library of SkyWater that is not Debian's.
TEST_F(LibertyFlow, of_sky130hd_needs_no_cell_that_is_not_for_logic) {
  const char* path = std::getenv("SKY130HD");
  if (!path) GTEST_SKIP() << "SKY130HD is not set to a liberty file";
  const json report = synth(path, "2");
  for (const char* cell : {"lpflow_isobufsrc_1", "lpflow_clkbufkapwr_16", "dlclkp_1"})
    EXPECT_TRUE(report["cells_left_out"].contains(std::string("sky130_fd_sc_hd__") + cell));
  EXPECT_LT(report["overhead"]["area"], 0.36);
}

}  // namespace
}  // namespace rowcast
