// --json and --csv.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

namespace rowcast {

struct Outputs {
  std::string json, csv;

  void add_to(CLI::App& command);
  // Throws InputError, before any work is done, if a file could not be written after it.
  void check() const;
  // Writes what was asked for.
  void write(const nlohmann::ordered_json& as_json, const std::string& as_csv) const;
};

// Throws InputError if `path`, unless empty, can not be written.
void check_writable(const std::string& path);

}  // namespace rowcast
