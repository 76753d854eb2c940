// Options that several commands share.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/options/outputs.h"
#include "generator/config.h"
#include "generator/emit.h"
#include "sim/model/choose.h"
#include "sim/workload/network.h"

namespace rowcast {

// The names of a table's rows, as help and messages list them: "a, b, c".
template <class Rows>
std::string names_of(const Rows& rows) {
  std::string names;
  for (const auto& row : rows) {
    if (!names.empty()) names += ", ";
    names += row.name;
  }
  return names;
}

// --array, --config and one option per row of the field table.
class ArrayOptions {
 public:
  void add_to(CLI::App& command);
  // Defaults < file < command line, validated. Throws InputError with all problems.
  ArrayConfig resolve() const;
  // True if an option that decides the hardware was given.
  bool given() const;
  void declare_inputs(Outputs& outputs) const;

 private:
  std::string array_, file_;
  std::map<std::string_view, std::string> values_;  // by field key
  std::map<std::string_view, bool> off_;            // flags turned off
};

// NETWORK | FILE.toml | FILE.csv | --layer SPEC, --depthwise-as, --variant, --mapping, --layers,
// --allow-overflow.
class WorkloadOptions {
 public:
  void add_to(CLI::App& command, bool with_mapping);
  // The named network in each asked-for variant. `cycles` is a layer's cost where --select greedy
  // has to choose blocks. Throws InputError; prints warnings, and what a greedy choice changes, to
  // stderr.
  std::vector<std::pair<const Variant*, Network>> resolve(
      const std::function<int64_t(const Layer&)>& cycles = {}) const;
  void declare_inputs(Outputs& outputs) const;
  const Mapping& mapping() const;
  const std::string& layers() const { return layers_; }
  bool allow_overflow() const { return allow_overflow_; }

 private:
  Network base() const;

  std::string network_, layer_, depthwise_as_, variant_ = "baseline", mapping_ = "auto", layers_,
                                               select_ = "published";
  bool allow_overflow_ = false;
};

View parse_view(const std::string& text);

// A network of one layer, from dw:112x112x32,k3,s1 or conv:, pw:, fuse:, fc:. Throws InputError.
Network parse_layer(const std::string& spec);

}  // namespace rowcast
