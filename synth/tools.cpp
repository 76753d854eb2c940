#include "synth/tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "generator/error.h"
#include "generator/files.h"
#include "sim/host/process.h"

namespace rowcast {
namespace fs = std::filesystem;

std::string run_tool(const std::vector<std::string>& argv, const fs::path& folder) {
  const ProcessResult result = run_process(argv, folder.string());
  if (result.status == 127 || result.status < 0)
    throw std::runtime_error(
        fmt::format("{}: can not be run, it is needed for synthesis", argv[0]));
  const size_t error = result.output.find("ERROR");
  // OpenSTA goes on after an error, and ends well.
  if (result.status != 0 || result.output.starts_with("Error") ||
      result.output.find("\nError") != std::string::npos)
    throw std::runtime_error(
        fmt::format("{} fails: {}", argv[0],
                    result.output.substr(error == std::string::npos
                                             ? result.output.size() -
                                                   std::min<size_t>(result.output.size(), 400)
                                             : error)));
  return result.output;
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
