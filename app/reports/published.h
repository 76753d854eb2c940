// Numbers that others published. Citations to compare with, never results of this program.
#pragma once

#include <cstdint>
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

}  // namespace rowcast
