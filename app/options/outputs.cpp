#include "app/options/outputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "generator/error.h"
#include "generator/files.h"

namespace rowcast {

void check_writable(const std::string& path) {
  if (path.empty()) return;
  const std::filesystem::path parent = std::filesystem::absolute(path).parent_path();
  std::error_code code;
  if (!std::filesystem::is_directory(parent, code) || ::access(parent.c_str(), W_OK) != 0 ||
      std::filesystem::is_directory(path, code))
    throw InputError(
        fmt::format("{}: can not be written, a file in a writable folder is needed", path));
}

void Outputs::add_to(CLI::App& command) {
  command.add_option("--json", json, "write JSON here");
  command.add_option("--csv", csv, "write CSV here");
}

void Outputs::check() const {
  check_writable(json);
  check_writable(csv);
}

void Outputs::write(const nlohmann::ordered_json& as_json, const std::string& as_csv) const {
  if (!json.empty()) write_file(json, as_json.dump(2) + "\n");
  if (!csv.empty()) write_file(csv, as_csv);
}

}  // namespace rowcast
