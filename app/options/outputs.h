// What a command reads and writes. Each declares all of it; what would destroy something is refused
// before any work is done.
#pragma once

#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "app/options/command_options.h"
#include "generator/output_file.h"

namespace rowcast {

class Outputs {
 public:
  // An option for a file that write() writes; `names` as CommandOptions has them.
  CommandOptions::Option& add_file(CommandOptions& command, const std::string& names,
                                   const std::string& what);
  // --json and --csv.
  void add_to(CommandOptions& command);

  // An input: a file; of a folder, the files in it. Empty: not given.
  void reads(const std::string& option, const std::filesystem::path& path);
  // A file that the command itself writes, in place of whatever ordinary file is there. Throws
  // InputError if there can be none.
  void writes(const std::string& option, const std::filesystem::path& path);
  // Files that the command itself writes below a folder, which need not exist.
  void fills(const std::string& option, const std::filesystem::path& folder,
             const std::vector<std::string>& names);
  // After all declarations. Throws InputError, with all problems, if a file of write() could not be
  // written, if two outputs are one file, or if an output is an input.
  void check();

  // The option was given. Also before check().
  bool wanted(const std::string& option) const;
  // Where reports for people go: standard output, unless a file of write() goes there.
  std::FILE* report() const { return report_; }

  // Renders what was asked for, and then writes it.
  using Texts = std::vector<std::pair<std::string, std::function<std::string()>>>;
  void write(const Texts& texts) const;

 private:
  struct Use {
    std::string option;
    Destination destination;
  };
  std::map<std::string, std::string> files_;  // by option
  std::vector<Use> inputs_, outputs_;
  std::FILE* report_ = stdout;
};

// As --json writes it. Bytes that are no UTF-8 (of a path) are replaced.
std::string json_text(const nlohmann::ordered_json& json);

}  // namespace rowcast
