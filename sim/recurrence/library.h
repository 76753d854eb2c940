// The recurrences that come with rowcast, files in the form of parse.h.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/recurrence/recurrence.h"

namespace rowcast::recurrence {

// Their names, sorted.
std::vector<std::string> builtin();

// Where the recurrence of a name, or of a path that ends in .txt, is read from.
std::filesystem::path file_of(const std::string& name);

// The recurrence of that file. Throws InputError.
Recurrence find(const std::string& name);

}  // namespace rowcast::recurrence
