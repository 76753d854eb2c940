// topology_campaign [FILES [SEED]]: random topologies through the program, small layers in RTL as
// well; best on a build with ROWCAST_SANITIZE. Status 1 if anything is not as it has to be.
#include <fmt/format.h>

#include <random>

#include "generator/parse.h"
#include "tests/system/topology_campaign.h"

int main(int argc, char** argv) {
  int files = 500;
  uint64_t seed = std::random_device{}();
  if ((argc > 1 && !rowcast::parse_number(argv[1], files)) ||
      (argc > 2 && !rowcast::parse_number(argv[2], seed)) || argc > 3) {
    fmt::print(stderr, "usage: topology_campaign [FILES [SEED]]\n");
    return 2;
  }
  const auto result = rowcast::test::run_topology_campaign(files, seed, true);
  for (const std::string& fault : result.faults) fmt::print("{}\n", fault);
  fmt::print("seed {}: {} valid files, {} odd, {} broken\n", seed, result.valid, result.odd,
             result.broken);
  for (const auto& [status, count] : result.statuses)
    fmt::print("{} commands ended with {}\n", count, status);
  fmt::print("{} faults\n", result.faults.size());
  return result.faults.empty() ? 0 : 1;
}
