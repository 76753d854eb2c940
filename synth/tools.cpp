#include "synth/tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string_view>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/host/process.h"

namespace rowcast {
namespace fs = std::filesystem;

namespace {

// Tools may not notice that a file has not become what it should be: throws InputError if another
// of its size can not be written, as on a full disk.
void require_space(const fs::path& folder) {
  uintmax_t most = 0;
  std::error_code code;
  for (const auto& file : fs::directory_iterator(folder, code))
    if (file.is_regular_file(code)) most = std::max(most, file.file_size(code));
  const fs::path path = folder / "space";
  try {
    write_file(path, std::string(most + (1 << 20), ' '));
    fs::remove(path, code);
  } catch (const InputError&) {
    throw InputError(fmt::format(
        "{}: can not be written, there is no space (TMPDIR names a folder on another disk)",
        folder.parent_path().string()));
  }
}

}  // namespace

std::string run_tool(const std::vector<std::string>& argv, const fs::path& folder) {
  // Yosys hands its temporary folder to a shell: one whose name is the user's may hold anything.
  std::vector<std::string> command = {"env", "TMPDIR=."};
  command.insert(command.end(), argv.begin(), argv.end());
  const ProcessResult result = run_process(command, folder.string());
  if (result.status == 127 || result.status < 0)
    throw InputError(fmt::format("{}: can not be run, synth needs it", argv[0]));
  const size_t error = std::min(result.output.find("ERROR"), result.output.find("Error"));
  // OpenSTA goes on after an error, and ends well.
  if (result.status == 0 && !result.output.starts_with("Error") &&
      result.output.find("\nError") == std::string::npos)
    return result.output;
  require_space(folder);
  if (result.status > 128)
    throw ToolError(fmt::format("{} is ended by signal {}", argv[0], result.status - 128));
  // One line: where it says so, its error's; otherwise its last.
  std::string_view words = result.output;
  if (error != std::string::npos)
    words = words.substr(error, words.find('\n', error) - error);
  else if (const size_t end = words.find_last_not_of('\n'); end != words.npos)
    words = words.substr(0, end + 1).substr(words.rfind('\n', end) + 1);
  throw ToolError(fmt::format("{} fails: {}", argv[0], words));
}

nlohmann::json read_tool_json(const fs::path& file) {
  nlohmann::json json = nlohmann::json::parse(read_file(file), nullptr, false);
  if (!json.is_discarded()) return json;
  require_space(file.parent_path());
  throw ToolError(fmt::format("{} is not complete", file.filename().string()));
}

void require_tool(const std::vector<std::string>& command, const std::string& target,
                  const std::string& package) {
  if (run_process(command).status != 0)
    throw InputError(fmt::format("{}: can not be run, --target {} needs it (Debian package {})",
                                 command[0], target, package));
}

Progress one_at_a_time(const Progress& progress) {
  return [&progress, mutex = std::make_shared<std::mutex>()](const std::string& what) {
    const std::scoped_lock lock(*mutex);
    if (progress) progress(what);
  };
}

std::string side_name(const ArrayConfig& config) {
  return config.row_broadcast ? "row broadcast" : "base";
}

std::string rendered(const std::string& name, const TemplateValues& values) {
  return render(name, read_file(source_path(fs::path("synth") / name)), values);
}

}  // namespace rowcast
