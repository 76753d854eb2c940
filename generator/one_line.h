// Problems where there is room for one line.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

namespace rowcast {

// The first, and how many more there are.
inline std::string one_line(const std::vector<std::string>& problems) {
  if (problems.size() == 1) return problems.front();
  return fmt::format("{} (and {} more)", problems.front(), problems.size() - 1);
}

}  // namespace rowcast
