// What the accelerator's golden inference makes of numbers that are given.
#include "sim/machine/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace rowcast::accelerator {
namespace {

TEST(Golden, has_wider_words_of_a_layer_coarser) {
  Network network{.name = "one", .title = "one", .source = ""};
  network.input = {6, 5, 4};
  Node node;
  node.layer = make_pointwise("pw", 6, 5, 4, 3);
  node.name = "pw";
  node.inputs = {-1};
  node.shape = {3, 5, 4};
  network.nodes = {node};
  const ArrayConfig config{.rows = 4, .cols = 4};
  for (const int bits : {8, 9, 11, 14}) {
    Requantisation wide{.channels = {{.bias = 31, .scale = 200, .pre = 0, .post = 7},
                                     {.bias = -400, .scale = 129, .pre = 1, .post = 5},
                                     {.bias = 0, .scale = 255, .pre = 2, .post = 6}},
                        .low = -(1 << (bits - 1)),
                        .high = (1 << (bits - 1)) - 1};
    GivenValues given;
    given.arithmetic[0].requantisation = wide;
    std::vector<int64_t> sums;
    const auto words = infer(
        network, config, 7, 1, [&](LayerCase layer) { sums = layer.golden; }, given, {},
        std::vector<int>{0})[0];
    const Golden golden = golden_of(network, config, 7, 1, given);
    const int n = bits - 8;
    ASSERT_EQ(golden.words[0].size(), words.size());
    int different = 0;
    for (size_t i = 0; i < words.size(); ++i) {
      const int coarse = golden.words[0][i];
      EXPECT_GE(coarse, -128);
      EXPECT_LE(coarse, 127);
      // Clamped at both ends, the largest wide word is not the largest coarse one's multiple.
      EXPECT_LE(std::abs((coarse << n) - words[i]), n == 0 ? 0 : 1 << n) << bits << " bits, " << i;
      different += coarse != words[i];
    }
    EXPECT_EQ(different > 0, n > 0);
  }
}

}  // namespace
}  // namespace rowcast::accelerator
