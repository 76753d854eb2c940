#include "sim/accelerator/rams.h"

#include "sim/accelerator/memories.h"
#include "sim/accelerator/move.h"

namespace rowcast::accelerator {

std::vector<Ram> rams(const AcceleratorConfig& config) {
  const int n = config.lanes(), word = config.array.data_width;
  std::vector<Ram> all{{"A", n, config.a_depth, word},
                       {"B", n, config.b_depth, word},
                       {"W", n, config.w_depth, word},
                       {"Q", n, config.q_depth, kScaleBits},
                       {"S", 1, config.s_depth, kScaleBits}};
  if (config.tables > 0) all.push_back({"T", n, depth_of(config, Memory::kTables), word});
  return all;
}

}  // namespace rowcast::accelerator
