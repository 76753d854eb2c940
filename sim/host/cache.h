// Files that take long to build, kept for the next time.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace rowcast {

// Folder of the cached models: $ROWCAST_CACHE, else $XDG_CACHE_HOME/rowcast, else ~/.cache/rowcast.
// Absolute.
std::filesystem::path cache_folder();

// NAME/FILE of the cache. Where it is not there, or not as it was built, `build` makes it in the
// folder it is given; one process at a time does, others wait for it. Throws InputError where the
// cache would have to be written and can not be.
std::filesystem::path cached(const std::string& name, const std::string& file,
                             const std::function<void(const std::filesystem::path& folder)>& build);

// What `cached` gave is of no use after all: it is built again the next time.
void forget(const std::string& name);

}  // namespace rowcast
