// Every command with its options, as the program has them.
#pragma once

#include <CLI/CLI.hpp>
#include <deque>
#include <memory>
#include <string>

#include "app/commands/commands.h"

namespace rowcast {

class CommandLine {
 public:
  CommandLine();
  const std::deque<CommandOptions>& commands() const { return commands_; }
  // Runs the command; its exit code. Throws InputError, and whatever the command throws.
  int run(int argc, const char* const* argv);

 private:
  // The chosen command's action, its options checked; or none, and what to print instead.
  Action parse(int argc, const char* const* argv, std::string& help);

  std::unique_ptr<CLI::App> app_;
  std::deque<CommandOptions> commands_;
  std::deque<Action> actions_;
};

}  // namespace rowcast
