// Work that is shared by all processors.
#pragma once

#include <cstddef>
#include <functional>

namespace rowcast {

// Of this machine, at least 1.
int processors();

// Work 0 to `count` - 1 on all processors, each piece once. `progress` hears how many are done, one
// call at a time. Throws what a piece throws, when the others that had begun are done.
void on_all_processors(size_t count, const std::function<void(size_t)>& work,
                       const std::function<void(size_t done)>& progress);

}  // namespace rowcast
