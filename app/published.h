// Numbers that others published. Citations to compare with, never results of this program.
#pragma once

#include <cstdint>
#include <string_view>

namespace rowcast {

// Cycle counts of the FuSeConv authors' analytical model at 64×64 (DATE 2021, authors' repository);
// 0 if they published none for this network and variant.
int64_t published_cycles(std::string_view network, std::string_view variant);

}  // namespace rowcast
