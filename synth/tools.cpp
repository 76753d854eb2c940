#include "synth/tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

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

std::string rendered(const std::string& name, const TemplateValues& values) {
  return render(name, read_file(source_path(fs::path("synth") / name)), values);
}

}  // namespace rowcast
