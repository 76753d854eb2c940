// A sample of topology_campaign.
#include "tests/system/topology_campaign.h"

#include <gtest/gtest.h>

#include <random>

namespace rowcast::test {
namespace {

TEST(RandomTopologies, are_read_or_refused_by_every_command) {
  const uint64_t seed = std::random_device{}();
  const TopologyCampaign campaign = run_topology_campaign(20, seed, false);
  for (const std::string& fault : campaign.faults) ADD_FAILURE() << fault;
  EXPECT_EQ(campaign.valid + campaign.odd + campaign.broken, 20);
  for (const auto& [status, count] : campaign.statuses) EXPECT_TRUE(status == 0 || status == 2);
}

}  // namespace
}  // namespace rowcast::test
