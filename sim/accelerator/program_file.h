// Programs as JSON: saved, and read as strictly as the rest of the user's files.
#pragma once

#include <filesystem>
#include <string>

#include "sim/accelerator/program.h"

namespace rowcast::accelerator {

// Moves field by field as the hardware calls them; loads with their numbers, if they have any.
std::string program_text(const Program& program);

// Throws InputError with the first problem: no program, a key that is missing or not known, a value
// that does not fit, a move that is illegal. `file` is how messages call it.
Program parse_program(const std::string& text, const std::string& file);
Program read_program(const std::filesystem::path& path);

}  // namespace rowcast::accelerator
