// What parameters of tests are called, in ctest's list and where a test fails.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "generator/config.h"
#include "generator/emit.h"

namespace rowcast {

inline void PrintTo(const ArrayConfig& config, std::ostream* out) {
  *out << canonical_text(config);
}

inline void PrintTo(View view, std::ostream* out) { *out << to_string(view); }

namespace test {

inline std::string seed_name(const testing::TestParamInfo<int>& info) {
  return fmt::format("seed_{}", info.param);
}

}  // namespace test
}  // namespace rowcast
