// What FPGAs' DSP blocks take of the array, by Yosys' own flows. With MAC_STAGES = 1 the
// multiplier, the product's register, the adder and the accumulator are all inside, where the flow
// knows how.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "generator/emit.h"
#include "generator/files.h"
#include "tests/replace.h"
#include "tests/shell.h"

namespace rowcast {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr int kRows = 3, kCols = 2, kElements = kRows * kCols;

class Netlist {
 public:
  Netlist(const std::string& flow, const ArrayConfig& config, const std::string& right = "",
          const std::string& wrong = "") {
    const TempFolder folder;
    std::string files;
    for (EmittedFile& file : emit_modules(config, View::kStructural)) {
      const std::string name = file.path.substr(file.path.rfind('/') + 1);
      if (name != "rc_mac.v" && name != "rc_pe.v" && name != "rc_array.v") continue;
      if (name == "rc_pe.v" && !right.empty()) test::replace_once(file.text, right, wrong);
      write_file(folder.path() / name, file.text);
      files += name + " ";
    }
    const test::CommandResult result = test::run_command(
        "yosys -q -p 'read_verilog " + files + "; " + flow + " -top rc_array; write_json out.json'",
        folder.path());
    EXPECT_EQ(result.status, 0) << result.text;
    cells_ = json::parse(read_file(folder.path() / "out.json"))["modules"]["rc_array"]["cells"];
  }

  int count(const std::string& prefix) const {
    int number = 0;
    for (const json& cell : cells_) number += cell["type"].get<std::string>().starts_with(prefix);
    return number;
  }
  // The parameter's value in each cell of the type; -1 where it is not set.
  std::vector<int> values(const std::string& type, const std::string& parameter) const {
    std::vector<int> found;
    for (const json& cell : cells_) {
      if (cell["type"] != type) continue;
      const json& set = cell["parameters"];
      found.push_back(
          set.contains(parameter) ? std::stoi(set[parameter].get<std::string>(), nullptr, 2) : -1);
    }
    return found;
  }

 private:
  json cells_;
};

ArrayConfig config(int mac_stages, int row_broadcast = 1) {
  return {.rows = kRows,
          .cols = kCols,
          .acc_width = 32,
          .row_broadcast = row_broadcast,
          .mac_stages = mac_stages};
}

// Registers that must be outside: out and `last` of each element, the latter for the product and
// the sum too (without the broadcast those are the eastern neighbour's `last`, but in the last
// column), and what is passed on of a and b. None for products and sums.
int registers_outside(const ArrayConfig& c) {
  const int lasts = c.row_broadcast ? kElements : kRows;
  return kElements * (c.acc_width + 1) + lasts * 2 * c.mac_stages +
         kRows * (kCols - 1) * c.data_width + (kRows - 1) * kCols * c.weight_width;
}

std::vector<int> all(int value) { return std::vector<int>(kElements, value); }

constexpr const char* kXilinx = "synth_xilinx -flatten -noiopad";
constexpr const char* kIce40 = "synth_ice40 -dsp";
constexpr const char* kEcp5 = "synth_ecp5";

class DspBlocks : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Of, DspBlocks, testing::Values(1, 0),
                         [](const auto& info) { return info.param ? "broadcast" : "plain"; });

TEST_P(DspBlocks, of_xilinx_hold_operands_product_and_sum_with_a_mac_stage) {
  const Netlist netlist(kXilinx, config(1, GetParam()));
  EXPECT_EQ(netlist.count("DSP48E1"), kElements);
  EXPECT_THAT(netlist.values("DSP48E1", "AREG"), testing::Each(testing::Ge(1)));
  EXPECT_THAT(netlist.values("DSP48E1", "BREG"), testing::Each(testing::Ge(1)));
  EXPECT_EQ(netlist.values("DSP48E1", "MREG"), all(1));
  EXPECT_EQ(netlist.values("DSP48E1", "PREG"), all(1));
  EXPECT_EQ(netlist.count("CARRY4"), 0);
  EXPECT_LE(netlist.count("FD"), registers_outside(config(1, GetParam())));
}

TEST_P(DspBlocks, of_ice40_hold_operands_product_and_sum_with_a_mac_stage) {
  const Netlist netlist(kIce40, config(1, GetParam()));
  EXPECT_EQ(netlist.count("SB_MAC16"), kElements);
  for (const char* inside : {"A_REG", "B_REG", "TOP_8x8_MULT_REG", "BOT_8x8_MULT_REG",
                             "PIPELINE_16x16_MULT_REG1", "TOPOUTPUT_SELECT", "BOTOUTPUT_SELECT"})
    EXPECT_EQ(netlist.values("SB_MAC16", inside), all(1)) << inside;
  EXPECT_EQ(netlist.count("SB_CARRY"), 0);
  EXPECT_EQ(netlist.count("SB_DFF"), registers_outside(config(1, GetParam())));
}

// Without the stage the adder's output is captured as it is made, so no register can follow it.
TEST(DspBlocksWithoutAStage, hold_operands_and_multiplier) {
  const Netlist xilinx(kXilinx, config(0));
  EXPECT_EQ(xilinx.count("DSP48E1"), kElements);
  EXPECT_THAT(xilinx.values("DSP48E1", "AREG"), testing::Each(testing::Ge(1)));
  EXPECT_EQ(xilinx.values("DSP48E1", "MREG"), all(0));
  EXPECT_EQ(xilinx.values("DSP48E1", "PREG"), all(0));
  const Netlist ice40(kIce40, config(0));
  EXPECT_EQ(ice40.count("SB_MAC16"), kElements);
  EXPECT_EQ(ice40.values("SB_MAC16", "A_REG"), all(1));
  EXPECT_EQ(ice40.values("SB_MAC16", "TOP_8x8_MULT_REG"), all(0));
  EXPECT_EQ(ice40.count("SB_DFF"), registers_outside(config(0)) + kElements * 32);
}

// Yosys puts a multiplier into ECP5's block, and none of its registers.
TEST(DspBlocksOfEcp5, hold_the_multiplier) {
  for (const int mac_stages : {0, 1}) {
    const Netlist netlist(kEcp5, config(mac_stages));
    EXPECT_EQ(netlist.count("MULT18X18D"), kElements);
    EXPECT_EQ(netlist.values("MULT18X18D", "REG_OUTPUT_CLK"), all(-1));
    EXPECT_EQ(netlist.count("TRELLIS_FF"), kElements * (8 + 8 + 1 + 32 + 32 + 18 * mac_stages));
  }
}

// The sum has to be captured from its register for that: where it is not, it is outside.
TEST(DspBlocksWithAStage, are_not_filled_where_the_sum_is_captured_early) {
  const Netlist netlist(kXilinx, config(1), "acc_q & {ACC_W{acc_last}}", "sum & {ACC_W{acc_last}}");
  EXPECT_EQ(netlist.values("DSP48E1", "PREG"), all(0));
}

}  // namespace
}  // namespace rowcast
