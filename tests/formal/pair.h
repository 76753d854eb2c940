// Both views of rc_array in one folder, renamed so that one design can hold both.
#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "generator/emit.h"
#include "tests/names.h"

namespace rowcast::test {

// One thing broken in one view: `right` becomes `wrong`.
struct Bug {
  const char* name;
  View view;
  const char* module;
  const char* right;
  const char* wrong;
};
void PrintTo(const Bug& bug, std::ostream* out);

// Writes rc_array_structural.v, rc_array_vector.v and what they instantiate, as emitted for this
// configuration; `bug` may be nullptr. Returns the files' names. Throws std::logic_error if a text
// to replace is not there exactly once.
std::vector<std::string> write_pair(const ArrayConfig& config, const Bug* bug,
                                    const std::filesystem::path& folder);

// rc_array's parameters, each through a format of name and value ("-G{}={}"), with spaces between.
std::string verilog_parameters(const ArrayConfig& config, const std::string& format);

// "3x2_data8_weight5_acc32", with "_plain" behind it where there is no row broadcast.
std::string pair_name(const ArrayConfig& config);

}  // namespace rowcast::test
