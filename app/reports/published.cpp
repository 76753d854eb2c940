#include "app/reports/published.h"

#include <array>

namespace rowcast {
namespace {

struct Row {
  std::string_view network;
  std::array<Published, 5> variants;
};
constexpr std::array<std::string_view, 5> kVariants = {"baseline", "full", "half", "full50",
                                                       "half50"};
constexpr std::array kRows = {
    Row{"mobilenet_v1",
        {{{2536900, 70.60, 589, 4.23},
          {621300, 72.86, 1122, 7.36},
          {375260, 72.00, 573, 4.20},
          {1151124, 72.42, 764, 4.35},
          {1072300, 71.77, 578, 4.22}}}},
    Row{"mobilenet_v2",
        {{{2979156, 72.00, 315, 3.50},
          {576770, 72.49, 430, 4.46},
          {411910, 70.80, 300, 3.46},
          {1453926, 72.11, 361, 3.61},
          {1375054, 71.98, 305, 3.49}}}},
    Row{"mnasnet_b1",
        {{{2748684, 73.50, 325, 4.38},
          {542818, 73.16, 440, 5.66},
          {384202, 71.48, 305, 4.25},
          {1458602, 73.52, 361, 4.47},
          {1394346, 72.61, 312, 4.35}}}},
    Row{"mobilenet_v3_small",
        {{{700161, 67.40, 66, 2.93},
          {231735, 67.17, 84, 4.44},
          {167935, 64.55, 61, 2.89},
          {437559, 67.91, 73, 3.18},
          {414921, 66.90, 63, 2.92}}}},
    Row{"mobilenet_v3_large",
        {{{2018189, 75.20, 238, 5.47},
          {558553, 74.40, 322, 10.57},
          {370097, 73.02, 225, 5.40},
          {1144825, 74.50, 264, 5.57},
          {1102045, 73.80, 230, 5.46}}}},
};

constexpr std::array kMachines = {
    PublishedMachine{"Edge TPU, 64x64",
                     "mobilenet_v2",
                     "coral.ai, Edge TPU performance benchmarks: 2.6 ms; its size and clock are "
                     "others' findings",
                     4096,
                     {480, 500},
                     1000 / 2.6},
    PublishedMachine{"an FPGA design with 392 DSPs",
                     "mobilenet_v2",
                     "published; quoted here at second hand",
                     392,
                     {200, 200},
                     250.4},
    PublishedMachine{.machine = "GEMM-based depthwise convolution",
                     .network = "mobilenet_v1",
                     .source = "Manasi et al., ASP-DAC 2023",
                     .speedup = 7,
                     .traffic = 1.8},
};

}  // namespace

std::span<const PublishedMachine> published_machines() { return kMachines; }

Published published(std::string_view network, std::string_view variant) {
  for (const Row& row : kRows)
    for (size_t i = 0; i < kVariants.size(); ++i)
      if (row.network == network && kVariants[i] == variant) return row.variants[i];
  return {};
}

}  // namespace rowcast
