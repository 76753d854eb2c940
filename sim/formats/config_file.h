// Array configurations as TOML: one key per row of the field table.
#pragma once

#include <filesystem>
#include <string>

#include "generator/config.h"

namespace rowcast {

// Sets what the file says in `config`. Throws InputError with all problems: unknown keys, wrong
// types, values out of a field's range. What depends on several fields is validate()'s business.
void read_config_file(const std::filesystem::path& path, ArrayConfig& config);

// The same from text; `file` is how messages call it.
void parse_config(const std::string& text, const std::string& file, ArrayConfig& config);

}  // namespace rowcast
