// Planting faults: what a test is to find, it first has to break.
#pragma once

#include <filesystem>
#include <string>

namespace rowcast::test {

// Replaces `from`, which has to be in `text` exactly once; throws std::logic_error otherwise.
void replace_once(std::string& text, const std::string& from, const std::string& to);

// The same in a file.
void replace_in_file(const std::filesystem::path& file, const std::string& from,
                     const std::string& to);

}  // namespace rowcast::test
