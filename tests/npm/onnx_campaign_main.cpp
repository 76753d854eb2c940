// onnx_campaign [FILES [SEED]]: damaged files of three trained networks through reader and
// lowering; best on a build with ROWCAST_SANITIZE. Status 1 if anything is not as it has to be.
#include <fmt/format.h>

#include <random>

#include "generator/files.h"
#include "generator/parse.h"
#include "tests/npm/npm.h"
#include "tests/npm/onnx_campaign.h"

using namespace rowcast;

int main(int argc, char** argv) {
  int files = 2000;
  uint64_t seed = std::random_device{}();
  if ((argc > 1 && !parse_number(argv[1], files)) || (argc > 2 && !parse_number(argv[2], seed)) ||
      argc > 3) {
    fmt::print(stderr, "usage: onnx_campaign [FILES [SEED]]\n");
    return 2;
  }
  std::vector<test::CampaignModel> models;
  try {
    for (const char* name : {"blazeface_front", "line_classifier", "fr_detect"}) {
      onnx::InputShapes shapes;
      if (std::string(name) == "line_classifier") shapes = {{"", {1, 3, 48, 192}}};
      models.push_back({name, read_file(test::npm_file(test::npm_model(name))), shapes});
    }
  } catch (const test::Unavailable& missing) {
    fmt::print("{}\n", missing.what());
    return 77;  // as a test that is skipped
  }
  constexpr int kSeconds = 120;  // sanitizers, on a busy machine
  constexpr int64_t kMemory = int64_t{1} << 30;
  const auto result = test::run_onnx_campaign(models, files, seed, kSeconds, kMemory);
  for (const std::string& fault : result.faults) fmt::print("{}\n", fault);
  fmt::print(
      "seed {}: {} files became networks, {} were refused; {:.1f} s for the slowest (seed {}), {} "
      "MB of "
      "memory\n",
      seed, result.networks, result.refused, result.slowest_seconds, result.slowest_seed,
      result.most_memory >> 20);
  fmt::print("{} faults\n", result.faults.size());
  return result.faults.empty() ? 0 : 1;
}
