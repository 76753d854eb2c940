#include "sim/formats/vcd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "generator/error.h"
#include "generator/files.h"

namespace rowcast {
namespace {

class Vcd : public testing::Test {
 protected:
  TempFolder folder_;
  VcdFile file(const std::string& text) {
    write_file(folder_.path() / "w.vcd", text);
    return VcdFile(folder_.path() / "w.vcd");
  }
};

constexpr const char* kHeader =
    "$date today $end\n$timescale 1ns $end\n"
    "$scope module top $end\n$scope module gen[0] $end\n"
    "$var wire 4 ! value [3:0] $end\n$var wire 4 ! same [3:0] $end\n$upscope $end\n"
    "$var wire 1 \" bit $end\n$var reg 64 # wide [63:0] $end\n$var wire 24 $ word [23:0] $end\n"
    "$upscope $end\n$enddefinitions $end\n";

TEST_F(Vcd, stops_where_all_changes_of_a_multiple_of_the_period_are_made) {
  VcdFile waves = file(std::string(kHeader) +
                       "#0\n$dumpvars\nb1010 !\n0\"\nb1 #\nbx $\n$end\n"
                       "#5\nb111 !\n1\"\n#10\nb1 !\n#12\nb110 !\n#20\n#25\n0\"\n#30\nb0 !\n");
  const int value = waves.find("top.gen[0].value"), bit = waves.find("top.bit");
  std::vector<std::array<int64_t, 3>> seen;
  while (waves.next(10))
    seen.push_back(
        {waves.time(), waves.signed_number(value), static_cast<int64_t>(waves.number(bit))});
  EXPECT_THAT(seen, testing::ElementsAre(
                        std::array<int64_t, 3>{0, -6, 0}, std::array<int64_t, 3>{10, 1, 1},
                        std::array<int64_t, 3>{20, 6, 1}, std::array<int64_t, 3>{30, 0, 0}));
}

TEST_F(Vcd, reads_signals_of_every_width_and_words) {
  VcdFile waves = file(std::string(kHeader) + "#0\nb1000 !\n1\"\nb1" + std::string(63, '0') +
                       " #\nb1100001011000100000000 $\n#1\nbx1x0 !\nb11000010 $\nb1 #\n");
  ASSERT_TRUE(waves.next(1));
  const int value = waves.find("top.gen[0].value"), wide = waves.find("top.wide"),
            word = waves.find("top.word");
  EXPECT_EQ(waves.find("top.gen[0].same"), value);
  EXPECT_EQ(waves.find("top.gen[1].value"), -1);
  EXPECT_EQ(waves.find("value"), -1);
  EXPECT_EQ(waves.signed_number(value), -8);
  EXPECT_EQ(waves.number(value), 8u);
  EXPECT_EQ(waves.signed_number(wide), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(waves.number(waves.find("top.bit")), 1u);
  EXPECT_EQ(waves.word(word), "0\xb1");
  ASSERT_TRUE(waves.next(1));
  EXPECT_EQ(waves.number(value), 4u);  // what is unknown counts as 0
  EXPECT_EQ(waves.signed_number(wide), 1);
  EXPECT_FALSE(waves.next(1));
}

TEST_F(Vcd, has_no_moments_where_there_are_none) {
  EXPECT_FALSE(file(kHeader).next(10));
  EXPECT_FALSE(file("").next(10));
  EXPECT_FALSE(file(std::string(kHeader) + "#5\n1\"\n#15\n0\"\n").next(10));
  EXPECT_THROW(VcdFile(folder_.path() / "no.vcd"), InputError);
}

}  // namespace
}  // namespace rowcast
