// How a sweep's designs and workloads are said: lists of values by key, in a TOML file or as
// options.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/sweep/space.h"

namespace rowcast {

// What has been said; the rest is empty.
struct SpaceRequest {
  DesignSpace space{.values = std::vector<std::vector<int>>(design_axes().size())};
  std::vector<int> elements{};  // all shapes of so many, behind `space.arrays`
};

struct SpaceKey {
  enum class Type { kText, kInteger, kFlag };

  std::string key, option, help;
  std::string absent;  // what stands for it where it is not said
  Type type = Type::kText;
  bool machine = false;  // of the accelerator
  // Takes the values, in place of what was said before; flags are "0" and "1". What is wrong with
  // them, or nothing.
  std::function<std::string(SpaceRequest&, const std::vector<std::string>&)> set{};
};
std::span<const SpaceKey> space_keys();

// Sets what the text says in `request`. Throws InputError with all problems; `file` is how messages
// call it.
void parse_space(const std::string& text, const std::string& file, SpaceRequest& request);
void read_space_file(const std::filesystem::path& path, SpaceRequest& request);

// With what stands for all that was not said. Throws InputError with all problems.
DesignSpace resolved(SpaceRequest request);

}  // namespace rowcast
