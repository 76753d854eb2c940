// Memory does not grow with the number of steps: the program's peak, as the kernel counts it, where
// layers near the limits meet small arrays and commands of one step.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

#include "generator/files.h"

namespace rowcast {
namespace {

struct Outcome {
  int status;
  long peak_mb;
};

// Children of the program count, too. Output goes to a file.
Outcome run_program(const std::string& arguments, const std::filesystem::path& out) {
  const std::string command =
      fmt::format("exec '{}' {} >'{}' 2>&1 </dev/null", ROWCAST_BINARY, arguments, out.string());
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, usage.ru_maxrss / 1024};
}

class MemoryBound : public testing::Test {
 protected:
  const TempFolder folder_;

  nlohmann::json expect_small(const std::string& arguments) {
    SCOPED_TRACE(arguments);
    const auto json = folder_.path() / "out.json", out = folder_.path() / "out";
    const Outcome outcome =
        run_program(fmt::format("{} --json '{}'", arguments, json.string()), out);
    EXPECT_EQ(outcome.status, 0) << read_file(out);
    EXPECT_LE(outcome.peak_mb, 100);
    return outcome.status == 0 ? nlohmann::json::parse(read_file(json)) : nlohmann::json{};
  }
};

TEST_F(MemoryBound, holds_for_estimates_of_layers_at_the_limits) {
  struct Case {
    const char* arguments;
    int64_t cycles;
  };
  // On 1x1 an output takes as many cycles as products: the drain holds no tile of one row back.
  for (const auto& [arguments, cycles] : {
           Case{"dw:1000x1000x2000,k3,s1 --mapping gemm-dwc", 18'000'000'000},
           Case{"dw:1000x1000x2000,k3,s1 --mapping gemm-dwc --tag-width 1", 18'000'000'000},
           Case{"dw:1000x1000x2000,k3,s1 --mapping im2col --tag-width 1", 18'000'000'000},
           Case{"dw:16384x16384x7,k1,s1 --mapping gemm-dwc --tag-width 1", 16384LL * 16384 * 7},
           Case{"pw:4096x4096x7,o127 --tag-width 1", 4096LL * 4096 * 127 * 7},
           Case{"pw:16384x16384x2,o7 --tag-width 1", 16384LL * 16384 * 7 * 2},
       })
    EXPECT_EQ(expect_small(fmt::format("estimate --array 1x1 --layer {}",
                                       arguments))["totals"]["predicted_cycles"],
              cycles)
        << arguments;
}

TEST_F(MemoryBound, holds_for_streams_of_layers_at_the_limits) {
  for (const char* arguments :
       {"dw:1000x1000x2000,k3,s1 --array 1x1 --mapping st-os --tag-width 1",
        "dw:1000x1000x2000,k3,s1 --array 1x1 --mapping st-os-line --tag-width 1",
        "dw:16384x7x16384,k1,s1 --array 3x2 --mapping st-os --tag-width 1",
        "fuse:1000x1000x1000,k3,s1,full --array 1x1 --mapping st-os --tag-width 1",
        "dw:16384x16384x7,k5,s1 --array 64x64 --mapping auto"}) {
    const auto json = expect_small(fmt::format("estimate --layer {}", arguments));
    EXPECT_GE(json["totals"]["predicted_cycles"], json["layers"][0]["roofline_cycles"]);
  }
}

TEST_F(MemoryBound, holds_for_memory_estimates_and_comparisons) {
  expect_small("estimate --memory --array 1x1 --tag-width 1 --layer dw:400x400x10,k3,s1");
  expect_small("estimate --memory --array 1x1 --mapping st-os --layer dw:400x400x5,k3,s1");
  // 2 * 10^9 tiles, of which channels that are alike are walked over once.
  EXPECT_EQ(expect_small("estimate --memory --array 1x1 --layer dw:1000x1000x2000,k3,s1 "
                         "--sram-activations 1048576")["totals"]["dram_output_words"],
            2'000'000'000);
  expect_small("estimate --memory --array 1x1 --layer pw:1024x1024x2,o2");
  expect_small("compare --array 64x64");
}

TEST_F(MemoryBound, holds_for_runs_whatever_the_number_of_commands) {
  const char* arguments = "run --array 1x1 --tag-width 1 --layer pw:300x300x1,o12";
  run_program(arguments, folder_.path() / "out");  // the model is built, or was
  EXPECT_EQ(expect_small(arguments)["totals"]["mismatches"], 0);
}

}  // namespace
}  // namespace rowcast
