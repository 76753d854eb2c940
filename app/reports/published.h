// Numbers that others published. Citations to compare with, never results of this program.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace rowcast {

// One network in one variant, from FuSeConv (DATE 2021), its slides and the authors' repository.
struct Published {
  int64_t cycles = 0;   // their analytical model at 64×64; 0: none published
  double accuracy = 0;  // ImageNet top-1, %
  double mflops = 0;    // counts more than multiply-accumulates
  double mparams = 0;
};
Published published(std::string_view network, std::string_view variant);

// A whole machine running a network at 224 x 224.
struct PublishedMachine {
  std::string_view machine, network, source;
  int multipliers = 0;  // 0, as the others: not published
  double mhz[2] = {};   // from, to
  double frames_per_second = 0;
  double speedup = 0, traffic = 0;  // over a conventional accelerator: times faster, less DRAM

  // The least and the most that its clock allows; 0: not known.
  int64_t cycles(size_t which) const {
    return frames_per_second > 0 ? static_cast<int64_t>(mhz[which] * 1e6 / frames_per_second) : 0;
  }
};
std::span<const PublishedMachine> published_machines();

}  // namespace rowcast
