#include "app/commands/command_line.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <new>
#include <ranges>
#include <span>
#include <sstream>
#include <string_view>
#include <system_error>

#include "app/commands/all_commands.h"
#include "generator/error.h"
#include "generator/parse.h"
#include "generator/say.h"
#include "generator/text.h"
#include "generator/version.h"

namespace rowcast {
namespace {

struct CommandRow {
  std::string_view name;
  const char* help;
  Action (*add)(CommandOptions&);
};
constexpr CommandRow kCommands[] = {
    {"generate", "emit the Verilog of an array", add_generate},
    {"import", "read a trained network from ONNX and bring it to integers", add_import},
    {"glyphs", "render a data set of many classes, with typefaces held out", add_glyphs},
    {"run", "run a network or a layer on the array in RTL and compare everything", add_run},
    {"compile", "a network's program for the accelerator: moves, memories, cycles", add_compile},
    {"estimate", "cycles of a network by a model, without RTL", add_estimate},
    {"compare", "networks, variants and mappings side by side", add_compare},
    {"sweep", "many arrays by many networks, and which are worth having", add_sweep},
    {"search", "operators for each depthwise layer: cycles against what they may cost", add_search},
    {"train", "train a network, also as FuSe from its depthwise teacher", add_train},
    {"synth", "area, timing and power of the array with and without the broadcast", add_synth},
    {"watch", "a page that shows an array at work, cycle by cycle, from its RTL", add_watch},
    {"explain", "whether and how a recurrence fits a systolic array", add_explain},
    {"list", "the networks, variants, mappings and recurrences", add_list},
    {"show", "the layers of a network", add_show},
    {"bench", "how fast everything is, on this machine", add_bench},
    {"demo", "the main job: a 32x32 array runs MobileNet-V2 FuSe Half in RTL", add_demo},
};

// CLI11 would take the next argument for the value of "--mapping=", and "--memory=false" for no.
void check_values(std::span<const char* const> arguments, const CommandOptions& command) {
  for (const std::string_view argument : arguments) {
    if (argument == "--") return;
    const size_t equals = argument.find('=');
    if (!argument.starts_with("--") || equals == argument.npos) continue;
    const std::string_view name = argument.substr(0, equals);
    const auto option = std::ranges::find(command.options(), name, &CommandOptions::Option::name);
    if (option == command.options().end()) continue;
    if (option->is_flag()) throw InputError(fmt::format("{}: takes no value", name));
    if (equals == argument.size() - 1)
      throw InputError(fmt::format("{}: is empty, a value is needed", name));
  }
}

// What tools say has lines; whatever else could move a terminal's cursor is shown as \\xNN.
void complain(std::string_view problem) {
  say("error: {}\n", fmt::join(split(problem, '\n') | std::views::transform(printable), "\n"));
}

// Descriptors 0 to 2 that the caller has closed would be the next files that are opened: what is
// said on stderr would go into a file. An output that was closed fails when it is written to.
void hold_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(descriptor, F_GETFD) == -1)
      ::open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

}  // namespace

CommandLine::CommandLine()
    : app_(std::make_unique<CLI::App>(
          "rowcast generates systolic arrays with the ST-OS row broadcast, runs networks on them "
          "in RTL, and checks every output and every cycle.\nTests: rowcast test")) {
  app_->name("rowcast");
  app_->set_version_flag("--version", fmt::format("rowcast {}", kVersion));
  app_->require_subcommand(1);
  for (const CommandRow& row : kCommands) {
    CommandOptions& command =
        commands_.emplace_back(*app_->add_subcommand(std::string(row.name), row.help));
    actions_.push_back(row.add(command));
  }
}

Action CommandLine::parse(int argc, const char* const* argv, std::string& help) {
  const auto command = std::ranges::find(commands_, argc > 1 ? argv[1] : "", &CommandOptions::name);
  if (argc > 1 && argv[1][0] != '-' && command == commands_.end())
    throw InputError(
        fmt::format("command line: {} is unknown, allowed are test, {}", in_quotes(argv[1]),
                    fmt::join(commands_ | std::views::transform(&CommandOptions::name), ", ")));
  if (command != commands_.end()) check_values(std::span(argv, argc).subspan(2), *command);
  try {
    app_->parse(argc, argv);
  } catch (const CLI::Success& asked) {
    std::ostringstream text;
    app_->exit(asked, text);
    help = text.str();
    return {};
  } catch (const CLI::ParseError& error) {
    throw InputError(fmt::format("command line: {} (see rowcast --help)", error.what()));
  }
  for (size_t i = 0; i < commands_.size(); ++i)
    if (commands_[i].chosen()) {
      commands_[i].check();
      return actions_[i];
    }
  throw std::logic_error("no command was chosen");
}

int CommandLine::run(int argc, const char* const* argv) {
  std::string help;
  const Action action = parse(argc, argv, help);
  const int code = action ? action() : 0;
  if (!help.empty()) fmt::print("{}", help);
  const bool written = std::fflush(stdout) == 0;
  if (!written || std::ferror(stdout))
    throw std::system_error(written ? EIO : errno, std::generic_category());
  return code;
}

int run_command_line(int argc, char** argv) {
  hold_standard_streams();
  try {
    return CommandLine().run(argc, argv);
  } catch (const InputError& error) {
    end_progress();
    for (const std::string& problem : error.problems()) complain(problem);
    return kExitInput;
  } catch (const HardwareFault& error) {
    end_progress();
    complain(error.what());
    return kExitMismatch;
  } catch (const std::filesystem::filesystem_error& error) {
    end_progress();
    complain(fmt::format("{}: {}", error.path1().string(), error.code().message()));
    return kExitInput;
  } catch (const std::system_error& error) {
    // fmt throws where a report can not be printed: a full disk, say. Else there are no threads
    // left.
    end_progress();
    complain(std::ferror(stdout)
                 ? fmt::format("standard output: can not be written: {}", error.code().message())
                 : error.what());
    return kExitInput;
  } catch (const std::bad_alloc&) {
    end_progress();
    complain("memory: there is not enough, a smaller array, layer or selection is needed");
    return kExitInput;
  } catch (const std::exception& error) {
    end_progress();
    complain(fmt::format("internal: {}", error.what()));
    return kExitInternal;
  }
}

}  // namespace rowcast
