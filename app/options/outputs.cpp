#include "app/options/outputs.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "generator/error.h"

namespace rowcast {
namespace fs = std::filesystem;
namespace {

// What is there, or will be: for comparisons alone, whether it can be written or not.
Destination place_of(const fs::path& path) {
  std::error_code code;
  Destination place{.given = path, .path = fs::weakly_canonical(fs::absolute(path), code)};
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    place.exists = true;
    place.device = status.st_dev;
    place.node = status.st_ino;
  }
  return place;
}

// b lies below a.
bool below(const Destination& a, const Destination& b) {
  return !a.path.empty() && a.path != b.path &&
         std::ranges::mismatch(a.path, b.path).in1 == a.path.end();
}

}  // namespace

CommandOptions::Option& Outputs::add_file(CommandOptions& command, const std::string& names,
                                          const std::string& what) {
  return command.option(names, files_[CommandOptions::long_name(names)],
                        what + " (-: to standard output; the report then goes to standard error)",
                        kOff);
}

void Outputs::add_to(CommandOptions& command) {
  add_file(command, "--json", "write JSON here");
  add_file(command, "--csv", "write CSV here");
}

bool Outputs::wanted(const std::string& option) const { return !files_.at(option).empty(); }

void Outputs::reads(const std::string& option, const fs::path& path) {
  std::error_code code;
  if (!fs::is_directory(path, code)) {
    if (fs::exists(path, code)) inputs_.push_back({option, place_of(path)});
    return;
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(path, code))
    if (entry.is_regular_file(code)) inputs_.push_back({option, place_of(entry.path())});
}

void Outputs::writes(const std::string& option, const fs::path& path) {
  Destination destination = destination_of(path);
  if (destination.special)
    throw InputError(
        fmt::format("{}: {} is no ordinary file, allowed is one", option, path.string()));
  outputs_.push_back({option, std::move(destination)});
}

void Outputs::fills(const std::string& option, const fs::path& folder,
                    const std::vector<std::string>& names) {
  for (const std::string& name : names) outputs_.push_back({option, place_of(folder / name)});
}

void Outputs::check() {
  std::vector<std::string> problems;
  for (const auto& [option, path] : files_) {
    if (path.empty()) continue;
    try {
      outputs_.push_back({option, path == "-" ? standard_output() : destination_of(path)});
      if (outputs_.back().destination.descriptor == STDOUT_FILENO) report_ = stderr;
    } catch (const InputError& error) {
      problems.push_back(error.what());
    }
  }
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const auto& [option, output] = outputs_[i];
    // A command keeps its own files of one option apart. One problem of two options is enough.
    std::set<std::string> known = {option};
    for (size_t k = 0; k < i; ++k) {
      const auto& [other_option, other] = outputs_[k];
      if (known.contains(other_option)) continue;
      if (!same_file(output, other) && !below(output, other) && !below(other, output)) continue;
      known.insert(other_option);
      problems.push_back(
          fmt::format("{}: {} and {} of {} are one file, allowed is a file for each output", option,
                      output.given.string(), other.given.string(), other_option));
    }
    for (const auto& [input_option, input] : inputs_)
      if (same_file(output, input))
        problems.push_back(
            fmt::format("{}: {} is read, too ({} {}), allowed is a file that is no input", option,
                        output.given.string(), input_option, input.given.string()));
  }
  if (!problems.empty()) throw InputError(std::move(problems));
}

void Outputs::write(const Texts& texts) const {
  std::vector<std::string> rendered;
  std::vector<OutputFile> files;
  rendered.reserve(texts.size());  // the files refer to them
  for (const auto& [option, text] : texts) {
    if (!wanted(option)) continue;
    rendered.push_back(text());
    const auto use = std::ranges::find(outputs_, option, &Use::option);
    files.push_back({use->destination, rendered.back()});
  }
  write_together(files);
}

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace rowcast
