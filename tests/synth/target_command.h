// `synth --target` as a user runs it, in a folder of its own.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "generator/files.h"
#include "tests/shell.h"

namespace rowcast::test {

class TargetCommand : public testing::Test {
 protected:
  // `arguments` begin with the target.
  CommandResult synth(const std::string& arguments, const std::string& environment = {}) {
    return run_command(
        fmt::format("{} '{}' synth --target {}", environment, ROWCAST_BINARY, arguments),
        folder_.path());
  }
  void expect_refused(const std::string& arguments, const std::string& words,
                      const std::string& environment = {}) {
    const CommandResult result = synth(arguments, environment);
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_EQ(result.text, "error: " + words + "\n");
  }
  TempFolder folder_;
};

}  // namespace rowcast::test
