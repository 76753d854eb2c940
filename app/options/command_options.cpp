#include "app/options/command_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "generator/error.h"
#include "generator/text.h"

namespace rowcast {

Condition with(std::string other) {
  return [other](const CommandOptions& command) {
    return command.at(other).given()
               ? std::string()
               : fmt::format("says nothing without {0}, allowed is with {0}", other);
  };
}

Condition with(std::string other, std::vector<std::string> values) {
  return [other, values](const CommandOptions& command) {
    const std::string text = command.text(other);
    return std::ranges::find(values, text) != values.end()
               ? std::string()
               : fmt::format("says nothing with {0} {1}, allowed is {0} {2}", other, text,
                             fmt::join(values, ", "));
  };
}

Condition without(std::string other) {
  return [other](const CommandOptions& command) {
    return command.at(other).given()
               ? fmt::format("says nothing with {}, allowed is to leave it out", other)
               : std::string();
  };
}

// ---------------------------------------------------------------- one option

void CommandOptions::Option::describe() {
  cli_->description(fmt::format("{}{}{} ({}{}{})", help_, texts_.empty() ? "" : ": ",
                                fmt::join(texts_, ", "), range_, range_.empty() ? "" : ", ",
                                required_ ? "required" : fmt::format("default: {}", absent_)));
}

CommandOptions::Option& CommandOptions::Option::required() {
  required_ = true;
  describe();
  return *this;
}

CommandOptions::Option& CommandOptions::Option::only(Condition condition) {
  conditions_.push_back(std::move(condition));
  return *this;
}

CommandOptions::Option& CommandOptions::Option::one_of(std::vector<std::string> texts) {
  texts_ = std::move(texts);
  describe();
  return *this;
}

// ---------------------------------------------------------------- all of them

std::string CommandOptions::long_name(const std::string& names) {
  return names.substr(names.rfind(',') + 1);
}

CommandOptions::Option& CommandOptions::add(const std::string& names, CLI::Option* cli,
                                            std::string help, std::string absent) {
  // How often an option was given is check()'s to judge: CLI11 counts flags otherwise.
  cli->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  Option& option = options_.emplace_back();
  option.cli_ = cli;
  option.name_ = long_name(names);
  option.help_ = std::move(help);
  option.absent_ = std::move(absent);
  option.describe();
  return option;
}

CommandOptions::Option& CommandOptions::option(const std::string& names, std::string& text,
                                               std::string help, std::string absent) {
  if (absent.empty()) absent = text;
  return add(names, app_->add_option(names, text), std::move(help), std::move(absent));
}

CommandOptions::Option& CommandOptions::flag(const std::string& names, bool& on, std::string help) {
  Option& option =
      add(names, app_->add_flag(names, on)->disable_flag_override(), std::move(help), kOff);
  option.flag_ = true;
  return option;
}

CommandOptions::Option& CommandOptions::add_number(
    const std::string& names, std::string help, std::string range, std::string absent,
    std::function<std::string(const std::string&)> read) {
  Option& option = add(names, app_->add_option(names, unread_.emplace_back()), std::move(help),
                       std::move(absent));
  option.range_ = std::move(range);
  option.read_ = std::move(read);
  option.describe();
  return option;
}

CommandOptions::Option& CommandOptions::at(std::string_view name) {
  const auto option = std::ranges::find(options_, name, &Option::name);
  if (option == options_.end())
    throw std::logic_error(fmt::format("{} has no option {}", app_->get_name(), name));
  return *option;
}

const CommandOptions::Option& CommandOptions::at(std::string_view name) const {
  return const_cast<CommandOptions*>(this)->at(name);
}

std::string CommandOptions::text(std::string_view name) const {
  const Option& option = at(name);
  return option.given() ? option.cli_->results().back() : option.absent_;
}

void CommandOptions::check() const {
  std::vector<std::string> problems;
  for (const Option& option : options_) {
    if (!option.given()) {
      if (option.required_) problems.push_back(option.name_ + ": is missing, it is required");
      continue;
    }
    const auto refuse = [&](const std::string& what) {
      problems.push_back(fmt::format("{}: {}", option.name_, what));
    };
    const CLI::results_t& given = option.cli_->results();
    if (given.size() > 1) {
      refuse(fmt::format("is given {} times, allowed is once", given.size()));
      continue;
    }
    for (const Condition& condition : option.conditions_)
      if (const std::string problem = condition(*this); !problem.empty()) refuse(problem);
    if (option.flag_) continue;
    if (given.front().empty())
      refuse("is empty, a value is needed");
    else if (!option.texts_.empty() &&
             std::ranges::find(option.texts_, given.front()) == option.texts_.end())
      refuse(fmt::format("{} is unknown, allowed are {}", in_quotes(given.front()),
                         fmt::join(option.texts_, ", ")));
    else if (option.read_)
      if (std::string problem = option.read_(given.front()); !problem.empty())
        problems.push_back(std::move(problem));
  }
  if (!problems.empty()) throw InputError(std::move(problems));
}

}  // namespace rowcast
