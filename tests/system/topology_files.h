// Random files in the shape of SCALE-Sim's topologies: as people write them, odd ones, broken ones.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "sim/workload/layer.h"

namespace rowcast::test {

struct TopologyFile {
  enum Kind {
    kValid,   // has to be read
    kOdd,     // damaged anywhere: may be read or refused
    kBroken,  // has to be refused
  };
  Kind kind;
  std::string text;
  std::vector<Layer> layers;  // of a valid one, as it is to be understood
};

TopologyFile random_topology(std::mt19937_64& random);

}  // namespace rowcast::test
