// Options that several commands share.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/options/command_options.h"
#include "app/options/outputs.h"
#include "generator/config.h"
#include "generator/emit.h"
#include "sim/model/choose.h"
#include "sim/workload/network.h"

namespace rowcast {

// The names of a table's rows: what an option may say.
template <class Rows>
std::vector<std::string> names_of(const Rows& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.emplace_back(row.name);
  return names;
}

// One of an option's texts and what it means.
template <class Value>
struct Named {
  std::string_view name;
  Value value;
};

// The value of a text that the option was allowed to have.
template <class Rows>
auto value_of(const Rows& rows, std::string_view name) {
  return std::ranges::find(rows, name, [](const auto& row) { return row.name; })->value;
}

// --array, --config and one option per row of the field table.
class ArrayOptions {
 public:
  // What stands for options that are absent.
  explicit ArrayOptions(const ArrayConfig& usual = {}) : usual_(usual) {}
  // `condition` is of all of them.
  void add_to(CommandOptions& command, const Condition& condition = {});
  // Defaults < file < command line, validated. Throws InputError with all problems.
  ArrayConfig resolve() const;
  void declare_inputs(Outputs& outputs) const;

 private:
  ArrayConfig usual_;
  std::string array_, file_;
  std::map<std::string_view, std::string> values_;  // by field key
  std::map<std::string_view, bool> off_;            // flags turned off
};

// The option of a field, as it is given: "--acc-width", "--no-row-broadcast".
std::string option_name(const ConfigField& field);

// SCALE-Sim's.
bool is_topology(std::string_view network);

// Networks by their names and from .toml and .csv files, and --depthwise-as, which says how the
// last are read.
class NetworkFiles {
 public:
  // `has_topology`: a .csv file is among the networks of this command line.
  void add_to(CommandOptions& command, const std::function<bool()>& has_topology);
  // Throws InputError; prints warnings to stderr.
  Network open(const std::string& name) const;

 private:
  std::string depthwise_as_;
};

// NETWORK | FILE.toml | FILE.csv | --layer SPEC, --depthwise-as, --variant, and what only commands
// that map layers onto arrays have: --mapping, --select, --layers, --allow-overflow.
class WorkloadOptions {
 public:
  void add_to(CommandOptions& command, bool with_mapping);
  // The named network in each asked-for variant. `cycles` is a layer's cost where --select greedy
  // has to choose blocks. Throws InputError; prints warnings, and what a greedy choice changes, to
  // stderr.
  std::vector<std::pair<const Variant*, Network>> resolve(
      const std::function<int64_t(const Layer&)>& cycles = {}) const;
  void declare_inputs(Outputs& outputs) const;
  // The network's folder if import has written it, or nothing.
  std::string folder() const;
  // The network's folder, if import has written it and it is run as it is. Throws InputError,
  // naming the option that needs it.
  const std::string& imported_folder(const char* option) const;
  const Mapping& mapping() const;
  const std::string& layers() const { return layers_; }
  bool allow_overflow() const { return allow_overflow_; }

 private:
  NetworkFiles files_;
  std::string network_, layer_, variant_ = "baseline", mapping_ = "auto", layers_,
                                select_ = "published";
  bool allow_overflow_ = false;
};

// --view.
std::vector<std::string> view_names();
View view_of(std::string_view name);

// A network of one layer, from dw:112x112x32,k3,s1 or conv:, pw:, fuse:, fc:. Throws InputError,
// naming the option that it was given to.
Network parse_layer(const std::string& spec, std::string_view option = "--layer");

}  // namespace rowcast
