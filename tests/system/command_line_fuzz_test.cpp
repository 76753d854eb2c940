// A sample of random command lines; the campaign is command_line_fuzz.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/command_line_fuzz.h"

namespace rowcast {
namespace {

TEST(RandomCommandLines, end_with_0_or_with_2_an_error_and_nothing_written) {
  const test::FuzzOptions options{.seed = 1, .count = 100};
  const test::FuzzReport report = test::fuzz_command_line(options);
  EXPECT_THAT(report.faults, testing::IsEmpty()) << "seed " << options.seed;
  EXPECT_GT(report.statuses.at(0), 10);
  EXPECT_GT(report.statuses.at(2), 40);
}

}  // namespace
}  // namespace rowcast
