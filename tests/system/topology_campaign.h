// The program's commands on random topologies: nothing but 0 and 2 comes out, what is valid is
// read, what is broken is refused, and what `show` writes is the same work.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rowcast::test {

struct TopologyCampaign {
  int valid = 0, odd = 0, broken = 0;  // files
  std::map<int, int> statuses;         // how often a command ended with which
  std::vector<std::string> faults;     // "seed N: COMMAND: ..."
};

// `files` files of the seeds from `seed` on. With `runs`, small layers run in RTL, too.
TopologyCampaign run_topology_campaign(int files, uint64_t seed, bool runs);

}  // namespace rowcast::test
