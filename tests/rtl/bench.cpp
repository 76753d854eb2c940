#include "tests/rtl/bench.h"

#include "generator/files.h"

namespace rowcast::test {

CommandResult run_bench(const std::string& module, const std::string& parameters,
                        const std::filesystem::path& folder, const std::string& options) {
  const std::string bench = module + "_tb";
  std::string command = "iverilog -g2005 -Wall -o tb.vvp -s " + bench + " " + options;
  std::string names = parameters;
  while (!names.empty()) {
    const size_t space = names.find(' ');
    command += " -P" + bench + "." + names.substr(0, space);
    names = space == std::string::npos ? "" : names.substr(space + 1);
  }
  const std::filesystem::path source = source_path("tests/rtl/modules") / (bench + ".v");
  return run_command(command + " -c filelist.f " + source.string() + " && vvp tb.vvp", folder);
}

}  // namespace rowcast::test
