#include "app/commands/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <system_error>

#include "app/commands/commands.h"
#include "generator/error.h"
#include "generator/version.h"

namespace rowcast {
namespace {

struct CommandRow {
  std::string_view name;
  const char* help;
  Action (*add)(CLI::App&);
};
constexpr CommandRow kCommands[] = {
    {"generate", "emit the Verilog of an array", add_generate},
    {"run", "run a network or a layer on the array in RTL and compare everything", add_run},
    {"estimate", "cycles of a network by a model, without RTL", add_estimate},
    {"compare", "networks, variants and mappings side by side", add_compare},
    {"synth", "area, timing and power of the array with and without the broadcast", add_synth},
    {"list", "the networks, variants and mappings", add_list},
    {"show", "the layers of a network", add_show},
    {"bench", "how fast everything is, on this machine", add_bench},
    {"demo", "the main job: a 32x32 array runs MobileNet-V2 FuSe Half in RTL", add_demo},
};

// What was to be printed did not arrive: a full disk, say.
int unprintable(int error) {
  fmt::print(stderr, "error: standard output: can not be written: {}\n", std::strerror(error));
  return kExitInput;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app{
      "rowcast generates systolic arrays with the ST-OS row broadcast, runs networks on them in "
      "RTL, "
      "and checks every output and every cycle.\nTests: rowcast test"};
  app.name("rowcast");
  app.set_version_flag("--version", fmt::format("rowcast {}", kVersion));
  app.require_subcommand(1);
  Action action;
  for (const CommandRow& row : kCommands) {
    CLI::App* command = app.add_subcommand(std::string(row.name), row.help);
    const Action added = row.add(*command);
    command->final_callback([&action, added] { action = added; });
  }
  if (argc > 1 && argv[1][0] != '-') {
    const std::string_view name = argv[1];
    std::string allowed = "test";
    for (const CommandRow& row : kCommands) allowed += fmt::format(", {}", row.name);
    if (std::ranges::find(kCommands, name, &CommandRow::name) == std::end(kCommands)) {
      fmt::print(stderr, "error: command line: '{}' is unknown, allowed are {}\n", name, allowed);
      return kExitInput;
    }
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    fmt::print(stderr, "error: command line: {} (see rowcast --help)\n", error.what());
    return kExitInput;
  }
  try {
    const int status = action();
    if (std::fflush(stdout) != 0) return unprintable(errno);
    return std::ferror(stdout) ? unprintable(EIO) : status;
  } catch (const InputError& error) {
    end_progress();
    for (const std::string& problem : error.problems()) fmt::print(stderr, "error: {}\n", problem);
    return kExitInput;
  } catch (const HardwareFault& error) {
    end_progress();
    fmt::print(stderr, "error: {}\n", error.what());
    return kExitMismatch;
  } catch (const std::exception& error) {
    end_progress();
    // fmt throws where a report can not be printed.
    const auto* system = dynamic_cast<const std::system_error*>(&error);
    if (system && std::ferror(stdout)) return unprintable(system->code().value());
    fmt::print(stderr, "error: internal: {}\n", error.what());
    return kExitInternal;
  }
}

}  // namespace rowcast
